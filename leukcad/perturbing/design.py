"""Which errors of a detector are tried, and how strong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of error. strengths: rising; none: the strength that changes nothing; axis: what they count."""

    name: str
    strengths: tuple[float, ...]
    none: float
    axis: str

    def set_name(self, strength: float) -> str:
        """What the answers at one strength are kept under."""
        return f"{self.name} {strength:g}"


KINDS = (
    Kind("shift", (0.1, 0.2, 0.4), 0.0, "each box shifted, in sides of it"),
    Kind("scale", (0.6, 0.8, 1.25, 1.6), 1.0, "each box scaled by"),
    Kind("miss", (0.1, 0.25, 0.5), 0.0, "share of cells missed"),
    Kind("merge", (0.1, 0.25), 0.0, "share of cells merged with the next"),
    Kind("spurious", (1, 2, 5), 0.0, "boxes added to a field where no WBC is, on plasma if there is room"),
)
AS_FOUND = "as found"  # the set of answers to what the detector found itself
