"""The field that is edited: what all edits of it need to know, found out once."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leukcad.kinds import is_leukocyte
from leukcad_smears.chosen import chosen_for
from leukcad_smears.masks import grown
from leukcad_smears.matching import leukocyte_size
from leukcad_smears.plasma import Places
from leukcad_smears.scene import Scene
from leukcad_smears.survey import Survey, density_of, survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from leukcad import Field, Step

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Labels = NDArray[np.int32]

#: A position's side in µm: the largest of normal leukocytes and lymphoblasts, monocytes, but for a few. The same in
#: red cells (of 7.3 µm) and in the usual leukocyte's diameter, where no pixel size is known.
LARGEST, IN_RED_CELLS, IN_LEUKOCYTES = 16.5, 2.25, 1.4
#: A usual leukocyte in red cells, and in widths of one of ALL-IDB1's fields.
IN_RED_CELL, IN_FIELD = 1.6, 0.045


class Host:
    """A field under edit. Never changed; safe in several threads."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._spots: dict[tuple[object, ...], Spots] = {}
        self._lock = threading.Lock()

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """Its pixels, uint8 (H, W, 3)."""
        return self.field.array()

    @cached_property
    def scene(self) -> Scene | None:
        """What the simulator drew, where it is known."""
        return None if self.field.scene is None else Scene.from_dict(self.field.scene)

    @cached_property
    def leukocytes(self) -> list[int]:
        """Which of the annotated cells are leukocytes."""
        names = [] if self.field.truth is None else self.field.truth.names()
        return [i for i, name in enumerate(names) if is_leukocyte(name)]

    @cached_property
    def boxes(self) -> NDArray[np.float32]:
        """Boxes of all annotated cells, float32 (N, 4) xyxy px."""
        truth = self.field.truth
        return np.zeros((0, 4), np.float32) if truth is None else truth.boxes.cpu().numpy()

    @cached_property
    def regions(self) -> Labels:
        """int32 (H, W): i + 1 where annotated leukocyte i is; cells without a region are segmented around their box."""
        from leukcad_smears.cutting import cut_out

        truth, shape = self.field.truth, self.image.shape[:2]
        known = np.zeros(shape, np.int32)
        if truth is not None and truth.regions is not None:
            known = truth.regions.cpu().numpy().astype(np.int32)
            known[~np.isin(known, np.array(self.leukocytes) + 1)] = 0
        seen: Survey | None = None
        present = set(np.unique(known).tolist())
        for i in self.leukocytes:
            if i + 1 not in present:
                seen = seen or survey(self.image)
                box = self._extent(i, seen)
                cut = cut_out(self.image, seen, box)
                mask = cut[0] if cut else _ellipse(shape, box)
                known[mask & (known == 0)] = i + 1
        return known

    def _extent(self, i: int, seen: Survey) -> NDArray[np.float32]:
        """The box of leukocyte `i`; of one that is annotated by a point, a box of the usual size around it."""
        box: NDArray[np.float32] = self.boxes[i]
        if (box[2:] > box[:2]).all():
            return box
        usual = leukocyte_size(self.field) or IN_RED_CELL * (seen.red_cell or 0) or IN_FIELD * self.field.width
        return np.concatenate([(box[:2] + box[2:] - usual) / 2, (box[:2] + box[2:] + usual) / 2])

    @cached_property
    def points(self) -> bool:
        """Whether a leukocyte is annotated by a point."""
        boxes = self.boxes[self.leukocytes]
        return bool((boxes[:, 2:] <= boxes[:, :2]).any())

    @cached_property
    def survey(self) -> Survey:
        """Plasma, stain, red-cell size, noise, sharpness."""
        return survey(self.image, self.regions > 0 if self.leukocytes else None)

    @cached_property
    def white(self) -> Floats:
        """Colour of clear plasma at every pixel, float32 (H, W, 3), 0–255."""
        import cv2

        height, width = self.image.shape[:2]
        return np.asarray(cv2.resize(self.survey.white, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    @cached_property
    def density(self) -> Floats:
        """Mean optical density at the survey's scale, float32 (h, w)."""
        import cv2

        height, width = self.survey.covered.shape
        small = cv2.resize(self.image, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(density_of(small, self.survey.white).mean(axis=2), np.float32)

    def grain(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Noise of unit strength (as `Survey.noise` measures it) and of the host's own grain, float32 (h, w, 3)."""
        import cv2

        noise = rng.standard_normal((shape[0], shape[1], 3)).astype(np.float32)
        if self._grain > 0.3:
            noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), self._grain), np.float32)
        fine = noise - np.asarray(cv2.blur(noise, (3, 3)))
        unit: Floats = noise * np.float32((8 / 9) ** 0.5 / max(float(fine.std()), 1e-3))
        return unit

    @cached_property
    def _grain(self) -> float:
        """Sigma of the noise's correlation, px: from how alike neighbours are on clear plasma."""
        seen, green = self.survey, self.image[..., 1].astype(np.float32)
        clear = ~grown(seen.covered, 4)
        rows, columns = (np.flatnonzero(clear.any(axis=k)) for k in (1, 0))
        if clear.sum() < 100 or len(rows) < 2 or len(columns) < 2:
            return 0.0
        y, x = (v * seen.step for v in np.nonzero(clear))
        inside = (x < green.shape[1] - 2) & (y < green.shape[0] - 2)
        y, x = y[inside], x[inside]
        one, two = green[y, x] - green[y, x + 1], green[y, x] - green[y, x + 2]
        # Differences of white noise have twice its variance whatever the distance; of grainy noise less nearby.
        alike = 1 - float((one**2).mean()) / max(float((two**2).mean()), 1e-3)
        return float(np.sqrt(-0.25 / np.log(alike))) if 0.02 < alike < 0.9 else 0.0

    @cached_property
    def side(self) -> int:
        """Side of a position, px: room for the largest leukocyte at this field's scale."""
        field, seen = self.field, self.survey
        if field.pixel_size:
            side = LARGEST / field.pixel_size
        elif seen.red_cell:
            side = IN_RED_CELLS * seen.red_cell
        else:
            side = IN_LEUKOCYTES * (leukocyte_size(field) or field.width / 14)
        return int(np.clip(round(side), 8, min(field.width, field.height) // 2))

    def spots(self, step: Step, most: float, chosen: Path | None = None) -> Iterable[tuple[float, float]]:
        """The positions of one draw, the same for every edit of this field that asks for them.

        chosen: a file of positions; then the middles of the field's own there, in an order that differs by the draw.
        """
        rng = step.rng(f"{self.field.record.id}/positions")
        if chosen is not None:
            boxes = chosen_for(chosen, self.field, step)
            return [(b.x + b.width / 2, b.y + b.height / 2) for b in (boxes[i] for i in rng.permutation(len(boxes)))]
        key = (step.seed, step.place, step.draw, most)
        with self._lock:
            if key not in self._spots:
                self._spots[key] = Spots(self, rng, most)
            return self._spots[key]

    def places(self, rng: np.random.Generator, most: float = 1.0) -> Places:
        """Hands out boxes away from leukocytes, over as few red cells as may be."""
        avoid = [(float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in self.boxes[self.leukocytes]]
        exact = self.field.truth is not None and self.field.truth.regions is not None
        size = (self.field.width, self.field.height)
        regions = self.regions if exact or self.points else None
        return Places(self.survey, *size, rng, avoid=avoid, regions=regions, most=most)


class Spots:
    """Middles (x, y) px of positions, in order, found as they are asked for."""

    def __init__(self, host: Host, rng: np.random.Generator, most: float) -> None:
        self._side, self._found = host.side, list[tuple[float, float]]()
        self._places: Places | None = host.places(rng, most)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[tuple[float, float]]:
        for i in count():
            with self._lock:
                if i >= len(self._found) and not self._one_more():
                    return
                spot = self._found[i]
            yield spot

    def _one_more(self) -> bool:
        corner = self._places.next(self._side, self._side) if self._places else None
        if corner is None:
            self._places = None
            return False
        self._found.append((corner[0] + self._side / 2, corner[1] + self._side / 2))
        return True


class Hosts:
    """The hosts looked at last: the arms of an audit ask for the same field again and again."""

    def __init__(self, most: int = 4) -> None:
        self._most, self._lock = most, threading.Lock()
        self._known: OrderedDict[tuple[object, ...], Host] = OrderedDict()
        self._glances: OrderedDict[int, tuple[Field, Survey]] = OrderedDict()

    def of(self, field: Field) -> Host:
        """The host of a field; equal fields have the same one."""
        truth = field.truth
        boxes = () if truth is None else (truth.boxes.cpu().numpy().tobytes(), tuple(truth.labels.tolist()))
        known = (field.scene is None, field.pixel_size, truth is not None and truth.regions is not None)
        key = (field.record, zlib.crc32(field.array().data), boxes, field.complete, len(field.ledger), *known)
        with self._lock:
            host = self._known.pop(key, None) or Host(field)
            self._known[key] = host
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return host

    def glance(self, field: Field) -> Survey:
        """The survey of a field that is not edited, kept for the next time."""
        with self._lock:
            known = self._glances.get(id(field))
        if known is None:
            known = (field, Host(field).survey)  # the field is kept, so that its id does not come again
            with self._lock:
                self._glances[id(field)] = known
                while len(self._glances) > 64:
                    self._glances.popitem(last=False)
        return known[1]


HOSTS = Hosts()


def _ellipse(shape: tuple[int, ...], box: NDArray[np.float32]) -> Bools:
    y, x = np.ogrid[: shape[0], : shape[1]]
    cx, cy, rx, ry = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    inside: Bools = ((x + 0.5 - cx) / max(rx, 2)) ** 2 + ((y + 0.5 - cy) / max(ry, 2)) ** 2 <= 1
    return inside
