"""What a comparison found, in sentences with its own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISTAKES = 12  # errors of a pipeline that are listed
HERO_DOSE = 10  # the number of added cells that the first sentence speaks of, if it was tested
ABSTAINED = "abstained"  # as tables of counts call it

QUICK = (
    "This is a quick look, to see that everything works. Its networks learned briefly from few fields, so that no "
    "figure here speaks for or against a pipeline; figures that can be read come from full runs."
)
MEANING = (
    "Adding healthy cells does not change the true answer. A pipeline that answers otherwise afterwards goes by "
    "something else than the kind of the cells, such as their number."
)


@dataclass(frozen=True)
class Part:
    """A piece of a sentence; kind '' is plain text, 'name' a pipeline, 'figure' what it came to."""

    text: str
    kind: str = ""


Sentence = list[Part]


@dataclass(frozen=True)
class Finding:
    """A sentence that says one thing of each pipeline: how it starts, a piece for each, and what follows from it."""

    start: str
    pieces: list[Sentence]
    follows: str = ""

    def parts(self) -> Sentence:
        """All of it in one sentence."""
        out = [Part(self.start + " ")]
        for i, piece in enumerate(self.pieces):
            if i:
                out.append(Part(" and " if len(self.pieces) == 2 else ", and " if i == len(self.pieces) - 1 else ", "))
            out += piece
        return [*out, Part(f". {self.follows}".rstrip())]

    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part.text for part in self.parts())


def percent(value: float | None) -> str:
    """'97 %'; what is not exactly 0 or 1 never reads so; '–' where undefined."""
    if value is None:
        return "–"
    rounded = round(100 * value)
    if rounded == 100 and value < 1:
        return "> 99 %"
    if rounded == 0 and value > 0:
        return "< 1 %"
    return f"{rounded} %"


def limits(rate: Mapping[str, Any]) -> str:
    """'88–100': the 95 % interval in percent."""
    return f"{round(100 * rate['low'])}–{round(100 * rate['high'])}"


def complement(rate: Mapping[str, Any]) -> dict[str, Any]:
    """The rate of what the given rate leaves: false alarms of specificity."""
    value = rate["value"]
    return {
        "value": None if value is None else 1 - value,
        "low": 1 - rate["high"],
        "high": 1 - rate["low"],
        "n": rate["n"],
    }


def headline(comparison: Mapping[str, Any]) -> list[Finding]:
    """The first screen: what added cells did (if any were), and what each pipeline makes of plain fields."""
    return [*opening(comparison), *_said(plain(comparison))]


def opening(comparison: Mapping[str, Any]) -> list[Finding]:
    """What added cells did, and whose answer nothing changes: this first where it is so of all pipelines."""
    findings, still = _said(added(comparison)), _said(unmoved(comparison))
    all_still = bool(still) and len(still[0].pieces) == len(comparison["pipelines"])
    return [*still, *findings] if all_still else [*findings, *still]


def _said(finding: Finding | None) -> list[Finding]:
    return [finding] if finding and finding.pieces else []


def unmoved(comparison: Mapping[str, Any]) -> Finding:
    """'Whatever a field holds, direct calls it healthy. …': who gave fields of several classes one answer."""
    pieces = []
    for pipeline, told in comparison["pipelines"].items():
        rows = [(truth, row) for table in told["counts"].values() for truth, row in table.items() if any(row.values())]
        called = {name for _, row in rows for name, number in row.items() if number}
        if len(called) == 1 and len({truth for truth, _ in rows}) > 1:
            (only,) = called
            does = " abstains" if only == ABSTAINED else f" calls it {only}"
            pieces.append([Part(pipeline, "name"), Part(does)])
    return Finding("Whatever a field holds,", pieces, "An answer that never changes tells nothing, whatever its rates.")


def hero_dose(comparison: Mapping[str, Any]) -> int | None:
    """The number of added cells to speak of: ten, else the most that were tested; None without a series."""
    tested = [d for d in comparison["doses"] if d > 0 and _everywhere(comparison, comparison["dose_sets"][str(d)])]
    return HERO_DOSE if HERO_DOSE in tested else max(tested, default=None)


def added(comparison: Mapping[str, Any]) -> Finding | None:
    """'When 10 healthy white cells were added to 60 fields without lymphoblasts, …'; None without a series."""
    dose = hero_dose(comparison)
    if dose is None:
        return None
    name, positive = comparison["dose_sets"][str(dose)], comparison["positive"]
    pieces, said = [], ""
    for pipeline, told in comparison["pipelines"].items():
        rate = told["sets"][name].get("accuracy" if positive is None else "specificity")
        if rate is None or rate["value"] is None:
            continue
        table = told["counts"].get(name, {})
        if positive is None:
            pieces.append(_right(pipeline, rate, table))
        else:
            did, piece = _alarms(pipeline, rate, table, positive)
            # of two, the second needs no verb if it is the same
            verb = "" if did == said and len(comparison["pipelines"]) == 2 else f" {did}"
            pieces.append([piece[0], Part(f"{verb} in "), piece[1]])
            said = did
    cells = "healthy white cell was" if dose == 1 else "healthy white cells were"
    start = f"When {dose} {cells} added to {_fields(comparison, name)},"
    return Finding(start if positive else f"{start} the right class was called by", pieces)


def plain(comparison: Mapping[str, Any]) -> Finding:
    """'Of the test fields as they are, the right class was called by … in 118 of 120 (98 %, 94–100), …'."""
    name = comparison["dose_sets"].get("0", "test")
    pieces = []
    for pipeline, told in comparison["pipelines"].items():
        rate = told["sets"].get(name, {}).get("accuracy")
        if rate and rate["value"] is not None:
            pieces.append(_right(pipeline, rate, told["counts"].get(name, {})))
    return Finding("Of the test fields as they are, the right class was called by", pieces)


def _alarms(
    pipeline: str, rate: Mapping[str, Any], table: Mapping[str, Any], positive: str
) -> tuple[str, tuple[Part, Part]]:
    """'called ALL', and who did so how often: '*direct*', '58 of 60 (97 %, 88–100)'."""
    alarms, abstained, total = 0, 0, 0
    for truth, called in table.items():
        if truth != positive:
            alarms += called.get(positive, 0)
            abstained += called.get(ABSTAINED, 0)
            total += sum(called.values())
    did = f"called {positive}" + (" or abstained" if abstained else "")
    figure = _figure(alarms + abstained, total, complement(rate))
    return did, (Part(pipeline, "name"), Part(figure, "figure"))


def _right(pipeline: str, rate: Mapping[str, Any], table: Mapping[str, Any]) -> Sentence:
    right = sum(called.get(truth, 0) for truth, called in table.items())
    total = sum(sum(called.values()) for called in table.values())
    return [Part(pipeline, "name"), Part(" in "), Part(_figure(right, total, rate), "figure")]


def _figure(count: int, total: int, rate: Mapping[str, Any]) -> str:
    of = f"{count} of {total} " if total else ""
    return f"{of}({percent(rate['value'])}, {limits(rate)})"


def _fields(comparison: Mapping[str, Any], name: str) -> str:
    """'60 fields without lymphoblasts, each in 3 ways': what the cells were added to, by the first pipeline's table."""
    counts, positive = next(iter(comparison["pipelines"].values()))["counts"], comparison["positive"]

    def number(of: str) -> int:
        return sum(sum(called.values()) for truth, called in counts.get(of, {}).items() if truth != positive)

    made, fields = number(name), number(comparison["dose_sets"].get("0", "test"))
    ways = made // fields if fields and made % fields == 0 else 0
    number_of = f"{fields} fields" if fields else "fields"
    return f"{number_of}{_without(comparison)}" + (f", each in {ways} ways" if ways > 1 else "")


def _without(comparison: Mapping[str, Any]) -> str:
    """' without lymphoblasts', by the names of the cells that make a field positive."""
    if comparison["positive"] is None:
        return ""
    cells = comparison.get("bench", {}).get("positive_cells") or []
    named = [str(c).replace("_", " ") for c in cells]
    if named == ["lymphoblast"]:
        return " without lymphoblasts"
    return f" without {' or '.join(named)} cells" if named else f" that are not {comparison['positive']}"


def _everywhere(comparison: Mapping[str, Any], name: str) -> bool:
    return all(name in told["sets"] for told in comparison["pipelines"].values())
