"""Training networks: what torch plugins call in their `leukcad_fit`. Importing it does not import torch."""

from leukcad.training.answers import predictions
from leukcad.training.batches import inference_batch
from leukcad.training.loop import TrainResult, train
from leukcad.training.loss import cross_entropy
from leukcad.training.repeatable import seeded

__all__ = ["TrainResult", "cross_entropy", "inference_batch", "predictions", "seeded", "train"]
