"""The state of a review: what the run called each cell, what a person says, and the differential of both."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from leukcad.files import atomic_write
from leukcad.laboratory import Count, Rules, Seen, agreement, share, tally
from leukcad.reviewing.cells import Cell
from leukcad.reviewing.log import Action, OverrideLog
from leukcad.serving import Refused

#: What a person may say besides the run's classes. An artefact leaves the count, as `leukcad.laboratory` has it.
SMUDGE, ARTEFACT, UNSURE = "smudge cell", "artefact", "unclassifiable"
ALL = "all groups"


class Review:
    """Cells, the most uncertain first, and the overrides in a log.

    classes: those of the differential. positive: those that are blasts. manual: group → differential counted by hand.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        log: OverrideLog,
        classes: Sequence[str],
        *,
        positive: Sequence[str] = (),
        reviewer: str = "",
        rules: Rules | None = None,
        manual: Mapping[str, Mapping[str, int]] | None = None,
        run: str = "",
    ) -> None:
        self.cells = sorted(cells, key=lambda cell: (cell.seen.certainty, cell.key))
        self.log, self.positive, self.reviewer, self.run = log, tuple(positive), reviewer, run
        self.rules, self.manual = rules or Rules(), dict(manual or {})
        counted = [name for told in self.manual.values() for name in told]
        before = [str(log.standing[cell.key]["class"]) for cell in self.cells if cell.key in log.standing]
        said = [name for name in before if name not in ("", SMUDGE, ARTEFACT, UNSURE)]
        self.classes = tuple(dict.fromkeys((*classes, *counted, *said)))
        self._lock = threading.Lock()
        self.choices = tuple(dict.fromkeys((*self.classes, SMUDGE, ARTEFACT, UNSURE)))

    def told(self) -> dict[str, Any]:
        """Everything that the page shows but pictures."""
        cells = [self._cell(index) for index in range(len(self.cells))]
        about = {"run": self.run, "reviewer": self.reviewer, "choices": self.choices, "log": str(self.log.path)}
        groups = self.groups()
        return {**about, "goal": self.rules.goal, "cells": cells, "groups": groups, "order": list(groups)}

    def decide(self, index: int, action: Any, name: Any) -> dict[str, Any]:
        """Log what a person says of a cell. Raises `Refused` (400, 404) for what nobody can say, or of no cell."""
        if not 0 <= index < len(self.cells):
            raise Refused(404, "there is no such cell")
        if action not in ("accept", "relabel", "withdraw") or (action == "relabel" and name not in self.choices):
            raise Refused(400, f"expected accept, withdraw, or relabel as one of {', '.join(self.choices)}")
        cell = self.cells[index]
        called = cell.seen.name or UNSURE
        now = name if action == "relabel" else called
        said: Action = "accept" if action == "relabel" and now == called else action  # called the same, it is accepted
        told = {"class": now, "called": called, "probability": round(cell.seen.certainty, 6), "run": self.run}
        place = {"field": cell.field, "group": cell.group, "box": [round(v, 1) for v in cell.seen.box]}
        with self._lock:  # the file holds what the log holds, whoever comes last
            self.log.add(self.reviewer, said, cell.key, {**told, **place})
            groups = self.groups()
            summary = {"run": self.run, "reviewer": self.reviewer, "groups": groups}
            path = self.log.path.with_name(f"{self.log.path.stem}-differential.json")
            atomic_write(path, json.dumps(summary, ensure_ascii=False, indent=1))
        return {"cell": self._cell(index), "groups": groups}

    def groups(self) -> dict[str, Any]:
        """Group → its counts as the run made them and as they are now; `all groups` first, where there are several."""
        names = list(dict.fromkeys(cell.group for cell in self.cells))
        told = {name: self._group([c for c in self.cells if c.group == name], self.manual.get(name)) for name in names}
        if len(names) == 1:
            return told
        manual: dict[str, int] = {}
        if self.manual.keys() >= set(names):  # else a part would be held against the whole
            for counted in self.manual.values():
                manual = {name: manual.get(name, 0) + counted.get(name, 0) for name in {*manual, *counted}}
        return {ALL: self._group(self.cells, manual or None), **told}

    def _group(self, cells: Sequence[Cell], manual: Mapping[str, int] | None) -> dict[str, Any]:
        before, now = (self._count([as_is(cell) for cell in cells]) for as_is in (_as_called, self._as_said))
        told = {
            "wbc": now.counted,
            "goal_reached": now.counted >= self.rules.goal,
            "unclassifiable": now.unclassifiable,
            "smudge": now.smudge,
            "border": now.border,
            "reviewed": sum(cell.key in self.log.standing for cell in cells),
            "cells": len(cells),
            "differential": {name: share(now.classes[name], now.counted) for name in self.classes},
            "before": {name: share(before.classes[name], before.counted) for name in self.classes},
        }
        if self.positive:
            told["blasts"] = share(sum(now.classes[name] for name in self.positive), now.counted)
        if manual:
            told["manual"] = agreement(now.classes, manual)
        return told

    def _count(self, seen: Sequence[Seen]) -> Count:
        return tally(seen, sure=self.rules.sure, border_rule=self.rules.border)

    def _as_said(self, cell: Cell) -> Seen:
        entry = self.log.standing.get(cell.key)
        if entry is None:
            return cell.seen
        name = "" if entry["class"] == UNSURE else entry["class"]
        return dataclasses.replace(cell.seen, name=name, certainty=1.0)

    def _cell(self, index: int) -> dict[str, Any]:
        cell = self.cells[index]
        entry = self.log.standing.get(cell.key)
        said = None if entry is None else {key: entry.get(key) for key in ("action", "class", "reviewer", "time")}
        seen = cell.seen
        about = {"index": index, "group": cell.group, "field": cell.field, "border": seen.border and self.rules.border}
        return {**about, "called": seen.name or UNSURE, "probability": round(seen.certainty, 4), "said": said}


def _as_called(cell: Cell) -> Seen:
    return cell.seen
