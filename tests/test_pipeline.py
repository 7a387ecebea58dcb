"""The one path for both routes, walked by small components that really compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from leukcad import Cells, Crops, Field, Heatmap, LeukcadError, Predictions, Record, Step, hookimpl
from leukcad.pipeline import Pipeline, to_field


class DarkSpots:
    """Finds the dark discs that `field` draws, from the record."""

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field]) -> list[Cells]:
        return [Cells.of([box for box, _ in spots(f.record.id)]) for f in fields]


class ByDarkness:
    """Calls a crop by its mean grey: below 100 a blast, above 200 `other` where that class exists."""

    input_size = 16

    @hookimpl
    def leukcad_classify(self, crops: Crops, step: Step) -> Predictions:
        grey = crops.pixels.float().mean(dim=(1, 2, 3))
        called = torch.where(grey < 100, 1, 0)
        if "other" in step.classes:
            called = torch.where(grey > 200, step.classes.index("other"), called)
        return Predictions.of(torch.nn.functional.one_hot(called, len(step.classes)).float(), step.classes)


class LearnsDarkness(ByDarkness):
    """The same, as a component that learns."""

    @hookimpl
    def leukcad_fit(self) -> None:
        return None

    @hookimpl
    def leukcad_state(self) -> dict[str, torch.Tensor]:
        return {}

    @hookimpl
    def leukcad_restore(self) -> None:
        return None


class AnyBlast:
    """A field is ALL if one of its cells is a blast."""

    @hookimpl
    def leukcad_diagnose(
        self, cells: Sequence[Cells], predictions: Predictions, field_index: torch.Tensor, step: Step
    ) -> Predictions:
        blast = predictions.probabilities[:, predictions.classes.index("lymphoblast")]
        worst = [float(blast[field_index == i].max()) if len(c) else 0.0 for i, c in enumerate(cells)]
        p = torch.tensor(worst)
        none = torch.tensor([len(c) == 0 for c in cells])
        return Predictions(torch.stack([1 - p, p], 1), step.classes, none, tuple("no WBC" if n else "" for n in none))


class Bright:
    """A map as bright as the crop."""

    @hookimpl
    def leukcad_explain(self, crops: Crops, targets: Sequence[str]) -> list[Heatmap]:
        grey = crops.pixels.float().mean(dim=1)
        return [Heatmap(g, t, "bright") for g, t in zip(grey, targets, strict=True)]


def spots(name: str) -> list[tuple[list[int], int]]:
    """(box, grey) of the discs in a field: its id says which, as in 'blast-healthy-ghost'."""
    greys = {"blast": 40, "healthy": 150, "ghost": 230}
    return [([20 * i, 10, 20 * i + 16, 26], greys[w]) for i, w in enumerate(name.split("-")) if w in greys]


def field(name: str) -> Field:
    array = np.full((40, 80, 3), 255, np.uint8)
    for (x0, y0, x1, y1), grey in spots(name):
        array[y0:y1, x0:x1] = grey
    return Field.of(Record(name), array)


def two_step(*cell_classes: str) -> Pipeline:
    classes = cell_classes or ("healthy", "lymphoblast")
    steps = [
        Step("detect", "spots", DarkSpots(), place=1),
        Step("classify", "darkness", ByDarkness(), place=2, classes=classes, positive_cells=("lymphoblast",)),
        Step("diagnose", "any", AnyBlast(), place=3, classes=("healthy", "ALL")),
        Step("explain", "bright", Bright(), place=4),
    ]
    return Pipeline(steps, ("healthy", "ALL"), "ALL")


def answers(state: Any) -> list[str]:
    assert state.answers is not None
    return [state.answers.classes[i] for i in state.answers.probabilities.argmax(dim=1).tolist()]


def test_the_cells_decide_for_their_field_and_a_field_without_cells_abstains() -> None:
    state = two_step().run([field("healthy-blast"), field("empty"), field("healthy-healthy")])
    assert [a for a, out in zip(answers(state), state.answers.abstain.tolist(), strict=True) if not out] == [
        "ALL",
        "healthy",
    ]
    assert state.answers.abstain.tolist() == [False, True, False]


def test_a_batch_in_which_no_field_has_a_cell_is_answered() -> None:
    state = two_step().run([field("empty"), field("nothing")])
    assert state.answers is not None and state.answers.abstain.all()
    assert two_step().explain(state) == [None, None]


def test_opening_and_closing_a_batch_is_running_it_and_leaves_the_opened_batch_as_it_was() -> None:
    fields = [field("healthy-blast"), field("empty"), field("ghost")]
    steps = list(two_step().steps)
    steps[1] = Step("classify", "learns", LearnsDarkness(), place=2, classes=("healthy", "lymphoblast"))
    pipeline = Pipeline(steps, ("healthy", "ALL"), "ALL")
    opened = pipeline.open(fields)
    assert opened.cells is not None and [len(c) for c in opened.cells] == [2, 0, 1]
    first, second = pipeline.close(opened), pipeline.close(opened)
    whole = pipeline.run(fields)
    assert first.answers and second.answers and whole.answers
    assert torch.equal(first.answers.probabilities, whole.answers.probabilities)
    assert torch.equal(second.answers.probabilities, whole.answers.probabilities)
    assert opened.predictions is None


def test_an_empty_batch_passes_every_step() -> None:
    assert two_step().run([]).fields == []


def test_the_answer_to_a_field_does_not_depend_on_the_batch_it_stands_in() -> None:
    names = ["blast", "empty", "healthy-ghost", "ghost-blast-healthy"]
    together = two_step().run([field(n) for n in names]).answers
    alone = [two_step().run([field(n)]).answers for n in names]
    assert together is not None
    assert torch.equal(together.probabilities, torch.cat([a.probabilities for a in alone if a is not None]))


def test_what_is_called_other_never_reaches_diagnose_and_the_kept_cells_keep_their_places() -> None:
    state = two_step("healthy", "lymphoblast", "other").run(
        [field("ghost-blast"), field("ghost"), field("healthy-ghost")]
    )
    assert state.cells is not None and state.crops is not None
    assert [c.names() for c in state.cells] == [["lymphoblast"], [], ["healthy"]]
    assert state.cells[0].boxes.tolist() == [[20, 10, 36, 26]]
    assert state.crops.field_index.tolist() == [0, 2] and state.crops.cell_index.tolist() == [0, 0]
    assert state.answers is not None and state.answers.abstain.tolist() == [False, True, False]


def test_without_detect_the_whole_field_is_the_cell_and_its_probability_the_answer() -> None:
    step = Step("classify", "darkness", ByDarkness(), classes=("healthy", "ALL"))
    pipeline = Pipeline([step], ("healthy", "ALL"), "ALL")
    dark = Field.of(Record("dark"), np.full((20, 30, 3), 10, np.uint8))
    state = pipeline.run([dark, field("empty")])
    assert answers(state) == ["ALL", "healthy"]
    assert state.crops is not None and state.crops.boxes[0].tolist() == [0, 0, 30, 20]


def test_without_classify_the_detectors_labels_and_scores_are_the_predictions() -> None:
    class Labelled:
        @hookimpl
        def leukcad_detect(self, fields: Sequence[Field]) -> list[Cells]:
            box = [[0, 0, 9, 9]]
            return [Cells.of(box, labels=[1], scores=[0.9], classes=["healthy", "lymphoblast"]) for _ in fields]

    steps = [Step("detect", "d", Labelled()), Step("diagnose", "any", AnyBlast(), classes=("healthy", "ALL"))]
    state = Pipeline(steps, ("healthy", "ALL"), "ALL").run([field("empty")])
    assert state.answers is not None and state.answers.probabilities[0, 1] == pytest.approx(0.9)


def test_classes_that_do_not_fit_the_field_are_refused_with_a_cure() -> None:
    step = Step("classify", "darkness", ByDarkness(), classes=("healthy", "lymphoblast"))
    with pytest.raises(LeukcadError, match="add a diagnose step"):
        Pipeline([step], ("healthy", "ALL")).run([field("empty")])


def test_heat_maps_come_back_to_the_place_of_their_crop() -> None:
    pipeline = two_step()
    state = pipeline.run([field("empty-blast")])
    heat = pipeline.explain(state)[0]
    assert heat is not None and heat.values.shape == (40, 80)
    assert heat.values[15, 25] == pytest.approx(40, abs=1) and heat.values[15, 5] == 0


def test_a_crop_that_reaches_over_the_border_loses_only_what_lies_outside() -> None:
    heat = Heatmap(torch.ones(8, 8), "ALL", "m")
    laid = to_field(field("empty"), [(heat, [-8.0, -8.0, 8.0, 8.0]), (heat, [500.0, 500.0, 520.0, 520.0])]).values
    assert laid[:8, :8].min() == 1 and laid.sum() == 64


def test_a_second_classifier_works_on_the_cells_that_the_first_kept() -> None:
    reject = Step("classify", "wbc", ByDarkness(), place=2, classes=("WBC", "other"))

    class Second(ByDarkness):
        seen: int = 0

        @hookimpl
        def leukcad_classify(self, crops: Crops, step: Step) -> Predictions:
            Second.seen = len(crops)
            return ByDarkness.leukcad_classify(self, crops, step)

    second = Step("classify", "blast", Second(), place=3, classes=("healthy", "lymphoblast"))
    steps = [Step("detect", "spots", DarkSpots(), place=1), reject, second]
    steps.append(Step("diagnose", "any", AnyBlast(), place=4, classes=("healthy", "ALL")))
    state = Pipeline(steps, ("healthy", "ALL"), "ALL").run([field("ghost-healthy-ghost"), field("ghost-ghost")])
    assert Second.seen == 1
    assert state.answers is not None and state.answers.abstain.tolist() == [False, True]
