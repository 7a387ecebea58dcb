"""Recall and precision of `segment: banik2020` on public fields, and Dice of nuclei on simulated ones; about a minute.

python measure.py DATA, the folder that holds bccd/ and bcisc/ as leukcad's benchmarks read them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from leukcad_banik import method
from leukcad_smears.presets import PRESETS, sample_scene
from leukcad_smears.render import render

from leukcad.evaluation.intervals import clopper_pearson

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from detector_sets import Truth, real

SETS = (("BCCD test", "bccd", "test", 15), ("bcisc 1, 3, 5, 7, 9", "bcisc", "13579", 15))
SIMULATED = 36


def counted(fields: list[Truth], radius: int) -> tuple[int, int, int]:
    """Hits, true cells and found cells: a hit is a found box whose centre lies in a true box, one to one."""
    hits = true = found = 0
    for truth in fields:
        boxes = method.boxes(method.nuclei(truth.read(), radius), 5, 1.5)
        middles, free = (boxes[:, :2] + boxes[:, 2:]) / 2, list(truth.boxes)
        for middle in middles:
            inside = [i for i, box in enumerate(free) if (box[:2] <= middle).all() and (middle <= box[2:]).all()]
            hits += bool(inside)
            free = [box for i, box in enumerate(free) if i not in inside[:1]]
        true, found = true + len(truth.boxes), found + len(boxes)
    return hits, true, found


def rate(hits: int, n: int) -> str:
    """The share with its exact interval."""
    low, high = clopper_pearson(hits, n)
    return f"{hits / max(n, 1):.3f} ({low:.3f}–{high:.3f}; {hits}/{n})"


def main() -> None:
    """Print a table in Markdown."""
    print("| fields | n | recall (95 %) | precision (95 %) |\n|---|---|---|---|")
    for name, data, part, radius in SETS:
        fields = real(Path(sys.argv[1]), data, part, adjudicate=False)
        hits, true, found = counted(fields, radius)
        print(f"| {name} | {len(fields)} | {rate(hits, true)} | {rate(hits, found)} |")
    dice = []
    for number in range(SIMULATED):
        preset = PRESETS[number % len(PRESETS)]
        drawn = render(sample_scene(preset, "healthy", np.random.default_rng([77, number])))
        one, other = method.nuclei(drawn.image, 10), drawn.nuclei > 0
        dice.append(2 * (one & other).sum() / max(one.sum() + other.sum(), 1))
    low, middle, high = np.quantile(dice, (0.25, 0.5, 0.75))
    print(f"\nDice of nuclei, {SIMULATED} simulated healthy fields, radius 10:", end=" ")
    print(f"median {middle:.2f}, quartiles {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()
