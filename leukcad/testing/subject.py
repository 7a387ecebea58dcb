"""The component under test: made anew for each question, taught once if it learns."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.assembly import Setting, make_step
from leukcad.config.nodes import from_plain
from leukcad.config.places import ConfigError
from leukcad.config.uses import Checker, Use
from leukcad.host import Host, Offer, discover, learns
from leukcad.testing import samples

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad.step import Step
    from leukcad.types import Examples

LEARNED_FROM = 24  # crops that a classifier is taught with


class Subject:
    """A component with its options.

    options: as YAML would hold them, paths counted from the working directory. Raises `LeukcadError` for an unknown
    component or wrong options.
    """

    def __init__(
        self, stage: str, name: str, options: Mapping[str, Any] | None = None, host: Host | None = None
    ) -> None:
        self.host = host or discover()
        self.offer: Offer = self.host.find(stage, name)
        self.cls: type = self.host.load(stage, name)
        self.use = _checked(self.host, stage, name, dict(options or {}))
        self._folder = Path(tempfile.mkdtemp(prefix="leukcad-testing-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._made = 0

    @property
    def stage(self) -> str:
        """The stage of its component."""
        return self.use.stage

    @property
    def learns(self) -> bool:
        """Whether its component learns."""
        return learns(self.cls)

    def untaught(self, device: str = "cpu", seed: int = 0) -> Step:
        """A step with a new instance, in a folder of its own; quick."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        cells = self.stage in ("classify", "detect", "segment", "explain")
        return make_step(
            self.use,
            Setting(self.host, device, None, quick=True),
            place=1,
            seed=seed,
            classes=samples.CELL_CLASSES if cells else samples.CLASSES,
            positive=samples.POSITIVE,
            positive_cells=samples.POSITIVE_CELLS,
            folder=folder,
        )

    def step(self, device: str = "cpu") -> Step:
        """A step with a new instance that can answer: one that learns has its weights restored."""
        made = self.untaught(device)
        if self.learns:
            made.restore({name: tensor.clone() for name, tensor in self.state.items()})
        return made

    def taught(self, device: str = "cpu") -> Step:
        """A step whose instance has just learned from drawn cells."""
        made = self.untaught(device)
        made.fit(self.examples(0), self.examples(1))
        return made

    @cached_property
    def state(self) -> dict[str, Tensor]:
        """What it learned from drawn cells, once."""
        return self.taught().state()

    def examples(self, seed: int) -> Examples:
        """What its stage learns from: crops for a classifier, fields and their cells for the others."""
        from leukcad.types import Cells, Examples

        if self.stage == "classify":
            return Examples(samples.CELL_CLASSES, crops=samples.draw_crops(LEARNED_FROM, self.size, seed))
        fields = [samples.draw_field(samples.CELL_CLASSES, 100 * seed + i) for i in range(8)]
        cells = [f.truth or Cells.empty(samples.CELL_CLASSES) for f in fields]
        return Examples(samples.CELL_CLASSES, fields, cells)

    @cached_property
    def size(self) -> int:
        """Side of the crops that it is given, px."""
        from leukcad.pipeline import DEFAULT_SIZE

        component = self.untaught().component if self.stage == "classify" else None
        return int(getattr(component, "input_size", DEFAULT_SIZE if component else 64))


def _checked(host: Host, stage: str, name: str, options: dict[str, Any]) -> Use:
    check = Checker(host, [])
    use = check.use(stage, from_plain({"use": name, **options}, "options"))
    if use is None or check.problems:
        raise ConfigError(check.problems)
    return use
