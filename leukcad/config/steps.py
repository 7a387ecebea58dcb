"""The list of steps: each a mapping of one key, its stage; and which order of stages makes sense."""

from __future__ import annotations

from leukcad.config.nodes import Node
from leukcad.config.places import Place, one_of
from leukcad.config.uses import Checker, Use

#: Stages that may be steps, with how far along a route they stand; `classify` ends a route, and another may follow.
RANKS = {"preprocess": 0, "detect": 1, "segment": 1, "crop": 2, "classify": 3, "diagnose": 4, "explain": 5}
ORDER = "preprocess*, (detect | segment)*, crop, classify; these may repeat; then diagnose, then explain"


def read_steps(node: Node | None, root: Node, check: Checker) -> tuple[Use, ...]:
    """The steps of a pipeline, in order; every mistake, also a step in the wrong place, goes to `check`."""
    if node is None or not node.items:
        came = node.kind if node is not None and node.value else "none"
        place = node.place if node is not None else root.place
        check.add(place, f"expected 'steps', a list such as '- detect: {{use: nuclei}}', got {came}")
        return ()
    stages: list[tuple[str, Place]] = []
    uses: list[Use | None] = []
    for item in node.items:
        if len(item.mapping) != 1:
            came = f"{len(item.mapping)} keys ({', '.join(item.mapping)})" if item.mapping else item.kind
            message = f"expected a step with one key, its stage, such as '- detect: {{use: nuclei}}', got {came}"
            check.add(item.place, message)
            continue
        ((stage, inner),) = item.mapping.items()
        place = inner.key or inner.place
        if stage not in RANKS:
            check.add(place, one_of("stage", stage, RANKS))
            continue
        stages.append((stage, place))
        uses.append(check.use(stage, inner))
        _check_learning(inner, root, check)
    if len(stages) == len(node.items):
        _check_order(stages, check)
    return tuple(use for use in uses if use is not None)


def _check_learning(step: Node, root: Node, check: Checker) -> None:
    train = step.mapping.get("train")
    source = train.mapping.get("learn_from") if train is not None else None
    if source is not None and source.value == "cells" and "cells" not in root.mapping:
        message = "learn_from is 'cells', but there is no 'cells' (single cells to learn from) in the bench"
        check.add(source.place, message)


def _check_order(stages: list[tuple[str, Place]], check: Checker) -> None:
    previous = ""
    for number, (stage, place) in enumerate(stages):
        if message := _misplaced(stage, previous, [name for name, _ in stages[:number]]):
            check.add(place, f"{message}; the order is: {ORDER}")
        previous = stage
    for number, (stage, place) in enumerate(stages):
        following = stages[number + 1][0] if number + 1 < len(stages) else "nothing"
        if stage == "crop" and following != "classify" and RANKS.get(following, 9) > RANKS["crop"]:
            check.add(place, f"'crop' needs a 'classify' after it, got {following}")


def _misplaced(stage: str, previous: str, before: list[str]) -> str | None:
    """Why `stage` may not stand after the stages `before`, or None."""
    if not previous:
        if stage == "diagnose":
            return "'diagnose' needs a 'detect', 'segment' or 'classify' before it"
    elif RANKS[stage] < RANKS[previous] and previous != "classify":
        return f"'{stage}' may not come after '{previous}'"
    elif stage == previous and stage in ("crop", "diagnose", "explain"):
        return f"'{stage}' stands twice in a row"
    if stage == "explain" and "classify" not in before:
        return "'explain' needs a 'classify' before it"
    if stage == "diagnose" and not {"detect", "segment", "classify"} & set(before):
        return "'diagnose' needs a 'detect', 'segment' or 'classify' before it"
    return None
