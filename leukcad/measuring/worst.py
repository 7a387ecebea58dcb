"""The worst of what a pipeline found: which cells and fields, and their pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.measuring.drawing import around, outlined, whole
from leukcad.measuring.scoring import Score
from leukcad.report.pictures import save

if TYPE_CHECKING:
    from leukcad.measuring.drawing import Pixels
    from leukcad.measuring.targets import Boxes
    from leukcad.types import Field

MOST = 12  # pictures of each kind
KINDS = {
    "missed": "Missed cells, the largest first",
    "alarms": "False alarms, the surest first",
    "counts": "Fields whose count is farthest off",
    "dice": "Fields whose pixels agree least (Dice)",
}


@dataclass(frozen=True, eq=False)
class Bad:
    """One thing to be shown: a cell (with its box) or a whole field."""

    kind: str
    score: Score
    words: str
    box: Boxes | None = None


def worst(scores: Sequence[Score], most: int = MOST) -> list[Bad]:
    """At most `most` of each kind: missed cells, false alarms, counts and pixels that are off, the worst first."""
    return [
        *_first(_missed(scores), most),
        *_first(_alarms(scores), most),
        *_first(_counts(scores), most),
        *_first(_dices(scores), most),
    ]


def _first(ranked: Iterator[tuple[float, Bad]], most: int) -> list[Bad]:
    return [bad for _, bad in sorted(ranked, key=lambda pair: -pair[0])[:most]]


def _missed(scores: Sequence[Score]) -> Iterator[tuple[float, Bad]]:
    for score in scores:
        for j in score.match.missed:
            box = score.target.boxes[j]
            side = float(max(box[2:] - box[:2]))
            kind = score.target.kinds[j] or "leukocyte"
            yield side / max(score.width, score.height), Bad("missed", score, f"{kind}, {side:.0f} px", box)


def _alarms(scores: Sequence[Score]) -> Iterator[tuple[float, Bad]]:
    for score in scores:
        for i in score.match.alarms:
            sure = float(score.white.scores[i])
            yield sure, Bad("alarms", score, f"score {sure:.2f}", score.white.boxes[i])


def _counts(scores: Sequence[Score]) -> Iterator[tuple[float, Bad]]:
    for score in scores:
        if score.error:
            n = len(score.target.boxes)
            yield abs(score.error), Bad("counts", score, f"found {n + score.error}, true {n}")


def _dices(scores: Sequence[Score]) -> Iterator[tuple[float, Bad]]:
    for score in scores:
        if score.dice is not None:
            yield 1 - score.dice, Bad("dice", score, f"Dice {score.dice:.3f}")


def draw(folder: Path, stem: str, bad: Sequence[Bad], read: Callable[[str], Field | None]) -> list[dict[str, Any]]:
    """Write the pictures into `folder`/pictures, each field read once; rows of kind, field, words and picture."""
    rows: dict[int, dict[str, Any]] = {}
    by_field: dict[str, list[int]] = {}
    for number, one in enumerate(bad):
        by_field.setdefault(one.score.field, []).append(number)
    for id_, numbers in by_field.items():
        field = read(id_)
        if field is None:
            continue
        pixels = field.array()
        for number in numbers:
            one = bad[number]
            path = save(folder / "pictures" / f"{stem}-{number:03d}.jpg", _drawn(pixels, one))
            row = {"kind": one.kind, "field": id_, "words": one.words, "box": _told(one.box)}
            rows[number] = {**row, "picture": path.relative_to(folder).as_posix()}
    return [rows[number] for number in sorted(rows)]


def _drawn(pixels: Pixels, bad: Bad) -> Pixels:
    if bad.box is not None:
        return around(pixels, bad)
    return outlined(pixels, bad.score) if bad.kind == "dice" else whole(pixels, bad.score)


def _told(box: Boxes | None) -> list[float] | None:
    return None if box is None else [round(float(v), 1) for v in box]
