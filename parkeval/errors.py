"""What stops a command, and the exit status each kind of fault has (the command contract of the product)."""

from __future__ import annotations

import errno
from enum import IntEnum

from validation.problems import DataRefused, DefinitionRefused, EngineMissing, Refused


class Exit(IntEnum):
    """Exit statuses that scripts may rely on."""

    DONE = 0
    OUR_FAULT = 1
    USAGE = 2
    ENVIRONMENT = 3
    DATA = 4
    DEFINITION = 5
    BUSY = 6
    DISK = 7
    VERIFICATION = 8
    INTERRUPTED = 130


class UsageFault(Refused):
    """The command was asked something that cannot be (no such park, no such year)."""

    headline = "命令有误"


class Busy(Refused):
    """Another evaluation is writing to the same HOME."""

    headline = "评价目录正在使用"


class DiskFault(Refused):
    """A folder cannot be read or written, or the disk is full."""

    headline = "磁盘或权限问题"


class EnvironmentFault(Refused):
    """The machine or the installation lacks something that was asked for."""

    headline = "缺少所需组件"


class VerificationFailed(Refused):
    """Published results are not what was published."""

    headline = "核验未通过"


def exit_status(fault: Refused) -> Exit:
    """The exit status of a fault that the user can mend."""
    kinds: tuple[tuple[type[Refused], Exit], ...] = (
        (DataRefused, Exit.DATA),
        (DefinitionRefused, Exit.DEFINITION),
        (UsageFault, Exit.USAGE),
        (EnvironmentFault, Exit.ENVIRONMENT),
        (EngineMissing, Exit.ENVIRONMENT),
        (Busy, Exit.BUSY),
        (DiskFault, Exit.DISK),
        (VerificationFailed, Exit.VERIFICATION),
    )
    return next((status for kind, status in kinds if isinstance(fault, kind)), Exit.OUR_FAULT)


def disk_reason(error: OSError) -> str:
    """Why the operating system refused, in Chinese."""
    return {
        errno.ENOSPC: "磁盘已满",
        errno.EDQUOT: "磁盘配额已满",
        errno.EACCES: "没有权限",
        errno.EPERM: "没有权限",
        errno.EROFS: "文件系统只读",
        errno.ENOENT: "没有这个文件或文件夹",
        errno.ENOTDIR: "路径中有一段不是文件夹",
        errno.EISDIR: "是文件夹而不是文件",
        errno.EEXIST: "已经存在",
        errno.ENAMETOOLONG: "名称过长",
    }.get(error.errno or 0, error.strerror or str(error))
