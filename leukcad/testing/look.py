"""What can be wrong with an answer although its type is right."""

from __future__ import annotations

from typing import Any

from leukcad.types import Cells, Crops, Field, Heatmap, Record

SLACK = 1.0  # px by which a box may leave its field


def read(record: Record, field: Field) -> str | None:
    """A field read for a record is that record's."""
    if field.record.id != record.id:
        return f"the field read for {record.id} says that it is {field.record.id}"
    return None


def preprocessed(before: Field, after: Field) -> str | None:
    """A preprocessed field keeps who it is."""
    if after.record != before.record:
        return f"the record of {before.record.id} was changed"
    if len(after.ledger) != len(before.ledger):
        return f"the ledger of {before.record.id} was changed; it tells of cells that were pasted or taken out"
    return None


def found(field: Field, cells: Cells) -> str | None:
    """Found cells lie in their field, scores are probabilities, maps have the field's size."""
    if len(cells):
        low, right, bottom = cells.boxes.min(), cells.boxes[:, 2].max(), cells.boxes[:, 3].max()
        if low < -SLACK or right > field.width + SLACK or bottom > field.height + SLACK:
            return f"{field.record.id}: a box leaves the field of {field.width} × {field.height} px"
        if cells.scores.min() < 0 or cells.scores.max() > 1:
            return f"{field.record.id}: expected scores in [0, 1], got up to {float(cells.scores.max()):.3g}"
    for name in ("regions", "nuclei"):
        if (told := _map(field, cells, name)) is not None:
            return told
    return None


def segmented(item: tuple[Field, Cells], cells: Cells) -> str | None:
    """A segmenter fills regions or nuclei, and keeps the cells that it was given."""
    field, given = item
    if len(cells) != len(given):
        return f"{field.record.id}: given {len(given)} cells, it answered {len(cells)}"
    if len(cells) and cells.regions is None and cells.nuclei is None:
        return f"{field.record.id}: neither regions nor nuclei are filled"
    return found(field, cells)


def cropped(item: tuple[Field, Cells], crops: Crops) -> str | None:
    """Crops stand in the order of their cells and keep their labels."""
    field, cells = item
    if crops.cell_index.tolist() != list(range(len(cells))):
        return f"{field.record.id}: cell_index is {crops.cell_index.tolist()} for {len(cells)} cells"
    if crops.labels.tolist() != cells.labels.tolist():
        return f"{field.record.id}: the cells' labels were not kept"
    return None


def diagnosed(unit: tuple[Cells, Any], row: Any) -> str | None:
    """A unit without cells abstains, and says why."""
    _, abstains, reason = row
    if not len(unit[0]) and not bool(abstains):
        return "a unit without cells was answered; expected it to abstain"
    if bool(abstains) and not reason:
        return "it abstains without a reason"
    return None


def explained(crop: Crops, heat: Heatmap) -> str | None:
    """A heat map is as large as its crop, and nowhere negative."""
    size = int(crop.pixels.shape[-1])
    if tuple(heat.values.shape) != (size, size):
        return f"expected a map of {size} × {size}, got {tuple(heat.values.shape)}"
    if float(heat.values.min()) < 0:
        return f"expected values ≥ 0, got {float(heat.values.min()):.3g}"
    return None


def synthesized(field: Field, made: list[Field]) -> str | None:
    """Each new field keeps its origin and size, has a name of its own, and tells in the ledger what was done."""
    from leukcad.testing.exercises import DOSES

    if not made:
        return f"{field.record.id}: nothing was made for the doses {DOSES}"
    for new in made:
        dose = len(new.ledger) - len(field.ledger)
        if dose not in DOSES:
            return f"{field.record.id}: asked for {DOSES}, the ledger of a new field tells of {dose}"
        if new.record.source != field.record.source or new.record.id == field.record.id:
            return f"{field.record.id}: a new field needs an id of its own and the source {field.record.source!r}"
        if new.image.shape != field.image.shape:
            return f"{field.record.id}: its size was changed"
        if field.truth is not None and new.truth is None:
            return f"{field.record.id}: the truth was lost"
    return None


def _map(field: Field, cells: Cells, name: str) -> str | None:
    map_ = getattr(cells, name)
    if map_ is None:
        return None
    if tuple(map_.shape) != (field.height, field.width):
        return f"{field.record.id}: expected {name} of {field.height} × {field.width}, got {tuple(map_.shape)}"
    if int(map_.max()) > len(cells):
        return f"{field.record.id}: {name} number {int(map_.max())} cells, there are {len(cells)}"
    return None
