"""The study's question on simulated smears: direct against two-step, several presets, several seeds.

    python benchmarks/simulated.py --presets count overlap both balanced --seeds 0 1 2

Writes docs/benchmarks/simulated.json and prints the tables that docs/benchmarks.md holds: seeds pooled, then seed by
seed. Runs are kept in runs/, so that a benchmark that was cut off goes on.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from leukcad import experiment
from leukcad.answering import AnswerBook
from leukcad.evaluation.metrics import rates
from leukcad.outcome import by_set, check_same_fields
from leukcad.study import load_specs, train_all

PIPELINES = ("pipelines/direct_resnet50.yaml", "pipelines/two_step.yaml")
METRICS = ("accuracy", "sensitivity", "specificity")
POOLED = "-pooled"


def measure(preset: str, seeds: list[int], sets: list[str], out: Path) -> dict[str, Any]:
    """Train and test both routes on one preset; rates per seed and pooled over seeds."""
    bench = f"pipelines/benches/simulated{'' if preset == 'count' else '_' + preset}.yaml"
    began = time.monotonic()
    specs = load_specs(PIPELINES, seeds=seeds, sets=sets, bench=bench)
    models, its_bench = train_all(specs, experiment.make_setting(device="cpu"), out)
    books = dict(zip([m.name for m in models], experiment.test(models, its_bench), strict=True))
    check_same_fields(books)
    spec = its_bench.spec
    told: dict[str, Any] = {
        "preset": preset,
        "seeds": seeds,
        "set": sets,
        "seconds": round(time.monotonic() - began),
        "pipelines": {},
    }
    for stem in (Path(p).stem for p in PIPELINES):
        mine = {name: book for name, book in books.items() if name.startswith(stem)}
        groups = {**mine, f"{stem}{POOLED}": pooled(list(mine.values()))}
        for name, book in groups.items():
            told["pipelines"][name] = {
                key: {metric: rate.to_dict() for metric, rate in rates(rows, spec.classes, spec.positive).items()}
                for key, rows in by_set(book.answers).items()
            }
    return told


def pooled(books: list[AnswerBook]) -> AnswerBook:
    """All seeds' answers as one book; a field's answers by several seeds are one cluster, as its draws are."""
    book = AnswerBook(Path("pooled"))
    book.answers = [replace(a, draw=1000 * i + a.draw) for i, b in enumerate(books) for a in b.answers]
    return book


def table(told: dict[str, Any]) -> str:
    """A preset's tables in Markdown: a row a pipeline and rate, a column a number of added cells; then seed by seed."""
    sets = list(next(iter(told["pipelines"].values())))
    shown = [s for s in sets if s == "test" or s.startswith("imgSynt")]
    head = " | ".join("plain" if s == "test" else f"+{s.removeprefix('imgSynt')}" for s in shown)
    lines = [f"| pipeline | rate | {head} |", "|---" * (len(shown) + 2) + "|"]
    for name, rates_ in told["pipelines"].items():
        for metric in METRICS if name.endswith(POOLED) else ():
            row = " | ".join(cell(rates_[s].get(metric)) for s in shown)
            lines.append(f"| {name.removesuffix(POOLED)} | {metric} | {row} |")
    return "\n".join([*lines, "", *by_seed(told, shown)])


def by_seed(told: dict[str, Any], shown: list[str]) -> list[str]:
    """A row a trained pipeline: plain fields, and the most cells added."""
    most = shown[-1]
    columns = [("test", m) for m in METRICS] + [(most, m) for m in ("specificity", "sensitivity")]
    head = [f"{'plain' if s == 'test' else '+' + s.removeprefix('imgSynt')}: {m}" for s, m in columns]
    lines = [f"| pipeline | {' | '.join(head)} |", "|---" * (len(columns) + 1) + "|"]
    for name, rates_ in told["pipelines"].items():
        if not name.endswith(POOLED):
            row = " | ".join(cell(rates_[s].get(m)) for s, m in columns)
            lines.append(f"| {name.replace('-seed', ', seed ')} | {row} |")
    return lines


def cell(rate: dict[str, float] | None) -> str:
    """A rate in per cent with its interval."""
    if not rate or rate["value"] is None:
        return "–"
    return f"{100 * rate['value']:.1f} ({100 * rate['low']:.1f}–{100 * rate['high']:.1f})"


def lined(found: dict[str, Any]) -> str:
    """JSON with a line a rate, so that a change can be read."""
    return re.sub(r"\{[^{}]*\}", lambda m: json.dumps(json.loads(m.group())), json.dumps(found, indent=1))


def main() -> None:
    """Measure the presets asked for, keep what is measured after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--presets", nargs="+", default=["count", "overlap", "both", "balanced"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--set", dest="sets", action="append", default=[], help="such as synthesize.draws=1")
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark"))
    asked = parser.parse_args()
    kept = Path("docs/benchmarks/simulated.json")
    kept.parent.mkdir(parents=True, exist_ok=True)
    for preset in asked.presets:
        told = measure(preset, asked.seeds, asked.sets, asked.out)
        found = {**(json.loads(kept.read_text()) if kept.exists() else {}), preset: told}
        kept.write_text(lined(found) + "\n")
        print(f"\n### {preset} ({found[preset]['seconds']} s)\n\n{table(found[preset])}", flush=True)


if __name__ == "__main__":
    main()
