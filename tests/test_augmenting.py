"""Training fields with cells pasted in: with their own label, made once, of donors that nobody is tested with."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukcad.augmenting import augmented
from leukcad.config import PipelineSpec, load_pipeline
from leukcad.errors import LeukcadError
from leukcad.experiment import Bench, make_bench, make_setting

BENCH = """
data: {use: simulated, healthy: 5, leukaemic: 5, width: 400, height: 300}
split: {use: stratified, train: 0.6, validation: 0.4, test: 0}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 400, height: 300, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
synthesize: {use: paste, doses: [1], donors: {use: simulated-cells, healthy: 6, leukaemic: 1, width: 400, seed: 5}}
steps: [{classify: {use: torchvision, input_size: 32}}]
"""
DONORS = "donors: {{use: simulated-cells, healthy: 6, leukaemic: 1, width: 400, seed: {seed}}}"


def opened(folder: Path, augment: str) -> tuple[PipelineSpec, Bench]:
    from leukcad.host import discover

    (folder / "p.yaml").write_text(f"{BENCH}augment: {{use: paste, {augment}}}\n", encoding="utf-8")
    spec = load_pipeline(folder / "p.yaml", discover())
    return spec, make_bench(spec, make_setting(cache=folder / "cache"))


@pytest.mark.parametrize("donors", ["", DONORS.format(seed=6)], ids=["their own", "a source's"])
def test_each_training_field_is_followed_by_itself_with_cells_and_with_its_own_label(
    tmp_path: Path, donors: str
) -> None:
    spec, bench = opened(tmp_path, f"doses: [1, 2], draws: 2, {donors}")
    train = bench.side("train")
    source, records = augmented(spec, bench.setting, bench.source, train)
    assert len(records) == len(train) * 5 and len({r.sha256 for r in records}) == len(records)
    for at, home in enumerate(train):
        block = records[at * 5 : at * 5 + 5]
        assert block[0] is home and {(r.source, r.label) for r in block} == {(home.source, home.label)}
    plain, once = source.read(records[0]), source.read(records[1])
    assert plain is not None and once is not None and once.truth is not None and plain.truth is not None
    assert len(once.truth) == len(plain.truth) + 1 and not (once.image == plain.image).all()


def test_the_same_file_gives_the_same_pixels_and_validation_fields_stay_as_they_are(tmp_path: Path) -> None:
    spec, bench = opened(tmp_path, "doses: [2]")
    pairs = [augmented(spec, bench.setting, bench.source, bench.side("train")) for _ in range(2)]
    made = [source.read(records[1]) for source, records in pairs]
    assert made[0] is not None and made[1] is not None and bool((made[0].image == made[1].image).all())
    [one, *_] = bench.side("validation")
    read, plain = pairs[0][0].read(one), bench.source.read(one)
    assert read is not None and plain is not None and bool((read.image == plain.image).all())


def test_donors_that_test_fields_get_are_refused(tmp_path: Path) -> None:
    spec, bench = opened(tmp_path, f"doses: [1], {DONORS.format(seed=5)}")
    with pytest.raises(LeukcadError, match="every donor is one that test fields get"):
        augmented(spec, bench.setting, bench.source, bench.side("train"))


def test_a_run_learns_from_them_and_is_another_run_than_without(tmp_path: Path) -> None:
    import leukcad

    spec, _ = opened(tmp_path, "doses: [1]")
    (tmp_path / "plain.yaml").write_text(BENCH, encoding="utf-8")
    told = []
    for name in ("p", "plain"):
        made = leukcad.run(tmp_path / f"{name}.yaml", sets=["steps.classify.train.epochs=1"], out=tmp_path / "runs")
        told.append((made.runs[name] / "steps" / "1-classify" / "learned.json").read_text(encoding="utf-8"))
    assert spec.augment is not None and '"healthy": 6' in told[0] and '"healthy": 3' in told[1]
