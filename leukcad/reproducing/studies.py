"""A study as its file tells it: what was printed, what is claimed, and how it is made again."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leukcad.config.nodes import to_plain
from leukcad.config.reading import load
from leukcad.errors import LeukcadError
from leukcad.reproducing.questions import Fair, Question, Told

METRICS = ("accuracy", "precision", "recall", "specificity", "f1")
NEVER = "never"


class Network(Told):
    """A row of the table: a pipeline file's stem, its printed rates in percent, and where its series first fails.

    first_failing: cells pasted, 'never' up to the last, None where the study does not say.
    """

    name: str
    title: str
    first_failing: int | Literal["never"] | None
    table2: dict[str, float]
    residual: bool = False

    @property
    def printed(self) -> dict[str, float]:
        """The printed rate of each metric, percent."""
        return {m: self.table2.get(m, self.table2.get("all", 0.0)) for m in METRICS}


class Claim(BaseModel):
    """A claim with the rule that decides on it; further keys are the rule's."""

    model_config = ConfigDict(extra="allow", frozen=True)

    rule: str
    where: str
    claim: str

    def told(self, key: str) -> Any:
        """A key of the rule's own."""
        return (self.model_extra or {}).get(key)


class Scale(Told):
    """How much is run. networks: None for all; sets: changes of their pipelines, as --set takes them.

    diameters: px of a cell at which cells are told apart; none: not measured. fair_sets: changes of the routes of the
    fair fight, by name or pattern.
    """

    networks: tuple[str, ...] | None = None
    seeds: tuple[int, ...]
    splits: tuple[str, ...]
    doses: tuple[int, ...]
    draws: int = Field(ge=1)
    kind_doses: tuple[int, ...] = ()
    sets: tuple[str, ...] = ()
    two_step_sets: tuple[str, ...] = ()
    diameters: tuple[int, ...] = ()
    fair_sets: dict[str, tuple[str, ...]] = Field(default={})


class Place(Told):
    """Where the pipelines lie, how they and the cells' find the data ({data}), what is run and fought beside them."""

    pipelines: str
    two_step: str | None = None
    sets: tuple[str, ...] = ()
    cell_sets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    fair: Fair | None = None


class Study(Told):
    """A whole study. fair: what a fight of the two routes asks, where a place has one."""

    name: str
    title: str
    source: str
    networks: tuple[Network, ...]
    claims: tuple[Claim, ...]
    run: Scale
    quick: dict[str, Any]
    real: Place
    simulated: Place
    fair: tuple[Question, ...] = ()

    def scale(self, quick: bool) -> Scale:
        """The whole run, or with `quick` what the study's file says of a first look."""
        return Scale(**{**self.run.model_dump(), **self.quick}) if quick else self.run

    def chosen(self, names: tuple[str, ...] | None) -> list[Network]:
        """The networks of these names, in the study's order. Raises LeukcadError for an unknown one."""
        known = [n.name for n in self.networks]
        if unknown := [name for name in names or () if name not in known]:
            raise LeukcadError(f"{self.name}: there is no network {unknown[0]!r}", cure=f"known: {', '.join(known)}")
        return [n for n in self.networks if names is None or n.name in names]


def names() -> list[str]:
    """The studies that are shipped."""
    return sorted(path.name.removesuffix(".yaml") for path in _folder().iterdir() if path.name.endswith(".yaml"))


def find(what: str) -> Study:
    """A shipped study by name, or one in a YAML file. Raises LeukcadError where there is none, or it is not whole."""
    path = Path(what) if Path(what).suffix in (".yaml", ".yml") else Path(str(_folder() / f"{what}.yaml"))
    if not path.is_file():
        raise LeukcadError(f"no study {what!r}", cure=f"known: {', '.join(names())}")
    try:
        return Study(**to_plain(load(path)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise LeukcadError(f"{path}: {where}: {first['msg']}") from error


def _folder() -> Any:
    return files("leukcad.reproducing") / "studies"
