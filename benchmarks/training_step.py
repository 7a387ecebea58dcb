"""What a step of leukcad's training costs beside the bare torch loop: same network, batch and threads.

    python benchmarks/training_step.py [--rounds 6] [--steps 4] [--threads 2] [--amp on] [--device cpu] [--json FILE]
    python benchmarks/training_step.py --study --amp on     # the study's ten networks, and what 50 epochs would take

Both train in one process, in the same precision (`--amp on`: bfloat16), a few steps in turn, so that a busy machine
slows both. A step is timed from one batch's preparation to the next one's, by the wall clock and in CPU time (which
says more where others share the machine; with several threads it counts their waiting too). The bare loop takes slices
of floats that were normalised before, with torch's optimiser as it comes. Goal: at most 1.05 without augmentation; with
it the cost is shown.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from leukcad_torchvision import building
from leukcad_torchvision.classifier import Torchvision
from torch import Tensor, nn

from leukcad.options import Augment, TrainOptions
from leukcad.step import Step
from leukcad.training import cross_entropy, train
from leukcad.types import Crops

GOAL = 1.05
CASES = {"resnet18": (96, 64), "resnet50": (224, 8)}  # input size, batch
PLAIN = ("alexnet", "vgg16", "vgg19", "resnet18", "resnet50", "resnet101", "googlenet", "shufflenet_v2_x1_0")
STUDY = dict.fromkeys((*PLAIN, "mobilenet_v2"), (224, 8)) | {"inception_v3": (299, 8)}
EPOCHS, FIELDS = 50, 75  # of the study's protocol, on a split of 108 fields
AUGMENT = Augment(flip=True, rotate=True, brightness=0.1, stain=0.1)
CLASSES = ("healthy", "ALL")
Amp = Literal["on", "off"]


def pictures(n: int, size: int) -> Crops:
    """Noise with labels."""
    pixels = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8)
    none = torch.zeros(n, dtype=torch.int64)
    return Crops(
        pixels.contiguous(memory_format=torch.channels_last), torch.zeros(n, 4), none, none, torch.arange(n) % 2
    )


class Clock:
    """Seconds between ticks, by the clock on the wall and by what the process was given of the CPU."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.last: tuple[float, float] | None = None

    def tick(self) -> None:
        """One step begins, and the one before has ended."""
        if self.device != "cpu":
            torch.cuda.synchronize()
        now = time.perf_counter(), time.process_time()
        if self.last is not None:
            self.wall.append(now[0] - self.last[0])
            self.cpu.append(now[1] - self.last[1])
        self.last = now

    def pause(self) -> None:
        """What follows is not a step."""
        self.last = None


def ours(
    component: Torchvision, examples: Crops, batch: int, augment: Augment, amp: Amp, device: str
) -> tuple[Clock, Callable[[], object]]:
    """A clock, and a function that trains an epoch over `examples`."""
    clock = Clock(device)
    options = TrainOptions(epochs=1, batch=batch, lr=1e-5, augment=augment, amp=amp)
    step = Step("classify", "torchvision", component, classes=CLASSES, device=device)

    def prepare(pixels: Tensor) -> Tensor:
        clock.tick()
        return component.prepare(pixels)

    loss = cross_entropy(options, examples.labels, len(CLASSES))

    def epoch() -> None:
        clock.pause()
        train(component.network, loss, examples, None, options, step, prepare=prepare)

    return clock, epoch


def bare(
    network: nn.Module, inputs: Tensor, labels: Tensor, batch: int, amp: Amp
) -> tuple[Clock, Callable[[], object]]:
    """The loop that everybody writes."""
    clock = Clock(inputs.device.type)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-5)

    def epoch() -> None:
        clock.pause()
        network.train()
        order = torch.randperm(len(labels))
        for start in range(0, len(labels), batch):
            clock.tick()
            index = order[start : start + batch].to(inputs.device)
            optimizer.zero_grad()
            with torch.autocast(inputs.device.type, torch.bfloat16, enabled=amp == "on"):
                loss = F.cross_entropy(network(inputs[index]), labels[index])
            torch.autograd.backward(loss)
            optimizer.step()

    return clock, epoch


def measure(name: Any, case: tuple[int, int], told: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds a step (median) of the three loops, and the ratios to the bare one."""
    (size, batch), amp, device = case, told.amp, told.device
    steps, rounds = told.steps, told.rounds
    examples = pictures(batch * (steps + 1), size)
    loops: dict[str, tuple[Clock, Callable[[], object]]] = {}
    for key, augment in (("leukcad", Augment()), ("augmented", AUGMENT)):
        component = Torchvision(name=name, input_size=size)
        step = Step("classify", "torchvision", component, classes=CLASSES, device=device)
        component.take(fresh(name, size), CLASSES, step)
        loops[key] = ours(component, examples, batch, augment, amp, device)
        inputs = component.prepare(examples.pixels.to(device))
    network = fresh(name, size).to(device, memory_format=torch.channels_last)
    loops["bare"] = bare(network, inputs, examples.labels.to(device), batch, amp)
    for _, epoch in loops.values():
        epoch()
    for clock, _ in loops.values():
        clock.wall.clear()
        clock.cpu.clear()
    for round_ in range(rounds):
        order = list(loops) if round_ % 2 else list(reversed(loops))
        for key in order:
            loops[key][1]()
    wall = {key: statistics.median(clock.wall) * 1e3 for key, (clock, _) in loops.items()}
    cpu = {key: statistics.median(clock.cpu) * 1e3 for key, (clock, _) in loops.items()}
    ratios = {
        f"{key} {kind}": told[key] / told["bare"]
        for kind, told in (("wall", wall), ("cpu", cpu))
        for key in ("leukcad", "augmented")
    }
    return {"network": name, "input": size, "batch": batch, "wall ms": wall, "cpu ms": cpu, "ratios": ratios}


def fresh(name: str, size: int) -> nn.Module:
    """The network as it is fine-tuned, without auxiliary heads; its weights are random."""
    return building.build(name, len(CLASSES), size, pretrained=True)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument("--steps", type=int, default=4)
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments.add_argument("--networks", nargs="*", choices=sorted({*CASES, *STUDY}))
    arguments.add_argument("--study", action="store_true", help="the study's ten networks, each at its own size")
    arguments.add_argument("--device", default="cpu")
    arguments.add_argument("--amp", choices=["on", "off"], default="off", help="both loops in mixed precision")
    arguments.add_argument("--json", type=Path)
    told = arguments.parse_args()
    torch.set_num_threads(told.threads)
    torch.manual_seed(0)
    cases = STUDY if told.study else CASES
    rows = []
    for name in told.networks or cases:
        rows.append(row := measure(name, cases[name], told))
        at = f"{told.device}, {told.threads} threads, amp {told.amp}"
        print(f"{row['network']} @ {row['input']} px, batch {row['batch']}, {at}", flush=True)
        for kind in ("wall", "cpu"):
            ms = ", ".join(f"{key} {value:.1f}" for key, value in row[f"{kind} ms"].items())
            plain, more = (row["ratios"][f"{key} {kind}"] for key in ("leukcad", "augmented"))
            print(f"  {kind}: ms a step {ms}: {plain:.3f} × bare, {more:.3f} × with augmentation")
        print(
            f"  {'within' if row['ratios']['leukcad wall'] <= GOAL else 'above'} the goal of {GOAL} × by the wall clock"
        )
        if told.study:
            minutes = -(-FIELDS // row["batch"]) * EPOCHS * row["wall ms"]["leukcad"] / 60_000
            print(f"  {EPOCHS} epochs of {FIELDS} fields: {minutes:.1f} min")
    if told.json:
        told.json.write_text(
            json.dumps({"torch": torch.__version__, "threads": told.threads, "amp": told.amp, "rows": rows}, indent=1)
        )


if __name__ == "__main__":
    main()
