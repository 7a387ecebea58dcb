"""One number per field for each shortcut that a classifier may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plants.looks import Look

Grey = NDArray[np.float32]


def measure(look: Look) -> dict[str, float]:
    """All numbers of one field; none depends on its class or truth."""
    image, found = look.image, look.found
    grey: Any = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    ground, red = look.background, look.red_density
    nuclei = float((found.nuclei > 0).mean())
    return {
        "count": float(len(found.boxes)),
        "white_area": nuclei,
        "largest_nucleus": float(look.cells[:, 0].max(initial=0.0)),
        "crowding": _crowding(found.boxes),
        "magnification": float(found.diameter),
        "background": float(ground[0] - ground[1]),
        "warmth": float(ground[0] - ground[2]),
        "brightness": float(ground.mean()),
        "ink": float(look.density.mean()),
        "red_cover": float(look.reds.mean()),
        "red_depth": float(red[1]),
        "stain": float(red[0] / max(float(red[1]), 0.02)),
        "red_blue": float(red[2] / max(float(red[1]), 0.02)),
        "sharpness": _sharpness(grey),
        "noise": _noise(grey, look),
        "jpeg_grid": jpeg_grid(grey),
        "jpeg_bytes": _bytes(image),
        "border": _border(grey),
        "scale_bar": _scale_bar(grey),
    }


def _crowding(boxes: NDArray[np.float32]) -> float:
    """Mean distance from a cell to its nearest neighbour, as minus px: more is closer; alone is as far as can be."""
    if len(boxes) < 2:
        return -400.0
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    apart = np.linalg.norm(middle[:, None] - middle[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    return -float(apart.min(axis=1).mean())


def _sharpness(grey: Grey) -> float:
    """Energy of the finest detail over that of the next octave, logarithm."""
    first: Any = cv2.GaussianBlur(grey, (0, 0), 0.8)
    second: Any = cv2.GaussianBlur(grey, (0, 0), 1.6)
    third: Any = cv2.GaussianBlur(grey, (0, 0), 3.2)
    return float(np.log((first - second).var() / max(float((second - third).var()), 1e-6)))


def _noise(grey: Grey, look: Look) -> float:
    """Median absolute difference of neighbours in the plasma, grey levels."""
    plain = look.density[..., 1] < 0.06
    both = plain[:, 1:] & plain[:, :-1]
    steps = np.abs(np.diff(grey, axis=1))[both]
    return float(np.mean(np.minimum(steps, 12))) if len(steps) else 0.0


def jpeg_grid(grey: Grey) -> float:
    """How much rougher the roughest columns of another file's 8 × 8 grid are; the field's own grid is left out."""
    step = np.abs(np.diff(grey, axis=1))
    rough = step[:, 1:-1] - (step[:, :-2] + step[:, 2:]) / 2
    columns = np.minimum(rough, 20).mean(axis=0)
    phases = np.array([columns[(k - 2) % 8 :: 8].mean() for k in range(1, 8)])  # a step into column ≡ k
    return float(phases.max() - np.median(phases))


def _bytes(image: NDArray[np.uint8]) -> float:
    """Size of the field as a JPEG of quality 90, kB."""
    return len(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]) / 1000


def _border(grey: Grey) -> float:
    """Darkness of the outermost two px against the field, grey levels."""
    frame = np.concatenate([grey[:2].ravel(), grey[-2:].ravel(), grey[:, :2].ravel(), grey[:, -2:].ravel()])
    return float(np.median(grey) - np.median(frame))


def _scale_bar(grey: Grey) -> float:
    """Length of the longest black row in the lower right corner, px."""
    corner = grey[-grey.shape[0] // 6 :, -grey.shape[1] // 4 :] < 40
    return float(corner.sum(axis=1).max())
