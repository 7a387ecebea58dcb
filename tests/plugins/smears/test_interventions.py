"""Interventions: exact truth, nested doses, equal positions, and nothing changed beyond what was edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leukcad_smears.editing.add import Add, ShamAdd
from leukcad_smears.editing.edit import Edit
from leukcad_smears.editing.swap import Swap
from leukcad_smears.editing.thin import ShamThin, Thin
from leukcad_smears.render import render
from leukcad_smears.scene import Scene
from numpy.typing import NDArray

from leukcad import Cells, Field, LeukcadError, Record, Step
from leukcad.labels import whole

HEALTHY = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
BLASTS = ["lymphoblast"]
#: Every edit that the audit scores, as it is drawn and as it is pasted.
ARMS: dict[str, Callable[[], Edit]] = {
    "add drawn": lambda: Add(how="render"),
    "add pasted": lambda: Add(how="paste"),
    "blasts drawn": lambda: Add(kinds=BLASTS, how="render"),
    "blasts pasted": lambda: Add(kinds=BLASTS, how="paste"),
    "swap drawn": lambda: Swap(of=BLASTS, to="healthy", how="render"),
    "swap pasted": lambda: Swap(of=BLASTS, to="healthy", how="paste"),
    "thin drawn": lambda: Thin(keep=BLASTS, how="render"),
    "thin pasted": lambda: Thin(keep=BLASTS, how="paste"),
    "sham-add": lambda: ShamAdd(),
    "sham-thin": lambda: ShamThin(),
}
every_arm = pytest.mark.parametrize("arm", ARMS)
#: How far the focus, the sharpening and a soft border reach beyond an outline, px.
REACH = 9
#: A JPEG changes whole blocks (16 px where colours are coarser).
BLOCK = 16


def step(edit: Edit, draw: int = 0, name: str = "edit") -> Step:
    return Step("synthesize", name, edit, draw=draw)


def made(edit: Edit, field: Field, doses: Sequence[int], donors: Sequence[Field], draw: int = 0) -> list[Field]:
    return list(step(edit, draw).synthesize(field, doses, donors))


def truth(field: Field) -> Cells:
    assert field.truth is not None
    return field.truth


def maps(field: Field) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    cells = truth(field)
    assert cells.regions is not None and cells.nuclei is not None
    return cells.regions.numpy(), cells.nuclei.numpy()


def spots(field: Field) -> list[tuple[float, float]]:
    return [(float(e["x"]), float(e["y"])) for e in field.ledger]


@every_arm
def test_boxes_regions_and_nuclei_agree(arm: str, ill: Field, donors: list[Field]) -> None:
    (field,) = made(ARMS[arm](), ill, (4,), donors)
    regions, nuclei = maps(field)
    assert sorted(np.unique(regions)) == list(range(len(truth(field)) + 1))
    assert (regions[nuclei > 0] == nuclei[nuclei > 0]).all()
    for i, box in enumerate(truth(field).boxes.tolist(), start=1):
        rows, columns = np.nonzero(regions == i)
        assert box == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@every_arm
def test_doses_are_nested_whichever_are_asked_for(arm: str, ill: Field, donors: list[Field]) -> None:
    small, large = made(ARMS[arm](), ill, (4, 2), donors)
    (alone,) = made(ARMS[arm](), ill, (4,), donors)
    assert [len(f.ledger) for f in (small, large)] == [2, 4]
    assert spots(large)[:2] == spots(small)
    assert [e["kind"] for e in large.ledger[:2]] == [e["kind"] for e in small.ledger]
    assert alone.ledger == large.ledger
    assert (alone.array() == large.array()).all()


@every_arm
def test_a_draw_is_the_same_again_and_another_draw_differs(arm: str, ill: Field, donors: list[Field]) -> None:
    first, again, other = (made(ARMS[arm](), ill, (4,), donors, draw)[0] for draw in (0, 0, 1))
    assert (first.array() == again.array()).all()
    assert first.ledger == again.ledger
    assert (first.array() != other.array()).any()


@every_arm
def test_the_field_itself_is_never_changed(arm: str, ill: Field, donors: list[Field]) -> None:
    pixels, boxes, regions = ill.array().copy(), truth(ill).boxes.clone(), maps(ill)[0].copy()
    made(ARMS[arm](), ill, (4,), donors)
    assert (ill.array() == pixels).all()
    assert (truth(ill).boxes == boxes).all()
    assert (maps(ill)[0] == regions).all()


@every_arm
def test_nothing_changes_beyond_the_edited_cells_surroundings(arm: str, ill: Field, donors: list[Field]) -> None:
    (field,) = made(ARMS[arm](), ill, (4,), donors)
    changed = (field.array() != ill.array()).any(axis=2)
    allowed = np.zeros(changed.shape, np.uint8)
    for entry in field.ledger:
        before = maps(ill)[0] == entry["cell"] + 1 if not arm.startswith(("add", "blasts", "sham")) else None
        after = maps(field)[0] == entry["cell"] + 1 if not arm.startswith(("thin", "sham")) else None
        for mask in (before, after):
            allowed |= 0 if mask is None else mask.astype(np.uint8)
        if arm.startswith("sham"):
            cv2.circle(allowed, (int(entry["x"]), int(entry["y"])), 45, 1, -1)
    allowed = cv2.dilate(allowed, np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8))
    if field.scene is not None:
        blocks = allowed.reshape(480 // BLOCK, BLOCK, 640 // BLOCK, BLOCK).max(axis=(1, 3))
        blocks = cv2.dilate(blocks, np.ones((3, 3), np.uint8))  # decoders smooth colours across blocks
        allowed = blocks.repeat(BLOCK, 0).repeat(BLOCK, 1)
    assert not (changed & (allowed == 0)).any()
    assert changed.any()


@every_arm
def test_the_ledger_tells_all_of_every_cell(arm: str, ill: Field, donors: list[Field]) -> None:
    (field,) = made(ARMS[arm](), ill, (3,), donors, draw=2)
    how = "render" if arm.endswith("drawn") else "paste"
    assert field.record.extra["dose"] == 3 and field.record.extra["how"] == how
    for entry in field.ledger:
        assert {"cell", "kind", "method", "how", "x", "y", "draw"} <= set(entry)
        assert (entry["method"], entry["how"], entry["draw"]) == ("edit", how, 2)
        if arm in ("add pasted", "blasts pasted", "swap pasted"):
            assert {"donor", "donor_source", "blending", "rotation", "flip", "scale"} <= set(entry)
            assert entry["donor_source"] in {d.record.source for d in donors}
        if not arm.startswith(("thin", "sham")):
            assert truth(field).names()[entry["cell"]] == entry["kind"]


@every_arm
def test_source_group_and_label_stay_the_hosts(arm: str, ill: Field, donors: list[Field]) -> None:
    (field,) = made(ARMS[arm](), ill, (2,), donors)
    old, new = ill.record, field.record
    assert (new.source, new.group, new.label) == (old.source, old.group, old.label)
    assert new.id != old.id and new.sha256 is None
    assert (field.complete, field.pixel_size) == (ill.complete, ill.pixel_size)


@every_arm
def test_a_drawn_field_carries_its_own_scene_and_a_pasted_one_none(arm: str, ill: Field, donors: list[Field]) -> None:
    (field,) = made(ARMS[arm](), ill, (3,), donors)
    if not arm.endswith("drawn"):
        assert field.scene is None
        return
    assert field.scene is not None
    fresh = render(Scene.from_dict(field.scene))
    assert (fresh.image == field.array()).all()
    assert (fresh.regions == maps(field)[0]).all()
    assert list(fresh.kinds) == truth(field).names()
    assert fresh.boxes.tolist() == truth(field).boxes.tolist()


@every_arm
def test_threads_do_not_change_the_outcome(arm: str, ill: Field, donors: list[Field]) -> None:
    edit = ARMS[arm]()
    alone = [made(edit, ill, (3,), donors, draw)[0].array() for draw in range(4)]
    with ThreadPoolExecutor(4) as threads:
        among = list(threads.map(lambda draw: made(edit, ill, (3,), donors, draw)[0].array(), range(4)))
    assert all((a == b).all() for a, b in zip(alone, among, strict=True))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.integers(0, 30), dose=st.integers(1, 9), seed=st.integers(0, 3))
def test_positions_are_equal_whatever_is_added_and_however(
    host: Field, donors: list[Field], draw: int, dose: int, seed: int
) -> None:
    edits: list[Edit] = [
        Add(how="render"),
        Add(how="paste", blending="mean3x3"),
        Add(kinds=BLASTS, how="paste"),
        Add(kinds=["lymphocyte", "smudge"], how="render", differential="even"),
        ShamAdd(),
    ]
    places = []
    for i, edit in enumerate(edits):
        asked = Step("synthesize", f"arm{i}", edit, draw=draw, seed=seed)
        (field,) = asked.synthesize(host, (dose,), donors)
        places.append(spots(field))
    assert all(p == places[0] for p in places)


def test_added_cells_cover_no_other_leukocyte(host: Field, donors: list[Field]) -> None:
    for how in ("render", "paste"):
        (field,) = made(Add(how=how), host, (8,), donors)  # type: ignore[arg-type]
        own = maps(host)[0] > 0
        assert (maps(field)[0][own] == maps(host)[0][own]).all()
        assert len(truth(field)) == len(truth(host)) + 8
        assert set(truth(field).names()[-8:]) <= set(HEALTHY)


def test_kinds_follow_the_natural_differential_drawn_and_pasted_alike(host: Field, donors: list[Field]) -> None:
    kinds: dict[str, list[str]] = {"render": [], "paste": []}
    for how, found in kinds.items():
        for draw in range(6):
            (field,) = made(Add(how=how), host, (10,), donors, draw)  # type: ignore[arg-type]
            found += [str(e["kind"]) for e in field.ledger]
    share = kinds["render"].count("neutrophil") / 60
    assert 0.4 < share < 0.8
    if {d for f in donors for d in truth(f).names()} >= set(HEALTHY):
        assert kinds["render"] == kinds["paste"]


@pytest.mark.parametrize("how", ["render", "paste"])
def test_a_swap_keeps_count_order_and_places(how: Any, ill: Field, donors: list[Field]) -> None:
    blasts = truth(ill).names().count("lymphoblast")
    (field,) = made(Swap(of=BLASTS, to="healthy", how=how), ill, (blasts,), donors)
    assert len(truth(field)) == len(truth(ill))
    assert "lymphoblast" not in truth(field).names()
    for old, new, a, b in zip(
        truth(ill).names(), truth(field).names(), truth(ill).boxes.tolist(), truth(field).boxes.tolist(), strict=True
    ):
        if old != "lymphoblast":
            assert old == new
            continue
        middle = ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2)
        assert a[0] <= middle[0] <= a[2] and a[1] <= middle[1] <= a[3]


@pytest.mark.parametrize("how", ["render", "paste"])
def test_a_swap_of_one_kind_for_the_same_is_a_sham(how: Any, ill: Field, donors: list[Field]) -> None:
    blasts = truth(ill).names().count("lymphoblast")
    (field,) = made(Swap(of=BLASTS, to=BLASTS, how=how), ill, (blasts,), donors)
    assert truth(field).names() == truth(ill).names()
    assert all(e["was"] == e["kind"] == "lymphoblast" for e in field.ledger)
    assert (field.array() != ill.array()).any()


def test_healthy_cells_to_swap_are_all_leukocytes_but_blasts_and_positive_cells(
    ill: Field, donors: list[Field]
) -> None:
    edit = Swap(of="healthy", to="healthy", how="render")
    healthy = [i for i, n in enumerate(truth(ill).names()) if n != "lymphoblast"]
    assert len(made(edit, ill, range(1, 40), donors)) == len(healthy)
    positive = Step("synthesize", "swap", edit, positive_cells=tuple(set(truth(ill).names())))
    assert not list(positive.synthesize(ill, (1,), donors))


@pytest.mark.parametrize("how", ["render", "paste"])
def test_thinning_takes_the_kept_kinds_last_and_leaves_no_nucleus(how: Any, ill: Field, donors: list[Field]) -> None:
    names = truth(ill).names()
    others = sum(n != "lymphoblast" for n in names)
    (field,) = made(Thin(keep=BLASTS, how=how), ill, (others + 2,), donors)
    assert truth(field).names() == ["lymphoblast"] * (len(names) - others - 2)
    gone = np.isin(maps(ill)[1], [e["cell"] + 1 for e in field.ledger])
    clear = np.percentile(ill.array()[..., 0], 30)
    assert np.median(field.array()[gone][..., 0]) > clear > np.median(ill.array()[gone][..., 0])


def test_the_other_cells_keep_their_pixels_when_one_is_taken_out(ill: Field, donors: list[Field]) -> None:
    (field,) = made(Thin(how="paste"), ill, (3,), donors)
    gone = [e["cell"] + 1 for e in field.ledger]
    left = (maps(ill)[0] > 0) & ~np.isin(maps(ill)[0], gone)
    assert (field.array()[left] == ill.array()[left]).all()


def test_shams_leave_the_truth_as_it_was(ill: Field, donors: list[Field]) -> None:
    for edit in (ShamAdd(), ShamThin()):
        (field,) = made(edit, ill, (3,), donors)
        assert truth(field).names() == truth(ill).names()
        assert (maps(field)[0] == maps(ill)[0]).all()
        assert (field.array()[maps(ill)[0] > 0] == ill.array()[maps(ill)[0] > 0]).all()
        assert all(e["cell"] == -1 for e in field.ledger)


def test_doses_that_do_not_fit_are_left_out(ill: Field, donors: list[Field]) -> None:
    for edit in (make() for make in ARMS.values()):
        assert [f.record.extra["dose"] for f in made(edit, ill, (2, 500), donors)] == [2]


def test_a_field_of_pixels_only_is_pasted_into_and_cannot_be_drawn(ill: Field, donors: list[Field]) -> None:
    bare = ill.replace(scene=None)
    (field,) = made(Add(), bare, (2,), donors)
    assert field.ledger[0]["how"] == "paste"
    with pytest.raises(LeukcadError, match="scene is known") as told:
        made(Add(how="render"), bare, (2,), donors)
    assert told.value.cure and "how: paste" in told.value.cure


def test_kinds_that_nobody_can_draw_are_named(ill: Field) -> None:
    with pytest.raises(LeukcadError, match="erythroblast"):
        made(Add(kinds=["erythroblast"], how="render"), ill, (1,), [])


def test_an_unannotated_field_cannot_be_swapped_or_thinned_but_added_to(host: Field, donors: list[Field]) -> None:
    bare = Field.of(Record("plain"), host.array())
    assert len(truth(made(Add(), bare, (2,), donors)[0])) == 2
    for edit in (Swap(of=BLASTS, to="healthy"), Thin()):
        with pytest.raises(LeukcadError, match="annotated"):
            made(edit, bare, (1,), donors)


def test_cells_that_are_annotated_by_boxes_only_can_be_swapped_and_thinned(ill: Field, donors: list[Field]) -> None:
    boxes = truth(ill).replace(regions=None, nuclei=None)
    bare = ill.replace(truth=boxes, scene=None)
    (thinned,) = made(Thin(), bare, (3,), donors)
    assert len(truth(thinned)) == len(boxes) - 3
    (swapped,) = made(Swap(of=BLASTS, to="healthy"), bare, (2,), donors)
    assert len(truth(swapped)) == len(boxes)
    assert (swapped.array() != ill.array()).any()


def test_edits_of_an_edited_field_go_on_from_there(ill: Field, donors: list[Field]) -> None:
    (thinner,) = made(Thin(keep=BLASTS), ill, (2,), donors)
    (field,) = made(Swap(of=BLASTS, to="healthy"), thinner, (1,), donors)
    assert len(truth(field)) == len(truth(ill)) - 2
    assert len(field.ledger) == 3
    assert field.scene is not None


def as_points(field: Field) -> Field:
    """The same with its cells annotated by their middles, as ALL-IDB1 has them."""
    cells = truth(field)
    middles = (cells.boxes[:, :2] + cells.boxes[:, 2:]) / 2
    points = cells.replace(boxes=middles.repeat(1, 2), regions=None, nuclei=None)
    return field.replace(truth=points, scene=None, surroundings=None)


@pytest.mark.parametrize("edit", [Thin(keep=["healthy"], how="paste"), Swap(of=BLASTS, to="healthy", how="paste")])
def test_a_cell_that_is_annotated_by_a_point_is_taken_out_whole(edit: Edit, ill: Field, donors: list[Field]) -> None:
    host = as_points(ill)
    *_, field = made(edit, host, range(1, 30), donors)
    was = {int(e["cell"]) for e in field.ledger}
    regions = maps(ill)[0]
    before, after = (f.array().astype(int) for f in (host, field))
    shares = [(np.abs(before - after).max(axis=2)[regions == i + 1] > 8).mean() for i in sorted(was)]
    assert len(shares) >= 4 and np.median(shares) > 0.85


def test_a_swap_of_which_nothing_would_be_seen_takes_the_cell_out_of_the_truth(ill: Field, donors: list[Field]) -> None:
    box = truth(ill).boxes[0]
    x, y = (int(v) for v in (box[:2] * 0.22 + box[2:] * 0.78).tolist())
    cells = Cells.of([[0, 0, float(box[2]) - x, float(box[3]) - y]], labels=[0], classes=("lymphoblast",))
    corner = Field.of(Record("corner"), np.ascontiguousarray(ill.array()[y:, x:]), truth=cells)
    for draw in range(6):  # a corner of the cell shows at the corner of the field
        for field in made(Swap(of=BLASTS, to="healthy", how="paste"), corner, (1,), donors, draw):
            assert len(field.ledger) == 1 and "lymphoblast" not in truth(field).names()


def test_platelets_and_red_cells_are_no_leukocytes_however_they_are_called(ill: Field, donors: list[Field]) -> None:
    cells = truth(ill)
    kinds = (*cells.classes, "Platelets", "Red blood cell")
    at = [len(kinds) - 2, len(kinds) - 1, *cells.labels.tolist()[2:]]
    field = ill.replace(truth=Cells.of(cells.boxes, labels=at, classes=kinds), scene=None, surroundings=None)
    *_, thinned = made(Thin(keep=["nothing"], how="paste"), field, range(1, 40), donors)
    assert {"Platelets", "Red blood cell"} <= set(truth(thinned).names())


def test_donors_keep_the_name_that_their_data_give_them(ill: Field, donors: list[Field]) -> None:
    named = []
    for donor in donors:
        cells = truth(donor)
        labels = [int(name == "lymphoblast") for name in cells.names()]
        told = Cells.of(cells.boxes, labels=labels, classes=("healthy", "ALL")).replace(regions=cells.regions)
        named.append(donor.replace(truth=told, scene=None, surroundings=None))
    (field,) = made(Add(kinds=["ALL"], how="paste"), ill, (2,), named)
    assert truth(field).names()[-2:] == ["ALL", "ALL"]


@pytest.mark.parametrize(("complete", "after"), [(("WBC", "RBC"), True), (("RBC",), False)])
def test_a_field_whose_leukocytes_are_all_known_stays_so_with_cells_set_in(
    complete: tuple[str, ...], after: bool, ill: Field, donors: list[Field]
) -> None:
    boxes = truth(ill).boxes
    cells = Cells.of(boxes, labels=[0] * len(boxes), classes=("WBC", "RBC"))
    host = ill.replace(truth=cells, scene=None, surroundings=None, complete=frozenset(complete))
    (field,) = made(Add(how="paste"), host, (2,), donors)
    assert whole(host) is whole(field) is after
