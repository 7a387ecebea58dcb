"""The command line as a page: each command's usage, options and examples, out of the program itself."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Iterator
from typing import Any

INTRODUCTION = """# Commands

Made from the program itself: what `-h` of each says. What is common to all (quiet, verbose, exit codes, Ctrl-C,
completion) stands in [the terminal](../terminal.md).
"""


def page() -> str:
    """Markdown, a section a command."""
    from typer.main import get_command

    from leukcad.cli.app import app

    return "\n".join(
        [INTRODUCTION, *(line for path, command in walk(get_command(app)) for line in told(path, command))]
    )


def walk(command: Any, path: str = "leukcad", parent: Any = None) -> Iterator[tuple[Any, Any]]:
    """(context, command) of a command and those below it, in the order of the help."""
    context = command.make_context(path, [], parent=parent, resilient_parsing=True)
    yield context, command
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from walk(command.get_command(context, name), name, context)


def told(context: Any, command: Any) -> list[str]:
    """A command's section."""
    usage = command.get_usage(context).removeprefix("Usage: ")
    lines = ["", f"## {context.command_path}", "", flat(command.help or ""), ""]
    lines += ["```text", " ".join(usage.split()), "```", ""]
    records = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
    rows = [f"| {code(name)} | {cell(meaning)} |" for name, meaning in records if "--help" not in name]
    lines += ["| argument or option | |", "| --- | --- |", *rows] if rows else []
    return lines + epilog(command.epilog or "")


def epilog(text: str) -> list[str]:
    """The examples as a block, and what is said after them."""
    shown, _, after = inspect.cleandoc(text.replace("\b", "")).partition("\n\n")
    examples = [line.strip() for line in shown.splitlines() if line.strip().startswith("leukcad")]
    lines = ["", "```bash", *examples, "```"] if examples else []
    return [*lines, "", flat(after)]


def flat(text: str) -> str:
    """A paragraph on one line; outside `code`, nothing in it is taken for Markdown's own."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if part.startswith("`") else _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    return re.sub(r"([*_])", r"\\\1", html.escape(text, quote=False))


def cell(text: str) -> str:
    """Text in a table's cell."""
    return flat(text).replace("|", "\\|")


def code(text: str) -> str:
    """Code in a table's cell."""
    return "`" + " ".join(text.split()).replace("|", "\\|") + "`"
