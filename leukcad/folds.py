"""Repeated k-fold: every field of a small data set is tested once a repetition, by a pipeline that never saw it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.answering import AnswerBook
from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.corrected import nadeau_bengio
from leukcad.evaluation.multiple import holm
from leukcad.evaluation.units import right_groups

if TYPE_CHECKING:
    from leukcad.config import PipelineSpec
    from leukcad.data.splits import Split

DRAWS = 1000  # of one field; `synthesize.draws` is at most this


@dataclass(frozen=True)
class Folds:
    """k folds, `repeats` times, each time dealt anew. Groups stay whole; with `block`, runs of so many neighbours do.

    Raises LeukcadError for k < 3 (test, validation, train), repeats < 1 or block < 1.
    """

    k: int
    repeats: int = 1
    block: int | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("folds", self.k, 3), ("repeats", self.repeats, 1), ("block", self.block or 1, 1)):
            if value < least:
                raise LeukcadError(f"{name}: expected {least} or more, got {value}")

    def all(self) -> list[tuple[int, int]]:
        """(repetition, fold) of every training."""
        return list(product(range(self.repeats), range(self.k)))

    def settings(self, spec: PipelineSpec, repeat: int, fold: int) -> list[str]:
        """What `--set` says to make `spec` this fold's pipeline: its split, and no test fields but the fold's."""
        rule = "kfold, by: group" if self.block is None else f"blocks-kfold, size: {self.block}"
        split = f"split={{use: {rule}, k: {self.k}, fold: {fold}, seed: {repeat}}}"
        of = ["synthesize.of=test"] if spec.synthesize and spec.synthesize.of != "test" else []
        return [split, "test=null", "tests=null", *of]

    def words(self) -> str:
        """'5 folds, 3 times, blocks of 5 neighbours kept whole'."""
        kept = "groups" if self.block is None else f"blocks of {self.block} neighbours"
        times = "" if self.repeats == 1 else f", {self.repeats} times"
        return f"{self.k} folds{times}, {kept} kept whole"


@dataclass(frozen=True)
class Fold:
    """What one training gave: each pipeline's answers, and how many fields were tested and trained on."""

    repeat: int
    books: Mapping[str, Sequence[Answer]]
    tested: int
    trained: int

    @classmethod
    def of(cls, repeat: int, books: Mapping[str, AnswerBook], split: Split) -> Fold:
        """A fold out of its books and split."""
        return cls(repeat, {n: tuple(b.answers) for n, b in books.items()}, len(split.test), len(split.train))


def pool(folds: Sequence[Fold], folder: Path) -> dict[str, AnswerBook]:
    """All out-of-fold answers of each pipeline, also kept as `folder`/NAME.jsonl; a repetition counts as a draw.

    Rates and tests take the answers of one group, so those of several repetitions too, as one cluster.
    """
    books = {}
    for name in folds[0].books:
        path = folder / f"{name}.jsonl"
        path.unlink(missing_ok=True)
        books[name] = AnswerBook(path)
        for at, fold in enumerate(folds):
            moved = [replace(a, draw=a.draw + fold.repeat * DRAWS) for a in fold.books[name]]
            books[name].add(f"fold{at}", moved)
    return books


def corrected(folds: Sequence[Fold], positive: str | None) -> dict[str, list[dict[str, Any]]]:
    """By set, Nadeau and Bengio's corrected t-test for every two pipelines, over the folds' shares of right groups.

    Holm over the pairs of a set. A fold without fields of a set does not enter; a set with fewer than two folds or a
    single pipeline gets no test.
    """
    shares: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for fold in folds:
        for name, answers in fold.books.items():
            by_set: dict[str, list[Answer]] = defaultdict(list)
            for answer in answers:
                by_set[answer.set].append(answer)
            for of, some in by_set.items():
                if right := right_groups(some, positive):
                    shares[of][name].append(sum(right.values()) / len(right))
    ratio = sum(f.tested for f in folds) / sum(f.trained for f in folds)
    told = {}
    for of, by_name in shares.items():
        pairs = [_pair(a, b, by_name, ratio) for a, b in combinations(by_name, 2) if len(by_name[a]) > 1]
        for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
            pair["p_holm"] = p
        if pairs:
            told[of] = pairs
    return told


def _pair(first: str, second: str, shares: Mapping[str, Sequence[float]], ratio: float) -> dict[str, Any]:
    differences = [a - b for a, b in zip(shares[first], shares[second], strict=True)]
    return {"first": first, "second": second, **asdict(nadeau_bengio(differences, ratio))}
