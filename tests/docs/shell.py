"""Commands as a reader would type them, run in this process, at --quick scale where they have one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from leukcad.cli.app import app

#: Lines that change nothing where tests run.
IDLE = ("source .venv/bin/activate",)
_GLOB = re.compile(r"[*?\[]")


def run(line: str, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """What one line prints; `folder` is the working directory. Fails where it does not leave with 0."""
    words = [os.path.expandvars(word) for word in shlex.split(line, comments=True)]
    if " ".join(words) in IDLE:
        return ""
    if words[0] == "export":
        name, _, value = words[1].partition("=")
        patch.setenv(name, value)
        return ""
    assert words[0] == "leukcad", f"cannot be run in a test, so say why beside its block: {line}"
    words, into = _redirected(words)
    arguments = quickly([found for word in words[1:] for found in _expanded(word, folder)])
    told = CliRunner().invoke(app, arguments, prog_name="leukcad")
    assert told.exit_code == 0, f"{line}\n{told.output}\n{told.exception!r}"
    if into:
        (folder / into).write_text(told.stdout, encoding="utf-8")
    return told.stdout


def quickly(arguments: list[str]) -> list[str]:
    """The same, with --quick if the command has it."""
    _, options = described(arguments)
    return [*arguments, "--quick"] if "--quick" in options and "--quick" not in arguments else arguments


def described(arguments: list[str]) -> tuple[list[str], set[str]]:
    """(the command's path, its options) of what is called; an unknown command has neither."""
    command: Any = get_command(app)
    context = command.make_context("leukcad", [], resilient_parsing=True)
    path, left = [], [one for one in arguments if not one.startswith("-")]
    while hasattr(command, "list_commands"):
        name = left.pop(0) if left and left[0] in command.list_commands(context) else _short(command, bool(left))
        if name is None:
            break
        command = command.get_command(context, name)
        context = command.make_context(name, [], parent=context, resilient_parsing=True)
        path.append(name)
    return path, {option for one in command.get_params(context) for option in (*one.opts, *one.secondary_opts)}


def _short(group: Any, named: bool) -> str | None:
    """`leukcad audit RUN` is short for `audit judge RUN`, `leukcad plugins NAME` for `plugins show NAME`."""
    known = {"Judging": "judge", "ByName": "show"}
    return known.get(type(group).__name__) if named else None


def _redirected(words: list[str]) -> tuple[list[str], str]:
    return (words[:-2], words[-1]) if len(words) > 2 and words[-2] == ">" else (words, "")


def _expanded(word: str, folder: Path) -> Iterator[str]:
    found = sorted(folder.glob(word)) if _GLOB.search(word) and "(" not in word and "=" not in word else []
    yield from ([str(path.relative_to(folder)) for path in found] or [word])
