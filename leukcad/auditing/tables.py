"""Judging what leukcad cannot call: edited fields as pictures with a table, and the verdict on a table of answers.

FOLDER/fields/NAME.jpg   the pictures, under names that tell nothing
FOLDER/fields.csv        one row a picture, to be filled: field, called, probability
FOLDER/key.json          what each picture is; not for who answers
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.auditing.ahead import made_ahead
from leukcad.auditing.asking import Done, Made, of_host
from leukcad.auditing.audit import Audit, Subject, written
from leukcad.auditing.brief import brief_of
from leukcad.auditing.judging import Case, judge
from leukcad.auditing.plan import Plan
from leukcad.auditing.showing import chosen, row_of
from leukcad.data.tables import read_table
from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.files import atomic_write, disk_errors
from leukcad.outcome import NOTICE
from leukcad.progress import bar

FORMAT = 1
FIELDS, TABLE, KEY = "fields", "fields.csv", "key.json"
COLUMNS = ("field", "called", "probability")


def export(plan: Plan, folder: Path) -> Path:
    """Write the fields of a plan as pictures with a table to be filled; returns the table's path.

    The key comes last: without it the folder is not whole. Raises LeukcadError where the folder cannot be written.
    """
    rows: dict[str, dict[str, Any]] = {}
    left_out: list[str] = []
    with bar("writing edited fields", total=len(plan.records)) as advance:
        for thing in made_ahead(plan.records, lambda record: of_host(plan, [], record)):
            if isinstance(thing, Done):
                left_out += [a.to_json() for a in thing.left_out]
                advance(int(thing.host_done))
                continue
            name = _name(plan, thing)
            atomic_write(folder / FIELDS / f"{name}.jpg", thing.edited.jpeg)
            rows[name] = _row(thing)
    brief = brief_of(plan)
    if brief["data"] != "real":
        atomic_write(folder / NOTICE, f"These pictures are {brief['data']}: no patient stands behind them.\n")
    table = "\n".join([",".join(COLUMNS), *(f"{name}.jpg,," for name in sorted(rows))])
    atomic_write(folder / TABLE, table + "\n")
    told = {"format": FORMAT, "brief": brief, "fields": rows, "left_out": left_out}
    atomic_write(folder / KEY, json.dumps(told, ensure_ascii=False) + "\n")
    return folder / TABLE


def score(
    answers: Path, folder: Path | None = None, *, name: str = "", threshold: float = 0.5, command: str = ""
) -> Audit:
    """The verdict on a filled table: the columns field, and called or probability (of the positive class) or both.

    A row without both is an abstention. folder: the exported one, by default where the table lies. threshold: from
    which probability on a field is called positive where `called` is empty. Raises LeukcadError naming file and line.
    """
    folder = folder or answers.parent
    key = _key(folder)
    name = name or answers.stem
    told = list(_answers(answers, key, threshold)) + [Answer.from_json(line) for line in key["left_out"]]
    brief = key["brief"]
    found = judge(name, brief, told)
    home = answers.parent / f"audit-{name}"
    shown = _examples(key, {name: found[1]}, folder, home / "audit")
    found[0]["thresholds"] = {**brief["thresholds"], "decision": threshold}
    subject = Subject(_Absent(name), home, threshold)
    return written([subject], {name: found}, brief, shown, home / "audit", command)


class _Absent:
    """Who answered elsewhere."""

    def __init__(self, name: str) -> None:
        self.name = name

    def answers(self, fields: Sequence[Any]) -> list[Any]:
        """Not to be had."""
        raise LeukcadError(f"{self.name}: its answers are a table: it cannot be asked again")


def _name(plan: Plan, made: Made) -> str:
    """A name that tells nothing of the field, and sorts at random."""
    text = f"{plan.digest}/{made.key}/{made.edited.dose}/{made.edited.draw}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _row(made: Made) -> dict[str, Any]:
    record = made.edited.field.record
    where = {"id": record.id, "source": record.source, "group": record.group, "truth": record.label}
    more = {"sets": list(made.edited.sets), "dose": made.edited.dose, "draw": made.edited.draw}
    sha = hashlib.sha256(made.edited.field.array().tobytes()).hexdigest()
    return {**where, **more, "sha256": sha}


def _key(folder: Path) -> dict[str, Any]:
    path = folder / KEY
    cure = "give the folder that `leukcad audit export` wrote: --of FOLDER"
    if not path.is_file():
        raise LeukcadError(f"{path}: expected the key of exported fields, found none", cure=cure)
    with disk_errors(path, "read"):
        text = path.read_text(encoding="utf-8")
    try:
        key: dict[str, Any] = json.loads(text)
        if key["format"] != FORMAT:
            raise LeukcadError(f"{path}: expected format {FORMAT}, got {key['format']}", cure="export the fields again")
    except (ValueError, KeyError, TypeError) as error:
        raise LeukcadError(f"{path}: not the key of exported fields", cure=cure) from error
    return key


def _answers(path: Path, key: Mapping[str, Any], threshold: float) -> Iterator[Answer]:
    """The answers of a table, in every set that a picture belongs to."""
    rows = read_table(path, ("field",), COLUMNS[1:])
    fields: Mapping[str, Any] = key["fields"]
    seen: dict[str, int] = {}
    for line, row in rows:
        where, name = f"{path}:{line}", Path(row["field"]).stem
        if name not in fields:
            raise LeukcadError(f"{where}: no exported field {row['field']!r}", cure=f"name them as {TABLE} does")
        if name in seen:
            raise LeukcadError(f"{where}: {row['field']} was answered in line {seen[name]} already")
        seen[name] = line
        yield from _of_row(where, row, fields[name], key["brief"], threshold)
    if missing := sorted(set(fields) - set(seen)):
        raise LeukcadError(
            f"{path}: expected answers to {len(fields)} fields, {len(missing)} are missing ({missing[0]}.jpg …)",
            cure="answer all of them; leave both cells empty for an abstention",
        )


def _of_row(
    where: str, row: Mapping[str, str], field: Mapping[str, Any], brief: Mapping[str, Any], threshold: float
) -> Iterator[Answer]:
    classes, positive = brief["classes"], brief["positive"]
    called, probability = row["called"] or None, _probability(where, row["probability"], positive)
    if called is not None and called not in classes:
        raise LeukcadError(f"{where}: called: expected one of {', '.join(classes)}, got {called!r}")
    if probability is not None:
        others = [c for c in classes if c != positive]
        spread = {c: probability if c == positive else (1 - probability) / len(others) for c in classes}
        called = called or (positive if probability >= threshold else others[0])
    else:
        spread = {c: float(c == called) if called else 1 / len(classes) for c in classes}
    reason = "" if called else "no answer in the table"
    for name in field["sets"]:
        yield Answer(
            name, field["id"], field["source"], field["group"], field["truth"], spread, called, reason,
            field["dose"], field["draw"], 0, field["sha256"],
        )  # fmt: skip


def _probability(where: str, text: str, positive: str | None) -> float | None:
    if not text:
        return None
    if positive is None:
        raise LeukcadError(f"{where}: probability: there is no positive class", cure="answer with `called`")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise LeukcadError(f"{where}: probability: expected a number from 0 to 1, got {text!r:.40}")
    return value


def _examples(key: Mapping[str, Any], cases: Mapping[str, Case], folder: Path, page: Path) -> list[dict[str, Any]]:
    """Example fields out of the exported pictures, copied beside the page."""
    pictures = {(name, row["source"], row["draw"]): file for file, row in key["fields"].items() for name in row["sets"]}
    shown = []
    for case in cases.values():
        for arm in (a for a in case.arms if a.use):
            for answer in chosen(arm.name, cases):
                plain = next((a.set for a in case.untouched(arm) if a.source == answer.source), "")
                wanted = [(plain, answer.source, 0), (answer.set, answer.source, answer.draw)]
                if all(one in pictures and (folder / FIELDS / f"{pictures[one]}.jpg").is_file() for one in wanted):
                    drawn = [_copied(folder / FIELDS / f"{pictures[one]}.jpg", page) for one in wanted]
                    shown.append(row_of(arm, answer, cases, drawn))
    return shown


def _copied(picture: Path, page: Path) -> str:
    with disk_errors(picture, "read"):
        data = picture.read_bytes()
    atomic_write(page / "pictures" / picture.name, data)
    return f"pictures/{picture.name}"
