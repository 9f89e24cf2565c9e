"""A Spark session for as long as it is needed: started with patience that ends, its executors given this package, its faults told in Chinese."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from validation.problems import DataRefused, EngineMissing, Problem

Given = TypeVar("Given")

PATIENCE_SECONDS = 180
"""So long a cluster may take to answer and to give a first executor: a queue in a busy cluster takes a minute or two, a wrong address for ever."""
NEEDED = ("polars", "pandera", "pydantic", "sqlglot", "pyarrow")
"""Packages that rules need where rows are, which is on the executors."""
BATCH_ROWS = 100_000
"""Rows that an executor's Python looks at together: about 50 MB, and few enough calls of the rules."""
_SECONDS_TO_END = 20

_OF_A_SESSION = {
    "spark.app.name": "parkeval",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.hadoop.ipc.client.connect.max.retries": "3",
    "spark.hadoop.ipc.client.connect.max.retries.on.timeouts": "2",
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
    "spark.hadoop.fs.s3a.connection.establish.timeout": "15000",
    "spark.hadoop.yarn.resourcemanager.connect.max-wait.ms": "60000",
}
"""What holds unless spark-defaults.conf says otherwise: no page of its own, no endless attempts."""
_OF_A_LOCAL_SESSION = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}
_FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.caseSensitive": "true",
}
"""What results rest on, whatever spark-defaults.conf says."""


@contextmanager
def spark_session(master: str) -> Iterator[Any]:
    """A Spark session on `master`, ended afterwards unless it was running before; raises EngineMissing where there is none.

    Settings come from spark-defaults.conf (SPARK_CONF_DIR) as for every Spark program. What fails while it is in use is raised as
    EngineMissing or DataRefused.
    """
    session_class = _pyspark()
    running = session_class.getActiveSession()
    if running is not None:
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="parkeval-spark-") as folder:
        log = Path(folder) / "spark.log"
        session = _started(session_class, master, Path(folder), log)
        try:
            with told(f"--spark-master {master}"):
                yield session
        finally:
            _ended(session, master)


def _ended(session: Any, master: str) -> None:
    process = getattr(session.sparkContext._gateway, "proc", None)
    within(PATIENCE_SECONDS, session.stop, lambda: None)
    _forget_gateway()
    if process is not None:
        _end(process)


def _pyspark() -> Any:
    try:
        import pyarrow  # noqa: F401
        from pyspark.sql import SparkSession
    except ImportError as error:
        missing = (error.name or "pyspark").split(".")[0]
        cure = "运行 ./run extra spark 安装；或用 --engine duckdb"
        raise EngineMissing([Problem("--engine spark", f"没有安装 {missing}", "安装了可选部分 spark", cure)]) from None
    return SparkSession


def _started(session_class: Any, master: str, folder: Path, log: Path) -> Any:
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    place = f"--spark-master {master}"
    with log.open("wb") as stream:
        try:
            gateway = launch_gateway(popen_kwargs={"stdout": stream, "stderr": stream})  # type: ignore[no-untyped-call]
        except Exception:
            cure = "安装 Java 17 或更高版本（设好 JAVA_HOME），或用 --engine duckdb"
            raise EngineMissing(
                [Problem(place, f"Java 没有启动（{_last_line(log)}）", "可用的 Java 和 Spark", cure)]
            ) from None
    conf = SparkConf(_jvm=gateway.jvm).setMaster(master)
    local = master.startswith("local")
    for name, value in (_OF_A_SESSION | (_OF_A_LOCAL_SESSION if local else {})).items():
        conf.setIfMissing(name, value)
    conf.setIfMissing("spark.sql.warehouse.dir", str(folder / "warehouse"))
    for name, value in _FIXED.items():
        conf.set(name, value)
    ready = False
    try:
        with told(place):
            context = within(PATIENCE_SECONDS, lambda: SparkContext(conf=conf, gateway=gateway), lambda: _silent(place))
            context.pythonExec = os.environ.get("PYSPARK_PYTHON") or conf.get("spark.pyspark.python") or sys.executable
            context.addPyFile(str(_packed(folder)))
            if not master.startswith("local["):
                within(PATIENCE_SECONDS, lambda: _probe(context), lambda: _no_executors(place))
            ready = True
            return session_class(context)
    finally:
        if not ready:
            _forget_gateway()
            gateway.proc.kill()
            gateway.proc.wait()


def _end(process: Any) -> None:
    """Java ends with the pipe that it was started with."""
    process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _forget_gateway() -> None:
    """Let the next session start a Java of its own: this one's is ended."""
    from pyspark import SparkContext

    SparkContext._active_spark_context = None
    SparkContext._gateway = None
    SparkContext._jvm = None


def within(seconds: float, work: Callable[[], Given], late: Callable[[], Any]) -> Given:
    """What `work` gives, at most so many seconds from now; then `late` is called, which raises."""
    done: list[Given] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        late()
    return done[0] if done else None  # type: ignore[return-value]


def _silent(place: str) -> None:
    cure = "核对 --spark-master 的地址和网络，问集群管理员主节点是否在运行"
    raise EngineMissing([Problem(place, f"{PATIENCE_SECONDS} 秒没有回应", "能连接的 Spark 主节点", cure)])


def _no_executors(place: str) -> None:
    told = f"连接上了，但 {PATIENCE_SECONDS} 秒没有分到执行程序"
    cure = "问集群管理员资源是否空闲；在 spark-defaults.conf 里减小 spark.executor.memory、spark.executor.cores"
    raise EngineMissing([Problem(place, told, "集群有空闲的资源", cure)])


def _packed(folder: Path) -> Path:
    """This package as a zip file for the executors: they need no copy of the product, only the packages it uses."""
    import validation

    top = Path(validation.__file__).parent
    target = folder / "parkeval-modules.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(top.rglob("*.py")):
            archive.write(path, path.relative_to(top.parent))
    return target


def versions() -> dict[str, str]:
    """Name and version of what rules need, Python first; raises ModuleNotFoundError."""
    told = {"Python": ".".join(map(str, sys.version_info[:2]))}
    return told | {name: str(import_module(name).__version__) for name in NEEDED}


def _probe(context: Any) -> None:
    """Raise EngineMissing where an executor lacks a package, or has another version of one that expressions are sent to."""

    def there(_: Any) -> Iterator[dict[str, str]]:
        from validation.ledgers.cluster import versions

        yield versions()

    own = versions()
    found = context.parallelize([0], 1).mapPartitions(there).collect()[0]
    other = [
        f"{name} {found[name]}（本机 {own[name]}）"
        for name in ("Python", "polars", "pandera")
        if found[name] != own[name]
    ]
    if other:
        problem = Problem("集群的 Python 环境", f"版本不同：{'、'.join(other)}", "与本机相同的版本", _ENVIRONMENT)
        raise EngineMissing([problem])


_ENVIRONMENT = (
    "各节点在同一路径装好本产品的运行环境（./run extra spark），或把环境打包，用 spark.archives 和 PYSPARK_PYTHON 指明"
)


@contextmanager
def told(place: str) -> Iterator[None]:
    """What Spark raises, as EngineMissing or DataRefused with one sentence and a cure."""
    try:
        yield
    except (EngineMissing, DataRefused):
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("pyspark", "py4j")):
            raise
        raise _refusal(str(error), place) from None


Shape = tuple[tuple[str, ...], type[EngineMissing | DataRefused], str, str, str]

_SHAPES: tuple[Shape, ...] = (
    (
        ("PYTHON_VERSION_MISMATCH", "ModuleNotFoundError", "No module named", "Cannot run program"), EngineMissing,
        "集群的执行程序没有所需的 Python 环境", "各节点有 Python 和 polars、pandera、pyarrow 等软件包", _ENVIRONMENT,
    ),
    (
        ("Could not parse Master URL",), EngineMissing, "不是 Spark 主节点的写法",
        "local[*]、spark://主机:7077、yarn 或 k8s://…", "改正 --spark-master",
    ),
    (
        ("PATH_NOT_FOUND", "FileNotFoundException", "does not exist", "NoSuchKey", "NoSuchBucket"), DataRefused,
        "没有这个文件或文件夹，或执行程序读不到", "各节点都能读到的位置（hdfs://、s3a:// 或共享文件夹）",
        "核对路径；只在本机的文件用 --engine duckdb，或 --spark-master 用 local[*]",
    ),
    (
        ("No FileSystem for scheme", "UNSUPPORTED_FILESYSTEM", "ClassNotFoundException: Class org.apache.hadoop"), EngineMissing,
        "Spark 不认识这种存储", "装有该存储的连接组件", "在 spark-defaults.conf 里写 spark.jars.packages（如 org.apache.hadoop:hadoop-aws）",
    ),
    (
        ("AccessControlException", "AccessDenied", "Permission denied", "403", "NoAwsCredentials", "Unable to load AWS credentials", "NoAuthWithAWSException"),
        DataRefused, "没有读取的权限", "有权限的账号", "在 spark-defaults.conf 或 Hadoop 设置里写好账号、票据",
    ),
    (
        ("OutOfMemoryError", "exceeds max precision of memory", "Container killed", "ExecutorLostFailure", "maxResultSize"), EngineMissing,
        "内存不够，或执行程序中断", "足够的内存", "在 spark-defaults.conf 里加大 spark.executor.memory、spark.driver.memory",
    ),
    (
        ("UnknownHost", "ConnectException", "Connection refused", "NoRouteToHost", "SocketTimeout", "ConnectTimeout", "UnresolvedAddress", "stopped SparkContext", "driverTmpDir"),
        EngineMissing, "连接不上", "能连接的主节点和存储", "核对地址和网络；在 SPARK_CONF_DIR 和 HADOOP_CONF_DIR 里写好集群的设置",
    ),
    (
        ("is not a Parquet file", "CANNOT_READ_FILE", "FAILED_READ_FILE", "Could not read footer", "CANNOT_READ_FILE_FOOTER"), DataRefused,
        "有读不了的文件", "完好的 Parquet 文件", "重新取得这些文件",
    ),
)  # fmt: skip


def _refusal(text: str, place: str) -> EngineMissing | DataRefused:
    for words, kind, found, expected, cure in _SHAPES:
        if any(word in text for word in words):
            return kind([Problem(place, f"{found}（{_said(text)}）", expected, cure)])
    return EngineMissing(
        [Problem(place, f"Spark 没有完成（{_said(text)}）", "可用的 Spark", "问集群管理员；或用 --engine duckdb")]
    )


def _said(text: str) -> str:
    """The most telling line of what Java said."""
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(("at ", "File "))
    ]
    telling = [
        line
        for line in lines
        if line.startswith(("Caused by", "org.", "java.", "[")) or "Error" in line or "Exception" in line
    ]
    chosen = next(
        (line for line in reversed(telling) if line.startswith("Caused by")), (telling or lines or ["没有说明"])[0]
    )
    return chosen.removeprefix("Caused by: ").lstrip(": ")[:200]


def _last_line(log: Path) -> str:
    text = log.read_text("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["没有说明"])[-1][:200]
