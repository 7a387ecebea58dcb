"""From a bench to a verdict: who reads blasts is right for the right reasons, who counts cells is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import leukcad
from leukcad import LeukcadError
from leukcad.auditing.audit import Audit
from leukcad.evaluation.schema import verdict_schema
from leukcad.types import Field

BENCH = """
data: {use: simulated, healthy: 6, leukaemic: 6, width: 240, height: 180}
test: {use: simulated, healthy: 14, leukaemic: 14, width: 240, height: 180, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
audit: {draws: 1, doses: [2, 5], donors: {use: simulated-cells, healthy: 12, leukaemic: 6, width: 240, seed: 5}}
"""


def reads_blasts(fields: Sequence[Field]) -> list[str]:
    """Knows the truth, and goes by nothing else."""
    return ["ALL" if "lymphoblast" in (f.truth.names() if f.truth else []) else "healthy" for f in fields]


def counts_cells(fields: Sequence[Field]) -> list[str]:
    """Knows how many leukocytes there are, and not what they are."""
    return ["ALL" if f.truth is not None and len(f.truth) > 4 else "healthy" for f in fields]


reads_blasts.takes_fields = True  # type: ignore[attr-defined]
counts_cells.takes_fields = True  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bench of small simulated fields, 14 of each class to judge on."""
    folder = tmp_path_factory.mktemp("audit")
    (folder / "bench.yaml").write_text(BENCH, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def judged(kitchen: Path) -> Audit:
    """Both of them, judged on the same edited fields."""
    both = [reads_blasts, counts_cells]
    return leukcad.audit(
        both, bench=kitchen / "bench.yaml", explain=False, out=kitchen / "runs", command="audit <both>"
    )


def of(judged: Audit, who: str) -> dict[str, object]:
    (told,) = (verdict for name, verdict in judged.verdicts.items() if name.endswith(who))
    return told


def test_who_reads_blasts_is_right_for_the_right_reasons(judged: Audit) -> None:
    told = of(judged, "reads_blasts")
    assert told["verdict"] == "right-reasons"
    assert all(row["failures"] == 0 and row["n"] == 14 and row["clears"] for row in told["arms"].values())
    assert {field["shows"] for field in told["fields"]} == {"right-reasons"}


def test_who_counts_cells_is_wrong_for_its_reasons_and_the_arms_say_so(judged: Audit) -> None:
    told = of(judged, "counts_cells")
    assert told["verdict"] == "wrong-reasons"
    assert set(told["deciding_arms"]) == {"M0", "S", "L"}
    assert (told["arms"]["M0"]["failures"], told["arms"]["M1"]["failures"]) == (14, 0)
    assert told["numbers"]["shortcut"]["index"] == 1.0


def test_controls_leave_the_answers_of_both_alone(judged: Audit) -> None:
    for told in judged.verdicts.values():
        assert all(row["failures"] == 0 and row["n"] >= 13 for row in told["controls"].values())


def test_a_verdict_lies_in_the_folder_of_whom_it_is_about_and_has_the_published_form(judged: Audit) -> None:
    for name, path in judged.files.items():
        told = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(told, verdict_schema())
        assert told["pipeline"] == name and path.parent.parent.name.startswith("audit-")


def test_models_are_compared_on_the_same_groups(judged: Audit) -> None:
    (plain, added) = judged.told["comparisons"]
    assert (plain["arm"], plain["only_first"], plain["only_second"], plain["n"]) == ("A", 0, 0, 28)
    assert (added["arm"], added["only_first"], added["only_second"], added["n"]) == ("M0", 0, 14, 14)


def test_the_page_says_the_verdicts_first_and_shows_fields_before_and_after(judged: Audit) -> None:
    page = judged.page.read_text(encoding="utf-8")
    assert page.index("right, and for the right reasons") < page.index("Arms and controls")
    assert "audit &lt;both&gt;" in page and "<both>" not in page
    shown = [row for row in judged.told["examples"] if row["arm"] == "M0.natural"]
    assert shown and all(
        (judged.page.parent / row[side]).stat().st_size for row in shown for side in ("plain", "edited")
    )


def test_an_audit_that_was_cut_off_goes_on_and_a_finished_one_asks_nothing(kitchen: Path, judged: Audit) -> None:
    (book,) = (kitchen / "runs").glob("audit-*reads_blasts/answers/audit-*.jsonl")
    whole = book.read_bytes()
    book.write_bytes(whole[: len(whole) // 2])  # in the middle of a line
    asked: list[str] = []

    def watched(fields: Sequence[Field]) -> list[str]:
        asked.extend(f.record.id for f in fields)
        return reads_blasts(fields)

    watched.takes_fields = True  # type: ignore[attr-defined]
    watched.__module__, watched.__qualname__ = reads_blasts.__module__, reads_blasts.__qualname__
    again = leukcad.audit(watched, bench=kitchen / "bench.yaml", explain=False, out=kitchen / "runs")
    assert 0 < len(asked) < 28 * 6 and sorted(book.read_bytes().splitlines()) == sorted(whole.splitlines())
    assert of(again, "reads_blasts") == of(judged, "reads_blasts")
    asked.clear()
    leukcad.audit(watched, bench=kitchen / "bench.yaml", explain=False, out=kitchen / "runs")
    assert 8 <= len(asked) < 28 * 3  # a sample of every arm, to see that it stands by its answers


def test_a_function_that_was_mended_where_only_edited_fields_show_it_is_asked_afresh(kitchen: Path) -> None:
    def who(answers: Callable[[Field], str]) -> Callable[[Sequence[Field]], list[str]]:
        def function(fields: Sequence[Field]) -> list[str]:
            return [answers(f) for f in fields]

        function.takes_fields = True  # type: ignore[attr-defined]
        function.__module__, function.__qualname__ = "mine", "mended"
        return function

    truly = reads_blasts
    shortcut = who(lambda f: "ALL" if len(f.ledger) > 1 else truly([f])[0])  # only what was pasted misleads it
    for function, failed in ((shortcut, True), (who(lambda f: truly([f])[0]), False)):
        told = leukcad.audit(function, bench=kitchen / "bench.yaml", explain=False, out=kitchen / "mended")
        assert bool(of(told, "mended")["arms"]["M0"]["failures"]) is failed


def test_a_function_that_changed_its_mind_is_asked_afresh(kitchen: Path, judged: Audit) -> None:
    def contrary(fields: Sequence[Field]) -> list[str]:
        return ["healthy" for _ in fields]

    contrary.takes_fields = True  # type: ignore[attr-defined]
    contrary.__module__, contrary.__qualname__ = counts_cells.__module__, counts_cells.__qualname__
    told = leukcad.audit(contrary, bench=kitchen / "bench.yaml", explain=False, groups=2, out=kitchen / "runs")
    assert of(told, "counts_cells")["arms"]["A+"]["failures"] == 2


def test_a_quick_look_takes_few_groups_and_says_that_it_can_clear_nothing(kitchen: Path) -> None:
    told = of(leukcad.audit(reads_blasts, bench=kitchen / "bench.yaml", quick=True, out=kitchen / "q"), "reads_blasts")
    assert told["verdict"] == "undecided" and told["cause"] == "too few groups" and told["quick"]
    assert told["arms"]["A+"]["n"] == 6 and any("clear nothing" in note for note in told["notes"])
    assert [row["dose"] for row in told["numbers"]["dose"]["shares"]] == [0, 2, 5]


def test_with_all_that_explains_there_are_curves_twins_and_looks(kitchen: Path) -> None:
    told = of(leukcad.audit(counts_cells, bench=kitchen / "bench.yaml", groups=3, out=kitchen / "x"), "counts_cells")
    assert (
        told["numbers"]["dose"]["added"]["d50"] in (2.0, 5.0) and told["numbers"]["sham_dose"]["added"]["flipped"] == 0
    )
    assert {"M0.natural", "M1", "S", "L"} <= set(told["kappa"]) and all(r["agree"] == 1 for r in told["kappa"].values())
    assert {"x.add-neutrophil", "x.border", "x.scale-bar"} <= set(told["explains"])


def test_a_function_without_a_bench_is_told_what_to_say() -> None:
    with pytest.raises(LeukcadError, match="--bench"):
        leukcad.audit(reads_blasts)


def test_a_function_over_pixels_gets_uint8_pictures(kitchen: Path) -> None:
    seen: list[np.ndarray] = []

    def over_pixels(pictures: Sequence[np.ndarray]) -> list[dict[str, float] | None]:
        seen.extend(pictures)
        return [{"ALL": 0.75} if i % 2 else None for i, _ in enumerate(pictures)]

    told = leukcad.audit(over_pixels, bench=kitchen / "bench.yaml", groups=1, explain=False, out=kitchen / "p")
    assert all(p.dtype == np.uint8 and p.shape == (180, 240, 3) for p in seen) and len(told.verdicts) == 1
