from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukcad.hookspecs import Component
from leukcad.host import Host, Offer

COMPONENTS = '''
from __future__ import annotations
from pathlib import Path
from typing import Annotated, Literal
from pydantic import BaseModel, Field
from leukcad import hookimpl
from leukcad.config import FilePath, FolderPath


class Train(BaseModel):
    epochs: Annotated[int, Field(ge=1)] = 12
    learn_from: Literal["previous", "truth", "cells"] = "previous"


class Data:
    """Fields from somewhere."""
    def __init__(self, *, seed: int = 0, preset: str = "count", path: FolderPath | None = None) -> None: ...
    @hookimpl
    def leukcad_index(self, step): ...
    @hookimpl
    def leukcad_read(self, record, step): ...


class Needy(Data):
    def __init__(self, *, path: Annotated[FolderPath, Field(description="where the fields lie")]) -> None: ...


class Stain:
    @hookimpl
    def leukcad_preprocess(self, fields, step): ...


class Nuclei:
    def __init__(self, *, min_area: Annotated[float, Field(gt=0, description="px")] = 80.0) -> None: ...
    @hookimpl
    def leukcad_detect(self, fields, step): ...


class Square:
    def __init__(self, *, context: Annotated[float, Field(gt=0)] = 1.5) -> None: ...
    @hookimpl
    def leukcad_crop(self, fields, cells, size, step): ...


class Net:
    def __init__(
        self,
        *,
        name: str = "resnet18",
        train: Train = Train(),
        weights: Literal["none", "imagenet"] | FilePath = "none",
    ) -> None: ...
    @hookimpl
    def leukcad_classify(self, crops, step): ...


class Share:
    @hookimpl
    def leukcad_diagnose(self, cells, predictions, step): ...


class Cam:
    @hookimpl
    def leukcad_explain(self, crops, step): ...


class Paste:
    def __init__(self, *, match: bool = True) -> None: ...
    @hookimpl
    def leukcad_synthesize(self, field, doses, donors, step): ...


class Watch:
    def __init__(self, *, every: int = 1) -> None: ...


class Crooked:
    def __init__(self, **anything: int) -> None: ...
    @hookimpl
    def leukcad_detect(self, fields, step): ...
'''
OFFERS = {
    "data": {"simulated": "Data", "folder": "Needy", "cells": "Data"},
    "preprocess": {"stain": "Stain"},
    "detect": {"nuclei": "Nuclei", "crooked": "Crooked", "lost": "NoSuchClass"},
    "crop": {"square": "Square"},
    "classify": {"net": "Net"},
    "diagnose": {"share": "Share"},
    "explain": {"cam": "Cam"},
    "synthesize": {"paste": "Paste"},
    "observe": {"watch": "Watch"},
}


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host over a plugin of one module that offers a component or two for each stage."""
    folder: Path = tmp_path_factory.mktemp("plugin")
    (folder / "leukcad_pretend.py").write_text(COMPONENTS, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    host = Host()
    for stage, offered in OFFERS.items():
        for name, cls in offered.items():
            host.offers[stage, name] = Offer(Component(stage, name, f"leukcad_pretend:{cls}"), "pretend", "1.0")
    yield host
    sys.modules.pop("leukcad_pretend", None)
