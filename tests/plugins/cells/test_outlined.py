"""Crops by the outline of a cell, and by µm."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from leukcad_cells.crops import Physical
from leukcad_cells.outlined import Masked, Tight

from leukcad import Cells, Field, LeukcadError, Record, Step
from leukcad.testing import draw_field

PLASMA = (230, 225, 228)


def field(**more) -> Field:
    """A grey cell of 20 × 10 px with a black nucleus of 8 × 4 px, another grey cell beside it, on plasma."""
    image = np.full((60, 90, 3), PLASMA, np.uint8)
    image[20:30, 20:40] = 150
    image[22:26, 24:32] = 10
    image[20:30, 40:50] = 150
    return Field.of(Record("f"), image, **more)


def cells(maps: bool = True) -> Cells:
    regions, nuclei = np.zeros((60, 90), np.int32), np.zeros((60, 90), np.int32)
    regions[20:30, 20:40], regions[20:30, 40:50] = 1, 2
    nuclei[22:26, 24:32] = 1
    told = Cells.of([[18, 18, 42, 32], [38, 18, 52, 32]])
    return told.replace(regions=torch.from_numpy(regions), nuclei=torch.from_numpy(nuclei)) if maps else told


def crop(component, found=None, of=None, size: int = 24):
    return Step("crop", "c", component).crop([of or field()], [cells() if found is None else found], size)


def test_a_tight_crop_is_the_box_itself() -> None:
    assert torch.equal(crop(Tight()).boxes, cells().boxes)


@pytest.mark.parametrize(
    ("around", "box"), [("cell", [20, 20, 40, 30]), ("nucleus", [24, 22, 32, 26])], ids=["cell", "nucleus"]
)
def test_a_tight_crop_can_be_taken_around_what_was_segmented(around: str, box: list[float]) -> None:
    assert crop(Tight(around=around)).boxes[0].tolist() == box


def test_a_cell_without_a_nucleus_keeps_its_box() -> None:
    assert crop(Tight(around="nucleus")).boxes[1].tolist() == [38, 18, 52, 32]


def test_a_tight_crop_is_letterboxed_into_the_square_that_it_names() -> None:
    crops = crop(Tight(around="cell", fit="letterbox"))
    assert crops.boxes[0].tolist() == [20, 15, 40, 35]
    assert (crops.pixels[0, :, 0] == torch.tensor(PLASMA)[:, None]).all()


@pytest.mark.parametrize("fit", ["squash", "letterbox"])
def test_a_masked_crop_shows_its_cell_and_nothing_else(fit: str) -> None:
    crops = crop(Masked(fill=77, fit=fit), size=24)
    values = set(crops.pixels[1].flatten().tolist())
    assert crops.pixels[1, 0, 12, 12] == 150  # its middle
    assert values <= set(range(77, 151))  # blends of the cell and the fill at the outline; no plasma
    assert crops.boxes.shape == (2, 4) and crops.pixels.shape == (2, 3, 24, 24)


def test_a_masked_square_keeps_the_shape_of_the_cell() -> None:
    seen = crop(Masked(fill=0), size=24).pixels[0, 0] > 75  # a cell of 20 × 10 px with a hole, in a square of 24
    rows, columns = seen.any(dim=1).sum(), seen.any(dim=0).sum()
    assert (int(rows), int(columns)) == (10, 20)


def test_a_masked_crop_of_the_nucleus_hides_the_cytoplasm() -> None:
    crops = crop(Masked(of="nucleus", fill=255))
    assert crops.pixels[0].min() == 10
    assert (crops.pixels[0] == 255).float().mean() > 0.8


def test_the_fill_may_be_the_fields_border_or_the_cells_mean() -> None:
    assert crop(Masked()).pixels[0, :, 0, 0].tolist() == list(PLASMA)
    mean = round((150 * 168 + 10 * 32) / 200)
    assert crop(Masked(fill="mean")).pixels[0, 0, 0, 0] == mean


def test_a_cell_in_whose_region_no_pixel_lies_is_shown_as_it_is() -> None:
    crops = crop(Masked(of="nucleus", fill=255))
    assert set(crops.pixels[1, 0].flatten().tolist()) >= {150, PLASMA[0]}


@pytest.mark.parametrize(
    ("component", "what"),
    [(Masked(), "regions"), (Masked(of="nucleus"), "nuclei"), (Tight(around="cell"), "regions")],
    ids=["masked", "nucleus", "tight"],
)
def test_cells_that_nothing_has_segmented_are_refused_with_the_cure(component, what: str) -> None:
    with pytest.raises(LeukcadError, match=f"the cells of f have no {what}; put a segment step before it"):
        crop(component, cells(maps=False))


def test_cells_that_nothing_has_segmented_are_shown_whole_where_that_is_said() -> None:
    crops = crop(Masked(unsegmented="box"), cells(maps=False))
    assert torch.equal(crops.pixels, crop(Tight(fit="letterbox"), cells(maps=False)).pixels)


@pytest.mark.parametrize("component", [Tight(around="cell"), Masked(), Physical()], ids=["tight", "masked", "physical"])
def test_a_field_without_cells_gives_no_crop_whatever_it_lacks(component) -> None:
    assert len(crop(component, Cells.empty())) == 0


def test_a_masked_crop_may_reach_beyond_the_field() -> None:
    drawn = draw_field(("lymphocyte",), seed=3)
    assert drawn.truth is not None
    crops = crop(Masked(context=20, fill=1), drawn.truth, drawn)
    assert (crops.pixels[0, :, 0] == 1).all()


def test_a_physical_crop_shows_as_many_µm_at_every_magnification() -> None:
    sides = []
    for pixel_size in (0.1, 0.25):
        box = crop(Physical(side=10), of=field(pixel_size=pixel_size)).boxes[0]
        sides.append(float(box[2] - box[0]) * pixel_size)
        assert ((box[:2] + box[2:]) / 2).tolist() == [30, 25]
    assert sides == pytest.approx([10, 10])


def test_a_field_of_unknown_scale_is_refused_with_the_cure() -> None:
    with pytest.raises(LeukcadError, match=r"f does not tell its pixel size.*red-cell-scale.*fallback"):
        crop(Physical())


def test_a_field_of_unknown_scale_takes_the_fallback() -> None:
    box = crop(Physical(fallback=30)).boxes[0]
    assert (box[2:] - box[:2]).tolist() == [30, 30]
