"""Whole pipelines on a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from leukcad import experiment, study
from leukcad.testing import draw_fields

pytestmark = pytest.mark.gpu
PIPELINES = Path(__file__).parents[1] / "pipelines"
FEW = ["data.healthy=8", "data.leukaemic=8", "test.healthy=2", "test.leukaemic=2", "synthesize.doses=[2]"]


@pytest.mark.parametrize("name", ["direct_resnet50", "two_step"])
def test_what_was_trained_on_a_gpu_is_answered_alike_on_the_cpu(name: str, tmp_path: Path) -> None:
    found = study.run(PIPELINES / f"{name}.yaml", sets=FEW, quick=True, out=tmp_path, device="cuda")
    assert found.page.is_file()
    (run,) = found.runs.values()
    fields = draw_fields()
    told = []
    for device in ("cuda", "cpu"):
        answered = experiment.load(run, experiment.make_setting(device=device)).answers(fields)
        told.append(torch.tensor([list(one.probabilities.values()) for one in answered]))
    torch.testing.assert_close(*told, atol=0.02, rtol=0)


def test_without_a_device_named_a_gpu_is_used_where_there_is_one() -> None:
    assert experiment.make_setting().device == "cuda"
