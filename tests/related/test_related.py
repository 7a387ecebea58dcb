"""The systems of the study's Table 1 run, each kind once: found, proposed and rejected, cut out, typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import leukcad

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "pipelines" / "related"
CLASSIFY = "steps.classify.train.epochs=1"
FEW = ("data.healthy=8", "data.leukaemic=8", "test.healthy=3", "test.leukaemic=3")
SMALL = [f"{of}.{side}" for of in ("data", "test") for side in ("width=400", "height=300")]
ONE_CELL = (
    "synthesize.doses=[1]",
    "synthesize.draws=1",
    "synthesize.donors.healthy=12",
    "synthesize.donors.leukaemic=4",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("19_handcrafted", ()),
        ("20_wbc_detection", ()),
        ("36_propose_reject", (CLASSIFY, *FEW, *SMALL, *ONE_CELL)),
        ("38_segmentation_classification", FEW),
        ("40_41_wbc_types", (CLASSIFY,)),
    ],
)
def test_a_system_of_each_kind_runs_and_tells_how_often_it_was_right(
    name: str, sets: tuple[str, ...], tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEUKCAD_DATA", str(shared_data))
    made = leukcad.run(FOLDER / f"{name}.yaml", sets=sets, quick=True, out=tmp_path)
    assert made.page.is_file() and (made.runs[name] / "metrics.json").is_file()


def test_the_page_names_every_pipeline_and_every_reference_of_the_table_and_no_other() -> None:
    page = (ROOT / "docs" / "related.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+\.yaml)`", page)) == {path.name for path in FOLDER.glob("*.yaml")}
    named = {n for group in re.findall(r"\[([\d, ]+)\]", page) for n in group.split(", ")}
    assert named == {"19", "20", "21", "22", "23", "24", "36", "37", "38", "39", "40", "41", "42"}
