"""What check and evaluate say about figures that are not there: a lost workbook must not cost a park points unseen."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from parkeval.cli import cli
from parkeval.demonstration import sample_folder
from parkeval.errors import Exit
from parkeval.front import run_command

SCHEME = "xishuangbanna-2023"


@pytest.fixture(scope="module")
def without_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The filings of 2020 and 2021, but 青岭 (YN5328-05) of 2020 is lost."""
    data = tmp_path_factory.mktemp("data")
    for part in ("2020", "2021"):
        copytree(sample_folder() / part, data / part)
    (data / "州级汇总.xlsx").write_bytes((sample_folder() / "州级汇总.xlsx").read_bytes())
    next((data / "2020").glob("YN5328-05*.xlsx")).unlink()
    return data


def test_check_tells_the_earlier_year_that_is_lacking(without_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run_command(cli, ["check", str(without_base), "--scheme", SCHEME, "--year", "2021"])
    assert status == Exit.DONE
    said = capsys.readouterr().err
    assert "2020 年没有可用的数据：YN5328-05（未报送）" in said
    assert "与该年比较的规则没有审核" in said


def test_a_trial_tells_the_points_lost_for_want_of_the_base(
    without_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["evaluate", str(without_base), "--scheme", SCHEME, "--year", "2021", "--to", str(tmp_path / "新")]
    assert run_command(cli, [*arguments, "--dry-run"]) == Exit.DONE
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("注意：")]
    # 比重 6.25、增长 8.75、企业 5、龙头 5、研发增长 5、高新 4、能耗 6、水耗 4：by hand from the weights of the scheme.
    assert notes == ["注意：青岭产业园区（虚构）：8 项计分指标（共 44.00 分）缺数计零分：2020 年数据未通过审核：未报送"]
