"""Classifiers of feature vectors (SVM, random forest, nearest neighbours), kept as arrays: for plugins whose pictures
become numbers. Importing it imports neither torch nor scikit-learn; answering needs no scikit-learn."""

from leukcad.features.classifier import FeatureClassifier
from leukcad.features.model import Fitted, learn, restored
from leukcad.features.options import FeatureOptions, ModelName

__all__ = ["FeatureClassifier", "FeatureOptions", "Fitted", "ModelName", "learn", "restored"]
