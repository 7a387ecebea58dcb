"""What one field adds to the count of its slide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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


@dataclass(frozen=True)
class Seen:
    """One cell. box: xyxy px. name: its class, '' where unknown. certainty: the probability of that class, 0 where the
    classifier abstains. border: whether it reaches the right or the lower edge of its field."""

    box: tuple[float, float, float, float]
    name: str
    certainty: float
    border: bool = False

    @property
    def is_cell(self) -> bool:
        """Whether it is neither a platelet nor something else than a cell."""
        return _kind(self.name) not in NO_WBC


def look(model: Trained, state: State, image: Field) -> list[Seen]:
    """The cells of the one field in `state`. Raises `LeukcadError` for a run without cells."""
    found = state.found(0)
    if found is None:
        cure = "take a run that detects or segments cells, such as two_step"
        raise LeukcadError(f"{model.name}: classifies whole fields, so it counts no cells", cure=cure)
    certain = _certainty(model, state, len(found))
    seen = []
    for place, (name, (x0, y0, x1, y1)) in enumerate(zip(found.names(), found.boxes.tolist(), strict=True)):
        border = x1 >= image.width - 1 or y1 >= image.height - 1
        seen.append(Seen((x0, y0, x1, y1), name, certain.get(place, 0.0), border))
    return seen


def tally(cells: Iterable[Seen], *, sure: float, border_rule: bool) -> Count:
    """Cells by what they are.

    A cell that reaches the right or the lower edge is not counted, one that reaches the left or the upper edge is: so
    no cell on a seam counts twice or never (the rule of the counting chamber). A cell whose likeliest class has less
    than `sure`, or of which the classifier abstains, is unclassifiable.
    """
    told = Count()
    for cell in cells:
        kind = _kind(cell.name)
        if kind in NO_WBC:
            continue
        if border_rule and cell.border:
            told.border += 1
        elif kind in RED:
            told.red += 1
        elif kind in SMUDGE:
            told.smudge += 1
        elif not cell.name or cell.certainty < sure:
            told.unclassifiable += 1
        else:
            told.classes[cell.name] += 1
    return told


def without_pixels(state: State) -> State:
    """What is needed to unite a slide's fields: no pictures, no maps."""
    cells: list[Cells] = [c.replace(regions=None, nuclei=None) for c in state.cells or []]
    state.fields, state.cells = [], cells
    return state


def _kind(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")


def _certainty(model: Trained, state: State, n: int) -> dict[int, float]:
    """Place of a cell → the probability of its likeliest class; 0 where the classifier abstains."""
    if not n:
        return {}
    told, _, places = model.pipeline.told(state, model.pipeline.cells_of(state))
    best = told.probabilities.amax(dim=1).masked_fill(told.abstain, 0.0)
    return dict(zip(places.tolist(), best.tolist(), strict=True))
