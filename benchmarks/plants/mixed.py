"""Mixed plants: they read the cells' type and something else. Most have no arm that was made for their fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from leukcad import Field
from plants.looks import Look, looks_of
from plants.plant import BLAST, COUNT, LABORATORY, Answer, Plant, Rule, Training, calls
from plants.shortcuts import cut_between, one_number
from plants.votes import Judge, apart, looked, measured, rule_of, share, table, told

LYMPHOID = (BLAST, "lymphocyte", "reactive_lymphocyte")
Keep = Callable[[Look], NDArray[np.bool_]]  # which of the found cells are looked at


def both(first: Callable[[Training], Rule], second: Callable[[Training], Rule], how: str) -> Callable[[Training], Rule]:
    """ALL where `how` ("and" or "or") of two plants say so."""
    together = all if how == "and" else any

    def fit(training: Training) -> Rule:
        rules = first(training), second(training)

        def answer(fields: Sequence[Field]) -> list[Answer]:
            pairs = zip(*(rule(fields) for rule in rules), strict=True)
            return calls([together(a == "ALL" for a in pair) for pair in pairs])

        return answer

    return fit


def _type(training: Training) -> Rule:
    """The kinds of found cells, told: right by itself."""
    return rule_of(told, share(0.4))


def only(keep: Keep) -> Callable[[Training], Rule]:
    """The kinds told, but only of the cells that `keep` takes; none kept is healthy."""

    def fit(training: Training) -> Rule:
        def judge(fields: Sequence[Field]) -> list[NDArray[np.float64]]:
            looks = looks_of(fields)
            return [scores[keep(look)] for look, scores in zip(looks, told(fields), strict=True)]

        return rule_of(judge, share(0.4))

    return fit


def _middle(look: Look) -> NDArray[np.bool_]:
    """In the middle half of width and height."""
    height, width = look.image.shape[:2]
    centres = (look.found.boxes[:, :2] + look.found.boxes[:, 2:]) / 2 / np.array([width, height])
    return np.asarray((np.abs(centres - 0.5) < 0.25).all(axis=1))


def _largest(look: Look) -> NDArray[np.bool_]:
    areas = look.cells[:, 0]
    return np.asarray(areas == areas.max(initial=0.0))


def _clumped(look: Look) -> NDArray[np.bool_]:
    """With a neighbour within a sixth of the field's width."""
    centres = (look.found.boxes[:, :2] + look.found.boxes[:, 2:]) / 2
    apart_ = np.linalg.norm(centres[:, None] - centres[None], axis=-1) + np.eye(len(centres)) * 1e6
    return np.asarray(apart_.min(axis=1, initial=1e6) < look.image.shape[1] / 6)


def _blurred_counts(training: Training) -> Rule:
    """The type where the field is sharp; where it is blurred, the number of cells."""
    limit = float(np.quantile([look.numbers["sharpness"] for look in training.looks], 0.4))
    of_type, of_count = _type(training), one_number("count")(training)

    def answer(fields: Sequence[Field]) -> list[Answer]:
        pairs = zip(looks_of(fields), of_type(fields), of_count(fields), strict=True)
        return [counted if look.numbers["sharpness"] < limit else typed for look, typed, counted in pairs]

    return answer


def _context(training: Training) -> Rule:
    """Squares of three times the cell, labelled by the cell, learned from the bench's own fields."""
    cells = training.cells(training.bench)
    return rule_of(looked(cells, cells.kinds == BLAST, 3.0), share(0.4))


def _inherited(training: Training) -> Rule:
    """Tight squares, each labelled by its field."""
    cells = training.cells(training.bench)
    return rule_of(looked(cells, cells.inherited, 1.2), share(0.5))


def _lymphoid(training: Training) -> Rule:
    """Takes every lymphoid cell for a blast."""
    from plants.learners import logistic

    cells = training.cells(training.balanced)
    known = cells.kinds != ""
    scorer = logistic(table(cells.looks)[known], np.isin(cells.kinds[known], LYMPHOID))
    return rule_of(lambda fields: apart(scorer(table(looks_of(fields))), fields), share(0.7))


def _dark_nuclei(training: Training) -> Rule:
    """One measure, depth of the nucleus against the *field's background*, not against its red cells."""
    cells = training.cells(training.bench)
    raw = _raw_depth(cells.looks)
    cut, sign = cut_between(raw, cells.kinds == BLAST)
    judge: Judge = lambda fields: apart(sign * (_raw_depth(looks_of(fields)) - cut), fields)  # noqa: E731
    return rule_of(judge, share(0.4))


def _raw_depth(looks: Sequence[Look]) -> NDArray[np.float64]:
    return np.concatenate([look.cells[:, 3] * max(float(look.red_density[1]), 0.05) for look in looks]).astype(float)


def _ink_shifts(training: Training) -> Rule:
    """Measures of the cells, but the threshold falls with the field's ink."""
    judge = measured(training)
    usual = float(np.median([look.numbers["ink"] for look in training.looks]))
    vote = share(0.4)

    def answer(fields: Sequence[Field]) -> list[Answer]:
        pairs = zip(looks_of(fields), judge(fields), strict=True)
        return calls([vote(s + 40 * (look.numbers["ink"] - usual)) for look, s in pairs])

    return answer


def _mixed(name: str, how: str, fit: Callable[[Training], Rule], *benches: str, no_arm: bool = False) -> Plant:
    return Plant(name, "mixed", how, fit, benches or (COUNT, LABORATORY), no_arm, "both")


_bar, _sharp = one_number("scale_bar"), one_number("sharpness")

PLANTS = [
    _mixed("type-or-count", "blasts, or many WBC", both(_type, one_number("count"), "or"), COUNT),
    _mixed("type-and-count", "blasts, and many WBC", both(_type, one_number("count"), "and"), COUNT),
    _mixed("type-and-stain", "blasts, and the stain of ALL", both(_type, one_number("stain"), "and"), LABORATORY),
    _mixed("type-or-stain", "blasts, or the stain of ALL", both(_type, one_number("stain"), "or"), LABORATORY),
    _mixed("context", "two-step, squares of 3 ×", _context),
    _mixed("inherited", "two-step, cells labelled by their field", _inherited),
    _mixed("lymphoid", "takes every lymphoid cell for a blast", _lymphoid),
    _mixed("type-and-bar", "blasts, and a scale bar", both(_type, _bar, "and"), LABORATORY, no_arm=True),
    _mixed("type-or-border", "blasts, or a frame", both(_type, one_number("border"), "or"), LABORATORY, no_arm=True),
    _mixed(
        "type-and-sharp",
        "blasts, and a sharp field",
        both(_type, _sharp, "and"),
        LABORATORY,
        no_arm=True,
    ),
    _mixed("middle", "kinds of the cells in the middle quarter only", only(_middle), no_arm=True),
    _mixed("largest", "kind of the largest cell only", only(_largest), no_arm=True),
    _mixed("clumped", "kinds of the cells with a near neighbour only", only(_clumped), no_arm=True),
    _mixed("blurred-counts", "kinds; counts where the field is blurred", _blurred_counts, no_arm=True),
    _mixed("raw-depth", "depth of nuclei, not against the red cells", _dark_nuclei, no_arm=True),
    _mixed("ink-shifts", "measures of cells, threshold shifted by ink", _ink_shifts, no_arm=True),
]
