"""What each stage is asked, item by item, so that one set of questions fits all stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.testing import look, samples
from leukcad.types import Cells, Crops, Field, Predictions

if TYPE_CHECKING:
    from leukcad.step import Step
    from leukcad.testing.subject import Subject

SIZE, DOSES = 64, (1, 3)  # px of crops; cells that a synthesizer is asked to add


@dataclass(frozen=True)
class Exercise:
    """How a stage is asked.

    items: what it is asked about. answer: one answer for each item. look: what is wrong with an answer beyond its
    type, None where nothing is. tolerance: by how much answers of one item may differ between batches.
    """

    items: Sequence[Any]
    answer: Callable[[Step, Sequence[Any]], list[Any]]
    look: Callable[[Any, Any], str | None]
    tolerance: float = 1e-4


def exercise(subject: Subject) -> Exercise:
    """The questions for a subject's stage."""
    return _MAKERS[subject.stage](subject)


def _data(subject: Subject) -> Exercise:
    records = subject.untaught().index()[:6]
    return Exercise(records, lambda step, asked: [step.read(r) for r in asked], look.read)


def _preprocess(_: Subject) -> Exercise:
    return Exercise(samples.draw_fields(), lambda step, asked: step.preprocess(asked), look.preprocessed)


def _detect(_: Subject) -> Exercise:
    return Exercise(samples.draw_fields(), lambda step, asked: step.detect(asked), look.found)


def _segment(_: Subject) -> Exercise:
    return Exercise(_pairs(), lambda step, asked: step.segment(*_columns(asked)), look.segmented)


def _crop(_: Subject) -> Exercise:
    # with label maps, as a segmenter hands cells on: some crops show nothing but the cell
    pairs = [(f, f.truth or Cells.empty(samples.CELL_CLASSES)) for f in samples.draw_fields()]
    return Exercise(pairs, _cropped, look.cropped)


def _classify(subject: Subject) -> Exercise:
    return Exercise(_singles(subject.size), _classified, lambda item, row: None, 1e-3)


def _diagnose(_: Subject) -> Exercise:
    return Exercise(samples.draw_units(), _diagnosed, look.diagnosed)


def _explain(_: Subject) -> Exercise:
    return Exercise(_singles(SIZE), _explained, look.explained, 1e-3)


def _synthesize(_: Subject) -> Exercise:
    def answer(step: Step, asked: Sequence[Field]) -> list[Any]:
        return [list(step.synthesize(field, DOSES, donors())) for field in asked]

    # with WBC of both kinds: some edits add cells, others take them out
    fields = [samples.draw_field(samples.CELL_CLASSES * 3, seed) for seed in (1, 2)]
    return Exercise(fields, answer, look.synthesized)


_MAKERS: dict[str, Callable[[Subject], Exercise]] = {
    "data": _data,
    "preprocess": _preprocess,
    "detect": _detect,
    "segment": _segment,
    "crop": _crop,
    "classify": _classify,
    "diagnose": _diagnose,
    "explain": _explain,
    "synthesize": _synthesize,
}


def donors() -> list[Field]:
    """Fields whose cells may be pasted: a lymphocyte and a lymphoblast each."""
    return [samples.draw_field(samples.CELL_CLASSES, 500 + i, f"donor{i}") for i in range(3)]


def nothing(step: Step, size: int) -> list[Any]:
    """What a step answers to nothing at all: no fields, no crops, no units, no doses."""
    import torch

    none = torch.zeros(0, dtype=torch.int64)
    blank = Predictions.of(torch.zeros((0, 2)), samples.CELL_CLASSES)
    asks: dict[str, Callable[[], Any]] = {
        "preprocess": lambda: step.preprocess([]),
        "detect": lambda: step.detect([]),
        "segment": lambda: step.segment([], []),
        "crop": lambda: step.crop([], [], size),
        "classify": lambda: step.classify(Crops.empty(size)),
        "diagnose": lambda: step.diagnose([], blank, none, none),
        "explain": lambda: step.explain(Crops.empty(size), [], samples.tiny_model()),
        "synthesize": lambda: list(step.synthesize(samples.draw_field(), (), donors())),
    }
    answer = asks[step.stage]()
    return answer if isinstance(answer, list) else [None] * len(answer)


def _pairs() -> list[tuple[Field, Cells]]:
    return [(field, _bare(field)) for field in samples.draw_fields()]


def _bare(field: Field) -> Cells:
    """The boxes of the truth as a detector would hand them on."""
    truth = field.truth or Cells.empty(samples.CELL_CLASSES)
    return truth.replace(regions=None, nuclei=None)


def _columns(pairs: Sequence[tuple[Field, Cells]]) -> tuple[list[Field], list[Cells]]:
    return [field for field, _ in pairs], [cells for _, cells in pairs]


def _cropped(step: Step, asked: Sequence[tuple[Field, Cells]]) -> list[Crops]:
    crops = step.crop(*_columns(asked), SIZE)
    parts = [crops.select(crops.field_index == i) for i in range(len(asked))]
    return [part.replace(field_index=part.field_index * 0) for part in parts]


def _singles(size: int) -> list[Crops]:
    crops = samples.draw_crops(6, size, 3)
    return [crops.select(crops.cell_index == i) for i in range(len(crops))]


def _batch(asked: Sequence[Crops]) -> Crops:
    from leukcad.types import concatenate

    return concatenate(asked)


def _rows(told: Predictions) -> list[Any]:
    from leukcad.pipeline import ordered

    same = ordered(told, sorted(told.classes))
    return list(zip(same.probabilities, same.abstain, same.reasons, strict=True))


def _classified(step: Step, asked: Sequence[Crops]) -> list[Any]:
    return _rows(step.classify(_batch(asked)))


def _explained(step: Step, asked: Sequence[Crops]) -> list[Any]:
    targets = [samples.CELL_CLASSES[int(c.cell_index[0]) % 2] for c in asked]
    device = step.device if step.device.startswith("cuda") else "cpu"
    return list(step.explain(_batch(asked), targets, samples.tiny_model(device)))


def _diagnosed(step: Step, asked: Sequence[tuple[Cells, Any]]) -> list[Any]:
    import torch

    counts = torch.tensor([len(cells) for cells, _ in asked])
    owners = torch.repeat_interleave(torch.arange(len(asked)), counts)
    places = torch.cat([torch.arange(int(n)) for n in counts])
    told = Predictions.of(torch.cat([rows for _, rows in asked]), samples.CELL_CLASSES)
    return _rows(step.diagnose([cells for cells, _ in asked], told, owners, places))
