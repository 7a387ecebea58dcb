"""The kit finds what it looks for: each kind of mistake fails its check, and names a cure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from leukcad_skimage.nuclei import Nuclei

from leukcad import Step
from leukcad.hookspecs import Component
from leukcad.host import Host, Offer
from leukcad.testing import CHECKS, Finding, Subject, draw_crops, draw_field, draw_fields, examine
from leukcad.testing.sameness import difference

HEAD = """
from __future__ import annotations
import random
from typing import Annotated
from pydantic import Field as Option
from leukcad import Cells, Predictions, Heatmap, hookimpl
"""
DETECT = '''
class Part:
    """Finds what was drawn."""
    def __init__(self, *, size: {option} = 8.0) -> None:
        self.size, self.before = size, 0
    @hookimpl
    def leukcad_detect(self, fields):
        {body}
'''
OPTION = 'Annotated[float, Option(description="px")]'
GOOD = "return [f.truth for f in fields]"
SEEN = "self.before += 1; return [Cells.of([[0, 0, 9, 9 + self.before + len(fields)]]) for f in fields]"
BROKEN = {
    "shapes": "return [Cells.of([[-50, 0, 9, 9]]) for f in fields]",
    "empty input": "return [f.truth for f in fields] if fields else [Cells.empty()]",
    "batch invariance": SEEN,
    "determinism": "return [Cells.of([[0, 0, 9, 9 + random.random()]]) for f in fields]",
    "purity of inputs": "[f.image.zero_() for f in fields]; return [f.truth for f in fields]",
}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path of Python; the modules out of it are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("parts_under_test", None)


def findings(folder: Path, source: str, stage: str = "detect") -> dict[str, Finding]:
    """What the kit finds in a component of this source."""
    (folder / "parts_under_test.py").write_text(HEAD + source)
    component = Component(stage, "mine", "parts_under_test:Part", "for a test")
    host = Host({(stage, "mine"): Offer(component, "leukcad-mine", "0.3")})
    found = {one.check: one for one in examine(Subject(stage, "mine", {}, host))}
    assert set(found) == set(CHECKS)
    return found


def failed(found: dict[str, Finding]) -> set[str]:
    return {name for name, one in found.items() if one.result == "failed"}


def test_a_good_component_fails_nothing(written: Path) -> None:
    found = findings(written, DETECT.format(option=OPTION, body=GOOD))
    assert not failed(found) and found["batch invariance"].result == "passed"
    assert found["learning"] == Finding("learning", "skipped", "it does not learn")


@pytest.mark.parametrize("check", BROKEN)
def test_each_mistake_fails_its_check_and_is_told_a_cure(written: Path, check: str) -> None:
    found = findings(written, DETECT.format(option=OPTION, body=BROKEN[check]))
    assert check in failed(found) and found[check].says
    assert found[check].cure or "expected 0 Cells" in found[check].says  # a step's own words stand as they are


def test_what_a_component_raises_is_a_finding_and_stops_no_other_check(written: Path) -> None:
    found = findings(written, DETECT.format(option=OPTION, body="return 1 / 0"))
    assert "ZeroDivisionError" in found["shapes"].says and found["options documented"].result == "passed"


def test_an_option_without_a_word_and_a_heavy_import_are_found(written: Path) -> None:
    found = findings(written, "import scipy\n" + DETECT.format(option="float", body=GOOD))
    assert failed(found) == {"options documented", "import cost"}
    assert "size" in found["options documented"].says and "scipy" in found["import cost"].says


FORGETS = '''
import torch
class Part:
    """Learns, and keeps nothing of it."""
    @hookimpl
    def leukcad_fit(self, train, validation): self.bias = 0.9
    @hookimpl
    def leukcad_state(self): return {"nothing": torch.zeros(1)}
    @hookimpl
    def leukcad_restore(self, state): self.bias = 0.1
    @hookimpl
    def leukcad_classify(self, crops, step):
        rows = torch.tensor([[self.bias, 1 - self.bias]]).repeat(len(crops), 1)
        return Predictions.of(rows, step.classes)
'''
NEVER_ABSTAINS = '''
class Part:
    """Calls everything leukaemic."""
    @hookimpl
    def leukcad_diagnose(self, cells, step):
        import torch
        return Predictions.of(torch.ones(len(cells), len(step.classes)) / 2, step.classes)
'''
MEDDLES = '''
class Part:
    """Watches, and takes the cells away."""
    @hookimpl(wrapper=True)
    def leukcad_detect(self, fields):
        yield
        return [Cells.empty() for _ in fields]
'''
SULKS = '''
class Part:
    """Fails when the run ends."""
    @hookimpl
    def leukcad_run_finished(self, run, results): results["no such key"]
'''


def test_a_learner_that_keeps_nothing_is_found(written: Path) -> None:
    assert "restored, it answers otherwise" in findings(written, FORGETS, "classify")["learning"].says


def test_a_rule_that_answers_for_no_cells_is_found(written: Path) -> None:
    assert "expected it to abstain" in findings(written, NEVER_ABSTAINS, "diagnose")["shapes"].says


@pytest.mark.parametrize(("source", "said"), [(MEDDLES, "changed what it watched"), (SULKS, "KeyError")])
def test_an_observer_that_meddles_or_breaks_a_run_is_found(written: Path, source: str, said: str) -> None:
    found = findings(written, source, "observe")
    assert said in found["shapes"].says and found["determinism"].result == "skipped"


def test_asking_leaves_the_random_states_of_the_caller_alone(written: Path) -> None:
    def drawn() -> tuple[float, float]:
        return float(np.random.random()), float(torch.rand(1))

    np.random.seed(3)
    torch.manual_seed(3)
    expected = drawn()
    np.random.seed(3)
    torch.manual_seed(3)
    findings(written, DETECT.format(option=OPTION, body=GOOD))
    assert drawn() == expected


def test_drawn_fields_have_the_cells_that_their_truth_tells_of() -> None:
    for field in draw_fields():
        assert field.truth is not None
        (found,) = Step("detect", "nuclei", Nuclei()).detect([field])
        assert len(found) == len(field.truth)
        for box, label in zip(field.truth.boxes.tolist(), field.truth.names(), strict=True):
            x, y = round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2)
            assert int(field.image[0, y, x]) < 150 and label in ("lymphocyte", "lymphoblast")


def test_a_seed_draws_the_same_field_and_another_another() -> None:
    assert difference(draw_field(seed=4), draw_field(seed=4)) is None
    assert difference(draw_field(seed=4), draw_field(seed=5)) is not None


@pytest.mark.parametrize("n", [0, 1, 7])
def test_crops_are_of_both_classes_in_turn(n: int) -> None:
    crops = draw_crops(n, 48)
    assert tuple(crops.pixels.shape) == (n, 3, 48, 48) and crops.labels.tolist() == [i % 2 for i in range(n)]


def test_a_difference_says_where() -> None:
    one = draw_field(seed=1)
    other = one.replace(image=one.image.clone())
    other.image[0, 0, 0] += 1
    assert difference(one, other, tolerance=5.0) == "image: values differ by up to 1"
    assert difference([0.1], [0.2], tolerance=0.5) is None


def test_of_a_label_map_a_share_of_the_pixels_may_differ_and_of_other_whole_numbers_none() -> None:
    one = torch.zeros((20, 50), dtype=torch.int32)
    other = one.clone()
    other[0, :3] = 7
    assert difference(one, other, share=3e-3) is None
    assert difference(one, other, share=2e-3) == "the value: 0.30% of the pixels are others"
    assert difference(one, other) == "the value: values differ by up to 7"
    assert difference(one[0], other[0], share=0.5) == "the value: values differ by up to 7"
