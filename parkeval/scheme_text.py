"""A scheme as a readable document."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.described import HEADS, describe_definitions
from scoring.rulebook import Rulebook


def scheme_text(book: Rulebook) -> str:
    """All definitions in force in the year of `book`, each with its clause or the bureau's reason."""
    return "".join(_lines(book))


def _lines(book: Rulebook) -> Iterator[str]:
    rows = describe_definitions(book).to_dicts()
    yield f"{book.scheme.title}（{book.scheme.key}），适用于 {book.year} 年\n依据：{book.scheme.document}\n"
    for kind, head in HEADS.items():
        yield f"\n{head}\n"
        for row in (row for row in rows if row["kind"] == kind):
            unit = f" {row['unit']}" if row["unit"] else ""
            yield f"  {row['position']}. {row['label']}（{row['code']}）：{row['value']}{unit}\n"
            if row["formula"]:
                yield f"     {'条件' if kind == 'rule' else '公式' if 'indicator' in kind else '办法'}：{row['formula']}\n"
            if row["effect"]:
                yield f"     适用和效果：{row['effect']}\n"
            if row["clause"]:
                yield f"     条款：{row['clause']}\n"
            if row["bureau_choice"] and row["reason"]:
                yield f"     统计部门选择：{row['reason']}\n"
