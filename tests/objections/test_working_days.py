"""Working days by the tables of holidays, against counts made by hand on the calendar and the law on holidays."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from parkeval.home import Home
from parkeval.working_days import days_late, due_on, handling, year_table
from validation.problems import DefinitionRefused


@pytest.mark.parametrize(
    ("year", "statutory"), [(2021, 11), (2022, 11), (2023, 11), (2024, 11), (2025, 13), (2026, 13)]
)
def test_days_off_are_the_statutory_holidays(tmp_path: Path, year: int, statutory: int) -> None:
    # 全国年节及纪念日放假办法：11 天，2025 年起 13 天；遇周末的补休，调休的由周末上班补回。
    table = year_table(Home(tmp_path), year)
    first = date(year, 1, 1)
    days = [first + timedelta(days=count) for count in range((date(year + 1, 1, 1) - first).days)]
    weekdays_off = [day for day in days if day.weekday() < 5 and not table.works(day)]
    assert len(weekdays_off) - len(table.working) == statutory
    assert sum(table.works(day) for day in days) == sum(day.weekday() < 5 for day in days) - statutory


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-07-01", 5, "2026-07-08"),  # 周三收到：2、3、6、7、8 日
        ("2026-09-30", 3, "2026-10-10"),  # 国庆 1—7 日；8、9 日，10 日（周六）上班
        ("2025-01-24", 2, "2025-01-27"),  # 周五收到；26 日（周日）上班，27 日
        ("2025-12-30", 3, "2026-01-05"),  # 31 日；元旦 1—3 日；4 日（周日）上班；5 日
        ("2024-05-11", 1, "2024-05-13"),  # 周六上班日收到，次日周日不算
    ],
)
def test_due_days(tmp_path: Path, start: str, days: int, due: str) -> None:
    assert due_on(Home(tmp_path), date.fromisoformat(start), days) == date.fromisoformat(due)


def test_lateness_is_counted_in_working_days(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert days_late(home, date(2026, 9, 30), date(2026, 9, 30)) == 0
    assert days_late(home, date(2026, 9, 30), date(2026, 10, 10)) == 3


def test_a_year_without_table_is_refused_until_the_bureau_adds_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(DefinitionRefused) as refused:
        due_on(home, date(2030, 12, 30), 5)
    assert "2030 年的节假日" in str(refused.value.problems[0]) and "2030.toml" in str(refused.value.problems[0])
    (tmp_path / "holidays").mkdir()
    for year in (2030, 2031):
        (tmp_path / "holidays" / f"{year}.toml").write_text(
            f'year = {year}\nsource = "通知"\n[[holidays]]\nname = "元旦"\nfirst = {year}-01-01\nlast = {year}-01-01\n',
            encoding="utf-8",
        )
    # 2030-12-30 是周一：31 日；元旦周三不上班；2、3、6、7 日
    assert due_on(home, date(2030, 12, 30), 5) == date(2031, 1, 7)


def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "2030.toml").write_text(
        'year = 2030\nsource = "通知"\nworking = [2030-01-02]\n[[holidays]]\nname = "元旦"\nfirst = 2030-01-01\nlast = 2030-01-01\n',
        encoding="utf-8",
    )
    with pytest.raises(DefinitionRefused, match="调休上班的应是周末"):
        year_table(Home(tmp_path), 2030)


def test_the_bureau_sets_its_own_time_for_handling(tmp_path: Path) -> None:
    assert handling(Home(tmp_path)).working_days == 15
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "handling.toml").write_text('working_days = 5\nreason = "本局规定"\n', encoding="utf-8")
    assert handling(Home(tmp_path)).working_days == 5
