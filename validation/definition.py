"""Load definition files: TOML checked by pydantic, all problems at once, each with file and key path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from validation.problems import DefinitionRefused, Problem


class Definition(BaseModel):
    """Base of all definition records: frozen, and a key that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


Model = TypeVar("Model", bound=Definition)

_CHINESE = {
    "missing": "缺少此项",
    "extra_forbidden": "未知的键",
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "float_type": "数字",
    "float_parsing": "数字",
    "bool_type": "true 或 false",
    "list_type": "数组",
    "tuple_type": "数组",
    "decimal_type": "数字",
    "decimal_parsing": "数字",
    "int_from_float": "整数",
    "finite_number": "数字",
    "bool_parsing": "true 或 false",
    "date_parsing": "日期（年-月-日）",
    "date_from_datetime_inexact": "日期（年-月-日）",
    "less_than": "数值过大",
    "too_long": "项数过多",
    "string_too_long": "文字过长",
    "dict_type": "表",
    "model_type": "表",
    "date_type": "日期（年-月-日）",
    "date_from_datetime_parsing": "日期（年-月-日）",
    "greater_than_equal": "数值过小",
    "less_than_equal": "数值过大",
    "greater_than": "数值过小",
    "string_too_short": "不得为空",
    "too_short": "至少一项",
    "string_pattern_mismatch": "写法不符合规定",
}


def read_toml(path: Path) -> dict[str, Any]:
    """Parse one TOML file; unreadable, non-UTF-8 or broken TOML (duplicate keys included) is refused."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise DefinitionRefused([Problem(str(path), "没有这个文件", "一个 TOML 定义文件", "检查名称或路径")]) from None
    except OSError as error:
        raise DefinitionRefused(
            [Problem(str(path), f"无法读取（{error.strerror}）", "可读取的 TOML 文件", "检查路径和权限")]
        ) from None
    except UnicodeDecodeError as error:
        raise DefinitionRefused(
            [
                Problem(
                    str(path),
                    f"第 {error.start + 1} 字节不是 UTF-8",
                    "UTF-8 编码的 TOML 文件",
                    "另存为 UTF-8",
                )
            ]
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionRefused(
            [Problem(str(path), f"TOML 语法错误：{error}", "合法的 TOML", "按行列号改正")]
        ) from None


def load(path: Path, model: type[Model]) -> Model:
    """Load `path` as `model`; raises DefinitionRefused with every problem of the file."""
    return build(read_toml(path), model, str(path))


def build(content: dict[str, Any], model: type[Model], place: str) -> Model:
    """Check parsed `content` against `model`; `place` is the file named in problems."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise DefinitionRefused(_problem(place, detail) for detail in error.errors()) from None


def _problem(place: str, detail: ErrorDetails) -> Problem:
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in detail["loc"])
    said = detail.get("ctx", {}).get("error")
    expected = str(said) if said else _CHINESE.get(detail["type"], detail["msg"])
    context = detail.get("ctx", {})
    if detail["type"] in ("literal_error", "enum"):
        expected = f"{context.get('expected', '').replace(' or ', ' 或 ')}"
    found = "没有填写" if detail["type"] == "missing" else f"写的是 {detail['input']!r:.60}"
    return Problem(f"{place} 的 {key or '（整个文件）'}", found, expected, "按说明改正定义文件")
