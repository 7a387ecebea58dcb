"""What a detector's errors cost: the diagnosis against boxes shifted, scaled, missed, merged and made up."""

from leukcad.perturbing.asking import answer_perturbed
from leukcad.perturbing.boxes import perturbed
from leukcad.perturbing.curves import curves, panels
from leukcad.perturbing.design import KINDS, Kind

__all__ = ["KINDS", "Kind", "answer_perturbed", "curves", "panels", "perturbed"]
