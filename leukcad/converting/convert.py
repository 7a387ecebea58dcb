"""One data source written in the form of another, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leukcad.assembly import Source
from leukcad.converting.classes import ClassMap
from leukcad.converting.pictures import check_id, put_picture
from leukcad.errors import LeukcadError
from leukcad.files import atomic_folder, disk_errors
from leukcad.progress import track
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leukcad.host import Host

ALIASES = {"masks": "folder"}  # what a form is called, where its data component has another name
Put = Callable[[Field, Path], Path]


class Writes(Protocol):
    """What a data component offers that can be written: a class method."""

    def write(self, folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
        """Write annotated fields into an empty folder; `put(field, stem)` leaves a picture at `stem` with a suffix.

        Returns the options that read it back, paths within `folder`, and in words whatever was lost.
        """


@dataclass(eq=False)
class Converted:
    """What was written. use: the component and options that read it. lost: what the form could not hold, in words."""

    folder: Path
    use: dict[str, Any]
    fields: int = 0
    cells: int = 0
    unannotated: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def formats(host: Host) -> list[str]:
    """The forms in which data can be written."""
    aliases = {name: alias for alias, name in ALIASES.items()}
    names = [name for name in host.names("data") if hasattr(host.load("data", name), "write")]
    return sorted(aliases.get(name, name) for name in names)


def convert(
    source: Source,
    to: str,
    out: Path,
    host: Host,
    classes: ClassMap | None = None,
    *,
    points: float | None = None,
    copy: bool = False,
) -> Converted:
    """Write the annotated fields of `source` into the new folder `out` in the form `to`.

    points: side, px, of the box that stands for a point annotation. Pictures are hard links where they can be, unless
    `copy`. Fields without annotation are left out and told, since no form tells them from empty ones. Raises
    `LeukcadError` where `out` holds something, a class has no new name, or the form cannot hold a field.
    """
    writer = _writer(to, host)
    with disk_errors(out, "read"):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise LeukcadError(f"{out} is there already", cure="name a new folder")
    done = Converted(out, {})
    map_ = classes or ClassMap()
    with atomic_folder(out) as folder:
        fields = _fields(source, map_, points, done)
        options, done.lost = writer.write(folder, fields, partial(put_picture, copy=copy))
        map_.check_used()
        if not done.fields:
            raise LeukcadError("no field with annotated cells could be read", cure="look at it: leukcad data show")
    done.use = {"use": ALIASES.get(to, to), **{key: _moved(value, folder, out) for key, value in options.items()}}
    return done


def _writer(to: str, host: Host) -> Writes:
    if to not in formats(host):
        raise LeukcadError(
            f"expected a form that can be written, got {to!r}", cure=f"known: {', '.join(formats(host))}"
        )
    writer: Writes = host.load("data", ALIASES.get(to, to))  # type: ignore[assignment]  # its class method is asked
    return writer


def _fields(source: Source, classes: ClassMap, points: float | None, done: Converted) -> Iterator[Field]:
    """The annotated fields by their new classes, one at a time."""
    for record in track(source.records, "converting"):
        one = source.read(record)
        if one is None:
            continue
        if one.truth is None:
            done.unannotated.append(record.id)
            continue
        check_id(record.id)
        try:
            cells = classes.apply(one.truth)
            cells = cells if points is None else boxed(cells, points, one.height, one.width)
        except LeukcadError as error:
            raise LeukcadError(f"{record.id}: {error.message}", cure=error.cure) from error
        done.fields, done.cells = done.fields + 1, done.cells + len(cells)
        yield one.replace(truth=cells, complete=_complete(one, classes))


def _complete(one: Field, classes: ClassMap) -> frozenset[str]:
    """The new classes of which all cells are annotated: those into which no old one went that is not."""
    named = {name: classes.names.get(name, name) for name in (one.truth.classes if one.truth is not None else ())}
    kept = {old: new for old, new in named.items() if old not in classes.drop}
    kept |= {name: classes.names.get(name, name) for name in one.complete if name not in classes.drop}
    return frozenset(kept.values()) - {new for old, new in kept.items() if old not in one.complete}


def boxed(cells: Cells, side: float, height: int, width: int) -> Cells:
    """The cells with a box of `side` px around each that is a point, cut at the picture's edge."""
    import torch

    boxes = cells.boxes.clone()
    point = (boxes[:, 2:] <= boxes[:, :2]).any(dim=1)
    middle = (boxes[point, :2] + boxes[point, 2:]) / 2
    around = torch.cat([middle - side / 2, middle + side / 2], dim=1)
    limit = around.new_tensor([width, height, width, height])
    boxes[point] = torch.minimum(around.clamp(min=0), limit)
    return cells.replace(boxes=boxes)


def _moved(value: Any, old: Path, new: Path) -> Any:
    """A path that lay in the folder while it was filled, where it lies now."""
    return str(new / value.relative_to(old)) if isinstance(value, Path) else value
