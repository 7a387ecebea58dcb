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
    """`leukcad.training.fill` with the names of today's torchvision; of `heads` other shapes keep random weights."""
    from leukcad import training

    training.fill(network, name, _adapted(network, name, state, network.state_dict()), origin, heads)


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
