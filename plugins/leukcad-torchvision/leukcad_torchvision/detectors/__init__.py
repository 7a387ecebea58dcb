"""Detectors of torchvision, trained on boxes: Faster R-CNN, RetinaNet, SSDlite."""
