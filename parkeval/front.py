"""How every command begins and ends: streams, faults in Chinese on stderr, exit statuses, progress."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, ClassVar

import click

from parkeval.errors import DiskFault, Exit, disk_reason, exit_status
from validation.problems import Problem, Refused


class ChineseFormatter(click.HelpFormatter):
    """Help pages in Chinese: click's own few words are replaced."""

    words: ClassVar[dict[str, str]] = {
        "Options": "选项",
        "Commands": "命令",
        "Show this message and exit.": "显示本说明",
        "[required]": "[必填]",
        "; required]": "；必填]",
    }

    def write_usage(self, prog: str, args: str | None = None, prefix: str | None = None) -> None:
        shown = (args or "").replace("[OPTIONS]", "[选项]").replace("COMMAND [ARGS]...", "命令 [参数]…")
        super().write_usage(prog, shown, "用法：")

    def write_heading(self, heading: str) -> None:
        super().write_heading(self.words.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        said = [(name, self._said(text)) for name, text in rows]
        super().write_dl(said, col_max, col_spacing)

    def _said(self, text: str) -> str:
        for word, chinese in self.words.items():
            text = text.replace(word, chinese)
        return text


class ChineseContext(click.Context):
    """A context whose help pages are in Chinese."""

    formatter_class = ChineseFormatter


class ChineseCommand(click.Command):
    """A command with Chinese help."""

    context_class = ChineseContext


class ChineseGroup(click.Group):
    """A group of commands with Chinese help."""

    context_class = ChineseContext
    command_class = ChineseCommand
    group_class = type


def run_command(command: click.Command, arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; no fault of the user's ends in a traceback."""
    _prepare_streams()
    try:
        result = command.main(args=arguments, prog_name="parkeval", standalone_mode=False)
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else Exit.DONE
    except Refused as fault:
        return _tell(fault)
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        return _usage(error)
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is wrong.
        sys.stderr.close()
        return Exit.DONE
    except OSError as error:
        return _tell(
            DiskFault(
                [Problem(str(error.filename or "文件"), disk_reason(error), "可读写且有空间", "检查路径、权限和磁盘")]
            )
        )
    except MemoryError:
        print("错误：内存不足；应为：更大的内存或更少的数据", file=sys.stderr)
        return Exit.ENVIRONMENT


def print_json(data: Any) -> None:
    """Print `data` as JSON on stdout."""
    print(json.dumps(data, ensure_ascii=False, indent=1, default=str))


def progress_line() -> Callable[[str, int, int], None]:
    """Progress on stderr: a bar that is written over when it is a terminal, silence otherwise.

    What takes longer than a few seconds also says how long it will take.
    """
    if not sys.stderr.isatty():
        return lambda what, done, total: None
    last = 0.0
    begun: dict[str, float] = {}

    def show(what: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        begun.setdefault(what, now)
        if done < total and now - last < 0.1:
            return
        last = now
        end = "\n" if done >= total else ""
        line = f"{what} {progress_bar(done, total)} {done}/{total}{_remaining(now - begun[what], done, total)}"
        print(f"\r{line}\x1b[K", end=end, file=sys.stderr, flush=True)

    return show


_BAR_CELLS = 20
_PATIENCE_S = 3.0


def progress_bar(done: int, total: int) -> str:
    """A bar in characters that every terminal has: [#####---------------]."""
    full = _BAR_CELLS if total <= 0 else min(_BAR_CELLS * done // total, _BAR_CELLS)
    return f"[{'#' * full}{'-' * (_BAR_CELLS - full)}]"


def _remaining(elapsed_s: float, done: int, total: int) -> str:
    if elapsed_s < _PATIENCE_S or not 0 < done < total:
        return ""
    seconds = round(elapsed_s / done * (total - done))
    return f"，约剩 {seconds // 60} 分 {seconds % 60:02d} 秒" if seconds >= 60 else f"，约剩 {seconds} 秒"


def _prepare_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def end_on_sigterm() -> None:
    """Let a termination request end the command as an interrupt does, so that nothing is left half-done."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _tell(fault: Refused) -> int:
    print(f"错误：{fault.headline}", file=sys.stderr)
    for problem in fault.problems:
        print(f"  {problem}", file=sys.stderr)
    return exit_status(fault)


def _interrupted() -> int:
    print("\n已中断；已发布的结果没有改变", file=sys.stderr)
    return Exit.INTERRUPTED


def _usage(error: click.ClickException) -> int:
    print(f"错误：命令有误\n  {_in_chinese(error)}", file=sys.stderr)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        print(f"  用法：{error.ctx.command_path} --help", file=sys.stderr)
    return Exit.USAGE


def _wanted(param: click.Parameter | None) -> str:
    """What an option takes, in Chinese."""
    kind = param.type if param is not None else None
    if isinstance(kind, click.IntRange):
        return f"应为不小于 {kind.min} 的整数" if kind.max is None else f"应为 {kind.min} 至 {kind.max} 的整数"
    if isinstance(kind, click.FloatRange):
        return f"应为 {kind.min} 至 {kind.max} 的数"
    if isinstance(kind, click.Choice):
        return f"应为 {'、'.join(str(choice) for choice in kind.choices)}"
    return "日期应为 年-月-日" if isinstance(kind, click.DateTime) else "见命令的说明"


def _in_chinese(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f"；相近的有 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有选项 {error.option_name}{near}"
    if isinstance(error, click.MissingParameter):
        name = error.param.opts[0] if error.param and error.param.opts else error.param_hint or ""
        shown = error.param.human_readable_name if isinstance(error.param, click.Argument) else name
        return f"缺少 {shown}"
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return f"{error.option_name} 后面没有写值"
    if isinstance(error, click.BadParameter):
        place = error.param.opts[0] if error.param and error.param.opts else ""
        return f"{place}：写法不对，{_wanted(error.param)}"
    if isinstance(error, click.UsageError) and error.message.startswith("No such command"):
        return f"没有这个命令：{error.message.split(maxsplit=3)[-1].rstrip('.')}"
    if isinstance(error, click.UsageError) and error.message.startswith("Missing command"):
        return "没有写命令"
    if isinstance(error, click.UsageError) and "unexpected extra argument" in error.message:
        return f"多余的参数：{error.message.split('(', 2)[-1].rstrip(')')}"
    return error.format_message()
