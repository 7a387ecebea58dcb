"""Augmentation changes what it says it changes and nothing else."""

from __future__ import annotations

import pytest
import torch

from leukcad.options import Augment
from leukcad.training.augment import augment


def pictures(n: int = 16, size: int = 12) -> torch.Tensor:
    draws = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=draws)


def changed(pixels: torch.Tensor, seed: int = 0, **options: object) -> torch.Tensor:
    return augment(pixels, Augment(**options), torch.Generator().manual_seed(seed))


ALL = {"flip": True, "rotate": True, "brightness": 0.2, "contrast": 0.2, "stain": 0.2, "scale": 0.3}


def test_nothing_asked_nothing_changed():
    pixels = pictures()
    assert torch.equal(changed(pixels), pixels)


def test_the_given_batch_is_left_as_it_is_and_the_changes_follow_the_generator():
    pixels = pictures()
    before = pixels.clone()
    first, again, other = changed(pixels, **ALL), changed(pixels, **ALL), changed(pixels, seed=1, **ALL)
    assert torch.equal(pixels, before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("name", list(ALL))
def test_each_change_keeps_shape_type_and_layout(name):
    out = changed(pictures().contiguous(memory_format=torch.channels_last), **{name: ALL[name]})
    assert out.shape == (16, 3, 12, 12)
    assert out.dtype == torch.uint8
    assert out.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("options", "number"), [({"flip": True}, 4), ({"rotate": True}, 4), ({"flip": True, "rotate": True}, 8)]
)
def test_every_picture_is_one_of_the_squares_symmetries_and_all_of_them_occur(options, number):
    picture = pictures(1)[0]
    turned = [torch.rot90(picture.flip(axes) if axes else picture, k, (1, 2)) for axes in ([], [2]) for k in range(4)]
    out = changed(picture[None].repeat(200, 1, 1, 1), **options)
    kinds = [next(i for i, t in enumerate(turned) if torch.equal(t, one)) for one in out]
    assert len(set(kinds)) == number


def test_every_picture_keeps_its_place_when_turned():
    pixels = torch.arange(40, dtype=torch.uint8)[:, None, None, None].repeat(1, 3, 4, 4)
    assert torch.equal(changed(pixels, flip=True, rotate=True), pixels)


def test_brightness_scales_all_colours_of_a_picture_alike():
    pixels = torch.tensor([100, 150, 200], dtype=torch.uint8)[None, :, None, None].repeat(50, 1, 4, 4)
    factors = changed(pixels, brightness=0.2).float() / pixels
    assert (factors.amax(dim=(1, 2, 3)) - factors.amin(dim=(1, 2, 3))).max() < 0.011  # rounding
    assert 0.79 < factors.min() < 0.9
    assert 1.1 < factors.max() < 1.21


def test_contrast_keeps_the_mean_of_a_picture():
    pixels = (pictures().float() * 0.3 + 90).to(torch.uint8)
    out = changed(pixels, contrast=0.3).float()
    sampled = pixels[:, :, ::4, ::4].float().mean(dim=(1, 2, 3))  # the mean that it turns about
    spread = out.std(dim=(1, 2, 3)) / pixels.float().std(dim=(1, 2, 3))
    shift = out.mean(dim=(1, 2, 3)) - (sampled + (pixels.float().mean(dim=(1, 2, 3)) - sampled) * spread)
    assert shift.abs().max() < 0.6
    assert spread.min() < 0.9
    assert spread.max() > 1.1


def test_stain_scales_the_optical_density_of_each_colour_and_leaves_white_white():
    levels = torch.tensor([255, 180, 60], dtype=torch.uint8)
    pixels = levels[None, None, :, None].repeat(50, 3, 1, 3)
    out = changed(pixels, stain=0.2)
    assert (out[:, :, 0] == 255).all()
    density = -(out.float() / 255).log()[:, :, 1:, 0]
    factors = density / -(levels[1:].float() / 255).log()
    assert (factors[:, :, 0] - factors[:, :, 1]).abs().max() < 0.02  # the same at both levels
    assert (factors[:, 0, 1] - factors[:, 1, 1]).abs().max() > 0.05  # another for each colour
    assert factors.min() > 0.78
    assert factors.max() < 1.22


def test_scale_makes_the_centre_larger_or_smaller_and_pads_with_the_border():
    pixels = torch.full((60, 3, 32, 32), 200, dtype=torch.uint8)
    pixels[:, :, 10:22, 10:22] = 0
    areas = (changed(pixels, scale=0.3)[:, 0] < 100).float().sum(dim=(1, 2)).sqrt()
    assert 8 <= areas.min() < 10.5
    assert 13.5 < areas.max() <= 16
    assert (changed(pixels, scale=0.3)[:, :, 0, 0] == 200).all()
