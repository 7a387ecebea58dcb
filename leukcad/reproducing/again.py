"""A study made again: run, measured, drawn, held against what was printed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leukcad.files import atomic_write
from leukcad.reproducing import figures, panels, studies
from leukcad.reproducing.facts import Facts
from leukcad.reproducing.fighting import fight
from leukcad.reproducing.ledger import ledger
from leukcad.reproducing.looking import Looks, look
from leukcad.reproducing.measuring import first_failing, series, table
from leukcad.reproducing.page import write_page
from leukcad.reproducing.resolving import curve
from leukcad.reproducing.running import TWO_STEP, Order, Turn, found_data, networks_of, of_kind, turns
from leukcad.reproducing.states import Entry
from leukcad.step import log

HOSTS = 2  # healthy fields into which WBC are pasted for maps
SHOWN_DOSES = 4  # of these


@dataclass(frozen=True)
class Reproduction:
    """What came of it. entries: the ledger; folder: ledger.json, measured.json, index.html, tables and figures."""

    entries: list[Entry]
    measured: dict[str, Any]
    folder: Path
    page: Path


def reproduce(
    study: str = "loddo2022",
    *,
    data: str | Path | None = None,
    networks: Sequence[str] = (),
    seeds: int | None = None,
    sets: Sequence[str] = (),
    quick: bool = False,
    fair: bool = False,
    out: str | Path = "runs",
    device: str | None = None,
    command: str = "",
) -> Reproduction:
    """Train the study's networks (or take up their runs), test them as it did, and write its ledger into `out`.

    data: the folder of the study's own data; without it, drawn smears stand in and show patterns only. networks: all by
    default; seeds: how many. fair: fight out, too, what the two-step route owes to what. Finished training and answers
    are reused. Raises `LeukcadError`.
    """
    told = studies.find(study)
    order = _order(told, data, networks, seeds, sets, quick, Path(out), device)
    kind = "real" if data is not None else "simulated"
    folder = Path(out) / "-".join(["reproduce", told.name, *([kind] if kind != "real" else []), *["quick"] * quick])
    measured, looks = _measured(order)
    measured["resolution"] = curve(order) if order.scale.diameters else None
    measured["fair"] = fight(order, told.fair) if fair else None
    measured |= {"study": told.name, "quick": quick, "command": command or f"leukcad reproduce {told.name}"}
    facts = Facts(told, measured)
    entries = ledger(facts)
    atomic_write(folder / "measured.json", _json(measured))
    atomic_write(folder / "ledger.json", _json([entry.to_dict() for entry in entries]))
    drawn = {**figures.draw(facts, folder), **panels.draw(facts, looks, folder)}
    page = write_page(folder, facts, entries, drawn)
    return Reproduction(entries, measured, folder, page)


def _order(
    told: studies.Study,
    data: str | Path | None,
    networks: Sequence[str],
    seeds: int | None,
    sets: Sequence[str],
    quick: bool,
    out: Path,
    device: str | None,
) -> Order:
    scale = told.scale(quick)
    if seeds is not None:
        scale = scale.model_copy(update={"seeds": tuple(range(seeds))})
    place = told.real if data is not None else told.simulated
    where = found_data(data) if data is not None else ""
    found = [one.format(data=where) for one in place.sets]
    chosen = told.chosen(networks_of(networks) or scale.networks)
    return Order(place, tuple(chosen), scale, (*found, *sets), out, device, where)


def _measured(order: Order) -> tuple[dict[str, Any], dict[str, Looks]]:
    """All figures, and the maps of the first turn by network."""
    from leukcad.outcome import kind_of

    runs: list[dict[str, Any]] = []
    pools: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    paired: list[dict[str, Any]] = []
    maps: dict[str, Looks] = {}
    about: dict[str, Any] = {}
    for turn in turns(order):
        spec = turn.bench.spec
        main = turn.split == order.scale.splits[0]
        about = {"data": kind_of(turn.bench), "positive": spec.positive, "classes": list(spec.classes)}
        kinds = {kind: of_kind(order, turn, kind) for kind in order.place.kinds} if main else {}
        for name, answers in turn.answers.items():
            looks = _looks(turn, name) if main and name != TWO_STEP else None
            if looks is not None:
                maps.setdefault(name, looks)
            runs.append({"split": turn.split, "seed": turn.seed, "network": name, **_of_run(turn, name, main)})
            runs[-1]["looks"] = looks and looks.told()
            runs[-1]["kinds"] = {kind: series(told[name], str(spec.positive)) for kind, told in kinds.items()}
            pools[turn.split][name] += [a for a in answers if a.dose == 0]
        paired += [_paired(order, turn)] if main else []
    pooled = {
        split: {name: table(told, about["classes"], about["positive"], studies.METRICS) for name, told in some.items()}
        for split, some in pools.items()
    }
    scale = {**order.scale.model_dump(), "networks": [n.name for n in order.networks]}
    return {
        **about,
        "splits": list(order.scale.splits),
        "scale": scale,
        "runs": runs,
        "pooled": pooled,
        "paired": paired,
    }, maps


def _of_run(turn: Turn, name: str, whole: bool) -> dict[str, Any]:
    """Table 2 of one run; if it is told as a `whole`, what became of the synthetic fields, too."""
    answers, positive = turn.answers[name], str(turn.bench.spec.positive)
    classes = turn.bench.spec.classes
    untouched, pasted = [[a for a in answers if (a.dose > 0) is made] for made in (False, True)]
    told = {"table": table(untouched, classes, positive, studies.METRICS)}
    if not whole:
        return told
    return {
        **told,
        "full": table(pasted, classes, positive, studies.METRICS),
        "series": series(answers, positive),
        "first_failing": first_failing(answers, positive),
    }


def _looks(turn: Turn, name: str) -> Looks:
    log.info("looking at the heat maps of %s", name)
    base = turn.bench.sets[0]
    fields = [f for f in map(base.source.read, base.records) if f is not None]
    plan = turn.bench.series()
    if plan is not None:
        every = plan.doses
        picked = {every[round(i * (len(every) - 1) / (SHOWN_DOSES - 1))] for i in range(SHOWN_DOSES)}
        plan = replace(plan, doses=tuple(sorted(picked)))
    healthy = [f for f in fields if f.record.label != turn.bench.spec.positive]
    return look(turn.models[name], fields, plan, healthy[:HOSTS])


def _paired(order: Order, turn: Turn) -> dict[str, Any]:
    """How many pairs of a residual and another network there are, and in how many the residual one is shown better."""
    from leukcad.evaluation.power import smallest_difference
    from leukcad.evaluation.versus import versus

    residual = {n.name for n in order.networks if n.residual}
    some = {n.name: [a for a in turn.answers[n.name] if a.dose > 0] for n in order.networks}
    told = versus(some, turn.bench.spec.positive) or {"pairs": [], "groups": 0}
    pairs = [p for p in told["pairs"] if (p["first"] in residual) != (p["second"] in residual)]
    better = [p for p in pairs if p["distinguishable"] and (p["difference"] > 0) == (p["first"] in residual)]
    least = smallest_difference(told["groups"], 0.05 / max(1, len(told["pairs"])))  # before Holm lets any pair pass
    more = {"groups": told["groups"], "smallest_difference": least}
    return {"seed": turn.seed, "pairs": len(pairs), "better": len(better), **more}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
