"""Training networks: what torch plugins call in their `leukcad_fit`. Importing it does not import torch."""

from leukcad.training.answers import predictions
from leukcad.training.augment import augment_with_maps, toned
from leukcad.training.batches import Batches, inference_batch, steps
from leukcad.training.classifier import NetworkClassifier
from leukcad.training.loop import TrainResult, train
from leukcad.training.loss import cross_entropy
from leukcad.training.repeatable import seeded
from leukcad.training.weights import fill, read_weights

__all__ = [
    "Batches",
    "NetworkClassifier",
    "TrainResult",
    "augment_with_maps",
    "cross_entropy",
    "fill",
    "inference_batch",
    "predictions",
    "read_weights",
    "seeded",
    "steps",
    "toned",
    "train",
]
