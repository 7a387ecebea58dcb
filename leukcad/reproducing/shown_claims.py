"""Claims that need something measured: series of pasted cells, heat maps, paired tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from leukcad.reproducing.facts import Facts, looks
from leukcad.reproducing.measuring import READINGS
from leukcad.reproducing.resolving import at, left
from leukcad.reproducing.running import TWO_STEP
from leukcad.reproducing.states import NOT_RUN, Entry, percent, seeds_say, state_of
from leukcad.reproducing.studies import Claim


def shares(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """Printed shares of a series: which numbers of images can give them, and whether ours come to them."""
    values, most = list(claim.told("values")), int(claim.told("most"))
    among = ", ".join(map(str, denominators(values, most))) or "none"
    for value in values:
        holds, near = [], False
        for rows in facts.by_seed().values():
            told = [s[reading] for run in rows for s in run["series"] if s["dose"] for reading in READINGS]
            told = [t for t in told if t["value"] is not None]
            exact = any(round(100 * t["value"], 1) == value for t in told)
            holds.append(exact if facts.real else any(100 * t["value"] <= value for t in told))
            near = near or any(100 * t["low"] <= value <= 100 * t["high"] for t in told)
        least = [least_share(facts, reading) for reading in READINGS]
        ours = f"least: {percent(least[0])} of all fields, {percent(least[1])} of healthy ones" if holds else ""
        what = "printed value met" if facts.real else "a series falls that far"
        why = f"both shares are possible with these numbers of images up to {most}: {among}; {what} {seeds_say(holds)}"
        yield Entry(
            claim.claim.format(value=value), claim.where, f"{value} %", ours, state_of(holds, facts.real, near), why
        )


def denominators(values: list[float], most: int) -> list[int]:
    """The numbers up to `most` at which every value, printed to one digit, is a share of whole images."""
    return [
        n
        for n in range(1, most + 1)
        if all(any(abs(100 * k / n - v) <= 0.05 + 1e-9 for k in range(n + 1)) for v in values)
    ]


def least_share(facts: Facts, reading: str) -> float | None:
    """The least share right of all networks, doses and seeds."""
    rows = [run for some in facts.by_seed().values() for run in some]
    told = [s[reading]["value"] for run in rows for s in run["series"] if s["dose"]]
    return min((v for v in told if v is not None), default=None)


def all_degrade(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """Every network is right less often on the full synthetic set than untouched."""
    holds, stay = [], set()
    for rows in facts.by_seed().values():
        told = [(run["network"], run["full"]["accuracy"]["value"], run["table"]["accuracy"]["value"]) for run in rows]
        if any(full is None for _, full, _ in told):
            continue  # no number of WBC fitted any field
        whole = [name for name, full, untouched in told if full >= untouched]
        stay |= set(whole)
        holds.append(not whole)
    ours = f"as good as untouched: {', '.join(sorted(stay))}" if stay else "all do" if holds else ""
    never = [n.title for n in facts.study.networks if n.first_failing == "never"]
    why = f"{seeds_say(holds)}; Figure 7 never shows {' and '.join(never)} to fail" if holds else "not run"
    yield Entry(claim.claim, claim.where, "all", ours, state_of(holds, facts.real, False), why)


def residual_better(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """Every residual network is shown to be right more often than every other, by exact paired tests with Holm."""
    told = facts.measured["paired"]
    pairs = [seed for seed in told if seed["pairs"]]
    holds = [seed["better"] == seed["pairs"] for seed in pairs]
    ours = ", ".join(f"{s['better']} of {s['pairs']} pairs" for s in pairs)
    if not pairs:
        yield Entry(claim.claim, claim.where, "yes", "", NOT_RUN, "needs residual networks and others")
        return
    n, least = pairs[0]["groups"], pairs[0]["smallest_difference"]
    reach = f"{n} fields can show a difference of {percent(least)} or more" if least else f"{n} fields can show none"
    why = f"exact McNemar on the full synthetic set, Holm, the field the unit; {reach}; {seeds_say(holds)}"
    yield Entry(claim.claim, claim.where, "yes", ours, state_of(holds, facts.real, False), why)


def _of_looks(
    claim: Claim, facts: Facts, names: tuple[str, ...], holds: Callable[..., bool], said: str
) -> Iterator[Entry]:
    """A claim on heat maps holds in a seed if it does in most of its networks; `said` formats the medians."""
    seeds, every = [], []
    for rows in facts.by_seed().values():
        if told := looks(rows, *names):
            seeds.append(2 * sum(holds(*row) for row in told) > len(told))
            every += told
    if not every:
        yield Entry(claim.claim, claim.where, "yes", "", NOT_RUN, "no heat map of a field with as many annotated WBC")
        return
    middle = [median(column) for column in zip(*every, strict=True)]
    why = f"Grad-CAM, medians over {len(every)} networks and seeds; in most networks {seeds_say(seeds)}"
    yield Entry(claim.claim, claim.where, "yes", said.format(*middle), state_of(seeds, facts.real, False), why)


def only_when_alone(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """Heat lies on WBC beyond the field's mean where they stand alone, and not where they crowd."""
    said = "mean heat on WBC, of the field's: {:.2f} where at most 2 stand, {:.2f} where 6 or more do"
    yield from _of_looks(claim, facts, ("alone", "crowded"), lambda alone, crowd: alone > 1 >= crowd, said)


def red_cells_weigh_more(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """Heat on red cells is higher than on WBC."""
    said = "mean heat on red cells, of that on WBC: {:.2f}; share of all heat on them: {:.2f}"
    yield from _of_looks(claim, facts, ("red_cells", "red_share"), lambda red, _: red > 1, said)


def most_are_ignored(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """In crowded fields most WBC are colder than the field."""
    yield from _of_looks(claim, facts, ("ignored",), lambda share: share > 0.5, "share of WBC that are colder: {:.2f}")


def position_not_number(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """Maps of one draw at two doses are more alike than maps of two draws at one dose."""
    said = "correlation {:.2f} with the same places and another number, {:.2f} with other places and the same number"
    yield from _of_looks(claim, facts, ("same_places", "same_number"), lambda places, number: places > number, said)


def resizing(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """The AUROC of cells as small as the square leaves them is nearer to chance than to that of the largest."""
    told = facts.measured.get("resolution")
    if not told:
        yield Entry(claim.claim, claim.where, "yes", "", NOT_RUN, "the resolution curve was not measured")
        return
    px = left(int(claim.told("side")))["squashed"]
    small, large = at(told, px), told["rows"][-1]["auroc"]
    lost = small - 0.5 < large - small
    ours = f"AUROC {small:.2f} at {px:.0f} px a WBC, {large:.2f} at {told['rows'][-1]['diameter']} px"
    why = f"blasts against {told['against']}, cells alone; one seed: nothing is reproduced by it"
    yield Entry(claim.claim, claim.where, "yes", ours, state_of([lost], facts.real, False), why)


def first_step(claim: Claim, facts: Facts) -> Iterator[Entry]:
    """The two-step route keeps more of the pasted healthy fields healthy than the middle one of the networks."""
    holds, ours = [], []
    for run in facts.runs(TWO_STEP):
        told = [r["full"]["specificity"]["value"] for r in (run, *facts.by_seed().get(run["seed"], []))]
        if None in told:
            continue  # no number of WBC fitted any field
        mine, middle = told[0], median(told[1:])
        holds.append(mine > middle)
        ours.append(f"{percent(mine)} against {percent(middle)}")
    why = f"specificity on the full synthetic set, two-step against the median network; {seeds_say(holds)}"
    if facts.real:
        why += "; its cells are ALL-IDB2's, which were cut from ALL-IDB1's fields, those of the test among them"
    state = state_of(holds, facts.real, False)
    yield Entry(claim.claim, claim.where, "yes", ", ".join(ours), state, why if holds else "two-step was not run")
