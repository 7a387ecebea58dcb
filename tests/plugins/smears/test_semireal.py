"""Semi-real fields: real cells on real backgrounds, exact truth, halves that share nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from leukcad_smears import collage, material
from leukcad_smears.semireal import Semireal, SemirealCells
from numpy.typing import NDArray

from leukcad import Field, LeukcadError, Step

KINDS = ("neutrophil", "lymphocyte", "ig")


def cell(seed: int) -> NDArray[np.uint8]:
    """A drawn stand-in for a single-cell picture: a nucleus in pale cytoplasm among red cells."""
    rng = np.random.default_rng(seed)
    image = np.full((200, 200, 3), (250, 225, 200), np.uint8)
    for x, y in ((30, 30), (170, 35), (35, 170), (165, 165), (100, 20), (20, 100)):
        cv2.circle(image, (x, y), 19, (200, 150, 160), -1)
    cv2.circle(image, (100, 100), 30 + seed % 4, (190, 170, 215), -1)
    cv2.circle(image, (100, 100), 20, (80, 50, 130), -1)
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Folders like the real ones, drawn."""
    folder = tmp_path_factory.mktemp("material")
    for kind in KINDS:
        (folder / "cells" / kind).mkdir(parents=True)
        for i in range(6):
            cv2.imwrite(str(folder / "cells" / kind / f"{kind}_{i}.png"), cell(i)[..., ::-1])
    (folder / "fields").mkdir()
    rng = np.random.default_rng(0)
    for name in (*material.TRAIN_FIELDS[:2], *material.TEST_FIELDS[:2], material.LEFT_OUT[0]):
        image = np.full((480, 640, 3), (200, 210, 195), np.uint8)
        for _ in range(60):
            at = (int(rng.integers(640)), int(rng.integers(480)))
            cv2.circle(image, at, 18, (170, 120, 140), -1)
        cv2.imwrite(str(folder / "fields" / f"{name}.png"), image[..., ::-1])
    return {"cells": folder / "cells", "backgrounds": folder / "fields"}


def source(drawn: dict[str, Any], cache: Path | None = None, **options: Any) -> Step:
    options = {"mature": 4, "immature": 4, "width": 480, "height": 360, **options}
    return Step("data", "semireal", Semireal(**drawn, **options), cache=cache)


def test_immature_fields_hold_immature_cells_and_mature_ones_none(drawn: dict[str, Any]) -> None:
    step = source(drawn)
    for record in step.index():
        field = step.read(record)
        assert field.truth is not None and len(field.truth) > 0
        young = [name in material.IMMATURE for name in field.truth.names()]
        assert field.record.label == ("immature" if any(young) else "mature")
        assert sum(young) == 0 or sum(young) >= len(young) / 2


def test_truth_and_ledger_are_exact(drawn: dict[str, Any]) -> None:
    step = source(drawn)
    field = step.read(step.index()[0])
    truth = field.truth
    assert truth is not None and truth.regions is not None and truth.nuclei is not None
    assert len(field.ledger) == len(truth)
    assert [e["kind"] for e in field.ledger] == truth.names()
    for i, box in enumerate(truth.boxes.tolist()):
        rows, columns = np.nonzero(truth.regions.numpy() == i + 1)
        assert box == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert (truth.nuclei.numpy() == i + 1).any()


def test_the_same_seed_gives_the_same_field_with_and_without_a_cache(drawn: dict[str, Any], tmp_path: Path) -> None:
    plain, kept = source(drawn), source(drawn, tmp_path)
    record = plain.index()[1]
    fields = [plain.read(record), kept.read(record), kept.read(record)]
    for field in fields[1:]:
        assert (field.array() == fields[0].array()).all()
        assert field.ledger == fields[0].ledger
        assert field.pixel_size == fields[0].pixel_size
        assert field.truth is not None and fields[0].truth is not None
        assert (field.truth.boxes == fields[0].truth.boxes).all()
    other = source(drawn, seed=1)
    assert (other.read(other.index()[1]).array() != fields[0].array()).any()
    assert other.index()[1].sha256 != record.sha256


def test_a_damaged_cache_is_made_again(drawn: dict[str, Any], tmp_path: Path) -> None:
    step = source(drawn, tmp_path)
    record = step.index()[0]
    first = step.read(record)
    (tmp_path / "semireal" / f"{record.sha256}.npz").write_bytes(b"torn")
    assert (step.read(record).array() == first.array()).all()


def test_train_and_test_share_neither_cells_nor_backgrounds(drawn: dict[str, Any]) -> None:
    used: dict[str, tuple[set[str], set[str]]] = {}
    for part in ("train", "test"):
        step = source(drawn, part=part)
        fields = [step.read(record) for record in step.index()]
        used[part] = (
            {str(e["donor_source"]) for f in fields for e in f.ledger},
            {str(f.record.extra["background"]) for f in fields},
        )
    for train, test in zip(used["train"], used["test"], strict=True):
        assert train and test and not train & test


def test_backgrounds_with_a_pointer_are_left_out_and_the_scale_bar_is_cut_off(drawn: dict[str, Any]) -> None:
    both = [p.stem for part in material.PARTS for p in material.field_files(drawn["backgrounds"], part)]
    assert material.LEFT_OUT[0] not in both
    image = material.background(material.field_files(drawn["backgrounds"], "train")[0])
    assert image.shape == (414, 552, 3)


def test_no_folder_of_cells_is_told_with_the_cure(drawn: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="give `cells`"):
        source({**drawn, "cells": tmp_path}).index()
    with pytest.raises(LeukcadError, match="give `backgrounds`"):
        source({**drawn, "backgrounds": tmp_path}).index()


def test_single_cells_stand_in_the_middle_at_the_fields_scale(drawn: dict[str, Any]) -> None:
    step = Step("data", "semireal-cells", SemirealCells(**drawn, width=480, height=360))
    for record in step.index()[::3]:
        field = step.read(record)
        truth = field.truth
        assert truth is not None and len(truth) == 1 and truth.regions is not None
        assert record.label == ("immature" if truth.names()[0] in material.IMMATURE else "mature")
        x0, y0, x1, y1 = truth.boxes[0].tolist()
        rows, columns = np.nonzero(truth.regions.numpy() == 1)
        assert [x0, y0, x1, y1] == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert field.pixel_size is not None


def test_a_class_with_its_own_camera_looks_different(drawn: dict[str, Any]) -> None:
    means = {}
    for preset in ("count", "camera"):
        step = source(drawn, preset=preset, mature=6, immature=6)
        tint: dict[str, list[float]] = {"mature": [], "immature": []}
        for record in step.index():
            array = step.read(record).array().reshape(-1, 3).astype(float)
            plasma = array[array[:, 1] > np.percentile(array[:, 1], 60)].mean(axis=0)
            tint[str(record.label)].append(plasma[0] / plasma[2])
        means[preset] = abs(np.mean(tint["mature"]) - np.mean(tint["immature"]))
    assert means["camera"] > 0.15 > means["count"]


def test_counts_follow_the_preset() -> None:
    rows = collage.entries("count", 20, 20, 0, "Sr")
    assert max(r.count for r in rows if r.label == "mature") < min(r.count for r in rows if r.label == "immature")
    assert len({r.id for r in rows}) == 40


def test_real_material_gives_leukocytes_of_natural_size(shared_data: Path, tmp_path: Path) -> None:
    for kind in ("neutrophil", "lymphocyte", "monocyte", "ig"):
        (tmp_path / kind).mkdir()
        for path in sorted((shared_data / "pbc_cells" / kind).glob("*.jpg"))[:8]:
            (tmp_path / kind / path.name).symlink_to(path)
    folders: dict[str, Any] = {"cells": tmp_path, "backgrounds": shared_data / "rbc_fields"}
    step = Step("data", "semireal", Semireal(mature=3, immature=3, part="test", **folders))
    ratios: list[float] = []
    for record in step.index():
        field: Field = step.read(record)
        assert field.pixel_size is not None
        ratios += [entry["diameter"] * field.pixel_size / collage.RED_CELL for entry in field.ledger]
    assert 1.2 < float(np.median(ratios)) < 2.1
