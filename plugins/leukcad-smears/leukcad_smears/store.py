"""Rendered scenes on disk: one small file each (JPEG, PNG label maps, scene), written atomically, and many at once."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukcad_smears import optics
from leukcad_smears.render import Rendered, boxes_of, render
from leukcad_smears.scene import Scene


def render_many(scenes: Iterable[Scene], threads: int = 2) -> list[Rendered]:
    """Render scenes in order, `threads` at a time; the pixels do not depend on how many."""
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(render, scenes))


def save(path: Path, scene: Scene, rendered: Rendered) -> None:
    """Write one rendered scene; a reader sees either nothing or all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "scene": np.frombuffer(scene.to_json().encode(), np.uint8),
        "jpeg": np.frombuffer(rendered.jpeg, np.uint8),
        "regions": _png(rendered.regions),
        "nuclei": _png(rendered.nuclei),
        "kinds": np.array(rendered.kinds, dtype=np.str_),
    }
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> tuple[Scene, Rendered] | None:
    """What `save` wrote, or None where it is absent or damaged (it can be drawn again)."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as data:
            jpeg = data["jpeg"].tobytes()
            regions, nuclei = _labels(data["regions"]), _labels(data["nuclei"])
            kinds = tuple(str(k) for k in data["kinds"])
            scene = Scene.from_json(data["scene"].tobytes().decode())
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, cv2.error):
        return None
    boxes, _ = boxes_of(regions, len(kinds))
    return scene, Rendered(optics.decode(jpeg), boxes, kinds, regions, nuclei, jpeg)


def _png(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    done, buffer = cv2.imencode(".png", labels.astype(np.uint16), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise RuntimeError("the PNG encoder refused a label map")
    return np.asarray(buffer, np.uint8)


def _labels(png: NDArray[np.uint8]) -> NDArray[np.int32]:
    decoded: Any = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise ValueError("not a PNG")
    return decoded.astype(np.int32)  # type: ignore[no-any-return]
