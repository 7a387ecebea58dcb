"""What a `synthesize` component offers who places by hand: positions it would take, and how a cell looks there."""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukcad.assembly import Setting, make_step
from leukcad.errors import LeukcadError, PluginError
from leukcad.host import Host, hooks_of
from leukcad.positions import LEAST, Placed, Position, PositionFile
from leukcad.types import Cells, Field, Record

if TYPE_CHECKING:
    from leukcad.config import Use

HOOK = "leukcad_positions"
MOST_DONORS = 48  # a preview shows one cell; it need not wait for hundreds


def finders(host: Host) -> list[str]:
    """The `synthesize` components that offer positions."""
    return [name for name in host.names("synthesize") if HOOK in hooks_of(host.load("synthesize", name))]


class Finder:
    """Asks one component. donors: gives the fields that cells come from, called once, when the first is needed.

    A cell is pasted as `leukcad run` would: the component reads its positions from a file, here one in `scratch`. It
    is asked by one thread at a time.
    """

    def __init__(self, use: Use, setting: Setting, donors: Callable[[], Sequence[Field]], scratch: Path) -> None:
        if HOOK not in hooks_of(setting.host.load(use.stage, use.name)):
            known = ", ".join(finders(setting.host)) or "none is installed"
            raise LeukcadError(f"{use.where}: {use.stage} {use.name!r} offers no positions", cure=f"known: {known}")
        self.name = use.name
        self._file = PositionFile(scratch / "preview.json")
        # The finder itself is asked without a file, so that it finds; the preview reads one.
        self._finds = make_step(_with(use, None), setting)
        self._pastes = make_step(_with(use, self._file.table), setting)
        self._donors, self._known = donors, list[Field]()
        self._lock = threading.Lock()

    def suggest(self, field: Field, count: int) -> list[Position]:
        """Up to `count` positions, the best first, px to one decimal."""
        with self._lock:
            cells = self._finds.call(HOOK, field=field, count=count, step=self._finds)
        if not isinstance(cells, Cells):
            raise PluginError(f"{self._finds.title}: {HOOK}: expected Cells, got {type(cells).__name__}")
        return [p for p in (_inside(box, field) for box in cells.boxes.tolist()[:count]) if p is not None]

    def paste(self, field: Field, positions: Sequence[Position], draw: int = 0) -> Field:
        """The field with a cell at each position, as many as can be set in; `draw` chooses other cells.

        Raises `LeukcadError` where none can.
        """
        with self._lock:
            if not self._known:
                self._known = list(self._donors())[:MOST_DONORS]
            self._file.fields.clear()
            self._file.put(field.record.id, Placed(tuple(positions), width=field.width, height=field.height))
            self._pastes.draw = draw
            donors = [d for d in self._known if d.record.home != field.record.source]
            made = deque(self._pastes.synthesize(field, range(1, len(positions) + 1), donors), maxlen=1)
        if not made:
            message = f"{self.name}: no cell could be set in at this position"
            raise LeukcadError(message, cure="draw a larger box, or ask for another cell")
        return made[0]


def spread(records: Sequence[Record], most: int) -> list[Record]:
    """At most `most` records, of each label alike, from all over the list: donors of every kind, in a short time."""
    labels = defaultdict[str, list[Record]](list)
    for record in records:
        labels[record.label or ""].append(record)
    each = max(1, most // max(1, len(labels)))
    return [
        group[i * len(group) // min(each, len(group))]
        for group in labels.values()
        for i in range(min(each, len(group)))
    ]


def _with(use: Use, positions: Path | None) -> Use:
    return dataclasses.replace(use, options={**use.options, "positions": positions})


def _inside(box: Sequence[float], field: Field) -> Position | None:
    x0, y0 = max(0.0, box[0]), max(0.0, box[1])
    x1, y1 = min(float(field.width), box[2]), min(float(field.height), box[3])
    if min(x1 - x0, y1 - y0) < LEAST:
        return None
    return Position(round(x0, 1), round(y0, 1), round(x1 - x0, 1), round(y1 - y0, 1), origin="suggested")
