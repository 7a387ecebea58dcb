"""smp's networks for any number of kinds of pixel, their encoder's weights out of a file."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from leukcad import LeukcadError

if TYPE_CHECKING:
    from torch import Tensor, nn

Architecture = Literal["unet", "unetplusplus", "deeplabv3plus", "fpn"]
ARCHITECTURES: tuple[str, ...] = get_args(Architecture)
CLASSES = {"unet": "Unet", "unetplusplus": "UnetPlusPlus", "deeplabv3plus": "DeepLabV3Plus", "fpn": "FPN"}
SHOWN = 3  # near names that a complaint suggests
HEADS = ("classifier.", "fc.", "head.", "last_linear.", "_fc.")  # of classifiers; an encoder has none
STRIDE = 32  # px: sides of what a network sees are multiples of it


def build(architecture: str, encoder: str, kinds: int) -> nn.Module:
    """A network with random weights: (B, 3, S, S) → scores (B, kinds, S, S), S a multiple of 32.

    Raises LeukcadError for an encoder that smp does not know, and for one that does not go with the architecture.
    """
    import segmentation_models_pytorch as smp  # type: ignore[import-untyped]

    check_encoder(encoder)
    make = getattr(smp, CLASSES[architecture])
    try:
        made: nn.Module = make(encoder_name=encoder, encoder_weights=None, in_channels=3, classes=kinds)
    except (KeyError, ValueError, NotImplementedError, RuntimeError, AttributeError) as error:  # smp and timm have many
        cure = "take another encoder, such as mobilenet_v2, or another architecture"
        raise LeukcadError(f"smp: {architecture} cannot be built on {encoder!r}: {error}", cure=cure) from error
    return made


def check_encoder(encoder: str) -> None:
    """Raises LeukcadError with the nearest names for an encoder that smp does not know."""
    import timm
    from segmentation_models_pytorch.encoders import get_encoder_names  # type: ignore[import-untyped]

    known: list[str] = get_encoder_names()
    of_timm = encoder.startswith("tu-") and timm.is_model(encoder.removeprefix("tu-"))
    if encoder in known or of_timm:
        return
    more = [f"tu-{name}" for name in timm.list_models()] if encoder.startswith("tu-") else []
    near = difflib.get_close_matches(encoder, [*known, *more], SHOWN)
    cure = f"did you mean {', '.join(near)}?" if near else "segmentation_models_pytorch's documentation has the names"
    raise LeukcadError(f"smp has no encoder {encoder!r}", cure=cure)


def fill_encoder(network: Any, encoder: str, path: Path) -> None:
    """Put the weights in a file into the network's encoder; a classifier's head in it is passed over.

    Names are those of the encoder alone, as torchvision and smp have them, or of a whole smp network (`encoder.…`).
    Raises LeukcadError naming the first layer that is missing, superfluous or of another shape.
    """
    from leukcad.training import fill, read_weights

    told = read_weights(path)
    if any(name.startswith("encoder.") for name in told):
        told = {name.removeprefix("encoder."): t for name, t in told.items() if name.startswith("encoder.")}
    own = network.encoder.state_dict()
    told = {name: t for name, t in told.items() if name in own or not name.startswith(HEADS)}
    fill(network.encoder, encoder, told, f"weights {path}")


def new_parts(network: Any) -> list[nn.Parameter]:
    """The parameters that are new to the network whatever its encoder's weights: decoder and head."""
    return [*network.decoder.parameters(), *network.segmentation_head.parameters()]


def kinds_in(state: dict[str, Tensor]) -> int:
    """How many kinds of pixel the network tells apart whose weights these are; 0 where they are of no such network."""
    head = state.get("segmentation_head.0.weight")
    return int(head.shape[0]) if head is not None else 0
