"""Parquet tables as books: flat columns of plain types only, the column names being the first row."""

from __future__ import annotations

import io

from validation.archive import LIMITS, Limits, Unfit, megabytes
from validation.book import Book, Sheet
from validation.parquet_footer import uncompressed_bytes

_EXPECTED = "各列为文字、数字、日期的 .parquet"


def read_parquet(content: bytes, limits: Limits = LIMITS) -> Book:
    """The one sheet of a .parquet file, cells told as line and column; raises Unfit for what is not to be read.

    To be called in a process of its own: a crafted file can exhaust the memory its reader is given.
    """
    if len(content) > limits.file_bytes:
        raise Unfit(
            f"文件大小 {megabytes(len(content))}", f"不超过 {megabytes(limits.file_bytes)}", "只报送本园区本年度的数据"
        )
    if not (content.startswith(b"PAR1") and content.endswith(b"PAR1") and len(content) > 12):
        raise Unfit("不是 Parquet 文件或不完整", _EXPECTED, "重新取得该文件")
    size = int.from_bytes(content[-8:-4], "little")
    if size > len(content) - 12:
        raise Unfit("文件已损坏", _EXPECTED, "重新取得该文件")
    try:
        inflated = uncompressed_bytes(content[-8 - size : -8])
    except ValueError:
        raise Unfit("文件已损坏", _EXPECTED, "重新生成该文件") from None
    if inflated > limits.file_bytes:
        raise Unfit(f"解压后超过 {megabytes(limits.file_bytes)}", "大小正常的文件", "只报送本园区本年度的数据")
    import polars as pl

    try:
        table = pl.scan_parquet(io.BytesIO(content), glob=False)
        schema = table.collect_schema()
        if len(schema) > limits.columns:
            raise Unfit(f"有 {len(schema)} 列", f"不超过 {limits.columns} 列", "只报送本园区本年度的数据")
        odd = [name for name, kind in schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
        if odd:
            raise Unfit(f"列“{odd[0]:.40}”不是文字、数字或日期", _EXPECTED, "改为普通的列")
        rows = int(table.select(pl.len()).collect().item())
        if rows > limits.rows:
            raise Unfit(f"有 {rows} 行", f"不超过 {limits.rows} 行", "只报送本园区本年度的数据")
        frame = table.collect()
        texts = [name for name, kind in frame.schema.items() if kind == pl.String]
        lengths = frame.select(pl.col(texts).str.len_bytes().max()).row(0) if texts else ()
        longest = max((length or 0 for length in lengths), default=0)
        if longest > limits.field_characters:
            raise Unfit("字段过长", _EXPECTED, "检查文字列")
        heads: list[object] = list(frame.columns)
        return Book((Sheet("", [heads, *([*row] for row in frame.iter_rows())], lines=True),))
    except Unfit:
        raise
    except BaseException as error:  # a reader's crash arrives as BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
            raise
        raise Unfit("文件内容无法解析", _EXPECTED, "重新生成该文件") from None
