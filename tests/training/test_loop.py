"""What training promises."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
import torch
from torch import nn

from leukcad.errors import LeukcadError
from leukcad.options import TrainOptions
from leukcad.training.precision import precision
from leukcad.types import Crops


def upside_down(tiny) -> Crops:
    """Validation examples whose labels contradict the training's: their loss grows as the network learns."""
    right = tiny.crops(10, seed=1)
    return right.replace(labels=1 - right.labels)


def test_a_network_learns_to_tell_light_from_dark(tiny):
    _, result = tiny.fit(epochs=12)
    assert result.history[-1].validation_accuracy == 1
    assert result.history[-1].train_loss < result.history[0].train_loss


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tiny):
    first, again, other = tiny.fit()[0], tiny.fit()[0], tiny.fit(seed=1)[0]
    assert tiny.same(first, again)
    assert not tiny.same(first, other)


def test_the_callers_random_state_is_left_as_it_was(tiny):
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    before = random.getstate()
    tiny.fit(augment={"flip": True, "stain": 0.1})
    assert torch.equal(torch.rand(3), wanted)
    assert random.getstate() == before


def test_the_callers_random_state_does_not_change_the_outcome(tiny):
    torch.manual_seed(1)
    first = tiny.fit()[0]
    torch.manual_seed(2)
    assert tiny.same(first, tiny.fit()[0])


def test_the_network_ends_with_the_weights_of_the_epoch_of_lowest_validation_loss(tiny):
    told = {"lr": 0.1, "validation": upside_down(tiny)}
    state, result = tiny.fit(epochs=9, **told)
    losses = [row.validation_loss for row in result.history]
    assert result.best_epoch == losses.index(min(losses)) + 1
    assert result.best_epoch < 9, "the test needs a fit whose best epoch is not its last"
    stopped, _ = tiny.fit(epochs=result.best_epoch, **told)
    assert tiny.same(state, stopped)


def test_where_what_is_right_counts_the_best_epoch_is_that_of_the_most_right_and_of_these_of_the_lowest_loss(tiny):
    shares = iter([0.5, 1.0, 1.0, 0.0, 0.0, 0.0])

    def right(output, labels):
        return torch.full((len(labels),), next(shares))

    told = {"validation": upside_down(tiny), "lr": 0.1, "epochs": 6}
    _, result = tiny.fit(right=right, best="right", **told)
    by_epoch = {row.epoch: row.validation_loss for row in result.history}
    assert result.best_epoch == min((2, 3), key=by_epoch.__getitem__)
    _, by_loss = tiny.fit(**told)
    assert by_loss.best_epoch != result.best_epoch, "the test needs a fit whose lowest loss is elsewhere"


def test_the_last_epoch_stands_where_the_last_is_to_be_kept(tiny):
    told = {"lr": 0.1, "validation": upside_down(tiny), "epochs": 9}
    best, _ = tiny.fit(**told)
    last, result = tiny.fit(keep="last", **told)
    assert result.best_epoch == 9
    assert not tiny.same(best, last)


def test_patience_is_refused_where_the_last_epoch_is_to_be_kept(tiny):
    with pytest.raises(ValueError, match="expected keep: best, got keep: last"):
        tiny.fit(keep="last", patience=2)


def test_without_validation_examples_the_last_epoch_stands(tiny):
    _, result = tiny.fit(validation=tiny.crops(0), epochs=3)
    assert result.best_epoch == 3
    assert result.history[-1].validation_loss is None


def test_training_stops_when_patience_is_over(tiny):
    _, result = tiny.fit(epochs=50, validation=upside_down(tiny), patience=2)
    assert len(result.history) == result.best_epoch + 2 < 50


def test_quick_trains_two_epochs_at_most(tiny):
    assert len(tiny.fit(quick=True)[1].history) == 2


def test_a_last_batch_of_one_is_left_out_so_that_batch_norm_never_sees_it(tiny):
    sizes = []

    def watched(pixels: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            sizes.append(len(pixels))
        return tiny.prepare(pixels)

    tiny.fit(examples=tiny.crops(9), batch=4, epochs=2, prepare=watched)
    assert sizes == [4, 4, 4, 4]


def test_a_last_batch_of_two_is_used(tiny):
    sizes = []

    def watched(pixels: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            sizes.append(len(pixels))
        return tiny.prepare(pixels)

    tiny.fit(examples=tiny.crops(10), batch=4, epochs=1, prepare=watched)
    assert sizes == [4, 4, 2]


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_examples_are_refused(tiny, n):
    with pytest.raises(LeukcadError, match=f"two training examples or more, got {n}"):
        tiny.fit(examples=tiny.crops(n))


def test_a_loss_that_is_no_number_is_named_with_its_epoch_and_the_cure(tiny):
    with pytest.raises(LeukcadError, match=r"loss became nan in epoch 1; lower train.lr \(now 0.01\)"):
        tiny.fit(prepare=lambda pixels: tiny.prepare(pixels) * float("nan"))


def test_history_is_a_table_of_numbers(tiny, tmp_path: Path):
    _, result = tiny.fit(tmp_path, epochs=3)
    with (tmp_path / "history.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert list(rows[0]) == ["epoch", "train_loss", "validation_loss", "validation_accuracy", "lr", "seconds"]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[2]["validation_loss"] == pytest.approx(result.history[2].validation_loss, rel=1e-5)


def test_the_head_learns_as_much_faster_as_it_is_told(tiny):
    def moved(factor: float) -> tuple[float, float]:
        one_step = {"epochs": 1, "batch": 17, "optimizer": "sgd", "momentum": 0.0, "validation": tiny.crops(0)}
        before, after = tiny.fit(lr=1e-12, **one_step)[0], tiny.fit(lr=1e-2, head_lr_factor=factor, **one_step)[0]
        return tuple((after[k] - before[k]).norm().item() for k in ("0.weight", "5.weight"))

    body, head = moved(1)
    body_still, head_faster = moved(10)
    assert body_still == pytest.approx(body, rel=1e-3)
    assert head_faster == pytest.approx(10 * head, rel=1e-3)


def test_frozen_weights_stay_as_they_are(tiny):
    def half_frozen() -> nn.Module:
        net = tiny.network()
        net[0].requires_grad_(False)
        return net

    start = tiny.fit(make=half_frozen, epochs=1, lr=1e-12)[0]
    end = tiny.fit(make=half_frozen, epochs=3)[0]
    assert torch.equal(start["0.weight"], end["0.weight"])
    assert not torch.equal(start["5.weight"], end["5.weight"])


def test_channels_last_changes_the_layout_and_not_what_is_learned(tiny):
    on, off = tiny.fit(channels_last="on", epochs=2)[0], tiny.fit(channels_last="off", epochs=2)[0]
    for name in on:
        assert torch.allclose(on[name], off[name], atol=1e-4), name


def test_mixed_precision_on_request_learns_too(tiny):
    _, result = tiny.fit(epochs=12, amp="on")
    assert result.history[-1].validation_accuracy == 1


def test_mixed_precision_spares_filters_whose_stride_is_larger_than_their_map(tiny):
    seen: dict[str, list[torch.dtype]] = {"large": [], "small": []}

    def shrinking() -> nn.Module:
        large, small = nn.Conv2d(3, 4, 3, stride=8, padding=1), nn.Conv2d(4, 4, 3, stride=2, padding=1)
        for name, layer in (("large", large), ("small", small)):
            layer.register_forward_hook(lambda module, given, told, name=name: seen[name].append(told.dtype))
        return nn.Sequential(large, nn.ReLU(), small, nn.Flatten(), nn.Linear(4, 2))

    made: list[nn.Module] = []
    weights, _ = tiny.fit(make=lambda: made.append(shrinking()) or made[-1], epochs=2, amp="on")
    assert set(seen["large"]) == {torch.bfloat16} and set(seen["small"]) == {torch.float32}
    assert all(bool(tensor.isfinite().all()) for tensor in weights.values())
    assert not any("forward" in vars(layer) for layer in made[0].modules())


@pytest.mark.parametrize(("tiles", "wanted"), [(True, torch.bfloat16), (False, None)])
def test_on_a_cpu_mixed_precision_is_automatic_only_where_there_are_bfloat16_tiles(monkeypatch, tiles, wanted):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": tiles}, raising=False)
    assert precision(TrainOptions(), torch.device("cpu")).dtype is wanted
    assert precision(TrainOptions(amp="off"), torch.device("cpu")).dtype is None
