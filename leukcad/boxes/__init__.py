"""What detectors that learn from boxes share: their options, fields as pictures and tiles, boxes that are turned along,
and the score from which on a box is a cell. Importing it does not import torch."""

from leukcad.boxes.detector import Detector
from leukcad.boxes.framing import Framing, annotated, padded
from leukcad.boxes.lesson import Batch, BoxBatches, Told, pictures
from leukcad.boxes.options import FLOOR, BoxTraining, Score
from leukcad.boxes.threshold import THRESHOLD, UNKNOWN, frozen
from leukcad.boxes.tiles import Found, View, merged, starts, views
from leukcad.boxes.turning import Picture, changed, within, zoomed

__all__ = [
    "FLOOR",
    "THRESHOLD",
    "UNKNOWN",
    "Batch",
    "BoxBatches",
    "BoxTraining",
    "Detector",
    "Found",
    "Framing",
    "Picture",
    "Score",
    "Told",
    "View",
    "annotated",
    "changed",
    "frozen",
    "merged",
    "padded",
    "pictures",
    "starts",
    "views",
    "within",
    "zoomed",
]
