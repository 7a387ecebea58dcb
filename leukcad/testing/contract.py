"""The contract of a stage as a class of tests; every implementation inherits it."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from leukcad.testing import checks
from leukcad.testing.subject import Subject


class Contract:
    """Inherit it with `stage`, `name` and, where there are some, `options`; pytest finds the rest.

    A class-scoped fixture may set `options`, where they name files that have to be made first.
    """

    stage: ClassVar[str]
    name: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    _made: ClassVar[Subject]

    def test_it_is_offered_with_the_hooks_and_the_options_of_its_stage(self) -> None:
        """`leukcad.testing.checks.contract`."""
        self._ask(checks.contract)

    def test_its_answers_have_the_types_shapes_and_ranges_of_its_stage(self) -> None:
        """`leukcad.testing.checks.shapes`."""
        self._ask(checks.shapes)

    def test_nothing_in_gives_nothing_out(self) -> None:
        """`leukcad.testing.checks.empty_input`."""
        self._ask(checks.empty_input)

    def test_an_item_is_answered_alike_alone_and_in_a_batch(self) -> None:
        """`leukcad.testing.checks.batch_invariance`."""
        self._ask(checks.batch_invariance)

    def test_the_same_seed_gives_the_same_answer(self) -> None:
        """`leukcad.testing.checks.determinism`."""
        self._ask(checks.determinism)

    def test_its_inputs_stay_as_they_were(self) -> None:
        """`leukcad.testing.checks.purity`."""
        self._ask(checks.purity)

    def test_what_it_learned_can_be_kept_and_restored(self) -> None:
        """`leukcad.testing.checks.learning`."""
        self._ask(checks.learning)

    def test_cpu_and_gpu_agree(self) -> None:
        """`leukcad.testing.checks.gpu_agreement`."""
        self._ask(checks.gpu_agreement)

    def test_it_and_all_its_options_are_documented(self) -> None:
        """`leukcad.testing.checks.documented`."""
        self._ask(checks.documented)

    def test_importing_it_imports_nothing_heavy(self) -> None:
        """`leukcad.testing.checks.import_cost`."""
        self._ask(checks.import_cost)

    def _ask(self, check: Callable[[Subject], None]) -> None:
        try:
            check(self._subject())
        except checks.Skipped as reason:
            raise unittest.SkipTest(str(reason)) from None  # pytest takes it; it need not be installed here

    @classmethod
    def _subject(cls) -> Subject:
        """One subject for all tests of a class: a component that learns is taught once."""
        if "_made" not in cls.__dict__:
            cls._made = Subject(cls.stage, cls.name, cls.options)
        return cls._made
