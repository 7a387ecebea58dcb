"""An ONNX file that may come from anywhere: bounded, self-contained, and of the signature that is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leukcad import LeukcadError

LARGEST = 2**30  # bytes; VGG-19, the largest of the study's networks, has 0.55 × 2³⁰
TYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}
Size = int | str | None


@dataclass(frozen=True)
class Signature:
    """How an opened network is called. batch: pictures at once, None: any number. dtype: of the input."""

    input: str
    output: str
    dtype: str
    batch: int | None


def read(path: Path) -> bytes:
    """The file's content; raises `LeukcadError` where it is no ONNX, too large, or keeps tensors in other files."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        size = path.stat().st_size
        if size > LARGEST:
            came = f"{size / 2**20:.0f} MiB"
            raise LeukcadError(f"{path}: expected an ONNX file of at most {LARGEST // 2**20} MiB, got {came}")
        content = path.read_bytes()
    except OSError as error:
        raise LeukcadError(f"{path}: cannot be read: {error.strerror}") from error
    cure = "give a file that was exported as ONNX"
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise LeukcadError(f"{path}: not an ONNX file", cure=cure) from error
    if not model.graph.node:
        raise LeukcadError(f"{path}: expected a network, got a file without one", cure=cure)
    for tensor in tensors(model):
        if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise LeukcadError(
                f"{path}: the tensor {tensor.name!r} lies outside the file, which is not followed",
                cure="save it in one: onnx.save(onnx.load(path), path, save_as_external_data=False)",
            )
    return content


def tensors(message: Any) -> Iterator[Any]:
    """Every tensor within a message of ONNX, wherever it stands: weights, constants, sub-graphs, functions."""
    import onnx

    waiting = [message]
    while waiting:
        message = waiting.pop()
        if isinstance(message, onnx.TensorProto):
            yield message
            continue
        for field, value in message.ListFields():
            if field.message_type is not None:
                waiting += [value] if hasattr(value, "ListFields") else list(value)


def open_session(path: Path, device: str) -> Any:
    """The network, ready to answer: on CUDA where the device is and onnxruntime can, else on torch's CPU threads."""
    import onnxruntime  # type: ignore[import-untyped]
    import torch

    content = read(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is raised
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    providers = [p for p in wanted if p in onnxruntime.get_available_providers()] + ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # onnxruntime raises a kind for each of its states
        why = str(error).strip().splitlines()[0].rpartition(" : ")[2][:200]
        raise LeukcadError(f"{path}: onnxruntime cannot run it: {why}") from error


def signature(session: Any, path: Path, channels_last: bool, size: int, classes: int, output: str | None) -> Signature:
    """How to call the network; raises `LeukcadError` where it takes or gives something else than is needed."""
    inputs, outputs = session.get_inputs(), {one.name: one for one in session.get_outputs()}
    if len(inputs) != 1:
        raise LeukcadError(f"{path}: expected one input, the pictures, got {_names(one.name for one in inputs)}")
    given = inputs[0]
    if given.type not in TYPES:
        raise LeukcadError(f"{path}: expected an input of {', '.join(TYPES)}, got {given.type}")
    wanted: list[int | None] = [None, size, size, 3] if channels_last else [None, 3, size, size]
    if not fits(given.shape, wanted):
        raise LeukcadError(
            f"{path}: expected an input of {_shape(wanted)}, got {_shape(given.shape)}", cure=_cure(given.shape)
        )
    if output is None and len(outputs) > 1:
        raise LeukcadError(f"{path}: it has several outputs", cure=f"name one under `scores`: {_names(outputs)}")
    name = output or next(iter(outputs))
    if name not in outputs:
        raise LeukcadError(f"{path}: no output {name!r}", cure=f"known: {_names(outputs)}")
    answer = list(outputs[name].shape)
    rows: list[list[int | None]] = [[None, classes]]
    rows += [[None, 1], [None]] if classes == 2 else []
    if not any(fits(answer, row) for row in rows):
        raise LeukcadError(
            f"{path}: expected a score for each of {classes} classes, got an output of {_shape(answer)}",
            cure="name its classes, in its own order, under `classes`",
        )
    batch = given.shape[0] if isinstance(given.shape[0], int) and given.shape[0] > 0 else None
    return Signature(given.name, name, TYPES[given.type], batch)


def fits(shape: Sequence[Size], wanted: Sequence[int | None]) -> bool:
    """Whether a shape of a file (names or None where any size goes) can be the wanted one (None: any)."""
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(w is None or not isinstance(s, int) or s in (w, 0, -1) for s, w in pairs)


def _cure(shape: Sequence[Size]) -> str:
    """What to say in the pipeline for a file that takes pictures of this shape."""
    if len(shape) == 4 and 3 in (shape[1], shape[3]):
        layout, side = ("NCHW", shape[2]) if shape[1] == 3 else ("NHWC", shape[1])
        if isinstance(side, int) and shape.count(side) >= 2:
            return f"say `input_size: {side}` and `layout: {layout}`"
        return f"say `layout: {layout}`"
    return "export it for square RGB pictures"


def _shape(shape: Sequence[Size]) -> str:
    return "(" + ", ".join(str(s) if isinstance(s, int) else (s or "N") for s in shape) + ")"


def _names(names: Any) -> str:
    return ", ".join(map(str, names)) or "none"
