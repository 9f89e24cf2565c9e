"""The register of explanations: who explained what, approved by whom and until when; and what is not applied."""

from datetime import date

import pytest

from tests.validation.filed_folder import FIRST, SECOND, write_bureau, write_clean_folder, write_park
from tests.wayback.taken_in import found, taken_in

GROWTH = ("growth", "employees_persons")
LAND = ("developed_land_within_planned", "developed_land_mu")


def entry(**changed):
    return {
        "park_code": FIRST, "year": 2025, "check_id": "growth", "item": "employees_persons", "explanation": "两个项目投产",
        "given_by": "甲园区", "given_on": date(2026, 5, 8), "approved_by": "审核员乙", "expires_on": date(2026, 12, 31), **changed,
    }  # fmt: skip


def explained(tmp_path, *entries, **items):
    folder = write_clean_folder(tmp_path)
    write_park(folder, FIRST, 2025, {"employees_persons": 30000, **items})
    write_bureau(folder, explanations=list(entries))
    statistics = taken_in(folder)
    return found(statistics), statistics


def test_an_approved_explanation_stands_in_the_finding_with_who_and_when(tmp_path):
    findings, _ = explained(tmp_path, entry())
    assert set(findings) == {GROWTH}
    assert findings[GROWTH]["severity"] == "核实"
    assert (
        findings[GROWTH]["explanation"] == "两个项目投产（甲园区 2026-05-08 说明，审核员乙批准，有效期至 2026-12-31）"
    )


def test_without_an_item_it_is_for_all_findings_of_the_check_and_the_particular_one_goes_first(tmp_path):
    general, particular = entry(item=None, explanation="园区扩区"), entry(explanation="劳务派遣计入")
    findings, _ = explained(tmp_path, general, particular, exports_10k_cny=200000)
    assert findings[GROWTH]["explanation"].startswith("劳务派遣计入（")
    assert findings["growth", "exports_10k_cny"]["explanation"].startswith("园区扩区（")


# The parks of the year 2025 are evaluated on 30 June 2026.
@pytest.mark.parametrize(
    ("changed", "check_id", "said"),
    [
        ({"expires_on": date(2026, 6, 29)}, "explanation_expired", "有效期至 2026-06-29，早于评价日期 2026-06-30"),
        ({"expires_on": None}, "explanation_unapproved", "没有有效期"),
        ({"approved_by": None}, "explanation_unapproved", "没有批准人"),
    ],
)
def test_what_is_expired_or_not_approved_is_not_applied_and_told(tmp_path, changed, check_id, said):
    findings, statistics = explained(tmp_path, entry(**changed))
    assert findings[GROWTH]["explanation"] is None
    note = findings[check_id, "employees_persons"]
    assert note["severity"] == "提示" and note["message"] == f"登记的说明没有采用：{said}"
    assert (note["year"], note["park_code"], note["sheet"], note["cell"]) == (2025, FIRST, "审核说明登记", "D5")
    assert statistics.refused.is_empty()


def test_it_is_valid_on_the_evaluation_date_itself(tmp_path):
    findings, _ = explained(tmp_path, entry(expires_on=date(2026, 6, 30)))
    assert set(findings) == {GROWTH} and findings[GROWTH]["explanation"] is not None


@pytest.mark.parametrize(
    "changed", [{"check_id": "taxes_share"}, {"item": "taxes_10k_cny"}, {"park_code": SECOND}, {"year": 2024}]
)
def test_a_line_without_a_finding_is_told(tmp_path, changed):
    findings, _ = explained(tmp_path, entry(**changed))
    assert findings[GROWTH]["explanation"] is None
    (note,) = [row for (check_id, _), row in findings.items() if check_id == "explanation_unmatched"]
    assert note["message"] == "登记的说明没有采用：说明没有对应的问题"


def test_an_error_cannot_be_explained_away(tmp_path):
    line = entry(check_id=LAND[0], item=LAND[1])
    findings, statistics = explained(tmp_path, line, planned_land_mu=6000)
    assert findings[LAND]["explanation"] is None
    assert findings["explanation_unmatched", LAND[1]]["message"] == "登记的说明没有采用：错误不能以说明代替"
    assert statistics.refused["park_code"].to_list() == [FIRST]


def test_the_register_goes_before_the_cover_and_the_cover_before_nothing(tmp_path):
    findings, _ = explained(tmp_path / "a", explanation="扩大生产")
    assert findings[GROWTH]["explanation"] == "扩大生产"
    findings, _ = explained(tmp_path / "b", entry(), explanation="扩大生产")
    assert findings[GROWTH]["explanation"].startswith("两个项目投产（")
