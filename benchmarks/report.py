"""How fast the report of ten pipelines opens in Chromium, how fast its slider answers, and how large it is.

    python benchmarks/report.py [--out FOLDER] [--rounds 5]

Ten small pipelines (five networks on whole fields, five seeds of cell by cell) are trained for one epoch on a few
simulated fields, which makes a report of full size (six fields in four versions, each with ten pipelines' layers) that
says nothing about any of them. Then, with the network cut: seconds from asking for the page to its first content, to
its load event (what is in sight is there) and to its figures, of several visits the first and the median of the
others; and from each move of the slider to the frame in which all pictures are there. A busy machine makes these
longer, so the page's own work is told beside them, as CPU time of its main thread.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from chromium import Chromium, Tab, found

import leukcad
from leukcad.report.single import single_file

BENCH = """
data: {use: simulated, healthy: 14, leukaemic: 14, seed: 4100}
test: {use: simulated, healthy: 8, leukaemic: 8, seed: 9400, prefix: Fresh}
cells: {use: simulated-cells, healthy: 40, leukaemic: 40, seed: 500}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: lexicographic}
synthesize: {use: paste, of: test, doses: [1, 2, 5, 10, 20], draws: 1, donors: {use: simulated-cells, seed: 700}}
"""
DIRECT = """
extends: bench.yaml
steps:
  - classify: {{use: torchvision, name: {name}, weights: none, train: {{epochs: 1, batch: 8}}}}
  - explain: gradcam
"""
TWO_STEP = """
extends: bench.yaml
seed: {seed}
steps:
  - detect: nuclei
  - crop: {{use: square, context: 1.3}}
  - classify: {{use: torchvision, name: resnet18, weights: none, input_size: 64, train: {{epochs: 1, batch: 32}}}}
  - diagnose: {{use: number, at_least: 2}}
  - explain: gradcam
"""
NETWORKS = ("shufflenet_v2_x1_0", "mobilenet_v2", "resnet18", "alexnet", "googlenet")
SLIDER = """(async () => {
  const slider = document.querySelector('input[type=range]'), times = [];
  slider.scrollIntoView();
  await new Promise((done) => setTimeout(done, 1500));  // as long as a reader looks before they move it
  for (let round = 0; round < 3; round += 1) for (let at = 0; at <= Number(slider.max); at += 1) {
    const start = performance.now();
    slider.value = at;
    slider.dispatchEvent(new Event('input'));
    await Promise.all([...document.querySelectorAll('.panes img')].map((img) => img.decode()));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - start);
  }
  return times;
})()"""
FIGURES = """new Promise((done) => {
  const look = () => (document.documentElement.dataset.figures ? done(performance.now()) : setTimeout(look, 20));
  look();
})"""
VISIT = """JSON.stringify({
  content: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  load: performance.getEntriesByType('navigation')[0].loadEventEnd,
})"""


def make(folder: Path) -> Path:
    """The report of ten pipelines, made in `folder` unless it lies there; returns its page."""
    page = folder / "runs" / "compare" / "index.html"
    if page.is_file():
        return page
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.yaml").write_text(BENCH)
    files = []
    for name in NETWORKS:
        files.append(folder / f"direct_{name}.yaml")
        files[-1].write_text(DIRECT.format(name=name))
    for seed in range(5):
        files.append(folder / f"two_step_{seed}.yaml")
        files[-1].write_text(TWO_STEP.format(seed=seed))
    return leukcad.compare(files, out=folder / "runs").page


def measure(page: Path, rounds: int) -> dict[str, Any]:
    """Milliseconds of visits and of the slider, by the clock and (`cpu…`) of the page's main thread."""
    visits: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as profile, Chromium(Path(profile)) as chromium:
        tab = chromium.tab()
        tab.offline()
        for _ in range(rounds):
            tab.call("Performance.disable")
            tab.call("Performance.enable", timeDomain="threadTicks")
            tab.goto(page.as_uri(), settle=False)
            cpu = {"cpu": work(tab)}
            figures = tab.run(FIGURES)
            visits.append({**json.loads(tab.run(VISIT)), "figures": figures, **cpu, "cpu_figures": work(tab)})
        before = work(tab)
        moves = tab.run(SLIDER)
        moved = (work(tab) - before) / len(moves)
        if tab.console:
            raise SystemExit(f"the page complains: {tab.console}")
    return {"visits": visits, "moves": moves, "cpu_move": moved}


def work(tab: Tab) -> float:
    """What the page's main thread has done so far, ms of CPU time."""
    told = {one["name"]: one["value"] for one in tab.call("Performance.getMetrics")["metrics"]}
    return 1000 * float(told["TaskDuration"])


def told(name: str, size: int, found: dict[str, Any]) -> str:
    """One row of a table, in ms."""
    first, *others = found["visits"]
    cells = [f"{first[key]:.0f} / {statistics.median(v[key] for v in others):.0f}" for key in first]
    moves = sorted(found["moves"])
    cells += [f"{statistics.median(moves):.0f} (at most {moves[-1]:.0f} of {len(moves)})", f"{found['cpu_move']:.0f}"]
    return f"| {name} | {size / 1e6:.1f} MB | " + " | ".join(cells) + " |"


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, help="where the report is made, or was made before; else a temporary place")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if not found():
        raise SystemExit("no Chromium installed (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as temporary:
        page = make(asked.out or Path(temporary))
        alone = single_file(page)
        beside = sum(f.stat().st_size for f in page.parent.rglob("*") if f.is_file() and f != alone)
        print(
            f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ms, first visit / median of the others"
        )
        print(f"index.html alone: {page.stat().st_size / 1e6:.2f} MB")
        heads = ("report", "size", "first content", "loaded", "figures drawn", "CPU to load", "CPU to figures")
        print("| " + " | ".join((*heads, "slider moved", "CPU a move")) + " |\n" + "|---" * (len(heads) + 2) + "|")
        print(told("with pictures beside it", beside, measure(page, asked.rounds)))
        print(told("single file", alone.stat().st_size, measure(alone, asked.rounds)))


if __name__ == "__main__":
    main()
