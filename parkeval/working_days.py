"""Working days by the yearly tables of holidays and adjusted working days, and until when an objection is handled."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from pydantic import Field, model_validator

from parkeval.home import Home
from validation.definition import Definition, load
from validation.problems import DefinitionRefused, Problem

TABLES = Path(__file__).parent / "holidays"
SATURDAY = 5


class Holiday(Definition):
    """Days off from `first` to `last`, both included."""

    name: str
    first: date
    last: date


class YearTable(Definition):
    """The holidays of one year and the days of weekends that are worked, after the notice of the State Council."""

    year: int
    source: str = Field(min_length=1)
    holidays: tuple[Holiday, ...] = Field(min_length=1)
    working: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> YearTable:
        days = [*self.working, *(day for one in self.holidays for day in (one.first, one.last))]
        if any(day.year != self.year for day in days):
            raise ValueError(f"日期都应在 {self.year} 年内；跨年的假期分写在两年")
        if any(one.first > one.last for one in self.holidays):
            raise ValueError("first 不得晚于 last")
        wrong = [day.isoformat() for day in self.working if day.weekday() < SATURDAY or self._off(day)]
        if wrong:
            raise ValueError(f"调休上班的应是周末，且不在假期内：{'、'.join(wrong)}")
        return self

    def _off(self, day: date) -> bool:
        return any(one.first <= day <= one.last for one in self.holidays)

    def works(self, day: date) -> bool:
        """Whether `day` of this year is a working day."""
        return day in self.working or (day.weekday() < SATURDAY and not self._off(day))


class Handling(Definition):
    """Within how many working days an objection is handled, with the reason for it."""

    working_days: int = Field(ge=1, le=250)
    reason: str = Field(min_length=1)


def handling(home: Home) -> Handling:
    """The bureau's own rule in HOME, or the product's; raises DefinitionRefused."""
    return load(_file(home, "handling.toml"), Handling)


def year_table(home: Home, year: int) -> YearTable:
    """The table of `year`, the bureau's own in HOME before the product's; raises DefinitionRefused where there is none."""
    path = _file(home, f"{year}.toml")
    if not path.is_file():
        known = sorted({*TABLES.glob("2*.toml"), *(home.folder / "holidays").glob("2*.toml")})
        raise DefinitionRefused(
            [Problem(f"{year} 年的节假日", "没有节假日表", f"已有 {'、'.join(one.stem for one in known)}",
                     f"按国务院办公厅的通知写 {home.folder / 'holidays' / f'{year}.toml'}，格式见“决定与异议”")]
        )  # fmt: skip
    table = load(path, YearTable)
    if table.year != year:
        raise DefinitionRefused([Problem(str(path), f"year = {table.year}", str(year), "改正年份或文件名")])
    return table


def _file(home: Home, name: str) -> Path:
    own = home.folder / "holidays" / name
    return own if own.is_file() else TABLES / name


def due_on(home: Home, start: date, days: int) -> date:
    """The last of `days` (1 or more) working days after `start`, the day of receipt not counted; raises
    DefinitionRefused for a year without a table."""
    tables: dict[int, YearTable] = {}
    day, left = start, days
    while left > 0:
        day += timedelta(days=1)
        left -= _works(home, day, tables)
    return day


def days_late(home: Home, due: date, on: date) -> int:
    """How many working days `on` is after `due`; 0 until then."""
    tables: dict[int, YearTable] = {}
    days = (due + timedelta(days=count) for count in range(1, (on - due).days + 1))
    return sum(_works(home, day, tables) for day in days)


def _works(home: Home, day: date, tables: dict[int, YearTable]) -> bool:
    if day.year not in tables:
        tables[day.year] = year_table(home, day.year)
    return tables[day.year].works(day)
