"""How many fields and cells a second the shipped pipelines answer on this machine. Prints a table.

    LEUKCAD_DATA=… python benchmarks/speed.py [--device cuda] [--threads 2] [--only NAME …] [--json FILE]

Each pipeline learns for one epoch, since weights hardly change the time; then it answers fields that lie in memory, and
its classifier crops. Medians over three rounds after one that is not counted. Reading files is not in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from leukcad import experiment
from leukcad.study import load_specs
from leukcad.types import Crops, Field

ROUNDS = 3
FEW = ["data.healthy=12", "data.leukaemic=12", "test.healthy=12", "test.leukaemic=12"]
DETECT, SEGMENT, CLASSIFY = ([f"steps.{stage}.train.epochs=1"] for stage in ("detect", "segment", "classify"))
#: name: pipeline file, changes. Those with FEW are asked about drawn fields of 800 × 600 px, the others about BCCD's.
CASES: dict[str, tuple[str, list[str]]] = {
    "nuclei": ("two_step", [*CLASSIFY, *FEW]),
    "faster-rcnn": ("detect/wbc_faster_rcnn", DETECT),
    "retinanet": ("detect/wbc_retinanet", DETECT),
    "ssdlite": ("detect/wbc_ssdlite", DETECT),
    "yolo": ("detect/wbc_yolo", DETECT),
    "smp (U-Net)": ("segment/unet_simulated", [*SEGMENT, *CLASSIFY, *FEW]),
    "two_step": ("two_step", [*CLASSIFY, *FEW]),
    "direct_resnet50": ("direct_resnet50", [*CLASSIFY, *FEW]),
}
HEAD = """\
| pipeline | fields | fields a second | crops a second through its classifier |
|---|---|---|---|"""


def timed(work: Callable[[], object]) -> float:
    """Seconds of one round, the median."""
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def answered(model: Any, fields: Sequence[Field], only_cells: bool) -> Callable[[], object]:
    """All fields through the pipeline in batches, or through its first step."""
    steps = model.pipeline.steps[:1]

    def work() -> None:
        for start in range(0, len(fields), 8):
            some = list(fields[start : start + 8])
            _ = steps[0].detect(some) if only_cells else model.pipeline.run(some)

    return work


def crops_a_second(model: Any) -> float | None:
    """Of the pipeline's classifier, on noise; None without one."""
    import torch

    step = next((s for s in model.pipeline.steps if s.stage == "classify"), None)
    if step is None:
        return None
    size, n = step.component.input_size, 256
    pixels = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)
    none = torch.zeros(n, dtype=torch.int64)
    crops = Crops(pixels, torch.zeros(n, 4), none, torch.arange(n), none)
    return n / timed(lambda: step.classify(crops))


def row(name: str, device: str, out: Path, n: int) -> dict[str, Any]:
    """One pipeline, taught and timed."""
    file, sets = CASES[name]
    setting = experiment.make_setting(device=device)
    spec = load_specs([f"pipelines/{file}.yaml"], sets=sets, out=out)[0]
    model, bench = experiment.train(spec, setting, out)
    test = bench.sets[0]
    fields = [f for f in map(test.source.read, test.records[:n]) if f is not None]
    seconds = timed(answered(model, fields, name == "nuclei"))
    size = f"{len(fields)} of {fields[0].width} × {fields[0].height}"
    crops = None if name == "nuclei" else crops_a_second(model)
    return {"name": name, "fields": size, "fields a second": len(fields) / seconds, "crops a second": crops}


def main() -> None:
    """Time those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--fields", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path("runs/speed"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    import torch

    if asked.threads:
        torch.set_num_threads(asked.threads)
    print(HEAD, flush=True)
    found = []
    for name in asked.only:
        found.append(told := row(name, asked.device, asked.out, asked.fields))
        crops = f"{told['crops a second']:.0f}" if told["crops a second"] else "–"
        print(f"| `{name}` | {told['fields']} | {told['fields a second']:.1f} | {crops} |", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps({"device": asked.device, "torch": torch.__version__, "rows": found}, indent=1))


if __name__ == "__main__":
    main()
