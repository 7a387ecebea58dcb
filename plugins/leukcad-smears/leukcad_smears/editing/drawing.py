"""Edits where the scene is known: cells are changed in the scene, and the field is drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from leukcad_smears.appearance import draw_cell
from leukcad_smears.editing.host import Host
from leukcad_smears.render import render_edited
from leukcad_smears.scene import Cell, Scene
from leukcad_smears.surroundings import Surroundings

if TYPE_CHECKING:
    from leukcad import Field

TRIES = 20


class Drawing:
    """The scene of a host under edit. Cells keep their number while others are added or taken out."""

    def __init__(self, host: Host) -> None:
        assert host.scene is not None
        self.host, self.scene, self._first = host, host.scene, host.scene
        self._cells: list[Cell | None] = list(host.scene.cells)
        self._ledger: list[tuple[int | None, Mapping[str, Any]]] = []
        self._visible: list[int] | None = None

    def index(self, truth: int) -> int:
        """The scene's number of a cell in the host's truth: cells that cannot be seen have none there."""
        if self._visible is None:
            same = self.host.field.truth is not None and len(self.host.field.truth) == len(self.scene.cells)
            self._visible = list(range(len(self.scene.cells))) if same else render_edited(self.scene)[1]
        return self._visible[truth]

    def cell(self, index: int) -> Cell:
        """The cell of this number. Raises IndexError where it was taken out."""
        if (cell := self._cells[index]) is None:
            raise IndexError(index)
        return cell

    def add(self, cell: Cell, **entry: Any) -> None:
        """One more leukocyte, on top."""
        self._cells.append(cell)
        self._note(len(self._cells) - 1, cell, entry)

    def change(self, index: int, cell: Cell, **entry: Any) -> None:
        """Another leukocyte in the place of one."""
        self._cells[index] = cell
        self._note(index, cell, entry)

    def remove(self, index: int, truth: int, **entry: Any) -> None:
        """One leukocyte fewer; the line in the ledger names its number in the host's truth."""
        cell, self._cells[index] = self.cell(index), None
        self._ledger.append((None, {"cell": truth, "kind": cell.kind, "x": cell.x, "y": cell.y, **entry}))

    def become(self, scene: Scene, entry: Mapping[str, Any]) -> None:
        """Another scene altogether, its cells in the same order; one line in the ledger."""
        self.scene = scene
        self._cells = list(scene.cells)
        self._ledger.append((None, {"cell": -1, **entry}))

    def _note(self, index: int, cell: Cell, entry: Mapping[str, Any]) -> None:
        told = {"kind": cell.kind, "x": cell.x, "y": cell.y, "diameter": cell.diameter, "seed": cell.seed}
        self._ledger.append((index, {**told, **entry}))

    def fresh(self, kind: str, x: float, y: float, rng: np.random.Generator, side: float | None = None) -> Cell:
        """A cell of `kind` at (x, y) px as the simulator draws it, no larger than a position of `side` px."""
        for _ in range(TRIES):
            cell = draw_cell(kind, x, y, self.scene.scale, rng)
            if side is None or cell.diameter * cell.elongation**0.5 <= side:
                break
        return cell

    def field(self, id: str, **extra: str | int | float | bool) -> Field:
        """The field as it now is, drawn: pixels, truth, scene and ledger."""
        from leukcad import Cells, Field

        kept = [i for i, cell in enumerate(self._cells) if cell is not None]
        scene = self.scene.replace(cells=tuple(c for c in self._cells if c is not None))
        picture, seen = render_edited(scene)
        old = self.host.field
        known = () if old.truth is None else old.truth.classes
        classes = (*known, *sorted({*picture.kinds} - {*known}))
        number = {kept[shown]: place for place, shown in enumerate(seen)}
        ledger = [entry if i is None else {"cell": number.get(i, -1), **entry} for i, entry in self._ledger]
        truth = Cells.of(
            picture.boxes,
            labels=[classes.index(kind) for kind in picture.kinds],
            classes=classes,
            regions=picture.regions,
            nuclei=picture.nuclei,
        )
        record = old.record.replace(id=id, path=None, sha256=None, content=None, extra={**old.record.extra, **extra})
        return old.replace(
            record=record,
            image=Field.of(record, picture.image).image,
            truth=truth,
            pixel_size=old.pixel_size if scene.scale == self._first.scale else 1 / scene.scale,
            scene=_scene_dict(old.scene or {}, self._first, scene),
            ledger=(*old.ledger, *ledger),
            surroundings=Surroundings(scene),
        )


def _scene_dict(old: Mapping[str, Any], first: Scene, scene: Scene) -> dict[str, Any]:
    """Of the edited scene; where only leukocytes changed, the rest is not written out again."""
    if scene.replace(cells=first.cells) != first:
        return scene.to_dict()
    return {**old, "cells": scene.replace(red_cells=(), particles=()).to_dict()["cells"]}
