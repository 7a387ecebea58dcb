"""`detect: nuclei` on drawn and on real fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_skimage.nuclei import Nuclei
from leukcad_skimage.wbc import find_wbc
from PIL import Image

from leukcad import Cells, Field, Record, Step

Disc = tuple[float, float, float]  # x, y, radius

HAEMOGLOBIN = np.array([0.10, 0.30, 0.24])
CYTOPLASM = np.array([0.12, 0.12, 0.04])
CHROMATIN = np.array([0.75, 0.95, 0.25])
PLASMA = np.array([225.0, 215.0, 210.0])


def smear(
    *,
    red: Sequence[Disc] = (),
    bodies: Sequence[Disc] = (),
    nuclei: Sequence[Disc] = (),
    size: tuple[int, int] = (400, 300),
    seed: int = 0,
) -> npt.NDArray[np.uint8]:
    """An RGB field uint8 (H, W, 3) of red cells with pallor, cell bodies and nuclei; `size` is width, height."""
    width, height = size
    density = np.zeros((height, width, 3))
    for x, y, radius in red:
        density += (disc(size, x, y, radius) - 0.5 * disc(size, x, y, 0.35 * radius))[..., None] * HAEMOGLOBIN
    for dye, discs in ((CYTOPLASM, bodies), (CHROMATIN, nuclei)):
        cover = np.zeros((height, width))
        for x, y, radius in discs:
            cover = np.maximum(cover, disc(size, x, y, radius))
        density += cover[..., None] * dye
    noise = np.random.default_rng(seed).normal(0, 2, density.shape)
    light = PLASMA * np.exp(-cv2.GaussianBlur(density, (0, 0), 1.0)) + noise
    return np.clip(np.round(light), 0, 255).astype(np.uint8)


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> npt.NDArray[np.float64]:
    """Cover of one disc, 0 or 1, (H, W)."""
    ys, xs = np.mgrid[: size[1], : size[0]]
    return np.asarray((xs - x) ** 2 + (ys - y) ** 2 <= radius**2, np.float64)


def red_cells(seed: int = 0, n: int = 30, size: tuple[int, int] = (400, 300), radius: float = 17.0) -> list[Disc]:
    """Red cells anywhere, overlapping as they fall."""
    rng = np.random.default_rng(seed)
    return [(float(rng.uniform(0, size[0])), float(rng.uniform(0, size[1])), radius) for _ in range(n)]


def away_from(cells: list[Disc], others: Sequence[Disc], gap: float = 4.0) -> list[Disc]:
    """Those of `cells` that keep clear of `others`."""
    return [c for c in cells if all(np.hypot(c[0] - o[0], c[1] - o[1]) > c[2] + o[2] + gap for o in others)]


U8 = npt.NDArray[np.uint8]
THREE = [(80.0, 80.0, 27.0), (300.0, 90.0, 25.0), (190.0, 220.0, 28.0)]


def nuclei_in(bodies: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    return [(x, y, 0.8 * radius) for x, y, radius in bodies]


def detect(image: U8) -> Cells:
    component = Nuclei()
    step = Step("detect", "nuclei", component)
    return component.leukcad_detect([Field.of(Record("drawn"), image)], step)[0]


def resized(image: U8, width: int, height: int) -> U8:
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def iou(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(width, 0) * max(height, 0)
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


def test_a_blank_field_has_no_cells_and_empty_maps() -> None:
    cells = detect(smear())
    assert len(cells) == 0 and tuple(cells.boxes.shape) == (0, 4) and tuple(cells.scores.shape) == (0,)
    assert cells.regions is not None and tuple(cells.regions.shape) == (300, 400) and int(cells.regions.max()) == 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [6, 25, 70])
def test_red_cells_are_not_leukocytes_however_they_overlap(seed: int, n: int) -> None:
    assert len(detect(smear(red=red_cells(seed, n), seed=seed))) == 0


@pytest.mark.parametrize("seed", range(4))
def test_three_leukocytes_among_red_cells_are_found_with_their_boxes(seed: int) -> None:
    cells = detect(smear(red=away_from(red_cells(seed), THREE), bodies=THREE, nuclei=nuclei_in(THREE), seed=seed))
    assert len(cells) == 3
    boxes = cells.boxes.numpy()
    for x, y, radius in THREE:
        truth = np.array([x - radius, y - radius, x + radius, y + radius], np.float32)
        assert max(iou(truth, box) for box in boxes) > 0.75


def test_without_red_cells_in_sight_nuclei_are_still_found() -> None:
    assert len(detect(smear(bodies=THREE, nuclei=nuclei_in(THREE)))) == 3


def test_a_leukocyte_that_touches_red_cells_is_boxed_without_them() -> None:
    body = (200.0, 150.0, 27.0)
    around = [(200.0 + 43 * np.cos(a), 150.0 + 43 * np.sin(a), 17.0) for a in (0.3, 2.4, 4.4)]
    cells = detect(
        smear(red=around + away_from(red_cells(3), [body, *around]), bodies=[body], nuclei=nuclei_in([body]))
    )
    assert len(cells) == 1
    assert iou(np.array([173, 123, 227, 177], np.float32), cells.boxes.numpy()[0]) > 0.7


def test_touching_leukocytes_are_two() -> None:
    pair = [(170.0, 150.0, 26.0), (219.0, 156.0, 26.0)]
    nuclei = [(x, y, 23.5) for x, y, _ in pair]
    cells = detect(smear(red=away_from(red_cells(1), pair), bodies=pair, nuclei=nuclei))
    assert len(cells) == 2


def test_nuclei_that_run_into_each_other_are_cut_at_the_neck() -> None:
    pair = [(165.0, 150.0, 29.0), (217.0, 152.0, 29.0)]
    nuclei = [(165.0, 150.0, 27.5), (217.0, 152.0, 27.5)]
    assert len(detect(smear(red=away_from(red_cells(1), pair), bodies=pair, nuclei=nuclei))) == 2


def test_the_lobes_of_a_granulocyte_are_one_cell() -> None:
    body = (200.0, 150.0, 28.0)
    lobes = [(188.0, 139.0, 9.5), (211.0, 143.0, 9.0), (199.0, 165.0, 9.5)]
    cells = detect(smear(red=away_from(red_cells(2), [body]), bodies=[body], nuclei=lobes))
    assert len(cells) == 1
    assert cells.nuclei is not None and all(int(cells.nuclei[int(y), int(x)]) == 1 for x, y, _ in lobes)


def test_platelets_are_not_leukocytes() -> None:
    rng = np.random.default_rng(5)
    platelets = [(float(rng.uniform(10, 390)), float(rng.uniform(10, 290)), 4.5) for _ in range(12)]
    assert len(detect(smear(red=away_from(red_cells(4), platelets), nuclei=platelets))) == 0


def test_a_leukocyte_cut_by_the_border_is_found() -> None:
    body = (2.0, 150.0, 28.0)
    cells = detect(smear(red=away_from(red_cells(2), [body]), bodies=[body], nuclei=nuclei_in([body])))
    assert len(cells) == 1 and float(cells.boxes[0, 0]) == 0.0


def test_the_same_cells_at_half_the_size() -> None:
    image = smear(red=away_from(red_cells(0), THREE), bodies=THREE, nuclei=nuclei_in(THREE))
    full, half = find_wbc(image), find_wbc(resized(image, 200, 150))
    assert len(full.boxes) == len(half.boxes) == 3
    assert all(max(iou(2 * small, box) for box in full.boxes) > 0.8 for small in half.boxes)


def test_the_same_cells_under_coloured_and_uneven_light() -> None:
    image = smear(red=away_from(red_cells(0), THREE), bodies=THREE, nuclei=nuclei_in(THREE))
    fall = np.linspace(1.0, 0.6, 400)[None, :, None] * np.array([0.75, 1.0, 0.85])
    assert len(find_wbc((image * fall).astype(np.uint8)).boxes) == 3


def test_twice_the_same_answer() -> None:
    image = smear(red=away_from(red_cells(0), THREE), bodies=THREE, nuclei=nuclei_in(THREE))
    first, second = find_wbc(image), find_wbc(image)
    assert np.array_equal(first.boxes, second.boxes) and np.array_equal(first.regions, second.regions)
    assert np.array_equal(first.scores, second.scores) and np.array_equal(first.nuclei, second.nuclei)


def test_label_maps_agree_with_boxes_and_scores_fall() -> None:
    found = find_wbc(smear(red=away_from(red_cells(0), THREE), bodies=THREE, nuclei=nuclei_in(THREE)))
    assert (np.diff(found.scores) <= 0).all() and found.regions.dtype == found.nuclei.dtype == np.int32
    for index, box in enumerate(found.boxes):
        ys, xs = np.nonzero(found.regions == index + 1)
        assert np.abs(np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) - box).max() <= 2
        assert ((found.nuclei == index + 1) <= (found.regions == index + 1)).mean() > 0.999


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(32, 32), (1, 1), (3, 500), (300, 400)])
def test_flat_pictures_of_any_shape_have_no_cells(value: int, shape: tuple[int, int]) -> None:
    assert len(detect(np.full((*shape, 3), value, np.uint8))) == 0


def test_a_grey_picture_is_an_ordinary_input() -> None:
    image = smear(red=away_from(red_cells(0), THREE), bodies=THREE, nuclei=nuclei_in(THREE))
    grey = np.repeat(np.asarray(image.mean(2), np.uint8)[..., None], 3, axis=2)
    cells = detect(grey)
    assert len(cells) <= 3 and bool((cells.boxes[:, 2:] >= cells.boxes[:, :2]).all())


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_noise_of_any_shape_gives_boxes_inside_the_field(width: int, height: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    boxes = find_wbc(image, min_score=0.0).boxes
    assert np.isfinite(boxes).all() and (boxes >= 0).all() and (boxes[:, [0, 2]] <= width).all()
    assert (boxes[:, [1, 3]] <= height).all()


def test_a_lower_min_score_never_finds_less() -> None:
    image = smear(red=red_cells(7), bodies=THREE, nuclei=nuclei_in(THREE))
    found = [len(find_wbc(image, min_score=score).boxes) for score in (0.0, 0.3, 0.5, 0.9)]
    assert found == sorted(found, reverse=True) and found[0] >= 3


def test_a_given_red_cell_diameter_is_taken() -> None:
    image = smear(red=away_from(red_cells(0), THREE), bodies=THREE, nuclei=nuclei_in(THREE))
    assert find_wbc(image, cell_diameter=34.0).diameter == pytest.approx(34.0)
    assert find_wbc(image).diameter == pytest.approx(34.0, rel=0.15)
    assert len(find_wbc(image, cell_diameter=120.0).boxes) == 0


@pytest.mark.parametrize(("preset", "seed", "count"), [("count", 101, None), ("overlap", 511, 28)])
def test_a_simulated_field_crowded_with_blasts_is_measured_by_its_red_cells(
    preset: str, seed: int, count: int | None
) -> None:
    from leukcad_smears.presets import sample_scene
    from leukcad_smears.render import render

    drawn = render(sample_scene(preset, "ALL", np.random.default_rng(seed), count=count))
    found = find_wbc(drawn.image)
    assert abs(len(found.boxes) - len(drawn.boxes)) <= 1
    assert found.diameter < 40  # blasts are 55 px across


def test_speckle_does_not_pass_for_red_cells() -> None:
    rng = np.random.default_rng(3)
    specks = [(float(x), float(y), 1.6) for x, y in rng.uniform(4, (396, 296), (500, 2))]
    red = [(60.0, 60.0, 18.0), (150.0, 80.0, 18.0), (250.0, 60.0, 18.0), (90.0, 200.0, 18.0), (320.0, 220.0, 18.0)]
    assert find_wbc(smear(red=[*red, *specks])).diameter > 25


@pytest.mark.parametrize("shape", ["frame", "bar", "eyepiece"])
def test_black_around_the_smear_hides_no_cell(shape: str) -> None:
    cells = [(120.0, 150.0, 24.0), (280.0, 150.0, 24.0)]
    field = smear(red=red_cells(), bodies=cells, nuclei=[(x, y, 0.8 * r) for x, y, r in cells])
    smear_itself = {
        "frame": np.pad(np.ones((276, 376), bool), 12),
        "bar": np.arange(300)[:, None] * np.ones(400) < 270,
        "eyepiece": disc((400, 300), 200, 150, 215) > 0,
    }[shape]
    plain, framed = find_wbc(field), find_wbc(np.where(smear_itself[..., None], field, 12).astype(np.uint8))
    assert len(plain.boxes) == len(framed.boxes) == 2
    order = [np.argsort(found.boxes[:, 0]) for found in (plain, framed)]
    assert np.abs(plain.boxes[order[0]] - framed.boxes[order[1]]).max() < 8


def test_a_field_that_is_black_altogether_holds_no_cell() -> None:
    assert len(find_wbc(np.zeros((300, 400, 3), np.uint8)).boxes) == 0


@pytest.mark.parametrize(("radius", "measured"), [(5, False), (9, True)])
def test_what_is_hardly_larger_than_no_cell_at_any_magnification_gives_no_scale(radius: int, measured: bool) -> None:
    from leukcad_skimage.look import red_cell_diameter

    mask = np.zeros((384, 512), np.uint8)
    for x in range(20, 500, 40):
        for y in range(20, 370, 40):
            cv2.circle(mask, (x, y), radius, 1, -1)
    told = red_cell_diameter(mask)
    assert told == (pytest.approx(2 * radius, rel=0.2) if measured else None)


def test_a_field_out_of_focus_is_not_full_of_leukocytes(shared_data: Path) -> None:
    with Image.open(shared_data / "chula_wbc/images/N-3B_0528.jpg") as image:
        assert len(find_wbc(np.asarray(image.convert("RGB"), np.uint8)).boxes) <= 3
