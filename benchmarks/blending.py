"""Can a network tell pasted cells from a field's own? Prints the table of docs/interventions.md.

    OMP_NUM_THREADS=1 nice python benchmarks/blending.py      # about 10 min of one core; --ways feather grain: fewer

A ResNet-18 from scratch gets 64 px patches of simulated fields, half of them centred on pasted cells and half on the
field's own cells of the same kinds, all of them out of the same JPEG; other fields train it than test it. Its AUC says
how well a border is hidden: 0.5 is perfect. Two ways need no blending and say what else gives pasted cells away: cells
drawn by the simulator at the same places, and the published way with its unmatched donors. Places where a cell was
taken out are told from places that were drawn without it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from leukcad_smears import optics
from leukcad_smears.editing.add import Add
from leukcad_smears.editing.thin import Thin
from leukcad_smears.paste import PastePaper
from leukcad_smears.simulated import Simulated, SimulatedCells
from numpy.typing import NDArray

from leukcad import Field, Step

if TYPE_CHECKING:
    from torch import Tensor, nn

SIDE, CELLS, EPOCHS, BATCH = 64, 8, 8, 48
BLENDINGS = ("mean3x3", "feather", "grain", "layer")
WAYS = ("drawn", *BLENDINGS, "published", "filled")


@dataclass
class Patches:
    """pixels: uint8 (N, SIDE, SIDE, 3); edited: bool (N,); field: int (N,), which source field each is from."""

    pixels: NDArray[np.uint8]
    edited: NDArray[np.bool_]
    field: NDArray[np.int64]

    def of(self, fields: Sequence[int]) -> Patches:
        """Those of some fields."""
        mine = np.isin(self.field, fields)
        return Patches(self.pixels[mine], self.edited[mine], self.field[mine])


def step_of(way: str) -> Step:
    """The synthesize step of one way to set cells in."""
    if way == "published":
        return Step("synthesize", way, PastePaper())
    if way == "drawn":
        return Step("synthesize", way, Add(how="render"))
    return Step("synthesize", way, Add(how="paste", blending=way))  # type: ignore[arg-type]


def hosts(n: int) -> list[Field]:
    """Healthy fields with many leukocytes of their own."""
    source = Step("data", "simulated", Simulated(preset="leukocytosis", healthy=n, leukaemic=0, seed=901))
    return [source.read(record) for record in source.index()]


def donors(n: int) -> list[Field]:
    """Healthy single cells of other fields."""
    source = Step("data", "simulated-cells", SimulatedCells(healthy=n, leukaemic=0, seed=902, prefix="Donor"))
    return [source.read(record) for record in source.index()]


def recoded(field: Field, host: Field) -> NDArray[np.uint8]:
    """Once more through the JPEG of the host's camera, as an audit does with every field."""
    assert host.scene is not None
    return optics.decode(optics.encode(field.array().astype(np.float32), host.scene["camera"]["quality"]))


def patch(image: NDArray[np.uint8], x: float, y: float) -> NDArray[np.uint8] | None:
    """A square around (x, y) px; None where it would leave the field."""
    left, top = round(x - SIDE / 2), round(y - SIDE / 2)
    if left < 0 or top < 0 or left + SIDE > image.shape[1] or top + SIDE > image.shape[0]:
        return None
    return image[top : top + SIDE, left : left + SIDE]


def cells_of(way: str, fields: Sequence[Field], cells: Sequence[Field]) -> Patches:
    """Patches on cells set in and, of each kind, as many on cells of the fields' own."""
    found: dict[bool, list[tuple[str, int, NDArray[np.uint8]]]] = {True: [], False: []}
    for number, host in enumerate(fields):
        for field in step_of(way).synthesize(host, (CELLS,), cells):
            assert field.truth is not None and host.truth is not None
            image = recoded(field, host)
            for i, (name, box) in enumerate(zip(field.truth.names(), field.truth.boxes.tolist(), strict=True)):
                view = patch(image, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
                if view is not None:
                    found[i >= len(host.truth)].append((name, number, view))
    chosen: list[tuple[bool, int, NDArray[np.uint8]]] = []
    rng = np.random.default_rng(0)
    for kind in sorted({name for name, _, _ in found[True]}):
        both = {edited: [row for row in rows if row[0] == kind] for edited, rows in found.items()}
        least = min(map(len, both.values()))
        for edited, rows in both.items():
            chosen += [(edited, rows[i][1], rows[i][2]) for i in rng.permutation(len(rows))[:least]]
    return _stack(chosen)


def fills_of(fields: Sequence[Field]) -> Patches:
    """Patches on places where cells were taken out: in pixels from every other field, in the scene from the rest."""
    chosen: list[tuple[bool, int, NDArray[np.uint8]]] = []
    for number, host in enumerate(fields):
        edited = number % 2 == 0
        step = Step("synthesize", "thin", Thin(how="paste" if edited else "render"))
        for field in step.synthesize(host, (CELLS,), []):
            image = recoded(field, host)
            views = [patch(image, float(e["x"]), float(e["y"])) for e in field.ledger]
            chosen += [(edited, number, view) for view in views if view is not None]
    return _stack(chosen)


def _stack(rows: Sequence[tuple[bool, int, NDArray[np.uint8]]]) -> Patches:
    edited, field, pixels = zip(*rows, strict=True)
    return Patches(np.stack(pixels), np.array(edited), np.array(field))


def learn(patches: Patches, seed: int) -> nn.Module:
    """A ResNet-18 that was trained on patches, in evaluation mode."""
    import torch
    from torchvision.models import resnet18  # type: ignore[import-untyped]

    torch.manual_seed(seed)
    network: nn.Module = resnet18(num_classes=1).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=0.05)
    pixels, wanted = _tensor(patches), torch.from_numpy(patches.edited).float()
    steps = len(pixels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(pixels))
        for at in range(steps):
            rows = order[at * BATCH : (at + 1) * BATCH]
            x = pixels[rows]
            x = x.flip(3) if torch.rand(()) < 0.5 else x
            x = x.transpose(2, 3) if torch.rand(()) < 0.5 else x
            loss = torch.nn.functional.binary_cross_entropy_with_logits(network(x)[:, 0], wanted[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return network.eval()


def _tensor(patches: Patches) -> Tensor:
    import torch

    pixels = torch.from_numpy(patches.pixels).permute(0, 3, 1, 2).float() / 255 - 0.6
    return pixels.contiguous(memory_format=torch.channels_last)


def area(scores: NDArray[np.float64], edited: NDArray[np.bool_]) -> float:
    """Area under the ROC curve, by ranks."""
    from scipy.stats import rankdata

    ranks, n = rankdata(scores), int(edited.sum())
    return float((ranks[edited].sum() - n * (n + 1) / 2) / (n * (len(edited) - n)))


def interval(scores: NDArray[np.float64], test: Patches, draws: int = 1000) -> tuple[float, float]:
    """95 % of the AUCs over re-drawn test fields: patches of one field are one cluster."""
    rng, fields = np.random.default_rng(0), np.unique(test.field)
    rows = {f: np.flatnonzero(test.field == f) for f in fields}
    areas = []
    for _ in range(draws):
        drawn = np.concatenate([rows[f] for f in rng.choice(fields, len(fields))])
        if 0 < test.edited[drawn].sum() < len(drawn):
            areas.append(area(scores[drawn], test.edited[drawn]))
    low, high = np.percentile(areas, [2.5, 97.5])
    return float(low), float(high)


def judge(patches: Patches, n: int, seed: int) -> tuple[float, float, float, int]:
    """AUC with interval on the last third of `n` fields, and how many patches that were."""
    import torch

    train, test = patches.of(range(n * 2 // 3)), patches.of(range(n * 2 // 3, n))
    network = learn(train, seed)
    with torch.no_grad():
        scores = torch.cat([network(x)[:, 0] for x in _tensor(test).split(64)]).double().numpy()
    return area(scores, test.edited), *interval(scores, test), len(test.edited)


def main() -> None:
    """Print one line a way."""
    import cv2
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=210, help="source fields; two thirds train")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seed", type=int, default=0, help="of the network")
    told = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start = time.process_time()
    fields, cells = hosts(told.fields), donors(260)
    print("| way | AUC | 95 % | test patches |\n|---|---|---|---|", flush=True)
    for way in told.ways:
        patches = fills_of(fields) if way == "filled" else cells_of(way, fields, cells)
        auc, low, high, n = judge(patches, told.fields, told.seed)
        print(f"| {way} | {auc:.3f} | {low:.3f}–{high:.3f} | {n} |", flush=True)
    print(f"\n{time.process_time() - start:.0f} s of one core")


if __name__ == "__main__":
    main()
