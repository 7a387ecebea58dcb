"""Fields in which everything goes with the class: the preset `both`, and traps that no preset of the simulator draws.

ALL fields come from anaemic patients (a third of the red cells is missing: drawn, so an edit keeps it) and from a
microscope that burns a scale bar and a frame into its pictures and stores them as JPEG on a grid of its own. That last
part is no part of the scene: `burn_in` repeats it on a re-rendered field, and a pasted field has it from its host.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from leukcad_smears.catalogue import Catalogue
from leukcad_smears.render import render
from leukcad_smears.scene import WBC_KINDS, Scene
from numpy.typing import NDArray

from leukcad import Cells, Field, Record, Step, hookimpl

Pixels = NDArray[np.uint8]
MISSING = 1 / 3
QUALITY, OFFSET = 62, 3


class Laboratory:
    """Data source: `healthy` and `leukaemic` fields of `preset`, with all traps where `trapped`.

    flat: burn the traps in and forget the scene, as a real picture comes, so that edits of it are pasted.
    """

    def __init__(
        self, *, preset: str = "count", healthy: int = 10, leukaemic: int = 10, width: int = 400, height: int = 300,
        seed: int = 0, prefix: str = "Im", trapped: bool = False, flat: bool = False,
    ) -> None:  # fmt: skip
        self.catalogue = Catalogue(preset, healthy, leukaemic, width, height, seed, prefix)
        self.trapped, self.flat = trapped, flat

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """The records, ids ending in 1 for ALL."""
        for entry in self.catalogue.entries():
            text = f"{self.catalogue.digest(entry)}/{self.trapped}/{self.flat}/{QUALITY}/{OFFSET}/{MISSING}"
            sha = hashlib.sha256(text.encode()).hexdigest()
            extra: dict[str, Any] = {"number": entry.number, "detail": entry.detail, "drawn": True}
            yield Record(entry.id, label=entry.label, sha256=sha, extra=extra)

    @hookimpl
    def leukcad_read(self, record: Record, step: Step) -> Field:
        """Draw one field."""
        from leukcad_smears.catalogue import Entry

        entry = Entry(record.id, str(record.label), int(record.extra["number"]), str(record.extra["detail"]))
        scene = self.catalogue.scene(entry)
        if self.trapped and record.label == "ALL":
            scene = anaemic(scene)
        field = draw(scene, record)
        return burn_in(field).replace(scene=None) if self.flat else field


def anaemic(scene: Scene) -> Scene:
    """The scene with a third of its red cells gone, the same ones whenever it is asked."""
    kept = np.random.default_rng([scene.seed, 11]).random(len(scene.red_cells)) >= MISSING
    return scene.replace(red_cells=tuple(r for r, keep in zip(scene.red_cells, kept, strict=True) if keep))


def draw(scene: Scene, record: Record) -> Field:
    """The field of a scene, with its truth."""
    drawn = render(scene)
    labels = [WBC_KINDS.index(kind) for kind in drawn.kinds]
    truth = Cells.of(drawn.boxes, labels=labels, classes=WBC_KINDS, regions=drawn.regions, nuclei=drawn.nuclei)
    more: dict[str, Any] = {"complete": frozenset(WBC_KINDS), "pixel_size": 1 / scene.scale, "scene": scene.to_dict()}
    return Field.of(record, drawn.image, truth=truth, **more)


def burn_in(field: Field) -> Field:
    """What the microscope of the field's *host* does to its pictures; nothing if the host was healthy."""
    if not field.record.source.endswith("_1"):
        return field
    image = shifted_jpeg(field.array())
    height, width = image.shape[:2]
    image[:2], image[-2:], image[:, :2], image[:, -2:] = 60, 60, 60, 60
    long, thick = width // 9, max(2, height // 100)
    image[height - 8 - thick : height - 8, width - 10 - long : width - 10] = 15
    return Field.of(
        field.record, image, truth=field.truth, complete=field.complete, pixel_size=field.pixel_size,
        scene=field.scene, ledger=field.ledger,
    )  # fmt: skip


def shifted_jpeg(image: Pixels) -> Pixels:
    """The picture after a JPEG whose 8 × 8 grid began three px further out: no other step lays a grid there."""
    padded = cv2.copyMakeBorder(image, OFFSET, 0, OFFSET, 0, cv2.BORDER_REFLECT_101)
    _, data = cv2.imencode(".jpg", padded, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    decoded: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(decoded[OFFSET:, OFFSET:])
