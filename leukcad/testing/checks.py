"""The conformance kit: what every component must keep to, one question at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from leukcad.errors import LeukcadError
from leukcad.testing import exercises, importing, observing
from leukcad.testing.sameness import difference, snapshot
from leukcad.testing.subject import Subject

GPU_TOLERANCE = 5e-3
GPU_SHARE = 1e-3  # of the pixels of a label map: outlines lie where a network is undecided


class Skipped(Exception):  # it is no error
    """The question does not arise here, for this reason."""


@dataclass(frozen=True)
class Finding:
    """What one check found: `says` what was wrong (or why it was skipped), `cure` what helps."""

    check: str
    result: Literal["passed", "failed", "skipped"]
    says: str = ""
    cure: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON holds it."""
        return asdict(self)


def contract(subject: Subject) -> None:
    """Its hooks, their arguments and its options are those of its stage (asked when `subject` was made)."""
    if not subject.offer.component.summary:
        raise _broken("its offer has no summary", "give Component(…, summary) one line about it")


def shapes(subject: Subject) -> None:
    """It answers ordinary input with values of the right type, shape and range."""
    if subject.stage == "observe":
        observing.watches(subject)
        return
    asked = exercises.exercise(subject)
    if not asked.items:
        raise _broken("there is nothing to ask it about", "give it options with which it finds some fields")
    answers = asked.answer(subject.step(), asked.items)
    for item, answer in zip(asked.items, answers, strict=True):
        if wrong := asked.look(item, answer):
            raise _broken(wrong, f"leukcad/hookspecs.py says what {subject.stage} must answer")


def empty_input(subject: Subject) -> None:
    """Nothing in, nothing out: no fields, no crops, no units."""
    _needs_items(subject)
    if told := exercises.nothing(subject.step(), subject.size):
        raise _broken(f"asked about nothing, it gave {len(told)} answers", "answer an empty list, or zero rows")


def batch_invariance(subject: Subject) -> None:
    """What it says of one item does not depend on the others that are asked about with it."""
    _needs_items(subject)
    asked = exercises.exercise(subject)
    together = asked.answer(subject.step(), asked.items)
    step = subject.step()
    for number, item in enumerate(asked.items):
        if told := difference(together[number], asked.answer(step, [item])[0], asked.tolerance):
            cure = "keep nothing between items, take statistics of each alone, and put networks into eval()"
            raise _broken(f"item {number + 1} is answered otherwise when asked alone: {told}", cure)


def determinism(subject: Subject) -> None:
    """The same seed gives the same answer, whatever random numbers were drawn elsewhere."""
    _not_for_observers(subject)
    asked = exercises.exercise(subject)
    with _stirred(1):
        first = asked.answer(subject.step(), asked.items)
    with _stirred(2):
        second = asked.answer(subject.step(), asked.items)
    if told := difference(first, second):
        raise _broken(f"asked again, it answers otherwise: {told}", "draw from step.rng(key) only; sort sets")


def purity(subject: Subject) -> None:
    """Its inputs are afterwards as they were."""
    _not_for_observers(subject)
    asked = exercises.exercise(subject)
    before = snapshot(list(asked.items))
    asked.answer(subject.step(), asked.items)
    if told := difference(before, list(asked.items)):
        raise _broken(f"it changed what it was given: {told}", "work on a copy: .clone(), or field.replace(image=…)")


def learning(subject: Subject) -> None:
    """What it learned can be kept and taken back, and the same seed learns the same."""
    if not subject.learns:
        raise Skipped("it does not learn")
    with _stirred(1):
        first = subject.taught()
    with _stirred(2):
        second = subject.taught()
    if told := difference(first.state(), second.state()):
        raise _broken(f"two fits with one seed differ: {told}", "draw from step.rng, or train in training.seeded(step)")
    restored = subject.untaught()
    restored.restore({name: tensor.clone() for name, tensor in first.state().items()})
    asked = exercises.exercise(subject)
    if told := difference(asked.answer(first, asked.items), asked.answer(restored, asked.items), asked.tolerance):
        raise _broken(f"restored, it answers otherwise: {told}", "let leukcad_state give all that was learned")


def gpu_agreement(subject: Subject) -> None:
    """CPU and GPU give the same answer, also of what was learned on the GPU."""
    import torch

    if not torch.cuda.is_available():
        raise Skipped("no CUDA device here")
    _needs_items(subject)
    asked = exercises.exercise(subject)
    there = subject.taught("cuda") if subject.learns else subject.step("cuda")
    here = subject.untaught()
    if subject.learns:
        here.restore(there.state())
    cpu, gpu = (asked.answer(step, asked.items) for step in (here, there))
    if told := difference(cpu, gpu, GPU_TOLERANCE, GPU_SHARE):
        raise _broken(f"on the GPU it answers otherwise: {told}", "look for what runs in half precision")


def documented(subject: Subject) -> None:
    """Its class and each of its options say what they mean."""
    from leukcad.config import json_schema

    schema = json_schema(subject.cls)
    if not schema.get("description"):
        raise _broken("its class has no docstring", "say in one line what the method is, and whose")
    parts = (schema, *(p for p in schema.get("$defs", {}).values() if "properties" in p))
    missing = [name for part in parts for name, told in part.get("properties", {}).items() if not _told(told, schema)]
    if missing:
        cure = 'Annotated[float, Option(gt=0, description="… px")] with pydantic\'s Field as Option'
        raise _broken(f"undocumented: {', '.join(dict.fromkeys(missing))}", cure)


def import_cost(subject: Subject) -> None:
    """Its module imports without heavy libraries, so that `check` and `schema` stay fast."""
    if heavy := importing.heavy_imports(subject.offer):
        raise _broken(f"importing it imports {', '.join(heavy)}", "import them inside the functions that use them")


CHECKS: dict[str, Callable[[Subject], None]] = {
    "contract": contract,
    "shapes": shapes,
    "empty input": empty_input,
    "batch invariance": batch_invariance,
    "determinism": determinism,
    "purity of inputs": purity,
    "learning": learning,
    "CPU/GPU agreement": gpu_agreement,
    "options documented": documented,
    "import cost": import_cost,
}


def examine(subject: Subject) -> Iterator[Finding]:
    """Ask every question; a failure stops no other."""
    for name, check in CHECKS.items():
        try:
            check(subject)
        except Skipped as reason:
            yield Finding(name, "skipped", str(reason))
        except LeukcadError as error:
            yield Finding(name, "failed", error.message, error.cure or "")
        except Exception as error:  # a component may raise anything
            yield Finding(name, "failed", f"{type(error).__name__}: {error}")
        else:
            yield Finding(name, "passed")


def _broken(says: str, cure: str) -> LeukcadError:
    return LeukcadError(says, cure=cure)


def _not_for_observers(subject: Subject) -> None:
    if subject.stage == "observe":
        raise Skipped("an observer answers nothing")


def _needs_items(subject: Subject) -> None:
    _not_for_observers(subject)
    if subject.stage == "data":
        raise Skipped("a data source is asked for one field at a time")


def _told(option: dict[str, Any], schema: dict[str, Any]) -> bool:
    named = option.get("$ref", "").rpartition("/")[2]
    return bool(option.get("description") or schema.get("$defs", {}).get(named, {}).get("description"))


@contextmanager
def _stirred(noise: int) -> Iterator[None]:
    """The global random states elsewhere while the block runs, and afterwards as they were."""
    import numpy as np
    import torch

    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(noise)
        np.random.seed(noise)
        torch.manual_seed(noise)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
