"""The keys of a pipeline file that are no components, as signatures: checked and documented like options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leukcad.config.paths import FilePath

Name = Annotated[str, Field(min_length=1, max_length=100)]
Names = tuple[Name, ...]
Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="the same seed gives the same result")]
BlockSize = Annotated[int, Field(ge=1, le=1000, description="fields of a class, neighbours by name, kept whole")]
Fields = Annotated[float, Field(ge=0, le=1, description="share of the fields")]

#: What a comparison holds equal.
BENCH: tuple[str, ...] = ("data", "cells", "test", "tests", "classes", "positive", "cell_classes", "positive_cells")
BENCH += ("split", "synthesize", "threshold", "audit")
#: What a pipeline says beside its bench.
OWN = ("title", "steps", "augment", "explained", "seed", "device", "observe")


class Plain:
    """Keys with plain values."""

    def __init__(
        self,
        *,
        title: Annotated[str, Field(description="what reports call it")] = "",
        classes: Annotated[Names, Field(description="the classes of fields")] = (),
        positive: Annotated[Name | None, Field(description="the class that counts as positive")] = None,
        cell_classes: Annotated[
            dict[Name, Names] | None, Field(description="cell class: its names in the data")
        ] = None,
        positive_cells: Annotated[Names, Field(description="the cell classes that speak for the positive class")] = (),
        explained: Annotated[int, Field(ge=0, description="fields that are explained with pictures")] = 6,
        seed: Seed = 0,
        device: Annotated[
            str, Field(pattern=r"^(auto|cpu|cuda(:[0-9]+)?)$", description="auto, cpu, cuda or cuda:N")
        ] = "auto",
    ) -> None: ...


class Threshold:
    """How the decision threshold is found on the validation fields."""

    def __init__(
        self,
        *,
        rule: Annotated[
            Literal["balanced", "fixed"], Field(description="best balanced accuracy, or a fixed value")
        ] = "balanced",
        value: Annotated[Share, Field(description="the threshold of the rule `fixed`")] = 0.5,
    ) -> None: ...


class SeriesKeys:
    """Keys of ``synthesize`` beside its component's own options."""

    def __init__(
        self,
        *,
        doses: Annotated[
            tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, description="numbers of added cells, rising")
        ],
        draws: Annotated[int, Field(ge=1, le=1000, description="series made of each field")] = 1,
        of: Annotated[
            Name, Field(description="the set of fields it starts from: test, split_test or one of tests")
        ] = "test",
        seed: Seed = 0,
    ) -> None: ...


class AugmentKeys:
    """Keys of ``augment`` beside its component's own options: fields to learn from, made out of the training fields."""

    def __init__(
        self,
        *,
        doses: Annotated[
            tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, description="numbers of added cells, rising")
        ],
        draws: Annotated[int, Field(ge=1, le=1000, description="series made of each training field")] = 1,
        seed: Seed = 0,
    ) -> None: ...


class AuditKeys:
    """How pipelines are judged (docs/audit.md)."""

    def __init__(
        self,
        *,
        margin: Annotated[float, Field(gt=0, lt=0.5, description="the largest failure rate that is tolerated")] = 0.2,
        draws: Annotated[int, Field(ge=1, le=100, description="ways in which each field is edited in an arm")] = 5,
        k: Annotated[
            Literal["auto"] | Annotated[int, Field(ge=1, le=100)],
            Field(description="cells that are added; auto: by how much the classes' median counts differ, 5 to 20"),
        ] = "auto",
        min_blasts: Annotated[int, Field(ge=1, description="blasts that make a field positive")] = 1,
        doses: Annotated[
            tuple[Annotated[int, Field(ge=1)], ...], Field(description="numbers of added cells of the curve, rising")
        ] = (1, 2, 5, 10, 20),
        of: Annotated[
            Name | None, Field(description="the set of fields that is edited; else that of synthesize, else test")
        ] = None,
        positions: Annotated[
            FilePath | None, Field(description="cells are added at the positions in this file, and nowhere else")
        ] = None,
    ) -> None: ...


class Lexicographic:
    """Each class in the order of its names."""

    def __init__(self, *, train: Fields = 0.7, validation: Fields = 0.2, test: Fields = 0.1) -> None: ...


class Figures:
    """The test fields that the figures of Loddo & Putzu 2022 show; the rest 70 : 20 in the order of names."""


class Drawn:
    """At random: each class by itself (stratified), or each group whole (grouped)."""

    def __init__(
        self, *, train: Fields = 0.7, validation: Fields = 0.2, test: Fields = 0.1, seed: Seed = 0
    ) -> None: ...


class Folds:
    """One of k parts is the test, the next one the validation."""

    def __init__(
        self,
        *,
        k: Annotated[int, Field(ge=3, le=1000, description="number of parts: test, validation, train")] = 5,
        fold: Annotated[int, Field(ge=0, description="the part that is the test, from 0")] = 0,
        seed: Seed = 0,
        by: Annotated[
            Literal["group", "label", "none"], Field(description="what stays together or is shared out")
        ] = "group",
    ) -> None: ...


class Blocks:
    """At random, runs of neighbours of a class kept whole: they may be one patient."""

    def __init__(
        self,
        *,
        train: Fields = 0.7,
        validation: Fields = 0.2,
        test: Fields = 0.1,
        seed: Seed = 0,
        size: BlockSize = 5,
    ) -> None: ...


class BlockFolds:
    """One of k parts is the test, the next one the validation; runs of neighbours of a class are kept whole."""

    def __init__(
        self,
        *,
        k: Annotated[int, Field(ge=3, le=1000, description="number of parts: test, validation, train")] = 5,
        fold: Annotated[int, Field(ge=0, description="the part that is the test, from 0")] = 0,
        seed: Seed = 0,
        size: BlockSize = 5,
    ) -> None: ...


class FromFile:
    """As a file says (CSV with the columns id and side)."""

    def __init__(self, *, path: FilePath) -> None: ...


SPLITS: dict[str, type] = {
    "lexicographic": Lexicographic,
    "loddo2022-figures": Figures,
    "stratified": Drawn,
    "grouped": Drawn,
    "blocks": Blocks,
    "kfold": Folds,
    "blocks-kfold": BlockFolds,
    "file": FromFile,
}
