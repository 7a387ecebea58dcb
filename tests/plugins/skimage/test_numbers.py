"""Logistic regression on the numbers of a field: it learns the one that tells, and says the same once kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from leukcad_skimage.numbers import NAMES, Kind, Numbers, NumbersOptions
from sklearn.linear_model import LogisticRegression

from leukcad import Crops, Examples, LeukcadError, Step

CLASSES = ("healthy", "ALL")


def pictures(n: int, *, red: int = 0, side: int = 64, seed: int = 0, width: float = 80.0) -> Crops:
    rng = np.random.default_rng(seed)
    pixels = torch.from_numpy(rng.integers(90, 150, (n, 3, side, side), dtype=np.uint8))
    pixels[n // 2 :, 0] += red  # the second half is redder
    labels = torch.tensor([0] * (n // 2) + [1] * (n - n // 2), dtype=torch.int64)
    boxes = torch.tensor([[0.0, 0.0, width, 60.0]]).repeat(n, 1)
    return Crops(pixels, boxes, torch.arange(n), torch.zeros(n, dtype=torch.int64), labels)


def learned(crops: Crops, **options: object) -> Step:
    step = Step("classify", "numbers", Numbers(input_size=64, **options), classes=CLASSES)  # type: ignore[arg-type]
    step.fit(Examples(CLASSES, crops=crops), Examples(CLASSES, crops=crops))
    return step


@pytest.mark.parametrize("kind", ["colour", "dark"])
def test_it_tells_classes_apart_that_differ_in_what_it_may_know(kind: Kind) -> None:
    step = learned(pictures(20, red=60), of=(kind,))
    fresh = pictures(20, red=60, seed=1)
    assert bool((step.classify(fresh).probabilities.argmax(dim=1) == fresh.labels).all())


def test_it_knows_nothing_of_what_it_may_not_know() -> None:
    step = learned(pictures(20, red=60), of=("size",))
    told = step.classify(pictures(4, red=60)).probabilities
    assert torch.allclose(told, torch.full_like(told, 0.5), atol=1e-6)


def test_its_answers_are_those_of_scikit_learn_on_the_same_numbers() -> None:
    crops = pictures(24, red=20)
    component = Numbers(input_size=64, of=("colour", "dark"))
    step = Step("classify", "numbers", component, classes=CLASSES)
    step.fit(Examples(CLASSES, crops=crops), Examples(CLASSES, crops=crops))
    values = component._numbers(crops)
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    model = LogisticRegression(max_iter=1000).fit(scaled, crops.labels.numpy())
    expected = torch.from_numpy(model.predict_proba(scaled)).float()
    assert torch.allclose(step.classify(crops).probabilities, expected, atol=1e-6)


def test_what_was_kept_answers_the_same_to_the_bit_and_other_numbers_are_refused() -> None:
    crops = pictures(10, red=20)
    step = learned(crops, of=("colour",))
    again = Step("classify", "numbers", Numbers(input_size=64, of=("colour",)), classes=CLASSES)
    again.restore(step.state())
    assert torch.equal(again.classify(crops).probabilities, step.classify(crops).probabilities)
    other = Step("classify", "numbers", Numbers(input_size=64, of=("size",)), classes=CLASSES)
    with pytest.raises(LeukcadError, match=r"expected weights of \(2, 2\), got \(2, 3\)"):
        other.restore(step.state())


@given(st.lists(st.sampled_from(sorted(set(NAMES) - {"nucleus"})), min_size=1, unique=True), st.integers(0, 3))
def test_any_choice_of_numbers_gives_a_row_a_picture_even_for_none(kinds: list[Kind], n: int) -> None:
    step = learned(pictures(4, red=30), of=tuple(kinds))
    told = step.classify(pictures(n)).probabilities
    assert told.shape == (n, 2) and torch.allclose(told.sum(dim=1), torch.ones(n))


def test_the_number_of_wbc_is_found_in_a_squashed_field(tmp_path: Path) -> None:
    from leukcad_smears.simulated import Simulated

    from leukcad.regions import sample

    source = Step("data", "simulated", Simulated(healthy=1, leukaemic=3))
    for record in source.index():
        field = source.read(record)
        assert field.truth is not None
        box = torch.tensor([[0.0, 0.0, field.width, field.height]])
        nothing = torch.zeros(1, dtype=torch.int64)
        crops = Crops(sample(field.image, box, 512, "squash"), box, nothing, nothing, nothing)
        [[count]] = Numbers(of=("count",))._numbers(crops)
        assert abs(count - len(field.truth)) <= 1 + 0.1 * len(field.truth)


def painted(regions: np.ndarray, nuclei: np.ndarray) -> np.ndarray:
    """A picture of cells with these outlines, in the colours of their stain."""
    picture = np.full((*regions.shape, 3), (236, 228, 232), np.float32)
    picture[regions > 0] = (176, 170, 214)
    picture[nuclei > 0] = (84, 44, 122)
    return np.clip(picture + np.random.default_rng(0).normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def cropped(image: torch.Tensor, box: list[float]) -> torch.Tensor:
    """The square around a cell as `crop: {use: square, context: 1.3}` cuts it, (1, 3, 64, 64)."""
    from leukcad.regions import sample

    x, y, half = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 0.65 * max(box[2] - box[0], box[3] - box[1])
    return sample(image, torch.tensor([[x - half, y - half, x + half, y + half]]), 64, "squash")


def shares(pixels: torch.Tensor) -> list[float]:
    n = len(pixels)
    crops = Crops(pixels, torch.ones(n, 4), *[torch.zeros(n, dtype=torch.int64)] * 3)
    return [row[0] for row in Numbers(of=("nucleus",))._numbers(crops).tolist()]


def test_the_nucleus_alone_tells_most_drawn_blasts_from_healthy_cells() -> None:
    from leukcad_smears.simulated import SimulatedCells

    from leukcad.evaluation.auroc import auroc

    source = Step("data", "simulated-cells", SimulatedCells(healthy=24, leukaemic=24, seed=3))
    told, truth = [], []
    for record in source.index():
        field = source.read(record)
        assert field.truth is not None
        told += shares(cropped(field.image, field.truth.boxes[0].tolist()))
        truth.append(record.label == "ALL")
    found = auroc(told, truth)
    assert found.value is not None and 0.75 < found.value < 0.97


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_colour_has_no_nucleus_and_teaches_nothing(level: int) -> None:
    flat = pictures(6, width=60.0)
    flat = flat.replace(pixels=torch.full_like(flat.pixels, level))
    assert shares(flat.pixels) == [0.0] * 6
    told = learned(flat, of=("nucleus",)).classify(flat).probabilities
    assert torch.allclose(told, torch.full_like(told, 0.5), atol=1e-6)


def test_weighed_by_rarity_a_rare_class_is_called_as_readily_as_a_common_one() -> None:
    crops = pictures(20, red=4)
    some = crops.replace(labels=torch.tensor([0] * 16 + [1] * 4))
    rare, even = (learned(some, of=("size",), train=NumbersOptions(balance=b)) for b in (False, True))
    assert rare.classify(some).probabilities[0, 1] < 0.25
    assert even.classify(some).probabilities[0, 1] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.slow
def test_the_nuclei_of_all_idb2s_masks_painted_and_found_again_tell_most_blasts(shared_data: Path) -> None:
    from leukcad_datasets import masks

    from leukcad.data.images import read_header
    from leukcad.evaluation.auroc import auroc

    found, outlined, truth = [], [], []
    for file in sorted((shared_data / "all_idb2_masks" / "gt").glob("*.tif"))[::5]:
        header = read_header(file)
        cells = masks.read_cells(file, header.height, header.width)
        which = int(np.bincount(cells.regions.ravel())[1:].argmax())
        inside = cells.regions == which + 1
        nucleus = inside & (cells.nuclei > 0)
        picture = torch.from_numpy(painted(inside, nucleus)).permute(2, 0, 1)
        found += shares(cropped(picture, cells.boxes[which].tolist()))
        outlined.append(nucleus.sum() / inside.sum())
        truth.append(file.stem.endswith("_1"))
    by_mask, by_stain = auroc(outlined, truth).value, auroc(found, truth).value
    assert by_mask is not None and by_stain is not None and by_mask > 0.88
    assert by_stain > 0.75  # real outlines in flat colours, which the cut between nucleus and rest is not made for
    assert np.corrcoef(found, outlined)[0, 1] > 0.6
