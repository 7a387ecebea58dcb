"""Edits in pixels: cells are set in, exchanged, taken out; boxes, labels, regions and nuclei stay exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.canvas import Canvas
from leukcad_smears.editing.blending import Name, blend
from leukcad_smears.editing.host import Host
from leukcad_smears.editing.pieces import TAIL, Piece
from leukcad_smears.masks import disc
from leukcad_smears.render import boxes_of
from leukcad_smears.shapes import Slices, overlap

if TYPE_CHECKING:
    from leukcad import Field, Record

Bools = NDArray[np.bool_]


class Workpiece(Canvas):
    """A running copy of a host. Leukocytes keep their number, and their pixels, while others are edited."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.field, ())
        self.host = host
        self._gone: set[int] = set()
        self.pixel_size = host.field.pixel_size
        #: Where leukocytes are now, also those whose annotation is a box only.
        self.occupied = host.regions.copy()

    def know(self, kinds: set[str]) -> None:
        """Kinds that may be set in: they become classes of the truth."""
        self.classes = (*self.classes, *sorted(kinds - {*self.classes}))

    def lay(self, piece: Piece, corner: tuple[int, int], blending: Name, own: int = 0) -> Bools | None:
        """Set a piece's pixels in, with its corner at (x, y) px, behind all leukocytes but number `own`.

        Answers the piece's mask where it shows, bool (h, w) of the whole piece; None where nothing does.
        """
        import cv2

        met = overlap(*corner, piece.mask.shape, self.image.shape[1], self.image.shape[0])
        if met is None:
            return None
        there, here = met
        labels = self.occupied[there]
        others = (labels > 0) & (labels != own)
        # Other leukocytes stay in front, untouched; the piece fades out beside them.
        beside = np.asarray(cv2.GaussianBlur((~others).astype(np.float32), (0, 0), 0.9)) * ~others
        alpha = (piece.alpha[here] * beside).astype(np.float32)
        mask = piece.mask[here] & ~others
        if not mask.any():
            return None
        below, white = self.image[there].astype(np.float32), self.host.white[there]
        part = piece.part(here)
        mixed = blend(below, part.lit(white), mask, alpha, white, blending)
        touched = _touched(mask, alpha, blending) & ~others
        np.copyto(self.image[there], np.clip(np.rint(mixed), 0, 255).astype(np.uint8), where=touched[..., None])
        shown = np.zeros(piece.mask.shape, bool)
        shown[here] = mask
        return shown

    def set_in(self, piece: Piece, corner: tuple[int, int], blending: Name, entry: Mapping[str, Any]) -> bool:
        """One more cell, or False where no part of it would show."""
        shown = self.lay(piece, corner, blending)
        if shown is None:
            return False
        self._boxes.append([0.0, 0.0, 0.0, 0.0])
        self._labels.append(-1)
        self._scores.append(1.0)
        self._mark(len(self._boxes) - 1, piece, shown, corner, {"blending": blending, **entry})
        return True

    def exchange(self, i: int, piece: Piece, corner: tuple[int, int], blending: Name, entry: Mapping[str, Any]) -> bool:
        """The piece in the place of cell `i`, whose pixels were taken out before; False where nothing would show."""
        shown = self.lay(piece, corner, blending, own=i + 1)
        if shown is None:
            return False
        self._erase(i)
        self._mark(i, piece, shown, corner, {"blending": blending, **entry})
        return True

    def remove(self, i: int, **entry: Any) -> None:
        """Cell `i` is no more; its pixels are the caller's. The ledger names its number in the host's truth."""
        kind = self.classes[self._labels[i]] if self._labels[i] >= 0 else ""
        x0, y0, x1, y1 = self._boxes[i]
        self._erase(i)
        self._gone.add(i)
        self._ledger.append({"cell": i, "kind": kind, "x": (x0 + x1) / 2, "y": (y0 + y1) / 2, **entry})

    def become(self, image: NDArray[np.uint8], maps: Sequence[NDArray[np.int32]], boxes: NDArray[np.float32]) -> None:
        """Other pixels and label maps (regions, nuclei, occupied); `boxes` of cells without a region.

        Cells of which nothing is left leave the truth.
        """
        self.image, before = image, self.occupied
        self.regions, self.nuclei, self.occupied = maps
        moved = before != self.occupied
        changed = {int(n) - 1 for n in np.union1d(before[moved], self.occupied[moved])}
        found, seen = boxes_of(self.occupied, len(self._boxes))
        exact = dict(zip(seen, found.tolist(), strict=True))
        for i in range(len(self._boxes)):
            if i in self.host.leukocytes or i >= len(self.host.boxes):
                if i in changed:  # another one keeps the box that it was annotated with
                    self._boxes[i] = exact.get(i, self._boxes[i])
                if i not in exact:
                    self._gone.add(i)
                continue
            x0, y0, x1, y1 = self._clipped(boxes[i])
            self._boxes[i] = [x0, y0, x1, y1]
            if x1 <= x0 or y1 <= y0:
                self._gone.add(i)

    def _clipped(self, box: NDArray[np.float32]) -> list[float]:
        height, width = self.image.shape[:2]
        return [float(np.clip(v, 0, most)) for v, most in zip(box, (width, height, width, height), strict=True)]

    def note_change(self, entry: Mapping[str, Any]) -> None:
        """A line in the ledger for an edit that neither adds nor removes a leukocyte."""
        self._ledger.append({"cell": -1, **entry})

    def _mark(self, i: int, piece: Piece, shown: Bools, corner: tuple[int, int], entry: Mapping[str, Any]) -> None:
        there, here = _meet(self.image, piece, corner)
        mask = shown[here]
        self.regions[there][mask] = self.occupied[there][mask] = i + 1
        self.nuclei[there][mask] = 0
        if piece.nucleus is not None:
            self.nuclei[there][piece.nucleus[here] & mask] = i + 1
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left = there[0].start, there[1].start
        box = [left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1]
        self._boxes[i] = [float(v) for v in box]
        self._labels[i] = self.classes.index(piece.kind)
        x, y = (self._boxes[i][0] + self._boxes[i][2]) / 2, (self._boxes[i][1] + self._boxes[i][3]) / 2
        self._ledger.append({"cell": i, "kind": piece.kind, "x": x, "y": y, **piece.about, **entry})

    def _erase(self, i: int) -> None:
        for labels in (self.regions, self.nuclei, self.occupied):
            labels[labels == i + 1] = 0

    def _made(self, record: Record) -> Field:
        made = super()._made(record).replace(pixel_size=self.pixel_size)
        if not self._gone:
            return made
        assert made.truth is not None  # every field made has one
        kept = [i for i in range(len(made.truth)) if i not in self._gone]
        return made.replace(truth=made.truth.select(kept))


def _meet(image: NDArray[np.uint8], piece: Piece, corner: tuple[int, int]) -> tuple[Slices, Slices]:
    met = overlap(*corner, piece.mask.shape, image.shape[1], image.shape[0])
    assert met is not None  # something of it showed
    return met


def _touched(mask: Bools, alpha: NDArray[np.float32], blending: Name) -> Bools:
    import cv2

    if blending == "mean3x3":
        return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, bool)
    if blending == "layer":
        return np.asarray(cv2.dilate(mask.astype(np.uint8), disc(TAIL)) > 0, bool)
    return alpha > 0
