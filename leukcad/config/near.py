"""Which file may have been meant by one that is not there."""

from __future__ import annotations

import difflib
import itertools
import os
from pathlib import Path

FOLDERS = (".", "pipelines", "pipelines/*")  # seen from the working directory
MOST = 1000  # names that are looked at


def meant(path: Path) -> str:
    """`; did you mean 'pipelines/two_step.yaml'?`: the pipeline file most like `path`, beside it or where they lie.

    '' if none is alike. A run's name is like the pipeline that it is of.
    """
    places = itertools.chain(path.parent.glob("*.yaml"), *(Path().glob(f"{folder}/*.yaml") for folder in FOLDERS))
    known = {file.stem.lower(): os.path.normpath(file) for file in reversed(list(itertools.islice(places, MOST)))}
    close = difflib.get_close_matches(path.stem.lower(), known, n=1, cutoff=0.75)
    return f"; did you mean '{known[close[0]]}'?" if close else ""
