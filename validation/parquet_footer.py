"""The footer of a Parquet file (Thrift, compact protocol), read before any reader trusts it with memory."""

from __future__ import annotations

from typing import Any

_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_DEEPEST = 12
_ROW_GROUPS, _COLUMNS, _CHUNK, _UNCOMPRESSED = 4, 1, 3, 6
"""Field numbers of FileMetaData.row_groups, RowGroup.columns, ColumnChunk.meta_data, ColumnMetaData.total_uncompressed_size."""


def uncompressed_bytes(footer: bytes) -> int:
    """Bytes of all column chunks after decompression, as the footer declares them; raises ValueError for what is no footer."""
    fields, _ = _struct(footer, 0, 0)
    total = 0
    for group in _listed(fields.get(_ROW_GROUPS)):
        for column in _listed(group.get(_COLUMNS)):
            chunk = column.get(_CHUNK)
            size = chunk.get(_UNCOMPRESSED) if isinstance(chunk, dict) else None
            if not isinstance(size, int) or size < 0:
                raise ValueError("a column chunk without size")
            total += size
    return total


def _listed(value: Any) -> list[dict[int, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError("no list of structures")
    return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a number without end")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    fields: dict[int, Any] = {}
    number = 0
    while True:
        if at >= len(data):
            raise ValueError("a structure without end")
        head = data[at]
        at += 1
        kind = head & 0x0F
        if kind == _STOP:
            return fields, at
        if head >> 4:
            number += head >> 4
        else:
            zigzag, at = _varint(data, at)
            number = (zigzag >> 1) ^ -(zigzag & 1)
        fields[number], at = (kind == _TRUE, at) if kind in (_TRUE, _FALSE) else _value(data, at, kind, depth + 1)


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if kind in (_TRUE, _FALSE, _BYTE):
        return None, at + 1
    if kind < _DOUBLE:
        zigzag, at = _varint(data, at)
        return (zigzag >> 1) ^ -(zigzag & 1), at
    if kind == _DOUBLE:
        return None, at + 8
    if kind == _BINARY:
        size, at = _varint(data, at)
        return None, at + size
    if kind in (_LIST, _SET):
        return _list(data, at, depth)
    if kind == _STRUCT:
        return _struct(data, at, depth)
    raise ValueError("an unexpected kind of field")


def _list(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    if at >= len(data):
        raise ValueError("a list without end")
    size, kind = data[at] >> 4, data[at] & 0x0F
    at += 1
    if size == 15:
        size, at = _varint(data, at)
    if size > len(data):
        raise ValueError("a list longer than the footer")
    values = []
    for _ in range(size):
        value, at = _value(data, at, kind, depth + 1)
        values.append(value)
    return values, at
