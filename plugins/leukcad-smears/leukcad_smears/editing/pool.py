"""Donors of an edit: cut out once for all hosts, steps and threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leukcad.errors import LeukcadError
from leukcad_smears.donors import Donor, Shelf
from leukcad_smears.editing.host import Host
from leukcad_smears.matching import Match

if TYPE_CHECKING:
    from leukcad import Field


#: A donor's edges may be this much wider than the host's, where so many donors of its kind are left.
BLURRIER, ENOUGH = 1.12, 4


class SharedShelf:
    """A shelf that many steps use; lists of fields that came before cost nothing."""

    def __init__(self, most: int = 8) -> None:
        self._most, self._lock, self._shelf = most, threading.Lock(), Shelf()
        self._lists: OrderedDict[tuple[int, ...], tuple[list[Field], list[Donor]]] = OrderedDict()

    def donors(self, fields: Sequence[Field]) -> list[Donor]:
        """All donor cells of `fields`, in their order."""
        key = tuple(map(id, fields))
        with self._lock:
            known = self._lists.pop(key, None)
            if known is None:
                known = (list(fields), list(self._shelf.donors(list(fields))))  # kept, so that no id comes again
            self._lists[key] = known
            while len(self._lists) > self._most:
                self._lists.popitem(last=False)
        return known[1]


SHELF = SharedShelf()


def pool(host: Host, donors: Sequence[Field], wanted: set[str], what: str) -> list[Donor]:
    """Donors of these kinds, none from the host itself. Raises `LeukcadError` where there is none."""
    record = host.field.record
    own = {record.id, record.source, *(entry.get("donor_source") for entry in host.field.ledger)}
    others = [d for d in SHELF.donors(donors) if d.source not in own]
    chosen = [d for d in others if d.kind in wanted]
    if not chosen:
        has = ", ".join(sorted({d.kind for d in others})) or "no whole cell"
        raise LeukcadError(
            f"{what} {record.id}: expected donors of {', '.join(sorted(wanted))}, got {has} "
            f"in {len(donors)} donor pictures (the field's own cells are never donors)",
            cure="give `donors` a source with such cells, or name what it has",
        )
    return chosen


def fitting(pool: list[Donor], match: Match, side: float, host: Host) -> list[Donor]:
    """The donors that, at the host's scale, fit a position. Raises `LeukcadError` where none does."""
    fit = [d for d in pool if max(d.size) * match.scale(d) <= side]
    if not fit:
        least = min(max(d.size) * match.scale(d) for d in pool)
        raise LeukcadError(
            f"pasting into {host.field.record.id}: no donor fits a position of {side:.0f} px, "
            f"the least has {least:.0f} px at the field's scale",
            cure="give larger fields, or donors whose scale can be told (red cells around them, or a pixel size)",
        )
    return [d for kind in sorted({d.kind for d in fit}) for d in _sharp([d for d in fit if d.kind == kind], match)]


def _sharp(same: list[Donor], match: Match) -> list[Donor]:
    """Of donors of one kind those no blurrier than the host, if enough: softening is easy, sharpening is not."""
    host = match.host.edge
    sharp = [d for d in same if not host or not d.edge or d.edge * match.scale(d) <= BLURRIER * host]
    return sharp if len(sharp) >= ENOUGH else same
