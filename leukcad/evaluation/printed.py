"""Which confusion tables can stand behind printed rates: a search over all of them, however the rates were meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from leukcad.errors import LeukcadError

RATES = ("accuracy", "precision", "recall", "specificity", "f1")
MOST = 2000  # fields of a class; the search grows with the product of both


@dataclass(frozen=True)
class Reading:
    """A confusion table that gives the printed rates, and how they must be read for that.

    tp, fn, fp, tn: of the class that was named positive, whichever of the two the rates take for positive.
    other_positive: the rates take the other class for positive. transposed: rows and columns were swapped, so that
    printed precision and recall are each other's, and specificity is the negative predictive value.
    """

    tp: int
    fn: int
    fp: int
    tn: int
    other_positive: bool = False
    transposed: bool = False

    @property
    def plain(self) -> bool:
        """Whether the rates mean what they say."""
        return not (self.other_positive or self.transposed)

    def rates(self) -> dict[str, float | None]:
        """What would be printed, in [0, 1]; None where it is 0/0."""
        tp, fn, fp, tn = (self.tn, self.fp, self.fn, self.tp) if self.other_positive else self._counts()
        if self.transposed:
            fn, fp = fp, fn
        return {
            "accuracy": _share(tp + tn, fn + fp),
            "precision": _share(tp, fp),
            "recall": _share(tp, fn),
            "specificity": _share(tn, fp),
            "f1": _share(2 * tp, fp + fn),
        }

    def words(self) -> str:
        """'TP 5, FN 0, FP 1, TN 5, with the other class as positive'."""
        how = ["with the other class as positive"] * self.other_positive + ["with a transposed table"] * self.transposed
        table = f"TP {self.tp}, FN {self.fn}, FP {self.fp}, TN {self.tn}"
        return ", ".join([table, " and ".join(how)]) if how else table

    def _counts(self) -> tuple[int, int, int, int]:
        return self.tp, self.fn, self.fp, self.tn


def readings(printed: Mapping[str, float], positives: int, negatives: int, places: int = 2) -> list[Reading]:
    """Every table of `positives` + `negatives` fields that gives `printed`, those that need no other reading first.

    printed: in percent, of accuracy, precision, recall, specificity and f1 those that are there, rounded to `places`.
    A rate that is 0/0 gives nothing that could be printed. Raises LeukcadError for other names, rates outside 0 to
    100, none at all, or class sizes that are not from 0 to 2000 with one field at least.
    """
    _check(printed, positives, negatives, places)
    found = []
    for other, transposed in product((False, True), repeat=2):
        for tp, tn in product(range(positives + 1), range(negatives + 1)):
            reading = Reading(tp, positives - tp, negatives - tn, tn, other, transposed)
            if _gives(reading, printed, places):
                found.append(reading)
    return found


def sizes(printed: Mapping[str, float], fields: int, places: int = 2) -> Iterator[tuple[int, int]]:
    """The class sizes (positives, negatives) of `fields` in all at which `printed` is possible as it stands."""
    for positives in range(fields + 1):
        _check(printed, positives, fields - positives, places)
        tables = product(range(positives + 1), range(fields - positives + 1))
        if any(_gives(Reading(a, positives - a, fields - positives - d, d), printed, places) for a, d in tables):
            yield positives, fields - positives


def _gives(reading: Reading, printed: Mapping[str, float], places: int) -> bool:
    half = 0.5 * 10**-places + 1e-9  # a half may have been rounded either way
    share = _share(reading.tp + reading.tn, reading.fn + reading.fp) or 0.0
    if "accuracy" in printed and abs(100 * share - printed["accuracy"]) > half:
        return False  # the same however it is read, and it leaves few tables
    rates = reading.rates()
    values = ((rates[name], told) for name, told in printed.items())
    return all(value is not None and abs(100 * value - told) <= half for value, told in values)


def _share(above: int, rest: int) -> float | None:
    return above / (above + rest) if above + rest else None


def _check(printed: Mapping[str, float], positives: int, negatives: int, places: int) -> None:
    if not printed or (unknown := set(printed) - set(RATES)):
        came = ", ".join(sorted(unknown)) if printed else "none"
        raise LeukcadError(f"printed rates: expected some of {', '.join(RATES)}, got {came}")
    for name, value in printed.items():
        if not 0 <= value <= 100:
            raise LeukcadError(f"printed {name}: expected percent from 0 to 100, got {value}")
    if not (0 <= positives <= MOST and 0 <= negatives <= MOST and positives + negatives > 0):
        raise LeukcadError(f"class sizes: expected 0 to {MOST}, one at least, got {positives} and {negatives}")
    if not 0 <= places <= 6:
        raise LeukcadError(f"places: expected 0 to 6, got {places}")
