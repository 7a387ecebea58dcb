"""Reading CSV files that people and spreadsheets wrote: bounded, and every complaint names the file and the row."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from leukcad.errors import LeukcadError
from leukcad.files import disk_errors

MAX_BYTES = 64 << 20
MAX_ROWS = 1_000_000
MAX_CELL = 4096  # characters

Row = tuple[int, dict[str, str]]


def read_table(
    path: str | os.PathLike[str], needed: Sequence[str], optional: Sequence[str] = (), *, may_be_empty: bool = False
) -> list[Row]:
    """The rows of a CSV file: line number and the cells of the `needed` and `optional` columns, stripped.

    UTF-8, with or without a byte-order mark; other columns are ignored, an optional one that is missing gives ''.
    Raises LeukcadError naming file and line for a missing or repeated column, an empty cell in a needed column, a row
    of another length than the header, text that is not UTF-8, more than 64 MiB or a million rows, and no rows at all
    unless it `may_be_empty`.
    """
    name = os.fspath(path)
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[Row] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(name, header, [*needed, *optional], needed)
        for cells in reader:
            if any(cell.strip() for cell in cells):  # spreadsheets leave empty rows behind
                rows.append((reader.line_num, _row(name, reader.line_num, header, cells, needed, optional)))
            if len(rows) > MAX_ROWS:
                raise LeukcadError(f"{name}: more than {MAX_ROWS:,} rows")
    except csv.Error as error:
        raise LeukcadError(f"{name}:{reader.line_num}: not a CSV file: {error}") from error
    if not rows and not may_be_empty:
        raise LeukcadError(f"{name}: expected rows below the header, got none")
    return rows


def _text(path: str | os.PathLike[str]) -> str:
    with disk_errors(path, "read"):
        size = Path(path).stat().st_size
        if size > MAX_BYTES:
            raise LeukcadError(f"{os.fspath(path)}: a table of {size >> 20} MiB; at most {MAX_BYTES >> 20} are read")
        content = Path(path).read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LeukcadError(f"{os.fspath(path)}:{line}: not UTF-8 text", cure="save it as CSV UTF-8") from error


def _check_header(name: str, header: Sequence[str], known: Sequence[str], needed: Sequence[str]) -> None:
    missing = [column for column in needed if column not in header]
    if missing:
        came = ", ".join(header)[:100] or "an empty file"
        raise LeukcadError(f"{name}:1: expected the columns {', '.join(needed)}, got {came}")
    for column in known:
        if header.count(column) > 1:
            raise LeukcadError(f"{name}:1: the column {column!r} stands twice")


def _row(
    name: str, line: int, header: Sequence[str], cells: Sequence[str], needed: Sequence[str], optional: Sequence[str]
) -> dict[str, str]:
    if len(cells) != len(header):
        raise LeukcadError(f"{name}:{line}: expected {len(header)} cells, got {len(cells)}")
    row = {key: cell.strip() for key, cell in zip(header, cells, strict=True) if key in needed or key in optional}
    for column, cell in row.items():
        if column in needed and not cell:
            raise LeukcadError(f"{name}:{line}: the column {column!r} is empty")
        if len(cell) > MAX_CELL or "\0" in cell:
            raise LeukcadError(f"{name}:{line}: the column {column!r} holds more than a name")
    return {**dict.fromkeys(optional, ""), **row}
