"""What flows through a pipeline: records, fields, cells, crops, predictions, heat maps.

All are frozen dataclasses over `torch.Tensor` (a GPU pipeline stays on the GPU), checked when made: an error names
the field, what was expected and what came. Importing this module does not import torch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from leukcad.errors import TypeMismatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

Scalar = str | int | float | bool


@dataclass(frozen=True)
class Record:
    """One field without its pixels: what splits, audits and screens walk.

    `source` is the id of the field that it was made from (itself unless synthetic), `group` the patient or slide.
    `sha256` is of all that pixels and truth depend on, `content` of the picture alone, wherever it lies; a source may
    leave both to the host.
    """

    id: str
    source: str = ""
    group: str = ""
    label: str | None = None
    path: str | None = None
    sha256: str | None = None
    extra: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    content: str | None = None

    def __post_init__(self) -> None:
        _require(bool(self.id), "record", "a non-empty id", repr(self.id))
        object.__setattr__(self, "source", self.source or self.id)
        object.__setattr__(self, "group", self.group or self.source)

    @property
    def home(self) -> str:
        """The id of the field whose cells it shows: a single cell's `extra["field"]`, else `source`."""
        return str(self.extra.get("field") or self.source)

    def replace(self, **changes: Any) -> Record:
        """A copy with `changes`."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one field, found or annotated; N = 0 is an ordinary value.

    boxes: float32 (N, 4) xyxy px (a point annotation is a box of zero size). scores: float32 (N,) in [0, 1].
    labels: int64 (N,) into `classes`, -1 = unknown. regions, nuclei: int32 (H, W) label maps or None (0 = none,
    i + 1 = cell i).
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    classes: tuple[str, ...] = ()
    regions: Tensor | None = None
    nuclei: Tensor | None = None

    def __post_init__(self) -> None:
        n = self.boxes.shape[0] if self.boxes.ndim else 0
        _tensor("cells.boxes", self.boxes, "float32", (n, 4))
        _tensor("cells.scores", self.scores, "float32", (n,))
        _tensor("cells.labels", self.labels, "int64", (n,))
        _finite("cells.boxes", self.boxes)
        _labels_within("cells.labels", self.labels, self.classes)
        if n:
            ordered = bool((self.boxes[:, 2:] >= self.boxes[:, :2]).all())
            _require(ordered, "cells.boxes", "x1 ≥ x0 and y1 ≥ y0 in every box", "a box turned inside out")
        for name, map_ in (("regions", self.regions), ("nuclei", self.nuclei)):
            if map_ is not None:
                _tensor(f"cells.{name}", map_, "int32", (None, None))

    def __len__(self) -> int:
        return int(self.boxes.shape[0])

    @classmethod
    def empty(cls, classes: Sequence[str] = ()) -> Self:
        """No cells, of the given classes."""
        import numpy as np

        return cls.of(np.zeros((0, 4), np.float32), classes=classes)

    @classmethod
    def of(
        cls,
        boxes: ArrayLike,
        *,
        labels: ArrayLike | None = None,
        scores: ArrayLike | None = None,
        classes: Sequence[str] = (),
        regions: NDArray[Any] | None = None,
        nuclei: NDArray[Any] | None = None,
    ) -> Self:
        """Cells from numpy: boxes (N, 4); labels default to -1, scores to 1."""
        import numpy as np

        boxes_ = np.ascontiguousarray(np.asarray(boxes, np.float32).reshape(-1, 4))
        n = len(boxes_)
        return cls(
            _torch(boxes_),
            _torch(np.ones(n, np.float32) if scores is None else np.array(scores, np.float32).reshape(n)),
            _torch(np.full(n, -1, np.int64) if labels is None else np.array(labels, np.int64).reshape(n)),
            tuple(classes),
            None if regions is None else _torch(np.ascontiguousarray(regions, np.int32)),
            None if nuclei is None else _torch(np.ascontiguousarray(nuclei, np.int32)),
        )

    def select(self, index: Tensor | Sequence[int]) -> Cells:
        """The cells at `index` (int64 positions or a bool mask); label maps are renumbered to match."""
        import torch

        chosen = torch.as_tensor(index, device=self.boxes.device)
        chosen = chosen.nonzero().flatten() if chosen.dtype == torch.bool else chosen.to(torch.int64)
        number = torch.zeros(len(self) + 1, dtype=torch.int32, device=self.boxes.device)
        number[chosen + 1] = torch.arange(1, len(chosen) + 1, dtype=torch.int32, device=number.device)
        n, both = len(self), (self.regions, self.nuclei)
        maps = [None if m is None else number[m.long() * ((m > 0) & (m <= n))] for m in both]  # a stray one is none
        return Cells(self.boxes[chosen], self.scores[chosen], self.labels[chosen], self.classes, maps[0], maps[1])

    def replace(self, **changes: Any) -> Cells:
        """A copy with `changes`."""
        return dataclasses.replace(self, **changes)

    def names(self) -> list[str]:
        """The class name of each cell; '' where unknown."""
        return [self.classes[i] if i >= 0 else "" for i in self.labels.tolist()]


@dataclass(frozen=True, eq=False)
class Field:
    """One field of view with its pixels.

    image: uint8 (3, H, W) RGB with channels-last strides. truth: annotated cells or None. complete: the cell classes
    that are exhaustively annotated. pixel_size: µm/px or None. scene: what the simulator drew (an edit can be
    re-rendered) or None. ledger: what was pasted or changed, one mapping per cell. surroundings: called, it gives
    bool (H, W) masks of what else lies in the field (RBC, platelet) and is not among its truth; None if nobody knows.
    """

    record: Record
    image: Tensor
    truth: Cells | None = None
    complete: frozenset[str] = frozenset()
    pixel_size: float | None = None
    scene: Mapping[str, Any] | None = None
    ledger: tuple[Mapping[str, Any], ...] = ()
    surroundings: Callable[[], Mapping[str, NDArray[np.bool_]]] | None = None

    def __post_init__(self) -> None:
        _tensor(f"field {self.record.id}: image", self.image, "uint8", (3, None, None))
        _require(
            self.image.numel() > 0, f"field {self.record.id}: image", "at least one pixel", tuple(self.image.shape)
        )

    @classmethod
    def of(cls, record: Record, array: NDArray[np.uint8], **more: Any) -> Self:
        """A field from an RGB array, uint8 (H, W, 3)."""
        import numpy as np

        return cls(record, _torch(np.ascontiguousarray(array)).permute(2, 0, 1), **more)

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.image.shape[1])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.image.shape[2])

    def array(self) -> NDArray[np.uint8]:
        """The image as uint8 (H, W, 3) RGB on the CPU; shares memory where it can: do not write into it."""
        import numpy as np

        return np.ascontiguousarray(self.image.permute(1, 2, 0).cpu().numpy())

    def replace(self, **changes: Any) -> Field:
        """A copy with `changes`."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Crops:
    """Squares cut out of fields, ready for a classifier.

    pixels: uint8 (N, 3, S, S). boxes: float32 (N, 4), the region sampled, which may exceed the field. field_index,
    cell_index: int64 (N,), the field in the batch and the cell in it. labels: int64 (N,), -1 = unknown.
    """

    pixels: Tensor
    boxes: Tensor
    field_index: Tensor
    cell_index: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        n = self.pixels.shape[0] if self.pixels.ndim else 0
        _tensor("crops.pixels", self.pixels, "uint8", (n, 3, None, None))
        _require(self.pixels.shape[2] == self.pixels.shape[3], "crops.pixels", "squares", tuple(self.pixels.shape))
        _tensor("crops.boxes", self.boxes, "float32", (n, 4))
        for name in ("field_index", "cell_index", "labels"):
            _tensor(f"crops.{name}", getattr(self, name), "int64", (n,))

    def __len__(self) -> int:
        return int(self.pixels.shape[0])

    @classmethod
    def empty(cls, size: int) -> Self:
        """No crops, of `size` px."""
        import torch

        none = torch.zeros(0, dtype=torch.int64)
        return cls(torch.zeros((0, 3, size, size), dtype=torch.uint8), torch.zeros((0, 4)), none, none, none)

    def select(self, index: Tensor) -> Crops:
        """The crops at `index` (int64 positions or a bool mask)."""
        parts = (self.pixels, self.boxes, self.field_index, self.cell_index, self.labels)
        return Crops(*(part[index] for part in parts))

    def replace(self, **changes: Any) -> Crops:
        """A copy with `changes`."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Predictions:
    """Answers, one row per cell or per field.

    probabilities: float32 (N, C), rows within [0, 1]. abstain: bool (N,); `reasons` holds one text per row, '' where
    answered.
    """

    probabilities: Tensor
    classes: tuple[str, ...]
    abstain: Tensor
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = self.probabilities.shape[0] if self.probabilities.ndim else 0
        _tensor("predictions.probabilities", self.probabilities, "float32", (n, len(self.classes)))
        _tensor("predictions.abstain", self.abstain, "bool", (n,))
        _finite("predictions.probabilities", self.probabilities)
        if self.probabilities.numel():
            low, high = self.probabilities.min().item(), self.probabilities.max().item()
            inside = low >= -1e-5 and high <= 1 + 1e-5
            _require(inside, "predictions.probabilities", "values in [0, 1]", f"{low:.4g} to {high:.4g}")
        if not self.reasons:
            object.__setattr__(self, "reasons", ("",) * n)
        _require(len(self.reasons) == n, "predictions.reasons", f"{n} texts", len(self.reasons))

    def __len__(self) -> int:
        return int(self.probabilities.shape[0])

    @classmethod
    def of(cls, probabilities: Tensor, classes: Sequence[str]) -> Self:
        """Predictions that abstain nowhere."""
        import torch

        abstain = torch.zeros(probabilities.shape[0], dtype=torch.bool, device=probabilities.device)
        return cls(probabilities, tuple(classes), abstain)


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Where a classifier looked: float32 (H, W), raw magnitude ≥ 0, never rescaled per image.

    raw: the map's sum on the grid of the layer, and Σ|gradient × activation| behind it: a map that is nothing beside
    that is rounding, not evidence. None where the method has no such sums.
    """

    values: Tensor
    target: str
    method: str
    raw: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _tensor("heatmap.values", self.values, "float32", (None, None))
        _finite("heatmap.values", self.values)


@dataclass(frozen=True, eq=False)
class Examples:
    """What a component learns from.

    classes: the names that it must tell apart. fields: read when walked over. cells: per field, labels into `classes`.
    crops: for classifiers; labels into `classes`, -1 left out before it gets here. Detectors get fields and cells.
    """

    classes: tuple[str, ...]
    fields: Sequence[Field] = ()
    cells: Sequence[Cells] = ()
    crops: Crops | None = None

    def __post_init__(self) -> None:
        if self.crops is not None:
            _labels_within("examples.crops.labels", self.crops.labels, self.classes)


def concatenate(parts: Iterable[Crops]) -> Crops:
    """One `Crops` out of several of the same size; at least one part is needed."""
    import torch

    rows = [(p.pixels, p.boxes, p.field_index, p.cell_index, p.labels) for p in parts]
    return Crops(*(torch.cat(column) for column in zip(*rows, strict=True)))


def _torch(array: NDArray[Any]) -> Tensor:
    import torch

    # torch warns about read-only memory (a memory map, a cached array); tensors here are never written into.
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _require(holds: bool, what: str, expected: str, came: object) -> None:
    if not holds:
        raise TypeMismatch(f"{what}: expected {expected}, got {came}")


def _tensor(what: str, value: Any, dtype: str, shape: tuple[int | None, ...]) -> None:
    import torch

    if not isinstance(value, torch.Tensor):
        raise TypeMismatch(f"{what}: expected a tensor, got {type(value).__name__}")
    fits = value.ndim == len(shape) and all(s is None or s == n for s, n in zip(shape, value.shape, strict=True))
    wanted = "(" + ", ".join("?" if s is None else str(s) for s in shape) + ")"
    if str(value.dtype) != f"torch.{dtype}" or not fits:
        came = f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
        raise TypeMismatch(f"{what}: expected {dtype} {wanted}, got {came}")


def _finite(what: str, value: Tensor) -> None:
    _require(bool(value.isfinite().all()), what, "finite numbers", "NaN or infinity")


def _labels_within(what: str, labels: Tensor, classes: Sequence[str]) -> None:
    if labels.numel():
        low, high = int(labels.min()), int(labels.max())
        _require(low >= -1 and high < len(classes), what, f"-1 to {len(classes) - 1}", f"{low} to {high}")
