"""Weights out of a file that somebody else wrote: read without running code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from torch import Tensor


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
