"""What docs/explain.md promises: its export works and is answered by, its explainers are those that there are."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
import torch

from leukcad import Crops, Step
from leukcad.config import load_pipeline
from leukcad.host import discover

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_explainers_of_the_page_are_those_that_there_are() -> None:
    rows = re.findall(r"^\| `([\w-]+)`.*\|$", PAGE, re.MULTILINE)
    assert sorted(rows) == discover().names("explain")


def test_the_network_of_the_page_is_exported_and_answers_in_its_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "benches").symlink_to(ROOT / "pipelines" / "benches")
    (tmp_path / "theirs.yaml").write_text(block("yaml"))
    torch.manual_seed(0)
    names: dict[str, torch.nn.Module] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch's exporter about itself
        exec(block("python"), names)
    use = load_pipeline(tmp_path / "theirs.yaml", discover()).steps[0]
    step = Step("classify", use.name, discover().load("classify", use.name)(**use.options), classes=("healthy", "ALL"))
    none = torch.zeros(2, dtype=torch.int64)
    pixels = torch.randint(0, 256, (2, 3, 224, 224), dtype=torch.uint8)
    got = step.classify(Crops(pixels, torch.zeros(2, 4), none, none, none)).probabilities
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    inputs = (pixels.float() / 255 - mean[:, None, None]) / std[:, None, None]
    with torch.no_grad():
        assert torch.allclose(got, names["network"](inputs).softmax(dim=1), atol=1e-5)
