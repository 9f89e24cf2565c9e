"""Credit codes and division codes: worked examples, and the column form against the plain one."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.validation.filed_folder import FORM_SET, write_bureau, write_clean_folder
from validation.checks import load_checks
from validation.identifiers import (
    CREDIT_CODE_SIGNS,
    PROVINCES,
    credit_code_check_sign,
    is_credit_code,
    is_division_code,
    well_formed,
)
from validation.intake import take_in

VALID = "91350100M000100Y43"


def test_check_sign_worked_by_hand():
    # 9·1 + 1·3 + 3·9 + 5·27 + 0·81 + 1·(243 mod 31 = 26) + 0 + 0 + M(21)·(3^8 mod 31 = 20) + 0 + 0 + 0 + 1·(3^12 mod 31 = 8)
    # + 0 + 0 + Y(30)·(3^15 mod 31 = 30) + 4·(3^16 mod 31 = 28)
    # = 9 + 3 + 27 + 135 + 26 + 420 + 8 + 900 + 112 = 1640 = 52·31 + 28; 31 - 28 = 3.
    assert CREDIT_CODE_SIGNS.index("M") == 21
    assert CREDIT_CODE_SIGNS.index("Y") == 30
    assert credit_code_check_sign(VALID[:-1]) == "3"
    assert is_credit_code(VALID)


@pytest.mark.parametrize(
    "text",
    [
        "0" * 18, VALID[:-1] + "4", VALID[:-1], VALID + "3", VALID.lower(), f" {VALID}", f"{VALID}\n", "",
        "91350100M000100Y4３", "91350100MOOO1OOY43", "9135O100M000100Y43",
        "91350100M000100Y4三", "913501三三三三Y43",
    ],
)  # fmt: skip
def test_what_is_no_credit_code(text):
    assert not is_credit_code(text)
    assert not pl.select(well_formed(pl.lit(text), "credit_code")).item()


def test_every_single_wrong_sign_and_every_swap_of_neighbours_is_found():
    for place in range(18):
        others = [VALID[:place] + sign + VALID[place + 1 :] for sign in CREDIT_CODE_SIGNS if sign != VALID[place]]
        assert not any(is_credit_code(text) for text in others)
    swaps = {VALID[:at] + VALID[at + 1] + VALID[at] + VALID[at + 2 :] for at in range(17)} - {VALID}
    assert not any(is_credit_code(text) for text in swaps)


@pytest.mark.parametrize("text", ["532800", "532822", "530000", "110101", "429004", "650000", "460400", "810000"])
def test_division_codes(text):
    assert is_division_code(text)


@pytest.mark.parametrize(
    "text",
    ["532", "5328220", "992822", "000000", "160000", "530022", "537122", "53282A", "５３２８２２", "532822\n", ""],
)
def test_what_is_no_division_code(text):
    assert not is_division_code(text)


BODIES = st.text(alphabet=CREDIT_CODE_SIGNS + "IOSVZ", min_size=17, max_size=17)
NEAR = st.tuples(
    st.sampled_from("19Y0"),
    st.text("0123456789", min_size=7, max_size=7),
    st.text(CREDIT_CODE_SIGNS, min_size=9, max_size=9),
)


@given(
    st.lists(
        st.one_of(
            st.none(),
            BODIES.map(lambda body: body + "0"),
            NEAR.map("".join).map(lambda body: body + credit_code_check_sign(body)),
            st.text(max_size=20),
        )
    )
)
def test_credit_codes_of_a_column_are_judged_like_single_ones(texts):
    frame = pl.DataFrame({"code": texts}, schema={"code": pl.String})
    expected = [None if text is None else is_credit_code(text) for text in texts]
    assert frame.select(well_formed(pl.col("code"), "credit_code")).to_series().to_list() == expected


DIVISIONS = st.tuples(st.sampled_from([*PROVINCES, "10", "99"]), st.text("0123456789", min_size=3, max_size=5)).map(
    "".join
)


@given(st.lists(st.one_of(st.none(), DIVISIONS, st.text(max_size=7))))
def test_division_codes_of_a_column_are_judged_like_single_ones(texts):
    frame = pl.DataFrame({"code": texts}, schema={"code": pl.String})
    expected = [None if text is None else is_division_code(text) for text in texts]
    assert frame.select(well_formed(pl.col("code"), "division_code")).to_series().to_list() == expected


def test_a_wrong_division_code_in_the_register_is_a_finding(tmp_path):
    write_clean_folder(tmp_path)
    park = {
        "park_code": "YN5328-01", "from_year": 2020, "name": "甲园区", "level": "州级", "park_type": "产业园区",
        "region": "勐海县", "approved_year": 2006, "leading_industries": ("普洱茶",),
    }  # fmt: skip
    parks = [park | {"region_code": "992822"}, park | {"park_code": "YN5328-02", "region_code": "532822"}]
    write_bureau(tmp_path, parks=parks)
    taken = take_in(tmp_path, FORM_SET, load_checks(FORM_SET), first_year=2024, year=2025, deadline=(4, 30))
    [finding] = taken.findings.to_dicts()
    assert finding["check_id"] == "division_code_invalid"
    assert finding["message"] == "“行政区划代码”填的“992822”不是行政区划代码"
    assert (finding["park_code"], finding["severity"], finding["sheet"]) == ("YN5328-01", "错误", "园区名录")
