"""What is written in a form reads back as the same cells, and what a form cannot hold is told."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leukcad import Cells, Field, LeukcadError, Record, Step, hookimpl
from leukcad.assembly import Source
from leukcad.converting import ClassMap, convert, formats
from leukcad.data.images import read_image, write_jpeg
from leukcad.host import discover

HEIGHT, WIDTH = 60, 80
BOXES = ("coco", "csv", "voc", "yolo")


class Given:
    """A data source of fields that are there already."""

    def __init__(self, fields):
        self.fields = {f.record.id: f for f in fields}

    @hookimpl
    def leukcad_index(self, step):
        return [f.record for f in self.fields.values()]

    @hookimpl
    def leukcad_read(self, record):
        return self.fields[record.id]


def source(fields):
    step = Step("data", "given", Given(fields))
    return Source(step, step.index())


def field(id_, boxes, names=(), classes=(), label=None, group="", regions=None, nuclei=None, path=None):
    kinds = tuple(classes) or tuple(dict.fromkeys(names))
    labels = [kinds.index(name) for name in names]
    truth = Cells.of(np.reshape(boxes, (-1, 4)), labels=labels, classes=kinds, regions=regions, nuclei=nuclei)
    pixels = np.random.default_rng(len(id_)).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    record = Record(id_, label=label, group=group, path=path)
    return Field.of(record, pixels, truth=truth, complete=frozenset(kinds))


def read_back(done):
    """All fields of what was written, by their ids, by the source that it names."""
    options = {key: Path(value) for key, value in done.use.items() if key != "use"}
    step = Step("data", done.use["use"], discover().load("data", done.use["use"])(**options))
    return {record.id: step.read(record) for record in step.index()}


def write(fields, to, folder, **more):
    return convert(source(fields), to, folder / "out", discover(), **more)


name = st.text(st.characters(categories=["L", "N", "S"], exclude_characters="=+@"), min_size=1, max_size=8)
number = st.floats(0, 1, width=32)


@st.composite
def annotated(draw):
    """Some fields with boxes of at least a pixel in them, of one to four classes; some are empty."""
    kinds = draw(st.lists(name, min_size=1, max_size=4, unique=True))
    fields = []
    for i in range(draw(st.integers(1, 3))):
        boxes = []
        for x, y, w, h in draw(st.lists(st.tuples(number, number, number, number), max_size=4)):
            x0, y0 = x * (WIDTH - 2), y * (HEIGHT - 2)
            boxes.append([x0, y0, x0 + 1.5 + w * (WIDTH - x0 - 1.5), y0 + 1.5 + h * (HEIGHT - y0 - 1.5)])
        names = [draw(st.sampled_from(kinds)) for _ in boxes]
        told = draw(st.sampled_from([None, "ALL", "healthy"])), draw(st.sampled_from(["", "slide 1", "slide 2"]))
        fields.append(field(f"field{i}", boxes, names, kinds, *told))
    return fields


@pytest.mark.parametrize("to", BOXES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=annotated())
def test_boxes_classes_labels_groups_and_empty_fields_come_back(to, fields):
    with tempfile.TemporaryDirectory() as folder:
        back = read_back(write(fields, to, Path(folder)))
        assert set(back) == {f.record.id for f in fields}
        for old in fields:
            new = back[old.record.id]
            assert new.truth.names() == old.truth.names()
            np.testing.assert_allclose(new.truth.boxes, old.truth.boxes, atol=1e-4)
            assert (new.record.label, new.record.group) == (old.record.label, old.record.group)
            np.testing.assert_array_equal(new.array(), old.array())


def blobs(*corners):
    regions = np.zeros((HEIGHT, WIDTH), np.int32)
    for i, (x, y) in enumerate(corners, 1):
        regions[y : y + 12, x : x + 10] = i
    return regions


def test_masks_come_back_with_their_cells_and_nuclei(tmp_path):
    regions = blobs((5, 5), (40, 30))
    nuclei = np.zeros_like(regions)
    nuclei[8:12, 8:12], nuclei[34:38, 44:48] = 1, 2
    boxes = [[5, 5, 15, 17], [40, 30, 50, 42]]
    whole = field("a", boxes, ["ALL", "ALL"], label="ALL", group="s", regions=regions, nuclei=nuclei)
    none = field("b/c", [], (), ["ALL"], label="healthy", regions=np.zeros_like(regions))
    done = write([whole, none], "masks", tmp_path)
    back = read_back(done)["images/a"]
    assert done.lost == [] and (back.record.label, back.record.group) == ("ALL", "s")
    assert back.truth.boxes.tolist() == boxes and back.truth.names() == ["ALL", "ALL"]
    np.testing.assert_array_equal(back.truth.regions, regions)
    np.testing.assert_array_equal(back.truth.nuclei, nuclei)
    assert len(read_back(done)["images/b/c"].truth) == 0


def test_what_a_mask_cannot_hold_is_told(tmp_path):
    touching = field("a", [[5, 5, 15, 17], [15, 5, 25, 17]], ["x", "y"], label="ALL", regions=blobs((5, 5), (15, 5)))
    lost = write([touching], "masks", tmp_path).lost
    assert any("cells that touch are one" in told for told in lost) and any("the classes" in told for told in lost)


@pytest.mark.parametrize("to", BOXES)
def test_masks_scores_and_scales_that_a_form_of_boxes_cannot_hold_are_told(tmp_path, to):
    one = field("a", [[5, 5, 15, 17]], ["x"], regions=blobs((5, 5)))
    assert one.truth is not None
    scored = one.replace(pixel_size=0.1, complete=frozenset(), truth=one.truth.replace(scores=one.truth.scores * 0.5))
    lost = " | ".join(write([scored], to, tmp_path).lost)
    assert all(word in lost for word in ("masks of cells", "scores", "size of a pixel", "not every cell")), lost


def test_a_class_that_takes_in_one_that_was_not_annotated_in_full_is_not_either(tmp_path):
    one = field("a", [[5, 5, 15, 17], [30, 5, 40, 17]], ["lymphocyte", "monocyte"])
    for whole, said in (({"lymphocyte"}, True), ({"lymphocyte", "monocyte"}, False)):
        some = one.replace(complete=frozenset(whole))
        names = {"lymphocyte": "WBC", "monocyte": "WBC"}
        done = write([some], "coco", tmp_path / str(said), classes=ClassMap(names))
        assert any("not every cell" in told for told in done.lost) is said


def test_a_field_without_annotation_is_told_and_left_out_and_a_point_needs_a_size(tmp_path):
    bare = Field.of(Record("bare"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    point = field("a", [[20, 20, 20, 20]], ["x"])
    with pytest.raises(LeukcadError, match=r"a: cell 1 is a point.*--points 40"):
        write([point], "coco", tmp_path)
    assert not (tmp_path / "out").exists()
    done = write([bare, point], "coco", tmp_path, points=10)
    assert done.unannotated == ["bare"] and read_back(done)["a"].truth.boxes.tolist() == [[15, 15, 25, 25]]


def test_points_come_back_from_a_table(tmp_path):
    done = write([field("a", [[20, 20, 20, 20], [1, 1, 9, 9]], ["x", "x"])], "csv", tmp_path)
    assert read_back(done)["a"].truth.boxes.tolist() == [[20, 20, 20, 20], [1, 1, 9, 9]]


def test_pictures_are_the_very_files_unless_their_pixels_are_others(tmp_path):
    drawn = field("a", [[1, 1, 9, 9]], ["x"])
    write_jpeg(drawn.array(), tmp_path / "a.jpg")
    kept = Field.of(
        drawn.record.replace(path=str(tmp_path / "a.jpg")), read_image(tmp_path / "a.jpg"), truth=drawn.truth
    )
    pasted = field("b", [[1, 1, 9, 9]], ["x"], path=str(tmp_path / "a.jpg"))
    write([kept, pasted], "yolo", tmp_path)
    images = tmp_path / "out/images"
    assert (images / "a.jpg").samefile(tmp_path / "a.jpg") and (images / "b.png").is_file()
    done = convert(source([kept]), "yolo", tmp_path / "copied", discover(), copy=True)
    copied = done.folder / "images/a.jpg"
    assert not copied.samefile(tmp_path / "a.jpg") and copied.read_bytes() == (tmp_path / "a.jpg").read_bytes()


def test_classes_are_renamed_and_dropped_as_is_said(tmp_path):
    fields = [field("a", [[1, 1, 9, 9], [20, 20, 30, 30]], ["Platelets", "RBC"], ["RBC", "Platelets"])]
    classes = ClassMap({"Platelets": "platelet"}, frozenset({"RBC"}))
    done = write(fields, "coco", tmp_path, classes=classes)
    assert read_back(done)["a"].truth.names() == ["platelet"] and done.cells == 1
    told = json.loads((tmp_path / "out/annotations.json").read_text())
    assert [kind["name"] for kind in told["categories"]] == ["platelet"]


def test_a_class_cannot_be_renamed_and_dropped_at_once():
    with pytest.raises(LeukcadError, match="class 'RBC': expected a new name or to be dropped, got both"):
        ClassMap.read(None, ["RBC=erythrocyte"], ["RBC"])


def test_two_old_classes_may_have_one_new_name(tmp_path):
    fields = [field("a", [[1, 1, 9, 9], [20, 20, 30, 30]], ["neut", "eosi"])]
    done = write(fields, "voc", tmp_path, classes=ClassMap({"neut": "WBC", "eosi": "WBC"}, whole=True))
    assert read_back(done)["a"].truth.names() == ["WBC", "WBC"]


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (
            ClassMap({"RBC": "x"}, whole=True),
            r"a: no new class is named for WBC; name each: --rename OLD=NEW, or --drop",
        ),
        (ClassMap({"Rbc": "x"}), r"no field knows the class 'Rbc'; known: RBC, WBC"),
        (ClassMap({}, frozenset({"rbc"})), r"no field knows the class 'rbc'"),
    ],
)
def test_an_unmapped_class_is_a_mistake_and_so_is_one_that_nobody_knows(tmp_path, classes, reason):
    with pytest.raises(LeukcadError, match=reason):
        write([field("a", [[1, 1, 9, 9], [20, 20, 30, 30]], ["WBC", "RBC"])], "coco", tmp_path, classes=classes)
    assert not (tmp_path / "out").exists()


def test_cells_of_no_class_need_a_name(tmp_path):
    one = field("a", [[1, 1, 9, 9]], ["x"])
    assert one.truth is not None
    unknown = one.replace(truth=one.truth.replace(labels=one.truth.labels * 0 - 1))
    with pytest.raises(LeukcadError, match="cells of no known class"):
        write([unknown], "coco", tmp_path)
    done = write([unknown], "coco", tmp_path, classes=ClassMap.read(None, ["=WBC"]))
    assert read_back(done)["a"].truth.names() == ["WBC"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: field("../a", [[1, 1, 9, 9]], ["x"]), "cannot be a file name"),
        (lambda: field("a", [[1, 1, 9, 9]], ["x\ny"]), "expected a class name of plain printable text"),
        (lambda: field("a", [[1, 1, 9, 9]], ["=1+1"]), "takes '=1\\+1' for a formula"),
        (lambda: field("a", [[1, 1, 1.5, 9]], ["x"]), None),
    ],
)
def test_what_no_table_can_hold_is_refused_and_nothing_is_left(tmp_path, make, reason):
    if reason is None:  # less than a pixel
        with pytest.raises(LeukcadError, match="less than a pixel"):
            write([make()], "coco", tmp_path)
    else:
        with pytest.raises(LeukcadError, match=reason):
            write([make()], "csv", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_masks_are_never_made_out_of_boxes(tmp_path):
    with pytest.raises(LeukcadError, match="boxes and no masks, and none can be made"):
        write([field("a", [[1, 1, 9, 9]], ["x"], label="ALL")], "masks", tmp_path)


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(LeukcadError, match="is there already"):
        write([field("a", [], (), ["x"])], "coco", tmp_path)
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_two_fields_that_voc_cannot_tell_apart_are_refused(tmp_path):
    fields = [field("a/b", [], (), ["x"]), field("a_b", [], (), ["x"])]
    with pytest.raises(LeukcadError, match=r"'a/b' and 'a_b' are both 'a_b'"):
        write(fields, "voc", tmp_path)


def test_the_forms_that_can_be_written_are_known_and_another_is_named():
    assert formats(discover()) == ["coco", "csv", "masks", "voc", "yolo"]
    with pytest.raises(LeukcadError, match="got 'allidb1'; known: coco, csv, masks, voc, yolo"):
        convert(source([]), "allidb1", Path("nowhere"), discover())
