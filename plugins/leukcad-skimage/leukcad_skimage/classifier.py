"""`classify: descriptors`: hand-crafted descriptors and a classifier of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad.features import FeatureClassifier, FeatureOptions, ModelName

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor


class Descriptors(FeatureClassifier):
    """Size, shape, texture (GLCM, LBP) and colour of cell and nucleus, learned by an SVM, a forest or neighbours."""

    name = "descriptors"

    def __init__(
        self,
        *,
        model: ModelName = "svm",
        input_size: Annotated[int, Option(ge=32, le=1024, description="side of the crops in px")] = 128,
        train: Annotated[FeatureOptions, Option(description="how it learns")] = FeatureOptions(),  # noqa: B008 (frozen)
    ) -> None:
        super().__init__(model, input_size, train)

    def vectors(self, pixels: Tensor) -> npt.NDArray[np.float64]:
        """`leukcad_skimage.descriptors.NAMES` of each crop, (N, D)."""
        import numpy as np

        from .descriptors import NAMES, describe

        rows = [describe(picture) for picture in pixels.permute(0, 2, 3, 1).cpu().numpy()]
        return np.array(rows).reshape(-1, len(NAMES))
