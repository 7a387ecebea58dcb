"""Weights that somebody else wrote: read without running code, and put into a network that they must fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from torch import Tensor, nn


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file or of a state dict saved by torch; no code in it is run.

    Raises `LeukcadError` for any other file.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    cure = "give a state dict: .safetensors, or what torch.save wrote of network.state_dict()"
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise LeukcadError(f"weights {path}: there is no such file") from error
    except SafetensorError as error:
        raise LeukcadError(f"weights {path}: not a safetensors file: {error}", cure=cure) from error
    except Exception as error:  # torch raises many kinds for what it does not know or trust
        raise LeukcadError(f"weights {path}: cannot be read as weights ({type(error).__name__})", cure=cure) from error
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()) or not state:
        raise LeukcadError(f"weights {path}: expected named tensors, got {type(state).__name__}", cure=cure)
    return {str(name).removeprefix("module."): tensor for name, tensor in state.items()}


def fill(network: nn.Module, name: str, state: Mapping[str, Tensor], origin: str, free: Collection[str] = ()) -> None:
    """Put `state`, tensors by the names of layers, into the network; `name` and `origin` are for messages.

    Layers in `free` keep what they hold where they are missing or have another shape, as missing counters of batches
    do. Raises `LeukcadError` naming the first layer that is missing, superfluous, or of another shape; nothing is
    changed then.
    """
    import torch

    own, cure = network.state_dict(), f"are these the weights of {name}?"
    taken: dict[str, Tensor] = {}
    for key, tensor in own.items():
        came = state.get(key)
        if came is not None and came.shape == tensor.shape:
            taken[key] = came
        elif key in free or (came is None and key.endswith("num_batches_tracked")):
            continue
        elif came is None:
            raise LeukcadError(f"{origin}: the layer {key!r} of {name} is missing", cure=cure)
        else:
            shapes = f"expected {tuple(tensor.shape)}, got {tuple(came.shape)}"
            raise LeukcadError(f"{origin}: the layer {key!r} of {name}: {shapes}", cure=cure)
    if superfluous := sorted(state.keys() - own.keys()):
        raise LeukcadError(f"{origin}: {name} has no layer {superfluous[0]!r}", cure=cure)
    with torch.no_grad():  # load_state_dict would ask for a version (MNASNet), which safetensors does not keep
        for key, tensor in taken.items():
            own[key].copy_(tensor)
