"""Weights from a file or from torchvision, put into a network whose head may be another."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad import LeukcadError

if TYPE_CHECKING:
    from collections.abc import Collection

    from torch import Tensor, nn

State = dict[str, "Tensor"]


def imagenet(name: str) -> State:
    """torchvision's ImageNet weights of `name` out of its cache, downloaded on first use.

    The ones trained by the network's own recipe (V1), as in the literature. Raises `LeukcadError` offline, with the
    file's name and where to put it.
    """
    import torch
    from torchvision import models  # type: ignore[import-untyped]

    kinds = models.get_model_weights(name)
    wanted = kinds["DEFAULT"]
    for kind in ("IMAGENET1K_SWAG_LINEAR_V1", "IMAGENET1K_V1"):
        wanted = kinds[kind] if kind in kinds.__members__ else wanted
    url = wanted.url
    try:
        return dict(wanted.get_state_dict(progress=sys.stderr.isatty(), check_hash=True, map_location="cpu"))
    except Exception as error:  # no network, no disk, a broken download
        folder = Path(torch.hub.get_dir()) / "checkpoints"
        cure = f"put {url.rpartition('/')[2]} (from {url}) into {folder}, or name a file under weights"
        raise LeukcadError(f"cannot get the ImageNet weights of {name}: {error}", cure=cure) from error


def fill(network: nn.Module, name: str, state: State, heads: Collection[str], origin: str) -> None:
    """Put `state` into the network; parts of the head that have another shape keep their random weights.

    Raises `LeukcadError` naming the first layer that is missing, superfluous, or of another shape.
    """
    import torch

    own = network.state_dict()
    state = _adapted(network, name, state, own)
    cure = f"are these the weights of {name}?"
    for key, tensor in own.items():
        if key not in state:
            if key.endswith("num_batches_tracked") or key in heads:
                state[key] = tensor
                continue
            raise LeukcadError(f"{origin}: the layer {key!r} of {name} is missing", cure=cure)
        if state[key].shape != tensor.shape:
            if key not in heads:
                came = f"expected {tuple(tensor.shape)}, got {tuple(state[key].shape)}"
                raise LeukcadError(f"{origin}: the layer {key!r} of {name}: {came}", cure=cure)
            state[key] = tensor
    if superfluous := sorted(state.keys() - own.keys()):
        raise LeukcadError(f"{origin}: {name} has no layer {superfluous[0]!r}", cure=cure)
    with torch.no_grad():  # load_state_dict would ask for a version (MNASNet), which safetensors does not keep
        for key, tensor in own.items():
            tensor.copy_(state[key])


def _adapted(network: Any, name: str, state: State, own: State) -> State:
    """Names as today's torchvision has them, without unused auxiliary heads, positions fitted to the input size."""
    state = dict(state)
    if name.startswith("densenet"):  # the published files carry the names of an older torch
        old = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")
        state = {old.sub(r"\1\2", key): tensor for key, tensor in state.items()}
    if name in ("googlenet", "inception_v3"):
        unused = ("aux1.", "aux2.", "AuxLogits.")
        state = {key: t for key, t in state.items() if key in own or not key.startswith(unused)}
    place = "encoder.pos_embedding"
    if name.startswith("vit_") and place in state and state[place].shape != own[place].shape:
        from torchvision.models import vision_transformer  # type: ignore[import-untyped]

        return dict(vision_transformer.interpolate_embeddings(network.image_size, network.patch_size, state))
    return state
