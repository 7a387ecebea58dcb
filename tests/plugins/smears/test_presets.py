from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_smears.catalogue import Catalogue
from leukcad_smears.placement import Ground, leave_gaps, place_leukocyte
from leukcad_smears.presets import PRESETS, draw_counts, sample_kinds, sample_scene, share_of
from leukcad_smears.render import render
from leukcad_smears.scene import Scene

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.sampled_from(["count", "overlap", "camera", "both", "balanced"]), st.integers(2, 30))
def test_an_all_field_has_two_blasts_and_at_least_half_of_its_cells_are_blasts(seed: int, preset: str, n: int) -> None:
    kinds = sample_kinds(preset, "ALL", n, np.random.default_rng(seed))
    blasts = kinds.count("lymphoblast")
    assert len(kinds) == n
    assert blasts >= 2
    assert 2 * blasts >= n


@given(seeds, st.sampled_from(PRESETS), st.integers(1, 30))
def test_a_healthy_field_has_no_blast(seed: int, preset: str, n: int) -> None:
    assert "lymphoblast" not in sample_kinds(preset, "healthy", n, np.random.default_rng(seed))


@given(seeds, st.integers(20, 60))
def test_counts_keep_the_promise_of_their_preset(seed: int, n: int) -> None:
    def counts(preset: str, label: str) -> list[int]:
        return draw_counts(preset, label, n, np.random.default_rng(seed))

    assert set(counts("count", "healthy")) == {1, 2, 3, 4}
    assert 5 <= min(counts("count", "ALL")) <= 6
    assert 25 <= max(counts("count", "ALL")) <= 30
    assert set(counts("overlap", "healthy")) == set(range(1, 9))
    few = [c for c in counts("overlap", "ALL") if 2 <= c <= 4]
    assert len(few) >= 0.2 * n
    assert min(counts("overlap", "ALL")) == 2
    assert min(counts("leukocytosis", "healthy")) >= 10
    for preset in ("camera", "balanced"):
        assert counts(preset, "healthy") == counts(preset, "ALL")
    for preset in ("overlap", "both"):
        assert counts(preset, "ALL") == counts("both", "ALL")


def test_healthy_blood_has_its_natural_differential() -> None:
    kinds = sample_kinds("count", "healthy", 4000, np.random.default_rng(0))
    assert abs(kinds.count("neutrophil") / 4000 - 0.59) < 0.03
    assert abs(kinds.count("lymphocyte") / 4000 - 0.28) < 0.03


@pytest.mark.parametrize("preset", ["camera", "both"])
def test_the_camera_goes_with_the_class_where_the_preset_says_so(preset: str) -> None:
    def taken(label: str) -> list[tuple[str, float]]:
        scenes = [sample_scene(preset, label, np.random.default_rng(s), count=2) for s in range(8)]
        return [(s.camera.name, s.scale) for s in scenes]

    healthy, sick = taken("healthy"), taken("ALL")
    assert {name for name, _ in healthy} == {"a"}
    assert {name for name, _ in sick} == {"b"}
    assert max(scale for _, scale in healthy) < min(scale for _, scale in sick)


@given(st.floats(0, 1), st.sampled_from(["healthy", "ALL"]), st.integers(1, 60))
def test_the_share_of_fields_from_their_class_s_own_laboratory_is_kept_wherever_a_set_ends(
    share: float, label: str, n: int
) -> None:
    own = [share_of(share, label, number).camera is not None for number in range(1, n + 1)]
    assert abs(sum(own) - share * n) < 1


def test_a_share_stands_in_place_of_the_preset_s_laboratories_and_all_or_none_are_what_presets_have() -> None:
    def scenes(preset: str, confounded: float | None) -> list[Scene]:
        fields = Catalogue(preset, healthy=4, leukaemic=4, width=160, height=120, confounded=confounded)
        return [fields.scene(entry) for entry in fields.entries()]

    assert scenes("overlap", 0.0) == scenes("overlap", None) == scenes("both", 0.0)
    assert scenes("overlap", 1.0) == scenes("both", None) != scenes("overlap", 0.0)
    whole, none = scenes("overlap", 1.0), scenes("overlap", 0.0)
    half = scenes("overlap", 0.5)
    assert half[1::2] == whole[1::2] and half[::2] == none[::2]


def test_fields_of_another_share_are_other_fields_to_caches_and_runs() -> None:
    told = [Catalogue(healthy=2, leukaemic=2, confounded=share) for share in (None, 0.0, 0.5)]
    assert len({fields.digest(fields.entries()[0]) for fields in told}) == 3


@pytest.mark.parametrize("preset", ["count", "balanced"])
def test_colour_does_not_tell_the_class_where_the_preset_says_so(preset: str) -> None:
    def colours(label: str, first: int) -> np.ndarray:
        rngs = [np.random.default_rng(first + s) for s in range(60)]
        scenes = [sample_scene(preset, label, rng, count=3, width=160, height=120) for rng in rngs]
        return np.array([render(scene.replace(cells=())).image.mean((0, 1)) for scene in scenes])

    healthy, sick = colours("healthy", 0), colours("ALL", 1000)
    auc = (sick[:, None] > healthy[None]).mean((0, 1))
    assert (np.abs(auc - 0.5) < 0.15).all()


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_red_cells_leave_room_for_twenty_more_leukocytes_in_a_healthy_field(seed: int) -> None:
    scene = sample_scene("count", "healthy", np.random.default_rng(seed))
    radius = 5.6 * scene.scale
    ground = Ground(scene.width, scene.height, scene.scale)
    for x, y, diameter in [(c.x, c.y, c.diameter) for part in (scene.cells, scene.red_cells) for c in part]:
        ground.put(x, y, diameter / 2)
    rng, free = np.random.default_rng(0), 0
    for _ in range(6000):
        x, y = rng.uniform(radius, scene.width - radius), rng.uniform(radius, scene.height - radius)
        if ground.clear(x, y, radius, 0.9):
            ground.put(x, y, radius)
            free += 1
    assert free >= 20


def test_leukocytes_do_not_lie_on_top_of_one_another() -> None:
    rng = np.random.default_rng(0)
    ground = Ground(800, 600, 4.75)
    for _ in range(30):
        place_leukocyte(ground, 55, rng)
    x, y = np.array(ground.x), np.array(ground.y)
    far = np.hypot(x[:, None] - x, y[:, None] - y) + 1e9 * np.eye(30)
    assert far.min() > 0.9 * 55


def test_gaps_keep_clear_of_leukocytes() -> None:
    scene = sample_scene("count", "ALL", np.random.default_rng(1), count=12)
    gaps = leave_gaps(scene.cells, Ground(800, 600, scene.scale), 20, 28, np.random.default_rng(1))
    assert gaps
    assert all(np.hypot(c.x - x, c.y - y) > c.diameter / 2 + r for c in scene.cells for x, y, r in gaps)
