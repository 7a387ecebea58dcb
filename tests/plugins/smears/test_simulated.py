from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from leukcad_smears.scene import WBC_KINDS, Scene
from leukcad_smears.simulated import Simulated, SimulatedCells

from leukcad import LeukcadError, Record, Step


def source(component: Simulated | SimulatedCells, cache: Path | None = None, quick: bool = False) -> Step:
    name = "simulated-cells" if isinstance(component, SimulatedCells) else "simulated"
    return Step("data", name, component, cache=cache, quick=quick)


def test_fields_are_numbered_as_in_all_idb1() -> None:
    records = source(Simulated()).index()
    sick = [int(r.id[2:5]) for r in records if r.label == "ALL"]
    assert [r.id for r in records[:1]] == ["Im001_1"]
    assert sick == [*range(1, 34), *range(48, 64)]
    assert len(records) == 108
    assert all(r.source == r.group == r.id for r in records)


def test_quick_means_fewer_fields_of_both_classes() -> None:
    records = source(Simulated(), quick=True).index()
    assert 40 <= len(records) <= 50
    assert {r.label for r in records} == {"healthy", "ALL"}


def test_a_test_set_of_leukocytosis_has_no_leukaemia() -> None:
    assert {r.label for r in source(Simulated(preset="leukocytosis", healthy=5)).index()} == {"healthy"}


def test_a_field_carries_its_truth_its_scene_and_its_scale() -> None:
    step = source(Simulated(healthy=1, leukaemic=1, width=400, height=300))
    field = step.read(step.index()[0])
    assert field.array().shape == (300, 400, 3)
    assert field.truth is not None
    assert field.truth.names().count("lymphoblast") >= 2
    assert field.truth.regions is not None and field.truth.nuclei is not None
    assert field.complete == frozenset(WBC_KINDS)
    assert field.scene is not None
    scene = Scene.from_dict(field.scene)
    assert field.pixel_size == pytest.approx(1 / scene.scale)


@pytest.mark.parametrize("kind", [Simulated, SimulatedCells])
def test_the_cache_gives_back_the_same_pixels_and_truth(tmp_path: Path, kind: type[Simulated | SimulatedCells]) -> None:
    step = source(kind(healthy=1, leukaemic=1, width=400), cache=tmp_path)
    record = step.index()[0]
    drawn, cached = step.read(record), step.read(record)
    plain = source(kind(healthy=1, leukaemic=1, width=400)).read(record)
    assert list(tmp_path.rglob("*.npz")), "nothing was kept"
    for field in (cached, plain):
        assert np.array_equal(field.array(), drawn.array())
        assert field.scene == drawn.scene
        assert field.truth is not None and drawn.truth is not None
        assert field.truth.names() == drawn.truth.names()
        assert field.truth.boxes.equal(drawn.truth.boxes)
        for map_ in ("regions", "nuclei"):
            assert getattr(field.truth, map_).equal(getattr(drawn.truth, map_))


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_cache_file_is_drawn_again(tmp_path: Path, damage: bytes | None) -> None:
    step = source(SimulatedCells(healthy=1, leukaemic=0), cache=tmp_path)
    record = step.index()[0]
    drawn = step.read(record)
    (file,) = tmp_path.rglob("*.npz")
    file.write_bytes(file.read_bytes()[:-500] if damage is None else damage)
    assert np.array_equal(step.read(record).array(), drawn.array())
    assert not list(tmp_path.rglob("*.part"))


def test_other_options_never_share_a_cached_picture() -> None:
    variants = [Simulated(), Simulated(seed=1), Simulated(width=400, height=300), Simulated(preset="both")]
    digests = [source(v).index()[0].sha256 for v in variants]
    digests += [source(SimulatedCells()).index()[0].sha256, source(SimulatedCells(seed=1)).index()[0].sha256]
    assert len(set(digests)) == len(digests)


def test_single_cells_have_one_cell_near_the_middle() -> None:
    step = source(SimulatedCells(healthy=4, leukaemic=4))
    fields = [step.read(record) for record in step.index()]
    assert [f.record.label for f in fields] == ["ALL"] * 4 + ["healthy"] * 4
    for field in fields:
        assert field.truth is not None and len(field.truth) == 1
        x0, y0, x1, y1 = field.truth.boxes[0].tolist()
        assert abs((x0 + x1) / 2 - field.width / 2) < 0.12 * field.width
        assert abs((y0 + y1) / 2 - field.height / 2) < 0.12 * field.height
        assert (field.truth.names()[0] == "lymphoblast") == (field.record.label == "ALL")


def test_a_record_of_another_source_is_refused() -> None:
    with pytest.raises(LeukcadError, match="Im1"):
        source(Simulated()).read(Record("Im1", label="ALL"))


def test_red_cells_and_platelets_are_outlined_where_they_were_drawn() -> None:
    step = source(Simulated(healthy=1, leukaemic=1, width=400, height=300))
    field = step.read(step.index()[0])
    assert field.surroundings is not None and field.truth is not None and field.truth.regions is not None
    masks = field.surroundings()
    assert set(masks) == {"RBC", "platelet"}
    assert all(mask.shape == (300, 400) and mask.dtype == bool for mask in masks.values())
    red = masks["RBC"] & (field.truth.regions.numpy() == 0) & ~masks["platelet"]
    plasma = ~masks["RBC"] & (field.truth.regions.numpy() == 0) & ~masks["platelet"]
    green = field.array()[..., 1].astype(float)
    assert 0.1 < red.mean() < 0.7
    assert green[plasma].mean() - green[red].mean() > 20, "haemoglobin takes green out of the light"
    assert (green[plasma] > np.percentile(green[red], 90)).mean() > 0.9
