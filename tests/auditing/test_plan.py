"""What an audit will do: on which fields, with which donors, and what it says of what it cannot do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leukcad import LeukcadError, experiment
from leukcad.auditing.brief import brief_of
from leukcad.auditing.judging import judge
from leukcad.auditing.plan import make_plan
from leukcad.config import load_bench
from leukcad.experiment import Bench
from leukcad.seen import Seen

BENCH = """
data: {use: simulated, healthy: 4, leukaemic: 4, width: 160, height: 120}
test: {use: simulated, healthy: 3, leukaemic: 3, width: 160, height: 120, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, neutrophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
audit: {k: 3, donors: {use: simulated-cells, healthy: 3, leukaemic: 2, width: 160, seed: 5}}
"""


def bench(folder: Path, text: str = BENCH) -> Bench:
    (folder / "bench.yaml").write_text(text, encoding="utf-8")
    setting = experiment.make_setting(device="cpu")
    return experiment.make_bench(load_bench(folder / "bench.yaml", setting.host), setting)


def test_an_arm_whose_component_is_not_installed_is_unavailable_and_the_verdict_says_so(tmp_path: Path) -> None:
    data = bench(tmp_path)
    offers = {key: offer for key, offer in data.setting.host.offers.items() if key != ("synthesize", "swap")}
    data.setting = replace(data.setting, host=replace(data.setting.host, offers=offers))
    plan = make_plan(data, explain=False)
    assert set(plan.unavailable) == {"S", "sham-swap-", "sham-swap+"}
    assert "unknown synthesize component 'swap'" in plan.unavailable["S"]
    told, _ = judge("x", brief_of(plan), [])
    assert "unknown synthesize component" in told["arms"]["S"]["unavailable"]
    assert told["verdict"] == "undecided" and "arm unavailable" in told["causes"]


def test_without_positive_cells_nothing_can_be_edited_and_the_bench_is_told_what_it_lacks(tmp_path: Path) -> None:
    plan = make_plan(bench(tmp_path, BENCH.replace("positive_cells: [lymphoblast]\n", "")), explain=False)
    assert "M0" in {name.partition(".")[0] for name in plan.unavailable}
    assert all("positive_cells" in why for why in plan.unavailable.values())


def test_all_arms_share_seed_and_place_so_that_their_positions_are_the_same(tmp_path: Path) -> None:
    plan = make_plan(bench(tmp_path), explain=False)
    assert {(step.seed, step.place) for step in plan.steps.values()} == {(0, 0)}


def test_groups_limit_each_class_and_other_fields_make_another_digest(tmp_path: Path) -> None:
    data = bench(tmp_path)
    few, all_ = make_plan(data, groups=2, explain=False), make_plan(data, explain=False)
    assert [r.label for r in few.records].count("ALL") == 2 and len(few.records) == 4 and len(all_.records) == 6
    assert few.digest != all_.digest and all_.digest == make_plan(data, explain=False).digest


def test_what_a_pipeline_learned_from_is_neither_judged_on_nor_a_donor(tmp_path: Path) -> None:
    data = bench(tmp_path)
    before = make_plan(data, explain=False)
    field, donor = before.records[0], before.donors[0].record
    data.drop([Seen(frozenset({str(field.sha256)}), frozenset({str(donor.content)}))])
    after = make_plan(data, explain=False)
    assert field.id not in [r.id for r in after.records] and len(after.records) == 5
    assert donor.id not in [d.record.id for d in after.donors] and len(after.donors) == 4


def test_a_set_without_a_known_class_cannot_be_judged_on(tmp_path: Path) -> None:
    text = BENCH.replace("classes: [healthy, ALL]\npositive: ALL", "classes: [a, b]\npositive: b")
    with pytest.raises(LeukcadError, match=r"no field is of a class in \[a, b\]"):
        make_plan(bench(tmp_path, text), explain=False)
