"""Class activation maps and occlusion for leukcad; Grad-CAM batched, in one pass."""
