"""A map of verdicts: numbers that overlap × laboratories that go with the class × input size.

    OMP_NUM_THREADS=1 python benchmarks/verdict_map.py

On drawn smears, each place of the map a data set of its own: the whole-image route (ResNet-18 from scratch) at several
input sizes, with --two-step that route beside it, is trained there and audited by the arms and controls that decide.
Writes docs/benchmarks/verdict_map.json after each place and docs/pictures/verdict-map.png at the end, and prints the
table of docs/verdict-map.md. Runs and answers are kept, so that a benchmark that was cut off goes on. About forty
minutes on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leukcad import experiment
from leukcad.auditing.audit import audit_subjects, subject_of
from leukcad.config import PipelineSpec
from leukcad.study import load_specs, train_all

KEPT, PICTURE = Path("docs/benchmarks/verdict_map.json"), Path("docs/pictures/verdict-map.png")
NUMBERS = {  # how the numbers of WBC overlap: what it is called, its preset's bench
    "apart": "pipelines/benches/simulated.yaml",
    "overlapping": "pipelines/benches/simulated_overlap.yaml",
    "alike": "pipelines/benches/simulated_balanced.yaml",
}
SHARES = (0.0, 0.5, 1.0)  # of fields whose stain, camera, light and scale go with the class
GROUPS = 30  # fields of each class that are edited
ARMS = ("A+", "A-", "M0", "M1", "S", "L")
COLOURS = {"right-reasons": "#7fc9ae", "undecided": "#e3e6ea", "wrong-reasons": "#f2a07b", "wrong": "#b9a7c9"}
Row = dict[str, Any]


def specs_of(numbers: str, share: float, sides: Sequence[int], two_step: bool) -> list[PipelineSpec]:
    """The routes at one place of the map."""
    bench = NUMBERS[numbers]
    where = [f"data.confounded={share}", f"test.confounded={share}"]
    found = []
    for side in sides:
        how = ["steps.classify.name=resnet18", f"steps.classify.input_size={side}"]
        (spec,) = load_specs(["pipelines/direct_resnet50.yaml"], sets=[*where, *how], bench=bench)
        found.append(replace(spec, name=f"direct_{side}"))
    return found + (load_specs(["pipelines/two_step.yaml"], sets=where, bench=bench) if two_step else [])


def judged(numbers: str, share: float, specs: Sequence[PipelineSpec], out: Path, device: str) -> list[Row]:
    """Each route's verdict at one place, with the arms that it rests on."""
    models, bench = train_all(specs, experiment.make_setting(device=device), out)
    folder = out / f"map-{numbers}-{share}"
    audit = audit_subjects([subject_of(m) for m in models], bench, folder, groups=GROUPS, explain=False)
    rows = []
    for name, told in audit.verdicts.items():
        arms = {arm: {key: told["arms"][arm][key] for key in ("failures", "n")} for arm in ARMS}
        kept = {"verdict": told["verdict"], "cause": told["cause"], "deciding_arms": told["deciding_arms"]}
        rows.append({"numbers": numbers, "confounded": share, "route": name, **kept, "k": told["k"], "arms": arms})
    return rows


def table(rows: Iterable[Row]) -> str:
    """A row a place and route."""
    head = f"| numbers of WBC | fields from their class's laboratory | route | verdict | {' | '.join(ARMS)} |"
    lines = [head, "|---" * (4 + len(ARMS)) + "|"]
    for row in rows:
        arms = " | ".join(_failed(row["arms"][arm]) for arm in ARMS)
        told = f"`{row['verdict']}` {_convicting(row)}".strip()
        lines.append(f"| {row['numbers']} | {row['confounded']:.0%} | {row['route']} | {told} | {arms} |")
    return "\n".join(lines)


def _failed(arm: Row) -> str:
    return f"{arm['failures']}/{arm['n']}" if arm["n"] else "–"


def _convicting(row: Row) -> str:
    """The arms that convict, if any do."""
    return f"({', '.join(row['deciding_arms'])})" if row["verdict"].startswith("wrong") else ""


def draw(rows: Sequence[Row], path: Path) -> None:
    """A panel a route; its squares are coloured and named by verdict."""
    from matplotlib.figure import Figure

    routes = list(dict.fromkeys(row["route"] for row in rows))
    figure = Figure(figsize=(3.4 * len(routes), 3.9), dpi=150, layout="constrained")
    for ax, route in zip(figure.subplots(1, len(routes), sharey=True, squeeze=False)[0], routes, strict=True):
        for row in (r for r in rows if r["route"] == route):
            x, y = SHARES.index(row["confounded"]), list(NUMBERS).index(row["numbers"])
            ax.add_patch(_square(x, y, COLOURS[row["verdict"]]))
            told = f"{row['verdict']}\n{_convicting(row)}".strip()
            ax.text(x, y, told, ha="center", va="center", fontsize=8)
        ax.set(xlim=(-0.5, 2.5), ylim=(2.5, -0.5), aspect="equal", title=_titled(route))
        ax.set_xticks(range(3), [f"{share:.0%}" for share in SHARES])
        ax.set_yticks(range(3), [f"{name}" for name in NUMBERS])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    figure.supxlabel("fields whose stain, camera, light and scale go with the class", fontsize=9)
    figure.supylabel("numbers of WBC, healthy and ALL", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _square(x: float, y: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, facecolor=colour, edgecolor="none")


def _titled(route: str) -> str:
    return "two-step" if route == "two_step" else f"whole image, {route.removeprefix('direct_')} px"


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", nargs="+", type=int, default=[112, 224])
    parser.add_argument("--two-step", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--device", default="cpu")
    told = parser.parse_args()
    rows: list[Row] = []
    for numbers in NUMBERS:
        for share in SHARES:
            specs = specs_of(numbers, share, told.sides, told.two_step)
            rows += judged(numbers, share, specs, told.out, told.device)
            told.kept.write_text(json.dumps({"groups": GROUPS, "rows": rows}, indent=1) + "\n")
    draw(rows, told.picture)
    print(table(rows))


if __name__ == "__main__":
    main()
