"""``{use: name, option: value, …}``: a component, named and with its options checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.config.nodes import Node
from leukcad.config.options import check_options, plain_options
from leukcad.config.places import Problem
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


def read_use(stage: str, node: Node, host: Host, problems: list[Problem], reserved: Collection[str] = ()) -> Use | None:
    """The component of `stage` that `node` names: a bare name, or a mapping with ``use`` and options.

    `reserved` keys belong to somebody else. Adds what is wrong to `problems` and answers None then.
    """
    named = node.mapping.get("use") if isinstance(node.value, Mapping) else node
    if named is None or not isinstance(named.value, str) or not named.value:
        known = ", ".join(host.names(stage)) or "none is installed"
        came = "no 'use'" if named is None else (named or node).kind
        message = f"expected a component of the stage '{stage}' ({{use: name, …}}), got {came}; known: {known}"
        problems.append(Problem.at((named or node).place, message))
        return None
    taken = {key: child for key, child in node.mapping.items() if key not in reserved}
    try:
        cls = host.load(stage, named.value)
    except LeukcadError as error:
        problems.append(Problem.at(named.place, str(error)))
        return None
    try:
        options = check_options(cls, Node(taken, node.place, node.key, node.folder), problems)
    except PluginError as error:
        origin = host.find(stage, named.value).origin
        problems.append(Problem.at(named.place, f"plugin {origin}: {error}"))
        return None
    if options is None:
        return None
    plain = {"use": named.value, **plain_options(options)}
    return Use(stage, named.value, options, plain, str(node.key or named.place))
