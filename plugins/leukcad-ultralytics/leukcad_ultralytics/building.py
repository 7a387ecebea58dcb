"""Networks out of ultralytics' own architecture files, and weights into them."""

from __future__ import annotations

import difflib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from leukcad import LeukcadError
from leukcad.training import fill, read_weights
from leukcad_ultralytics import library

if TYPE_CHECKING:
    from torch import nn

MOMENTUM = 0.1  # of batch norms; ultralytics' 0.03 is for tens of thousands of steps, a few hundred do not reach it


def architecture(model: str) -> dict[str, Any]:
    """What ultralytics' own file says of `model`, with its size; raises `LeukcadError` for one that it does not have.

    ultralytics itself would rather take a file of that name in the working directory.
    """
    import yaml

    family, size = model[:-1], model[-1]
    files = {path.stem: path for path in (library.folder() / "cfg/models").glob("*/yolo*.yaml")}
    path = files.get(model) or files.get(family)  # a file for each size, or one with all of them
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path else {}
    sizes = told.get("scales")
    if not told or (sizes and size not in sizes):
        known = [f"{family}{letter}" for letter in sizes] if sizes else sorted(files)
        near = difflib.get_close_matches(model, known, 1) or known[:1]
        raise LeukcadError(f"ultralytics has no {model}", cure=f"did you mean {near[0]}?")
    return {**told, "scale": size if sizes else "", "yaml_file": f"{model}.yaml"}


def build(model: str, classes: int, most: int, epochs: int) -> Any:
    """The network for this number of classes, with random weights from torch's global generator."""
    from torch.nn import BatchNorm2d

    tasks, utils = library.part("nn.tasks"), library.part("utils")
    with library.as_before():
        network = tasks.DetectionModel(architecture(model), ch=3, nc=classes, verbose=False)
    for layer in network.modules():
        if isinstance(layer, BatchNorm2d):
            layer.momentum = MOMENTUM
    gains = {name: getattr(utils.DEFAULT_CFG, name) for name in ("box", "cls", "dfl")}
    network.args = SimpleNamespace(**gains, epochs=epochs)  # what its loss looks at
    head = network.model[-1]
    head.max_det = most
    network.end2end = hasattr(head, "one2one_cv2")  # v10 and 26 answer by the head that needs no NMS
    return network


def head(network: Any) -> list[nn.Parameter]:
    """The parameters of the detection head."""
    return list(network.model[-1].parameters())


def from_file(network: Any, model: str, path: Path) -> None:
    """Put a file's weights into the network; layers of the head that have another shape keep their random ones.

    Raises `LeukcadError` for files whose reading would run code, such as those that ultralytics publishes.
    """
    try:
        state = read_weights(path)
    except LeukcadError as error:
        if "no such file" in error.message:
            raise
        cure = (
            "ultralytics' own files are pickled objects, which run code when read: save the state dict where you trust"
            f" them, torch.save(YOLO('{model}.pt').model.state_dict(), '{model}_state.pt'), and name that file"
        )
        raise LeukcadError(error.message, cure=cure) from error
    head = f"model.{len(network.model) - 1}."
    fill(network, model, state, f"weights {path}", [name for name in network.state_dict() if name.startswith(head)])
