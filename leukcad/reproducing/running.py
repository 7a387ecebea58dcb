"""Training the study's networks, or taking up their runs, and letting them answer the study's fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leukcad.errors import LeukcadError
from leukcad.reproducing.questions import TWO_STEP as TWO_STEP
from leukcad.reproducing.studies import Network, Place, Scale
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.answering import Trained
    from leukcad.assembly import Setting
    from leukcad.evaluation.answers import Answer
    from leukcad.experiment import Bench


@dataclass(frozen=True)
class Order:
    """What is to be made again: these networks at this scale, with pipelines and data of this place.

    sets: changes that find the data, and the user's. out: where runs are kept. data: the folder of the data, if given.
    """

    place: Place
    networks: tuple[Network, ...]
    scale: Scale
    sets: tuple[str, ...]
    out: Path
    device: str | None = None
    data: str = ""

    def bench_sets(self, split: str, *, series: bool = True) -> list[str]:
        """The changes that the bench of one split needs; series: those of the doses and draws among them."""
        doses = ", ".join(map(str, self.scale.doses))
        told = [f"synthesize.doses=[{doses}]", f"synthesize.draws={self.scale.draws}"]
        return [*self.sets, f"split={{use: {split}}}", *(told if series else ())]

    def files(self) -> list[str]:
        """The networks' pipeline files. Raises LeukcadError where they are not."""
        files = [Path(self.place.pipelines) / f"{network.name}.yaml" for network in self.networks]
        if missing := [path for path in files if not path.is_file()]:
            cure = "go into a checkout of leukcad (cd leukcad)"
            raise LeukcadError(f"there is no {missing[0]} in {Path.cwd()}", cure=cure)
        return [str(path) for path in files]


@dataclass(frozen=True, eq=False)
class Turn:
    """One seed on one split: its models by the network's name, and what they answered."""

    split: str
    seed: int
    models: dict[str, Trained]
    bench: Bench
    answers: dict[str, list[Answer]]


def turns(order: Order) -> Iterator[Turn]:
    """Every split and seed, trained and answered; finished runs and answers are reused.

    The series is answered on the first split, on which claims are decided; of the others Table 2 alone is told.
    """
    from leukcad import experiment
    from leukcad.study import load_specs, train_all

    first = load_specs(order.files()[:1], sets=order.bench_sets(order.scale.splits[0]), out=order.out)[0]
    setting: Setting = experiment.make_setting(device=order.device or first.device)
    for split in order.scale.splits:
        sets = order.bench_sets(split)
        for seed in order.scale.seeds:
            log.info("split %s, seed %d", split, seed)
            specs = load_specs(order.files(), sets=[*sets, *order.scale.sets], seeds=[seed], out=order.out)
            if order.place.two_step is not None:
                specs += load_specs(
                    [order.place.two_step], sets=[*sets, *order.scale.two_step_sets], seeds=[seed], out=order.out
                )
            models, bench = train_all(specs, setting, order.out)
            books = experiment.test(models, bench, series=split == order.scale.splits[0])
            names = [network.name for network in order.networks] + [TWO_STEP] * (len(models) > len(order.networks))
            told = {name: book.answers for name, book in zip(names, books, strict=True)}
            yield Turn(split, seed, dict(zip(names, models, strict=True)), bench, told)


def of_kind(order: Order, turn: Turn, kind: str) -> dict[str, list[Answer]]:
    """What the models of a turn answer where only WBC of one kind are pasted."""
    from leukcad import experiment
    from leukcad.study import load_specs

    doses = ", ".join(map(str, order.scale.kind_doses))
    sets = [*order.bench_sets(turn.split), f"synthesize.kinds=[{kind}]", f"synthesize.doses=[{doses}]"]
    spec = load_specs(order.files()[:1], sets=sets, out=order.out)[0]
    bench = experiment.make_bench(spec, turn.bench.setting)
    books = experiment.test(list(turn.models.values()), bench)
    return {name: book.answers for name, book in zip(turn.models, books, strict=True)}


def found_data(path: str | Path) -> str:
    """The folder that holds the data's own folders; given one of those, the folder above it."""
    told = Path(path).expanduser()
    if not told.is_dir():
        raise LeukcadError(
            f"--data: there is no folder {told}", cure="give the folder that holds ALL_IDB1 and ALL_IDB2"
        )
    return str(told.parent if (told / "im").is_dir() or (told / "img").is_dir() else told)


def networks_of(names: Sequence[str]) -> tuple[str, ...] | None:
    """Names as options give them, apart or with commas between; None for none."""
    return tuple(name for one in names for name in one.split(",") if name) or None
