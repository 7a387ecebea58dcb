"""The training loop."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from leukcad.errors import LeukcadError
from leukcad.progress import Advance, bar
from leukcad.step import log
from leukcad.training import history as history_
from leukcad.training.batches import Resident, steps
from leukcad.training.checkpoint import Checkpoint, fingerprint
from leukcad.training.history import Epoch
from leukcad.training.optimise import optimizer, rate
from leukcad.training.precision import layout, precision
from leukcad.training.repeatable import deterministic, generator, seeded

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from leukcad.options import TrainOptions
    from leukcad.step import Step
    from leukcad.training.batches import Batches, Labelled
    from leukcad.training.loss import Loss

QUICK = 2  # epochs at most with --quick
#: (output of the network, targets of B examples) → the share of each that is right, (B,).
Right = Callable[[Any, Any], "Tensor"]


@dataclass(frozen=True)
class TrainResult:
    """The epoch (from 1) whose weights the network has now, and what every epoch came to."""

    best_epoch: int
    history: tuple[Epoch, ...]


def train(
    network: nn.Module,
    loss: Loss,
    examples: Labelled | Batches,
    validation: Labelled | Batches | None,
    options: TrainOptions,
    step: Step,
    *,
    prepare: Callable[[Any], Any],
    head: Iterable[nn.Parameter] = (),
    right: Right | None = None,
    best: Literal["loss", "right"] = "loss",
) -> TrainResult:
    """Train `network` in place on `step.device`; it ends in eval mode with the weights of the best epoch.

    Best is the lowest validation loss, or with `best="right"` the most that is right, among these the lowest loss; the
    last epoch where `options.keep` says so, or without validation examples.
    Examples are pictures with a label each, or whatever gives `Batches` of inputs and targets. `prepare` makes inputs,
    uint8 (B, 3, S, S), into what the network takes; `loss` and `right` are given the network's output and the targets:
    one value per example, and the share of each example that is right (by default whether its label has the highest
    score), for the history and `best`. `head` learns `options.head_lr_factor` as fast. A last batch of one example is
    dropped, since batch norm cannot learn from it.
    With `step.folder` a checkpoint is kept there and a fit that was cut off goes on from it to the bitwise same end
    (same versions, device, threads); `history.csv` stays. The global random state is left as it was. Raises
    `LeukcadError` without examples or when the loss is no longer a number.
    """
    import torch

    device = torch.device(step.device)
    data, unseen = (_batches(some, device, options) for some in (examples, validation))
    if data is None or len(data) < 2:
        raise LeukcadError(
            f"{step.title}: expected two training examples or more, got {0 if data is None else len(data)}",
            cure="look at the split, and at what the steps before it find",
        )
    path = step.folder / "checkpoint.pt" if step.folder else None
    kept = Checkpoint(path, fingerprint(step, options, network, data, unseen) if path else "")
    network.to(device)
    network.to(memory_format=layout(options))
    fit = _Fit(network, loss, data, unseen, options, step, prepare, tuple(head), right or hits, best == "right", kept)
    with deterministic(device), fit.precision.guarded(network):
        return fit.run()


def _batches(examples: Labelled | Batches | None, device: torch.device, options: TrainOptions) -> Batches | None:
    """The examples as batches on the device; None where there are none."""
    if examples is None:
        return None
    given: Any = examples
    made: Batches = given if hasattr(given, "shuffled") else Resident.of(given, device, options.augment)
    return made if len(made) else None


def hits(output: Any, labels: Tensor) -> Tensor:
    """Whether the label of each example has the highest score, float (B,); of a tuple the first output counts."""
    told: Tensor = output[0] if isinstance(output, tuple) else output
    return (told.argmax(dim=1) == labels).float()


@dataclass(eq=False)
class _Fit:
    network: nn.Module
    loss: Loss
    data: Batches
    unseen: Batches | None
    options: TrainOptions
    step: Step
    prepare: Callable[[Any], Any]
    head: tuple[nn.Parameter, ...]
    right: Right
    by_right: bool  # what the best epoch is picked by
    checkpoint: Checkpoint
    done: int = 0  # epochs
    best_epoch: int = 0
    best_value: tuple[float, float] = (math.inf, math.inf)  # the lower the better
    best: dict[str, Tensor] = field(default_factory=dict)
    history: list[Epoch] = field(default_factory=list)

    def __post_init__(self) -> None:
        import torch

        self.epochs = min(self.options.epochs, QUICK) if self.step.quick else self.options.epochs
        self.per_epoch = steps(len(self.data), self.options.batch)
        self.optimizer = optimizer(self.network, self.head, self.options)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.device = torch.device(self.step.device)
        self.precision = precision(self.options, self.device)

    def run(self) -> TrainResult:
        self._resume()
        total = self.epochs * self.per_epoch
        with bar(f"training {self.step.title}", total) as advance:
            advance(self.done * self.per_epoch)
            while self.done < self.epochs and not self._stalled():
                self._epoch(advance)
                advance(0, note=self.history[-1].note())
                self.checkpoint.save(self._state())
        _put(self.network, self.best)
        self.network.eval()
        self.checkpoint.remove()
        return TrainResult(self.best_epoch, tuple(self.history))

    def _epoch(self, advance: Advance) -> None:
        """One pass over the examples, validation, and the weights kept if they are the best so far."""
        began, number = time.monotonic(), self.done + 1
        with seeded(self.step, f"epoch {number}"):
            trained = self._learn(number, advance)
        tested = self._validate()
        for told, value in (("training", trained), ("validation", tested[0] if tested else 0.0)):
            if not math.isfinite(value):
                cure = f"lower train.lr (now {self.options.lr:g})"
                cure += ", or set train.amp to off" if self.precision.dtype else ""
                raise LeukcadError(f"{self.step.title}: the {told} loss became {value} in epoch {number}", cure=cure)
        self.done = number
        lr = self.optimizer.param_groups[0]["lr"]
        loss, accuracy = tested or (None, None)
        self.history.append(Epoch(number, trained, loss, accuracy, lr, time.monotonic() - began))
        reached = (math.inf, math.inf) if tested is None else (-tested[1] if self.by_right else 0.0, tested[0])
        if tested is None or self.options.keep == "last" or reached < self.best_value:
            self.best_epoch, self.best_value = number, reached
            self.best = {name: t.detach().clone() for name, t in self.network.state_dict().items()}
        if self.step.folder:
            history_.write(self.history, self.step.folder / "history.csv")

    def _learn(self, number: int, advance: Advance) -> float:
        """The mean training loss of one pass."""
        import torch

        self.network.train()
        total = torch.zeros((), device=self.device)
        seen = 0
        draws = (generator(self.step, f"{what} {number}") for what in ("order", "augment"))
        batches = self.data.shuffled(self.options.batch, *draws)
        for i, (inputs, targets) in enumerate(batches, (number - 1) * self.per_epoch):
            factor = rate(self.options, i, self.per_epoch, self.epochs)
            for group, base in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = base * factor
            with self.precision.autocast():
                value = self.loss(self.network(self.prepare(inputs)), targets).mean()
            self.optimizer.zero_grad(set_to_none=True)
            scaler = self.precision.scaler
            torch.autograd.backward(scaler.scale(value))
            scaler.step(self.optimizer)
            scaler.update()
            total += value.detach() * len(targets)  # no .item(): a GPU would wait
            seen += len(targets)
            advance()
        return float(total) / seen

    def _validate(self) -> tuple[float, float] | None:
        """The mean loss and the share of right answers on the validation examples."""
        import torch

        if self.unseen is None:
            return None
        self.network.eval()
        total, right = torch.zeros((2,), dtype=torch.float64, device=self.device)
        seen = 0
        with torch.no_grad(), self.precision.autocast():
            for inputs, targets in self.unseen.in_order():
                output = self.network(self.prepare(inputs))
                total += self.loss(output, targets).double().mean() * len(targets)
                right += self.right(output, targets).double().sum()
                seen += len(targets)
        return float(total) / seen, float(right) / seen

    def _stalled(self) -> bool:
        return 0 < self.options.patience <= self.done - self.best_epoch

    def _state(self) -> dict[str, Any]:
        model = self.network.state_dict()
        return {
            "done": self.done,
            "best_epoch": self.best_epoch,
            "best_value": list(self.best_value),
            "model": model,
            "best": None if self.best_epoch == self.done else self.best,
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.precision.scaler.state_dict(),
            "history": [dataclasses.asdict(row) for row in self.history],
        }

    def _resume(self) -> None:
        state = self.checkpoint.load()
        if state is None:
            return
        _put(self.network, state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.precision.scaler.load_state_dict(state["scaler"])
        kept = state["best"] or state["model"]
        self.best = {name: t.to(self.device, copy=True) for name, t in kept.items()}
        self.done, self.best_epoch, self.best_value = state["done"], state["best_epoch"], tuple(state["best_value"])
        self.history = [Epoch(**row) for row in state["history"]]
        log.info("%s goes on after epoch %d", self.step.title, self.done)


def _put(network: nn.Module, state: dict[str, Tensor]) -> None:
    """Write tensors over the network's own; `load_state_dict` would ask for the versions of modules (MNASNet)."""
    import torch

    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            tensor.copy_(state[name])
