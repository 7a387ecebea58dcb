"""Training on a GPU: what holds on the CPU holds there."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.gpu
TOLD = {"epochs": 6, "schedule": "onecycle", "augment": {"flip": True, "rotate": True, "stain": 0.1, "scale": 0.2}}


@pytest.mark.parametrize("amp", ["on", "off"])
def test_on_a_gpu_a_fit_that_was_cut_off_goes_on_to_the_bitwise_same_end(tiny, tmp_path, amp):
    told = {**TOLD, "amp": amp, "device": "cuda"}
    seen = 0

    def cut(pixels: torch.Tensor) -> torch.Tensor:
        nonlocal seen
        seen += torch.is_grad_enabled()
        if seen > 10:
            raise KeyboardInterrupt
        return tiny.prepare(pixels)

    whole, _ = tiny.fit(tmp_path / "whole", **told)
    with pytest.raises(KeyboardInterrupt):
        tiny.fit(tmp_path / "cut", prepare=cut, **told)
    again, _ = tiny.fit(tmp_path / "cut", **told)
    assert tiny.same(whole, again)


def test_on_a_gpu_half_precision_learns_and_leaves_weights_in_float32(tiny):
    state, result = tiny.fit(device="cuda", amp="on", epochs=10)
    assert result.history[-1].validation_accuracy == 1.0
    assert {t.dtype for t in state.values() if t.is_floating_point()} == {torch.float32}


def test_in_float32_a_gpu_learns_about_what_the_cpu_learns(tiny):
    told = {"amp": "off", "epochs": 3, "make": lambda: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 2))}
    (cpu, _), (gpu, _) = (tiny.fit(device=device, **told) for device in ("cpu", "cuda"))
    for name, tensor in cpu.items():
        torch.testing.assert_close(gpu[name].cpu(), tensor, rtol=1e-3, atol=1e-4)


def test_the_global_settings_of_cuda_are_as_before(tiny):
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark, torch.cuda.get_rng_state()
    tiny.fit(device="cuda", epochs=1)
    after = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark, torch.cuda.get_rng_state()
    assert before[:2] == after[:2]
    assert torch.equal(before[2], after[2])
