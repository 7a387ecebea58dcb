"""All that is measured of some models on some sets, as plain data, and the worst of it for pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.answering import TestSet
from leukcad.measuring.asking import Model, Scored, score_set
from leukcad.measuring.classes import by_class
from leukcad.measuring.figures import figures
from leukcad.measuring.paired import pairs
from leukcad.measuring.worst import Bad, worst

if TYPE_CHECKING:
    from leukcad.measuring.adjudication import Adjudication


@dataclass(frozen=True, eq=False)
class Results:
    """What was found.

    figures: model → set → view → figures (`leukcad.measuring.figures`), with `by_class` and `lowest`. paired: set →
    view → tests of every two models. sets: set → what it holds. worst: (model, set) → what is shown of it.
    """

    figures: dict[str, dict[str, dict[str, Any]]]
    paired: dict[str, dict[str, list[dict[str, Any]]]]
    sets: dict[str, dict[str, Any]]
    worst: dict[tuple[str, str], list[Bad]]


def measure_sets(
    models: Sequence[Model],
    sets: Sequence[TestSet],
    *,
    own: bool = True,
    leave: Collection[str] = (),
    adjudication: Adjudication | None = None,
) -> Results:
    """Measure every model on every set; what the options mean says `leukcad.measuring.asking.score_set`.

    The pictures are those of the last view: adjudicated, where there is that. Raises `LeukcadError`.
    """
    found = Results({m.name: {} for m in models}, {}, {}, {})
    for test in sets:
        scored = score_set(models, test, own=own, leave=leave, adjudication=adjudication)
        for model in models:
            by_view = scored.scores[model.name]
            found.figures[model.name][test.name] = {
                view: {**figures(told), **_more(told, model, scored)} for view, told in by_view.items()
            }
            found.worst[model.name, test.name] = worst(list(by_view.values())[-1])
        found.paired[test.name] = {view: _paired(scored.scores, view) for view in _views(scored)}
        found.sets[test.name] = _about(test, scored)
    return found


def _more(told: Sequence[Any], model: Model, scored: Scored) -> dict[str, Any]:
    classes = by_class(told, scored.classes.get(model.name, []), model.spec.cell_classes)
    return {"by_class": classes, "lowest": scored.lowest[model.name]}


def _views(scored: Scored) -> list[str]:
    return list(next(iter(scored.scores.values())))


def _paired(scores: Mapping[str, Mapping[str, Sequence[Any]]], view: str) -> list[dict[str, Any]]:
    return pairs({name: told[view] for name, told in scores.items()}) if len(scores) > 1 else []


def _about(test: TestSet, scored: Scored) -> dict[str, Any]:
    return {
        "source": test.source.step.name,
        "fields": len(test.records),
        "kinds": scored.kinds,
        "dropped": [],  # those that a pipeline learned from, where they are looked for
        "unannotated": scored.unannotated,
        "unreadable": {r.id: test.source.unreadable[r.id] for r in test.records if r.id in test.source.unreadable},
        "open": scored.open,
    }
