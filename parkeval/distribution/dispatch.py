"""The register of dispatches in HOME (`dispatch.jsonl`): what went out to whom, and who acknowledged receipt when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from parkeval import chain
from parkeval.errors import UsageFault
from parkeval.home import Home
from validation.problems import Problem

REGISTER = "dispatch.jsonl"


def register_path(home: Home) -> Path:
    """Where the register stands in HOME."""
    return home.folder / REGISTER


def record_dispatches(home: Home, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Register packages that go out; the caller holds the lock of HOME."""
    return chain.extend(register_path(home), ({"kind": "dispatch", **entry} for entry in entries))


def record_receipt(
    home: Home, number: int, *, person: str, received_on: str, by: str, note: str | None = None
) -> dict[str, Any]:
    """Register the receipt of dispatch `number`; the caller holds the lock of HOME.

    Raises UsageFault for a number that is no dispatch, that has been acknowledged, or a date before the dispatch.
    """
    known = {row["number"]: row for row in dispatches(home)}
    sent = known.get(number)
    if sent is None or sent["received_on"]:
        waiting = "、".join(str(row["number"]) for row in known.values() if not row["received_on"]) or "无"
        found = f"已于 {sent['received_on']} 由{sent['received_by']}签收" if sent else "没有这个登记号"
        raise UsageFault([Problem(f"送达第 {number} 号", found, f"尚无回执的登记号：{waiting}", "改登记号")])
    if received_on < str(sent["sent_on"]):
        raise UsageFault([Problem("--on", received_on, f"不早于送出日期 {sent['sent_on']}", "改日期")])
    entry = {
        "kind": "receipt", "dispatch_number": number, "recipient": sent["recipient"], "received_on": received_on,
        "received_by": person, "by": by, "note": note,
    }  # fmt: skip
    return chain.extend(register_path(home), [entry])[0]


def dispatches(home: Home, year: int | None = None) -> list[dict[str, Any]]:
    """All dispatches (of `year`) in the order of their numbers, each with `received_on` and `received_by`, null without receipt."""
    rows = chain.entries(register_path(home))
    receipts = {row["dispatch_number"]: row for row in rows if row["kind"] == "receipt"}
    return [
        {
            **row,
            "received_on": receipts.get(row["number"], {}).get("received_on"),
            "received_by": receipts.get(row["number"], {}).get("received_by"),
        }
        for row in rows
        if row["kind"] == "dispatch" and year in (None, row["year"])
    ]


def faults(home: Home) -> list[Problem]:
    """What is wrong with the register."""
    return chain.faults(register_path(home))
