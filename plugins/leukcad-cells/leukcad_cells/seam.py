"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl

_CROPS, _RULES = "leukcad_cells.crops", "leukcad_cells.rules"


@hookimpl
def leukcad_components() -> list[Component]:
    """Cells as annotated, crops around cells, and the rules by which cells decide for their field."""
    return [
        Component(
            "detect", "annotated", "leukcad_cells.annotated:Annotated", "the annotated leukocytes, to compare with"
        ),
        Component("preprocess", "coarsen", "leukcad_cells.coarse:Coarsen", "the detail of a smaller picture"),
        Component("crop", "square", f"{_CROPS}:Square", "a square around each cell, with context"),
        Component("crop", "box", f"{_CROPS}:Box", "each cell's box, squashed or letterboxed"),
        Component("crop", "tight", "leukcad_cells.outlined:Tight", "each cell's box, or the box around its outline"),
        Component("crop", "masked", "leukcad_cells.outlined:Masked", "each cell alone, all else filled with a colour"),
        Component("crop", "physical", f"{_CROPS}:Physical", "a square of so many µm around each cell"),
        Component("diagnose", "share", f"{_RULES}:Share", "the share of cells called positive"),
        Component("diagnose", "number", f"{_RULES}:Number", "the probability that at least k cells are positive"),
        Component("diagnose", "excess", f"{_RULES}:Excess", "more positive cells than the classifier's errors explain"),
        Component("diagnose", "mixture", "leukcad_cells.mixture:Mixture", "two positive cells or more, or none"),
        Component("diagnose", "mean", f"{_RULES}:Mean", "the mean probability of the cells"),
        Component("diagnose", "max", f"{_RULES}:Max", "the most suspicious cell decides"),
    ]
