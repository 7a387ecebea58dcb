"""All pictures of a comparison, their heat maps on one scale a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.answering import AnswerBook, Trained
from leukcad.experiment import Bench
from leukcad.report.layers import HeatAlbum
from leukcad.showcase.examples import examples
from leukcad.showcase.mistakes import mistakes


def showcase(models: Sequence[Trained], books: Mapping[str, AnswerBook], bench: Bench, folder: Path) -> dict[str, Any]:
    """`{"examples", "ledger", "mistakes"}`, with pictures in `folder`/pictures.

    ledger: the cells that were added to the example fields. mistakes: each pipeline's worst errors.
    """
    album = HeatAlbum()
    found, ledger = examples(models, bench, folder, album)
    errors = mistakes(models, books, bench, folder, album)
    album.draw()
    return {"examples": found, "ledger": ledger, "mistakes": errors}
