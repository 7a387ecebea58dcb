"""Training cells seen more than once, each time a little aside and a little larger or smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Option

from leukcad import Field, Step

if TYPE_CHECKING:
    from torch import Tensor


class Jitter(BaseModel):
    """How training cells are moved; what is answered or validated never is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    copies: Annotated[
        int, Option(ge=1, le=64, description="crops of each training cell, the first of them not moved")
    ] = 4
    shift: Annotated[float, Option(ge=0, le=1, description="farthest shift, in sides of the region")] = 0.1
    scale: Annotated[float, Option(ge=0, le=1, description="largest relative change of the region's size")] = 0.1


Jittered = Annotated[
    Jitter | None, Option(description="several crops of each training cell, shifted and scaled; none if left out")
]


class Jittering:
    """What crop components with the option `jitter` share."""

    def __init__(self, jitter: Jitter | None) -> None:
        self.jitter = jitter

    @property
    def copies(self) -> int:
        """How many crops of a training cell are asked for, each with a `step.draw` of its own."""
        return self.jitter.copies if self.jitter else 1

    def moved(self, regions: Tensor, field: Field, step: Step) -> Tensor:
        """The regions (N, 4) of one field as draw `step.draw` has them; draw 0 as they are.

        Sizes change by a factor between 1 / (1 + scale) and 1 + scale. The same seed, field and draw move alike.
        """
        import torch

        if self.jitter is None or not step.draw or not len(regions):
            return regions
        drawn = step.rng(field.record.id).uniform(-1, 1, (len(regions), 3))
        draws = torch.from_numpy(drawn).to(regions)  # (N, 3)
        sides = regions[:, 2:] - regions[:, :2]
        centre = (regions[:, 2:] + regions[:, :2]) / 2 + draws[:, :2] * self.jitter.shift * sides
        half = sides / 2 * (1 + self.jitter.scale) ** draws[:, 2:]
        return torch.cat([centre - half, centre + half], dim=1)
