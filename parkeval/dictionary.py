"""The data dictionary of a query result: what each column means, its unit and type."""

from __future__ import annotations

import polars as pl

from parkeval.published_schema import PARK_NAME, PARK_NAME_MEANING
from scoring.schema import ResultColumn, result_tables

COMPUTED = "由查询算出"


def dictionary(frame: pl.DataFrame, statement: str) -> pl.DataFrame:
    """One row per column of `frame`, the result of `statement`: 列, 类型, 单位, 含义, 来源.

    A column is explained by the published column or Chinese label of its name, of a table named in the statement
    before others; one that the statement computed says so.
    """
    rows = []
    for name, kind in frame.schema.items():
        found = _origin(name, statement)
        if name == PARK_NAME:
            rows.append((name, _kind(kind), "", PARK_NAME_MEANING, "parks.name"))
        elif found is None:
            rows.append((name, _kind(kind), "", COMPUTED, ""))
        else:
            place, column = found
            rows.append((name, _kind(kind), column.unit, column.comment or column.label, place))
    return pl.DataFrame(rows, schema=["列", "类型", "单位", "含义", "来源"], orient="row")


def catalogue() -> pl.DataFrame:
    """One row per column of the results: 表, 视图, 列, 中文列名, 类型, 单位, 含义."""
    rows = [
        (table.name, table.view, column.name, column.label, column.type, column.unit, column.comment)
        for table in result_tables().values()
        for column in table.columns
    ]
    names = ["表", "视图", "列", "中文列名", "类型", "单位", "含义"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _origin(name: str, statement: str) -> tuple[str, ResultColumn] | None:
    text = statement.casefold()
    tables = sorted(
        result_tables().values(), key=lambda table: not (table.name in text or table.view.casefold() in text)
    )
    for table in tables:
        for column in table.columns:
            if name in (column.name, column.label):
                return f"{table.name}.{column.name}", column
    return None


def _kind(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "是否"
    if kind.is_integer():
        return "整数"
    if kind.is_numeric():
        return "小数"
    if kind.is_temporal():
        return "日期或时间"
    return "文字" if kind == pl.String else "其他"
