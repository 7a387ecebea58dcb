"""What the verdict does at known failure rates: the probability of each verdict, by simulation of the rule itself.

    python benchmarks/operating_characteristics.py            # about 1 min of one core; --repeats 100: a look

Writes docs/pictures/operating_characteristics.png, docs/benchmarks/operating_characteristics.json and the table between
the marks in docs/verdict.md. Arms and controls fail independently of each other, which real ones do not: two edits of
the same fields fail together, so that real verdicts are a little less often undecided than these.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leukcad.evaluation.arms import LEUKAEMIA
from leukcad.evaluation.exact import reach
from leukcad.evaluation.groups import ArmResult
from leukcad.evaluation.verdict import RIGHT_REASONS, UNDECIDED, VERDICTS, WRONG, WRONG_REASONS, decide

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/pictures/operating_characteristics.png"
NUMBERS = ROOT / "docs/benchmarks/operating_characteristics.json"
PAGE = ROOT / "docs/verdict.md"
BEGIN, END = "<!-- operating characteristics -->\n", "<!-- end of operating characteristics -->"

GROUPS = (6, 14, 30, 60, 100)
RATES = tuple(
    float(round(r, 3))
    for r in (0, 0.01, 0.02, 0.03, 0.05, 0.075, *np.arange(0.1, 0.5, 0.025), *np.arange(0.5, 0.9, 0.05), 0.9, 1)
)
ELSEWHERE = 0.02  # the failure rate of what a scenario says nothing of
M0 = ("M0.natural", "M0.lymphocytes")
ARMS = ("A+", "A-", *M0, "M1", "S", "L")
SCENARIOS: dict[str, tuple[str, ...]] = {
    "only M0 fails": M0,
    "every edited arm fails": (*M0, "M1", "S", "L"),
    "everything fails, controls too": (*ARMS, *LEUKAEMIA.controls),
}
COLOURS = {RIGHT_REASONS: "#0072B2", UNDECIDED: "#DDDDDD", WRONG_REASONS: "#E69F00", WRONG: "#882255"}
Shares = dict[str, float]  # verdict → its share


def shares(n: int, rate: float, failing: Sequence[str], repeats: int, rng: np.random.Generator) -> Shares:
    """How often each verdict is given with n groups in every arm and control."""
    names = (*ARMS, *LEUKAEMIA.controls)
    true = [rate if name in failing else ELSEWHERE for name in names]
    drawn = rng.binomial(n, true, (repeats, len(names)))
    found: Counter[str] = Counter()
    for row in drawn.tolist():
        results = [ArmResult(name, x, n) for name, x in zip(names, row, strict=True)]
        found[decide(results[: len(ARMS)], results[len(ARMS) :]).verdict] += 1
    return {verdict: found[verdict] / repeats for verdict in VERDICTS}


def simulate(repeats: int, seed: int) -> dict[str, dict[int, list[Shares]]]:
    """Scenario → n → the shares at each of RATES."""
    rng = np.random.default_rng(seed)
    return {
        name: {n: [shares(n, rate, failing, repeats, rng) for rate in RATES] for n in GROUPS}
        for name, failing in SCENARIOS.items()
    }


def draw(told: Mapping[str, Mapping[int, Sequence[Shares]]], path: Path) -> None:
    """Stacked shares of the verdicts over the true failure rate, a column a scenario, a row a number of groups."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    plt.rcParams["font.size"] = 9
    figure, axes = plt.subplots(len(GROUPS), len(told), figsize=(9, 9.5), sharex=True, sharey=True)
    for column, (name, by_n) in enumerate(told.items()):
        for row, (n, found) in enumerate(by_n.items()):
            panel = axes[row, column]
            panel.stackplot(RATES, [[s[v] for s in found] for v in VERDICTS], colors=[COLOURS[v] for v in VERDICTS])
            panel.axvline(0.2, color="black", linewidth=0.8, linestyle=":")
            panel.set(xlim=(0, 1), ylim=(0, 1), yticks=[0, 0.5, 1], xticks=[0, 0.2, 0.4, 0.6, 0.8, 1])
            if column == 0:
                panel.set_ylabel(f"{n} groups\nprobability")
            if row == 0:
                panel.set_title(name, fontsize=10)
    for panel in axes[-1]:
        panel.set_xlabel("true failure rate")
    keys = [Patch(color=COLOURS[v]) for v in VERDICTS]
    figure.legend(keys, VERDICTS, loc="upper center", ncols=len(VERDICTS), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.965))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def table(told: Mapping[str, Mapping[int, Sequence[Shares]]]) -> str:
    """What a reader wants to know first, a column a number of groups."""
    one, edited, everything = told.values()

    def at(by_n: Mapping[int, Sequence[Shares]], rate: float, verdict: str) -> list[str]:
        return [f"{by_n[n][RATES.index(rate)][verdict]:.2f}" for n in GROUPS]

    can = [reach(n, 0.2) for n in GROUPS]
    rows = [
        ("an arm clears at, failures at most", ["never" if c.clears is None else str(c.clears) for c in can]),
        ("an arm convicts at, failures at least (strictest step)", [str(c.convicts) for c in can]),
        ("`right-reasons` where everything fails 1 % of the time", at(everything, 0.01, RIGHT_REASONS)),
        ("… 2 %", at(everything, 0.02, RIGHT_REASONS)),
        ("… 5 %", at(everything, 0.05, RIGHT_REASONS)),
        ("… 10 %", at(everything, 0.1, RIGHT_REASONS)),
        ("`wrong-reasons` where only M0 fails, 35 % of the time", at(one, 0.35, WRONG_REASONS)),
        ("… 50 %", at(one, 0.5, WRONG_REASONS)),
        ("… 75 %", at(one, 0.75, WRONG_REASONS)),
        ("… 100 %", at(one, 1.0, WRONG_REASONS)),
        ("`right-reasons`, falsely, where only M0 fails, 20 %", at(one, 0.2, RIGHT_REASONS)),
        ("… 35 %", at(one, 0.35, RIGHT_REASONS)),
        ("`wrong-reasons`, falsely, where every edited arm fails just 20 %", at(edited, 0.2, WRONG_REASONS)),
    ]
    head = "| groups in each arm | " + " | ".join(map(str, GROUPS)) + " |\n|---|" + "---|" * len(GROUPS) + "\n"
    return head + "".join(f"| {name} | {' | '.join(values)} |\n" for name, values in rows)


def main() -> None:
    """Simulate, draw, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1000, help="audits simulated at each rate and number of groups")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    given = parser.parse_args()
    told = simulate(given.repeats, given.seed)
    draw(told, given.picture)
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + table(told) + "\n" + END + rest.split(END)[1], encoding="utf-8")
    numbers: dict[str, Any] = {"repeats": given.repeats, "seed": given.seed, "rates": RATES, "elsewhere": ELSEWHERE}
    numbers["scenarios"] = {
        name: {str(n): {v: [s[v] for s in found] for v in VERDICTS} for n, found in by_n.items()}
        for name, by_n in told.items()
    }
    NUMBERS.parent.mkdir(parents=True, exist_ok=True)
    NUMBERS.write_text(json.dumps(numbers) + "\n", encoding="utf-8")
    print(table(told))


if __name__ == "__main__":
    main()
