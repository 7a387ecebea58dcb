"""One answer per slide or patient: the diagnosis, the differential with its intervals, and why to doubt it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.evaluation.intervals import clopper_pearson
from leukcad.laboratory.counting import Count, look, tally, without_pixels
from leukcad.laboratory.manual import Differential, agreement
from leukcad.laboratory.quality import quality
from leukcad.progress import track

if TYPE_CHECKING:
    from leukcad.answering import Trained
    from leukcad.pipeline import State
    from leukcad.types import Field


@dataclass(frozen=True)
class Rules:
    """How a slide is counted.

    goal: WBC that a differential should have. least: below it the slide abstains. sure: least probability of a cell's
    class. border: cells on the right and lower edge are left out. max_blur, max_cover: fields above are not counted
    (docs/laboratory.md says how the limits were found).
    """

    goal: int = 100
    least: int = 20
    sure: float = 0.5
    border: bool = True
    max_blur: float = 0.6
    max_cover: float = 0.8


@dataclass
class Slide:
    """What its fields came to: `states` are those that were counted, `refused` counts the others by reason.

    unreadable: file → what is wrong with it.
    """

    count: Count = field(default_factory=Count)
    states: list[State] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)


def by_group(
    model: Trained,
    groups: Mapping[str, Sequence[Path]],
    rules: Rules | None = None,
    manual: Mapping[str, Differential] | None = None,
) -> list[dict[str, Any]]:
    """An answer for each group of pictures, as JSON holds it; raises `LeukcadError` for a run that finds no cells."""
    rules = rules or Rules()
    files = [(group, image) for group, images in groups.items() for image in images]
    slides = {group: Slide() for group in groups}
    for group, image in track(files, "counting"):
        _look(model, image, slides[group], rules)
    told = []
    for group, slide in slides.items():
        answer = _answer(model, slide, rules)
        if manual is not None and group in manual:
            answer["manual"] = agreement(slide.count.classes, manual[group])
        told.append({"group": group, "fields": len(groups[group]), **answer})
    return told


def _look(model: Trained, path: Path, slide: Slide, rules: Rules) -> None:
    from leukcad.data.images import read_image
    from leukcad.types import Field, Record

    try:
        image = Field.of(Record(path.stem, path=str(path)), read_image(path))
    except LeukcadError as error:
        slide.refused["unreadable"] += 1
        slide.unreadable[str(path)] = str(error)
        return
    if reason := refused(image, rules):
        slide.refused[reason] += 1
        return
    state = model.pipeline.run([image])
    slide.count.add(tally(look(model, state, image), sure=rules.sure, border_rule=rules.border))
    slide.states.append(without_pixels(state))


def refused(image: Field, rules: Rules) -> str:
    """Why a field is not counted, '' where it is."""
    seen = quality(image.array())
    if seen.blur > rules.max_blur:
        return "out of focus"
    return "too thick" if seen.cover > rules.max_cover else ""


def _answer(model: Trained, slide: Slide, rules: Rules) -> dict[str, Any]:
    told, n = slide.count, slide.count.counted
    called, probability, reason = _called(model, slide, rules)
    blasts = sum(told.classes[name] for name in model.spec.positive_cells)
    return {
        "called": called,
        "abstain": reason,
        "probability": probability,
        "wbc": n,
        "goal": rules.goal,
        "goal_reached": n >= rules.goal,
        "differential": {name: share(told.classes[name], n) for name in names_of(model, told.classes)},
        "blasts": share(blasts, n) if model.spec.positive_cells else None,
        "wbc_per_1000_rbc": _per_thousand(n + told.unclassifiable, told.red),
        "unclassifiable": told.unclassifiable,
        "smudge": told.smudge,
        "border": told.border,
        "fields_refused": dict(slide.refused),
        "unreadable": slide.unreadable,
    }


def _called(model: Trained, slide: Slide, rules: Rules) -> tuple[str | None, float | None, str]:
    """The class of the slide (None: it abstains), the positive class's probability, and why it abstains."""
    from leukcad.patients import unite
    from leukcad.pipeline import State

    lost = ", ".join(f"{number} {reason}" for reason, number in slide.refused.items())
    if not slide.states:
        return None, None, f"no field could be counted: {lost}"
    n = slide.count.counted
    if n < rules.least:
        more = f"; not counted: {lost}" if lost else ""
        return None, None, f"too few: {n} WBC counted, at least {rules.least} needed{more}"
    united = State([], answers=unite(model.pipeline, slide.states))
    assert united.answers is not None  # unite() always answers
    positive = model.pipeline.positive
    at = united.answers.classes.index(positive) if positive else None
    probability = None if at is None else round(float(united.answers.probabilities[0, at]), 6)
    return model.call(united, 0), probability, united.answers.reasons[0]


def names_of(model: Trained, found: Iterable[str]) -> list[str]:
    """The cell classes of the run in their order, then others that were found."""
    from leukcad.assembly import cell_classes
    from leukcad.labels import OTHER

    known = [name for name in cell_classes(model.spec) if name != OTHER]
    return list(dict.fromkeys((*known, *sorted(found))))


def share(k: int, n: int) -> dict[str, Any]:
    """A count, its share and the exact 95 % interval of it."""
    low, high = clopper_pearson(k, n)
    return {"count": k, "share": k / n if n else None, "low": low, "high": high}


def _per_thousand(white: int, red: int) -> dict[str, Any] | None:
    """WBC per 1,000 RBC; None where no red cells are counted.

    The interval is exact for two Poisson counts: given their sum, the white ones are binomial.
    """
    if not red:
        return None
    low, high = clopper_pearson(white, white + red)
    ratio = [1000 * p / (1 - p) if p < 1 else None for p in (low, high)]
    return {"value": 1000 * white / red, "low": ratio[0], "high": ratio[1], "wbc": white, "rbc": red}
