"""A network out of an ONNX file as a classifier of fields or of cells: it answers, and does not learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field as Option

from leukcad import Crops, LeukcadError, Predictions, Step, hookimpl
from leukcad.config import FilePath
from leukcad_onnx import opening

if TYPE_CHECKING:
    from torch import Tensor

#: Mean and standard deviation of (values / 255), by name.
SCALES = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "signed": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "unit": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}
Name = Annotated[str, Option(min_length=1, max_length=100)]
OFF = 1e-3  # by so much the probabilities of a row may miss 1


class Onnx:
    """Answers with the network of an ONNX file, through onnxruntime."""

    def __init__(
        self,
        *,
        path: Annotated[FilePath, Option(description="the network, in one .onnx file")],
        classes: Annotated[
            tuple[Name, ...], Option(min_length=2, description="what its scores are of, in their order")
        ],
        input_size: Annotated[int, Option(ge=1, le=4096, description="side of its pictures in px")] = 224,
        normalise: Annotated[
            Literal["imagenet", "unit", "signed", "none"],
            Option(description="imagenet: its mean and deviation; unit: 0 to 1; signed: -1 to 1; none: 0 to 255"),
        ] = "imagenet",
        layout: Annotated[Literal["NCHW", "NHWC"], Option(description="where the colours stand")] = "NCHW",
        colours: Annotated[Literal["rgb", "bgr"], Option(description="their order")] = "rgb",
        output: Annotated[
            Literal["logits", "probabilities"],
            Option(description="what it gives; of two classes it may give one number, the second's"),
        ] = "logits",
        scores: Annotated[Name | None, Option(description="the output that holds them, where it has several")] = None,
    ) -> None:
        if len(set(classes)) < len(classes):
            raise LeukcadError(f"classes: expected different names, got {', '.join(classes)}")
        self.name = "onnx"
        self.path, self.classes, self.input_size = Path(path), tuple(classes), input_size
        self.normalise, self.layout, self.colours = normalise, layout, colours
        self.output, self.scores = output, scores
        self._opened: tuple[Any, opening.Signature] | None = None

    @hookimpl
    def leukcad_classify(self, crops: Crops, step: Step) -> Predictions:
        """One row per crop over the classes that the file's scores are of; raises `LeukcadError` where they differ."""
        if set(self.classes) != set(step.classes):
            came = f"expected scores of {', '.join(step.classes)}, got those of {', '.join(self.classes)}"
            raise LeukcadError(f"{step.title}: {came}", cure="name the pipeline's classes in the file's order")
        self._open(step.device)
        return self.predict(crops)

    def predict(self, crops: Crops) -> Predictions:
        """One row of probabilities per crop, on the crops' device."""
        import torch

        from leukcad.training import inference_batch

        session, told = self._open("cpu")
        size = told.batch or inference_batch(self.input_size)
        rows = [torch.zeros((0, len(self.classes)))]
        for part in torch.split(crops.pixels, size):
            if len(part):
                rows.append(self._answers(session, told, part))
        return Predictions.of(torch.cat(rows).to(crops.pixels.device), self.classes)

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → what the file takes: at its size, normalised, in its layout, on the CPU."""
        import torch
        import torch.nn.functional as F

        pixels = pixels.cpu()
        side = self.input_size
        if pixels.shape[-1] != side:
            pixels = F.interpolate(
                pixels.contiguous(memory_format=torch.channels_last), (side, side), mode="bilinear", antialias=True
            )
        if self.normalise != "none":
            mean, deviation = (torch.tensor(values)[:, None, None] for values in SCALES[self.normalise])
            pixels = (pixels.float() / 255 - mean) / deviation
        if self.colours == "bgr":
            pixels = pixels.flip(1)
        return pixels if self.layout == "NCHW" else pixels.permute(0, 2, 3, 1)

    def _open(self, device: str) -> tuple[Any, opening.Signature]:
        if self._opened is None:
            session = opening.open_session(self.path, device)
            last = self.layout == "NHWC"
            told = opening.signature(session, self.path, last, self.input_size, len(self.classes), self.scores)
            if told.dtype == "uint8" and self.normalise != "none":
                raise LeukcadError(f"{self.path}: it takes uint8 pictures", cure="say `normalise: none`")
            self._opened = session, told
        return self._opened

    def _answers(self, session: Any, told: opening.Signature, part: Tensor) -> Tensor:
        import numpy as np
        import torch

        inputs = np.ascontiguousarray(self.prepare(part).numpy(), told.dtype)
        n = len(inputs)
        if told.batch and n < told.batch:  # a file for batches of one size: the last one is filled up
            inputs = np.concatenate([inputs, np.repeat(inputs[-1:], told.batch - n, axis=0)])
        try:
            (answer,) = session.run([told.output], {told.input: inputs})
        except Exception as error:  # onnxruntime raises a kind for each of its states
            why = str(error).strip().splitlines()[0][:200]
            raise LeukcadError(f"{self.path}: onnxruntime cannot run it: {why}") from error
        table = torch.from_numpy(np.array(answer, np.float32))
        table = table[:, None] if table.ndim == 1 else table
        wanted = (len(inputs), len(self.classes))
        if tuple(table.shape) != wanted and not (wanted[1] == 2 and tuple(table.shape) == (wanted[0], 1)):
            raise LeukcadError(f"{self.path}: expected scores of {wanted}, got {tuple(table.shape)}")
        return self._probabilities(table[:n])

    def _probabilities(self, table: Tensor) -> Tensor:
        import torch

        if not table.isfinite().all():
            raise LeukcadError(f"{self.path}: it answers with NaN or infinity", cure="look at `normalise` and `layout`")
        if self.output == "logits":
            table = torch.cat([torch.zeros_like(table), table], dim=1) if table.shape[1] == 1 else table
            return table.softmax(dim=1)
        table = torch.cat([1 - table, table], dim=1) if table.shape[1] == 1 else table
        if table.min() < -OFF or (table.sum(dim=1) - 1).abs().max() > OFF:
            came = f"{table.min():.3g} to {table.max():.3g} with sums of {table.sum(dim=1).max():.3g}"
            raise LeukcadError(f"{self.path}: expected probabilities, got {came}", cure="say `output: logits`")
        return table.clamp(0, 1)
