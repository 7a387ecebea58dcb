"""A plant's class by its measured failure rates, and the audit's verdicts held against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

RIGHT_MOST, WRONG_LEAST = 0.05, 0.35
GOALS = {"wrong called right": 0.0, "wrong convicted": 0.9, "right called right": 0.9, "undecided": 0.1}


@dataclass
class Row:
    """One plant on one bench. rates: of the 400 fresh fields a class, by arm; verdicts: by seed, with their arms."""

    bench: str
    plant: str
    meant: str
    how: str
    reads: str
    no_arm: bool
    rates: dict[str, float | None]
    numbers: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def measured(self) -> str:
        """`right`, `wrong` or `between`, by the rates alone; an arm that nothing entered says nothing."""
        known = [rate for rate in self.rates.values() if rate is not None]
        if any(rate >= WRONG_LEAST for rate in known):
            return "wrong"
        return "right" if all(rate <= RIGHT_MOST for rate in known) else "between"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Row:
        """What `to_dict` told."""
        return cls(**{key: value for key, value in told.items() if key != "measured"})

    def to_dict(self) -> dict[str, Any]:
        """As planted.json has it."""
        return {**asdict(self), "measured": self.measured}


def in_brief(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a verdict.json: [failures, n] of every arm (both edits of M0 by themselves) and control."""
    keys = ("verdict", "cause", "deciding_arms")
    parts = {part: _counts(verdict[part]) for part in ("arms", "controls")}
    return {**{key: verdict[key] for key in keys}, "k": verdict["k"]["k"], **parts}


def _counts(arms: Mapping[str, Any]) -> dict[str, list[int]]:
    each = {key: told for name, arm in arms.items() for key, told in (arm.get("edits") or {name: arm}).items()}
    return {key: [told["failures"], told["n"]] for key, told in each.items()}


def rates_of(told: Mapping[str, Any]) -> dict[str, float | None]:
    """Arm → failure rate; None where no field entered."""
    return {name: failures / n if n else None for name, (failures, n) in told["arms"].items()}


def scores(rows: Iterable[Row]) -> dict[str, Any]:
    """The goals, over all plants of a measured class, benches and seeds."""
    told: dict[str, list[str]] = {"right": [], "wrong": []}
    plants: dict[str, set[str]] = {"right": set(), "wrong": set(), "between": set()}
    for row in rows:
        plants[row.measured].add(row.plant)
        if row.measured in told:
            told[row.measured] += [v["verdict"] for v in row.verdicts.values()]
    right, wrong = told["right"], told["wrong"]
    return {
        "plants": {name: len(found) for name, found in plants.items()},
        "verdicts": {name: len(found) for name, found in told.items()},
        "wrong called right": _share(wrong, "right-reasons"),
        "wrong convicted": _share(wrong, "wrong-reasons", "wrong"),
        "right called right": _share(right, "right-reasons"),
        "undecided": _share(right + wrong, "undecided"),
    }


def _share(verdicts: Sequence[str], *names: str) -> float | None:
    return sum(v in names for v in verdicts) / len(verdicts) if verdicts else None


def met(told: Mapping[str, Any]) -> dict[str, bool | None]:
    """Goal → whether it is met; None where nothing was scored."""
    upper = ("wrong called right", "undecided")
    return {
        name: None if told[name] is None else (told[name] <= goal if name in upper else told[name] >= goal)
        for name, goal in GOALS.items()
    }


def table(rows: Iterable[Row]) -> str:
    """Every plant with its measured rates and its verdicts, in Markdown."""
    arms = ["A+", "A-", "M0.natural", "M0.lymphocytes", "M1", "S", "L"]
    lines = [
        "| plant | reads | meant | bench | " + " | ".join(arms) + " | measured | verdicts (three seeds) |",
        "|---" * (len(arms) + 6) + "|",
    ]
    for row in rows:
        rates = " | ".join("–" if row.rates.get(a) is None else f"{100 * row.rates[a]:.0f}" for a in arms)  # type: ignore[operator]
        who = f"{row.plant}: {row.how}{' (no arm)' if row.no_arm else ''}"
        lines.append(f"| {who} | {row.reads} | {row.meant} | {row.bench} | {rates} | {row.measured} | {_said(row)} |")
    return "\n".join(lines)


def _said(row: Row) -> str:
    texts = []
    for told in row.verdicts.values():
        why = told["cause"] or ", ".join(told["deciding_arms"])
        shown = "" if told["verdict"] == "right-reasons" else f" ({why})"
        texts.append(told["verdict"] + shown)
    return texts[0] + (" × 3" if len(texts) == 3 else "") if len(set(texts)) == 1 else "; ".join(texts)
