"""A headless Chromium that stays open and prints page after page, driven over its own pipe; and what it costs."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_TICKS = os.sysconf("SC_CLK_TCK")


def program() -> str | None:
    """The browser on this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One browser with one tab; messages are JSON, ended by a zero byte."""

    def __init__(self, process: subprocess.Popen[bytes], orders: int, answers: int) -> None:
        self._process, self._orders, self._answers = process, orders, answers
        self._number, self._unread = 0, b""
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._tab = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self._call("Page.enable", tab=True)

    def pdf(self, page: Path) -> bytes:
        """The page as a tagged PDF with bookmarks, on the paper that its style sheet asks for."""
        self._call("Page.navigate", {"url": page.as_uri()}, tab=True)
        while self._read().get("method") != "Page.loadEventFired":
            pass
        asked = {
            "preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": True, "generateDocumentOutline": True,
        }  # fmt: skip
        return base64.b64decode(self._call("Page.printToPDF", asked, tab=True)["data"])

    def cpu_seconds(self) -> float:
        """CPU seconds of all processes of the browser, those that have ended included where they were waited for."""
        total = 0
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[3]) == self._process.pid:
                    total += sum(int(field) for field in fields[11:15])
        return total / _TICKS

    def _call(self, method: str, given: dict[str, Any] | None = None, *, tab: bool = False) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": given or {}} | (
            {"sessionId": self._tab} if tab else {}
        )
        os.write(self._orders, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            content = os.read(self._answers, 1 << 20)
            if not content:
                raise EOFError("the browser has ended")
            self._unread += content
        message, _, self._unread = self._unread.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        return read


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own and no network; ended at the end."""
    orders_in, orders = os.pipe()
    answers, answers_out = os.pipe()
    found = program()
    assert found is not None
    words = [
        found, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
        "--no-first-run", "--disable-extensions", "--disable-background-networking", f"--user-data-dir={profile}",
    ]  # fmt: skip
    # The browser reads orders from 3 and answers on 4.
    plumbing = ["sh", "-c", f'exec "$@" 3<&{orders_in} 4>&{answers_out}', "sh", *words]
    with subprocess.Popen(
        plumbing, pass_fds=(orders_in, answers_out), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(orders_in)
        os.close(answers_out)
        try:
            yield Browser(process, orders, answers)
        finally:
            # Closing its pipe ends the browser.
            os.close(orders)
            os.close(answers)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
