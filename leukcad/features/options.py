"""What a classifier of feature vectors can be told in YAML; light to import."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leukcad.options import LearnOptions

ModelName = Annotated[
    Literal["svm", "forest", "knn"],
    Field(description="what learns the numbers: support vectors (RBF), a random forest, or the nearest neighbours"),
]


class FeatureOptions(LearnOptions):
    """How a classifier of feature vectors learns; each model takes what is its own."""

    c: Annotated[float, Field(gt=0, le=1e6, description="of svm: what an example on the wrong side costs")] = 10.0
    trees: Annotated[int, Field(ge=1, le=10_000, description="of forest: how many trees vote")] = 300
    neighbours: Annotated[int, Field(ge=1, le=1000, description="of knn: how many neighbours vote")] = 5
    balance: Annotated[bool, Field(description="of svm and forest: weigh classes by their rarity")] = False
