"""From optical density to a camera's picture: light, focus, sensor, JPEG. Pasted cells go through the same."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukcad_smears.scene import Camera, Light

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def illumination(light: Light, width: int, height: int) -> Floats:
    """Brightness of clear glass, float32 (height, width, 3); about 0–1."""
    # Smooth: computed on a coarse grid, then enlarged.
    rows, columns = max(2, height // 8), max(2, width // 8)
    y, x = np.meshgrid(
        np.linspace(0, 1, rows, dtype=np.float32), np.linspace(0, 1, columns, dtype=np.float32), indexing="ij"
    )
    u, v = x - 0.5, (y - 0.5) * np.float32(height / width)
    slope = u * np.float32(np.cos(light.slope_angle)) + v * np.float32(np.sin(light.slope_angle))
    shade = 1 + np.float32(light.slope) * slope - np.float32(light.vignette) * (u * u + v * v) * 4
    field = shade[..., None] * np.array(light.colour, np.float32)
    if light.flare > 0:
        far = np.hypot(x - light.flare_x, (y - light.flare_y) * np.float32(height / width)) / np.float32(
            light.flare_size
        )
        spot = np.exp(-(far**2)) * np.float32(light.flare)
        field += spot[..., None] * np.array(light.flare_colour, np.float32)
    large: Any = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return large  # type: ignore[no-any-return]


def expose(density: Floats, glass: Floats, camera: Camera) -> Floats:
    """Grey levels 0–255 as float32 (H, W, 3) over lit `glass` (`illumination`), in focus or not, without noise."""
    image: Any = cv2.exp(-density)
    image *= glass
    if camera.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), camera.blur)
    mix = np.full((3, 3), camera.mix / 2, np.float32) + np.eye(3, dtype=np.float32) * np.float32(1 - 1.5 * camera.mix)
    image = cv2.transform(image, mix * np.array(camera.gain, np.float32)[:, None])
    image = np.clip(image, 0, 1.2)
    if camera.gamma != 1:
        image = cv2.pow(image, camera.gamma)
    return image * np.float32(255)  # type: ignore[no-any-return]


def grains(camera: Camera, width: int, height: int) -> Floats:
    """Noise of about unit variance, float32 (height, width, 3), grainy as after demosaicing."""
    rng = np.random.default_rng(camera.seed)
    noise: Any = rng.standard_normal((height, width, 3), dtype=np.float32)
    if camera.grain > 0.2:
        noise = cv2.GaussianBlur(noise, (0, 0), camera.grain)
        noise *= np.float32(1 + 2.5 * camera.grain)
    return noise  # type: ignore[no-any-return]


def add_noise(image: Floats, noise: Floats, camera: Camera) -> Floats:
    """Read and shot noise out of `grains`, then unsharp masking."""
    level: Any = cv2.sqrt(np.clip(image, 0, None) * np.float32(0.7 / 128) + np.float32(0.3))
    level *= noise
    level *= np.float32(camera.noise)
    noisy: Any = image + level
    if camera.sharpen > 0:
        smooth: Any = cv2.GaussianBlur(noisy, (0, 0), 1.2)
        noisy = cv2.addWeighted(noisy, 1 + camera.sharpen, smooth, -camera.sharpen, 0)
    return noisy  # type: ignore[no-any-return]


def encode(image: Floats, quality: int) -> bytes:
    """A JPEG file of grey levels, RGB float32 (H, W, 3)."""
    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    done, buffer = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("the JPEG encoder refused a picture")
    return buffer.tobytes()


def decode(jpeg: bytes) -> Pixels:
    """RGB uint8 (H, W, 3) of a JPEG file that `encode` wrote."""
    pixels: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)  # type: ignore[no-any-return]
