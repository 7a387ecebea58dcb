"""Edits that explain a verdict, and transplants: each changes what it says and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leukcad_smears.editing.edit import Edit
from leukcad_smears.editing.magnify import Magnify
from leukcad_smears.editing.nuclei import EraseNuclei
from leukcad_smears.editing.overlays import Border, Recompress, ScaleBar
from leukcad_smears.editing.red_cells import AddRedCells
from leukcad_smears.editing.stains import Background, Recolour
from leukcad_smears.editing.transplant import Transplant
from leukcad_smears.render import render
from leukcad_smears.scene import Scene
from leukcad_smears.survey import survey
from numpy.typing import NDArray

from leukcad import Cells, Field, LeukcadError, Record, Step
from leukcad.data.images import read_image, read_mask

EDITS: dict[str, Callable[[], Edit]] = {
    "red cells drawn": lambda: AddRedCells(how="render"),
    "red cells pasted": lambda: AddRedCells(how="paste"),
    "nuclei": lambda: EraseNuclei(),
    "recoloured, drawn": lambda: Recolour(how="render"),
    "recoloured": lambda: Recolour(how="paste"),
    "background drawn": lambda: Background(how="render"),
    "background": lambda: Background(how="paste"),
    "magnified, drawn": lambda: Magnify(how="render"),
    "magnified": lambda: Magnify(how="paste"),
    "border": lambda: Border(),
    "scale bar": lambda: ScaleBar(),
    "recompressed": lambda: Recompress(),
    "transplant drawn": lambda: Transplant(how="render"),
    "transplant": lambda: Transplant(how="paste"),
}
both = pytest.mark.parametrize("how", ["render", "paste"])


def made(edit: Edit, field: Field, donors: Sequence[Field], dose: int = 1, draw: int = 0) -> Field:
    (new,) = Step("synthesize", "edit", edit, draw=draw).synthesize(field, (dose,), donors)
    return new


def truth(field: Field) -> Cells:
    assert field.truth is not None
    return field.truth


def regions(field: Field) -> NDArray[np.int32]:
    cells = truth(field)
    assert cells.regions is not None
    return np.asarray(cells.regions.numpy())


@pytest.mark.parametrize("name", EDITS)
def test_truth_is_exact_the_draw_repeats_and_the_field_itself_stays(name: str, ill: Field, donors: list[Field]) -> None:
    before = ill.array().copy()
    field, again = (made(EDITS[name](), ill, donors) for _ in range(2))
    assert (ill.array() == before).all()
    assert (field.array() == again.array()).all()
    assert (field.array() != before).any()
    assert len(field.ledger) == 1 and field.ledger == again.ledger
    assert {"cell", "kind", "method", "how", "x", "y", "draw"} <= set(field.ledger[0])
    assert field.array().shape == before.shape
    labels = regions(field)
    assert sorted(np.unique(labels)) == list(range(len(truth(field)) + 1))
    for i, box in enumerate(truth(field).boxes.tolist(), start=1):
        rows, columns = np.nonzero(labels == i)
        assert box == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    if field.scene is not None:
        assert (render(Scene.from_dict(field.scene)).image == field.array()).all()
        assert field.pixel_size == pytest.approx(1 / field.scene["scale"])


@pytest.mark.parametrize("name", [n for n in EDITS if not n.startswith(("red", "nuclei"))])
def test_an_edit_of_the_whole_field_has_one_dose(name: str, ill: Field, donors: list[Field]) -> None:
    step = Step("synthesize", "edit", EDITS[name]())
    assert [f.record.extra["dose"] for f in step.synthesize(ill, (1, 2, 5), donors)] == [1]


@both
def test_red_cells_are_added_away_from_leukocytes(how: Any, host: Field) -> None:
    field = made(AddRedCells(how=how), host, [], dose=25)
    assert survey(field.array()).covered.mean() > survey(host.array()).covered.mean() + 0.02
    assert truth(field).names() == truth(host).names()
    for entry in field.ledger:
        assert regions(host)[int(entry["y"]), int(entry["x"])] == 0


def test_red_cells_join_the_truth_where_it_holds_all_of_them(host: Field) -> None:
    field = made(AddRedCells(how="paste"), host.replace(complete=host.complete | {"RBC"}), [], dose=5)
    assert truth(field).names()[-5:] == ["RBC"] * 5
    assert [e["cell"] for e in field.ledger] == list(range(len(truth(host)), len(truth(host)) + 5))


def test_a_cell_without_its_nucleus_is_paler_within_its_outline_only(ill: Field) -> None:
    field = made(EraseNuclei(of=["lymphoblast"]), ill, [], dose=2)
    old, new = truth(ill), truth(field)
    assert old.nuclei is not None and new.nuclei is not None
    for entry in field.ledger:
        gone = old.nuclei.numpy() == entry["cell"] + 1
        assert field.array()[gone].mean() > ill.array()[gone].mean() + 15
        assert not (new.nuclei.numpy() == entry["cell"] + 1).any()
    changed = (field.array() != ill.array()).any(axis=2)
    assert np.isin(regions(ill)[changed], [e["cell"] + 1 for e in field.ledger]).all()


@both
def test_recolouring_brings_the_ground_to_the_other_classs(how: Any, ill: Field, donors: list[Field]) -> None:
    def ground(field: Field) -> NDArray[np.float64]:
        return np.median(survey(field.array()).white.reshape(-1, 3), axis=0)

    others = [d for d in donors if d.record.label == "healthy"]
    blue = [d.replace(image=(d.image.float() * 0.8).byte(), scene=None) for d in others] if how == "paste" else others
    field = made(Recolour(how=how), ill, blue)
    wanted = np.median([ground(d) for d in blue], axis=0)
    assert np.abs(ground(field) - wanted).max() < max(6.0, 0.8 * np.abs(ground(ill) - wanted).max())
    assert (regions(field) == regions(ill)).all()


def test_recolouring_without_donors_names_the_cure(ill: Field) -> None:
    with pytest.raises(LeukcadError, match="expected donors"):
        made(Recolour(), ill, [])


@both
def test_a_tint_colours_the_ground_as_asked(how: Any, host: Field) -> None:
    field = made(Background(tint=(0.9, 1.0, 1.0), how=how), host, [])
    ratio = field.array().reshape(-1, 3).mean(axis=0) / host.array().reshape(-1, 3).mean(axis=0)
    assert ratio[0] == pytest.approx(0.9, abs=0.03)
    assert ratio[1:] == pytest.approx([1.0, 1.0], abs=0.03)
    with pytest.raises(LeukcadError, match="tint"):
        Background(tint=(0.1, 1, 1))


def test_magnified_cells_are_larger_drawn_and_resampled_alike(ill: Field) -> None:
    drawn, resampled = (made(Magnify(factor=1.3, how=how), ill, []) for how in ("render", "paste"))  # type: ignore[arg-type]
    for field in (drawn, resampled):
        assert field.pixel_size == pytest.approx((ill.pixel_size or 0) / 1.3, rel=1e-3)
    assert abs(len(truth(drawn)) - len(truth(resampled))) <= 1
    ratio = (regions(drawn) > 0).mean() / (regions(resampled) > 0).mean()
    assert ratio == pytest.approx(1.0, abs=0.05)
    assert ((regions(drawn) > 0) == (regions(resampled) > 0)).mean() > 0.99


def test_what_a_frame_hides_leaves_the_truth(ill: Field) -> None:
    field = made(Border(width=0.2, grey=0), ill, [])
    wide = field.ledger[0]["width"]
    assert not field.array()[:wide].any() and not field.array()[:, -wide:].any()
    inner = np.s_[wide:-wide, wide:-wide]
    assert (field.array()[inner] == ill.array()[inner]).all()
    assert len(truth(field)) < len(truth(ill))
    assert truth(field).boxes.min() >= wide


def test_what_a_frame_hides_of_red_cells_leaves_their_boxes_and_the_truth(host: Field) -> None:
    boxes = [[0, 0, 20, 20], [10, 100, 60, 150], [300, 200, 340, 240]]
    cells = Cells.of(boxes, labels=[0, 0, 0], classes=("RBC",))
    framed = made(Border(width=0.0625), host.replace(truth=cells, scene=None, surroundings=None), [])
    assert truth(framed).boxes.tolist() == [[30, 100, 60, 150], boxes[2]]


def test_a_scale_bar_leaves_the_boxes_that_it_does_not_touch(ill: Field) -> None:
    bare = ill.replace(truth=truth(ill).replace(regions=None, nuclei=None), scene=None, surroundings=None)
    before, after = ({tuple(box) for box in truth(f).boxes.tolist()} for f in (bare, made(ScaleBar(), bare, [])))
    assert len(before & after) >= len(before) - 2


def test_a_scale_bar_is_as_long_as_it_says(host: Field) -> None:
    field = made(ScaleBar(length=20, grey=255, corner="top-left"), host, [])
    assert field.ledger[0]["length"] == pytest.approx(20 / (host.pixel_size or 1), abs=1)
    changed = (field.array() != host.array()).any(axis=2)
    assert changed.any() and not changed[host.height // 2 :].any()


def test_a_poorer_jpeg_is_near_the_field_and_holds_less_detail(host: Field) -> None:
    good, poor = (made(Recompress(quality=q), host, []).array().astype(float) for q in (95, 20))
    gap = [np.abs(picture - host.array()).mean() for picture in (good, poor)]
    assert gap[0] < gap[1] < 8


@both
def test_a_transplant_changes_the_type_of_one_cell_and_names_the_donor(
    how: Any, host: Field, donors: list[Field]
) -> None:
    types = set()
    for draw in range(8):
        field = made(Transplant(how=how), host, donors, draw=draw)
        (entry,) = field.ledger
        assert len(truth(field)) == len(truth(host))
        assert entry["donor_source"] in {d.record.source for d in donors}
        assert truth(field).names()[entry["cell"]] == entry["kind"] != entry["was"]
        others = [i for i in range(len(truth(host))) if i != entry["cell"]]
        assert [truth(field).names()[i] for i in others] == [truth(host).names()[i] for i in others]
        types.add(entry["kind"])
    assert len(types) >= 3
    sham = made(Transplant(sham=True, how=how), host, donors).ledger[0]
    assert sham["kind"] == sham["was"]


def test_a_transplant_without_another_type_names_the_cure(host: Field, donors: list[Field]) -> None:
    field = made(Transplant(), host, donors)
    same = [d for d in donors if truth(d).names() == [field.ledger[0]["was"]]]
    with pytest.raises(LeukcadError, match="another type"):
        made(Transplant(), host, same)


def test_real_fields_get_another_ones_cell(shared_data: Path) -> None:
    fields = []
    for kind in ("lymp", "neut", "eosi"):
        for path in sorted((shared_data / "bcisc" / "fields" / kind).glob("*.jpg"))[:4]:
            mask = next((shared_data / "bcisc" / "masks" / kind).glob(f"{path.stem}*"), None)
            if mask is not None:
                fields.append(_real(path, mask, kind))
    host = next(f for f in fields if f.record.label == "lymp")
    field = made(Transplant(), host, [f for f in fields if f is not host])
    assert field.ledger[0]["was"] == "lymp" and field.ledger[0]["kind"] in ("neut", "eosi")
    assert truth(field).names() == [field.ledger[0]["kind"]]
    changed = (field.array() != host.array()).any(axis=2)
    assert 0 < changed.mean() < 0.5


def _real(path: Path, mask: Path, kind: str) -> Field:
    labels = read_mask(mask)
    whole = labels.reshape(*labels.shape[:2], -1).max(axis=2) > 127
    rows, columns = np.nonzero(whole)
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    cells = Cells.of([box], labels=[0], classes=(kind,), regions=whole.astype(np.int32))
    return Field.of(Record(f"{kind}/{path.stem}", label=kind), read_image(path), truth=cells)
