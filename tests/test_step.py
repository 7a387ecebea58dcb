"""A step calls the one component that was chosen; whatever a component does wrong is named with its distribution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from leukcad import Cells, Crops, Field, Heatmap, LeukcadError, PluginError, Predictions, Record, Step, hookimpl
from leukcad.types import TypeMismatch

FIELDS = [Field.of(Record(f"Im00{i}_1"), np.full((8, 8, 3), i, np.uint8)) for i in range(2)]


class Answers:
    """Answers every hook with what it was given to answer; an exception is raised."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def _(self) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    @hookimpl
    def leukcad_index(self) -> Any:
        return self._()

    @hookimpl
    def leukcad_read(self, record: Record) -> Any:
        return self._()

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field]) -> Any:
        return self._()

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field]) -> Any:
        return self._()

    @hookimpl
    def leukcad_crop(self, cells: Sequence[Cells]) -> Any:
        return self._()

    @hookimpl
    def leukcad_classify(self, crops: Crops) -> Any:
        return self._()

    @hookimpl
    def leukcad_explain(self, crops: Crops) -> Any:
        return self._()

    @hookimpl
    def leukcad_synthesize(self, field: Field) -> Any:
        return self._()

    @hookimpl
    def leukcad_fit(self) -> Any:
        return self._()

    @hookimpl
    def leukcad_state(self) -> Any:
        return self._()


def step(answer: Any, stage: str = "detect", **more: Any) -> Step:
    return Step(stage, "mine", Answers(answer), origin="leukcad-mine 0.3", classes=("healthy", "ALL"), **more)


def refused(call: Any, said: str) -> None:
    """The call is refused, and the message names the step, its distribution and what was wrong."""
    with pytest.raises(PluginError) as caught:
        call()
    assert "'mine' (leukcad-mine 0.3)" in str(caught.value) and said in str(caught.value)


def test_what_a_component_answers_is_handed_on() -> None:
    found = [Cells.empty(), Cells.empty()]
    assert step(found).detect(FIELDS) == found


def test_none_is_refused() -> None:
    refused(lambda: step(None).detect(FIELDS), "leukcad_detect answered None; return an empty value instead")
    refused(lambda: step(None, "data").index(), "leukcad_index answered None")
    refused(lambda: step(None, "classify").state(), "leukcad_state answered None")


def test_learning_answers_nothing() -> None:
    step(None, "classify").fit(None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([Cells.empty()], "expected 2 Cells, got 1 of Cells"),
        ([], "expected 2 Cells, got []"),
        ([Cells.empty(), "nothing"], "expected 2 Cells"),
        ((Cells.empty(), Cells.empty()), "expected 2 Cells"),
        (7, "expected 2 Cells, got 7"),
    ],
)
def test_a_list_of_another_length_or_type_is_refused(answer: Any, said: str) -> None:
    refused(lambda: step(answer).detect(FIELDS), said)


def test_what_a_component_raises_names_it_and_its_hook() -> None:
    refused(lambda: step(ZeroDivisionError("by nothing")).detect(FIELDS), "leukcad_detect raised ZeroDivisionError")
    refused(lambda: step(TypeMismatch("boxes: expected 4")).detect(FIELDS), "leukcad_detect: boxes: expected 4")


def test_the_cause_is_kept_for_a_traceback() -> None:
    with pytest.raises(PluginError) as caught:
        step(ZeroDivisionError("by nothing")).detect(FIELDS)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("error", [LeukcadError("Im001_1.jpg: the file is empty"), KeyboardInterrupt()])
def test_a_mistake_of_the_user_and_an_interrupt_pass_unchanged(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        step(error, "data").read(Record("Im001_1"))
    assert caught.value is error


def test_a_preprocessor_may_not_change_the_size() -> None:
    half = [FIELDS[0], Field.of(FIELDS[1].record, np.zeros((4, 4, 3), np.uint8))]
    refused(
        lambda: step(half, "preprocess").preprocess(FIELDS), "changed the size of Im001_1 from (3, 8, 8) to (3, 4, 4)"
    )


def test_ids_are_unique_and_records_are_records() -> None:
    refused(lambda: step([Record("a"), Record("a")], "data").index(), "the id 'a' stands twice")
    refused(lambda: step(["a"], "data").index(), "expected Record objects, got str")
    assert step(iter([Record("a"), Record("b")]), "data").index() == [Record("a"), Record("b")]


def test_an_index_that_fails_on_the_way_is_named() -> None:
    def records() -> Iterator[Record]:
        yield Record("a")
        raise OSError("the disk has gone")

    refused(lambda: step(records(), "data").index(), "leukcad_index raised OSError: the disk has gone")


def test_a_crop_for_each_cell_of_the_size_asked() -> None:
    cells = [Cells.of([[0, 0, 4, 4]]), Cells.empty()]
    refused(lambda: step(Crops.empty(16), "crop").crop(FIELDS, cells, 16), "expected 1 crops of 16 px, got 0")
    one = torch.zeros(1, dtype=torch.int64)
    wrong = Crops(torch.zeros((1, 3, 8, 8), dtype=torch.uint8), torch.zeros(1, 4), one, one, one)
    refused(lambda: step(wrong, "crop").crop(FIELDS, cells, 16), "got 1 of 8 px")


def test_answers_have_a_row_for_each_crop_over_the_classes_asked() -> None:
    crops = Crops.empty(16)
    rows = Predictions.of(torch.zeros(1, 2), ("healthy", "ALL"))
    refused(
        lambda: step(rows, "classify").classify(crops), "expected 0 rows over healthy, ALL, got 1 over healthy, ALL"
    )
    other = Predictions.of(torch.zeros(0, 2), ("no", "yes"))
    refused(lambda: step(other, "classify").classify(crops), "got 0 over no, yes")


def test_a_heat_map_for_each_crop() -> None:
    maps = [Heatmap(torch.zeros(4, 4), "ALL", "cam")]
    refused(lambda: step(maps, "explain").explain(Crops.empty(16), [], None), "expected 0 Heatmap")  # type: ignore[arg-type]


def test_a_synthesizer_that_fails_half_way_is_named() -> None:
    def fields() -> Iterator[Field]:
        yield FIELDS[0]
        raise ValueError("no plasma left")

    made = step(fields(), "synthesize").synthesize(FIELDS[0], [1, 2], [])
    assert next(made) is FIELDS[0]
    refused(lambda: next(made), "leukcad_synthesize raised ValueError: no plasma left")


def test_a_generator_depends_on_seed_stage_place_draw_and_key_and_on_nothing_else() -> None:
    def number(**more: Any) -> float:
        key = more.pop("key", "Im001_1")
        return float(step([], more.pop("stage", "detect"), **more).rng(key).random())

    assert number() == number(device="cuda", quick=True)
    changed = [{"seed": 1}, {"stage": "crop"}, {"place": 2}, {"draw": 1}, {"key": "Im002_1"}]
    assert len({number(), *(number(**change) for change in changed)}) == 6


class Counts:
    """An observer: counts what passes, and lets it pass."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    @hookimpl(wrapper=True)
    def leukcad_detect(self, fields: Sequence[Field]) -> Any:
        answer = yield
        self.seen.append(len(fields))
        return answer


def test_an_observer_sees_what_passes() -> None:
    observer = Counts()
    watched = step([Cells.empty(), Cells.empty()], observers=[observer])
    watched.detect(FIELDS)
    assert observer.seen == [2]


def test_a_misspelt_hook_is_refused_when_the_step_is_made() -> None:
    class Misspelt:
        @hookimpl
        def leukcad_detct(self, fields: Sequence[Field]) -> list[Cells]:
            return []

    with pytest.raises(Exception, match="leukcad_detct"):
        Step("detect", "mine", Misspelt())
