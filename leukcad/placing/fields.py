"""The fields that positions are placed in: of a data source, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from leukcad.data.images import SUFFIXES, read_image
from leukcad.errors import LeukcadError
from leukcad.types import Field, Record


class Fields(Protocol):
    """Records, and the field of each; `leukcad.assembly.Source` is one."""

    @property
    def records(self) -> Sequence[Record]:
        """In a stable order."""

    def read(self, record: Record) -> Field | None:
        """One field, None where it cannot be read."""


class Pictures:
    """The pictures in a folder and the folders in it. Ids are paths without suffix, as of the data source `folder`.

    Raises `LeukcadError` where there is none, or where two have one id.
    """

    def __init__(self, folder: Path) -> None:
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not files:
            raise LeukcadError(f"{folder}: no pictures in this folder", cure=f"known: {', '.join(SUFFIXES)}")
        found: dict[str, Path] = {}
        for file in files:
            id = file.relative_to(folder).with_suffix("").as_posix()
            if id in found:
                raise LeukcadError(f"{folder}: {found[id].name} and {file.name} have one name", cure="rename one")
            found[id] = file
        self.records: Sequence[Record] = [Record(id, path=str(file)) for id, file in found.items()]

    def read(self, record: Record) -> Field:
        """One picture; raises `LeukcadError` where it cannot be read."""
        return Field.of(record, read_image(str(record.path)))
