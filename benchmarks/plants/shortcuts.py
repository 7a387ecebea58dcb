"""Wrong plants: each reads something that goes with the class in its bench and is not the cells' type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukcad import Field
from plants.looks import look_at, looks_of
from plants.plant import COUNT, LABORATORY, Answer, Plant, Rule, Training, calls


def cut_between(values: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, int]:
    """The threshold with the best balanced accuracy, and 1 where more is ALL, else −1."""
    best = (-1.0, 0.0, 1)
    points = np.unique(values)
    for cut in (points[:-1] + points[1:]) / 2 if len(points) > 1 else points:
        for sign in (1, -1):
            alarm = sign * values > sign * cut
            right = float(alarm[labels].mean() + (~alarm[~labels]).mean()) / 2
            best = max(best, (right, float(cut), sign))
    return best[1], best[2]


def one_number(name: str) -> Callable[[Training], Rule]:
    """A plant that cuts one number of `plants.numbers` where the training fields part best."""

    def fit(training: Training) -> Rule:
        values = np.array([look.numbers[name] for look in training.looks])
        cut, sign = cut_between(values, training.labels)

        def answer(fields: Sequence[Field]) -> list[Answer]:
            return calls([sign * look.numbers[name] > sign * cut for look in looks_of(fields)])

        return answer

    return fit


def _histogram(field: Field) -> NDArray[np.float32]:
    """Share of pixels in 6 × 6 × 6 colours, square roots."""
    image: Any = look_at(field).thumb
    counts = np.histogramdd(image.reshape(-1, 3), bins=6, range=[(0, 1)] * 3)[0]
    return np.sqrt(counts / counts.sum()).ravel().astype(np.float32)


def _thumb(field: Field) -> NDArray[np.float32]:
    return look_at(field).thumb.ravel()


def nearest(view: Callable[[Field], NDArray[np.float32]]) -> Callable[[Training], Rule]:
    """A plant that answers the class of the training field that looks most alike."""

    def fit(training: Training) -> Rule:
        kept = np.stack([view(f) for f in training.bench])

        def answer(fields: Sequence[Field]) -> list[Answer]:
            seen = np.stack([view(f) for f in fields])
            far = (kept**2).sum(1) - 2 * seen @ kept.T  # the seen one's own square is the same for all
            return calls(training.labels[far.argmin(axis=1)])

        return answer

    return fit


def _linear(training: Training) -> Rule:
    """Logistic regression on the pixels of the 40 × 30 picture."""
    from plants.learners import plain_logistic

    score = plain_logistic(np.stack([_thumb(f) for f in training.bench]), training.labels)
    return lambda fields: calls(score(np.stack([_thumb(f) for f in fields])) > 0)


def _direct(training: Training) -> Rule:
    """A small CNN over the whole field at 80 × 60 px."""
    from plants.learners import network

    def small(fields: Sequence[Field]) -> NDArray[np.uint8]:
        return np.stack([cv2.resize(f.array(), (80, 60), interpolation=cv2.INTER_AREA) for f in fields])

    net = network(small(training.bench), training.labels)
    return lambda fields: calls(net(small(fields)) > 0)


def _truth_count(training: Training) -> Rule:
    """The number of annotated leukocytes."""
    numbers = np.array([0 if f.truth is None else len(f.truth) for f in training.bench], float)
    cut, sign = cut_between(numbers, training.labels)
    return lambda fields: calls([sign * (0 if f.truth is None else len(f.truth)) > sign * cut for f in fields])


def _always(training: Training) -> Rule:
    return lambda fields: ["ALL"] * len(fields)


def _coin(training: Training) -> Rule:
    return lambda fields: calls([int(f.array()[::9, ::9].sum()) % 2 == 0 for f in fields])


def _number(name: str, how: str, *benches: str) -> Plant:
    return Plant(name, "wrong", how, one_number(name), benches)


PLANTS = [
    _number("count", "number of found WBC", COUNT, LABORATORY),
    Plant("true-count", "wrong", "number of annotated WBC", _truth_count, (COUNT,), reads="truth"),
    _number("white_area", "area of all nuclei", COUNT, LABORATORY),
    _number("crowding", "distance to the next WBC", COUNT),
    _number("largest_nucleus", "size of the largest nucleus", COUNT),
    _number("ink", "mean optical density", COUNT, LABORATORY),
    _number("background", "red less green of the plasma", LABORATORY),
    _number("warmth", "red less blue of the plasma", LABORATORY),
    _number("stain", "red in green of the red cells", LABORATORY),
    _number("red_blue", "blue in green of the red cells", LABORATORY),
    _number("red_cover", "area of the red cells", LABORATORY),
    _number("magnification", "diameter of the red cells", LABORATORY),
    _number("sharpness", "finest detail over the next octave", LABORATORY),
    _number("jpeg_grid", "blocks of a JPEG grid", LABORATORY),
    _number("border", "dark frame", LABORATORY),
    _number("scale_bar", "length of a bar in the corner", LABORATORY),
    Plant("nearest-thumb", "wrong", "nearest training field, 40 × 30 px", nearest(_thumb), (LABORATORY,)),
    Plant("nearest-colours", "wrong", "nearest training field, colour histogram", nearest(_histogram)),
    Plant("linear", "wrong", "logistic regression on 40 × 30 px", _linear, (LABORATORY,)),
    Plant("direct", "wrong", "small CNN on the whole field, 80 × 60 px", _direct),
    Plant("always", "wrong", "always ALL", _always, (COUNT,), reads="nothing"),
    Plant("coin", "wrong", "the parity of some pixels", _coin, (COUNT,), reads="nothing"),
]
