"""How a command speaks: answers on stdout; what is going on, bars and complaints on stderr."""

from __future__ import annotations

import json
import logging
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from leukcad.errors import LeukcadError

LINE = 110  # characters of JSON on one line


class _Handler(logging.Handler):
    """Log lines above the progress bars."""

    def emit(self, record: logging.LogRecord) -> None:
        from leukcad.progress import console

        text = self.format(record)
        if console().quiet or not console().is_terminal:
            print(text, file=sys.stderr)
        else:
            console().print(text, markup=False, highlight=False, soft_wrap=True)


def listen(*, quiet: bool = False, verbose: bool = False) -> None:
    """Let what leukcad logs be read on stderr; `quiet` leaves warnings only, and no bars."""
    from leukcad.progress import console

    if quiet and verbose:
        raise LeukcadError("expected --quiet or --verbose, got both")
    console().quiet = quiet
    logger = logging.getLogger("leukcad")
    for handler in [h for h in logger.handlers if isinstance(h, _Handler)]:
        logger.removeHandler(handler)
    handler = _Handler(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)


def command_line() -> str:
    """The command as it was typed, '' where Python code called."""
    called = Path(sys.argv[0]).name
    return shlex.join(["leukcad", *sys.argv[1:]]) if called in ("leukcad", "leukcad.exe", "__main__.py") else ""


def single(page: Path) -> None:
    """Write a report as one file beside `page`, and say on stderr where it lies and how large it is."""
    from leukcad.report.single import LARGE, single_file

    path = single_file(page)
    size = path.stat().st_size
    note(f"single file: {path} ({size / 1e6:.1f} MB)")
    if size > LARGE:
        logging.getLogger("leukcad").warning(
            "it is larger than %d MB: send the folder, or explain fewer fields (--set explained=2)", LARGE // 10**6
        )


def note(text: str) -> None:
    """Where something was left, on stderr; not when it is to be quiet."""
    logging.getLogger("leukcad").info(text)


def print_json(value: Any) -> None:
    """JSON on stdout, readable, in the user's letters."""
    typer.echo(readable(json.loads(json.dumps(value))))


def readable(value: Any, indent: str = "") -> str:
    """JSON in which lists and mappings of nothing but single values take one line each, where that fits."""
    flat = json.dumps(value, ensure_ascii=False)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not parts or (len(flat) < LINE and not any(isinstance(part, dict | list) and part for part in parts)):
        return flat
    deeper = indent + " "
    if isinstance(value, dict):
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {readable(part, deeper)}" for key, part in value.items()]
        return "{\n" + ",\n".join(deeper + line for line in lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + readable(part, deeper) for part in value) + f"\n{indent}]"


def print_table(rows: Sequence[Sequence[str]], indent: str = "") -> None:
    """Rows in columns of one width, the last one running free; nothing is cut, so that it can be piped."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        typer.echo((indent + "  ".join([*cells, row[-1]])).rstrip())


def list_failed(failed: Mapping[str, str]) -> None:
    """Say which fields were left out, and exit with 1, if there are any."""
    from leukcad.cli.errors import PARTLY

    if not failed:
        return
    for name, reason in failed.items():
        print(f"left out: {name}: {reason}", file=sys.stderr)
    noun = "field" if len(failed) == 1 else "fields"
    print(f"leukcad: {len(failed)} {noun} could not be read; the others were finished", file=sys.stderr)
    raise typer.Exit(PARTLY)
