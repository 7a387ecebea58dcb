"""One step of a pipeline: the chosen component behind checked, typed calls."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pluggy

from leukcad.errors import LeukcadError, PluginError, TypeMismatch
from leukcad.hookspecs import EventSpecs, StageSpecs

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from leukcad.types import Cells, Crops, Examples, Field, Heatmap, Predictions, Record

log = logging.getLogger("leukcad")
T = TypeVar("T")


class Model(Protocol):
    """What a classifier offers to an explainer; attributes beyond `predict` may be missing and are then named."""

    network: Any
    cam_layer: Any
    input_size: int

    def predict(self, crops: Crops) -> Predictions:
        """Probabilities of crops, without gradients."""

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → what the network takes: float, normalised, on its device."""


@dataclass(eq=False)
class Step:
    """The component of one step, and what it may know of the run that it works in.

    classes: the names it must answer in. positive: the field class that counts as positive, or None. positive_cells:
    the cell classes that speak for it. seed, place and draw feed `rng`. folder: where it may leave files (None outside
    a run). cache: where what is deterministic is kept between runs (None: nowhere). quick: be small.
    """

    stage: str
    name: str
    component: Any
    options: dict[str, Any] = field(default_factory=dict)
    origin: str = ""
    place: int = 0
    classes: tuple[str, ...] = ()
    positive: str | None = None
    positive_cells: tuple[str, ...] = ()
    device: str = "cpu"
    seed: int = 0
    draw: int = 0
    folder: Path | None = None
    cache: Path | None = None
    quick: bool = False
    observers: Sequence[Any] = ()

    def __post_init__(self) -> None:
        self.manager = pluggy.PluginManager("leukcad")
        self.manager.add_hookspecs(StageSpecs)
        self.manager.add_hookspecs(EventSpecs)
        self.manager.register(self.component, name=self.title)
        for observer in self.observers:
            self.manager.register(observer)
        self.manager.check_pending()
        self.log = log.getChild(self.stage)

    @property
    def title(self) -> str:
        """`stage 'name'`, as messages name it."""
        return f"{self.stage} {self.name!r}"

    def rng(self, key: object = "") -> np.random.Generator:
        """A generator that depends on nothing but the run's seed, this step, its draw and `key`."""
        import numpy as np

        text = f"{self.seed}/{self.stage}/{self.place}/{self.draw}/{key}"
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))

    def call(self, hook: str, **arguments: Any) -> Any:
        """Call one hook; `None` is refused, and what goes wrong names this step and its distribution."""
        with self._named(hook):
            answer = getattr(self.manager.hook, hook)(**arguments)
        if answer is None and hook not in ("leukcad_fit", "leukcad_restore"):
            raise PluginError(f"{self.title} ({self.origin}): {hook} answered None; return an empty value instead")
        return answer

    @contextmanager
    def _named(self, hook: str) -> Iterator[None]:
        try:
            yield
        except TypeMismatch as error:
            raise PluginError(f"{self.title} ({self.origin}): {hook}: {error}") from error
        except (LeukcadError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise PluginError(f"{self.title} ({self.origin}): {hook} raised {type(error).__name__}: {error}") from error

    def _list(self, hook: str, kind: type, n: int, **arguments: Any) -> list[Any]:
        answer = self.call(hook, step=self, **arguments)
        if not isinstance(answer, list) or len(answer) != n or not all(isinstance(a, kind) for a in answer):
            came = (
                f"{len(answer)} of {type(answer[0]).__name__}" if isinstance(answer, list) and answer else repr(answer)
            )
            raise PluginError(f"{self.title} ({self.origin}): {hook}: expected {n} {kind.__name__}, got {came[:80]}")
        return answer

    def index(self) -> list[Record]:
        """The records of a data source; ids are unique."""
        from leukcad.types import Record

        records: Iterable[Record] = self.call("leukcad_index", step=self)
        with self._named("leukcad_index"):
            records = list(records)
        seen: set[str] = set()
        for record in records:
            if not isinstance(record, Record):
                raise PluginError(f"{self.title} ({self.origin}): expected Record objects, got {type(record).__name__}")
            if record.id in seen:
                raise PluginError(f"{self.title} ({self.origin}): the id {record.id!r} stands twice in the index")
            seen.add(record.id)
        return records

    def read(self, record: Record) -> Field:
        """One field of a data source."""
        from leukcad.types import Field

        return self._one("leukcad_read", Field, record=record)

    def preprocess(self, fields: Sequence[Field]) -> list[Field]:
        """The fields, their height and width unchanged."""
        from leukcad.types import Field

        after: list[Field] = self._list("leukcad_preprocess", Field, len(fields), fields=fields)
        for old, new in zip(fields, after, strict=True):
            if old.image.shape != new.image.shape:
                size = f"{tuple(old.image.shape)} to {tuple(new.image.shape)}"
                raise PluginError(f"{self.title} ({self.origin}) changed the size of {old.record.id} from {size}")
        return after

    def detect(self, fields: Sequence[Field]) -> list[Cells]:
        """The cells of each field."""
        from leukcad.types import Cells

        return self._list("leukcad_detect", Cells, len(fields), fields=fields)

    def segment(self, fields: Sequence[Field], cells: Sequence[Cells] | None) -> list[Cells]:
        """The cells of each field with label maps."""
        from leukcad.types import Cells

        return self._list("leukcad_segment", Cells, len(fields), fields=fields, cells=cells)

    def crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int) -> Crops:
        """One crop per cell, in the order of the fields."""
        from leukcad.types import Crops

        crops: Crops = self._one("leukcad_crop", Crops, fields=fields, cells=cells, size=size)
        wanted = sum(len(c) for c in cells)
        if len(crops) != wanted or (wanted and crops.pixels.shape[-1] != size):
            came = f"{len(crops)} of {crops.pixels.shape[-1]} px"
            raise PluginError(f"{self.title} ({self.origin}): expected {wanted} crops of {size} px, got {came}")
        return crops

    def classify(self, crops: Crops) -> Predictions:
        """One row per crop."""
        return self._rows("leukcad_classify", len(crops), crops=crops)

    def diagnose(
        self, cells: Sequence[Cells], predictions: Predictions, field_index: Tensor, cell_index: Tensor
    ) -> Predictions:
        """One row per field."""
        more = {"predictions": predictions, "field_index": field_index, "cell_index": cell_index}
        return self._rows("leukcad_diagnose", len(cells), cells=cells, **more)

    def explain(self, crops: Crops, targets: Sequence[str], model: Model) -> list[Heatmap]:
        """One heat map per crop."""
        from leukcad.types import Heatmap

        return self._list("leukcad_explain", Heatmap, len(crops), crops=crops, targets=targets, model=model)

    def synthesize(self, field: Field, doses: Sequence[int], donors: Sequence[Field]) -> Iterator[Field]:
        """New fields out of one, made as they are asked for."""
        answer = self.call("leukcad_synthesize", field=field, doses=doses, donors=donors, step=self)
        with self._named("leukcad_synthesize"):
            yield from answer

    def fit(self, train: Examples, validation: Examples) -> None:
        """Learn."""
        self.call("leukcad_fit", train=train, validation=validation, step=self)

    def state(self) -> dict[str, Tensor]:
        """What was learned."""
        state: dict[str, Tensor] = self.call("leukcad_state")
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take back what was learned."""
        self.call("leukcad_restore", state=state, step=self)

    def _one(self, hook: str, kind: type[T], **arguments: Any) -> T:
        answer = self.call(hook, step=self, **arguments)
        if not isinstance(answer, kind):
            came = type(answer).__name__
            raise PluginError(f"{self.title} ({self.origin}): {hook}: expected {kind.__name__}, got {came}")
        return answer

    def _rows(self, hook: str, n: int, **arguments: Any) -> Predictions:
        from leukcad.types import Predictions

        rows = self._one(hook, Predictions, **arguments)
        if len(rows) != n or set(rows.classes) != set(self.classes):
            came = f"{len(rows)} over {', '.join(rows.classes)}"
            wanted = f"{n} rows over {', '.join(self.classes)}"
            raise PluginError(f"{self.title} ({self.origin}): {hook}: expected {wanted}, got {came}")
        return rows
