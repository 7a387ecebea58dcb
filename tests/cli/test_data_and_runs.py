"""data make, data show and runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leukcad.data.images import read_header
from leukcad.runs import Run

Call = Callable[..., Any]
PIPELINES = Path(__file__).resolve().parents[2] / "pipelines" / "allidb1"


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """A folder with a finished run, one that was cut off, and one that is damaged."""
    rate = {"value": 0.975, "low": 0.9, "high": 1.0, "n": 120}
    for number, name in enumerate(("direct", "two_step")):
        run = Run(tmp_path / f"{name}-0123456{number}", f"0123456{number}")
        told = {"created": f"2024-01-0{2 - number}", "seed": number, "quick": False, "steps": ["detect: nuclei (x 1)"]}
        run.create("steps: []\n", told)
        if name == "direct":
            run.write_json("metrics.json", {"pipelines": {"direct": {"test": {"accuracy": rate}}}})
    (tmp_path / "torn-89abcdef").mkdir()
    (tmp_path / "torn-89abcdef" / "provenance.json").write_text('{"format": 1, "dig')
    return tmp_path


def test_runs_are_listed_by_age_with_their_accuracy_and_whether_they_are_finished(call: Call, past: Path) -> None:
    lines = [line.split() for line in call("runs", "list", "--out", past).out.splitlines()]
    assert [line[0] for line in lines] == ["run", "torn-89abcdef", "two_step-01234561", "direct-01234560"]
    assert lines[2][-2:] == ["no", "–"] and lines[3][-2:] == ["yes", "0.975"] and "unreadable:" in lines[1]


def test_options_of_runs_count_before_and_after_the_command(call: Call, past: Path) -> None:
    after = call("runs", "list", "--out", past, "--json").out
    assert (
        call("runs", "--out", past, "--json", "list").out == call("runs", "--json", "list", "--out", past).out == after
    )
    shown = call("runs", "--out", past, "--json", "show", "direct-01234560").out
    assert json.loads(shown)["folder"] == str(past / "direct-01234560")
    assert json.loads(call("plugins", "--json", "list").out)["stages"]


def test_runs_alone_lists_and_json_can_be_parsed(call: Call, past: Path) -> None:
    told = json.loads(call("runs", "--out", past, "--json").out)
    assert [one["accuracy"] for one in told] == [None, None, 0.975]


def test_a_run_is_shown_with_its_steps_and_rates(call: Call, past: Path) -> None:
    told = call("runs", "show", "direct", "--out", past)
    assert told.code == 0 and "accuracy 0.975 (n 120)" in told.out and "step 1  detect: nuclei" in told.out
    assert "not finished" in call("runs", "show", "two_step", "--out", past).out


def test_no_runs_and_an_unknown_run(call: Call, tmp_path: Path, past: Path) -> None:
    assert call("runs", "--out", tmp_path / "none").out == f"no runs in {tmp_path / 'none'}\n"
    told = call("runs", "show", "three_step", "--out", past)
    assert told.code == 2 and "two_step-01234561" in told.err


def test_simulated_data_are_made_as_files_in_the_layout_of_allidb_and_read_back(call: Call, tmp_path: Path) -> None:
    told = call("data", "make", tmp_path / "made", "--healthy", 3, "--leukaemic", 2, "--quick")
    assert told.code == 0, told.err
    assert len(list((tmp_path / "made/ALL_IDB1/im").glob("Im*_[01].jpg"))) == 5
    assert len(list((tmp_path / "made/ALL_IDB2/img").glob("Im*_[01].tif"))) == 20
    assert "no patient" in (tmp_path / "made/ALL_IDB1/SIMULATED.txt").read_text()
    shown = call("data", "show", "allidb1", "--set", f"path={tmp_path / 'made/ALL_IDB1'}")
    assert shown.code == 0 and "5 fields: 2 ALL, 3 healthy" in shown.out, shown.err


@pytest.mark.slow
def test_the_pipelines_for_allidb_run_on_simulated_data_in_its_layout(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("data", "make", tmp_path, "--healthy", 14, "--leukaemic", 14, "--cells", 24)
    monkeypatch.setenv("LEUKCAD_DATA", str(tmp_path))
    small = {"weights": "none", "name": "shufflenet_v2_x0_5", "train.epochs": 1}
    sets = [part for key, value in small.items() for part in ("--set", f"steps.classify.{key}={value}")]
    told = call("compare", *PIPELINES.glob("*.yaml"), "--quick", "--json", "--out", tmp_path / "runs", *sets)
    assert told.code == 0, told.err
    found = json.loads(told.out)["pipelines"]
    assert set(found) == {"direct_resnet50", "two_step"} and all("imgSynt10" in sets for sets in found.values())


def test_an_unknown_preset_gets_the_nearest_one(call: Call, tmp_path: Path) -> None:
    told = call("data", "make", tmp_path, "--preset", "overlapp")
    assert told.code == 2 and "did you mean 'overlap'" in told.err


def test_a_folder_that_cannot_be_written_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = call("data", "make", tmp_path / "file" / "x", "--healthy", 1, "--leukaemic", 0, "--cells", 0)
    assert told.code == 2 and str(tmp_path / "file") in told.err and len(told.err.splitlines()) == 1


def test_data_are_counted_and_drawn(call: Call, tmp_path: Path) -> None:
    sizes = ["--set", "healthy=2", "--set", "leukaemic=1", "--set", "width=320", "--set", "height=240"]
    told = call("data", "show", "simulated", *sizes, "--out", tmp_path / "sheet.png", "--truth")
    assert told.code == 0 and "3 fields: 1 ALL, 2 healthy; 3 groups" in told.out, told.err
    assert read_header(tmp_path / "sheet.png").width > 600


def test_the_data_of_a_bench_are_counted_each(call: Call, tmp_path: Path) -> None:
    bench = tmp_path / "bench.yaml"
    bench.write_text("data: {use: simulated, healthy: 2}\ntests: {more: {use: simulated, seed: 3, healthy: 5}}\n")
    told = call("data", "show", bench, "--set", "data.leukaemic=7")
    assert [line.split()[0] for line in told.out.splitlines()] == ["data", "more"]
    assert "9 fields: 7 ALL, 2 healthy" in told.out and "5 healthy" in told.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nothing"], "unknown data component 'nothing'"), (["simulated", "--of", "test"], "no data called 'test'")],
)
def test_data_that_are_not_there_are_named(call: Call, arguments: list[str], said: str) -> None:
    told = call("data", "show", *arguments)
    assert told.code == 2 and said in told.err
