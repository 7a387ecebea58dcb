"""Finding a run by its folder or its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leukcad import LeukcadError
from leukcad.runs import find


def made(folder: Path, age: int, finished: bool = True) -> Path:
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text("{}")
    if finished:
        (folder / "metrics.json").write_text("{}")
    os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    return folder


def test_of_several_runs_of_a_name_the_newest_that_is_finished_is_meant(tmp_path: Path) -> None:
    made(tmp_path / "two_step-1111", age=9)
    newest = made(tmp_path / "two_step-2222", age=5)
    made(tmp_path / "two_step-3333", age=1, finished=False)
    assert find("two_step", tmp_path) == newest
    assert find("two_step-1", tmp_path).name == "two_step-1111" and find(str(newest), Path("nowhere")) == newest


def test_a_name_does_not_mean_a_seed_of_it(tmp_path: Path) -> None:
    plain = made(tmp_path / "two_step-1111", age=9)
    seed = made(tmp_path / "two_step-seed2-2222", age=1)
    assert find("two_step", tmp_path) == plain and find("two_step-seed2", tmp_path) == seed


def test_a_run_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    made(tmp_path / "direct-1111", age=1)
    with pytest.raises(LeukcadError, match="known: direct-1111"):
        find("two_step", tmp_path)
