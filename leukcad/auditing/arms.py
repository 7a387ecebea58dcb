"""The arms of an audit as plain data: which fields are edited, by which component, how much, and what is true then.

Components are named, never imported: an arm whose component is not installed is an arm unavailable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

PREFIX = "audit:"  # of the names of sets in an answer book
DROPPED = PREFIX + "dropped"  # edits that could not be made, each with its reason
CURVE, SHAM_CURVE = "dose", "dose-sham"
TWIN = "~paste"
EXPLAINS = "x."

Hosts = Literal["positive", "negative", "all"]
Dose = Literal["none", "k", "blasts", "healthy", "thin", "one"]
Truth = Literal["unchanged", "positive", "negative", "donor"]
Role = Literal["arm", "control", "twin", "explains"]


@dataclass(frozen=True)
class Arm:
    """One way of editing fields.

    hosts: which untouched fields. use, options: the `synthesize` component; none edits nothing. dose: how many cells,
    by rule: k (k*), all blasts, all healthy leukocytes, thin (down to what healthy fields hold), one. truth: of the
    edited field. curve: the set that its smaller and larger doses go to. single: one draw is enough.
    """

    name: str
    hosts: Hosts
    use: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    dose: Dose = "none"
    truth: Truth = "unchanged"
    role: Role = "arm"
    curve: str = ""
    single: bool = False

    @property
    def set(self) -> str:
        """Its name in an answer book."""
        return PREFIX + self.name


@dataclass(frozen=True)
class Kinds:
    """Cell kinds by the names that the data use. healthy: those of classes that do not speak for the positive one."""

    healthy: tuple[str, ...]
    blasts: tuple[str, ...]

    @property
    def donors(self) -> Any:
        """What healthy donors may be: the word for normal blood's five, where the data tell any of them apart."""
        return "healthy" if set(self.healthy) & set(NORMAL) else list(self.healthy)


def placed(arms: list[Arm], positions: Path | None) -> list[Arm]:
    """The arms, those that add cells adding them where the file of `positions` says; as they are without one."""
    if positions is None:
        return arms
    where = {"positions": str(positions)}
    return [replace(arm, options={**arm.options, **where}) if arm.use in ADDS else arm for arm in arms]


ADDS = ("add", "sham-add")  # components that take `positions`
NORMAL = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


def leukaemia(kinds: Kinds, rendered: bool) -> list[Arm]:
    """The arms and controls for data with a positive class; with scenes, re-rendered ones and their pasted twins."""
    healthy, blasts = kinds.donors, list(kinds.blasts)
    natural = {"kinds": healthy, "differential": "natural"}
    added = Arm("M0", "negative", "add", natural, "k", "negative", curve=CURVE)
    if "lymphocyte" in kinds.healthy:
        lymphocytes = replace(added, name="M0.lymphocytes", options={"kinds": ["lymphocyte"]}, curve="")
        edits = [replace(added, name="M0.natural"), lymphocytes]
    else:
        edits = [added]
    edits += [
        Arm("M1", "negative", "add", {"kinds": blasts}, "k", "positive"),
        Arm("S", "positive", "swap", {"of": blasts, "to": healthy}, "blasts", "negative"),
        Arm("L", "positive", "thin", {"keep": blasts}, "thin", "positive"),
        Arm("sham-swap-", "negative", "swap", {"of": healthy, "to": healthy}, "healthy", role="control"),
        Arm("sham-swap+", "positive", "swap", {"of": blasts, "to": blasts}, "blasts", role="control"),
    ]
    twins = [replace(arm, name=arm.name + TWIN, role="twin", curve="", single=True) for arm in edits if rendered]
    return [
        Arm("A+", "positive"),
        Arm("A-", "negative"),
        *(_made(arm, "render" if rendered else "paste") for arm in edits),
        Arm("sham-add", "negative", "sham-add", {}, "k", role="control", curve=SHAM_CURVE),
        Arm("sham-thin", "positive", "sham-thin", {}, "thin", role="control"),
        *(_made(twin, "paste") for twin in twins),
    ]


def types() -> list[Arm]:
    """The arms for data without a positive class: the answer must follow the cell."""
    return [
        Arm("A", "all"),
        Arm("T", "all", "transplant", {}, "one", "donor"),
        Arm("sham-transplant", "all", "transplant", {"sham": True}, "one", "donor", role="control"),
    ]


def explaining(kinds: Kinds | None) -> list[Arm]:
    """Arms without a vote: sub-type by sub-type, and what has nothing to do with the class."""
    looks = ("recolour", "magnify", "background", "border", "recompress", "scale-bar")
    arms = [_explains(look, "all", look, dose="one") for look in looks]
    if kinds is None:
        return arms
    parts = [k for k in NORMAL if k in kinds.healthy and k != "lymphocyte"]  # lymphocytes are an arm of their own
    return [
        *(_explains(f"add-{kind}", "negative", "add", {"kinds": [kind]}, "k") for kind in parts),
        _explains("add-red-cells", "negative", "add-red-cells", dose="k"),
        _explains("erase-nuclei", "positive", "erase-nuclei", dose="blasts"),
        *arms,
    ]


def _explains(name: str, hosts: Hosts, use: str, options: Mapping[str, Any] | None = None, dose: Dose = "k") -> Arm:
    return Arm(EXPLAINS + name, hosts, use, options or {}, dose, role="explains", single=True)


def _made(arm: Arm, how: str) -> Arm:
    return replace(arm, options={**arm.options, "how": how})
