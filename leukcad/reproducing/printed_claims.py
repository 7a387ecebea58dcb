"""Claims that the study's own figures decide, and the cells of its table."""

from __future__ import annotations

from collections.abc import Iterator

from leukcad.data.splits import FIGURES
from leukcad.evaluation.printed import Reading, readings, sizes
from leukcad.reproducing.facts import Facts
from leukcad.reproducing.states import (
    COMPATIBLE,
    CONTRADICTED,
    IMPOSSIBLE,
    NOT_STATED,
    OUT_OF_SCOPE,
    Entry,
    percent,
    seeds_say,
    state_of,
)
from leukcad.reproducing.studies import NEVER, Claim, Network

ROUNDING = 0.005  # percent: half of the last digit that is printed


def table_cells(facts: Facts) -> Iterator[Entry]:
    """One entry a cell of the table: 50."""
    for network in facts.study.networks:
        impossible = why_impossible(network, facts)
        for metric in network.printed:
            yield _cell(facts, network, metric, impossible)


def why_impossible(network: Network, facts: Facts) -> str:
    """Why no confusion table of the test set gives a row, found by a search over all of them; '' where one does."""
    told = network.printed
    ill, healthy = class_sizes(facts)
    found: list[Reading] = []
    for positives, negatives in ((ill, healthy), (healthy, ill)):
        some = readings(told, positives, negatives)
        if any(reading.plain for reading in some):
            return ""
        found += some
    fitting = ", ".join(f"{a} + {b}" for a, b in sizes(told, ill + healthy)) or "no division"
    said = f"; they fit {found[0].words()}" if found else ""
    return (
        f"no table of {ill} + {healthy} or {healthy} + {ill} fields gives these five figures{said}; as they stand they "
        f"need {fitting} (positive + negative)"
    )


def class_sizes(facts: Facts) -> tuple[int, int]:
    """ALL and healthy fields of the test set that the study's figures show."""
    ill = sum(name.endswith("_1") for name in FIGURES)
    return ill, len(FIGURES) - ill


def _cell(facts: Facts, network: Network, metric: str, impossible: str) -> Entry:
    printed = network.printed[metric]
    runs, rate = facts.runs(network.name), facts.pooled(network.name, metric)
    cells = [run["table"][metric] for run in runs]
    holds = [
        c["value"] is not None and abs(100 * c["value"] - printed) <= 50 / max(1, c["of"]) + ROUNDING for c in cells
    ]
    within = rate is not None and 100 * rate["low"] - ROUNDING <= printed <= 100 * rate["high"] + ROUNDING
    ours = f"{percent(rate['value'])} ({percent(rate['low'])} to {percent(rate['high'])})" if rate else ""
    others = [
        f"{split}: {percent(other['value'])}"
        for split in facts.measured["splits"][1:]
        if (other := facts.pooled(network.name, metric, split))
    ]
    why = f"within half an image {seeds_say(holds)}; 95 % interval over fields" if holds else "this network was not run"
    state = IMPOSSIBLE if impossible else state_of(holds, facts.real, within)
    return Entry(
        f"{network.title}: {metric}",
        "Table 2",
        f"{printed:.2f} %",
        ours,
        state,
        impossible or "; ".join([why, *others]),
    )


def first_failing(facts: Facts) -> Iterator[Entry]:
    """One entry a network: the first of the synthetic sets on which it fails."""
    for network in facts.study.networks:
        printed = network.first_failing
        told = [run["first_failing"] for run in facts.runs(network.name)]
        ours = [t["all"] for t in told]
        if facts.real:
            holds = [(NEVER if dose is None else dose) == printed for dose in ours]
        else:  # a drawn smear is not theirs: whether it fails at all is the pattern
            holds = [(dose is None) == (printed == NEVER) for dose in ours]
        numbers = [NEVER if dose is None else str(dose) for dose in ours]
        reached = [dose for dose in ours if dose is not None]
        within = isinstance(printed, int) and bool(reached) and min(reached) <= printed <= max(reached)
        healthy = ", ".join("never" if t["healthy"] is None else str(t["healthy"]) for t in told)
        why = f"{seeds_say(holds)}; over all draws of healthy fields alone: {healthy}" if told else "not run"
        state = state_of(holds, facts.real, within)
        if printed is None:
            state, why = NOT_STATED, "the study shows this network in Figure 7 without saying where it fails"
        yield Entry(
            f"{network.title}: first failing number of pasted WBC",
            "Figure 7",
            "not stated" if printed is None else str(printed),
            ", ".join(numbers),
            state,
            why,
        )


def best(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """One network is the best: contradicted where others of the table tie with it."""
    rows = {n.name: tuple(n.printed.values()) for n in facts.study.networks}
    top = max(rows.values())
    tie = [name for name, row in rows.items() if row == top]
    alone = tie == [claim.told("of")]
    why = f"{len(tie)} networks of Table 2 share its row of {top[0]:g} %"
    yield Entry(claim.claim, claim.where, str(claim.told("of")), "", COMPATIBLE if alone else CONTRADICTED, why)


def test_set(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """The sizes of the test set's classes, against the images that the study's figures show."""
    ill, healthy = class_sizes(facts)
    says = dict(claim.told("says"))
    right = says == {"healthy": healthy, "ALL": ill}
    printed = " and ".join(f"{n} {label}" for label, n in says.items())
    why = f"the figures show {healthy} healthy and {ill} ALL images of the test set"
    yield Entry(claim.claim, claim.where, printed, "", COMPATIBLE if right else CONTRADICTED, why)


def listing(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """A number of things, against how many are named."""
    says, named = claim.told("says"), claim.told("named")
    why = f"the sentence says {says} and names {named}"
    yield Entry(claim.claim, claim.where, str(says), "", CONTRADICTED if says != named else COMPATIBLE, why)


def out_of_scope(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """What is not made again."""
    yield Entry(claim.claim, claim.where, "", "", OUT_OF_SCOPE, "not a result: leukcad does not make it again")
