"""docs/write-a-plugin.md does what it says, in an environment of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TOLD = (Path(__file__).resolve().parents[2] / "docs/write-a-plugin.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_scaffold_edit_check_run_takes_five_commands_and_no_edit_of_leukcad(outside: Any) -> None:
    lines = [line for line in TOLD.split("## Five commands")[1].split("##")[0].splitlines() if line[:4] == "    "]
    commands = [line.partition("  #")[0].strip() for line in lines]
    assert len(commands) == 5
    for command in commands:
        outside.type(command.replace("-e ", "-e ./"))
        if command.startswith("leukcad plugins new"):  # the edit: another default
            (method,) = outside.folder.glob("leukcad-*/leukcad_*/middle.py")
            method.write_text(method.read_text().replace("] = 0.5,", "] = 0.75,"))
    schema = json.loads(outside.type("leukcad plugins show middle --json"))
    assert schema["diagnose"]["properties"]["quantile"]["default"] == 0.75
    assert list(outside.folder.glob("runs/try-*/metrics.json"))


@pytest.mark.slow
def test_the_tests_of_the_page_pass(outside: Any) -> None:
    (code,) = TOLD.split("```python\n")[1:]
    (outside.folder / "test_page.py").write_text(code.partition("```")[0])
    assert "passed" in outside.type("pytest test_page.py")
