from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_smears import edits
from leukcad_smears.presets import PRESETS, sample_scene
from leukcad_smears.render import Rendered, render
from leukcad_smears.scene import Scene, Stain
from numpy.typing import NDArray


def small(seed: int, label: str = "ALL", preset: str = "count", count: int = 5) -> Scene:
    return sample_scene(preset, label, np.random.default_rng(seed), count=count, width=400, height=300)


@given(st.integers(0, 2**32 - 1), st.sampled_from(PRESETS), st.sampled_from(["healthy", "ALL"]))
@settings(max_examples=15, deadline=None)
def test_a_scene_survives_json_unchanged(seed: int, preset: str, label: str) -> None:
    scene = small(seed, label, preset)
    again = Scene.from_json(scene.to_json())
    assert again == scene
    assert again.digest() == scene.digest()


def test_scenes_of_other_seeds_have_other_digests() -> None:
    assert len({small(seed).digest() for seed in range(5)}) == 5


def test_the_same_scene_gives_the_same_bytes_whatever_was_rendered_before() -> None:
    scene = small(3)
    first = render(scene)
    render(small(4))
    second = render(Scene.from_json(scene.to_json()))
    assert first.jpeg == second.jpeg
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.regions, second.regions)
    assert np.array_equal(first.nuclei, second.nuclei)


def changed(before: Rendered, after: Rendered) -> NDArray[np.bool_]:
    different: NDArray[np.bool_] = (before.image != after.image).any(2)
    return different


def distance_to(scene: Scene, index: int) -> NDArray[np.float64]:
    cell = scene.cells[index]
    y, x = np.mgrid[: scene.height, : scene.width] + 0.5
    radii: NDArray[np.float64] = np.hypot(x - cell.x, y - cell.y) / (cell.diameter / 2)
    return radii


@pytest.mark.parametrize("kind", ["neutrophil", "monocyte", "basophil", "smudge"])
def test_another_kind_of_cell_changes_pixels_only_near_that_cell(kind: str) -> None:
    scene = small(8)
    edited = edits.change_kind(scene, 1, kind)
    before, after = render(scene), render(edited)
    different, far = changed(before, after), distance_to(scene, 1)
    assert after.kinds == (*before.kinds[:1], kind, *before.kinds[2:])
    assert different[far < 0.5].mean() > 0.5
    # The margin holds the lens, sharpening and the 16 px blocks of JPEG.
    assert not different[far * scene.cells[1].diameter / 2 > scene.cells[1].diameter + 30].any()


def test_a_removed_cell_leaves_plasma_and_the_others_as_they_were() -> None:
    scene = small(9)
    before, after = render(scene), render(edits.remove_cells(scene, [0]))
    far = distance_to(scene, 0)
    assert len(after.boxes) == len(before.boxes) - 1
    assert after.image[far < 0.7].mean() > before.image[far < 0.7].mean() + 30
    assert not changed(before, after)[far > 3].any()


def test_an_added_cell_gets_truth_of_its_own() -> None:
    scene = small(10)
    fewer = edits.remove_cells(scene, [4])
    assert edits.add_cells(fewer, [scene.cells[4]]) == scene
    assert len(render(scene).boxes) == len(render(fewer).boxes) + 1


def test_another_stain_changes_colours_and_no_outline() -> None:
    scene = small(11)
    before, after = render(scene), render(edits.change_stain(scene, Stain(haemoglobin=(0.05, 0.3, 0.5))))
    assert np.array_equal(before.regions, after.regions)
    assert changed(before, after).mean() > 0.3
