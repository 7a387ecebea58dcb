"""A classifier of crops that is a network: what its subclasses share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.hookspecs import hookimpl
from leukcad.training.answers import predictions
from leukcad.training.loop import train as train_
from leukcad.training.loss import cross_entropy
from leukcad.training.repeatable import seeded
from leukcad.training.weights import fill
from leukcad.types import Crops, Examples, Predictions

if TYPE_CHECKING:
    from torch import Tensor, nn

    from leukcad.options import TrainOptions
    from leukcad.step import Step


class NetworkClassifier:
    """Crops classified by a network that learned them; a subclass brings the network and how pixels go into it.

    name: what messages call the network. input_size: side of the crops, px. train: how it learns. seen_size: px that
    the network sees, fewer with `--quick`. classes: what it learned, in the order of its scores.
    """

    def __init__(self, name: str, input_size: int, train: TrainOptions) -> None:
        self.name, self.input_size, self.train = name, input_size, train
        self.classes: tuple[str, ...] = ()
        self.seen_size = input_size
        self._network: Any = None

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """The network for this number of classes, (N, 3, S, S) to scores (N, classes), S = `seen_size`.

        fresh: as it is before it learns, else its weights are put in later. Random numbers come from torch's global
        generator, which is seeded.
        """
        raise NotImplementedError

    def head(self, network: nn.Module) -> Iterable[nn.Parameter]:
        """What of the network learns `head_lr_factor` times as fast."""
        raise NotImplementedError

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → what the network takes, on its device."""
        raise NotImplementedError

    def quick_size(self) -> int:
        """The `seen_size` of a quick look, px."""
        return self.input_size

    def fill(self, network: nn.Module, state: Mapping[str, Tensor], origin: str) -> None:
        """Put weights from `origin` into the network; raises `LeukcadError` if they are another network's."""
        fill(network, self.name, state, origin)

    @property
    def network(self) -> Any:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            raise LeukcadError(f"{self.name} has not learned yet", cure="train it, or restore its weights")
        return self._network

    def predict(self, crops: Crops) -> Predictions:
        """One row of probabilities per crop, on the crops' device."""
        return predictions(self.network, crops, self.classes, self.seen_size, self.prepare)

    def made(self, classes: tuple[str, ...], step: Step, *, fresh: bool) -> nn.Module:
        """The network for `classes`, as `built`, from the step's seed."""
        self.seen_size = self.quick_size() if step.quick else self.input_size
        with seeded(step, "network"):
            return self.built(len(classes), fresh)

    def take(self, network: nn.Module, classes: tuple[str, ...], step: Step) -> None:
        """Answer with this network from now on."""
        import torch

        self.classes = tuple(classes)
        self._network = network.to(step.device)
        self._network.to(memory_format=torch.channels_last)
        self._network.eval()

    @hookimpl
    def leukcad_classify(self, crops: Crops) -> Predictions:
        """One row per crop over the classes that it learned."""
        return self.predict(crops)

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Train on the crops of `train`; the epoch is picked on those of `validation`."""
        if train.crops is None:
            raise LeukcadError(f"{step.title}: expected crops to learn from, got none")
        network = self.made(train.classes, step, fresh=True)
        self.take(network, train.classes, step)
        loss = cross_entropy(self.train, train.crops.labels, len(train.classes))
        more: dict[str, Any] = {"prepare": self.prepare, "head": self.head(network)}
        train_(network, loss, train.crops, validation.crops, self.train, step, **more)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in the network's own library."""
        return {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights; raises `LeukcadError` if they are not this network's."""
        network = self.made(step.classes, step, fresh=False)
        self.fill(network, state, f"{step.title}: its weights")
        self.take(network, step.classes, step)
