"""The vectorised checks give the verdicts of plain row-by-row evaluation in Python, on random figures."""

from decimal import Decimal

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from tests.validation.filed_folder import FORM_SET
from validation.check_frame import build
from validation.checks import load_checks
from validation.confront import violations
from validation.expression import Name
from validation.expression.compile import compile_value
from validation.statistics import FILINGS, ITEMS, RECORDS

CHECKS = load_checks(FORM_SET)
CODES = [code for code, item in FORM_SET.items().items() if item.numeric and item.last_year]
COLUMNS = ("revenue_10k_cny", "output_10k_cny", "value_added_10k_cny", "energy_tce")
FIGURES = st.sampled_from(
    [None, 0, 1, 3, 10, 29, 100, 101, 150, 1000, 9999, 10000, 30000, 1000000, Decimal("0.5"), -20]
)
YEARS = (2023, 2024)
KEYS = [("A", 2023), ("A", 2024), ("B", 2024)]


def whole_rows():
    return st.lists(FIGURES, min_size=len(CODES), max_size=len(CODES)).map(
        lambda row: dict(zip(CODES, row, strict=True))
    )


def industry_rows():
    row = st.tuples(*(st.sampled_from([None, 10, 50, 1000]) for _ in COLUMNS))
    return st.lists(row.map(lambda values: dict(zip(COLUMNS, values, strict=True))), max_size=2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow])
@given(
    this=st.tuples(*(whole_rows() for _ in KEYS)),
    last=st.tuples(*(whole_rows() for _ in KEYS)),
    industries=st.tuples(*(industry_rows() for _ in KEYS)),
    untrusted=st.booleans(),
)
def test_same_verdicts_as_row_by_row(this, last, industries, untrusted):
    items, records = frames(this, last, industries)
    refused = pl.DataFrame([("A", 2023)] if untrusted else [], schema=["park_code", "year"], orient="row")
    refused = refused.cast({"park_code": pl.String, "year": pl.Int32})
    built = build(items, records, pl.DataFrame(schema=FILINGS), refused, FORM_SET, CHECKS)
    conditions = [compile_value(rule.holds.tree, built.columns, CHECKS.label) for rule in CHECKS.rules]
    found = set(violations(built.frame, conditions).iter_rows())

    expected = set()
    for row, key in enumerate(KEYS):
        before = (key[0], key[1] - 1)
        previous = dict(this[KEYS.index(before)]) if before in KEYS and not untrusted else {}
        spaces = {
            "": this[row],
            "prev": previous,
            "filed_last": last[row],
            "param": CHECKS.parameters,
            "filing": {},
            "peer": {},
        }
        for number, rule in enumerate(CHECKS.rules):
            if value_of(rule.holds.tree, spaces, industries[row]) is False:
                expected.add((number, row))
    assert found == expected


def frames(this, last, industries):
    items, records = [], []
    for (park_code, year), now, before, rows in zip(KEYS, this, last, industries, strict=True):
        for code in CODES:
            items.append(
                {
                    "park_code": park_code,
                    "year": year,
                    "item": code,
                    "value": now[code],
                    "last_year_value": before[code],
                }
            )
        for number, row in enumerate(rows):
            place = {
                "form": "industries",
                "park_code": park_code,
                "year": year,
                "record": number,
                "source_file": f"{park_code}{year}",
            }
            records.append(place | {"item": "industry", "text": "其他"})
            records.extend(place | {"item": column, "value": value} for column, value in row.items())
    exact = {"value": Decimal, "last_year_value": Decimal}
    rows = [
        {name: exact[name](value) if name in exact and value is not None else value for name, value in row.items()}
        for row in (*items, *records)
    ]
    return pl.DataFrame(rows[: len(items)], schema=ITEMS), pl.DataFrame(rows[len(items) :], schema=RECORDS)


def value_of(node, spaces, records):
    """One expression for one park-year: None where a figure is missing, otherwise a float, a bool or None."""

    def sub(inner):
        return value_of(inner, spaces, records)

    if isinstance(node, exp.Column):
        name = Name(node.table, node.name)
        value = spaces[name.space].get(name.name)
        return None if value is None else float(value)
    if isinstance(node, exp.Count):
        return float(len(records))
    if isinstance(node, exp.Sum):
        values = [row[node.this.name] for row in records]
        return None if not values or None in values else float(sum(values))
    if isinstance(node, exp.Literal):
        return node.this if node.is_string else float(node.this)
    if isinstance(node, exp.In):
        return sub(node.this) in [sub(part) for part in node.expressions]
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Paren):
        return sub(node.this)
    if isinstance(node, exp.Not):
        inner = sub(node.this)
        return None if inner is None else not inner
    if isinstance(node, exp.Abs):
        inner = sub(node.this)
        return None if inner is None else abs(inner)
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            condition = sub(branch.this)
            if condition is None:
                return None
            if condition:
                return sub(branch.args["true"])
        return sub(node.args["default"]) if node.args.get("default") is not None else None
    if isinstance(node, exp.Coalesce):
        values = [sub(part) for part in (node.this, *node.expressions)]
        return next((value for value in values if value is not None), None)
    if isinstance(node, exp.Greatest):
        values = [sub(part) for part in (node.this, *node.expressions)]
        return None if None in values else max(values)
    if isinstance(node, exp.Between):
        return both(
            compared(sub(node.this), sub(node.args["low"]), "ge"),
            compared(sub(node.this), sub(node.args["high"]), "le"),
        )
    if isinstance(node, exp.And):
        return both(sub(node.this), sub(node.expression))
    if isinstance(node, exp.Or):
        left, right = sub(node.this), sub(node.expression)
        return True if True in (left, right) else None if None in (left, right) else False
    if isinstance(node, exp.Anonymous):
        now, base = (sub(part) for part in node.expressions)
        return None if now is None or base is None or base <= 0 else (now / base - 1) * 100
    left, right = sub(node.this), sub(node.expression)
    if left is None or right is None:
        return None
    if isinstance(node, exp.Div):
        return None if right == 0 else left / right
    return {
        exp.Add: lambda: left + right,
        exp.Sub: lambda: left - right,
        exp.Mul: lambda: left * right,
        exp.GT: lambda: left > right,
        exp.GTE: lambda: left >= right,
        exp.LT: lambda: left < right,
        exp.LTE: lambda: left <= right,
        exp.EQ: lambda: left == right,
    }[type(node)]()


def both(left, right):
    return False if False in (left, right) else None if None in (left, right) else True


def compared(left, right, how):
    if left is None or right is None:
        return None
    return left >= right if how == "ge" else left <= right
