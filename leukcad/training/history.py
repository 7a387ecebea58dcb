"""What each epoch came to."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Epoch:
    """One pass: mean losses, the share of validation examples that are right, the last learning rate, seconds.

    The validation columns are None without validation examples.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None
    lr: float
    seconds: float

    def note(self) -> str:
        """A few words for the progress bar."""
        told = f"epoch {self.epoch}: loss {self.train_loss:.3g}"
        return told if self.validation_loss is None else f"{told}, validation {self.validation_loss:.3g}"


def write(history: Sequence[Epoch], path: Path) -> None:
    """The epochs as `history.csv`."""
    from leukcad.files import atomic_write

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f.name for f in dataclasses.fields(Epoch)])
    for row in history:
        writer.writerow(["" if v is None else f"{v:.6g}" for v in dataclasses.astuple(row)])
    atomic_write(path, text.getvalue())
