"""Optimisers and schedules do what torch's own do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad.options import TrainOptions
from leukcad.training.batches import steps
from leukcad.training.optimise import optimizer, rate


def torchs(make, total: int) -> list[float]:
    parameter = torch.nn.Parameter(torch.zeros(1))
    opt = torch.optim.SGD([parameter], lr=1.0)
    schedule = make(opt)
    told = []
    for _ in range(total):
        told.append(opt.param_groups[0]["lr"])
        opt.step()
        schedule.step()
    return told


def test_onecycle_is_torchs():
    options = TrainOptions(schedule="onecycle", epochs=6)
    wanted = torchs(lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=30, cycle_momentum=False), 30)
    assert [rate(options, i, 5, 6) for i in range(30)] == pytest.approx(wanted)


def test_cosine_is_torchs():
    options = TrainOptions(schedule="cosine", epochs=6)
    wanted = torchs(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 30), 30)
    assert [rate(options, i, 5, 6) for i in range(30)] == pytest.approx(wanted, abs=1e-9)


def test_step_is_torchs():
    options = TrainOptions(schedule="step", epochs=6, step_every=2, step_factor=0.1)
    wanted = torchs(lambda o: torch.optim.lr_scheduler.StepLR(o, 2, 0.1), 6)
    assert [rate(options, i, 5, 6) for i in range(0, 30, 5)] == pytest.approx(wanted)
    assert rate(options, 9, 5, 6) == 1
    assert rate(options, 10, 5, 6) == pytest.approx(0.1)


@given(
    schedule=st.sampled_from(["none", "step", "cosine", "onecycle"]), epochs=st.integers(1, 20), per=st.integers(1, 9)
)
def test_a_rate_is_never_negative_or_above_its_top(schedule, epochs, per):
    options = TrainOptions(schedule=schedule, epochs=epochs)
    assert all(0 <= rate(options, i, per, epochs) <= 1 for i in range(per * epochs))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("adam", lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.3)),
        ("adamw", lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.3)),
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.3, momentum=0.9)),
    ],
)
def test_weight_decay_is_coupled_in_adam_and_decoupled_in_adamw(name, make):
    def after(build) -> torch.Tensor:
        torch.manual_seed(0)
        net = torch.nn.Linear(3, 2)
        opt = build(net)
        for _ in range(5):
            opt.zero_grad()
            net(torch.ones(1, 3)).square().sum().backward()
            opt.step()
        return net.weight.detach()

    ours = after(lambda net: optimizer(net, (), TrainOptions(optimizer=name, lr=0.1, weight_decay=0.3)))
    assert torch.allclose(ours, after(lambda net: make(net.parameters())), atol=1e-6)


@given(n=st.integers(2, 200), size=st.integers(1, 64))
def test_an_epoch_leaves_out_at_most_one_example(n, size):
    number = steps(n, size)
    assert n - 1 <= min(number * size, n) <= n
    assert (n - (number - 1) * size) > 1 or size == 1
