from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from leukcad.evaluation.intervals import clopper_pearson
from leukcad.report.page import write_report
from leukcad.report.pictures import save

if TYPE_CHECKING:
    from chromium import Chromium, Tab

DOSES = (0, 1, 2, 5, 10, 20)


TELLS = {"number": "dark pixels", "higher": "ALL", "auroc": 0.99, "low": 0.97, "high": 1.0, "n": 120}
SCREEN = {
    "findings": ["Dark pixels alone tells ALL from the rest: AUROC 0.99, 0.97–1.00."],
    "sources": {"data": {"fields": 108, "groups": 108, "classes": {"ALL": 49, "healthy": 59}, "unannotated": []}},
    "sizes": {"data": {"ALL": {"80 × 60": 49}}},
    "tells": {"ALL": [{**TELLS, "means": {"ALL": 0.05, "healthy": 0.01}}]},
    "duplicates": [
        {
            "kind": "exact",
            "first": {"source": "data", "id": "Im093_0", "side": "train", "label": "healthy"},
            "second": {"source": "data", "id": "Im108_0", "side": "test", "label": None},
        }
    ],
}


def rate(x: float, n: int) -> dict[str, Any]:
    low, high = clopper_pearson(x, n)
    return {"value": x / n if n else None, "low": low, "high": high, "n": n}


def binary(alarms: int, missed: int, n: int = 60) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rates and counts of n healthy and n ALL fields."""
    rates = {
        "accuracy": rate(2 * n - alarms - missed, 2 * n),
        "precision": rate(n - missed, n - missed + alarms),
        "sensitivity": rate(n - missed, n),
        "specificity": rate(n - alarms, n),
        "f1": rate(n - missed, n + alarms),
    }
    counts = {"healthy": {"healthy": n - alarms, "ALL": alarms}, "ALL": {"healthy": missed, "ALL": n - missed}}
    return rates, counts


def pipeline(title: str, alarms: dict[int, int], missed: int = 1) -> dict[str, Any]:
    sets, counts = {}, {}
    for dose in alarms:
        name = "test" if dose == 0 else f"imgSynt{dose}"
        sets[name], counts[name] = binary(alarms[dose], missed)
    return {
        "run": f"runs/{title.lower().replace(' ', '_')}-0123abcd",
        "title": title,
        "yaml": "steps:\n  - classify: {use: torchvision, name: resnet50}\n",
        "seed": 0,
        "threshold": 0.5,
        "sets": sets,
        "counts": counts,
        "history": {"0-classify": [{"epoch": e, "train_loss": 1 / e, "validation_loss": 1.2 / e} for e in range(1, 9)]},
        "split": {"train": {"healthy": 41, "ALL": 34}, "validation": {"healthy": 12, "ALL": 10}},
    }


def card(called: str | None, probability: float, name: str, cells: int | None = None) -> dict[str, Any]:
    """What a pipeline made of a field: with a heat map and what its network saw, and cells if it looks for any."""
    outline = [10, 10, 30, 10, 30, 30, 10, 30]
    found = [{"outline": outline, "name": "healthy", "probability": 0.12, "alarm": False}] * (cells or 0)
    return {
        "called": called,
        "probability": probability,
        "of": "ALL",
        "reason": "" if called else "no WBC",
        "n_cells": cells or 1,
        "heat": f"pictures/{name}-heat.webp",
        "seen": f"pictures/{name}-seen.webp",
        "cells": None if cells is None else found,
    }


def version(field: str, dose: int, **answers: dict[str, Any]) -> dict[str, Any]:
    """A field with one annotated cell."""
    drawn = {"picture": f"pictures/{field}-{dose}.webp", "size": [80, 60], "truth": [[10, 10, 30, 10, 30, 30]]}
    return {"dose": dose, **drawn, "answers": answers}


@pytest.fixture
def comparison() -> dict[str, Any]:
    """Two pipelines on 60 + 60 fields and a series of them."""
    return two_pipelines()


@pytest.fixture(scope="session")
def drawn_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of that comparison with all its pictures, for tests that only look."""
    folder = tmp_path_factory.mktemp("looked-at")
    draw(two_pipelines(), folder)
    return write_report(folder, two_pipelines())


def two_pipelines() -> dict[str, Any]:
    """What `comparison` is."""
    direct = pipeline("Whole field, ResNet-50", {0: 1, 1: 3, 2: 8, 5: 33, 10: 58, 20: 60})
    two_step = pipeline("WBC by WBC, ResNet-18", dict.fromkeys(DOSES, 0))
    versions = [
        version(
            "Im008_0",
            dose,
            direct_resnet50=card("ALL" if dose > 2 else "healthy", 0.3 + dose / 40, f"{dose}-direct"),
            two_step=card("healthy", 0.02, f"{dose}-two", cells=3 + dose),
        )
        for dose in (0, 5, 10, 20)
    ]
    error = {"set": "test", "field": "Im031_1", "group": "Im031_1", "truth": "ALL", "called": "healthy", "reason": ""}
    error |= {"p_truth": 0.01, "p_called": 0.99, "cells": 1, "dose": 0}
    shown = version("Im031_1", 0, direct_resnet50=card("healthy", 0.01, "error-direct"))
    return {
        "title": "direct_resnet50 against two_step",
        "data": "simulated",
        "quick": False,
        "classes": ["healthy", "ALL"],
        "positive": "ALL",
        "command": "leukcad compare",
        "created": "2026-01-31T12:00:00+00:00",
        "bench": {"data": {"use": "simulated", "preset": "count"}, "positive_cells": ["lymphoblast"]},
        "pipelines": {"direct_resnet50": direct, "two_step": two_step},
        "doses": list(DOSES),
        "dose_sets": {str(d): "test" if d == 0 else f"imgSynt{d}" for d in DOSES},
        "examples": [{"field": "Im008_0", "label": "healthy", "versions": versions}],
        "mistakes": [
            {**error, "pipeline": "direct_resnet50", "version": shown},
            {**error, "pipeline": "two_step", "called": None, "reason": "no WBC", "version": None},
        ],
        "screen": SCREEN,
        "audits": [],
        "ledger": [{"donor": "donor/Im031_0", "kind": "neutrophil", "x": 310.5, "y": 92.0, "box": [1, 2, 3, 4]}],
        "provenance": {"direct_resnet50": {"seed": 0, "versions": {"torch": "2.11"}}, "two_step": {"seed": 0}},
    }


@pytest.fixture
def several_classes() -> dict[str, Any]:
    """One pipeline over three WBC types, no positive class, no series, no pictures."""
    classes = ["basophil", "eosinophil", "lymphocyte"]
    rates = {
        "accuracy": rate(25, 30),
        "balanced_accuracy": rate(25, 30),
        **{f"sensitivity:{c}": rate(x, 10) for c, x in zip(classes, (10, 8, 7), strict=True)},
    }
    counts = {
        "basophil": {"basophil": 10},
        "eosinophil": {"eosinophil": 8, "abstained": 2},
        "lymphocyte": {"lymphocyte": 7, "basophil": 3},
    }
    told = {**pipeline("Direct", {}), "threshold": None, "history": {}, "sets": {"test": rates}}
    return {
        "title": "direct_bcisc",
        "data": "real",
        "quick": True,
        "classes": classes,
        "positive": None,
        "command": "leukcad run pipelines/real/direct_bcisc.yaml --quick",
        "created": "2026-01-31T12:00:00+00:00",
        "bench": {"data": {"use": "folder"}},
        "pipelines": {"direct_bcisc": {**told, "counts": {"test": counts}, "split": {}}},
        "doses": [0],
        "dose_sets": {"0": "test"},
        "examples": [],
        "ledger": [],
        "provenance": {},
    }


def draw(told: dict[str, Any], folder: Path) -> None:
    """Put a small picture wherever a comparison names one."""
    shown = [version for example in told["examples"] for version in example["versions"]]
    shown += [row["version"] for row in told.get("mistakes", []) if row["version"]]
    for version in shown:
        named = [version["picture"]]
        named += [a[v] for a in version["answers"].values() for v in ("heat", "seen") if a[v]]
        for i, name in enumerate(named):
            save(folder / name, np.full((60, 80, 3), 20 * i, np.uint8))


@pytest.fixture
def draw_pictures() -> Callable[[dict[str, Any], Path], None]:
    """Puts a small picture wherever a comparison names one."""
    return draw


@pytest.fixture(scope="session")
def tab(chromium: Chromium) -> Tab:
    """One tab for all tests here, offline."""
    opened = chromium.tab()
    opened.offline()
    return opened
