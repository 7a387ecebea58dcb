from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from leukcad.cli.app import app


@dataclass(frozen=True)
class Said:
    """What a command said and how it left."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call() -> Call:
    """Calls the command line as a terminal would, in this process."""

    def call_(*arguments: object) -> Said:
        told = CliRunner().invoke(app, [str(a) for a in arguments], prog_name="leukcad")
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        return Said(told.exit_code, told.stdout, told.stderr)

    return call_
