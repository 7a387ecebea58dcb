"""What importing a plugin costs, seen in a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points

from leukcad.errors import LeukcadError
from leukcad.host import GROUP, Offer

#: Libraries that take a quarter of a second or more; a component imports them when it is used, not when it is named.
HEAVY = frozenset(
    {
        *("matplotlib", "pandas", "plotly", "scipy", "seaborn", "skimage", "sklearn", "numba"),
        *("jax", "keras", "onnxruntime", "tensorflow", "timm", "torch", "torchvision", "transformers"),
        *("cellpose", "mlflow", "stardist", "tensorboard", "ultralytics"),
    }
)
_ASK = "import sys; [__import__(n) for n in sys.argv[1:]]; print(*{n.partition('.')[0] for n in sys.modules})"


def heavy_imports(offer: Offer) -> list[str]:
    """The heavy libraries that come along with a component's module and its seam; raises `LeukcadError` if none can."""
    seams = [p.module for p in entry_points(group=GROUP) if p.dist and p.dist.name == offer.distribution]
    modules = [*seams, offer.component.target.partition(":")[0]]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "ignore", "-c", _ASK, *modules]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise LeukcadError(f"{', '.join(modules)} cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    return sorted(HEAVY & set(done.stdout.split()))
