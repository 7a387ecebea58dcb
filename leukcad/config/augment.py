"""`augment`: fields to learn from that are made out of the training fields."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from leukcad.config.keys import AugmentKeys
from leukcad.config.nodes import Node
from leukcad.config.uses import Checker, Use

_OWN = (*inspect.signature(AugmentKeys).parameters, "donors")


@dataclass(frozen=True)
class Augment:
    """`use` makes new fields of each training field: a field per dose, `draws` times; donors None: training fields."""

    use: Use
    doses: tuple[int, ...]
    draws: int
    seed: int
    donors: Use | None

    @property
    def plain(self) -> dict[str, Any]:
        """As YAML holds it."""
        keys = {"doses": list(self.doses), "draws": self.draws, "seed": self.seed}
        donors = {"donors": self.donors.plain} if self.donors else {}
        return {**self.use.plain, **keys, **donors}


def read_augment(node: Node | None, check: Checker) -> Augment | None:
    """What the file says under `augment`; None where it says nothing or something is wrong."""
    if node is None or node.value is None:
        return None
    use = check.use("synthesize", node, reserved=_OWN)
    own = {key: child for key, child in node.mapping.items() if key in _OWN and key != "donors"}
    keys = check.options(AugmentKeys, Node(own, node.place, node.key, node.folder))
    donors = check.use_if_named("data", node.mapping.get("donors"))
    if use is None or keys is None:
        return None
    if any(later <= earlier for earlier, later in pairwise(keys["doses"])):
        check.add(node.mapping["doses"].place, f"expected rising doses, got {list(keys['doses'])}")
    return Augment(use, keys["doses"], keys["draws"], keys["seed"], donors)
