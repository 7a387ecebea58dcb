"""`segment: nucleus-cytoplasm`: given cells get their pixels, and without a detector cells are found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from leukcad_skimage.segmenter import NucleusCytoplasm

from leukcad import Cells, Field, Step
from leukcad.testing import draw_field

KINDS = ("lymphocyte", "lymphoblast")


def step() -> Step:
    return Step("segment", "nucleus-cytoplasm", NucleusCytoplasm())


def told(field: Field, cells: Cells | None) -> Cells:
    return step().segment([field], None if cells is None else [cells])[0]


def bare(field: Field) -> Cells:
    assert field.truth is not None
    return field.truth.replace(regions=None, nuclei=None)


def dice(found: torch.Tensor, truth: torch.Tensor) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def beside(distance: int) -> Field:
    """A lymphocyte and a copy of it `distance` px to its right, on plasma."""
    field = draw_field(KINDS[:1], 4)
    assert field.truth is not None and field.truth.regions is not None and field.truth.nuclei is not None
    x0, y0, x1, y1 = (int(v) for v in field.truth.boxes[0].tolist())
    image = draw_field((), 9).array().copy()
    regions, nuclei = np.zeros(image.shape[:2], np.int32), np.zeros(image.shape[:2], np.int32)
    image[60:180, 60:220] = (236, 228, 232)
    for number, left in enumerate((100, 100 + distance), 1):
        here, there = np.s_[y0 - 1 : y1 + 2, x0 - 1 : x1 + 2], np.s_[100 : 103 + y1 - y0, left : left + 3 + x1 - x0]
        mask = field.truth.regions.numpy()[here] > 0
        image[there][mask] = field.array()[here][mask]
        regions[there][mask] = number
        nuclei[there][field.truth.nuclei.numpy()[here] > 0] = number
    boxes = [[left, 100, left + x1 - x0, 100 + y1 - y0] for left in (101, 101 + distance)]
    truth = Cells.of(boxes, labels=[0, 0], classes=KINDS, regions=regions, nuclei=nuclei)
    return Field.of(field.record, image, truth=truth)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_given_cells_get_their_nucleus_and_their_whole_body(seed: int) -> None:
    field = draw_field(KINDS * 2, seed)
    truth, cells = field.truth, told(field, bare(field))
    assert truth is not None and cells.regions is not None and cells.nuclei is not None
    assert truth.regions is not None and truth.nuclei is not None
    assert torch.equal(cells.boxes, truth.boxes) and torch.equal(cells.labels, truth.labels)
    for number in range(1, len(truth) + 1):
        assert dice(cells.regions == number, truth.regions == number) > 0.85
        assert dice(cells.nuclei == number, truth.nuclei == number) > 0.85


def test_without_a_detector_the_cells_are_those_of_the_detector_by_nuclei() -> None:
    from leukcad_skimage.nuclei import Nuclei

    field = draw_field(KINDS, 5)
    found = Step("detect", "nuclei", Nuclei()).detect([field])[0]
    cells = told(field, None)
    assert len(cells) == 2
    assert torch.equal(cells.boxes, found.boxes) and cells.classes == ("WBC",)


@pytest.mark.parametrize("distance", [22, 25])
def test_cells_that_touch_are_split_between_their_nuclei(distance: int) -> None:
    field = beside(distance)
    truth, cells = field.truth, told(field, bare(field))
    assert truth is not None and truth.regions is not None and cells.regions is not None
    for number in (1, 2):
        assert dice(cells.regions == number, truth.regions == number) > 0.8


def test_of_two_cells_that_touch_only_the_given_one_is_filled() -> None:
    field = beside(24)
    truth = field.truth
    assert truth is not None and truth.regions is not None
    cells = told(field, bare(field).select([1]))
    assert cells.regions is not None
    assert dice(cells.regions == 1, truth.regions == 2) > 0.75
    assert int(((cells.regions > 0) & (truth.regions == 1)).sum()) < 0.25 * int((truth.regions == 1).sum())


def test_a_box_on_plasma_or_on_a_red_cell_gets_no_nucleus() -> None:
    field = draw_field((), 3)
    boxes = [[float(x), float(y), x + 26.0, y + 26.0] for x in range(5, 240, 47) for y in range(7, 200, 53)]
    cells = told(field, Cells.of(boxes))
    assert cells.nuclei is not None and int(cells.nuclei.max()) == 0


def test_a_point_instead_of_a_box_is_enough_to_find_the_cell() -> None:
    field = draw_field(KINDS, 6)
    truth = field.truth
    assert truth is not None and truth.nuclei is not None
    middle = (truth.boxes[:, :2] + truth.boxes[:, 2:]) / 2
    cells = told(field, bare(field).replace(boxes=torch.cat([middle, middle], dim=1)))
    assert cells.nuclei is not None
    assert all(dice(cells.nuclei == n, truth.nuclei == n) > 0.75 for n in (1, 2))


def test_no_cells_and_boxes_beyond_the_field_are_ordinary() -> None:
    field = draw_field(KINDS, 7)
    assert int(told(field, Cells.empty()).regions.max()) == 0  # type: ignore[union-attr]
    cells = told(field, Cells.of([[-40, -40, -10, -10], [270, 230, 400, 400]]))
    assert len(cells) == 2
