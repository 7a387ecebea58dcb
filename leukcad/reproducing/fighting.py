"""The fair fight: its routes trained, or their runs taken up, tested on the place's bench, held against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.reproducing.fair import verdicts, win_says
from leukcad.reproducing.questions import DIRECT, TWO_STEP, Fair, Question, changes, planned
from leukcad.reproducing.running import Order
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.answering import Trained
    from leukcad.assembly import Setting
    from leukcad.config import PipelineSpec
    from leukcad.evaluation.answers import Answer
    from leukcad.experiment import Bench

HERO_DOSE = 10  # the pasted WBC that the fight is told at, if they were tested; else the most that were
APART = 10_000  # draws of one seed are numbered below, so that several seeds' answers to a field stay one cluster

Pools = Mapping[str, Sequence["Answer"]]


def fight(order: Order, questions: Sequence[Question]) -> dict[str, Any]:
    """Train and test every route of the place with every seed, on the first split; what was finished is reused.

    `{"routes", "titles", "left_out", "seeds", "win", "verdicts"}` and what `judged` tells. Raises LeukcadError where
    the study or the place has no fair fight.
    """
    from leukcad import experiment

    fair = order.place.fair
    if fair is None or not questions:
        raise LeukcadError("the study names no fair fight", cure="leave --fair out, or give the study `fair:`")
    asked = [q for q in questions if q.name not in fair.without]
    names = [DIRECT, *(q.name for q in asked), TWO_STEP]
    pools: dict[str, list[Answer]] = defaultdict(list)
    spec = _spec(order, fair, TWO_STEP, order.scale.seeds[0])
    setting = experiment.make_setting(device=order.device or spec.device)
    for place, seed in enumerate(order.scale.seeds):
        log.info("fair fight, seed %d", seed)
        models, bench = _trained(order, fair, names, seed, setting)
        for name, answers in _answered(models, bench).items():
            pools[name] += [replace(a, draw=APART * place + a.draw) for a in answers]
    found = judged(pools, shown_sets(spec.synthesize.doses if spec.synthesize else ()), asked, spec)
    return {
        "routes": names,
        "titles": {name: model.spec.title or name for name, model in models.items()},
        "left_out": {q.name: fair.without[q.name] for q in questions if q.name in fair.without},
        "seeds": list(order.scale.seeds),
        **found,
        "win": win_says(found),
        "verdicts": [asdict(told) for told in verdicts(found, asked)],
    }


def judged(pools: Pools, sets: Sequence[str], questions: Sequence[Question], spec: PipelineSpec) -> dict[str, Any]:
    """`{"rates": {ROUTE: {SET: {METRIC: rate}}}, "paired": {SET: versus(…)}}` of the pooled answers of each route.

    Rates of all sets, pairs of `sets` alone; a difference that has no bootstrap interval gets Newcombe's.
    """
    from leukcad.evaluation.metrics import rates
    from leukcad.evaluation.versus import versus
    from leukcad.outcome import by_set

    told = {name: by_set(answers) for name, answers in pools.items()}
    pairs = planned(questions, list(told))
    paired = {}
    for of in (of for of in sets if all(of in some for some in told.values())):
        books = {name: some[of] for name, some in told.items()}
        found = versus(books, spec.positive, pairs)
        assert found is not None  # there are two routes or more
        paired[of] = {**found, "pairs": [_with_limits(pair, books, spec.positive) for pair in found["pairs"]]}
    return {
        "rates": {
            name: {
                of: {m: rate.to_dict() for m, rate in rates(answers, spec.classes, spec.positive).items()}
                for of, answers in some.items()
            }
            for name, some in told.items()
        },
        "paired": paired,
    }


def shown_sets(doses: Sequence[int]) -> list[str]:
    """The sets that the fight is told on: plain fields, and those with 10 WBC pasted in, else the most."""
    dose = HERO_DOSE if HERO_DOSE in doses else max(doses, default=0)
    return ["test", *([f"imgSynt{dose}"] if dose else [])]


def _with_limits(pair: dict[str, Any], books: Pools, positive: str | None) -> dict[str, Any]:
    from leukcad.evaluation.differences import paired_difference
    from leukcad.evaluation.units import right_groups

    if pair["low"] is not None:
        return pair
    first, second = (right_groups(books[pair[which]], positive) for which in ("first", "second"))
    told = paired_difference([second[group] for group in first], list(first.values()))  # the first less the second
    return {**pair, "low": told.low, "high": told.high}


def _answered(models: Mapping[str, Trained], bench: Bench) -> dict[str, list[Answer]]:
    from leukcad import experiment
    from leukcad.outcome import check_same_fields

    books = dict(zip(models, experiment.test(list(models.values()), bench), strict=True))
    check_same_fields(books)
    return {name: book.answers for name, book in books.items()}


def _trained(
    order: Order, fair: Fair, names: Sequence[str], seed: int, setting: Setting
) -> tuple[dict[str, Trained], Bench]:
    """The routes of one seed and the bench that tests them all, without fields that any of them learned from."""
    from leukcad import experiment
    from leukcad.seen import learned_from
    from leukcad.study import train_all

    specs = {name: _spec(order, fair, name, seed) for name in names}
    here = [name for name in names if name not in fair.elsewhere]
    models, bench = train_all([specs[name] for name in here], setting, order.out)
    told = dict(zip(here, models, strict=True))
    told |= {name: experiment.train(specs[name], setting, order.out)[0] for name in names if name not in told}
    bench.drop(learned_from(list(told.values())))
    return {name: told[name] for name in names}, bench


def _spec(order: Order, fair: Fair, route: str, seed: int) -> PipelineSpec:
    """A route's pipeline on the place's bench; of the user's changes those of the bench, since steps differ."""
    from leukcad.study import load_specs

    bench = [one for one in order.bench_sets(order.scale.splits[0], series=not fair.series) if _of_bench(one)]
    own = [*changes(fair.sets, route), *changes(order.scale.fair_sets, route), *changes(fair.elsewhere, route)]
    return load_specs([fair.file(route)], sets=[*bench, *own], seeds=[seed], bench=fair.bench, out=order.out)[0]


def _of_bench(change: str) -> bool:
    from leukcad.config.keys import BENCH

    return change.partition("=")[0].split(".")[0] in BENCH
