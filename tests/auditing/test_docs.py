"""docs/audit.md names the keys of a bench with their defaults; its commands and functions are run by tests/docs."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from leukcad.config.bench import Audit

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit.md"


def test_the_keys_of_a_bench_are_those_that_it_takes() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    told = yaml.safe_load(block)["audit"]
    defaults = Audit().plain
    assert {key: told[key] for key in defaults} == defaults and set(told) == {*defaults, "donors"}
