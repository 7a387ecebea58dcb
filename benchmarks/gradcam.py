"""What a Grad-CAM costs beside a bare forward and beside pytorch-grad-cam, and whether both maps are the same.

    python benchmarks/gradcam.py [--rounds 7] [--threads 1 2] [--networks …]

For the study's ten networks, from simulated fields (uint8, at the network's input size) to scores or to maps at that
size, a batch at once. The three are called in turn, in another order each round, and compared round by round, so that
a busy neighbour slows all of them; told are medians of the rounds' ratios, by the clock on the wall and in the
process's CPU time. Weights are random, batch norms calibrated on the fields. What is found is kept in
docs/benchmarks/gradcam.json, and the tables of docs/explain.md are made of it.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_grad_cam
import torch
from leukcad_gradcam.gradcam import GradCam, class_activation
from leukcad_gradcam.passes import frozen
from leukcad_smears.simulated import Simulated
from leukcad_torchvision.classifier import Torchvision
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from leukcad import Crops, Step
from leukcad.pipeline import squash, whole

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "docs" / "benchmarks" / "gradcam.json"
PAGE = ROOT / "docs" / "explain.md"
NAMES = ["alexnet", "vgg16", "vgg19", "resnet18", "resnet50", "resnet101", "googlenet", "inception_v3"]
NAMES += ["shufflenet_v2_x1_0", "mobilenet_v2"]
CLASSES = ("healthy", "ALL")
#: Where a ReLU that works in place overwrites the last convolution.
TRAPS = {"alexnet": "features.10", "vgg16": "features.28", "vgg19": "features.34"}


def fields(size: int, n: int) -> Crops:
    """Simulated fields, both classes, squeezed to squares of `size` px."""
    step = Step("data", "simulated", Simulated(healthy=n // 2, leukaemic=n - n // 2))
    read = [step.read(record) for record in step.index()]
    return squash(read, [whole(field) for field in read], size)


def classifier(name: Any, batch: Crops) -> Torchvision:
    """The network with random weights, its batch norms told what these fields give."""
    component = Torchvision(name=name)
    torch.manual_seed(0)
    component.leukcad_restore(component_state(component), Step("classify", "torchvision", component, classes=CLASSES))
    norms = [m for m in component.network.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    component.network.train()
    with torch.no_grad():
        component.network(component.prepare(batch.pixels))
    component.network.eval()
    return component


def component_state(component: Torchvision) -> dict[str, Tensor]:
    """Weights that the network begins with."""
    from leukcad_torchvision.building import build

    network = build(component.name, len(CLASSES), component.input_size, pretrained=False)
    return {name: tensor.detach() for name, tensor in network.state_dict().items()}


class Theirs:
    """pytorch-grad-cam's Grad-CAM of a copy of the network; `raw` is its map before it rescales."""

    def __init__(self, network: nn.Module, layer: nn.Module, *, in_place: bool = True) -> None:
        at = next(name for name, module in network.named_modules() if module is layer)
        twin = copy.deepcopy(network)
        for module in twin.modules():
            if hasattr(module, "inplace") and not in_place:
                module.inplace = False
        self.cam = pytorch_grad_cam.GradCAM(twin, [twin.get_submodule(at)])
        self.raw = np.zeros(0)
        make = self.cam.get_cam_image

        def recorded(*arguments: Any) -> Any:
            self.raw = make(*arguments)
            return self.raw

        self.cam.get_cam_image = recorded

    def __call__(self, inputs: Tensor, place: int = 1) -> Any:
        return self.cam(inputs, [ClassifierOutputTarget(place)] * len(inputs))


def difference(network: nn.Module, layer: nn.Module, theirs: Theirs, inputs: Tensor) -> float:
    """The largest difference of the maps before rescaling, relative to their maximum; over both classes."""
    found = []
    for place in range(len(CLASSES)):
        with frozen(network):
            ours = class_activation(network, layer, inputs, torch.full((len(inputs),), place)).numpy()
        theirs(inputs, place)
        wanted = np.maximum(theirs.raw, 0)
        if wanted.max() > 0:
            found.append(float(np.abs(ours - wanted).max() / wanted.max()))
    if not found:
        raise SystemExit("no map is above zero: nothing to compare")
    return max(found)


def timed(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each call in each round, on the wall and of CPU."""
    seconds: dict[str, dict[str, list[float]]] = {key: {"wall": [], "cpu": []} for key in calls}
    for call in calls.values():
        call()
    keys = list(calls)
    for round_ in range(rounds):
        for key in keys[round_ % len(keys) :] + keys[: round_ % len(keys)]:
            began = time.perf_counter(), time.process_time()
            calls[key]()
            seconds[key]["wall"].append(time.perf_counter() - began[0])
            seconds[key]["cpu"].append(time.process_time() - began[1])
    return seconds


def measure(name: str, threads: int, rounds: int, n: int) -> dict[str, Any]:
    """One network: ratios and differences."""
    torch.set_num_threads(threads)
    batch = fields(299 if name == "inception_v3" else 224, n)
    component = classifier(name, batch)
    network, layer = component.network, component.cam_layer
    assert layer is not None
    theirs = Theirs(network, layer)
    step = Step("explain", "gradcam", GradCam(), classes=CLASSES)

    def bare() -> Tensor:
        with torch.inference_mode():
            return network(component.prepare(batch.pixels))  # type: ignore[no-any-return]

    calls = {
        "forward": bare,
        "ours": lambda: step.explain(batch, ["ALL"] * n, component),
        "theirs": lambda: theirs(component.prepare(batch.pixels)),
    }
    seconds = timed(calls, rounds)
    row: dict[str, Any] = {"network": name, "threads": threads, "batch": n, "rounds": rounds}
    for kind in ("wall", "cpu"):
        forward, ours, library = (np.array(seconds[key][kind]) for key in calls)
        row[kind] = {
            "ours / forward": statistics.median(ours / forward),
            "theirs / forward": statistics.median(library / forward),
            "theirs / ours": statistics.median(library / ours),
        }
    row["cpu ms"] = {key: statistics.median(told["cpu"]) * 1e3 / n for key, told in seconds.items()}
    inputs = component.prepare(batch.pixels[:: n // 2])  # a field of each class is enough to compare maps
    row["difference"] = difference(network, layer, Theirs(network, layer, in_place=False), inputs)
    if name in TRAPS:
        trap = network.get_submodule(TRAPS[name])
        row["at the convolution"] = difference(network, trap, Theirs(network, trap, in_place=False), inputs)
        row["trapped"] = difference(network, trap, Theirs(network, trap), inputs)
    return row


def tables(rows: list[dict[str, Any]]) -> str:
    """The tables of the page, one for each number of threads."""
    text = []
    for threads in sorted({row["threads"] for row in rows}):
        mine = sorted((r for r in rows if r["threads"] == threads), key=lambda r: NAMES.index(r["network"]))
        n, rounds = mine[0]["batch"], mine[0]["rounds"]
        text += [f"{threads} thread{'s' * (threads > 1)}, batch {n}, {rounds} rounds:", ""]
        text += [
            "| network | forward, CPU ms a field | ours / forward: CPU, wall | library / forward | library / ours |"
        ]
        text[-1] += " map's difference |"
        text += ["|---|---|---|---|---|---|"]
        for row in mine:
            cells = [f"{row['network']}: {row['batch']}, {row['rounds']}", f"{row['cpu ms']['forward']:.1f}"]
            for key in ("ours / forward", "theirs / forward", "theirs / ours"):
                cells.append(f"{row['cpu'][key]:.2f}, {row['wall'][key]:.2f}")
            cells.append(f"{row['difference']:.0e}")
            text.append("| " + " | ".join(cells) + " |")
        middle = [statistics.median(row["cpu"][key] for row in mine) for key in mine[0]["cpu"]]
        clock = [statistics.median(row["wall"][key] for row in mine) for key in mine[0]["wall"]]
        cells = [f"**{cpu:.2f}, {wall:.2f}**" for cpu, wall in zip(middle, clock, strict=True)]
        text += [
            "| **median** |  | " + " | ".join(cells) + f" | {max(row['difference'] for row in mine):.0e} at most |"
        ]
        text.append("")
    return "\n".join(text)


def write(rows: list[dict[str, Any]]) -> None:
    """Keep the rows, and lay the tables between the page's two marks."""
    KEPT.write_text(json.dumps({"torch": torch.__version__, "rows": rows}, indent=1) + "\n")
    if PAGE.exists():
        begin, end = "<!-- benchmarks/gradcam.py -->\n", "<!-- end -->"
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
        after = rest.partition(end)[2]
        PAGE.write_text(f"{before}{begin}{tables(rows)}{end}{after}", encoding="utf-8")


def main() -> None:
    """Measure, keep, print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--batch", type=int, default=8)
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments.add_argument("--networks", nargs="*", default=NAMES, choices=NAMES)
    told = arguments.parse_args()
    rows = json.loads(KEPT.read_text())["rows"] if KEPT.exists() else []
    for threads in told.threads:
        for name in told.networks:
            row = measure(name, threads, told.rounds, told.batch)
            gc.collect()  # the library's objects refer to one another, and to their networks
            rows = [r for r in rows if (r["network"], r["threads"]) != (name, threads)] + [row]
            write(rows)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
