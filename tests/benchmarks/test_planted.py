from __future__ import annotations

from pathlib import Path

import pytest

TINY = {"groups": 2, "draws": 1, "fresh": 2, "learned": 4}


def chosen(*names: str) -> list:
    from plants.catalogue import PLANTS

    return [p for p in PLANTS if p.name in names]


def test_plants_are_measured_and_audited_by_the_engine_and_kept_verdicts_are_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    import planted
    from plants import judge

    plants = chosen("any-blast", "true-count", "always")
    rows = {r.plant: r for r in planted.judge_bench("count", plants, judge.Scale(**TINY), [3], tmp_path)}
    assert rows["any-blast"].measured == "right"
    assert set(rows["any-blast"].rates) == {"A+", "A-", "M0.natural", "M0.lymphocytes", "M1", "S", "L"}
    assert rows["true-count"].rates["S"] == 1.0 and rows["true-count"].measured == "wrong"
    assert rows["always"].rates["A-"] == 1.0 and rows["always"].rates["M0.natural"] is None
    told = rows["any-blast"].verdicts["3"]
    assert (told["verdict"], told["cause"]) == ("undecided", "too few groups")  # two groups clear nothing
    assert set(told["controls"]) == {"sham-add", "sham-thin", "sham-swap-", "sham-swap+"}
    assert "audited on seed 3" in capsys.readouterr().out

    def refuse(*_: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(judge, "conduct", refuse)
    again = planted.judge_bench("count", plants, judge.Scale(**TINY), [3], tmp_path)
    assert [r.to_dict() for r in again] == [r.to_dict() for r in rows.values()]


def test_the_laboratory_measures_on_redrawn_fields_and_audits_flat_ones():
    from plants.judge import MEASURED, Scale, open_bench

    scale = Scale(**TINY)
    measures, audits = (open_bench("laboratory", scale, which) for which in (MEASURED, 0))
    redrawn, flat = (b.sets[0].source.read(b.sets[0].records[0]) for b in (measures, audits))
    assert redrawn is not None and redrawn.scene is not None
    assert flat is not None and flat.scene is None and flat.truth is not None
    seeds = [b.spec.plain["test"]["seed"] for b in (measures, audits)]
    assert len({*seeds, measures.spec.plain["data"]["seed"]}) == 3
