"""Data sources `simulated` and `simulated-cells`: drawn smears with exact truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Cells, Field, LeukcadError, Record, Step, hookimpl
from leukcad_smears.presets import Preset
from leukcad_smears.scene import WBC_KINDS

if TYPE_CHECKING:
    from leukcad_smears.catalogue import Catalogue, Entry

Count = Annotated[int, Option(ge=0, le=9999)]


class Simulated:
    """Simulated fields of Giemsa-stained smears, healthy or ALL, with cell types, boxes, regions and nuclei."""

    def __init__(
        self,
        *,
        preset: Annotated[Preset, Option(description="what goes with the class: docs/simulator.md")] = "count",
        healthy: Annotated[Count, Option(description="number of healthy fields")] = 59,
        leukaemic: Annotated[Count, Option(description="number of ALL fields (none in `leukocytosis`)")] = 49,
        width: Annotated[int, Option(ge=160, le=3424, description="px; cells scale along")] = 800,
        height: Annotated[int, Option(ge=120, le=2736, description="px")] = 600,
        seed: Annotated[int, Option(ge=0, description="another seed, other fields")] = 0,
        prefix: Annotated[str, Option(pattern=r"^\w+$", description="how the fields' names begin")] = "Im",
        confounded: Annotated[
            float | None,
            Option(ge=0, le=1, description="share of fields whose stain, camera, light and scale go with the class"),
        ] = None,
    ) -> None:
        """confounded: null as the preset has it, which is all of them in `camera` and `both`, else none."""
        from leukcad_smears.catalogue import Catalogue

        leukaemic = 0 if preset == "leukocytosis" else leukaemic
        fields = Catalogue(preset, healthy, leukaemic, width, height, seed, prefix, confounded=confounded)
        self._source = _Source(fields)

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Records in ALL-IDB1's numbering; at most 24 healthy and 20 ALL when the step is quick."""
        return self._source.records(step, 24, 20)

    @hookimpl
    def leukcad_read(self, record: Record, step: Step) -> Field:
        """A field, drawn or from the cache."""
        return self._source.read(record, step)

    def export(self, folder: Path, step: Step) -> Path:
        """Write them out as ALL_IDB1 in `folder`, for `leukcad data make`; returns the new folder."""
        return self._source.export(folder)


class SimulatedCells:
    """Simulated single cells as in ALL-IDB2: a leukocyte in the middle, red cells around it, at the fields' scale."""

    def __init__(
        self,
        *,
        preset: Annotated[Preset, Option(description="whose stain and camera the classes have")] = "count",
        healthy: Annotated[Count, Option(description="number of healthy leukocytes")] = 130,
        leukaemic: Annotated[Count, Option(description="number of lymphoblasts")] = 130,
        width: Annotated[int, Option(ge=160, le=3424, description="px of the fields whose scale they share")] = 800,
        seed: Annotated[int, Option(ge=0, description="another seed, other cells")] = 0,
        prefix: Annotated[str, Option(pattern=r"^\w+$", description="how the pictures' names begin")] = "Im",
    ) -> None:
        from leukcad_smears.catalogue import Catalogue

        self._source = _Source(Catalogue(preset, healthy, leukaemic, width, width, seed, prefix, single=True))

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Records in ALL-IDB2's numbering, lymphoblasts first; at most 40 of each when the step is quick."""
        return self._source.records(step, 40, 40)

    @hookimpl
    def leukcad_read(self, record: Record, step: Step) -> Field:
        """A single-cell picture, drawn or from the cache."""
        return self._source.read(record, step)

    def export(self, folder: Path, step: Step) -> Path:
        """Write them out as ALL_IDB2 in `folder`, for `leukcad data make`; returns the new folder."""
        return self._source.export(folder)


@dataclass
class _Source:
    catalogue: Catalogue

    def _catalogue(self, step: Step, healthy: int, leukaemic: int) -> Catalogue:
        if not step.quick:
            return self.catalogue
        whole = self.catalogue
        return replace(whole, healthy=min(whole.healthy, healthy), leukaemic=min(whole.leukaemic, leukaemic))

    def records(self, step: Step, healthy: int, leukaemic: int) -> list[Record]:
        catalogue = self._catalogue(step, healthy, leukaemic)
        return [self._record(catalogue, entry) for entry in catalogue.entries()]

    def _record(self, catalogue: Catalogue, entry: Entry) -> Record:
        extra: dict[str, str | int | float | bool] = {
            "preset": catalogue.preset,
            "seed": catalogue.seed,
            "number": entry.number,
            "detail": entry.detail,
        }
        return Record(entry.id, label=entry.label, sha256=catalogue.digest(entry), extra=extra)

    def export(self, folder: Path) -> Path:
        from leukcad_smears.allidb import write_layout

        return write_layout(folder, self.catalogue)

    def read(self, record: Record, step: Step) -> Field:
        from leukcad_smears import store
        from leukcad_smears.catalogue import Entry
        from leukcad_smears.render import render
        from leukcad_smears.surroundings import Surroundings

        try:
            entry = Entry(record.id, str(record.label), int(record.extra["number"]), str(record.extra["detail"]))
        except KeyError:
            raise LeukcadError(f"{record.id}: expected a record of the simulator's own index") from None
        path = _place(step.cache, record)
        found = store.load(path) if path else None
        if found is None:
            scene = self.catalogue.scene(entry)
            found = scene, render(scene)
            if path:
                store.save(path, *found)
        scene, rendered = found
        truth = Cells.of(
            rendered.boxes,
            labels=[WBC_KINDS.index(kind) for kind in rendered.kinds],
            classes=WBC_KINDS,
            regions=rendered.regions,
            nuclei=rendered.nuclei,
        )
        return Field.of(
            record,
            rendered.image,
            truth=truth,
            complete=frozenset(WBC_KINDS),
            pixel_size=1 / scene.scale,
            scene=scene.to_dict(),
            surroundings=Surroundings(scene),
        )


def _place(cache: Path | None, record: Record) -> Path | None:
    return cache / "simulated" / f"{record.sha256}.npz" if cache else None
