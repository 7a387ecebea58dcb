"""The plugin host: finds what plugins offer, quarantines what is broken, imports a component when it is named."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from leukcad.errors import LeukcadError, PluginError
from leukcad.hookspecs import LEARNING, OPTIONAL, STAGES, Component, EventSpecs, SeamSpecs, StageSpecs

GROUP = "leukcad"
STAGE_HOOKS = {name for name in dir(StageSpecs) if name.startswith("leukcad_")}
EVENT_HOOKS = {name for name in dir(EventSpecs) if name.startswith("leukcad_")}


@dataclass(frozen=True)
class Offer:
    """A component and where it comes from."""

    component: Component
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """`distribution version`, as messages name it."""
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True)
class Quarantined:
    """A plugin, or one of its offers, that cannot be used, and why."""

    distribution: str
    version: str
    entry_point: str
    reason: str


@dataclass
class Host:
    """The components on offer, by stage and name, and what was quarantined."""

    offers: dict[tuple[str, str], Offer] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)

    def names(self, stage: str) -> list[str]:
        """The components of `stage`, sorted."""
        return sorted(name for s, name in self.offers if s == stage)

    def find(self, stage: str, name: str) -> Offer:
        """The offer called `name`; raises `LeukcadError` with the nearest match and the known ones."""
        if offer := self.offers.get((stage, name)):
            return offer
        known = self.names(stage)
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        lost = "".join(f"; quarantined: {q.distribution} ({q.reason})" for q in self.quarantined)
        raise LeukcadError(
            f"unknown {stage} component {name!r}", cure=f"{hint}known: {', '.join(known) or 'none'}{lost}"
        )

    def load(self, stage: str, name: str) -> type:
        """Import the class behind an offer and check its hooks; raises `PluginError` naming the distribution."""
        offer = self.find(stage, name)
        try:
            return load_class(offer.component)
        except PluginError as error:
            raise PluginError(f"plugin {offer.origin}: {error}") from error

    def examine(self) -> None:
        """Import every class and move those that fail to `quarantined`."""
        for key, offer in list(self.offers.items()):
            try:
                load_class(offer.component)
            except PluginError as error:
                del self.offers[key]
                self.quarantined.append(
                    Quarantined(offer.distribution, offer.version, offer.component.target, str(error))
                )


def load_class(component: Component) -> type:
    """The component's class, its hooks checked against its stage; raises `PluginError`."""
    module_name, _, class_name = component.target.partition(":")
    what = f"{component.stage} {component.name!r}"
    try:
        loaded = getattr(importlib.import_module(module_name), class_name)
    except (Exception, SystemExit) as error:  # a plugin may raise anything while it is imported
        raise PluginError(f"{what} ({component.target}) cannot be imported: {type(error).__name__}: {error}") from error
    if not inspect.isclass(loaded):
        raise PluginError(f"{what} ({component.target}): expected a class, got {type(loaded).__name__}")
    check_hooks(loaded, component.stage, what)
    return loaded


def hooks_of(thing: Any) -> dict[str, dict[str, Any]]:
    """Hook name → its `hookimpl` options, for everything in a class, instance or module that is marked as one."""
    manager = pluggy.PluginManager(GROUP)
    found = {}
    for name in dir(thing):
        # A property of a stranger's class may raise when looked at on an instance; classes and modules are safe.
        if options := manager.parse_hookimpl_opts(thing, name):
            found[options.get("specname") or name] = dict(options)
    return found


def check_hooks(loaded: type, stage: str, what: str) -> None:
    """Refuse unknown hooks, unknown arguments and hooks of another stage; raises `PluginError`."""
    hooks = hooks_of(loaded)
    allowed = {*STAGES[stage], *OPTIONAL.get(stage, ()), *LEARNING} if stage != "observe" else STAGE_HOOKS | EVENT_HOOKS
    for name, options in hooks.items():
        if name not in allowed:
            raise PluginError(f"{what}: unknown hook {name!r}{_nearest(name, allowed)}")
        wraps = options.get("wrapper") or options.get("hookwrapper")
        if stage == "observe" and name in STAGE_HOOKS and not wraps:
            raise PluginError(f"{what}: an observer may only wrap {name!r}; mark it hookimpl(wrapper=True)")
        _check_arguments(getattr(loaded, name, None), name, what)
    missing = [name for name in STAGES[stage] if name not in hooks]
    if missing:
        raise PluginError(f"{what}: expected the hook {missing[0]!r}, marked with hookimpl")
    learns = [name for name in LEARNING if name in hooks]
    if stage != "observe" and learns and len(learns) < len(LEARNING):
        raise PluginError(
            f"{what}: a component that learns implements {', '.join(LEARNING)}; got only {', '.join(learns)}"
        )


def learns(loaded: Any) -> bool:
    """Whether a component (class or instance) learns."""
    return "leukcad_fit" in hooks_of(loaded if inspect.isclass(loaded) else type(loaded))


def _check_arguments(function: Any, name: str, what: str) -> None:
    specs = StageSpecs if name in STAGE_HOOKS else EventSpecs
    known = set(inspect.signature(getattr(specs, name)).parameters) - {"self"}
    for argument in set(inspect.signature(function).parameters) - {"self"} if callable(function) else ():
        if argument not in known:
            raise PluginError(f"{what}: {name} has no argument {argument!r}{_nearest(argument, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names)}"


def build(points: Iterable[EntryPoint]) -> Host:
    """A host over `points`, loaded one by one so that a broken plugin is named and the others go on."""
    host = Host()
    for point in sorted(points, key=lambda p: (p.dist.name if p.dist else "", p.name)):
        distribution, version = (point.dist.name, point.dist.version) if point.dist else ("unknown", "0")
        try:
            offered = _offered(point.load())
        except (Exception, SystemExit) as error:  # a plugin may raise anything while it is imported
            reason = str(error) if isinstance(error, LeukcadError) else f"{type(error).__name__}: {error}"
            host.quarantined.append(Quarantined(distribution, version, point.value, reason))
            continue
        for component in offered:
            key = (component.stage, component.name)
            if key in host.offers:
                reason = f"{component.stage} {component.name!r} is already offered by {host.offers[key].origin}"
                host.quarantined.append(Quarantined(distribution, version, component.target, reason))
            else:
                host.offers[key] = Offer(component, distribution, version)
    return host


def _offered(seam: ModuleType | Any) -> list[Component]:
    hooks = hooks_of(seam)
    for name in hooks:
        if name in STAGE_HOOKS or name in EVENT_HOOKS:
            raise PluginError(f"the seam implements {name!r}, which belongs into a component's class")
        if name != "leukcad_components":
            raise PluginError(f"unknown hook {name!r}{_nearest(name, ['leukcad_components'])}")
    if not hooks:
        raise PluginError("offers nothing: expected a function leukcad_components marked with hookimpl")
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(SeamSpecs)
    manager.register(seam)
    answers = manager.hook.leukcad_components()
    offered = list(answers[0]) if answers else []
    for component in offered:
        if not isinstance(component, Component):
            raise PluginError(f"leukcad_components: expected Component objects, got {type(component).__name__}")
    return offered


@cache
def discover() -> Host:
    """The host over all installed distributions with an entry point in the group `leukcad`."""
    return build(entry_points(group=GROUP))
