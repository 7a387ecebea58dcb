"""One field of one pipeline, scored: hits, misses and false alarms, and how well the pixels of cells agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from leukcad.kinds import is_leukocyte
from leukcad.labels import match
from leukcad.measuring.targets import pixels_of
from leukcad.report.outlines import Polygon, outlines
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.measuring.targets import Boxes, Mask, Target


class Match(NamedTuple):
    """Found against true cells, one to one. pairs: (found, true). excused: found where nothing counts."""

    pairs: list[tuple[int, int]]
    missed: list[int]
    alarms: list[int]
    excused: list[int]


@dataclass(frozen=True, eq=False)
class Found:
    """What a pipeline found in one field. boxes: float64 (N, 4) px; scores: (N,); kinds: '' where unknown."""

    boxes: Boxes
    scores: NDArray[np.float64]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, cells: Cells) -> Found:
        """The boxes, scores and names of cells."""
        import numpy as np

        boxes, scores = (t.cpu().numpy().astype(np.float64) for t in (cells.boxes, cells.scores))
        return cls(boxes, scores, tuple(cells.names()))

    def select(self, chosen: Sequence[int]) -> Found:
        """Some of them."""
        return Found(self.boxes[list(chosen)], self.scores[list(chosen)], tuple(self.kinds[i] for i in chosen))

    def leukocytes(self) -> Found:
        """Those that are WBC, or of no known kind."""
        return self.select([i for i, kind in enumerate(self.kinds) if is_leukocyte(kind)])


@dataclass(frozen=True, eq=False)
class Score:
    """One field, scored. group: what is independent. found, ranked: all kinds, at the frozen threshold and below it.

    white: the found leukocytes, which `match` speaks of. dice, nucleus_dice: 0 to 1, None without masks, or where
    neither found nor true pixels are. drawn: outlines of found and true cells where there are masks.
    """

    field: str
    group: str
    width: int
    height: int
    target: Target
    found: Found
    ranked: Found
    white: Found
    match: Match
    dice: float | None = None
    nucleus_dice: float | None = None
    drawn: tuple[Sequence[Polygon], Sequence[Polygon]] | None = None

    @property
    def error(self) -> int:
        """Found less true leukocytes; what was found where nothing counts does not count."""
        return len(self.match.alarms) - len(self.match.missed)


def score_field(field: Field, group: str, target: Target, cells: Cells, ranked: Cells) -> Score:
    """What was found in `field` (`cells`; `ranked` with those of low scores) held against its target."""
    found = Found.of(cells)
    white = found.leukocytes()
    masks = target.cell is not None and cells.regions is not None
    return Score(
        field.record.id,
        group,
        field.width,
        field.height,
        _without_maps(target),
        found,
        Found.of(ranked),
        white,
        matched(white.boxes, target.boxes, target.ignored),
        _dice(cells, "regions", target.cell, target.void),
        _dice(cells, "nuclei", target.nucleus, target.void),
        (outlines(cells), outlines(field.truth) if field.truth is not None else []) if masks else None,
    )


def matched(found: Boxes, truth: Boxes, ignored: Boxes) -> Match:
    """One to one: a found box's centre in the true box (a true point in the found box), nearest centres first.

    `leukcad.labels.match` assigns. What hits nothing and has its centre where nothing counts is excused.
    """
    hits = match(Cells.of(found), Cells.of(truth)).tolist()
    pairs = [(i, hit) for i, hit in enumerate(hits) if hit >= 0]
    free = [i for i, hit in enumerate(hits) if hit < 0]
    excused = [i for i in free if _lies_in(found[i], ignored)]
    taken = {hit for _, hit in pairs}
    missed = [j for j in range(len(truth)) if j not in taken]
    return Match(pairs, missed, [i for i in free if i not in excused], excused)


def _lies_in(box: Boxes, places: Boxes) -> bool:
    centre = (box[:2] + box[2:]) / 2
    return bool(((places[:, :2] <= centre) & (centre <= places[:, 2:])).all(axis=1).any())


def _dice(cells: Cells, which: str, truth: Mask | None, void: Mask | None) -> float | None:
    """Dice = 2 |A ∩ B| / (|A| + |B|) of the pixels of all leukocytes; pixels that no mask speaks of do not count."""
    labels = getattr(cells, which)
    if labels is None or truth is None:
        return None
    white = [i for i, kind in enumerate(cells.names()) if is_leukocyte(kind)]
    found = pixels_of(cells, white, which)
    assert found is not None  # there are labels
    if void is not None:
        found, truth = found & ~void, truth & ~void
    both = int(found.sum()) + int(truth.sum())
    return float(2 * (found & truth).sum() / both) if both else None


def _without_maps(target: Target) -> Target:
    """A set may hold thousands of fields: their maps are not kept."""
    return replace(target, cell=None, nucleus=None, void=None)
