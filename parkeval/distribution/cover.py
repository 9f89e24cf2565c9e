"""The list that goes with a package (送达清单): what is in it, how to check it, and the receipt to be returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report_templates.formatting import or_dash, plain

COVER = "送达清单.txt"
_RULE = "─" * 36


@dataclass(frozen=True)
class Listed:
    """One file of a package: name, kind, size in bytes and SHA-256."""

    name: str
    kind: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Cover:
    """What the list says; dates as they are to be printed."""

    recipient: str
    code: str
    region: str
    office: str
    year: int
    scheme_title: str
    run_id: str
    results_sha256: str
    notice: str
    sent_on: str
    sent_by: str
    files: Sequence[Listed]


def cover_text(cover: Cover) -> str:
    """The list as text, which every system shows and prints."""
    lines = [
        "送 达 清 单",
        "",
        f"收件单位：{plain(cover.recipient, 80)}" + (f"（{plain(cover.code, 40)}）" if cover.code else ""),
        f"送达机关：{or_dash(cover.office, 60)}",
        f"事    由：{plain(cover.region)} {cover.year} 年度产业园区绩效评价",
        f"依    据：{or_dash(cover.scheme_title, 80)}",
        f"评价批次：{plain(cover.run_id)}",
        f"结果摘要：{plain(cover.results_sha256)}",
        f"制发日期：{cover.sent_on}    经办人：{plain(cover.sent_by, 40)}",
        *([f"数据说明：{plain(cover.notice)}"] if cover.notice else []),
        _RULE,
        f"文件共 {len(cover.files)} 件",
        "",
    ]
    for number, file in enumerate(cover.files, start=1):
        lines += [
            f"{number}. {file.name}",
            f"   种类：{file.kind}    大小：{file.size_bytes:,} 字节",
            f"   SHA-256：{file.sha256}",
        ]
    lines += [
        _RULE,
        "核对：在本文件夹中运行 sha256sum -c SHA256SUMS，各行均为 OK 即完整、未改动。",
        _RULE,
        "",
        "回    执",
        "",
        f"收到{plain(cover.office, 60) or '送达机关'}送达的 {cover.year} 年度园区绩效评价文件 {len(cover.files)} 件（批次 {plain(cover.run_id)}），经核对无误。",
        "",
        "收件人（签字）：________________    收件日期：______年____月____日",
        "",
        "收件单位（盖章）：",
        "",
        "备注（拒收、缺件的，写明原因）：",
        "",
    ]
    return "\n".join(lines)
