from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leukcad.config.keys import SPLITS
from leukcad.config.options import options_model
from leukcad.data import splits
from leukcad.data.dealing import quotas
from leukcad.data.splits import RULES, Split, check_leaks, read_split, split, write_split
from leukcad.errors import LeukcadError
from leukcad.types import Record

ALL_NUMBERS = {*range(1, 34), *range(48, 64)}


def all_idb1() -> list[Record]:
    """108 records numbered as in ALL-IDB1."""
    told = [(n, n in ALL_NUMBERS) for n in range(1, 109)]
    return [Record(f"Im{n:03d}_{int(sick)}", label="ALL" if sick else "healthy") for n, sick in told]


def counts(ids: Iterable[str], records: Iterable[Record]) -> Counter[str | None]:
    chosen = set(ids)
    return Counter(r.label for r in records if r.id in chosen)


def some(n: int, label: str, groups: int = 0) -> list[Record]:
    return [Record(f"{label}{i:03d}", label=label, group=f"g{i % groups}" if groups else "") for i in range(n)]


def test_the_papers_shares_of_all_idb1_leave_six_healthy_and_five_all_for_the_test() -> None:
    records = all_idb1()
    made = split(records, {"use": "lexicographic"})
    assert counts(made.test, records) == {"healthy": 6, "ALL": 5}
    assert counts(made.validation, records) == {"healthy": 12, "ALL": 10}
    assert counts(made.train, records) == {"healthy": 41, "ALL": 34}
    assert made.test == tuple([f"Im{n:03d}_1" for n in range(59, 64)] + [f"Im{n:03d}_0" for n in range(103, 109)])


def test_the_figures_split_tests_on_the_fields_that_the_paper_prints() -> None:
    records = all_idb1()
    made = split(records, {"use": "loddo2022-figures"})
    assert {int(i[2:5]) for i in made.test} == {31, 32, 33, 48, 49, 34, 43, 47, 71, 72, 74}
    assert counts(made.test, records) == {"healthy": 6, "ALL": 5}
    assert counts(made.train, records) == {"healthy": 41, "ALL": 34}
    assert max(made.train[:34]) < min(i for i in made.validation if i.endswith("_1"))


def test_the_figures_split_refuses_other_data_by_name() -> None:
    with pytest.raises(LeukcadError, match="no field Im047_0"):
        split([r for r in all_idb1() if r.id != "Im047_0"], {"use": "loddo2022-figures"})


def test_rounding_takes_the_largest_remainders_and_equal_ones_go_to_the_earlier_side() -> None:
    assert quotas(59, (0.7, 0.2, 0.1)) == [41, 12, 6]
    assert quotas(49, (0.7, 0.2, 0.1)) == [34, 10, 5]
    assert quotas(1, (0.5, 0.5)) == [1, 0]
    assert quotas(10, (0.7, 0.2, 0.1)) == [7, 2, 1]


def test_a_field_and_what_was_made_from_it_stand_on_one_side() -> None:
    base = all_idb1()
    made_from = [Record(f"{r.id}/{k}", source=r.id, label=r.label) for r in base for k in range(2)]
    records = base + made_from
    for use in ("lexicographic", "loddo2022-figures", "stratified", "grouped", "kfold"):
        made = split(records, {"use": use})
        sides = made.sides()
        assert all(sides[r.id] == sides[r.source] for r in records), use
        check_leaks(made, records)


def test_a_leaked_source_is_named() -> None:
    records = [Record("a", label="x"), Record("a/1", source="a", label="x")]
    with pytest.raises(LeukcadError, match=r"source 'a' stands on two sides: a \(train\) and a/1 \(test\)"):
        check_leaks(Split(("a",), (), ("a/1",)), records)


def test_a_leaked_group_counts_only_where_groups_are_kept_whole() -> None:
    records = [Record("a", group="p", label="x"), Record("b", group="p", label="x")]
    check_leaks(Split(("a",), (), ("b",)), records)
    with pytest.raises(LeukcadError, match="group 'p'"):
        check_leaks(Split(("a",), (), ("b",), "group"), records)


def test_a_field_on_two_sides_or_of_other_data_is_named() -> None:
    with pytest.raises(LeukcadError, match="'a' stands on two sides: train and test"):
        check_leaks(Split(("a",), (), ("a",)), [Record("a")])
    with pytest.raises(LeukcadError, match="1 ids that are no fields of the data: b"):
        check_leaks(Split(("a",), (), ("b",)), [Record("a")])


def test_another_seed_draws_another_split_and_each_class_by_itself() -> None:
    records = all_idb1()
    one, other = (split(records, {"use": "stratified", "seed": s}) for s in (0, 1))
    assert one != other
    assert counts(one.test, records) == counts(other.test, records) == {"healthy": 6, "ALL": 5}
    healthy_alone = split([r for r in records if r.label == "healthy"], {"use": "stratified", "seed": 0})
    assert set(healthy_alone.test) == {i for i in one.test if i.endswith("_0")}


def test_the_folds_test_every_field_once_and_validate_on_the_next_one() -> None:
    records = some(23, "x", groups=9) + some(31, "y", groups=7)
    folds = [split(records, {"use": "kfold", "k": 4, "fold": f, "seed": 3}) for f in range(4)]
    assert sorted(i for f in folds for i in f.test) == sorted(r.id for r in records)
    assert [f.validation for f in folds] == [folds[(i + 1) % 4].test for i in range(4)]


def test_neighbours_of_a_class_stay_together_in_blocks_by_their_numbers() -> None:
    records = [Record(f"Im{n}_{n % 2}", label=str(n % 2)) for n in range(1, 61)]  # Im9_1 is next to Im11_1
    sides = split(records, {"use": "blocks", "size": 6, "train": 0.6, "validation": 0.2, "test": 0.2}).sides()
    for start in range(1, 60, 12):
        for odd in (0, 1):
            assert len({sides[f"Im{n}_{n % 2}"] for n in range(start + odd, start + 12, 2)}) == 1
    assert Counter(sides.values()) == {"train": 36, "validation": 12, "test": 12}


def test_folds_of_blocks_test_every_field_once_and_keep_neighbours_together() -> None:
    records = [Record(f"Im{n:03d}", label="x" if n <= 25 else "y") for n in range(1, 48)]
    folds = [split(records, {"use": "blocks-kfold", "k": 4, "fold": f, "size": 5}) for f in range(4)]
    assert sorted(i for f in folds for i in f.test) == sorted(r.id for r in records)
    for one in folds:
        assert all(sum(int(i[2:]) in range(a, a + 5) for i in one.test) in (0, 5) for a in range(1, 26, 5))


@pytest.mark.parametrize("by", ["label", "none"])
def test_folds_by_label_or_number_are_even(by: str) -> None:
    records = some(22, "x") + some(11, "y")
    folds = [split(records, {"use": "kfold", "k": 5, "fold": f, "by": by}) for f in range(5)]
    sizes = [len(f.test) for f in folds]
    assert max(sizes) - min(sizes) <= (1 if by == "none" else 2)
    if by == "label":
        assert all(4 <= counts(f.test, records)["x"] <= 5 and 2 <= counts(f.test, records)["y"] <= 3 for f in folds)


def test_a_source_that_ties_two_groups_keeps_both_on_one_side() -> None:
    records = []
    for i in range(12):  # c and b share no source and no group, but a2 was made from a
        records += [Record(f"a{i}", group=f"p{i}"), Record(f"a2{i}", source=f"a{i}", group=f"q{i}")]
        records += [Record(f"b{i}", group=f"q{i}"), Record(f"c{i}", group=f"p{i}")]
    made = split(records, {"use": "grouped", "train": 0.5, "validation": 0.25, "test": 0.25})
    sides = made.sides()
    assert all(len({sides[f"{name}{i}"] for name in ("a", "a2", "b", "c")}) == 1 for i in range(12))


def test_no_side_goes_without_where_groups_are_few() -> None:
    made = split(some(30, "x", groups=3), {"use": "grouped", "train": 0.9, "validation": 0.05, "test": 0.05})
    assert [len(s) for s in (made.train, made.validation, made.test)] == [10, 10, 10]


def test_a_split_file_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(b"\xef\xbb\xbfid,note,side\r\na,, train\r\nb,x,test\r\n,,\r\n")
    assert read_split(tmp_path / "s.csv").sides() == {"a": "train", "b": "test"}


def test_grouped_sides_come_near_to_the_shares_of_each_class() -> None:
    records = some(100, "x", groups=25) + some(50, "y", groups=25)
    made = split(records, {"use": "grouped", "seed": 1})
    assert abs(counts(made.train, records)["x"] - 70) <= 4
    assert abs(counts(made.train, records)["y"] - 35) <= 2
    assert counts(made.test, records)["y"] >= 2


@pytest.mark.parametrize(
    ("records", "spec", "reason"),
    [
        (some(2, "x"), {"use": "lexicographic"}, "nothing is left for the validation side; there are 2 fields"),
        (some(9, "x", groups=2), {"use": "grouped"}, "there are 2 groups"),
        (some(9, "x", groups=2), {"use": "kfold", "k": 3}, "choose a smaller k"),
        (some(9, "x"), {"use": "kfold", "k": 2}, "expected k ≥ 3"),
        (some(9, "x"), {"use": "kfold", "k": 3, "fold": 3}, "fold from 0 to k - 1"),
        (some(9, "x"), {"use": "kfold", "by": "patient"}, "by group, label or none, got 'patient'"),
        (some(9, "x"), {"use": "random"}, "unknown split 'random'; known: lexicographic"),
        (some(9, "x"), {"use": "stratified", "train": 0.8}, r"= 1, got 0.8 \+ 0.2 \+ 0.1"),
        (some(9, "x"), {"use": "stratified", "sed": 1}, "unexpected keyword argument 'sed'"),
        ([], {"use": "stratified", "validation": 0, "test": 0, "train": 1}, "nothing is left for the train side"),
        (
            [*some(20, "x"), Record("y0", label="y")],
            {"use": "stratified", "train": 0.3, "validation": 0.3, "test": 0.4},
            "no field of class y on the train side",
        ),
    ],
)
def test_a_split_that_cannot_be_made_says_why(records: list[Record], spec: dict[str, Any], reason: str) -> None:
    with pytest.raises(LeukcadError, match=reason):
        split(records, spec)


def test_fields_without_labels_are_split_too() -> None:
    made = split([Record(f"f{i}") for i in range(10)], {"use": "lexicographic"})
    assert [len(s) for s in (made.train, made.validation, made.test)] == [7, 2, 1]


def test_a_side_without_a_share_stays_empty() -> None:
    made = split(some(10, "x"), {"use": "stratified", "train": 0.8, "validation": 0.2, "test": 0.0})
    assert [len(s) for s in (made.train, made.validation, made.test)] == [8, 2, 0]


def test_a_split_is_written_and_read_back(tmp_path: Path) -> None:
    records = [*all_idb1(), Record('a, "b"\nc', label="ALL")]
    made = split(records[:-1], {"use": "stratified"})
    write_split(tmp_path / "split.csv", made, records)
    back = read_split(tmp_path / "split.csv")
    assert {k: set(getattr(back, k)) for k in splits.SIDES} == {k: set(getattr(made, k)) for k in splits.SIDES}
    assert split(records, {"use": "file", "path": tmp_path / "split.csv"}).sides() == made.sides()


def test_a_split_file_may_name_fields_that_are_not_there_but_not_forget_any(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("id,side\na,train\nb,test\ngone,train\n")
    assert split([Record("a"), Record("b")], {"use": "file", "path": path}).sides() == {"a": "train", "b": "test"}
    with pytest.raises(LeukcadError, match=r"s\.csv: 1 fields have no side: c"):
        split([Record("a"), Record("b"), Record("c")], {"use": "file", "path": path})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,side\na,left\n", r"s\.csv:2: expected a side out of train, validation, test, none, got 'left'"),
        ("id,side\na,train\na,test\n", r"s\.csv:3: the field 'a' stands twice"),
        ("id;side\na;train\n", r"s\.csv:1: expected the columns id, side, got id;side"),
        ("id,side,side\na,train,test\n", "the column 'side' stands twice"),
        ("id,side\na\n", r"s\.csv:2: expected 2 cells, got 1"),
        ("id,side\n,train\n", r"s\.csv:2: the column 'id' is empty"),
        ('id,side\n"a,train\n', r"s\.csv:\d: not a CSV file"),
        ("id,side\n", "expected rows below the header"),
        ("", "got an empty file"),
        ("id,side\na,train\n\xff,test\n", r"s\.csv:3: not UTF-8"),
        ("id,side\na,train\na/1,test\n", "source 'a' stands on two sides"),
    ],
)
def test_a_broken_split_file_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "s.csv").write_bytes(text.encode("latin-1"))
    records = [Record("a"), Record("a/1", source="a")]
    with pytest.raises(LeukcadError, match=reason):
        split(records, {"use": "file", "path": tmp_path / "s.csv"})


def test_every_rule_takes_the_options_that_a_pipeline_file_may_give_it() -> None:
    assert set(RULES) == set(SPLITS)
    for name, cls in SPLITS.items():
        wanted = {f.alias: f.default for f in options_model(cls).model_fields.values()}
        taken = dict(RULES[name].__kwdefaults__ or {})
        assert {k: v for k, v in wanted.items() if k != "path"} == taken, name


group_sets = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 12), st.integers(1, 3)), min_size=12, max_size=80
)


def drawn(rows: list[tuple[str, int, int]]) -> list[Record]:
    """Fields of up to three classes in up to 13 groups, each with up to two made from it; every class 3 times more."""
    fields = [Record(f"f{i}", label=label, group=f"g{group}") for i, (label, group, _) in enumerate(rows)]
    fields += [Record(f"x{label}{k}", label=label, group=f"x{label}{k}") for label in "abc" for k in range(8)]
    made = [
        Record(f"f{i}/{k}", source=f"f{i}", label=label, group=f"g{group}")
        for i, (label, group, n) in enumerate(rows)
        for k in range(1, n)
    ]
    return fields + made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=group_sets,
    use=st.sampled_from(["lexicographic", "stratified", "grouped", "blocks", "kfold", "blocks-kfold"]),
    seed=st.integers(0, 2**40),
)
def test_splits_part_the_fields_whole_and_do_not_depend_on_their_order(
    rows: list[tuple[str, int, int]], use: str, seed: int
) -> None:
    records = drawn(rows)
    spec: dict[str, Any] = {"use": use} if use == "lexicographic" else {"use": use, "seed": seed}
    made = split(records, spec)
    assert set(made.sides()) == {r.id for r in records}
    check_leaks(made, records)
    if use in ("grouped", "kfold"):
        assert made.whole == "group"
    shuffled = list(records)
    random.Random(seed).shuffle(shuffled)
    assert split(shuffled, spec) == made


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(10, 60), min_size=1, max_size=4),
    shares=st.sampled_from([(0.7, 0.2, 0.1), (0.5, 0.25, 0.25), (0.6, 0.4, 0.0)]),
    use=st.sampled_from(["lexicographic", "stratified"]),
)
def test_each_class_is_shared_out_within_one_field(
    sizes: list[int], shares: tuple[float, float, float], use: str
) -> None:
    records = [r for i, n in enumerate(sizes) for r in some(n, f"c{i}")]
    made = split(records, {"use": use, **dict(zip(splits.SIDES, shares, strict=True))})
    for side, share in zip(splits.SIDES, shares, strict=True):
        found = counts(getattr(made, side), records)
        assert all(abs(found[f"c{i}"] - n * share) < 1 for i, n in enumerate(sizes))
