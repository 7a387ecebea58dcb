"""Light, stain and noise of a field are changed as asked, and nothing else of it."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_skimage.denoise import Denoise
from leukcad_skimage.light import Vignetting, WhiteBalance, balanced, evened
from leukcad_skimage.macenko import Macenko, measured
from leukcad_skimage.reinhard import Reinhard, statistics
from leukcad_skimage.repaint import small
from leukcad_skimage.scale import RedCellScale, red_cell_px

from leukcad import Cells, Examples, Field, LeukcadError, Record, Step
from leukcad.testing import draw_field

U8 = npt.NDArray[np.uint8]
KINDS = ("lymphocyte", "lymphoblast") * 4
BLUER = np.array([0.75, 0.85, 1.0])


def fitted(component: Any, fields: list[Field]) -> Step:
    step = Step("preprocess", type(component).__name__.lower(), component)
    step.fit(Examples((), fields), Examples(()))
    return step


@cache
def drawn(seed: int = 0) -> Field:
    return draw_field(KINDS, seed)


def tinted(field: Field, tint: npt.NDArray[np.float64]) -> Field:
    return Field.of(field.record, (field.array() * tint).astype(np.uint8), truth=field.truth)


def stronger(field: Field, factor: float) -> Field:
    """The same field stained with more of the same, by Beer and Lambert."""
    light = np.array([236.0, 228.0, 232.0])
    return Field.of(field.record, np.clip(light * (field.array() / light) ** factor, 0, 255).astype(np.uint8))


def off(one: Field, other: Field) -> float:
    """The mean difference of two fields' pixels in grey values."""
    return float(np.abs(one.array().astype(float) - other.array()).mean())


def components() -> list[Step]:
    fields = [drawn(seed) for seed in range(3)]
    learned = [fitted(Reinhard(), fields), fitted(Macenko(), fields)]
    fixed = [WhiteBalance(), Vignetting(), Vignetting(flares=True), RedCellScale()]
    smooth = [Denoise(method=m, size=3) for m in ("median", "bilateral", "non-local-means")]
    return learned + [Step("preprocess", type(c).__name__.lower(), c) for c in [*fixed, *smooth]]


STEPS = components()
NAMES = [f"{step.name}-{number}" for number, step in enumerate(STEPS)]


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_truth_record_and_memory_layout_stay(step: Step) -> None:
    field = drawn(7).replace(ledger=({"kind": "RBC"},))
    (after,) = step.preprocess([field])
    assert after.record is field.record and after.truth is field.truth and after.ledger == field.ledger
    assert after.image.dtype == torch.uint8 and after.image.stride() == field.image.stride()


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(40, 60), (1, 1)])
@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_flat_fields_of_any_shape_stay_flat(step: Step, shape: tuple[int, int], value: int) -> None:
    field = Field.of(Record("flat"), np.full((*shape, 3), value, np.uint8))
    (after,) = step.preprocess([field])
    assert np.ptp(after.array()) <= 1  # rounding


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 60), st.integers(4, 60), st.booleans())
def test_noise_and_grey_pictures_are_ordinary_input(seed: int, height: int, width: int, grey: bool) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = np.repeat(image[..., :1], 3, axis=2) if grey else image
    for step in STEPS:
        (after,) = step.preprocess([Field.of(Record("noise"), image)])
        assert after.array().shape == image.shape and after.array().dtype == np.uint8


@pytest.mark.parametrize("kind", [Reinhard, Macenko])
def test_a_field_of_the_reference_stays_as_it_is(kind: type) -> None:
    field = drawn()
    (after,) = fitted(kind(), [field]).preprocess([field])
    assert off(after, field) < 0.6  # rounding


@pytest.mark.parametrize("kind", [Reinhard, Macenko])
def test_another_camera_is_brought_near_the_reference(kind: type) -> None:
    step = fitted(kind(), [drawn(seed) for seed in range(4)])
    field = drawn(9)
    other = tinted(field, BLUER)
    (after,) = step.preprocess([other])
    assert off(after, field) < 0.35 * off(other, field)


def test_a_stronger_stain_is_brought_to_the_references_strength() -> None:
    step = fitted(Macenko(), [drawn(seed) for seed in range(4)])
    field = drawn(9)
    strong = stronger(field, 1.5)
    assert off(step.preprocess([strong])[0], field) < 0.35 * off(strong, field)


@pytest.mark.parametrize("kind", [Reinhard, Macenko])
def test_done_twice_it_is_as_done_once(kind: type) -> None:
    step = fitted(kind(), [drawn(seed) for seed in range(4)])
    once = step.preprocess([tinted(drawn(9), BLUER)])
    assert off(step.preprocess(once)[0], once[0]) < 2.5


@pytest.mark.parametrize("kind", [Reinhard, Macenko])
def test_the_reference_is_kept_as_tensors(kind: type) -> None:
    learned = fitted(kind(), [drawn(1)])
    fresh = Step("preprocess", "fresh", kind())
    fresh.restore(learned.state())
    field = tinted(drawn(3), BLUER)
    assert torch.equal(fresh.preprocess([field])[0].image, learned.preprocess([field])[0].image)


@pytest.mark.parametrize("kind", [Reinhard, Macenko])
def test_asked_before_it_has_learned_it_says_so(kind: type) -> None:
    with pytest.raises(LeukcadError, match="has not learned yet; train it, or give"):
        Step("preprocess", "x", kind()).preprocess([drawn()])


@pytest.mark.parametrize("kind", [Reinhard, Macenko])
def test_nothing_can_be_learned_where_nothing_is_stained(kind: type) -> None:
    blank = Field.of(Record("blank"), np.full((40, 40, 3), 230, np.uint8))
    with pytest.raises(LeukcadError, match=r"; give"):
        fitted(kind(), [blank])


def test_a_given_reference_is_taken_and_not_learned() -> None:
    given = Reinhard(mean=(60.0, 20.0, -15.0), std=(10.0, 8.0, 6.0))
    step = fitted(given, [drawn(1)])
    assert step.state()["target"].tolist() == [[60, 20, -15], [10, 8, 6]]
    told = statistics(small(step.preprocess([drawn(2)])[0].array()))
    assert told is not None and np.abs(told - given._target).max() < 4


def test_a_given_macenko_reference_is_what_fields_have_afterwards() -> None:
    reference = {"red_cells": (0.3, 0.75, 0.6), "chromatin": (0.5, 0.85, 0.15), "strength": (0.6, 1.3)}
    step = fitted(Macenko(**reference, light=(220.0, 220.0, 220.0)), [])
    told = measured(small(step.preprocess([drawn(2)])[0].array()))
    assert told is not None
    assert np.abs(told.strength - reference["strength"]).max() < 0.15
    assert float((told.vectors @ step.state()["vectors"].numpy().T).diagonal().min()) > 0.99
    assert np.abs(told.light - 220).max() < 6


@pytest.mark.parametrize("wrong", [{"mean": (1.0, 2.0, 3.0)}, {"std": (1.0, 2.0, 3.0)}])
def test_half_a_reference_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LeukcadError, match="mean and std together"):
        Reinhard(**wrong)
    with pytest.raises(LeukcadError, match="together, got some of them; give all four"):
        Macenko(strength=(1.0, 1.0))


def test_a_reference_without_spread_is_refused() -> None:
    with pytest.raises(LeukcadError, match="std: expected numbers above 0"):
        Reinhard(mean=(1.0, 2.0, 3.0), std=(1.0, 0.0, 3.0))


def test_a_field_without_a_second_stain_stays_and_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    step = fitted(Macenko(), [drawn(seed) for seed in range(3)])
    red = [draw_field((), seed) for seed in range(3)]
    with caplog.at_level(logging.WARNING, "leukcad"):
        after = step.preprocess(red)
    assert all(torch.equal(a.image, b.image) for a, b in zip(after, red, strict=True))
    assert sum("two stains" in line for line in caplog.messages) == 1


@pytest.mark.parametrize("white", [200, 235])
@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (0.7, 0.9, 0.95), (0.9, 0.6, 0.8)])
def test_plasma_of_any_colour_becomes_white(tint: tuple[float, float, float], white: int) -> None:
    after = balanced(tinted(draw_field((), 3), np.array(tint)).array(), white)
    plasma = np.median(after.reshape(-1, 3), axis=0)
    assert np.abs(plasma - white).max() <= 4


def test_a_white_balance_done_twice_is_as_done_once() -> None:
    once = balanced(tinted(drawn(), BLUER).array(), 235)
    assert np.abs(balanced(once, 235).astype(int) - once).max() <= 3


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.3, 1), st.floats(0.3, 1))
def test_a_white_balance_never_turns_darker_into_lighter(seed: int, red: float, blue: float) -> None:
    image = tinted(drawn(seed % 3), np.array([red, 1.0, blue])).array()
    after = balanced(image, 230)
    for colour in range(3):
        order = np.argsort(image[..., colour].ravel(), kind="stable")
        assert (np.diff(after[..., colour].ravel()[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("flares", [False, True])
def test_light_that_falls_off_to_the_corners_is_evened(flares: bool) -> None:
    field = draw_field((), 3)
    y, x = np.mgrid[-1 : 1 : field.height * 1j, -1 : 1 : field.width * 1j]
    fall = (1 - 0.25 * (x**2 + y**2))[..., None]
    after = evened((field.array() * fall).astype(np.uint8), flares)
    corner, middle = after[:25, :25].reshape(-1, 3), after[100:140, 120:160].reshape(-1, 3)
    ratio = np.percentile(corner, 90, axis=0) / np.percentile(middle, 90, axis=0)
    assert np.abs(ratio - 1).max() < 0.06  # 0.65 before


def test_even_light_is_left_alone() -> None:
    field = draw_field((), 3)
    assert np.abs(evened(field.array()).astype(int) - field.array()).mean() < 2.5


@pytest.mark.parametrize("method", ["median", "bilateral", "non-local-means"])
def test_noise_falls_and_edges_stay(method: str) -> None:
    clean = np.full((60, 80, 3), 200, np.uint8)
    clean[:, 40:] = 90
    noisy = np.clip(clean + np.random.default_rng(1).normal(0, 5, clean.shape), 0, 255).astype(np.uint8)
    step = Step("preprocess", "denoise", Denoise(method=method, strength=20))
    after = step.preprocess([Field.of(Record("n"), noisy)])[0].array().astype(float)
    assert np.abs(after - clean).mean() < 0.75 * np.abs(noisy.astype(float) - clean).mean()
    assert (after[:, 37].mean() - after[:, 42].mean()) > 100


def test_an_even_neighbourhood_is_refused_with_the_next_odd_one() -> None:
    with pytest.raises(LeukcadError, match="size: expected an odd number, got 4; say 5"):
        Denoise(size=4)


@pytest.mark.parametrize("diameter", [7.2, 8.0])
def test_a_pixel_is_as_large_as_the_red_cells_say(diameter: float) -> None:
    (after,) = Step("preprocess", "red-cell-scale", RedCellScale(diameter=diameter)).preprocess([drawn()])
    assert after.pixel_size == pytest.approx(diameter / 18, rel=0.15)  # drawn 18 px across


def test_at_twice_the_size_a_pixel_is_half_as_large() -> None:
    image = drawn().array()
    one, two = red_cell_px(image), red_cell_px(np.repeat(np.repeat(image, 2, axis=0), 2, axis=1))
    assert one is not None and two == pytest.approx(2 * one, rel=0.1)


def test_a_pixel_size_that_the_data_tell_stays_unless_it_is_to_be_replaced() -> None:
    field = drawn().replace(pixel_size=0.1)
    keep, replace = (Step("preprocess", "s", RedCellScale(known=known)) for known in ("keep", "replace"))
    assert keep.preprocess([field])[0].pixel_size == 0.1
    assert replace.preprocess([field])[0].pixel_size == pytest.approx(0.4, rel=0.15)


def test_without_red_cells_no_pixel_size_is_made_up(caplog: pytest.LogCaptureFixture) -> None:
    blank = Field.of(Record("blank"), np.full((90, 90, 3), 230, np.uint8), truth=Cells.empty())
    with caplog.at_level(logging.WARNING, "leukcad"):
        after = Step("preprocess", "red-cell-scale", RedCellScale()).preprocess([blank, blank])
    assert [field.pixel_size for field in after] == [None, None]
    assert len(caplog.messages) == 1
