"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    here = "leukcad_skimage"
    return [
        Component(
            "preprocess", "reinhard", f"{here}.reinhard:Reinhard", "colours of the stained brought to a reference"
        ),
        Component("preprocess", "macenko", f"{here}.macenko:Macenko", "the two stains brought to a reference"),
        Component("preprocess", "white-balance", f"{here}.light:WhiteBalance", "the plasma made neutral white"),
        Component("preprocess", "vignetting", f"{here}.light:Vignetting", "uneven light taken out"),
        Component("preprocess", "denoise", f"{here}.denoise:Denoise", "median, bilateral or non-local means"),
        Component("preprocess", "red-cell-scale", f"{here}.scale:RedCellScale", "pixel size told by the red cells"),
        Component(
            "classify", "descriptors", f"{here}.classifier:Descriptors", "shape, texture and colour: SVM, forest, kNN"
        ),
        Component(
            "classify", "numbers", f"{here}.numbers:Numbers", "logistic regression on size, colour, nucleus share …"
        ),
        Component("detect", "nuclei", "leukcad_skimage.nuclei:Nuclei", "WBC nuclei by stain, classical; no training"),
        Component(
            "segment", "nucleus-cytoplasm", "leukcad_skimage.segmenter:NucleusCytoplasm", "nucleus and cell by stain"
        ),
    ]
