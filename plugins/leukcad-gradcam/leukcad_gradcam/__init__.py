"""Grad-CAM for leukcad, batched, one pass."""
