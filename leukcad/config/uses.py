"""``{use: name, option: value, …}``: a component, named and with its options checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.config.nodes import Node
from leukcad.config.options import check_options, plain_options
from leukcad.config.places import Place, Problem
from leukcad.errors import LeukcadError, PluginError

if TYPE_CHECKING:
    from leukcad.host import Host


@dataclass(frozen=True)
class Use:
    """A component as a pipeline uses it.

    options: the checked keyword arguments of its constructor, defaults filled in. plain: ``use`` and the options as
    YAML holds them. where: file:line:column.
    """

    stage: str
    name: str
    options: dict[str, Any]
    plain: dict[str, Any]
    where: str


@dataclass(frozen=True)
class Checker:
    """Gathers what is wrong while a file is read; `must_exist`: whether the files and folders it names have to."""

    host: Host
    problems: list[Problem]
    must_exist: bool = True

    def add(self, place: Place, message: str) -> None:
        """One more problem."""
        self.problems.append(Problem.at(place, message))

    def options(self, cls: type, node: Node) -> dict[str, Any] | None:
        """The checked keyword arguments for `cls`, or None."""
        return check_options(cls, node, self.problems, self.must_exist)

    def use_if_named(self, stage: str, node: Node | None) -> Use | None:
        """The component that `node` names, if it is there."""
        return None if node is None or node.value is None else self.use(stage, node)

    def use(self, stage: str, node: Node, reserved: Collection[str] = ()) -> Use | None:
        """The component of `stage` that `node` names: a bare name, or a mapping with ``use`` and options.

        `reserved` keys belong to somebody else. None where something is wrong.
        """
        named = node.mapping.get("use") if isinstance(node.value, Mapping) else node
        if named is None or not isinstance(named.value, str) or not named.value:
            known = ", ".join(self.host.names(stage)) or "none is installed"
            came = "no 'use'" if named is None else named.kind
            message = f"expected a component of the stage '{stage}' ({{use: name, …}}), got {came}; known: {known}"
            self.add((named or node).place, message)
            return None
        entries = {key: child for key, child in node.mapping.items() if key not in reserved}
        options = self._constructor(stage, named, Node(entries, node.place, node.key, node.folder))
        if options is None:
            return None
        plain = {"use": named.value, **plain_options(options)}
        return Use(stage, named.value, options, plain, str(node.key or named.place))

    def _constructor(self, stage: str, named: Node, node: Node) -> dict[str, Any] | None:
        try:
            cls = self.host.load(stage, str(named.value))
        except LeukcadError as error:
            self.add(named.place, str(error))
            return None
        try:
            return self.options(cls, node)
        except PluginError as error:
            self.add(named.place, f"plugin {self.host.find(stage, str(named.value)).origin}: {error}")
            return None
