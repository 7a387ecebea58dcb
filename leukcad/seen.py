"""What a run learned from, so that nothing of it is tested on, wherever the same pictures lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leukcad.answering import Trained
    from leukcad.assembly import Source
    from leukcad.types import Record

FILE = "learned_from.json"


@dataclass(frozen=True)
class Seen:
    """The fields that one run trained or chose its threshold on. sha256, content: theirs, as `Record` has them."""

    sha256: frozenset[str]
    content: frozenset[str]

    def has(self, record: Record) -> bool:
        """Whether it learned from this picture, under whatever name."""
        return record.sha256 in self.sha256 or record.content in self.content

    def among(self, source: Source, records: Sequence[Record]) -> set[str]:
        """The ids of those of `records`, which are of `source`, that it learned from.

        A source that it learned from itself is told apart by its own split: two equal pictures of which one was set
        aside to test are a matter for `leukcad data audit`.
        """
        if any(r.sha256 in self.sha256 for r in source.records):
            return {r.id for r in records if r.sha256 in self.sha256}
        return {r.id for r in records if self.has(r)}


def written(records: Iterable[Record]) -> dict[str, Any]:
    """What FILE holds for a run that learns from `records`."""
    told = list(records)
    return {"sha256": [r.sha256 for r in told], "content": [r.content for r in told]}


def learned_from(models: Sequence[Trained]) -> list[Seen]:
    """What each of the models learned from."""
    told = [model.run.read_json(FILE) or {} for model in models]
    return [Seen(frozenset(one.get("sha256", ())), frozenset(one.get("content", ()))) for one in told]
