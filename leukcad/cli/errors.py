"""What goes wrong becomes one clear message on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import typer
import typer.core

from leukcad.errors import LeukcadError

PARTLY, MISTAKE, DEFECT, INTERRUPTED = 1, 2, 3, 130
_RESUMES = ("run", "compare", "audit", "reproduce")


class Group(typer.core.TyperGroup):
    """The outermost group: nothing that a command raises gets past it as a traceback, unless it is asked for."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except LeukcadError as error:
            _say(str(error), error)
            raise typer.Exit(MISTAKE) from None
        except KeyboardInterrupt:
            goes_on = ctx.invoked_subcommand in _RESUMES
            _say("interrupted" + (_how_to_go_on() * goes_on))
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            _say(_explained(error), error)
            raise typer.Exit(MISTAKE) from None
        except MemoryError as error:
            _say("not enough memory; try smaller batches (--set steps.classify.train.batch=4) or --quick", error)
            raise typer.Exit(MISTAKE) from None
        except Exception as error:
            if type(error).__module__.startswith(("typer", "click")):
                raise  # a usage error or an exit: typer's own
            _say(_defect(error), error)
            raise typer.Exit(DEFECT) from None


def _say(message: str, error: BaseException | None = None) -> None:
    if error is not None and wants_tracebacks():
        traceback.print_exception(error)
    print(f"leukcad: {message}" if "\n" not in message else message, file=sys.stderr)


def _how_to_go_on() -> str:
    """The command that goes on where this one stopped."""
    from leukcad.cli.talk import command_line

    command = command_line()
    return "; what was finished is kept: the same command goes on from there" + (f": {command}" if command else "")


def wants_tracebacks() -> bool:
    """Whether tracebacks are asked for: --verbose, or LEUKCAD_DEBUG=1."""
    return bool(os.environ.get("LEUKCAD_DEBUG")) or bool({"-v", "--verbose"} & set(sys.argv[1:]))


def _explained(error: OSError) -> str:
    """The system's word, with the cure that leukcad knows."""
    from leukcad.files import disk_errors

    try:
        with disk_errors(error.filename or "the output", "read or write"):
            raise error
    except LeukcadError as told:
        return str(told)


def _defect(error: Exception) -> str:
    """A line about a mistake of leukcad's own; the traceback goes into a file that can be sent."""
    what = f"a mistake in leukcad itself: {type(error).__name__}: {error}"
    try:
        handle, name = tempfile.mkstemp(prefix="leukcad-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError:
        return f"{what}; run it again with --verbose and report what it prints"
    return f"{what}; please report it with the file {Path(name)}"
