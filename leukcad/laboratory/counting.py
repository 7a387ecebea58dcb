"""What one field adds to the count of its slide."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from leukcad.answering import Trained
    from leukcad.pipeline import State
    from leukcad.types import Cells, Field

RED = frozenset({"rbc", "red cell", "red blood cell", "erythrocyte"})
SMUDGE = frozenset({"smudge", "smudge cell", "basket cell"})
NO_WBC = frozenset({"platelet", "platelets", "thrombocyte", "other", "artefact", "debris"})


@dataclass
class Count:
    """Cells by what they are; `classes` holds the leukocytes that count in the differential."""

    classes: Counter[str] = field(default_factory=Counter)
    red: int = 0
    smudge: int = 0
    unclassifiable: int = 0
    border: int = 0

    @property
    def counted(self) -> int:
        """Leukocytes in the differential."""
        return sum(self.classes.values())

    def add(self, other: Count) -> None:
        """Take another count in."""
        self.classes.update(other.classes)
        for name in ("red", "smudge", "unclassifiable", "border"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def count(model: Trained, state: State, image: Field, *, sure: float, border_rule: bool) -> Count:
    """The cells of the one field in `state`.

    A cell that reaches the right or the lower edge is not counted, one that reaches the left or the upper edge is: so
    no cell on a seam counts twice or never (the rule of the counting chamber). A cell whose likeliest class has less
    than `sure`, or of which the classifier abstains, is unclassifiable. Raises `LeukcadError` for a run without cells.
    """
    found = state.found(0)
    if found is None:
        cure = "take a run that detects or segments cells, such as two_step"
        raise LeukcadError(f"{model.name}: classifies whole fields, so it counts no cells", cure=cure)
    certain = _certainty(model, state, len(found))
    told = Count()
    for place, (name, box) in enumerate(zip(found.names(), found.boxes.tolist(), strict=True)):
        kind = name.lower().replace("_", " ").replace("-", " ")
        if kind in NO_WBC:
            continue
        if border_rule and (box[2] >= image.width - 1 or box[3] >= image.height - 1):
            told.border += 1
        elif kind in RED:
            told.red += 1
        elif kind in SMUDGE:
            told.smudge += 1
        elif not name or certain.get(place, 0.0) < sure:
            told.unclassifiable += 1
        else:
            told.classes[name] += 1
    return told


def without_pixels(state: State) -> State:
    """What is needed to unite a slide's fields: no pictures, no maps."""
    cells: list[Cells] = [c.replace(regions=None, nuclei=None) for c in state.cells or []]
    state.fields, state.cells = [], cells
    return state


def _certainty(model: Trained, state: State, n: int) -> dict[int, float]:
    """Place of a cell → the probability of its likeliest class; 0 where the classifier abstains."""
    if not n:
        return {}
    told, _, places = model.pipeline.told(state, model.pipeline.cells_of(state))
    best = told.probabilities.amax(dim=1).masked_fill(told.abstain, 0.0)
    return dict(zip(places.tolist(), best.tolist(), strict=True))
