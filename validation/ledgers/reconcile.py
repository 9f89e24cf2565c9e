"""What ledgers add up to, held against what parks filed: findings by park and item, and the figures that are taken over.

No finding names a member of a ledger or tells a figure of one; the rows in question are in `BottomUp.details`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from validation.checks import Check
from validation.expression.reading import plain
from validation.findings import ERROR, NOTE, VERIFY, Finding, gather, to_frame
from validation.forms import FormSet
from validation.ledgers.bottom_up import LEDGER, BottomUp
from validation.ledgers.definition import Figure, Ledgers, Link
from validation.registry import parks_of
from validation.rounding import round_half_up
from validation.statistics import ITEMS, MONEY
from validation.units import with_unit
from validation.values import DECIMALS

COMPARED: dict[str, pl.DataType] = {
    "park_code": pl.String(),
    "year": pl.Int32(),
    "figure": pl.String(),
    "value": pl.Float64(),
    "reason": pl.String(),
    "item": pl.String(),
    "filed": MONEY,
    "difference_pct": pl.Float64(),
    "used": pl.Boolean(),
    "records": pl.Int64(),
    "contributors": pl.Int64(),
    "largest_share_pct": pl.Int32(),
}

_OF_THE_YEAR = ("item", "filed", "difference_pct", "contributors", "largest_share_pct")
"""What is only known of the year whose filings are at hand."""

_RULES = {
    "required_missing": "没有填",
    "out_of_bounds": "超出范围",
    "count_fraction": "不是整数",
    "choice_unknown": "不在选项中",
    "credit_code_invalid": "不是统一社会信用代码",
    "division_code_invalid": "不是行政区划代码",
    "industry_code_invalid": "不是行业小类代码",
    "record_twice": "有几行相同",
}


@dataclass(frozen=True)
class Reconciled:
    """compared: every figure of every park of the register (`COMPARED`), beside the filed item where it has one, difference in % of what
    was filed; figures of earlier years stand by themselves; contributors and largest_share_pct (contributions.BEHIND) only
    where the filed figure stands and no row of the park is wrong. items: the filed statistics (validation.statistics.ITEMS) with the figures that are taken over marked as corrected.
    findings; taken: park_code, item of what replaced or filled a filed figure.
    """

    compared: pl.DataFrame
    items: pl.DataFrame
    findings: pl.DataFrame
    taken: pl.DataFrame


def reconcile(
    bottom: BottomUp,
    items: pl.DataFrame,
    registry: pl.DataFrame,
    definition: Ledgers,
    form_set: FormSet,
    year: int,
) -> Reconciled:
    """Hold the figures of `bottom` against the `items` of `year`, as the `figures` of the definition say.

    A figure is taken over (`use`) only where it could be computed and no row of the park in its ledgers has a 错误. Rows with a 错误 do not refuse
    the park: they are the bureau's, and told as 核实.
    """
    parks = parks_of(registry, year)
    known = set(parks["park_code"])
    spoiled = set(bottom.broken.filter(pl.col("severity") == ERROR).select("park_code", LEDGER).iter_rows())
    filed = _filed(items, year)
    rows: list[tuple[Any, ...]] = []
    taken: list[tuple[str, str, Decimal, str]] = []
    findings: list[Finding] = []
    by_code = {figure.code: figure for figure in definition.figures}
    behind = {(park, code): told for park, code, *told in bottom.behind.iter_rows()}
    figures = bottom.figures.filter(pl.col("year") == year, pl.col("park_code").is_in(list(known)))
    for row in figures.iter_rows(named=True):
        figure = by_code[row["figure"]]
        broken = any((row["park_code"], code) in spoiled for code in figure.ledgers)
        own = filed.get((row["park_code"], figure.item)) if figure.item else None
        use = _used(figure, row, own, (row["park_code"], figure.item) in filed, broken)
        difference = _difference(row["value"], own)
        rows.append(
            (
                row["park_code"],
                year,
                figure.code,
                row["value"],
                row["reason"],
                figure.item or None,
                own,
                difference,
                use,
                row["records"],
                *_behind(behind.get((row["park_code"], figure.code)), figure, row["value"], own, use, broken),
            )
        )
        if use:
            taken.append(
                (
                    row["park_code"],
                    figure.item,
                    _money(row["value"]),
                    f"采用{definition.titles(figure)}汇总数：{figure.reason}",
                )
            )
        if figure.item and row["value"] is not None:
            findings.extend(_compared(figure, row, own, use, form_set, definition.titles(figure)))
    findings += [
        *_unknown(
            figures,
            definition,
            form_set,
            year,
        ),
        *_broken(bottom, definition, known, year),
        *_unregistered(bottom, definition, known, year),
        *_without_rows(parks, bottom, definition, year),
        *_shared(bottom, definition, known, year),
        *_moved(bottom, definition, known, year),
        *_not_leading(bottom, definition, parks, year),
    ]
    frame = pl.concat([_earlier(bottom, registry, year), pl.DataFrame(rows, schema=COMPARED, orient="row")])
    changes = pl.DataFrame(
        taken, schema={"park_code": pl.String, "item": pl.String, "new": MONEY, "why": pl.String}, orient="row"
    )
    told = gather([bottom.findings, to_frame(findings)])
    return Reconciled(frame, _with(items, changes, year), told, changes.select("park_code", "item"))


def _earlier(bottom: BottomUp, registry: pl.DataFrame, year: int) -> pl.DataFrame:
    """Figures of years before `year`, of the parks registered then: no item is held against them any more."""
    before = bottom.figures.filter(pl.col("year") < year)
    known = [
        parks_of(registry, one).select("park_code", pl.lit(one, pl.Int32).alias("year"))
        for one in before["year"].unique().sort()
    ]
    own = (
        before.join(pl.concat(known), on=["park_code", "year"], how="semi", maintain_order="left") if known else before
    )
    absent = [pl.lit(None, COMPARED[name]).alias(name) for name in _OF_THE_YEAR]
    return own.with_columns(*absent, pl.lit(False).alias("used")).select(*COMPARED)


def unreconciled(items: pl.DataFrame) -> Reconciled:
    """What stands where there are no ledgers."""
    taken = pl.DataFrame(schema={"park_code": pl.String, "item": pl.String})
    return Reconciled(pl.DataFrame(schema=COMPARED), items, to_frame([]), taken)


def without_filled(findings: pl.DataFrame, taken: pl.DataFrame, year: int) -> pl.DataFrame:
    """`findings` without those that a required item is empty, where the figure from ledgers fills it."""
    filled = taken.with_columns(pl.lit("required_missing").alias("check_id"), pl.lit(year, pl.Int32).alias("year"))
    return findings.join(filled, on=["check_id", "year", "park_code", "item"], how="anti", maintain_order="left")


def _filed(items: pl.DataFrame, year: int) -> Mapping[tuple[str, str], Decimal | None]:
    own = items.filter(pl.col("year") == year).select("park_code", "item", "value")
    return {(park, item): value for park, item, value in own.iter_rows()}


def _money(value: float) -> Decimal:
    return round_half_up(value, DECIMALS)


def _difference(value: float | None, filed: Decimal | None) -> float | None:
    if value is None or filed is None or filed == 0:
        return None
    return round((value - float(filed)) / abs(float(filed)) * 100, 6)


def _used(figure: Figure, row: Mapping[str, Any], filed: Decimal | None, has_row: bool, spoiled: bool) -> bool:
    if figure.use == "compare" or row["value"] is None or spoiled or not has_row:
        return False
    return figure.use == "replace" or filed is None


def _stands(figure: Figure, value: float, filed: Decimal) -> bool:
    """Whether the filed figure is within the tolerance of the ledger's, or above it where that holds a part only."""
    tolerance = figure.tolerance_pct.value if figure.tolerance_pct else 0.0
    away, allowed = value - float(filed), abs(float(filed)) * tolerance / 100
    return away <= allowed and (figure.coverage == "part" or -away <= allowed)


def _behind(
    told: Sequence[int | None] | None,
    figure: Figure,
    value: float | None,
    filed: Decimal | None,
    used: bool,
    broken: bool,
) -> tuple[int | None, int | None]:
    """How many enterprises are behind a filed figure and the share of the largest, both null where the ledger is no evidence of it."""
    stands = used or (value is not None and filed is not None and _stands(figure, value, filed))
    if told is None or broken or not stands or not told[0]:
        return None, None
    return told[0], told[1]


def _compared(
    figure: Figure, row: Mapping[str, Any], filed: Decimal | None, used: bool, form_set: FormSet, title: str
) -> Iterator[Finding]:
    label = form_set.items()[figure.item].label
    place: dict[str, Any] = {
        "year": row["year"], "park_code": row["park_code"], "item": figure.item, "label": label, "source_file": title, "cell": figure.code,
    }  # fmt: skip
    total = with_unit(plain(row["value"]), figure.unit)
    if used:
        said = "未报" if filed is None else f"报 {with_unit(plain(float(filed)), figure.unit)}"
        yield Finding(
            "ledger_total_used",
            NOTE,
            f"“{label}”园区{said}，采用{title}汇总数 {total}",
            plain(row["value"]),
            figure.reason,
            "无需处理",
            **place,
        )
    if filed is None or figure.tolerance_pct is None:
        return
    if _stands(figure, row["value"], filed):
        return
    away = row["value"] - float(filed)
    own, apart = (with_unit(plain(number), figure.unit) for number in (float(filed), abs(away)))
    share = f"（{round_half_up(abs(away) / abs(float(filed)) * 100, 1)}%）" if filed else ""
    word = "多" if away > 0 else "少"
    bound = f"不小于{title}汇总数" if figure.coverage == "part" else f"等于{title}汇总数"
    yield Finding(
        "ledger_total", figure.severity,
        f"“{label}”园区报 {own}，{title}汇总 {total}，比园区报的{word} {apart}{share}",
        plain(float(filed)), f"{bound}，允许相差 {figure.tolerance_pct.value:g}%（{figure.tolerance_pct.reason}）",
        "核对园区范围内的名单和口径；属实的说明", **place,
    )  # fmt: skip


def _unknown(figures: pl.DataFrame, definition: Ledgers, form_set: FormSet, year: int) -> Iterator[Finding]:
    """What could not be added up: park by park, or once where no park's could be, as where a column is in none of the files."""
    for figure in definition.figures:
        own = figures.filter(pl.col("figure") == figure.code)
        without = own.filter(pl.col("value").is_null())
        if not figure.item or without.is_empty():
            continue
        title, label = definition.titles(figure), form_set.items()[figure.item].label
        everywhere = own.height > 1 and without.height == own.height
        for park, reason in without.select("park_code", "reason").slice(0, 1 if everywhere else None).iter_rows():
            where = f"在全部 {own.height} 个园区都" if everywhere else ""
            said = f"如 {park}，{reason}" if everywhere else reason
            yield Finding(
                "ledger_total_unknown", NOTE, f"“{label}”{where}不能由{title}汇总：{said}", None, f"{title}齐全", f"补全{title}", year,
                None if everywhere else park, figure.item, label, title, None, figure.code,
            )  # fmt: skip


def _broken(bottom: BottomUp, definition: Ledgers, known: set[str], year: int) -> Iterator[Finding]:
    for row in bottom.broken.iter_rows(named=True):
        ledger = definition.ledger(row[LEDGER])
        rules: dict[str, Check | Link] = {check.id: check for check in ledger.checks}
        rules |= {link.id: link for link in ledger.links}
        labels = {column.code: column.label for column in ledger.columns}
        own = rules.get(row["rule"])
        said = _RULES.get(row["rule"]) or _said_of(own) or row["rule"]
        weight = "错误" if row["severity"] == ERROR else "须核实"
        cure = own.cure if own else f"改正{ledger.title}"
        yield Finding(
            "ledger_rows", VERIFY if row["severity"] != NOTE else NOTE,
            f"{ledger.title}“{labels.get(row['item'], row['item'])}”{said}：{row['count']} 行{weight}", str(row["count"]), "没有",
            f"{cure}；逐行见台账审核问题", year, row["park_code"] if row["park_code"] in known else None, None, None, ledger.title, None,
            f"{row['rule']} {row['item']}",
        )  # fmt: skip


def _said_of(rule: Check | Link | None) -> str:
    """What is wrong: a check is named by what should hold, a link by what is wrong."""
    if isinstance(rule, Check):
        return f"不符合“{rule.label}”"
    return rule.label if rule else ""


def _unregistered(bottom: BottomUp, definition: Ledgers, known: set[str], year: int) -> Iterator[Finding]:
    for code, park, count in bottom.parks.iter_rows():
        if park is None or park not in known:
            title = definition.ledger(code).title
            shown = f"园区代码“{park:.40}”不在 {year} 年园区名录" if park else "没有园区代码"
            yield Finding(
                "ledger_outside", VERIFY, f"{title}{shown}，{count} 行没有采用", park, "园区名录中的园区代码",
                "改正园区代码；不在任何园区范围内的不报", year, None, None, None, title, None, park,
            )  # fmt: skip


def _without_rows(parks: pl.DataFrame, bottom: BottomUp, definition: Ledgers, year: int) -> Iterator[Finding]:
    """Parks that a ledger which was given says nothing of."""
    there = set(bottom.parks.select(LEDGER, "park_code").iter_rows())
    for ledger in (definition.ledger(code) for code in bottom.parks[LEDGER].unique(maintain_order=True)):
        for park in parks["park_code"]:
            if (ledger.code, park) not in there:
                yield Finding(
                    "ledger_none", NOTE, f"{ledger.title}没有该园区 {year} 年的行，园区数未与{ledger.label}核对", None,
                    f"园区内{ledger.label}的记录", f"补报{ledger.title}", year, park, None, None, ledger.title,
                )  # fmt: skip


def _shared(bottom: BottomUp, definition: Ledgers, known: set[str], year: int) -> Iterator[Finding]:
    """Members counted in several parks: by park, how many it shares with which others."""
    for code, park, count, others in bottom.shared.filter(pl.col("park_code").is_in(list(known))).iter_rows():
        ledger = definition.ledger(code)
        yield Finding(
            "ledger_shared", VERIFY, f"{count} {ledger.counter}{ledger.label}同时记在其他园区（{others}），汇总时重复计算", str(count),
            f"一{ledger.counter}{ledger.label}只记在一个园区", ledger.belongs, year, park, None, None, ledger.title,
        )  # fmt: skip


_MOVES = {
    "in": ("ledger_moved_in", "从其他园区转来", "核对是否实际迁入；增长率请看两年都在园区的同口径数"),
    "out": ("ledger_moved_out", "转到其他园区", "核对是否实际迁出"),
    "renamed": ("ledger_renamed", "代码相同而改了名称", "核对是否更名；合并、分立的说明"),
}


def _moved(bottom: BottomUp, definition: Ledgers, known: set[str], year: int) -> Iterator[Finding]:
    for code, park, kind, count in bottom.moved.filter(pl.col("park_code").is_in(list(known))).iter_rows():
        check, said, cure = _MOVES[kind]
        ledger = definition.ledger(code)
        told = f"{count} {ledger.counter}{ledger.label}{said}"
        yield Finding(check, NOTE, told, str(count), "属实", cure, year, park, None, None, ledger.title)


def _not_leading(bottom: BottomUp, definition: Ledgers, parks: pl.DataFrame, year: int) -> Iterator[Finding]:
    listed = {
        code: set((text or "").split("、"))
        for code, text in parks.select("park_code", "leading_industries").iter_rows()
    }
    for code, park, industry, count in bottom.leading.iter_rows():
        ledger = definition.ledger(code)
        if park in listed and industry not in listed[park]:
            yield Finding(
                "ledger_not_leading", VERIFY,
                f"{count} {ledger.counter}{ledger.label}标为主导产业“{industry:.40}”，不在园区名录的主导产业中", industry,
                "、".join(sorted(listed[park] - {""})) or "名录中有主导产业", f"改正{ledger.title}的所属主导产业，或更新园区名录", year, park,
                None, None, ledger.title, None, industry,
            )  # fmt: skip


def _with(items: pl.DataFrame, changes: pl.DataFrame, year: int) -> pl.DataFrame:
    keyed = changes.with_columns(pl.lit(year, pl.Int32).alias("year"))
    changed = pl.col("why").is_not_null()
    return (
        items.join(keyed, on=["park_code", "year", "item"], how="left", maintain_order="left")
        .with_columns(
            pl.when(changed & ~pl.col("corrected").fill_null(False))
            .then("value")
            .otherwise("filed_value")
            .alias("filed_value"),
            pl.when(changed).then("new").otherwise("value").alias("value"),
            pl.when(changed).then("why").otherwise("correction_reason").alias("correction_reason"),
            (changed | pl.col("corrected")).alias("corrected"),
        )
        .select(*ITEMS)
    )
