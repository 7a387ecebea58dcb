"""The fair fight: what does two-step owe to its labels of cells, its pixels, its data, its detector?

    python benchmarks/fair.py --benches both balanced semireal --seeds 0 1 2

Trains the two default routes and those of pipelines/fair/ on each bench, all with ResNet-18 from scratch, and asks them
about plain fields, the same with 10 healthy WBC pasted in, and `even` fields, where neither number nor stain, camera
and scale tell the class. Writes docs/benchmarks/fair.json after each bench and prints the tables of docs/fair-fight.md.
Runs and answers are kept, so that a benchmark that was cut off goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulated import cell, lined, pooled

from leukcad import experiment
from leukcad.answering import AnswerBook, Trained
from leukcad.outcome import check_same_fields
from leukcad.reproducing import studies
from leukcad.reproducing.fair import sentences
from leukcad.reproducing.fighting import judged
from leukcad.reproducing.lead import difference
from leukcad.reproducing.questions import DIRECT, TWO_STEP
from leukcad.seen import learned_from
from leukcad.study import load_specs

KEPT = Path("docs/benchmarks/fair.json")
CROWD = 10  # healthy WBC pasted in
SETS = {"test": "plain", f"imgSynt{CROWD}": f"+{CROWD}", "even": "even"}
RESNET18 = "steps.classify.name=resnet18"  # two_step's own network: none wins by its size
FAIR = "pipelines/fair"


@dataclass(frozen=True)
class Route:
    """One pipeline of the fight: its file, and what is changed in it for all benches."""

    file: str
    sets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As in the tables."""
        return Path(self.file).stem.removesuffix("_resnet50")


ROUTES = (
    Route("pipelines/direct_resnet50.yaml", (RESNET18,)),
    *(Route(f"{FAIR}/direct_{kind}.yaml", (RESNET18,)) for kind in ("letterbox", "pasted", "balanced", "448", "896")),
    Route(f"{FAIR}/tiles_max.yaml"),
    Route(f"{FAIR}/tiles_attention.yaml"),
    Route(f"{FAIR}/numbers.yaml"),
    *(Route(f"{FAIR}/two_step_{kind}.yaml") for kind in ("inherited", "context_3", "nucleus", "annotated")),
    Route("pipelines/two_step.yaml"),
)


@dataclass(frozen=True)
class Fight:
    """A bench: its file, its even fields as YAML, and what some routes need there."""

    bench: str
    even: str = ""
    more: tuple[tuple[str, str], ...] = ()  # route, change

    @property
    def tests(self) -> list[str]:
        """What the bench asks, and nothing that trains."""
        even = [f"tests={{even: {self.even}}}"] if self.even else []
        return [f"synthesize.doses=[{CROWD}]", "synthesize.draws=1", *even]


REAL = "cells: pbc_cells, backgrounds: rbc_fields"
FIGHTS = {
    "both": Fight(
        "pipelines/benches/simulated_both.yaml",
        "{use: simulated, preset: balanced, healthy: 60, leukaemic: 60, seed: 9400, prefix: Even}",
    ),
    "balanced": Fight("pipelines/benches/simulated_balanced.yaml"),
    "semireal": Fight(
        "pipelines/benches/semireal.yaml",
        f"{{use: semireal, {REAL}, preset: balanced, part: test, mature: 60, immature: 60, seed: 9400, prefix: Even}}",
        (("direct_pasted", f"augment.donors={{use: semireal-cells, {REAL}, part: train, seed: 600}}"),),
    ),
}


def trained(route: Route, fight: Fight, seed: int, setting: Any, out: Path) -> tuple[Trained, float]:
    """The route, trained on the bench's fields (direct_balanced: on balanced ones) or taken up; processor minutes."""
    balanced = ["data.preset=balanced"] if route.name == "direct_balanced" else []
    more = [change for name, change in fight.more if name == route.name]
    sets = [*route.sets, *fight.tests, *balanced, *more]
    spec = load_specs([route.file], sets=sets, seeds=[seed], bench=fight.bench)[0]
    spec = replace(spec, name=f"{route.name}-seed{seed}")
    began = time.process_time()
    model, _ = experiment.train(spec, setting, out)
    spent = model.run.read_json("minutes.json") or {"minutes": (time.process_time() - began) / 60}
    model.run.write_json("minutes.json", spent)  # a run that is taken up took what it took when it learned
    return model, spent["minutes"]


def fought(name: str, routes: list[Route], seeds: list[int], out: Path, device: str) -> dict[str, Any]:
    """Train and test the routes on one bench; rates, paired tests and what follows from them, seeds pooled."""
    fight, setting = FIGHTS[name], experiment.make_setting(device=device)
    models, minutes = [], {}
    for seed in seeds:
        for route in routes:
            model, spent = trained(route, fight, seed, setting, out / name)
            models.append(model)
            minutes[model.name] = round(spent, 1)
            print(f"{name}: {model.name} learned ({spent:.1f} min)", flush=True)
    spec = load_specs(["pipelines/two_step.yaml"], sets=fight.tests, bench=fight.bench)[0]
    bench = experiment.make_bench(spec, setting)
    bench.drop(learned_from(models))
    books = dict(zip([m.name for m in models], experiment.test(models, bench), strict=True))
    check_same_fields(books)
    return {"seeds": seeds, "minutes": minutes, **told_of(books, [r.name for r in routes], bench.spec)}


def told_of(books: dict[str, AnswerBook], routes: list[str], spec: Any) -> dict[str, Any]:
    """What the answers of all runs say: `judged` with seeds pooled, sentences, and the rates of each seed."""
    questions = studies.find("loddo2022").fair
    together = {name: pooled([b for n, b in books.items() if n.rpartition("-seed")[0] == name]) for name in routes}
    found = judged({name: book.answers for name, book in together.items()}, list(SETS), questions, spec)
    by_seed = judged({name: book.answers for name, book in books.items()}, [], [], spec)["rates"]
    told = {of: sentences({"paired": {of: paired}}, questions) for of, paired in found["paired"].items()}
    return {"positive": spec.positive, **found, "sentences": told, "seed by seed": by_seed}


def table(found: dict[str, Any]) -> str:
    """A row a route: what it is right in on each set, and how that differs from two_step's; then the sentences."""
    sets = list(found["paired"])
    head = [f"{SETS[of]}: {what}" for of in sets for what in ("sensitivity", "specificity", "right, less two_step's")]
    lines = [f"| route | {' | '.join(head)} |", "|---" * (len(head) + 1) + "|"]
    for name, rates in found["rates"].items():
        row = []
        for of in sets:
            row += [cell(rates[of]["sensitivity"]), cell(rates[of]["specificity"]), against(found["paired"][of], name)]
        lines.append(f"| `{name}` | {' | '.join(row)} |")
    said = [f"- {one}" for told in found["sentences"].values() for one in told]
    return "\n".join([*lines, "", *said])


def against(paired: dict[str, Any], name: str) -> str:
    """Points by which a route is right more often than two_step, and Holm's p over the pairs chosen beforehand."""
    apart = difference(paired, name, TWO_STEP)
    if apart is None:
        return "–"
    p = "p < .001" if apart.p < 0.001 else f"p = {apart.p:.3f}"
    return f"{apart.points:+.0f} ({apart.low:+.0f} to {apart.high:+.0f}; {p})"


def main() -> None:
    """Fight on the benches asked for, keep what is found after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--benches", nargs="+", choices=list(FIGHTS), default=list(FIGHTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="*", help="some routes, such as direct_896; direct and two_step always fight")
    parser.add_argument("--without", nargs="*", default=[], help="routes to leave out")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("runs/fair"))
    asked = parser.parse_args()
    wanted = {r.name for r in ROUTES if asked.only is None or r.name in asked.only} - {*asked.without}
    routes = [r for r in ROUTES if r.name in wanted | {DIRECT, TWO_STEP}]
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    for name in asked.benches:
        told = fought(name, routes, asked.seeds, asked.out, asked.device)
        found = {**(json.loads(KEPT.read_text()) if KEPT.exists() else {}), name: told}
        KEPT.write_text(lined(found) + "\n")
        print(f"\n### {name}\n\n{table(told)}", flush=True)


if __name__ == "__main__":
    main()
