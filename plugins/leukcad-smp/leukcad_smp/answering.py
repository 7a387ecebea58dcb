"""From what the network says of a field to its cells, at the field's own scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from leukcad import Cells, Field
from leukcad_smp.instances import SURE, Instances, Painted, filled, found, renumbered
from leukcad_smp.masks import PARTS, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

REACH = 2.0  # px of the network's scale by which an outline may be off it
LABEL = "WBC"


def painted(told: Tensor) -> Painted:
    """Probabilities (C, h, w) over WHOLE or PARTS as maps of cell and nucleus."""
    cell = (1 - told[0]).cpu().numpy()
    if len(told) < len(PARTS):
        return Painted(cell, None)
    nucleus, plasm = told[PARTS.index("nucleus")], told[PARTS.index("cytoplasm")]
    return Painted(cell, ((nucleus > plasm).cpu().numpy()) & (cell > SURE))


def cells_of(field: Field, told: Tensor, given: Cells | None, how: Instances, smallest: float) -> Cells:
    """The cells in probabilities `told` (C, h, w) of a field; those that are `given` keep all but their maps.

    smallest: px² at the scale of `told`.
    """
    import torch

    small, large = painted(told), painted(_enlarged(told, field.height, field.width))
    if given is None:
        return _new(spread(found(small, smallest), large.mask), large)
    boxes = given.boxes.cpu().numpy() * _factors(field, told)
    nuclei = None if given.nuclei is None else nearest(given.nuclei.cpu(), (told.shape[1], told.shape[2])).numpy()
    regions = spread(filled(small, boxes, nuclei, how), large.mask)
    maps = [regions, None if large.nucleus is None else np.where(large.nucleus, regions, 0)]
    device = given.boxes.device
    put = [None if m is None else torch.from_numpy(m.astype(np.int32)).to(device) for m in maps]
    return given.replace(regions=put[0], nuclei=given.nuclei if put[1] is None else put[1])


def spread(labels: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Labels (h, w) in a finer mask (H, W): each of its pixels has the label of the nearest cell, int32 (H, W)."""
    import torch
    from scipy.ndimage import distance_transform_edt

    if not labels.any():
        return np.zeros(mask.shape, np.int32)
    far, index = distance_transform_edt(labels == 0, return_indices=True)
    around = np.where(far <= REACH, labels[index[0], index[1]], 0)
    fine = nearest(torch.from_numpy(around.astype(np.int32)), (mask.shape[0], mask.shape[1])).numpy()
    return np.where(mask, fine, 0).astype(np.int32)


def _new(regions: NDArray[np.int32], large: Painted) -> Cells:
    """Cells out of a label map; the score is the mean probability of cell."""
    from scipy.ndimage import find_objects, mean

    regions = renumbered(regions)
    places = find_objects(regions)
    boxes = np.array([[x.start, y.start, x.stop, y.stop] for y, x in places], np.float32).reshape(-1, 4)
    numbers = np.arange(1, len(boxes) + 1)
    scores = np.asarray(mean(large.cell, regions, numbers), np.float32) if len(boxes) else np.zeros(0, np.float32)
    nuclei = None if large.nucleus is None else np.where(large.nucleus, regions, 0)
    order = np.argsort(-scores, kind="stable")
    cells = Cells.of(boxes, scores=scores, labels=[0] * len(boxes), classes=(LABEL,), regions=regions, nuclei=nuclei)
    return cells.select(order.tolist())


def _enlarged(told: Tensor, height: int, width: int) -> Tensor:
    import torch.nn.functional as F

    if tuple(told.shape[1:]) == (height, width):
        return told
    return F.interpolate(told[None], (height, width), mode="bilinear", align_corners=False)[0]


def _factors(field: Field, told: Tensor) -> NDArray[np.float32]:
    across, down = told.shape[2] / field.width, told.shape[1] / field.height
    return np.array([across, down, across, down], np.float32)
