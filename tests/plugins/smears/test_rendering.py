from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from leukcad_smears.appearance import draw_cell
from leukcad_smears.presets import compose, sample_scene, setting_of
from leukcad_smears.render import Rendered, render
from leukcad_smears.scene import WBC_KINDS, RedCell, Scene


@pytest.fixture(scope="module")
def field() -> tuple[Scene, Rendered]:
    scene = sample_scene("leukocytosis", "healthy", np.random.default_rng(5), count=16)
    return scene, render(scene)


def test_a_field_has_the_size_that_was_asked_for(field: tuple[Scene, Rendered]) -> None:
    _, rendered = field
    assert rendered.image.shape == (600, 800, 3)
    assert rendered.image.dtype == np.uint8
    assert rendered.regions.shape == rendered.nuclei.shape == (600, 800)


def test_boxes_hold_exactly_their_regions(field: tuple[Scene, Rendered]) -> None:
    _, rendered = field
    assert len(rendered.boxes) == len(rendered.kinds) == rendered.regions.max()
    for i, (x0, y0, x1, y1) in enumerate(rendered.boxes, start=1):
        y, x = np.nonzero(rendered.regions == i)
        assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (x0, y0, x1, y1)


def test_every_nucleus_lies_in_its_own_cell(field: tuple[Scene, Rendered]) -> None:
    _, rendered = field
    inside = rendered.nuclei > 0
    assert inside.any()
    assert np.array_equal(rendered.nuclei[inside], rendered.regions[inside])


def test_nuclei_are_darker_than_cytoplasm_and_cytoplasm_than_plasma(field: tuple[Scene, Rendered]) -> None:
    scene, rendered = field
    bare = render(scene.replace(red_cells=(), particles=()))
    green = bare.image[..., 1].astype(float)
    nucleus = green[bare.nuclei > 0].mean()
    body = green[(bare.regions > 0) & (bare.nuclei == 0)].mean()
    plasma = green[bare.regions == 0].mean()
    assert nucleus + 25 < body < plasma - 15
    assert rendered.kinds == bare.kinds


@pytest.mark.parametrize("kind", WBC_KINDS)
def test_every_kind_is_drawn_with_region_and_nucleus(kind: str) -> None:
    cell = draw_cell(kind, 60, 60, 4.75, np.random.default_rng(1))
    rendered = render(Scene(width=120, height=120, cells=(cell,)))
    assert rendered.kinds == (kind,)
    area = (rendered.regions == 1).sum() / (np.pi / 4 * cell.diameter**2)
    assert 0.6 < area < 1.35
    assert (rendered.nuclei == 1).sum() > 0.15 * (rendered.regions == 1).sum()


def test_a_cell_cut_by_the_border_is_boxed_within_the_field_and_one_outside_has_no_box() -> None:
    rng = np.random.default_rng(2)
    cut, gone = draw_cell("lymphocyte", 0, 60, 4.75, rng), draw_cell("neutrophil", -200, 60, 4.75, rng)
    seen = draw_cell("monocyte", 70, 60, 4.75, rng)
    rendered = render(Scene(width=120, height=120, cells=(cut, gone, seen)))
    assert rendered.kinds == ("lymphocyte", "monocyte")
    assert rendered.boxes.min() == 0
    assert sorted(np.unique(rendered.regions)) == [0, 1, 2]


def test_a_field_may_be_empty() -> None:
    rendered = render(Scene(width=64, height=48))
    assert rendered.boxes.shape == (0, 4)
    assert not rendered.regions.any()


def test_a_pale_centre_is_paler_than_the_rim_and_an_overlap_darker() -> None:
    def brightness(*cells: RedCell) -> np.ndarray:
        scene = Scene(width=96, height=96, red_cells=cells)
        return render(scene).image[..., 1].astype(float)

    one = brightness(RedCell(48, 48, 34, pallor=0.7))
    assert one[46:51, 46:51].mean() > one[46:51, 34:37].mean() + 8
    flat = brightness(RedCell(40, 48, 34, pallor=0.0), RedCell(60, 48, 34, pallor=0.0))
    assert flat[46:51, 48:52].mean() < flat[46:51, 30:34].mean() - 8


def test_defocus_softens_edges_and_noise_roughens_plasma() -> None:
    scene = compose(["neutrophil"], np.random.default_rng(3), setting=setting_of("count", "healthy"), scale=2.4,
                    width=200, height=150)  # fmt: skip
    still = dataclasses.replace(scene.camera, blur=0.4, noise=0.0, sharpen=0.0, quality=98)

    def roughness(**changes: float) -> float:
        camera = dataclasses.replace(still, **changes)  # type: ignore[arg-type]
        image = render(scene.replace(camera=camera)).image.astype(float)
        return float(np.abs(np.diff(image, axis=1)).mean())

    assert roughness(blur=2.5) < 0.8 * roughness()
    assert roughness(noise=6.0) > 1.3 * roughness()
