from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import resize_local_mean

from leukcad import Field, Heatmap, Record
from leukcad.evaluation.evidence import NONE_FOUND, coverage, evidence, has_evidence
from leukcad.evaluation.shifts import shift_p
from leukcad.evaluation.views import View, averaged, enlarged
from leukcad.pipeline import to_field

H, W = 60, 84
WHOLE = View((H, W), [(0, 0, W, H)], (7, 7))
CROPS = View((H, W), [(4, 4, 24, 24), (18, 10, 38, 30), (70, 40, 96, 66)], (4, 4), 16)


def cells(*centres: tuple[int, int], radius: int = 5) -> np.ndarray:
    """A label map of discs."""
    y, x = np.mgrid[:H, :W]
    out = np.zeros((H, W), np.int32)
    for i, (cy, cx) in enumerate(centres, 1):
        out[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = i
    return out


FOUR = cells((14, 14), (20, 28), (50, 78), (45, 30))


@pytest.mark.parametrize("shape", [(7, 7), (5, 3), (1, 1)])
def test_a_mask_is_averaged_to_the_grid_by_area(shape):
    values = np.random.default_rng(0).random((H, W))
    assert averaged(values, shape) == pytest.approx(resize_local_mean(values, shape), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(1, 12)] * 2), st.tuples(*[st.integers(1, 40)] * 2))
def test_a_grid_is_enlarged_as_torch_enlarges_heat_maps(small, large):
    values = np.random.default_rng(1).random(small)
    theirs = F.interpolate(torch.from_numpy(values)[None, None], large, mode="bilinear", align_corners=False)[0, 0]
    assert enlarged(values, large) == pytest.approx(theirs.numpy(), abs=1e-12)


@pytest.mark.parametrize("view", [WHOLE, CROPS])
def test_the_ceiling_map_is_laid_into_the_field_as_heat_maps_are(view):
    mask = FOUR > 0
    parts = []
    for box in view.boxes:
        x0, y0, x1, y1 = box
        padded = np.pad(mask, 40)[y0 + 40 : y1 + 40, x0 + 40 : x1 + 40].astype(float)
        coarse = resize_local_mean(padded, view.grid)
        if view.size:
            coarse = F.interpolate(torch.from_numpy(coarse)[None, None], (view.size,) * 2, mode="bilinear")[
                0, 0
            ].numpy()
        parts.append((Heatmap(torch.from_numpy(coarse).float(), "ALL", "mask"), list(map(float, box))))
    field = Field.of(Record("f"), np.zeros((H, W, 3), np.uint8))
    assert view.blurred(mask) == pytest.approx(to_field(field, parts).values.numpy(), abs=1e-5)


@pytest.mark.parametrize("view", [WHOLE, CROPS])
def test_the_sharpest_map_of_the_cells_gains_1_and_an_even_map_gains_0(view):
    seen = view.covers() > 0
    white = (FOUR > 0) & seen
    sharpest = evidence(view.blurred(white), FOUR, view)
    assert sharpest.gain == pytest.approx(1)
    assert sharpest.p is not None and sharpest.p <= 0.01
    even = evidence(np.ones((H, W)), FOUR, view)
    assert even.gain == pytest.approx(0) and even.p == 1
    assert even.energy == pytest.approx(even.chance)


def test_cropping_earns_nothing():
    even = np.ones((H, W))
    assert evidence(even, FOUR, CROPS).chance > 2 * evidence(even, FOUR, WHOLE).chance
    assert evidence(even, FOUR, CROPS).gain == pytest.approx(0)


def test_a_map_on_everything_but_the_cells_gains_less_than_nothing():
    told = evidence(1 - (FOUR > 0).astype(float), FOUR, WHOLE)
    assert told.energy == 0 and told.gain is not None and told.gain < 0
    assert told.p == 1 and told.coverage == 0


def test_the_gain_is_undefined_where_chance_and_ceiling_lie_close():
    nearly_all = np.ones((H, W), np.int32)
    nearly_all[0, :5] = 0
    told = evidence(np.ones((H, W)), nearly_all, WHOLE)
    assert told.gain is None and told.energy is not None


def test_a_map_without_positive_evidence_says_so_instead_of_a_number():
    for heat, raw in [(np.zeros((H, W)), None), (np.full((H, W), 1e-9), (1e-9, 1.0))]:
        told = evidence(heat, FOUR, WHOLE, raw=raw)
        assert told.note == NONE_FOUND
        assert (told.energy, told.gain, told.p, told.coverage) == (None,) * 4
    assert has_evidence(1e-5, (1e-5, 1.0)) and not has_evidence(1e-7, (1e-7, 1.0))


def test_copies_of_a_field_need_no_test_of_their_own():
    heat = np.random.default_rng(5).random((H, W))
    tested, untested = evidence(heat, FOUR, WHOLE), evidence(heat, FOUR, WHOLE, shifts=0)
    assert untested.p is None and tested.p is not None
    assert untested.gain == tested.gain


def test_a_field_without_leukocytes_has_no_gain():
    told = evidence(np.ones((H, W)), np.zeros((H, W), np.int32), WHOLE)
    assert (told.energy, told.gain, told.p) == (0, None, None)
    assert told.note == "no leukocyte in what was seen"


def test_energy_and_area_of_all_kinds_add_up_to_one_and_leukocytes_go_first():
    rng = np.random.default_rng(2)
    red, platelets = rng.random((2, H, W)) < 0.4
    told = evidence(rng.random((H, W)), FOUR, WHOLE, {"red cells": red, "platelets": platelets})
    assert told.energy is not None
    assert told.energy + sum(told.kinds.values()) == pytest.approx(1)
    assert told.chance + sum(told.areas.values()) == pytest.approx(1)
    assert list(told.kinds) == ["red cells", "platelets", "plasma"]
    assert told.areas["red cells"] == pytest.approx((red & (FOUR == 0)).mean())


def test_heat_outside_of_what_was_seen_does_not_count():
    heat = np.ones((H, W))
    heat[CROPS.covers() == 0] = 99
    assert evidence(heat, FOUR, CROPS).energy == pytest.approx(evidence(np.ones((H, W)), FOUR, CROPS).energy)


def test_coverage_is_the_share_of_cells_hotter_than_the_field():
    heat = np.ones((H, W))
    heat[FOUR == 1] = 5
    heat[FOUR == 2] = 0
    heat[FOUR > 2] = 0.5
    assert coverage(heat, FOUR, np.ones((H, W), bool)) == 0.25
    assert coverage(heat, FOUR, np.zeros((H, W), bool)) is None


def by_hand(heat: np.ndarray, mask: np.ndarray, shifts: int, seed: int) -> float:
    """The same test without FFT: maps rolled and flipped one by one."""
    rng = np.random.default_rng(seed)
    versions = [heat, heat[::-1, ::-1], heat[:, ::-1], heat[::-1]]
    at_least = 0
    for _ in range(shifts):
        version = versions[rng.integers(4)]
        moved = np.roll(version, tuple(rng.integers(0, n) for n in heat.shape), axis=(0, 1))
        at_least += moved[mask].sum() >= heat[mask].sum() - 1e-9
    return (1 + at_least) / (1 + shifts)


@pytest.mark.parametrize("seed", range(4))
def test_p_is_that_of_maps_shifted_and_flipped_one_by_one(seed):
    heat = enlarged(np.random.default_rng(seed).random((7, 7)), (H, W))
    mine, theirs = (
        np.mean([test(heat, FOUR > 0, *more, seed=s) for s in range(3)])
        for test, more in ((shift_p, (WHOLE, 999)), (by_hand, (999,)))
    )
    assert mine == pytest.approx(theirs, abs=0.05)


def test_p_is_even_where_the_map_has_nothing_to_do_with_the_cells():
    rng = np.random.default_rng(3)
    small = View((30, 30), [(0, 0, 30, 30)], (7, 7))
    mask = np.zeros((30, 30), bool)
    mask[5:11, 5:11] = mask[18:26, 20:24] = True
    found = [shift_p(enlarged(rng.random((7, 7)), (30, 30)), np.roll(mask, rng.integers(0, 30, 2), (0, 1)), small)
             for _ in range(200)]  # fmt: skip
    assert np.mean(np.array(found) <= 0.05) <= 0.05 + 2 * (0.05 * 0.95 / 200) ** 0.5
    assert 0.4 < np.mean(found) < 0.6


def test_maps_of_crops_move_within_their_own_crop():
    only = View((H, W), [(9, 9, 20, 20)], (4, 4))  # a crop that is nothing but cell: no shift can be better or worse
    assert shift_p(np.ones((H, W)), np.ones((H, W), bool), only) == 1


def test_large_fields_are_tested_on_blocks():
    big = View((1500, 2100), [(0, 0, 2100, 1500)], (7, 7))
    mask = np.zeros(big.shape, bool)
    mask[700:900, 1000:1200] = True
    assert shift_p(big.blurred(mask), mask, big, shifts=199) <= 0.05


def test_a_map_of_another_shape_or_below_zero_is_refused():
    with pytest.raises(ValueError, match=r"expected \(60, 84\), got \(5, 5\)"):
        evidence(np.ones((5, 5)), FOUR, WHOLE)
    with pytest.raises(ValueError, match="≥ 0, got -1"):
        evidence(-np.ones((H, W)), FOUR, WHOLE)
