"""Dose and response: how many added cells turn an answer, and how far that lies outside what training showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leukcad.evaluation.flips import Flips


@dataclass(frozen=True)
class DoseResponse:
    """D50 with its 95 % interval; None: beyond the last dose. curve: rows {x, surviving, low, high, at_risk, flipped}.

    surviving: the share not yet flipped after x. low, high: None where undefined.
    """

    d50: float | None
    low: float | None
    high: float | None
    last: float | None
    n: int
    flipped: int
    positive_at_zero: int
    curve: tuple[Mapping[str, float | int | None], ...] = ()

    @property
    def said(self) -> str:
        """D50 for a reader: `> last dose` where it was not reached."""
        if self.n == 0 or self.last is None:
            return "no group could flip"
        shown = [f"{v:g}" if v is not None else f"> {self.last:g}" for v in (self.d50, self.low, self.high)]
        return f"{shown[0]} (95 % {shown[1]} to {shown[2]})"

    def to_dict(self) -> dict[str, Any]:
        """As verdict.json has it."""
        told = {"d50": self.d50, "low": self.low, "high": self.high, "last": self.last, "said": self.said}
        counted = {"n": self.n, "flipped": self.flipped, "positive_at_zero": self.positive_at_zero}
        return {**told, **counted, "curve": [dict(row) for row in self.curve]}


def dose_response(told: Flips) -> DoseResponse:
    """Kaplan–Meier over groups; D50 its median: the smallest x after which at most half have not flipped.

    Interval: Brookmeyer and Crowley (Biometrics 38 (1982), 29–41) with log-log limits: from where the lower, to where
    the upper limit of the curve first falls to a half.
    """
    if not told.groups:
        return DoseResponse(None, None, None, told.last, 0, 0, told.positive_at_zero)
    from scipy.stats import CensoredData, ecdf

    some = list(told.groups.values())
    flipped = [f.x for f in some if f.flipped]
    survival = ecdf(CensoredData(uncensored=flipped, right=[f.x for f in some if not f.flipped])).sf
    low, high = _limits(survival)
    shares = [float(s) for s in survival.probabilities]
    xs = [float(x) for x in survival.quantiles]
    curve = tuple(
        {
            "x": x,
            "surviving": share,
            "low": a,
            "high": b,
            "at_risk": sum(f.x >= x for f in some),
            "flipped": flipped.count(x),
        }
        for x, share, a, b in zip(xs, shares, low, high, strict=True)
    )
    d50, lower, upper = (_first(xs, limits) for limits in (shares, low, high))
    return DoseResponse(d50, lower, upper, told.last, len(some), len(flipped), told.positive_at_zero, curve)


def _limits(survival: Any) -> tuple[list[float | None], list[float | None]]:
    """The pointwise log-log limits; where all have flipped they are undefined: the upper one, None, is not reached.

    The lower one is 0 there, as the curve is, which it cannot exceed.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # "undefined at some observations" is what None says
        interval = survival.confidence_interval(0.95, method="log-log")
    shares = survival.probabilities
    return tuple(  # type: ignore[return-value]
        [_defined(float(v), float(s), gone) for v, s in zip(limit.probabilities, shares, strict=True)]
        for limit, gone in ((interval.low, 0.0), (interval.high, None))
    )


def _defined(limit: float, share: float, gone: float | None) -> float | None:
    if share == 1:
        return 1.0  # nothing has flipped yet
    if share == 0:
        return gone
    return None if limit != limit else limit


def _first(xs: Sequence[float], shares: Sequence[float | None]) -> float | None:
    # a hair of tolerance: products of fractions that make a half may miss it by rounding
    return next((x for x, share in zip(xs, shares, strict=True) if share is not None and share <= 0.5 + 1e-12), None)
