"""Coarsened fields keep their size and lose their detail."""

from __future__ import annotations

import numpy as np
import pytest
from leukcad_cells.coarse import Coarsen

from leukcad import Field, Record, Step


def coarsened(array: np.ndarray, factor: float) -> np.ndarray:
    step = Step("preprocess", "coarsen", Coarsen(factor=factor))
    (after,) = step.preprocess([Field.of(Record("a"), array)])
    return after.array()


def test_the_factor_one_changes_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    assert np.array_equal(coarsened(noise, 1.0), noise)


@pytest.mark.parametrize("factor", [0.5, 0.21, 0.01])
def test_a_field_keeps_its_size_and_its_mean_and_loses_its_noise(factor: float) -> None:
    noise = np.random.default_rng(0).integers(60, 200, (40, 60, 3), dtype=np.uint8)
    after = coarsened(noise, factor)
    assert after.shape == noise.shape
    assert after.mean() == pytest.approx(noise.mean(), abs=2)
    assert after.std() < 0.75 * noise.std()


def test_what_is_wider_than_a_small_pixel_stays_and_what_is_narrower_goes() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 200
    halves = np.zeros((64, 64, 3), np.uint8)
    halves[:, 32:] = 200
    assert coarsened(stripes, 0.25).std() < 10
    assert coarsened(halves, 0.25).std() > 90
