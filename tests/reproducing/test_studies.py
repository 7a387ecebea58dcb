"""A study's file is read, checked, and says how it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukcad import LeukcadError
from leukcad.reproducing import running, studies


def test_the_shipped_study_names_its_ten_networks_and_their_pipelines_are_there() -> None:
    study = studies.find("loddo2022")
    assert len(study.networks) == 10
    root = Path(__file__).parents[2]
    for place in (study.real, study.simulated):
        assert all((root / place.pipelines / f"{n.name}.yaml").is_file() for n in study.networks)
        assert place.two_step and (root / place.two_step).is_file()


def test_quick_is_three_networks_on_both_splits() -> None:
    scale = studies.find("loddo2022").scale(quick=True)
    assert len(scale.networks or ()) == 3 and len(scale.seeds) == 1
    assert scale.splits == ("loddo2022-figures", "lexicographic")


def test_an_unknown_study_or_network_is_named_with_the_known_ones() -> None:
    with pytest.raises(LeukcadError, match="no study 'loddo2021'; known: loddo2022"):
        studies.find("loddo2021")
    with pytest.raises(LeukcadError, match=r"no network 'lenet'; known: alexnet"):
        studies.find("loddo2022").chosen(("lenet",))


def test_networks_are_kept_in_the_studys_order_however_they_are_asked_for() -> None:
    asked = running.networks_of(["vgg16,shufflenet", "alexnet"])
    assert [n.name for n in studies.find("loddo2022").chosen(asked)] == ["alexnet", "vgg16", "shufflenet"]
    assert running.networks_of([]) is None


def test_a_study_with_a_mistake_says_where(tmp_path: Path) -> None:
    told = Path(str(studies._folder() / "loddo2022.yaml")).read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(told.replace("draws: 11", "draws: 0"), encoding="utf-8")
    with pytest.raises(LeukcadError, match=r"mine\.yaml: run\.draws: .*greater than or equal to 1"):
        studies.find(str(tmp_path / "mine.yaml"))


def test_the_folder_of_one_collection_or_of_both_leads_to_the_data(tmp_path: Path) -> None:
    (tmp_path / "ALL_IDB1" / "im").mkdir(parents=True)
    assert running.found_data(tmp_path) == running.found_data(tmp_path / "ALL_IDB1") == str(tmp_path)
    with pytest.raises(LeukcadError, match="--data: there is no folder"):
        running.found_data(tmp_path / "none")


def test_the_folder_that_is_given_reaches_fields_cells_and_donors_of_every_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leukcad.reproducing.again import _order
    from leukcad.study import load_specs

    monkeypatch.chdir(Path(__file__).parents[2])
    (tmp_path / "ALL_IDB1" / "im").mkdir(parents=True)
    (tmp_path / "ALL_IDB2" / "masks").mkdir(parents=True)
    order = _order(studies.find("loddo2022"), tmp_path, ["vgg16"], 2, (), False, tmp_path / "runs", None)
    assert order.scale.seeds == (0, 1)
    for path in (*order.files(), str(order.place.two_step)):
        (spec,) = load_specs([path], sets=order.bench_sets("lexicographic"))
        assert spec.data.options["path"] == tmp_path / "ALL_IDB1"
        assert spec.cells and spec.cells.options["path"] == tmp_path / "ALL_IDB2"
        assert spec.synthesize and spec.synthesize.donors
        assert spec.synthesize.donors.options["masks"] == tmp_path / "ALL_IDB2" / "masks"
        assert spec.synthesize.draws == 11 and spec.split["use"] == "lexicographic"
    sets = [one.format(data=order.data) for one in order.place.cell_sets]
    (spec,) = load_specs([f"{order.place.pipelines}/resolution/cells.yaml"], sets=sets)
    assert spec.data.options["path"] == tmp_path / "ALL_IDB2"
