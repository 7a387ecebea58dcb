"""Data sources `semireal` and `semireal-cells`: real cells on real backgrounds, immature against mature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field as Option

from leukcad import Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FolderPath

if TYPE_CHECKING:
    from leukcad_smears.collage import Entry
    from leukcad_smears.donors import Donor

Count = Annotated[int, Option(ge=0, le=9999)]
Part = Annotated[
    Literal["train", "test"], Option(description="which half of the cells and backgrounds: the halves share none")
]
#: A single-cell picture's side in red cells of its background (ALL-IDB2: 257 px at 75 px a red cell).
SIDE = 3.4


class Semireal:
    """Real single cells set into real fields without leukocytes; labels mature and immature, with exact truth."""

    def __init__(
        self,
        *,
        cells: Annotated[FolderPath, Option(description="folders of single-cell pictures by kind: ig, neutrophil …")],
        backgrounds: Annotated[FolderPath, Option(description="fields without leukocytes")],
        preset: Annotated[
            Literal["count", "overlap", "camera", "both", "balanced"],
            Option(description="what goes with the class, as in the simulator"),
        ] = "count",
        mature: Annotated[Count, Option(description="number of fields without immature cells")] = 59,
        immature: Annotated[Count, Option(description="number of fields with immature cells")] = 49,
        part: Part = "train",
        width: Annotated[int, Option(ge=160, le=3424, description="px; cells scale along")] = 640,
        height: Annotated[int, Option(ge=120, le=2736, description="px")] = 480,
        seed: Annotated[int, Option(ge=0, description="another seed, other fields")] = 0,
        prefix: Annotated[str, Option(pattern=r"^\w+$", description="how the fields' names begin")] = "Sr",
    ) -> None:
        self.cells, self.backgrounds, self.preset, self.part = Path(cells), Path(backgrounds), preset, part
        self.mature, self.immature, self.width, self.height = mature, immature, width, height
        self.seed, self.prefix = seed, prefix

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Records, immature fields first; at most 20 and 24 when the step is quick. A group is a background."""
        from leukcad_smears import collage, material

        material.cell_files(self.cells, self.part)
        files = material.field_files(self.backgrounds, self.part)
        sizes = (min(self.mature, 24), min(self.immature, 20)) if step.quick else (self.mature, self.immature)
        return [self._record(e, files, step) for e in collage.entries(self.preset, *sizes, self.seed, self.prefix)]

    def _record(self, entry: Entry, files: Sequence[Path], step: Step) -> Record:
        from leukcad_smears import collage, material

        where = files[int(np.random.default_rng([self.seed, 4, entry.number]).integers(len(files)))]
        options = (self.preset, self.part, self.width, self.height, self.seed, entry.number, entry.label, entry.count)
        material_ = (material.digest(self.cells, self.part, _most(step)), where.name, where.stat().st_size)
        extra: dict[str, str | int | float | bool] = {
            "background": where.name,
            "number": entry.number,
            "cells": entry.count,
            "preset": self.preset,
        }
        sha256 = collage.digest(*options, *material_)
        return Record(entry.id, group=f"background {where.stem}", label=entry.label, sha256=sha256, extra=extra)

    @hookimpl
    def leukcad_read(self, record: Record, step: Step) -> Field:
        """A field, composed or from the cache."""
        from leukcad_smears import collage, material
        from leukcad_smears.keeping import load_field, save_field

        place = step.cache / "semireal" / f"{record.sha256}.npz" if step.cache else None
        if place and (kept := load_field(place, record)):
            return kept
        try:
            number, count = int(record.extra["number"]), int(record.extra["cells"])
            path, label = self.backgrounds / str(record.extra["background"]), str(record.label)
        except KeyError:
            raise LeukcadError(f"{record.id}: expected a record of semireal's own index") from None
        rng = np.random.default_rng([self.seed, 5, number])
        look = collage.look_of(self.preset, label, rng)
        image = collage.ground(path, look, self.width, self.height, rng)
        cells = material.donors(self.cells, self.part, step.cache, _most(step))
        field = collage.compose(record, image, collage.kinds_of(label, count, rng, list(cells)), cells, look, rng)
        if place:
            save_field(place, field)
        return field


class SemirealCells:
    """Real single cells as in ALL-IDB2: each in the middle of a small piece of a real field, at the fields' scale."""

    def __init__(
        self,
        *,
        cells: Annotated[FolderPath, Option(description="folders of single-cell pictures by kind: ig, neutrophil …")],
        backgrounds: Annotated[FolderPath, Option(description="fields without leukocytes")],
        part: Part = "train",
        width: Annotated[int, Option(ge=160, le=3424, description="px of the fields whose scale they share")] = 640,
        height: Annotated[int, Option(ge=120, le=2736, description="px of those fields")] = 480,
        seed: Annotated[int, Option(ge=0, description="another seed, other backgrounds")] = 0,
    ) -> None:
        self.cells, self.backgrounds, self.part = Path(cells), Path(backgrounds), part
        self.width, self.height, self.seed = width, height, seed
        self._found: Mapping[str, Donor] = {}

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """One record a cell that can be cut out whole, by kind; few when the step is quick.

        Which can is known only from pixels: the first time, all of the half's pictures are read and cut."""
        from leukcad_smears import material

        found = material.donors(self.cells, self.part, step.cache, _most(step))
        chosen = [donor for kind in sorted(found) for donor in found[kind]]
        return [
            Record(d.id, label="immature" if d.kind in material.IMMATURE else "mature", extra={"kind": d.kind})
            for d in chosen
        ]

    @hookimpl
    def leukcad_read(self, record: Record, step: Step) -> Field:
        """A single-cell picture."""
        from leukcad_smears import collage, material

        if not self._found:
            every = material.donors(self.cells, self.part, step.cache, _most(step))
            self._found = {donor.id: donor for donors in every.values() for donor in donors}
        donor = self._found.get(record.id)
        if donor is None:
            raise LeukcadError(f"{record.id}: expected a cell of the part {self.part!r}, got one of another source")
        files = material.field_files(self.backgrounds, self.part)
        rng = step_free(self.seed, record.id)
        look = collage.look_of("count", str(record.label), rng)
        image = collage.ground(files[int(rng.integers(len(files)))], look, self.width, self.height, rng)
        return collage.single(record, image, donor, look, rng, SIDE)


def _most(step: Step) -> int | None:
    """How many single-cell pictures of a kind are cut: a quick step is content with few."""
    return 14 if step.quick else None


def step_free(seed: int, key: str) -> np.random.Generator:
    """A generator that depends on nothing but a seed and a key: data is the same whatever step reads it."""
    return np.random.default_rng([seed, 6, *key.encode()])
