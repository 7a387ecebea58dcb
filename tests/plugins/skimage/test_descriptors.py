"""The numbers of a cell are what they are called, and a classifier learns them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_gradcam.gradcam import GradCam
from leukcad_gradcam.occlusion import Occlusion
from leukcad_skimage import colours, shape, texture
from leukcad_skimage.classifier import Descriptors
from leukcad_skimage.descriptors import NAMES, describe
from leukcad_skimage.parts import parts

from leukcad import Crops, Examples, LeukcadError, Step
from leukcad.features import FeatureOptions
from leukcad.testing import CELL_CLASSES, draw_crops

MODELS = ("svm", "forest", "knn")


def cell(nucleus: float, body: float, size: int = 96, shift: float = 0.0) -> np.ndarray:
    """A drawn leukocyte with a round nucleus, radii in px."""
    y, x = np.mgrid[:size, :size] + 0.5
    image = np.full((size, size, 3), (236, 228, 232), np.float32)
    far = np.hypot(x - size / 2, y - size / 2)
    image[far < body] = (176, 170, 214)
    image[np.hypot(x - size / 2 - shift, y - size / 2) < nucleus] = (84, 44, 122)
    return np.clip(image + np.random.default_rng(0).normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def told(picture: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, describe(picture).tolist(), strict=True))


def step_of(model: str, **more) -> Step:
    component = Descriptors(model=model, input_size=64, train=FeatureOptions(trees=20))
    return Step("classify", "descriptors", component, classes=CELL_CLASSES, **more)


def fitted(model: str, n: int = 24) -> Step:
    step = step_of(model)
    step.fit(Examples(CELL_CLASSES, crops=draw_crops(n, 64)), Examples(CELL_CLASSES, crops=draw_crops(2, 64, 1)))
    return step


@pytest.fixture(scope="module", params=MODELS)
def learned(request: pytest.FixtureRequest) -> Step:
    return fitted(request.param)


def test_every_number_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(describe(cell(14, 20)))


def test_the_nucleus_and_the_cell_in_the_middle_are_found_in_their_sizes() -> None:
    nucleus, body = parts(cell(16, 24))
    assert nucleus.sum() == pytest.approx(np.pi * 16**2, rel=0.1)
    assert body.sum() == pytest.approx(np.pi * 24**2, rel=0.2)
    assert not (nucleus & ~body).any()


@pytest.mark.parametrize(("nucleus", "body"), [(15, 24), (18, 24), (21, 24)])
def test_the_share_of_the_nucleus_is_told(nucleus: float, body: float) -> None:
    assert told(cell(nucleus, body))["nucleus_share"] == pytest.approx((nucleus / body) ** 2, abs=0.12)


def test_a_nucleus_at_the_cells_edge_is_off_its_centre() -> None:
    assert told(cell(15, 24))["nucleus_off"] < 0.05 < told(cell(15, 24, shift=7))["nucleus_off"]


def test_a_crop_without_a_cell_is_described_as_a_whole() -> None:
    empty = told(np.full((64, 64, 3), (230, 120, 40), np.uint8))
    assert empty["nucleus_area"] == empty["cell_area"] == empty["nucleus_red_mean"] == 0
    assert empty["cytoplasm_red_mean"] == pytest.approx(230 / 255)


def test_an_ellipse_has_its_eccentricity_axes_and_solidity() -> None:
    y, x = np.mgrid[:100, :100] - 49.5
    numbers = dict(zip(shape.NAMES, shape.shape((x / 40) ** 2 + (y / 20) ** 2 <= 1), strict=True))
    assert numbers["eccentricity"] == pytest.approx(np.sqrt(1 - 0.25), abs=0.01)
    assert (numbers["length"], numbers["width"]) == (pytest.approx(0.8, abs=0.01), pytest.approx(0.4, abs=0.01))
    assert numbers["area"] == pytest.approx(np.pi * 40 * 20 / 1e4, rel=0.01)
    assert numbers["solidity"] == pytest.approx(1, abs=0.03) and numbers["pieces"] == 1
    assert numbers["extent"] == pytest.approx(np.pi / 4, abs=0.03)


def test_a_disc_is_rounder_and_more_solid_than_a_cross() -> None:
    y, x = np.mgrid[:60, :60] - 29.5
    cross = ((abs(x) < 4) | (abs(y) < 4)) & (np.maximum(abs(x), abs(y)) < 25)
    round_, crossed = (dict(zip(shape.NAMES, shape.shape(m), strict=True)) for m in (np.hypot(x, y) < 20, cross))
    assert round_["circularity"] > 0.85 > 0.4 > crossed["circularity"]
    assert round_["solidity"] > 0.95 > 0.7 > crossed["solidity"]


def test_lobes_that_lie_apart_are_counted() -> None:
    mask = np.zeros((40, 40), bool)
    mask[3:10, 3:10] = mask[20:30, 20:30] = mask[3:9, 25:33] = True
    assert shape.shape(mask)[shape.NAMES.index("pieces")] == 3


def test_texture_is_measured_under_the_mask_alone() -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (50, 50), dtype=np.uint8)
    mask = np.zeros((50, 50), bool)
    mask[10:40, 10:40] = True
    other = np.where(mask, grey, 255 - grey).astype(np.uint8)
    assert texture.cooccurrence(grey, mask) == texture.cooccurrence(other, mask)


def test_stripes_have_more_contrast_and_fewer_patterns_of_flatness_than_a_plain() -> None:
    plain, stripes = np.full((40, 40), 100, np.uint8), np.tile(np.array([60, 180], np.uint8), (40, 20))
    everywhere = np.ones((40, 40), bool)
    contrast = [texture.cooccurrence(grey, everywhere)[0] for grey in (plain, stripes)]
    assert contrast[0] == 0 < contrast[1]
    assert sum(texture.patterns(stripes, everywhere)[:10]) == pytest.approx(1)


def test_colour_moments_are_mean_deviation_and_skewness() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0, 0, 0] = 255  # one red pixel of four
    numbers = dict(zip(colours.NAMES, colours.moments(colours.channels(picture), np.ones((2, 2), bool)), strict=True))
    assert numbers["red_mean"] == pytest.approx(0.25)
    assert numbers["red_deviation"] == pytest.approx(np.sqrt(0.1875))
    assert numbers["red_skewness"] == pytest.approx(np.cbrt((0.75**3 - 3 * 0.25**3) / 4))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([32, 45, 64]), st.sampled_from(["noise", "grey", "flat", "blot"]))
def test_any_picture_has_finite_numbers(seed: int, size: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    if kind == "grey":
        picture = np.repeat(picture[..., :1], 3, axis=2)
    if kind == "flat":
        picture[:] = picture[0, 0]
    if kind == "blot":
        picture[:] = 235
        picture[size // 2 - 1 : size // 2 + 1, size // 2 - 1 : size // 2 + 1] = (60, 20, 110)
    assert np.isfinite(describe(picture)).all()


def test_it_learns_to_tell_lymphoblasts_from_lymphocytes(learned: Step) -> None:
    unseen = draw_crops(20, 64, seed=9)
    answers = learned.classify(unseen).probabilities
    assert (answers.argmax(dim=1) == unseen.labels).float().mean() >= 0.9


def test_restored_it_answers_bit_by_bit_the_same(learned: Step) -> None:
    fresh = step_of(learned.component.model)
    fresh.restore({name: tensor.clone() for name, tensor in learned.state().items()})
    unseen = draw_crops(9, 64, seed=4)
    assert torch.equal(fresh.classify(unseen).probabilities, learned.classify(unseen).probabilities)


def test_no_crops_give_no_rows(learned: Step) -> None:
    assert learned.classify(Crops.empty(64)).probabilities.shape == (0, 2)


def test_gradients_are_refused_by_name_and_occlusion_works(learned: Step) -> None:
    batch = draw_crops(1, 64, seed=2)
    cam = Step("explain", "gradcam", GradCam(), classes=CELL_CLASSES)
    with pytest.raises(LeukcadError, match="which the classifier descriptors does not have; `explain: occlusion`"):
        cam.explain(batch, ["lymphoblast"], learned.component)
    cover = Step("explain", "occlusion", Occlusion(window=0.5, stride=1.0), classes=CELL_CLASSES)
    (heat,) = cover.explain(batch, [CELL_CLASSES[int(batch.labels[0])]], learned.component)
    assert heat.values.shape == (64, 64)


def test_what_another_model_learned_is_refused_with_the_steps_name(learned: Step) -> None:
    other = step_of(MODELS[(MODELS.index(learned.component.model) + 1) % 3])
    with pytest.raises(LeukcadError, match="classify 'descriptors': features: expected what a"):
        other.restore(learned.state())


def test_asked_before_it_has_learned_it_says_so() -> None:
    with pytest.raises(LeukcadError, match="descriptors has not learned yet; train it"):
        step_of("svm").classify(draw_crops(1, 64))
    with pytest.raises(LeukcadError, match="descriptors has not learned yet"):
        step_of("svm").state()


def test_learning_needs_crops() -> None:
    with pytest.raises(LeukcadError, match="expected crops to learn from, got none"):
        step_of("knn").fit(Examples(CELL_CLASSES), Examples(CELL_CLASSES))
