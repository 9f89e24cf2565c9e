"""Optional parts of the installation (signing, spark): whether they are there, and the command that installs them."""

from __future__ import annotations

from importlib.util import find_spec

from parkeval.errors import EnvironmentFault
from validation.problems import Problem

EXTRAS = {"signing": ("pyhanko", "数字签名"), "spark": ("pyspark", "Spark 计算")}
"""Name of each extra of pyproject.toml: the module that shows it is installed, and what it is for."""


def is_installed(extra: str) -> bool:
    """Whether the extra is installed; nothing is imported."""
    return find_spec(EXTRAS[extra][0]) is not None


def require(extra: str) -> None:
    """Raise EnvironmentFault with the command that installs the extra, where it is missing."""
    if not is_installed(extra):
        _, purpose = EXTRAS[extra]
        raise EnvironmentFault(
            [Problem(purpose, "没有安装", f"附加组件 {extra}", f"运行 ./run extra {extra}，再重新运行本命令")]
        )
