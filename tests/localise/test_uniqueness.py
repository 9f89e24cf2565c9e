"""Rows that repeat: the way by hashes gives what comparing every row with all rows before it gives."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.localise.test_confront import FORM
from validation.confront import confront, confront_file
from validation.table_rules import form_key
from validation.uniqueness import repeated_rows

KEYS = st.tuples(
    st.none() | st.sampled_from(["", "a", "a／", "／a", "园区"]) | st.text(max_size=2),
    st.none() | st.sampled_from([0.0, -0.0, 1.0, 1e300]),
    st.none() | st.integers(-2, 2),
)


@settings(deadline=None)
@given(st.lists(KEYS, max_size=40), st.integers(1, 7), st.sampled_from([1, 2, 5, 64]))
def test_the_rows_found_are_those_that_equal_an_earlier_one(keys, slice_rows, hash_bits):
    frame = pl.DataFrame(keys, schema={"a": pl.String, "b": pl.Float64, "c": pl.Int64}, orient="row")
    expected = [(at, keys.index(key)) for at, key in enumerate(keys) if None not in key and keys.index(key) < at]
    slices = [frame.slice(start, slice_rows) for start in range(0, max(frame.height, 1), slice_rows)]
    assert repeated_rows(lambda: slices, ["a", "b", "c"], hash_bits=hash_bits).rows() == expected
    alone = [key[0] for key in keys]
    expected = [(at, alone.index(key)) for at, key in enumerate(alone) if key is not None and alone.index(key) < at]
    assert repeated_rows(lambda: slices, ["a"], hash_bits=hash_bits).rows() == expected


def test_a_record_that_stands_twice_is_told_with_the_first(tmp_path):
    frame = pl.DataFrame({"credit_code": ["甲", None, "乙", "甲", None, "甲"], "size": list("abcdef")})
    told = confront(frame, [], ["size"], unique=["credit_code"], slice_rows=2)
    assert told.select("size", "item", "value", "rule", "severity", "message").rows() == [
        ("d", "credit_code", "甲", "record_twice", "错误", "与第 1 条记录重复（甲）"),
        ("f", "credit_code", "甲", "record_twice", "错误", "与第 1 条记录重复（甲）"),
    ]
    frame.write_parquet(tmp_path / "企业.parquet")
    assert confront_file(tmp_path / "企业.parquet", [], ["size"], unique=["credit_code"], slice_rows=4).equals(told)
    assert confront(frame.unique("credit_code"), [], ["size"], unique=["credit_code"]).is_empty()


def test_the_key_of_a_form_is_its_key_columns():
    assert form_key(FORM) == tuple(column.code for column in FORM.columns if column.key) == ("credit_code",)
