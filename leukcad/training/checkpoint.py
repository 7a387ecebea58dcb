"""The checkpoint of a fit: written whole or not at all, read without running code, taken only by the fit it is of."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.files import disk_errors
from leukcad.step import log

if TYPE_CHECKING:
    from torch import nn

    from leukcad.options import TrainOptions
    from leukcad.step import Step
    from leukcad.training.batches import Batches

SHARE = 0.1  # of the time of training that saving may take: large networks are saved less than every epoch


@dataclass(eq=False)
class Checkpoint:
    """The file `path` (None: nothing is kept) of the fit with this fingerprint."""

    path: Path | None
    fingerprint: str
    saved: float = field(default_factory=time.monotonic)
    cost: float = 0.0
    full: bool = False

    def save(self, state: dict[str, Any]) -> None:
        """Keep `state`; a full disk is told of once and training goes on."""
        began = time.monotonic()
        if self.path is None or self.full or self.cost > SHARE * (began - self.saved):
            return
        try:
            _write({**state, "fingerprint": self.fingerprint}, self.path)
        except LeukcadError as error:
            self.full = True
            log.warning("%s; training goes on, but would start afresh if it were interrupted", error)
        self.saved = time.monotonic()
        self.cost = self.saved - began

    def load(self) -> dict[str, Any] | None:
        """What was kept; None, with a line in the log, where it is unreadable or of another fit."""
        import torch

        if self.path is None or not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises many kinds for a broken file
            log.warning("%s cannot be read (%s); training starts afresh", self.path, type(error).__name__)
            return None
        if not isinstance(state, dict) or state.get("fingerprint") != self.fingerprint:
            log.warning("%s is of other data, options or weights; training starts afresh", self.path)
            return None
        return state

    def remove(self) -> None:
        """Training is done."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def fingerprint(
    step: Step, options: TrainOptions, network: nn.Module, train: Batches, validation: Batches | None
) -> str:
    """A hash over all that a fit's outcome depends on: seed, options, versions, weights at the start, examples."""
    import torch

    told = hashlib.sha256()
    told.update(f"{torch.__version__}/{step.device}/{step.seed}/{step.stage}/{step.place}/{step.draw}".encode())
    told.update(f"/{step.quick}/{options.model_dump_json()}".encode())
    for examples in (train, validation):
        for tensor in examples.tensors() if examples is not None else ():
            told.update(str(tuple(tensor.shape)).encode())
            told.update(tensor.cpu().contiguous().numpy().data)
    for name, tensor in network.state_dict().items():
        told.update(f"{name}{tuple(tensor.shape)}".encode())
        told.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return told.hexdigest()


def _write(state: dict[str, Any], path: Path) -> None:
    """Through a temporary file that takes the place of the old one."""
    import torch

    temporary = path.with_suffix(".tmp")
    try:
        with disk_errors(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                watched: Any = _Watched(file)
                try:
                    torch.save(state, watched)
                except RuntimeError as error:  # torch hides what the disk said
                    raise (watched.error or error) from error
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _Watched:
    """A file that remembers the first error of a write."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        """Pass on."""
        try:
            return int(self.file.write(data))
        except OSError as error:
            self.error = self.error or error
            raise

    def flush(self) -> None:
        """Pass on."""
        self.file.flush()
