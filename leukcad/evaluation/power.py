"""What n units can show at all, before anything is measured."""

from __future__ import annotations

from leukcad.evaluation.paired import least_discordant


def smallest_difference(n: int, alpha: float = 0.05) -> float | None:
    """The smallest difference of two shares of the same n units at which exact McNemar's p can be ≤ `alpha`.

    That is when all discordant units lean one way: 6 / n for 0.05. None where even n of n are too few. Raises
    ValueError for n < 0 or `alpha` outside (0, 1].
    """
    least = _least(n, alpha)
    return least / n if 0 < least <= n else None


def detectable_difference(n: int, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The smallest true difference that n units show at `alpha` with probability `power`, at best.

    At best: one pipeline is right wherever the other is, so that every discordant unit leans one way; their number is
    then binomial, and the difference solves P(Binomial(n, difference) ≥ `least_discordant`) = power. None where n
    units can show nothing. Raises ValueError as above, or for `power` outside (0, 1).
    """
    from scipy.special import betaincinv

    if not 0 < power < 1:
        raise ValueError(f"power: expected a value between 0 and 1, got {power}")
    least = _least(n, alpha)
    return float(betaincinv(least, n - least + 1, power)) if 0 < least <= n else None


def _least(n: int, alpha: float) -> int:
    if n < 0:
        raise ValueError(f"n: expected a number of units ≥ 0, got {n}")
    return least_discordant(alpha)
