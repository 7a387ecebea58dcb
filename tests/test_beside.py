"""What a report shows beside its own figures: earlier verdicts, and a screen of the data that is made once."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leukcad import beside, experiment
from leukcad.config import load_bench
from leukcad.host import discover
from leukcad.runs import Run

BENCH = """
data: {use: simulated, healthy: 6, leukaemic: 6, width: 240, height: 180}
classes: [healthy, ALL]
positive: ALL
split: {use: lexicographic}
"""


@pytest.fixture
def bench(tmp_path: Path) -> experiment.Bench:
    """A dozen small fields."""
    (tmp_path / "bench.yaml").write_text(BENCH, encoding="utf-8")
    setting = experiment.make_setting(device="cpu")
    return experiment.make_bench(load_bench(tmp_path / "bench.yaml", discover(), [], False), setting)


def test_the_data_are_screened_once_and_then_taken_from_the_folder(
    bench: experiment.Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = beside.screened(bench, tmp_path / "compare")
    assert told["sources"]["data"]["fields"] == 12 and sum(map(len, told["split"].values())) >= 4
    monkeypatch.delattr(beside, "screen")
    assert beside.screened(bench, tmp_path / "compare") == told


def test_a_screen_that_was_cut_off_is_made_again(bench: experiment.Bench, tmp_path: Path) -> None:
    (tmp_path / beside.SCREEN).write_text('{"digest": "x', encoding="utf-8")
    assert beside.screened(bench, tmp_path)["sources"]["data"]["fields"] == 12
    assert json.loads((tmp_path / beside.SCREEN).read_text())["digest"] == bench.digest()


def run_with(folder: Path, verdict: Any) -> Any:
    """A run in whose folder a verdict lies."""
    (folder / "audit").mkdir(parents=True)
    (folder / "audit" / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    return SimpleNamespace(name="two_step", run=Run(folder, "0123"))


VERDICT = {"format": 1, "verdict": "undecided", "k": {"k": 9, "how": "x"}, "margin": 0.2, "quick": False}
VERDICT |= {"positive": "ALL"}


def test_an_earlier_verdict_is_shown_with_the_way_to_its_page(tmp_path: Path) -> None:
    model = run_with(tmp_path / "runs/two_step-0123", VERDICT)
    (tmp_path / "runs/two_step-0123/audit/index.html").touch()
    (told,) = beside.earlier([model], tmp_path / "runs/compare")
    assert told["page"] == "../two_step-0123/audit/index.html" and told["k"] == 9 and told["earlier"]
    assert told["verdicts"] == {"two_step": VERDICT}


@pytest.mark.parametrize("verdict", [{**VERDICT, "format": 2}, [], "text"])
def test_a_verdict_of_another_form_is_left_out_with_a_word(
    tmp_path: Path, verdict: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "leukcad"):
        assert beside.earlier([run_with(tmp_path / "run", verdict)], tmp_path) == []
    assert "not shown" in caplog.text
