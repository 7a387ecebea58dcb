"""The auditor audited: classifiers whose reasons are known, before the audit's own engine.

    python benchmarks/planted.py                              # all plants, three seeds; kept in runs/planted
    python benchmarks/planted.py --quick                      # a few fields: does it run?
    python benchmarks/planted.py --plant mine:classifier      # one from outside as well

A plant's class is measured on 400 fresh fields a class; then it is audited with 100 fields a class, drawn once for all
plants of a bench, on three seeds. Writes benchmarks/planted.json and the results in docs/planted.md (but --quick and
--plant: planted.json in --out).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import planted_page
from plants.catalogue import BENCHES, plants_of
from plants.judge import MEASURED, QUICK, Scale, judged, models_of, open_bench, plan_of, training
from plants.plant import LABORATORY, Plant
from plants.scoring import Row, met, rates_of, scores

from leukcad import LeukcadError
from leukcad.files import atomic_write

KEPT = Path(__file__).resolve().parent / "planted.json"


def judge_bench(name: str, plants: Sequence[Plant], scale: Scale, seeds: Sequence[int], out: Path) -> list[Row]:
    """Measure the plants of one bench, then audit them on every seed."""
    clock = Clock(name)
    material = training(name, scale)
    clock.say(f"{len(material.bench)} + {len(material.balanced)} fields drawn to learn from")
    rules = {plant.name: plant.fit(material) for plant in plants}
    material.forget()
    clock.say(f"{len(plants)} plants fitted")
    fresh = plan_of(open_bench(name, scale, MEASURED, material.bench), measures=True)
    measured = judged(models_of(rules, burned=name == LABORATORY), fresh, out / name / MEASURED)
    clock.say(f"classes measured on {scale.fresh} fields a class")
    rows = [row_of(plant, name, measured[plant.name]) for plant in plants]
    for seed in seeds:
        plan = plan_of(open_bench(name, scale, seed, material.bench), measures=False)
        verdicts = judged(models_of(rules, burned=False), plan, out / name / f"seed{seed}")
        for row in rows:
            row.verdicts[str(seed)] = verdicts[row.plant]
        clock.say(f"audited on seed {seed}")
    return rows


def row_of(plant: Plant, bench: str, measured: dict[str, Any]) -> Row:
    """A plant with its measured rates, not yet audited."""
    counts = {arm: n for arm, (_, n) in measured["arms"].items()}
    about = (plant.name, plant.meant, plant.how, plant.reads, plant.no_arm)
    return Row(bench, *about, rates_of(measured), counts)


class Clock:
    """Says what was done and how long it took."""

    def __init__(self, bench: str) -> None:
        self.bench, self.wall, self.cpu = bench, time.monotonic(), time.process_time()

    def say(self, text: str) -> None:
        """One line on stdout: minutes of wall time, minutes of processor time, and the text."""
        wall, cpu = (time.monotonic() - self.wall) / 60, (time.process_time() - self.cpu) / 60
        print(f"{self.bench:10s} {wall:6.1f} min, {cpu:5.1f} on the processor: {text}", flush=True)


def both_at_once(argv: Sequence[str], out: Path) -> None:
    """One process a bench, on as few threads as may be; raises SystemExit where one fails."""
    few = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), *argv, "--bench"]
    running = [subprocess.Popen([*command, name], env=few) for name in BENCHES]
    ends = [process.wait() for process in running]
    if any(ends):
        raise SystemExit("a bench failed; the same command goes on from where it stopped")


def told_of(rows: Sequence[dict[str, Any]], scale: Scale, seeds: Sequence[int]) -> dict[str, Any]:
    """planted.json: the scores against the goals, how it was done, and every plant."""
    of_plants = [Row.of(row) for row in rows]
    found = scores(of_plants)
    return {"scores": found, "met": met(found), "scale": asdict(scale), "seeds": list(seeds), "plants": list(rows)}


def main() -> None:
    """Judge the plants of all benches, or of the one that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="few fields: shows that it runs, proves nothing")
    parser.add_argument("--plant", action="append", default=[], help="module:function over a batch of fields")
    parser.add_argument("--bench", choices=BENCHES, help="only this one; no planted.json is written")
    parser.add_argument("--collect", action="store_true", help="judge nothing: put together what --bench left")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/planted"))
    asked = parser.parse_args()
    out, scale = asked.out / ("quick" if asked.quick else "full"), QUICK if asked.quick else Scale()
    if asked.bench:
        cv2.setNumThreads(1)
        rows = judge_bench(asked.bench, plants_of(asked.bench, asked.plant), scale, asked.seeds, out)
        atomic_write(out / asked.bench / "rows.json", json.dumps([row.to_dict() for row in rows]))
        return
    if not asked.collect:
        both_at_once(sys.argv[1:], out)
    rows = [row for name in BENCHES for row in json.loads((out / name / "rows.json").read_text())]
    told = told_of(rows, scale, asked.seeds)
    kept = out / "planted.json" if asked.quick or asked.plant else KEPT
    atomic_write(kept, json.dumps(told, indent=1) + "\n")
    if kept == KEPT:
        planted_page.write(told)
    print(planted_page.results(told), kept, sep="\n")


if __name__ == "__main__":
    try:
        main()
    except LeukcadError as error:
        raise SystemExit(str(error)) from None
