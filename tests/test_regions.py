"""The one resize."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from leukcad.regions import border_colour, owners, sample


def picture(height: int = 60, width: int = 80) -> torch.Tensor:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (height // 10, width // 10, 3), dtype=np.uint8)
    return torch.from_numpy(np.array(Image.fromarray(coarse).resize((width, height)))).permute(2, 0, 1)


def test_squashing_the_whole_field_agrees_with_pillow_within_a_grey_level() -> None:
    image = picture()
    ours = sample(image, torch.tensor([[0.0, 0, 80, 60]]), 24)[0]
    theirs = Image.fromarray(image.permute(1, 2, 0).numpy()).resize((24, 24), Image.Resampling.BILINEAR)
    assert np.abs(ours.permute(1, 2, 0).numpy().astype(int) - np.asarray(theirs).astype(int)).max() <= 1


def test_no_boxes_give_no_crops() -> None:
    assert sample(picture(), torch.zeros((0, 4)), 16).shape == (0, 3, 16, 16)


def test_a_box_of_the_crops_own_size_is_cut_without_a_change() -> None:
    image = picture()
    assert torch.equal(sample(image, torch.tensor([[10.0, 20, 26, 36]]), 16)[0], image[:, 20:36, 10:26])


def test_what_lies_outside_the_field_has_the_colour_of_its_border() -> None:
    image = picture()
    crop = sample(image, torch.tensor([[-16.0, -16, 0, 0]]), 16)[0]
    assert torch.equal(crop, border_colour(image)[:, None, None].expand(3, 16, 16))


def test_a_letterboxed_field_keeps_its_shape_and_is_padded() -> None:
    image = torch.zeros((3, 20, 80), dtype=torch.uint8)
    image[:, 5:15, 5:75] = 200
    crop = sample(image, torch.tensor([[0.0, 0, 80, 20]]), 40, "letterbox")[0]
    assert int(crop[:, :14].max()) == 0 and int(crop[:, 26:].max()) == 0
    assert int(crop[:, 20, 20].min()) == 200


def test_a_point_becomes_a_crop_of_one_pixel() -> None:
    image = picture()
    crop = sample(image, torch.tensor([[30.0, 30, 30, 30]]), 8)[0]
    assert torch.equal(crop, image[:, 30, 30][:, None, None].expand(3, 8, 8))


def test_of_overlapping_boxes_the_nearer_has_a_pixel_and_outside_all_boxes_nobody() -> None:
    boxes = np.array([[0, 0, 20, 10], [10, 0, 30, 10], [26, 2, 30, 6]], np.float32)
    owner = owners(boxes, 12, 40)
    assert owner.shape == (12, 40) and owner.dtype == np.int32
    assert (owner[:10, :10] == 1).all()
    assert owner[5, 14] == 1 and owner[5, 15] == 2
    assert (owner[2:5, 27:29] == 3).all()
    assert (owner[10:] == 0).all() and (owner[:, 30:] == 0).all()


def test_boxes_that_leave_the_field_or_hold_no_pixels_centre_own_what_there_is() -> None:
    boxes = np.array([[-5, -5, 3, 3], [8, 8, 8.4, 8.4], [50, 50, 60, 60], [7, 7, 7, 7]], np.float32)
    owner = owners(boxes, 10, 10)
    assert set(np.unique(owner)) == {0, 1}
    assert (owner[:3, :3] == 1).all() and int((owner > 0).sum()) == 9


def test_without_boxes_nobody_owns_a_pixel() -> None:
    assert owners(np.zeros((0, 4), np.float32), 5, 7).sum() == 0
