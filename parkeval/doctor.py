"""What this machine must have for the reports to come out right, and how to cure what it lacks.

Only the standard library is used: the diagnosis has to work where an installation went wrong.
"""

import ctypes
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

MINIMUM_PYTHON = (3, 11)
# Free space, in bytes, for the workbooks, pages and results of one batch before they are published.
MINIMUM_FREE_BYTES = 2 * 1024**3
LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
FONT_LIST_SECONDS = 60

REINSTALL = "删除程序目录下的 .venv 文件夹，再运行 ./run doctor，程序会重新安装"


@dataclass(frozen=True)
class Check:
    """One thing examined. Texts are Chinese, for the screen; `cure` is empty where nothing is wrong."""

    name: str
    ok: bool
    found: str
    cure: str


@dataclass(frozen=True)
class Library:
    """A system library: names it is loaded by, the function that tells its version, Debian's package."""

    name: str
    files: tuple[str, ...]
    version_function: str
    package: str
    purpose: str


LIBRARIES = (
    Library(
        "Pango",
        ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
        "pango_version_string",
        "libpango-1.0-0",
        "缺少它不能生成 PDF",
    ),
    Library(
        "PangoFT2",
        ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
        "pango_version_string",
        "libpangoft2-1.0-0",
        "缺少它不能生成 PDF",
    ),
    Library(
        "HarfBuzz 子集化",
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib", "libharfbuzz-subset-0.dll"),
        "hb_version_string",
        "libharfbuzz-subset0",
        "缺少它每份 PDF 要慢十倍左右",
    ),
)
# The fonts that come with the product, and what of the system's may serve a character that they do not hold.
FONT_FOLDER = Path(__file__).resolve().parent.parent / "report_templates" / "fonts"
FONT_FILES = (
    "ParkevalFang-Regular.ttf",
    "ParkevalHei-Bold.ttf",
    "ParkevalHei-Regular.ttf",
    "ParkevalKai-Regular.ttf",
    "ParkevalSong-Bold.ttf",
    "ParkevalSong-Regular.ttf",
)
SPARE_FAMILY = "Noto Serif CJK SC"
FONT_LISTER = "fontconfig"
# Everything that ./run installs with apt-get.
SYSTEM_PACKAGES = frozenset({FONT_LISTER, *(it.package for it in LIBRARIES)})


def diagnose() -> list[Check]:
    """Examine this machine; nothing is changed. Takes well under a second, no slow library is imported."""
    checks = [check_python(sys.version_info[:3])]
    if LOCK.is_file():
        checks.append(check_packages(locked_versions(LOCK.read_text(encoding="utf-8")), installed_version))
    checks.extend(check_library(library) for library in LIBRARIES)
    families = font_families()
    if families is None:
        checks.append(Check("字体清单工具", False, "没有可用的 fc-list 命令", install_cure(FONT_LISTER)))
    checks.append(check_fonts(FONT_FOLDER, FONT_FILES))
    checks.append(check_spare_fonts(families))
    checks.append(check_temporary_space())
    checks.append(check_encoding({"标准输出": sys.stdout, "标准错误": sys.stderr}))
    return checks


def install_cure(package: str) -> str:
    """How an administrator installs one Debian package."""
    return (
        f"请系统管理员执行：apt-get update && apt-get install -y --no-install-recommends {package}"
        "（非 Debian 系统请安装与之相当的组件）"
    )


def check_python(version: Sequence[int]) -> Check:
    """`version` is (major, minor, micro)."""
    ok = tuple(version[:2]) >= MINIMUM_PYTHON
    needed = ".".join(map(str, MINIMUM_PYTHON))
    return Check(
        "Python",
        ok,
        ".".join(map(str, version)),
        "" if ok else f"请安装 Python {needed} 或更高版本，{REINSTALL}",
    )


def locked_versions(lock: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Package name to (versions, whether it is needed on some machines only), from a requirements lock.

    A package that is locked once per Python version has several versions.
    """
    entry = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)(?P<marker>\s*;)?", re.MULTILINE)
    found: dict[str, tuple[tuple[str, ...], bool]] = {}
    for match in entry.finditer(lock):
        before = found.get(match["name"], ((), True))[0]
        found[match["name"]] = ((*before, match["version"]), match["marker"] is not None)
    return found


def installed_version(name: str) -> str | None:
    """Version of an installed package, None where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def check_packages(locked: Mapping[str, tuple[tuple[str, ...], bool]], installed: Callable[[str], str | None]) -> Check:
    """Compare each locked version with the installed one; the deviating ones are named."""
    deviations = []
    count = 0
    for name, (versions, is_conditional) in locked.items():
        present = installed(name)
        if present is None and is_conditional:
            continue
        count += 1
        if present not in versions:
            deviations.append(f"{name} 应为 {' 或 '.join(versions)}，" + (f"现为 {present}" if present else "未安装"))
    return Check(
        "Python 软件包",
        not deviations,
        "；".join(deviations) or f"{count} 个，版本与锁定清单一致",
        REINSTALL if deviations else "",
    )


def check_library(library: Library) -> Check:
    """Load a system library the way the PDF engine does."""
    for file in library.files:
        try:
            loaded = ctypes.CDLL(file)
        except OSError:
            continue
        return Check(library.name, True, library_version(loaded, library.version_function), "")
    return Check(library.name, False, f"未找到（{library.purpose}）", install_cure(library.package))


def library_version(library: ctypes.CDLL, function: str) -> str:
    """Version that a loaded library tells of itself."""
    try:
        tell = library[function]
    except AttributeError:
        return "可用"
    tell.restype = ctypes.c_char_p
    text = tell()
    return text.decode("ascii", errors="replace") if isinstance(text, bytes) else "可用"


def font_families() -> frozenset[str] | None:
    """Font families that fontconfig offers to the PDF engine; None where its lister fails."""
    tool = shutil.which("fc-list")
    if tool is None:
        return None
    try:
        listing = subprocess.run(
            [tool, ":", "family"], capture_output=True, timeout=FONT_LIST_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    lines = listing.decode("utf-8", errors="replace").splitlines()
    # A line holds the names of one font in several languages: "LXGW WenKai,霞鹜文楷".
    return frozenset(name.strip() for line in lines for name in line.split(","))


def check_fonts(folder: Path, files: Sequence[str]) -> Check:
    """The product's own fonts stand where they belong."""
    name = "随程序的字体"
    absent = [file for file in files if not (folder / file).is_file()]
    if not absent:
        return Check(name, True, f"{len(files)} 个，齐全", "")
    return Check(name, False, f"缺少 {'、'.join(absent)}", "重新取得程序目录（字体在 report_templates/fonts）")


def check_spare_fonts(families: Iterable[str] | None) -> Check:
    """Whether the system could print a character that the product's fonts lack; not needed otherwise."""
    there = families is not None and SPARE_FAMILY in families
    found = "已安装" if there else "没有（不影响使用；园区名称有罕用字而被拒绝时，安装 fonts-noto-cjk）"
    return Check("备用字体 Noto CJK", True, found, "")


def check_temporary_space() -> Check:
    """Free space in the folder for temporary files."""
    name = "临时文件夹"
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(name, False, f"不可用：{error}", "请设置环境变量 TMPDIR，指向可以写入的文件夹")
    return check_free_space(name, folder, free)


def check_free_space(name: str, folder: str, free: int) -> Check:
    """`free` is in bytes; shown in GiB."""
    ok = free >= MINIMUM_FREE_BYTES
    needed = MINIMUM_FREE_BYTES / 1024**3
    return Check(
        name,
        ok,
        f"{folder} 剩余 {free / 1024**3:.1f} GiB",
        "" if ok else f"请清理磁盘至剩余 {needed:.0f} GiB 以上，或将环境变量 TMPDIR 指向空间充足的文件夹",
    )


def check_encoding(streams: Mapping[str, object]) -> Check:
    """Chinese text must reach the screen: `streams` maps a label to a text stream, or None where closed."""
    found = {
        label: str(getattr(stream, "encoding", None) or "无") for label, stream in streams.items() if stream is not None
    }
    ok = all(encoding.lower().replace("-", "") == "utf8" for encoding in found.values())
    return Check(
        "字符编码",
        ok,
        "，".join(f"{label} {encoding}" for label, encoding in found.items()) or "无输出",
        "" if ok else "请用 ./run 启动，或设置环境变量 PYTHONUTF8=1 后再运行",
    )
