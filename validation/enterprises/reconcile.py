"""What enterprises add up to, held against what parks filed: findings by park and item, and the figures that are taken over.

No finding names an enterprise or tells a figure of one; the rows in question are in `Judged.details` and `Reconciled.details`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from validation.enterprises.definition import Enterprises, Figure
from validation.enterprises.judged import Judged
from validation.expression.reading import plain
from validation.findings import ERROR, NOTE, VERIFY, Finding, to_frame
from validation.forms import FormSet
from validation.registry import parks_of
from validation.statistics import ITEMS, MONEY

SOURCE = "企业记录"
"""Stands for the file in findings on what enterprises add up to."""

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
}

_RULES = {
    "required_missing": "没有填",
    "out_of_bounds": "超出范围",
    "count_fraction": "不是整数",
    "choice_unknown": "不在选项中",
    "credit_code_invalid": "不是统一社会信用代码",
    "division_code_invalid": "不是行政区划代码",
    "industry_code_invalid": "不是行业小类代码",
    "record_twice": "同一企业有几行",
}


@dataclass(frozen=True)
class Reconciled:
    """compared: every figure of every park of the register (`COMPARED`), beside the filed item where it has one, difference in % of what
    was filed. items: the filed statistics (validation.statistics.ITEMS) with the figures that are taken over marked as corrected.
    findings; taken: park_code, item of what replaced or filled a filed figure.
    """

    compared: pl.DataFrame
    items: pl.DataFrame
    findings: pl.DataFrame
    taken: pl.DataFrame


def reconcile(
    figures: pl.DataFrame,
    judged: Judged,
    moves: list[tuple[Any, ...]],
    items: pl.DataFrame,
    registry: pl.DataFrame,
    definition: Enterprises,
    form_set: FormSet,
    year: int,
) -> Reconciled:
    """Hold `figures` (validation.enterprises.figures.FIGURES) against the `items` of `year`, as the `figures` of the definition say.

    A figure is taken over (`use`) only where it could be computed and no row of the park has a 错误. Rows with a 错误 do not refuse
    the park: they are the bureau's, and told as 核实.
    """
    parks = parks_of(registry, year)
    known = set(parks["park_code"])
    spoiled = set(judged.counts.filter(pl.col("severity") == ERROR)["park_code"].drop_nulls())
    filed = _filed(items, year)
    rows: list[tuple[Any, ...]] = []
    taken: list[tuple[str, str, Decimal, str]] = []
    findings: list[Finding] = []
    by_code = {figure.code: figure for figure in definition.figures}
    for row in figures.filter(pl.col("park_code").is_in(list(known))).iter_rows(named=True):
        figure = by_code[row["figure"]]
        own = filed.get((row["park_code"], figure.item)) if figure.item else None
        use = _used(figure, row, own, (row["park_code"], figure.item) in filed, row["park_code"] in spoiled)
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
            )
        )
        if use:
            taken.append((row["park_code"], figure.item, _money(row["value"]), f"采用企业汇总：{figure.reason}"))
        if figure.item:
            findings.extend(_compared(figure, row, own, use, form_set, year))
    findings += [
        *_broken(judged, definition, known, year),
        *_unregistered(judged, known, year),
        *_without_records(parks, judged, year),
        *_shared(judged, known, year),
        *_moved(moves, known, year),
        *_not_leading(judged, parks, year),
    ]
    frame = pl.DataFrame(rows, schema=COMPARED, orient="row")
    changes = pl.DataFrame(
        taken, schema={"park_code": pl.String, "item": pl.String, "new": MONEY, "why": pl.String}, orient="row"
    )
    return Reconciled(frame, _with(items, changes, year), to_frame(findings), changes.select("park_code", "item"))


def _filed(items: pl.DataFrame, year: int) -> Mapping[tuple[str, str], Decimal | None]:
    own = items.filter(pl.col("year") == year).select("park_code", "item", "value")
    return {(park, item): value for park, item, value in own.iter_rows()}


def _money(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.000001"))


def _difference(value: float | None, filed: Decimal | None) -> float | None:
    if value is None or filed is None or filed == 0:
        return None
    return round((value - float(filed)) / abs(float(filed)) * 100, 6)


def _used(figure: Figure, row: Mapping[str, Any], filed: Decimal | None, has_row: bool, spoiled: bool) -> bool:
    if figure.use == "compare" or row["value"] is None or spoiled or not has_row:
        return False
    return figure.use == "replace" or filed is None


def _compared(
    figure: Figure, row: Mapping[str, Any], filed: Decimal | None, used: bool, form_set: FormSet, year: int
) -> Iterator[Finding]:
    label = form_set.items()[figure.item].label
    place: dict[str, Any] = {
        "year": year, "park_code": row["park_code"], "item": figure.item, "label": label, "source_file": SOURCE, "cell": figure.code,
    }  # fmt: skip
    if row["value"] is None:
        yield Finding(
            "enterprise_total_unknown",
            NOTE,
            f"“{label}”不能由企业汇总：{row['reason']}",
            None,
            "企业记录齐全",
            "补全企业记录",
            **place,
        )
        return
    total = plain(row["value"])
    if used:
        said = "未报" if filed is None else f"报 {plain(float(filed))}"
        yield Finding(
            "enterprise_total_used",
            NOTE,
            f"“{label}”园区{said}，采用企业汇总 {total}{figure.unit}",
            total,
            figure.reason,
            "无需处理",
            **place,
        )
    if filed is None or figure.tolerance_pct is None:
        return
    away = row["value"] - float(filed)
    allowed = abs(float(filed)) * figure.tolerance_pct.value / 100
    if away <= allowed and (figure.coverage == "part" or -away <= allowed):
        return
    share = f"（{away / abs(float(filed)) * 100:+.1f}%）" if filed else ""
    bound = "不小于企业汇总" if figure.coverage == "part" else "等于企业汇总"
    yield Finding(
        "enterprise_total", figure.severity,
        f"“{label}”园区报 {plain(float(filed))}，企业汇总 {total}{figure.unit}，相差 {plain(away)}{share}",
        plain(float(filed)), f"{bound}，允许相差 {figure.tolerance_pct.value:g}%（{figure.tolerance_pct.reason}）",
        "核对园区范围内的企业名单和口径；属实的说明", **place,
    )  # fmt: skip


def _broken(judged: Judged, definition: Enterprises, known: set[str], year: int) -> Iterator[Finding]:
    labels = {column.code: column.label for column in definition.columns}
    rules = {check.id: check.label for check in definition.checks}
    cures = {check.id: check.cure for check in definition.checks}
    for row in judged.counts.iter_rows(named=True):
        said = _RULES.get(row["rule"]) or rules.get(row["rule"], row["rule"])
        wrong = row["severity"] == ERROR
        weight = "错误" if wrong else "须核实"
        yield Finding(
            "enterprise_rows", VERIFY if row["severity"] != NOTE else NOTE,
            f"企业记录“{labels.get(row['item'], row['item'])}”{said}：{row['count']} 行{weight}", str(row["count"]), "没有",
            f"{cures.get(row['rule'], '改正企业记录')}；逐家见企业审核问题", year,
            row["park_code"] if row["park_code"] in known else None, None, None, SOURCE, None, f"{row['rule']} {row['item']}",
        )  # fmt: skip


def _unregistered(judged: Judged, known: set[str], year: int) -> Iterator[Finding]:
    for code, count in judged.parks.iter_rows():
        if code is None or code not in known:
            shown = f"园区代码“{code:.40}”不在 {year} 年园区名录" if code else "没有园区代码"
            yield Finding(
                "enterprise_outside", VERIFY, f"企业记录{shown}，{count} 行没有采用", code, "园区名录中的园区代码",
                "改正园区代码；不在任何园区范围内的企业不报", year, None, None, None, SOURCE, None, code,
            )  # fmt: skip


def _without_records(parks: pl.DataFrame, judged: Judged, year: int) -> Iterator[Finding]:
    there = set(judged.parks["park_code"])
    for code in parks["park_code"]:
        if code not in there:
            yield Finding(
                "enterprise_none", NOTE, f"没有 {year} 年的企业记录，园区数未与企业核对", None, "园区内企业的记录", "补报企业记录", year, code,
                None, None, SOURCE,
            )  # fmt: skip


def _shared(judged: Judged, known: set[str], year: int) -> Iterator[Finding]:
    """Enterprises counted in several parks: by park, how many it shares with which others."""
    parks = judged.shared.filter(pl.col("park_code").is_in(list(known)))
    pairs = parks.join(parks, on="credit_code", suffix="_other").filter(
        pl.col("park_code") != pl.col("park_code_other")
    )
    grouped = pairs.group_by("park_code").agg(
        pl.col("credit_code").n_unique().alias("count"), pl.col("park_code_other").unique().sort().alias("others")
    )
    for code, count, others in grouped.sort("park_code").iter_rows():
        named = "、".join(others[:5]) + (" 等" if len(others) > 5 else "")
        yield Finding(
            "enterprise_shared", VERIFY, f"{count} 家企业同时记在其他园区（{named}），汇总时重复计算", str(count), "一家企业只记在一个园区",
            "按生产经营地归属一个园区；总部在本园区、生产在外的只记生产所在园区", year, code, None, None, SOURCE,
        )  # fmt: skip


def _moved(moves: list[tuple[Any, ...]], known: set[str], year: int) -> Iterator[Finding]:
    came: dict[str, set[str]] = {}
    went: dict[str, set[str]] = {}
    renamed: dict[str, set[str]] = {}
    for credit_code, last_park, park, last_name, name in moves:
        if last_park != park:
            came.setdefault(park, set()).add(credit_code)
            went.setdefault(last_park, set()).add(credit_code)
        if last_name is not None and name is not None and last_name != name:
            renamed.setdefault(park, set()).add(credit_code)
    for check, said, cure, counted in (
        ("enterprise_moved_in", "从其他园区转来", "核对是否实际迁入；增长率请看同口径企业", came),
        ("enterprise_moved_out", "转到其他园区", "核对是否实际迁出", went),
        ("enterprise_renamed", "信用代码相同而改了名称", "核对是否更名；合并、分立的说明", renamed),
    ):
        for code in sorted(counted.keys() & known):
            count = len(counted[code])
            yield Finding(
                check, NOTE, f"{count} 家企业{said}", str(count), "属实", cure, year, code, None, None, SOURCE
            )


def _not_leading(judged: Judged, parks: pl.DataFrame, year: int) -> Iterator[Finding]:
    listed = {
        code: set((text or "").split("、"))
        for code, text in parks.select("park_code", "leading_industries").iter_rows()
    }
    for code, industry, count in judged.leading.iter_rows():
        if code in listed and industry not in listed[code]:
            yield Finding(
                "enterprise_not_leading", VERIFY, f"{count} 家企业标为主导产业“{industry:.40}”，不在园区名录的主导产业中", industry,
                "、".join(sorted(listed[code] - {""})) or "名录中有主导产业", "改正企业的所属主导产业，或更新园区名录", year, code, None, None, SOURCE, None, industry,
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
