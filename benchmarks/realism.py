"""How real are the simulated smears? Writes docs/realism.md, docs/pictures/simulated.jpg and runs/realism.jpg.

    LEUKCAD_DATA=… python benchmarks/realism.py            # about 5 min on two cores; --no-network: 1 min

Real fields are read from $LEUKCAD_DATA (bccd, bcisc, rbc_fields, chula_wbc); nothing of them is stored but the few
small views in the picture, whose sources it names.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from leukcad_smears.catalogue import Catalogue
from leukcad_smears.presets import sample_scene
from leukcad_smears.render import Rendered, render
from numpy.typing import NDArray
from realism_cells import network_auc
from realism_measures import RED_CELL, Pixels, measure, red_cell_diameter

ROOT = Path(__file__).resolve().parents[1]
REAL = {
    "BCCD": "bccd/JPEGImages/*.jpg",
    "BCISC": "bcisc/fields/*/*.jpg",
    "Chula RBC-12": "rbc_fields/*.jpg",
    "Chula WBC": "chula_wbc/images/*.jpg",
}


def read(path: Path) -> Pixels:
    """RGB uint8 (H, W, 3)."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise SystemExit(f"{path}: not a picture")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def real_fields(data: Path, name: str, n: int) -> list[Path]:
    """`n` files spread evenly over a data set."""
    paths = sorted(data.glob(REAL[name]))
    return [paths[i] for i in np.unique(np.linspace(0, len(paths) - 1, n).astype(int))] if paths else []


def simulated(n: int) -> Iterable[Pixels]:
    """`n` fields of the preset `overlap`, both classes in turn."""
    for i in range(n):
        yield render(sample_scene("overlap", ("healthy", "ALL")[i % 2], np.random.default_rng([77, i]))).image


def table(groups: dict[str, list[dict[str, float]]]) -> list[str]:
    """A Markdown table of 5 / 50 / 95 % quantiles."""
    lines = ["| figure | " + " | ".join(f"{k} ({len(v)})" for k, v in groups.items()) + " |"]
    lines.append("|---" * (len(groups) + 1) + "|")
    for figure in next(iter(groups.values()))[0]:
        cells = []
        for rows in groups.values():
            q = np.nanpercentile([r[figure] for r in rows], [5, 50, 95])
            cells.append(" / ".join(f"{v:.2f}" if abs(v) < 20 else f"{v:.0f}" for v in q))
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    return lines


def share_auc(seed: int) -> float:
    """AUC of the nucleus share alone on 260 single cells, lymphoblasts against healthy leukocytes."""
    catalogue = Catalogue(single=True, healthy=130, leukaemic=130, seed=seed)
    shares: dict[str, list[float]] = {"healthy": [], "ALL": []}
    for entry in catalogue.entries():
        rendered: Rendered = render(catalogue.scene(entry))
        shares[entry.label].append(float((rendered.nuclei > 0).sum() / (rendered.regions > 0).sum()))
    return float((np.array(shares["ALL"])[:, None] > np.array(shares["healthy"])).mean())


def view(image: Pixels, height: int = 220, width: int = 300) -> Pixels:
    """The middle of a field at 35 px a red cell."""
    shrink = RED_CELL / (red_cell_diameter(image) or RED_CELL)
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    lack = max(0, height - small.shape[0]), max(0, width - small.shape[1])
    small = cv2.copyMakeBorder(small, 0, lack[0], 0, lack[1], cv2.BORDER_REFLECT)
    y, x = (small.shape[0] - height) // 2, (small.shape[1] - width) // 2
    return np.asarray(small[y : y + height, x : x + width], np.uint8)


def picture(data: Path) -> None:
    """Real views above, simulated ones below, as a small JPEG."""
    real = [view(read(p)) for name in ("BCISC", "Chula WBC", "Chula RBC-12") for p in real_fields(data, name, 5)[1:3]]
    drawn = []
    for i, (preset, label) in enumerate([("count", "ALL"), ("leukocytosis", "healthy"), ("balanced", "ALL")] * 2):
        scene = sample_scene(preset, label, np.random.default_rng([5, i]), count=12)
        drawn.append(view(render(scene).image))
    bar: NDArray[np.uint8] = np.full((8, 900, 3), 255, np.uint8)
    rows = [np.hstack(real[:3]), np.hstack(real[3:]), bar, np.hstack(drawn[:3]), np.hstack(drawn[3:])]
    save(ROOT / "runs" / "realism.jpg", np.vstack(rows))  # real pictures are their owners': not kept in docs
    save(ROOT / "docs" / "pictures" / "simulated.jpg", np.vstack(rows[3:]))


def save(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])


def report(groups: dict[str, list[dict[str, float]]], shares: Sequence[float], network: str, seconds: float) -> str:
    """The page."""
    return "\n".join(
        [
            "# How real are the simulated smears?",
            "",
            "Written by `python benchmarks/realism.py`. 5 / 50 / 95 % quantiles, the same measurement on every field",
            f"after scaling red cells to {RED_CELL:.0f} px; in brackets the number of fields. BCISC holds a flare.",
            "",
            *table(groups),
            "",
            f"Drawing one 800 × 600 field and choosing its scene took {seconds:.2f} s of processor time (one process).",
            "",
            "## Cells",
            "",
            "Nucleus share of the cell's area alone, 260 single cells, lymphoblasts against healthy, seeds 0–3: AUC "
            + ", ".join(f"{s:.3f}" for s in shares)
            + " (ALL-IDB2's published masks: 0.92).",
            "",
            network,
            "",
            "![Simulated fields](pictures/simulated.jpg)",
            "",
            "Simulated fields; beside real ones (BCISC, Chula WBC, Chula RBC-12) they stand in `runs/realism.jpg`. No",
            "licensed picture of leukaemia is at hand: lymphoblasts are drawn after descriptions and published masks,",
            "and nothing here shows that they look like a patient's.",
            "",
        ]
    )


def main() -> None:
    """Measure, then write the page and the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-network", action="store_true", help="leave the single-cell network out")
    parser.add_argument("--fields", type=int, default=40, help="fields of each kind")
    options = parser.parse_args()
    data = Path(os.environ.get("LEUKCAD_DATA", ROOT.parent / "shared" / "data"))
    groups: dict[str, list[dict[str, float]]] = {}
    start = time.process_time()
    drawn = list(simulated(options.fields))
    seconds = (time.process_time() - start) / max(1, options.fields)
    groups["simulated"] = [row for image in drawn if (row := measure(image))]
    for name in REAL:
        rows = [row for path in real_fields(data, name, options.fields) if (row := measure(read(path)))]
        if rows:
            groups[name] = rows
    if len(groups) == 1:
        raise SystemExit(f"no real fields under {data}: set LEUKCAD_DATA")
    network = "" if options.no_network else network_auc()
    page = report(groups, [share_auc(seed) for seed in range(4)], network, seconds)
    (ROOT / "docs" / "realism.md").write_text(page)
    picture(data)
    print(page)


if __name__ == "__main__":
    main()
