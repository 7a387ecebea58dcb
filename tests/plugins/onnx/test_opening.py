"""A file is looked at before it is run: what it is, what it takes and gives, and that it stands alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leukcad_onnx import opening
from onnx import TensorProto, helper, numpy_helper

from leukcad import LeukcadError


def opened(path: Path, size: int = 8, classes: int = 2, *, channels_last: bool = False) -> opening.Signature:
    return opening.signature(opening.open_session(path, "cpu"), path, channels_last, size, classes, None)


def test_a_file_that_fits_is_opened(saved):
    assert opened(saved()) == opening.Signature("x", "y", "float32", None)
    assert opened(saved(shape=(4, 3, 8, 8))).batch == 4


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"not a network", b"\x80\x05\x95"])
def test_what_is_no_onnx_is_refused(content, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(LeukcadError, match=r"model\.onnx: (not an ONNX file|expected a network)"):
        opening.open_session(path, "cpu")


def test_a_file_that_is_not_there_and_one_that_is_too_large_are_named(tmp_path, saved, monkeypatch):
    with pytest.raises(LeukcadError, match="cannot be read: No such file"):
        opening.open_session(tmp_path / "none.onnx", "cpu")
    monkeypatch.setattr(opening, "LARGEST", 100)
    with pytest.raises(LeukcadError, match="expected an ONNX file of at most"):
        opening.open_session(saved(), "cpu")


def outside(location: str) -> TensorProto:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3, 2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def as_weights(model: onnx.ModelProto, tensor: TensorProto) -> None:
    del model.graph.initializer[:]
    model.graph.initializer.extend([numpy_helper.from_array(np.array([2, 3], np.int64), "axes"), tensor])


def as_constant(model: onnx.ModelProto, tensor: TensorProto) -> None:
    model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=tensor))


def in_a_branch(model: onnx.ModelProto, tensor: TensorProto) -> None:
    inner = helper.make_graph(
        [], "inner", [], [helper.make_tensor_value_info("w", TensorProto.FLOAT, [3, 2])], [tensor]
    )
    yes = numpy_helper.from_array(np.array(True), "yes")
    model.graph.initializer.append(yes)
    model.graph.node.append(helper.make_node("If", ["yes"], ["i"], then_branch=inner, else_branch=inner))


def in_a_function(model: onnx.ModelProto, tensor: TensorProto) -> None:
    node = helper.make_node("Constant", [], ["c"], value=tensor)
    model.functions.append(helper.make_function("own", "f", [], ["c"], [node], [helper.make_opsetid("", 18)]))


def as_sparse(model: onnx.ModelProto, tensor: TensorProto) -> None:
    places = numpy_helper.from_array(np.zeros((6, 2), np.int64), "places")
    model.graph.sparse_initializer.append(onnx.SparseTensorProto(values=tensor, indices=places, dims=[3, 2]))


@pytest.mark.parametrize("location", ["w.bin", "../w.bin", "/etc/passwd", "*/_ORT_MEM_ADDR_/*"])
@pytest.mark.parametrize("hide", [as_weights, as_constant, in_a_branch, in_a_function, as_sparse])
def test_tensors_outside_the_file_are_not_followed_wherever_they_hide(hide, location, mean_colours, saved, tmp_path):
    (tmp_path / "w.bin").write_bytes(np.zeros((3, 2), np.float32).tobytes())
    model = mean_colours()
    hide(model, outside(location))
    with pytest.raises(LeukcadError, match="tensor 'w' lies outside the file, which is not followed; save it in one"):
        opening.open_session(saved(model), "cpu")


def test_an_operator_that_nobody_knows_is_named(mean_colours, saved):
    model = mean_colours()
    model.graph.node[1].op_type = "Diagnose"
    with pytest.raises(LeukcadError, match=r"onnxruntime cannot run it: .*Diagnose"):
        opening.open_session(saved(model), "cpu")


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (
            ("n", 3, 16, 16),
            r"expected an input of \(N, 3, 8, 8\), got \(n, 3, 16, 16\); say `input_size: 16` and `layo",
        ),
        (("n", 16, 16, 3), r"got \(n, 16, 16, 3\); say `input_size: 16` and `layout: NHWC`"),
        (("n", "h", "w", 3), r"got \(n, h, w, 3\); say `layout: NHWC`"),
        (("n", 1, 8, 8), r"got \(n, 1, 8, 8\); export it for square RGB pictures"),
    ],
)
def test_a_file_for_other_pictures_is_told_what_to_say(shape, told, saved):
    weights = [[1.0] * 3] * 2 if 3 in shape else [[1.0]] * 2
    with pytest.raises(LeukcadError, match=told):
        opened(saved(shape=shape, weights=weights))


def test_a_file_of_other_classes_a_second_input_or_another_kind_of_number_is_refused(saved, mean_colours):
    with pytest.raises(
        LeukcadError, match=r"a score for each of 3 classes, got an output of \(n, 2\); name its classes"
    ):
        opened(saved(), classes=3)
    with pytest.raises(LeukcadError, match=r"a score for each of 3 classes"):
        opened(saved(weights=((1.0, 1.0, 1.0),)), classes=3)
    model = mean_colours()
    model.graph.input.append(helper.make_tensor_value_info("age", TensorProto.FLOAT, [1]))
    with pytest.raises(LeukcadError, match="expected one input, the pictures, got x, age"):
        opened(saved(model))
    with pytest.raises(LeukcadError, match=r"expected an input of tensor\(float\).*, got tensor\(double\)"):
        opened(saved(dtype=TensorProto.DOUBLE))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_answers_but_never_breaks(data, mean_colours, tmp_path):
    content = bytearray(mean_colours().SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "model.onnx"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        opened(path)
    except LeukcadError as error:
        assert "model.onnx" in str(error)
