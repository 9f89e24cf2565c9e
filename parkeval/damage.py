"""What DuckDB says of a results file that it cannot open or write, in Chinese."""

from __future__ import annotations

SAID = (
    ("not a valid DuckDB database", "不是结果库文件，或文件头已损坏"),
    ("newer version of DuckDB", "由更高版本的 DuckDB 写成"),
    ("different version", "由其他版本的 DuckDB 写成"),
    ("Conflicting lock", "正被另一个程序写入"),
    ("Could not set lock", "正被另一个程序写入"),
    ("No space left", "磁盘已满"),
    ("Permission denied", "没有权限"),
    ("No such file", "没有这个文件"),
    ("does not exist", "缺少表或列"),
    ("enough bytes", "文件不完整"),
    ("hecksum", "内容已损坏"),
    ("orrupt", "内容已损坏"),
    ("INTERNAL Error", "内容已损坏"),
    ("erializ", "内容已损坏"),
    ("IO Error", "读写出错，文件可能已损坏"),
)
"""Words of DuckDB, and what they mean; the first that fits counts."""


def damage(text: str) -> str:
    """What DuckDB's `text` means; what is not known is given in its own first line, and said to be DuckDB's."""
    known = next((meaning for words, meaning in SAID if words in text), None)
    return known or f"数据库的提示：{(text.splitlines() or ['无'])[0]}"
