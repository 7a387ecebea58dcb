"""`leukcad predict`: an answer per image, as a table, CSV or JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]


def print_answers(answers: Sequence[Answer]) -> None:
    """One line an image: what is called, the probability of each class, the cells found, and why not."""
    from leukcad.cli import talk

    classes = _classes(answers)
    head = ("image", "called", *classes, "cells", "")
    talk.print_table([head, *(_line(answer, classes) for answer in answers)])


def _line(answer: Answer, classes: Sequence[str]) -> tuple[str, ...]:
    told = answer["probabilities"] or {}
    called = answer["called"] or ("failed" if answer.get("error") else "abstains")
    shares = (f"{told[name]:.3f}" if name in told else "–" for name in classes)
    return (answer["image"], called, *shares, _cells(answer), answer["reason"])


def _cells(answer: Answer) -> str:
    """'12: 9 lymphoblast, 3 healthy'; '–' where whole fields are classified, or nothing was."""
    found = answer["found"]
    if found is None:
        return "–"
    kinds = ", ".join(f"{number} {name}" for name, number in found.items())
    return f"{sum(found.values())}: {kinds}" if found else "0"


def without_cells(answers: Sequence[Answer]) -> list[Answer]:
    """The answers without box and class of each cell; how many were found of each class stays."""
    return [{key: value for key, value in answer.items() if key != "cells"} for answer in answers]


def write_csv(answers: Sequence[Answer]) -> None:
    """The answers as CSV on stdout: image, called, p_CLASS…, threshold, cells (their number), reason, error."""
    import csv

    classes = _classes(answers)
    head = ["image", "called", *(f"p_{name}" for name in classes), "threshold", "cells", "reason", "error"]
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow([harmless(name) for name in head])
    for answer in answers:
        told = answer["probabilities"] or {}
        found = answer["found"]
        row = [
            answer["image"],
            answer["called"],
            *(told.get(name) for name in classes),
            answer.get("threshold"),
            None if found is None else sum(found.values()),
            answer["reason"],
            answer.get("error"),
        ]
        table.writerow([harmless(value) for value in row])


def _classes(answers: Sequence[Answer]) -> list[str]:
    return next((list(answer["probabilities"]) for answer in answers if answer["probabilities"]), [])


def harmless(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets a quote before it; numbers stay as they are."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
