"""From annotated cells to kinds of pixel, and fields at the scale that the network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leukcad import Cells, Field, LeukcadError

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = 255  # of a target: no truth here
WHOLE = ("background", "cell")
PARTS = ("background", "cytoplasm", "nucleus")


def target(field: Field, cells: Cells) -> Tensor:
    """The kind of every pixel, uint8 (H, W) into PARTS; cells whose nuclei are unknown are cytoplasm.

    Raises LeukcadError for cells without masks.
    """
    import torch

    if not len(cells):
        return torch.zeros((field.height, field.width), dtype=torch.uint8)
    if cells.regions is None:
        cure = "take a source with masks (folder, allidb2, simulated), or data without this field"
        raise LeukcadError(f"{field.record.id}: expected cells with masks to learn from, got boxes alone", cure=cure)
    told = (cells.regions > 0).to(torch.uint8)
    if cells.nuclei is not None:
        told[cells.nuclei > 0] = PARTS.index("nucleus")
    return told


def size_at(height: int, width: int, side: int | None) -> tuple[int, int]:
    """Height and width of a field whose longest side is brought to `side` px; its own where that is None."""
    if side is None:
        return height, width
    factor = side / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def scaled(image: Tensor, size: tuple[int, int]) -> Tensor:
    """uint8 (3, H, W) at another size (height, width), on the CPU."""
    from leukcad.regions import resize

    return resize(image.cpu(), *size)


def nearest(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """(H, W) of whole numbers at another size (height, width), each pixel as the one under its centre."""
    import torch

    rows, columns = (
        ((torch.arange(new, device=labels.device) + 0.5) * old / new).long()
        for new, old in zip(size, labels.shape, strict=True)
    )
    return labels[rows][:, columns]
