"""The command line: one file per command, and what every command shares."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point `leukcad`; leaves through SystemExit.

    0: done. 1: done, but some images could not be read. 2: a mistake that its reader can mend. 3: a mistake in leukcad.
    130: interrupted.
    """
    from leukcad.cli.app import app

    try:
        app(args=None if arguments is None else list(arguments), prog_name="leukcad")
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:  # who read us has seen enough, as `head` has
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
