"""Classifiers and detectors of torchvision as leukcad components."""
