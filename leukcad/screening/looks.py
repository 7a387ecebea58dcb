"""What is kept of a field when data are screened: its numbers, its hash and a thumbnail, never its pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.types import Field

SMALL, KEPT = 64, 16  # px of the thumbnail's side; frequencies of it in the hash, along each axis
DARK = 100  # grey level: about that of stained nuclei, well below cytoplasm and red cells


@dataclass(frozen=True, eq=False)
class Look:
    """One field, as screens need it.

    side: train, validation, test, a further test's name, or the source's name. sha256: of the pixels. bits: bool
    (256,), a hash that survives compression and resizing. small: float32 (64, 64), grey, centred, of unit length.
    numbers: what might tell the classes apart without looking at a cell. annotated: whether any cell is.
    """

    source: str
    id: str
    side: str
    label: str | None
    group: str
    size: tuple[int, int]  # height, width
    sha256: str
    bits: NDArray[np.bool_]
    small: NDArray[np.float32]
    numbers: Mapping[str, float]
    annotated: bool

    @property
    def name(self) -> str:
        """'data/Im001_1': two sources may share an id."""
        return f"{self.source}/{self.id}"


def look_at(field: Field, source: str, side: str) -> Look:
    """What is kept of `field`."""
    import numpy as np
    from PIL import Image

    pixels = field.array()
    picture = Image.fromarray(pixels)
    small = np.asarray(picture.convert("L").resize((SMALL, SMALL), Image.Resampling.BOX), np.float32)
    record = field.record
    return Look(
        source=source,
        id=record.id,
        side=side,
        label=record.label,
        group=record.group,
        size=(pixels.shape[0], pixels.shape[1]),
        sha256=hashlib.sha256(str(pixels.shape).encode() + pixels.tobytes()).hexdigest(),
        bits=hash_of(small),
        small=_unit(small),
        numbers=numbers_of(pixels),
        annotated=field.truth is not None and len(field.truth) > 0,
    )


def hash_of(small: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The signs of the low frequencies about their median: bool (256,). Zauner, perceptual image hashing, 2010."""
    import numpy as np
    from scipy.fft import dctn

    low = np.asarray(dctn(small, norm="ortho"))[: KEPT + 1, : KEPT + 1].ravel()[1 : KEPT * KEPT + 1]
    return np.asarray(low > np.median(low))


def numbers_of(pixels: NDArray[np.uint8]) -> dict[str, float]:
    """Height, width, mean red, green and blue, sharpness, share of dark pixels; pixels uint8 (H, W, 3).

    Sharpness is the mean absolute difference of neighbours' grey levels, in grey levels.
    """
    import numpy as np

    grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    steps = [float(np.abs(np.diff(grey, axis=axis)).mean()) if grey.shape[axis] > 1 else 0.0 for axis in (0, 1)]
    red, green, blue = (float(v) for v in pixels.reshape(-1, 3).mean(axis=0))
    return {
        "height": float(pixels.shape[0]),
        "width": float(pixels.shape[1]),
        "mean red": red,
        "mean green": green,
        "mean blue": blue,
        "sharpness": sum(steps) / 2,
        "dark pixels": float((grey < DARK).mean()),
    }


def _unit(small: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    centred = small - small.mean()
    length = float(np.linalg.norm(centred))
    return np.asarray(centred / length if length > 0 else centred, np.float32)
