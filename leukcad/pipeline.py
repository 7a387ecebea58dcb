"""The one path for both routes: read → preprocess → detect | segment → crop → classify → diagnose (→ explain).

A step that the YAML leaves out takes its neutral element: without detect a field has one cell, the whole field; without
crop that cell is resized to the classifier's input; without classify the detector's labels and scores are the
predictions; without diagnose the cell's probability is the field's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.hookspecs import LEARNING
from leukcad.host import hooks_of
from leukcad.labels import OTHER
from leukcad.types import Cells, Crops, Field, Heatmap, Predictions

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad.step import Step

DEFAULT_SIZE = 224  # px, for a classifier that does not say its input size


@dataclass
class State:
    """A batch of fields on its way; `cells` None means one cell each, the whole field. `answers`: one row per field.

    squashed: whole fields by side, which pipelines that opened the batch together share.
    """

    fields: list[Field]
    cells: list[Cells] | None = None
    crops: Crops | None = None
    predictions: Predictions | None = None
    answers: Predictions | None = None
    squashed: dict[int, Crops] = dataclasses.field(default_factory=dict)

    def found(self, index: int) -> Cells | None:
        """The cells of field `index`, None where the field is the cell."""
        return None if self.cells is None else self.cells[index]


@dataclass(eq=False)
class Pipeline:
    """The steps, in order, over field classes `classes`."""

    steps: Sequence[Step]
    classes: tuple[str, ...]
    positive: str | None = None

    def learners(self) -> list[Step]:
        """The steps that learn, in pipeline order."""
        return [step for step in self.steps if set(LEARNING) <= set(hooks_of(type(step.component)))]

    def run(self, fields: Sequence[Field], until: Step | None = None) -> State:
        """Take fields through the steps (all, or those before `until`); nothing is explained here."""
        return self._go(State(list(fields)), 0, until)

    def opening(self) -> int:
        """How many steps stand before the first that learns; what they do depends on their options alone."""
        learners = self.learners()
        return next((i for i, s in enumerate(self.steps) if learners and s is learners[0]), len(self.steps))

    def opening_key(self) -> str:
        """Pipelines with equal keys make the same of the same fields in their opening steps."""
        steps = [(s.stage, s.name, s.origin, sorted(s.options.items())) for s in self.steps[: self.opening()]]
        return repr((steps, self.size_after(0)))

    def open(self, fields: Sequence[Field]) -> State:
        """Take fields through the opening steps."""
        state, end = State(list(fields)), self.opening()
        return self._go(state, 0, self.steps[end] if end < len(self.steps) else None)

    def close(self, opened: State) -> State:
        """Take an opened batch, which stays as it is, through the other steps."""
        if self.opening() == len(self.steps):
            return opened
        return self._go(replace(opened), self.opening(), None)

    def _go(self, state: State, start: int, until: Step | None) -> State:
        for place, step in enumerate(self.steps[start:], start):
            if step is until:
                return state
            self.advance(state, step, place)
        if state.answers is None:
            state.answers = self._neutral_answers(state)
        return state

    def advance(self, state: State, step: Step, place: int) -> None:
        """Let one step work on the state."""
        if not state.fields:
            return
        if step.stage == "preprocess":
            state.fields, state.squashed = step.preprocess(state.fields), {}
        elif step.stage == "detect":
            state.cells, state.crops, state.predictions = step.detect(state.fields), None, None
        elif step.stage == "segment":
            state.cells = step.segment(state.fields, state.cells)
        elif step.stage == "crop":
            state.crops = step.crop(state.fields, self.cells_of(state), self.size_after(place))
        elif step.stage == "classify":
            self._classify(state, step)
        elif step.stage == "diagnose":
            self._diagnose(state, step)

    def size_after(self, place: int) -> int:
        """The input size of the next classifier at or after `place`."""
        for step in self.steps[place:]:
            if step.stage == "classify":
                return int(getattr(step.component, "input_size", DEFAULT_SIZE))
        return DEFAULT_SIZE

    def cells_of(self, state: State) -> list[Cells]:
        """The cells found so far; without detection one cell a field, the whole of it."""
        return state.cells if state.cells is not None else [whole(field) for field in state.fields]

    def crops_for(self, state: State, step: Step) -> Crops:
        """What `step` gets to see: the crops made before it, or each cell squashed to its input size."""
        if state.crops is not None:
            return state.crops
        size = int(getattr(step.component, "input_size", DEFAULT_SIZE))
        if state.cells is not None:
            return squash(state.fields, state.cells, size)
        if size not in state.squashed:
            state.squashed[size] = squash(state.fields, self.cells_of(state), size)
        return state.squashed[size]

    def explain(self, state: State) -> list[Heatmap | None]:
        """One heat map per field in field coordinates, (H, W); None where a field has no cell or nothing explains."""
        explainer = next((step for step in self.steps if step.stage == "explain"), None)
        classifier = next((step for step in reversed(self.steps) if step.stage == "classify"), None)
        if explainer is None or classifier is None or state.crops is None or state.predictions is None:
            return [None] * len(state.fields)
        targets = self._targets(state.predictions, classifier)
        maps = explainer.explain(state.crops, targets, classifier.component) if len(state.crops) else []
        owners = state.crops.field_index.tolist()
        boxes = state.crops.boxes.tolist()
        out: list[Heatmap | None] = []
        for i, field in enumerate(state.fields):
            mine = [(maps[k], boxes[k]) for k in range(len(maps)) if owners[k] == i]
            out.append(to_field(field, mine) if mine else None)
        return out

    def _targets(self, predictions: Predictions, classifier: Step) -> list[str]:
        """The class a map speaks of: the positive one where there is one, else the one called."""
        speaks = [c for c in (*classifier.positive_cells, self.positive) if c in predictions.classes]
        if self.positive and speaks:
            return [speaks[0]] * len(predictions)
        return [predictions.classes[i] for i in predictions.probabilities.argmax(dim=1).tolist()]

    def _classify(self, state: State, step: Step) -> None:
        crops = self.crops_for(state, step)
        predictions = ordered(step.classify(crops), step.classes)
        state.crops, state.predictions = crops, predictions
        if OTHER in predictions.classes and state.cells is not None:
            keep(state, predictions.probabilities.argmax(dim=1) != predictions.classes.index(OTHER))
        elif state.cells is not None:
            keep(state, None)
        if any(later.stage == "classify" for later in self.steps[self._place(step) + 1 :]):
            state.crops = None  # a later classifier looks afresh at the cells that were kept

    def _place(self, step: Step) -> int:
        return next(i for i, s in enumerate(self.steps) if s is step)

    def _diagnose(self, state: State, step: Step) -> None:
        cells = self.cells_of(state)
        predictions, field_index, cell_index = self.told(state, cells)
        state.answers = ordered(step.diagnose(cells, predictions, field_index, cell_index), self.classes)

    def told(self, state: State, cells: list[Cells]) -> tuple[Predictions, Tensor, Tensor]:
        """What is said of each cell, with its field and its place there: by the classifier, else by the detector."""
        if state.predictions is not None and state.crops is not None:
            return state.predictions, state.crops.field_index, state.crops.cell_index
        return detected(cells)

    def _neutral_answers(self, state: State) -> Predictions | None:
        """Without diagnose the whole field's prediction is its answer; a pipeline that ends at cells has none."""
        if state.cells is None and state.predictions is not None:
            return ordered(state.predictions, self.classes)
        return None


def whole(field: Field) -> Cells:
    """One cell, the whole field."""
    return Cells.of([[0, 0, field.width, field.height]])


def squash(fields: Sequence[Field], cells: Sequence[Cells], size: int) -> Crops:
    """The neutral crop: each cell's box squashed to `size`, uint8 (N, 3, size, size)."""
    import torch

    from leukcad.regions import sample
    from leukcad.types import concatenate

    parts = []
    for i, (field, found) in enumerate(zip(fields, cells, strict=True)):
        n = len(found)
        pixels = sample(field.image, found.boxes, size)
        parts.append(Crops(pixels, found.boxes, torch.full((n,), i), torch.arange(n), found.labels))
    return concatenate(parts) if parts else Crops.empty(size)


def ordered(predictions: Predictions, classes: Sequence[str]) -> Predictions:
    """The same answers with their columns in the order of `classes`; raises `LeukcadError` if they are others."""
    if predictions.classes == tuple(classes):
        return predictions
    if set(predictions.classes) != set(classes):
        came = ", ".join(predictions.classes)
        cure = "add a diagnose step, or give fields and cells the same classes"
        raise LeukcadError(f"answers: expected the classes {', '.join(classes)}, got {came}", cure=cure)
    columns = [predictions.classes.index(name) for name in classes]
    told = predictions.probabilities[:, columns]
    return Predictions(told, tuple(classes), predictions.abstain, predictions.reasons)


def keep(state: State, mask: Tensor | None) -> None:
    """Keep the cells of the current crops that `mask` keeps (all: None), with the labels that were called."""
    import torch

    if state.crops is None or state.predictions is None or state.cells is None:
        return
    crops, told = state.crops, state.predictions
    rows = torch.arange(len(crops)) if mask is None else mask.cpu().nonzero().flatten()
    owners, places = crops.field_index.cpu()[rows], crops.cell_index.cpu()[rows]
    called = told.probabilities.cpu().argmax(dim=1)[rows] if len(rows) else rows
    kept, renumbered = [], torch.zeros_like(places)
    for i, cells in enumerate(state.cells):
        mine = (owners == i).nonzero().flatten()
        renumbered[mine] = torch.arange(len(mine))
        kept.append(cells.select(places[mine]).replace(labels=called[mine], classes=told.classes))
    state.cells = kept
    at = rows.to(told.probabilities.device)
    reasons = tuple(told.reasons[i] for i in rows.tolist())
    state.predictions = Predictions(told.probabilities[at], told.classes, told.abstain[at], reasons)
    state.crops = crops.select(rows.to(crops.pixels.device)).replace(cell_index=renumbered)


def detected(cells: Sequence[Cells]) -> tuple[Predictions, Tensor, Tensor]:
    """A detector's own labels and scores as predictions, with the field and the cell of each row."""
    import torch

    classes = next((c.classes for c in cells if len(c)), cells[0].classes if cells else ())
    rows: list[Any] = []
    for found in cells:
        spread = (1 - found.scores[:, None]) / max(1, len(classes) - 1)
        row = spread.expand(len(found), len(classes)).clone()
        known = found.labels >= 0
        row[known.nonzero().flatten(), found.labels[known]] = found.scores[known]
        rows.append(row)
    counts = torch.tensor([len(c) for c in cells])
    owners = torch.repeat_interleave(torch.arange(len(cells)), counts)
    places = torch.cat([torch.arange(len(c)) for c in cells])
    return Predictions.of(torch.cat(rows).float(), classes), owners, places


def to_field(field: Field, parts: Sequence[tuple[Heatmap, list[float]]]) -> Heatmap:
    """Heat maps of crops back in the field, (H, W); where crops overlap the larger value stands."""
    import torch
    import torch.nn.functional as F

    canvas = torch.zeros((field.height, field.width))
    for heat, box in parts:
        x0, y0, x1, y1 = (round(v) for v in box)
        size = (max(1, y1 - y0), max(1, x1 - x0))
        values = heat.values.detach().float().cpu()[None, None]
        laid = F.interpolate(values, size, mode="bilinear", align_corners=False)[0, 0]
        left, top, right, bottom = (
            max(x0, 0),
            max(y0, 0),
            min(x0 + size[1], field.width),
            min(y0 + size[0], field.height),
        )
        if right > left and bottom > top:
            here = canvas[top:bottom, left:right]
            torch.maximum(here, laid[top - y0 : bottom - y0, left - x0 : right - x0], out=here)
    sums = [heat.raw for heat, _ in parts if heat.raw is not None]
    raw = (sum(s[0] for s in sums), sum(s[1] for s in sums)) if len(sums) == len(parts) else None
    return Heatmap(canvas, parts[0][0].target, parts[0][0].method, raw)
