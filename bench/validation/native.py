"""The product's verdicts against native pandera's (its own checks, lazy) on random frames."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from validation.confront import TableRule, validated
from validation.expression import Name, parse
from validation.expression.compile import compile_value

FIGURES = ("a", "b", "c", "d")
WORDS = ("甲", "乙", "丙", "")
VALUES = (None, 0.0, 1.0, -1.0, 2.5, 10.0, 1e9, -1e9, 1e-9, float("inf"), float("-inf"))
EXPRESSIONS = (
    "a <= b", "a + b = c", "ABS(a + b - c) <= GREATEST(1, 0.1 * ABS(c))", "a / b BETWEEN 0.5 AND 2", "a > b OR c IS NULL",
    "CASE WHEN a > 0 THEN b > 0 END", "GROWTH_PCT(a, b) <= 50", "NOT (a < b AND b < c)", "COALESCE(a, b) >= d", "LEAST(a, b) <= c",
    "t IN ('甲', '乙')",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A frame and the rules on it, in both forms: for the product, and as arguments of a native schema."""

    frame: pl.DataFrame
    rules: tuple[TableRule, ...]
    columns: dict[str, list[tuple[str, dict[str, Any]]]]
    conditions: tuple[tuple[str, pl.Expr], ...]
    required: tuple[str, ...]


def trial(seed: int) -> Trial:
    """A random frame of at most 40 rows with a random choice of rules."""
    chance = random.Random(seed)
    rows = chance.choice((0, 1, 2, 7, 40))
    schema = {**dict.fromkeys(FIGURES, pl.Float64), "t": pl.String}
    frame = pl.DataFrame(
        {
            **{name: [chance.choice(VALUES) for _ in range(rows)] for name in FIGURES},
            "t": [chance.choice((None, *WORDS)) for _ in range(rows)],
        },
        schema=schema,
    )
    rules: list[TableRule] = []
    columns: dict[str, list[tuple[str, dict[str, Any]]]] = {name: [] for name in schema}
    required = tuple(name for name in schema if chance.random() < 0.3)
    rules += [_rule(f"{name}:not_nullable", name, pl.col(name).is_not_null()) for name in required]
    for name in FIGURES:
        low, high = sorted((chance.uniform(-3, 3), chance.uniform(-3, 3)))
        for kind, arguments, holds in (
            ("greater_than_or_equal_to", {"min_value": low}, pl.col(name) >= low),
            ("less_than_or_equal_to", {"max_value": high}, pl.col(name) <= high),
            ("in_range", {"min_value": low, "max_value": high}, (pl.col(name) >= low) & (pl.col(name) <= high)),
        ):
            if chance.random() < 0.4:
                columns[name].append((kind, arguments))
                rules.append(_rule(f"{name}:{kind}", name, holds))
    if chance.random() < 0.5:
        columns["t"].append(("isin", {"allowed_values": list(WORDS[:2])}))
        rules.append(_rule("t:isin", "t", pl.col("t").is_in(list(WORDS[:2]))))
    if chance.random() < 0.5:
        columns["t"].append(("str_length", {"min_value": 1, "max_value": 1}))
        rules.append(_rule("t:str_length", "t", pl.col("t").str.len_chars() == 1))
    names = {Name("", name): name for name in schema}
    conditions = tuple(
        (f"e{number}", compile_value(parse(text, "规则").tree, names, str))
        for number, text in enumerate(EXPRESSIONS)
        if chance.random() < 0.5
    )
    rules += [_rule(name, "a", condition) for name, condition in conditions]
    return Trial(frame, tuple(rules), columns, conditions, required)


def _rule(name: str, item: str, holds: pl.Expr) -> TableRule:
    return TableRule(name, item, holds, "错误", pl.lit(name))


def verdict(one: Trial) -> set[tuple[str, int]]:
    """Rule and row of everything the product finds broken."""
    found = validated(one.frame, [rule.holds for rule in one.rules], one.frame.schema)
    return {(one.rules[rule].id, row) for rule, row in found.iter_rows()}


def native_verdict(one: Trial) -> set[tuple[str, int]]:
    """Rule and row of everything pandera's own checks find broken."""
    import pandera.polars as pa
    from pandera.errors import SchemaErrors

    columns = {
        name: pa.Column(
            one.frame.schema[name],
            [getattr(pa.Check, kind)(**arguments) for kind, arguments in kinds],
            nullable=name not in one.required,
        )
        for name, kinds in one.columns.items()
    }
    checks = [_native_check(name, condition) for name, condition in one.conditions]
    try:
        pa.DataFrameSchema(columns, checks=checks).validate(one.frame, lazy=True)
    except SchemaErrors as errors:
        return set(_cases(errors.failure_cases))
    return set()


def _native_check(name: str, condition: pl.Expr) -> Any:
    import pandera.polars as pa

    return pa.Check(lambda data: data.lazyframe.select(condition), name=name)


def _cases(cases: pl.DataFrame) -> Sequence[tuple[str, int]]:
    told = []
    for row in cases.iter_rows(named=True):
        check = str(row["check"]).split("(")[0]
        in_column = row["schema_context"] == "Column"
        told.append((f"{row['column']}:{check}" if in_column else check, int(row["index"])))
    return told


def disagreements(seeds: Sequence[int]) -> list[int]:
    """The seeds for which the two verdicts differ."""
    return [seed for seed in seeds if verdict(trial(seed)) != native_verdict(trial(seed))]
