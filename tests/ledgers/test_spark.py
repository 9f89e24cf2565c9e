"""Ledgers where only Spark reaches them: figures, findings and details are those of this machine's engines, value by value; faults are told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from parkeval.cli import cli
from parkeval.front import run_command
from tests.ledgers.plain_ledgers import definition, invented, invented_parcels, invented_projects, row, write
from validation.ledgers import cluster
from validation.ledgers.bottom_up import BottomUp, bottom_up
from validation.ledgers.cluster import spark_session
from validation.ledgers.engines import Engine
from validation.problems import DataRefused, EngineMissing

MASTER = "local[1]"
SPARK = Engine("spark", master=MASTER)
FOR_FEW_ROWS = (
    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Dspark.sql.adaptive.enabled=false",
    "-Dspark.sql.codegen.wholeStage=false", "-Dspark.sql.codegen.factoryMode=NO_CODEGEN",
)  # fmt: skip
EARLIER = {2024: {"cr4_pct", "idle_land_share_pct"}}


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    if shutil.which("java") is None:
        pytest.skip("没有 Java，Spark 不能运行：安装 Java 17 后再测")
    for name in ("pyspark", "pyarrow"):
        pytest.importorskip(name, reason="没有安装可选部分 spark（./run extra spark）")
    with pytest.MonkeyPatch.context() as patch:
        # Few rows: what the machine would spend on compiling Java and queries well is never earned back.
        patch.setenv("JDK_JAVA_OPTIONS", " ".join(FOR_FEW_ROWS))
        with spark_session(MASTER) as running:
            yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts as a cluster has them, under names and with types that files come with."""
    target = tmp_path_factory.mktemp("记录 2025%20[a]")
    rows = [
        *invented(7),
        row(1, "P0", 2025, -5.0), row(1, "P0", 2025, 7.0), row(2, "", 2025, 7.0), row(3, None, 2025, 1.0),  # type: ignore[arg-type]
        row(9, "P9", 2025, 3.5, month=12), row(9, "P9", 2025, 3.5, month=12), row(9, "P9", 2025, 3.5, month=6),
    ]  # fmt: skip
    for number in range(3):
        write(target / f"part-{number} a+b.parquet", rows[number::4])
    one = pl.read_parquet(target / "part-0 a+b.parquet", glob=False)
    one.with_columns(month=pl.lit(None)).write_parquet(target / "part-0 a+b.parquet")
    write(target / "项目.parquet", invented_projects(7))
    write(target / "地块.parquet", invented_parcels(7))
    frame = pl.read_parquet(write(target / "另一种类型%41.parquet", rows[3::4]), glob=False)
    frame.cast(
        {"revenue_10k_cny": pl.Decimal(38, 18), "year": pl.Float64, "employees_persons": pl.Int64}
    ).write_parquet(target / "另一种类型%41.parquet")
    return target


@pytest.fixture(scope="module")
def here(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> BottomUp:
    return bottom_up([folder], definition(), 2025, Engine(), tmp_path_factory.mktemp("work"), earlier=EARLIER)


def as_uri(path: Path) -> str:
    return "file:" + str(path).replace("[", "\\[").replace("]", "\\]")


def test_uris_of_a_cluster_give_the_same_value_by_value(
    session: Any, folder: Path, here: BottomUp, tmp_path: Path
) -> None:
    (folder / "_SUCCESS").touch()
    there = bottom_up([as_uri(folder)], definition(), 2025, SPARK, tmp_path, earlier=EARLIER)
    (folder / "_SUCCESS").unlink()
    assert here.details.height > 20
    assert here.details.filter(rule="parcel_owner").height and here.figures.filter(year=2024, figure="cr4_pct").height
    for name in ("figures", "broken", "leading", "parks", "shared", "moved", "findings", "details"):
        assert getattr(there, name).equals(getattr(here, name)), name
    proofs = there.received.select("source_file", "sha256", "bytes", "proof")
    assert proofs.equals(here.received.select(proofs.columns))
    assert there.received["place"].str.starts_with("file:/").all()
    assert there.received["changed"].str.ends_with("Z").all()


def test_places_without_anything_to_read_are_told_together(session: Any, folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [row(1, "P1", 2025, 1.0)])
    (tmp_path / "补报.csv").write_text("园区代码\n", "utf-8")
    with pytest.raises(DataRefused) as refused:
        bottom_up([f"file:{tmp_path}", f"file:{tmp_path}/none"], definition(), 2025, SPARK, tmp_path)
    assert "补报.csv" in str(refused.value)
    assert "none：没有可读取的文件" in str(refused.value)


def test_a_column_of_the_wrong_type_is_told_of_a_cluster_too(session: Any, tmp_path: Path) -> None:
    frame = pl.read_parquet(write(tmp_path / "a.parquet", [row(1, "P1", 2025, 1.0)]))
    frame.with_columns(park_code=pl.lit(1)).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataRefused, match=r"a\.parquet 的“park_code”：列的类型是 int"):
        bottom_up([f"file:{tmp_path}"], definition(), 2025, SPARK, tmp_path)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("java.net.ConnectException: Call From a to nn:8020 failed: Connection refused", EngineMissing, "连接不上"),
        ("[PATH_NOT_FOUND] Path does not exist: hdfs://nn/x", DataRefused, "没有这个文件或文件夹"),
        ("PythonException: ModuleNotFoundError: No module named 'polars'", EngineMissing, "spark.archives"),
        ("No FileSystem for scheme \"s3a\"", EngineMissing, "spark.jars.packages"),
        ("AccessControlException: Permission denied: user=a", DataRefused, "没有读取的权限"),
        ("Py4JJavaError: o1.\nCaused by: java.lang.OutOfMemoryError: Java heap space\n\tat x", EngineMissing, "executor.memory"),
        ("something new", EngineMissing, "Spark 没有完成（something new）"),
    ],
)  # fmt: skip
def test_what_java_says_is_one_sentence_with_a_cure(said: str, kind: type[Exception], words: str) -> None:
    class Fault(Exception):
        __module__ = "pyspark.errors"

    with pytest.raises(kind, match=words) as told, cluster.told("--spark-master yarn"):
        raise Fault(said)
    assert "\n" not in str(told.value)


def test_a_place_that_the_engine_does_not_reach_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", str(tmp_path), "--scheme", "xishuangbanna-2023", "--year", "2025", "--to", str(tmp_path)]
    assert run_command(cli, [*arguments, "--ledger", "hdfs://nn/台账"]) == 2
    assert "hdfs://nn/台账：引擎 duckdb 只读本机的文件" in (told := capsys.readouterr().err)
    assert "--engine spark" in told


def test_waiting_for_a_cluster_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    never = Event()
    with pytest.raises(EngineMissing, match="没有分到执行程序"):
        cluster.within(0.01, never.wait, lambda: cluster._no_executors("--spark-master spark://a:7077"))
    never.set()
    assert cluster.within(60, lambda: 7, lambda: None) == 7
