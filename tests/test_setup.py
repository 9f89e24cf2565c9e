"""The set-up layer: locks, launcher, diagnosis. Nothing here uses the network or changes the machine."""

import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from parkeval import doctor, extras
from parkeval.errors import EnvironmentFault, Exit, exit_status

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRA_LOCKS = tuple(f"requirements-{extra}.lock" for extra in PROJECT["project"]["optional-dependencies"])
LOCKS = ("requirements.lock", "requirements-dev.lock", *EXTRA_LOCKS)
LAUNCHER = (ROOT / "run").read_text(encoding="utf-8")
NOT_SHIPPED = {"tests", "bench"}


def requirement_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def locked(lock: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    return doctor.locked_versions((ROOT / lock).read_text(encoding="utf-8"))


# ---- locks and packaging --------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert sum(len(versions) for versions, _ in doctor.locked_versions(text).values()) == len(entries)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host_and_no_folder(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"index-url|find-links|trusted-host|(^|\s)/\w", text)


def test_every_dependency_is_locked() -> None:
    runtime, development, *_ = (locked(lock) for lock in LOCKS)
    assert {requirement_name(it) for it in PROJECT["project"]["dependencies"]} <= runtime.keys()
    assert {requirement_name(it) for it in PROJECT["dependency-groups"]["dev"]} <= development.keys()
    for extra, wanted in PROJECT["project"]["optional-dependencies"].items():
        assert {requirement_name(it) for it in wanted} <= locked(f"requirements-{extra}.lock").keys()


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_every_other_lock_holds_what_users_get(lock: str) -> None:
    runtime, other = locked(LOCKS[0]), locked(lock)
    assert {name: other.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", EXTRA_LOCKS)
def test_development_lock_holds_every_extra(lock: str) -> None:
    extra, development = locked(lock), locked(LOCKS[1])
    assert {name: development.get(name) for name in extra} == extra


def test_every_extra_is_known_to_the_program() -> None:
    assert set(extras.EXTRAS) == set(PROJECT["project"]["optional-dependencies"])


def test_wheel_names_every_top_level_package() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == packages - NOT_SHIPPED
    assert set(PROJECT["tool"]["mypy"]["files"]) == packages - {"tests"}
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == packages - NOT_SHIPPED


def test_wheel_holds_every_file_of_its_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    present = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert present
    assert present <= shipped


def test_submission_check_runs_the_tests() -> None:
    check = ROOT / ".ci" / "run"
    assert os.access(check, os.X_OK)
    assert re.search(r"^exec \./run test$", check.read_text(encoding="utf-8"), re.MULTILINE)


# ---- launcher -------------------------------------------------------------------------------------------


def test_launcher_is_valid_shell_and_executable() -> None:
    subprocess.run(["sh", "-n", str(ROOT / "run")], check=True)
    assert os.access(ROOT / "run", os.X_OK)


def test_launcher_and_doctor_know_the_same_system_packages() -> None:
    assert set(re.findall(r'missing="\$missing ([\w.-]+)"', LAUNCHER)) == doctor.SYSTEM_PACKAGES
    assert set(re.findall(r"library (lib\S+)", LAUNCHER)) == {it.files[0] for it in doctor.LIBRARIES}


FAKE_SYSTEM_PYTHON = """#!/bin/sh
printf 'python3 %s\\n' "$*" >>"$FAKES/log"
case "$*" in
    *ctypes*) exit 1 ;;
    '-m venv '*)
        for folder in "$@"; do :; done
        rm -rf "$folder"
        mkdir -p "$folder/bin" "$folder/lib/python3.11/site-packages"
        cp "$FAKES/environment-python" "$folder/bin/python"
        ;;
    *install*) exit "$(cat "$FAKES/pip-status")" ;;
esac
"""
FAKE_ENVIRONMENT_PYTHON = """#!/bin/sh
printf '%s\\n' "$PWD" "$PYTHONUTF8" "${PYTHONPATH-unset}" "$@"
"""
REAL_TOOLS = ("sh", "cat", "chmod", "cmp", "cp", "mkdir", "mv", "readlink", "rm", "sed")
FAKE_ID = '#!/bin/sh\ncat "$FAKES/user-id"\n'
FAKE_APT = """#!/bin/sh
printf 'apt-get %s %s\\n' "${DEBIAN_FRONTEND-}" "$*" >>"$FAKES/log"
case "$*" in
    *install*)
        read -r status <"$FAKES/apt-statuses"
        sed -i 1d "$FAKES/apt-statuses"
        exit "$status"
        ;;
esac
"""


class Machine:
    """A checkout in a folder with an awkward name, on a machine whose system tools only take notes."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "园区 评价"
        self.fakes = folder / "fakes"
        self.elsewhere = folder / "elsewhere"
        for path in (self.checkout, self.fakes, self.elsewhere):
            path.mkdir()
        for lock in LOCKS:
            (self.checkout / lock).write_text("polars==2.1.0\n", encoding="utf-8")
        self.install_launcher(LAUNCHER)
        self.tool("python3", FAKE_SYSTEM_PYTHON)
        self.tool("environment-python", FAKE_ENVIRONMENT_PYTHON)
        self.tool("id", FAKE_ID)
        self.tool("apt-get", FAKE_APT)
        self.tool("dpkg", "#!/bin/sh\n")
        for name in REAL_TOOLS:
            real = shutil.which(name)
            assert real
            (self.fakes / name).symlink_to(real)
        self.set("pip-status", "0")
        self.set("user-id", "1000")
        self.set("apt-statuses", "0\n")

    def install_launcher(self, text: str) -> None:
        path = self.checkout / "run"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def without_system_libraries(self) -> None:
        self.install_launcher(LAUNCHER.replace("/usr/", "/nowhere/").replace("/var/", "/nowhere/"))

    def tool(self, name: str, script: str) -> None:
        path = self.fakes / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def set(self, name: str, value: str) -> None:
        (self.fakes / name).write_text(value, encoding="utf-8")

    def start(self, *arguments: str, by: Path | None = None) -> subprocess.CompletedProcess[str]:
        (self.fakes / "log").write_text("", encoding="utf-8")
        return subprocess.run(
            [str(by or self.checkout / "run"), *arguments],
            cwd=self.elsewhere,
            env={"PATH": str(self.fakes), "FAKES": str(self.fakes), "PYTHONPATH": "x"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def log(self) -> str:
        return (self.fakes / "log").read_text(encoding="utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_first_start_installs_with_hashes_then_runs_the_command_where_the_user_is(machine: Machine) -> None:
    started = machine.start("doctor", "甲 乙", "*")
    assert started.returncode == 0, started.stderr
    assert started.stdout.splitlines() == [
        *(str(machine.elsewhere), "1", "unset"),
        *("-P", "-m", "parkeval", "doctor", "甲 乙", "*"),
    ]
    assert "--require-hashes" in machine.log
    assert "运行环境已就绪" in started.stderr
    site = machine.checkout / ".venv/lib/python3.11/site-packages"
    entry = (site / "parkeval-checkout.pth").read_text(encoding="utf-8").strip()
    assert (site / entry).resolve() == machine.checkout


def test_second_start_is_silent_and_starts_no_system_python(machine: Machine) -> None:
    machine.start("--help")
    second = machine.start("--help")
    assert (second.returncode, second.stderr) == (0, "")
    assert "install" not in machine.log
    assert "venv" not in machine.log


def test_launcher_works_through_a_symbolic_link(machine: Machine) -> None:
    link = machine.elsewhere / "parkeval"
    link.symlink_to(machine.checkout / "run")
    assert machine.start("--help", by=link).returncode == 0
    assert (machine.checkout / ".venv").is_dir()


def test_changed_lock_is_installed_into_the_same_environment(machine: Machine) -> None:
    machine.start("--help")
    (machine.checkout / "requirements.lock").write_text("polars==2.1.1\n", encoding="utf-8")
    machine.start("--help")
    assert "install" in machine.log
    assert "venv --clear" not in machine.log


@pytest.mark.parametrize("damage", ["killed", "stamps lost", "interpreter gone", "interpreter replaced"])
def test_damaged_environment_is_built_afresh(machine: Machine, damage: str) -> None:
    machine.start("--help")
    environment = machine.checkout / ".venv"
    match damage:
        case "killed":
            (environment / "state/installing").touch()
        case "stamps lost":
            (environment / "state/interpreter").unlink()
        case "interpreter gone":
            (environment / "bin/python").unlink()
        case "interpreter replaced":
            (environment / "state/interpreter").write_text("/another/python3.12\n", encoding="utf-8")
    assert machine.start("--help").returncode == 0
    assert "venv --clear" in machine.log
    assert "install" not in machine.start("--help").stderr


def test_failed_installation_is_an_environment_fault_and_tried_again(machine: Machine) -> None:
    machine.set("pip-status", "1")
    failed = machine.start("--help")
    assert (failed.returncode, failed.stdout) == (3, "")
    assert "软件包安装失败" in failed.stderr
    machine.set("pip-status", "0")
    assert machine.start("--help").returncode == 0
    assert "venv --clear" in machine.log


def test_an_extra_is_installed_once_from_its_own_lock(machine: Machine) -> None:
    started = machine.start("extra", "signing")
    assert (started.returncode, started.stdout) == (0, ""), started.stderr
    assert "--require-hashes" in machine.log
    assert "附加组件已安装" in started.stderr
    machine.start("extra", "signing")
    assert "install" not in machine.log
    assert machine.start("--help").returncode == 0
    assert "install" not in machine.log


@pytest.mark.parametrize("arguments", [[], ["dev"], ["../x"], ["Signing"], ["unknown"]])
def test_an_unknown_extra_is_told_with_the_known_ones(machine: Machine, arguments: list[str]) -> None:
    refused = machine.start("extra", *arguments)
    assert refused.returncode == 2
    assert "signing spark" in refused.stderr
    assert not (machine.checkout / ".venv").exists()


def test_a_missing_extra_says_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(EnvironmentFault) as fault:
        extras.require("signing")
    assert "./run extra signing" in str(fault.value)
    assert exit_status(fault.value) == Exit.ENVIRONMENT


def test_old_python_is_refused_in_words(machine: Machine) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        machine.tool(name, "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2'\nexit 1\n")
    machine.install_launcher(LAUNCHER.replace("/usr/bin/python3", "/nowhere/python3"))
    refused = machine.start("--help")
    assert refused.returncode == 3
    assert "Python 3.9.2" in refused.stderr
    assert "需要 Python 3.11" in refused.stderr


def test_without_root_the_administrators_command_is_named(machine: Machine) -> None:
    machine.without_system_libraries()
    refused = machine.start("evaluate", "x")
    assert (refused.returncode, refused.stdout) == (3, "")
    command = re.search(r"apt-get update && apt-get install -y --no-install-recommends (.+)", refused.stderr)
    assert command
    assert set(command[1].split()) == doctor.SYSTEM_PACKAGES
    assert "apt-get" not in machine.log


@pytest.mark.parametrize("arguments", [[], ["doctor"], ["--version"], ["evaluate", "--help"]])
def test_help_and_diagnosis_start_without_system_libraries(machine: Machine, arguments: list[str]) -> None:
    machine.without_system_libraries()
    assert machine.start(*arguments).returncode == 0


def test_root_installs_system_packages_and_tries_again_after_an_update(machine: Machine) -> None:
    machine.without_system_libraries()
    machine.set("user-id", "0")
    machine.set("apt-statuses", "100\n0\n")
    assert machine.start("evaluate").returncode == 0
    calls = [line for line in machine.log.splitlines() if line.startswith("apt-get")]
    assert ["update" in call for call in calls] == [True, False, True, False]
    assert "noninteractive" in calls[-1]
    assert "--no-install-recommends" in calls[-1]
    assert set(re.findall(r"(?:lib|font)\S+", calls[-1])) == doctor.SYSTEM_PACKAGES


def test_root_without_package_sources_is_told_and_stopped(machine: Machine) -> None:
    machine.without_system_libraries()
    machine.set("user-id", "0")
    machine.set("apt-statuses", "100\n100\n")
    stopped = machine.start("evaluate")
    assert stopped.returncode == 3
    assert "系统组件安装失败" in stopped.stderr


# ---- diagnosis ------------------------------------------------------------------------------------------


def test_diagnosis_names_everything_and_a_cure_only_for_what_is_wrong() -> None:
    checks = doctor.diagnose()
    names = {check.name for check in checks}
    assert {"Python", "Python 软件包", "Pango", "PangoFT2", "临时文件夹", "字符编码"} <= names
    assert {"随程序的字体", "备用字体 Noto CJK"} <= names
    assert all(check.found for check in checks)
    assert all(check.ok == (not check.cure) for check in checks)


def test_old_python_is_wrong() -> None:
    assert doctor.check_python((3, 11, 2)).ok
    assert not doctor.check_python((3, 10, 14)).ok


def test_deviating_packages_are_named() -> None:
    lock = (
        "polars==2.1.0 \\\n    --hash=sha256:00\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n"
        "duckdb==2.0.0 \\\n    # via x\njinja2==3.1.6 \\\n"
    )
    present = {"polars": "2.1.0", "duckdb": "1.4.0"}
    check = doctor.check_packages(doctor.locked_versions(lock), present.get)
    assert not check.ok
    assert check.found == "duckdb 应为 2.0.0，现为 1.4.0；jinja2 应为 3.1.6，未安装"
    present |= {"duckdb": "2.0.0", "jinja2": "3.1.6"}
    assert doctor.check_packages(doctor.locked_versions(lock), present.get) == doctor.Check(
        "Python 软件包", True, "3 个，版本与锁定清单一致", ""
    )


def test_the_fonts_of_the_product_are_all_known_and_an_absent_one_is_named(tmp_path: Path) -> None:
    assert set(doctor.FONT_FILES) == {path.name for path in doctor.FONT_FOLDER.glob("*.ttf")}
    assert doctor.check_fonts(doctor.FONT_FOLDER, doctor.FONT_FILES).ok
    lacking = doctor.check_fonts(tmp_path, doctor.FONT_FILES[:1])
    assert (lacking.ok, lacking.found) == (False, "缺少 ParkevalFang-Regular.ttf")
    assert all(doctor.check_spare_fonts(families).ok for families in (None, {"x"}, {doctor.SPARE_FAMILY}))


def test_absent_library_names_its_package() -> None:
    library = doctor.Library("某库", ("libabsent-parkeval.so.0",), "version", "libabsent0", "缺少它不行")
    assert "libabsent0" in doctor.check_library(library).cure


def test_little_free_space_is_wrong() -> None:
    assert doctor.check_free_space("临时文件夹", "x", doctor.MINIMUM_FREE_BYTES).ok
    assert "1.0 GiB" in doctor.check_free_space("临时文件夹", "x", 1024**3).found
    assert not doctor.check_free_space("临时文件夹", "x", 1024**3).ok


def test_other_encodings_than_utf8_are_wrong() -> None:
    utf8, gbk = (io.TextIOWrapper(io.BytesIO(), encoding=name) for name in ("utf-8", "gbk"))
    assert doctor.check_encoding({"标准输出": utf8, "标准错误": None}).ok
    assert not doctor.check_encoding({"标准输出": utf8, "标准错误": gbk}).ok
