"""How hard the simulated cells are to tell: a small network, trained on other seeds than it is tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from leukcad_smears.catalogue import Catalogue
from leukcad_smears.render import render
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn

SIDE = 64
EPOCHS = 12


def network_auc(cells: int = 600) -> str:
    """Train a ResNet-18 from scratch on `cells` crops; one paragraph with its AUCs on 330 cells of another seed."""
    import torch

    torch.manual_seed(0)
    pixels, blast, _ = crops(cells // 2, cells // 2, seed=100)
    network = train(pixels, blast)
    pixels, blast, kinds = crops(200, 130, seed=7)
    with torch.no_grad():
        score = network(pixels)[:, 0].numpy()
    sick = blast.numpy() > 0.5
    other = {k: (score[kinds == k] > 0).mean() for k in ("lymphocyte", "reactive_lymphocyte", "monocyte", "neutrophil")}
    called = ", ".join(f"{v:.0%} of {k.replace('_', ' ')}s" for k, v in other.items())
    recall, lymphocytes = (score[sick] > 0).mean(), score[kinds == "lymphocyte"]
    return (
        f"ResNet-18 from scratch, {cells} crops of {SIDE} px, {EPOCHS} epochs, {len(sick)} cells of another seed: AUC "
        f"{_auc(score[sick], lymphocytes):.3f} against lymphocytes, {_auc(score[sick], score[~sick]):.3f} against all "
        f"healthy leukocytes; it calls blasts {recall:.0%} of lymphoblasts, {called}."
    )


def crops(healthy: int, leukaemic: int, seed: int) -> tuple[Tensor, Tensor, NDArray[np.str_]]:
    """Float (N, 3, SIDE, SIDE), 1 for blasts, and the kinds; squares of 1.5 times the cell's box."""
    import torch

    catalogue = Catalogue(single=True, healthy=healthy, leukaemic=leukaemic, seed=seed)
    pixels, blast, kinds = [], [], []
    for entry in catalogue.entries():
        rendered = render(catalogue.scene(entry))
        x0, y0, x1, y1 = rendered.boxes[0]
        half = max(x1 - x0, y1 - y0) * 0.75
        zoom = 2 * half / SIDE
        matrix = np.array([[zoom, 0, (x0 + x1) / 2 - half], [0, zoom, (y0 + y1) / 2 - half]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        pixels.append(cv2.warpAffine(rendered.image, matrix, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REFLECT))
        blast.append(float(entry.label == "ALL"))
        kinds.append(entry.detail)
    stack = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 255 - 0.6
    return stack.contiguous(memory_format=torch.channels_last), torch.tensor(blast), np.array(kinds)


def train(pixels: Tensor, blast: Tensor, batch: int = 50) -> nn.Module:
    """A ResNet-18 in evaluation mode."""
    import torch
    from torchvision.models import resnet18  # type: ignore[import-untyped]

    network = resnet18(num_classes=1).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=0.05)
    steps = EPOCHS * (len(pixels) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for step in range(steps):
        if step % (len(pixels) // batch) == 0:
            order = torch.randperm(len(pixels))
        rows = order[(step * batch) % (len(order) - batch + 1) :][:batch]
        x = pixels[rows]
        x = x.flip(3) if torch.rand(()) < 0.5 else x
        x = x.transpose(2, 3) if torch.rand(()) < 0.5 else x
        x = x * (1 + 0.1 * torch.randn(len(x), 3, 1, 1)) + 0.05 * torch.randn(len(x), 3, 1, 1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(x)[:, 0], blast[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    trained: nn.Module = network.eval()
    return trained


def _auc(high: NDArray[np.float32], low: NDArray[np.float32]) -> float:
    return float((high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean())
