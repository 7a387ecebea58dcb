"""Where the heat maps of untouched fields lie: numbers that explain a verdict and have no vote in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.answering import Answerer, Trained
from leukcad.auditing.counts import NOT_WBC, leukocytes
from leukcad.auditing.following import following_of
from leukcad.auditing.plan import Plan
from leukcad.auditing.recoding import recoded
from leukcad.auditing.summing import places, together
from leukcad.evaluation.evidence import Evidence, evidence
from leukcad.evaluation.stability import jittered, moved, stability
from leukcad.evaluation.views import View
from leukcad.kinds import is_leukocyte
from leukcad.progress import track
from leukcad.showcase.examples import choose
from leukcad.types import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from leukcad.pipeline import State

FIELDS = 20  # untouched fields that are looked at
HEADS = 20  # re-drawn ones, for what gain a head that learned nothing has


@dataclass(frozen=True)
class Lens:
    """A pipeline's maps: rows and columns of the explained layer for one crop, and the side of the crop, px."""

    model: Trained
    explainer: str
    network: nn.Module
    grid: tuple[int, int]
    size: int


def lens_of(model: Answerer) -> Lens | None:
    """None where there is no explainer, no network, or no saying how coarse its maps are."""
    if not isinstance(model, Trained):
        return None
    steps = model.pipeline.steps
    explainer = next((s for s in steps if s.stage == "explain"), None)
    classifier = next((s.component for s in reversed(steps) if s.stage == "classify"), None)
    layer, network = getattr(classifier, "cam_layer", None), getattr(classifier, "network", None)
    if explainer is None or layer is None or network is None:
        return None
    if explainer.options.get("layer", "") is not None:  # another layer than the network's own, or no layer at all
        return None
    size = int(getattr(classifier, "input_size", 224))
    grid = _grid(classifier, network, layer, size)
    return None if grid is None else Lens(model, explainer.name, network, grid, size)


def _grid(classifier: Any, network: nn.Module, layer: nn.Module, size: int) -> tuple[int, int] | None:
    """What the layer puts out for one crop: its rows and columns."""
    import torch

    seen: list[tuple[int, ...]] = []
    handle = layer.register_forward_hook(lambda module, inputs, output: seen.append(tuple(output.shape)))
    try:
        with torch.no_grad():
            network(classifier.prepare(torch.zeros((1, 3, size, size), dtype=torch.uint8)))
    finally:
        handle.remove()
    return (seen[0][2], seen[0][3]) if seen and len(seen[0]) == 4 else None


def evidence_of(model: Answerer, plan: Plan) -> dict[str, Any] | None:
    """Gain, energy, coverage and their like over some untouched fields, half of each class; None without heat maps."""
    lens = lens_of(model)
    if lens is None:
        return None
    rows: list[dict[str, Any]] = []
    null: dict[int, list[float]] = defaultdict(list)
    chosen = choose(plan.records, FIELDS, plan.spec.positive)
    for record in track(chosen, f"measuring heat maps of {model.name}"):
        read = plan.base.source.read(record)
        cells = None if read is None else _leukocytes(read)
        if read is None or cells is None:
            continue
        row = {"leukocytes": leukocytes(read), **_of_field(lens, recoded(read), cells, null)}
        rows.append({"field": record.id, "group": record.group, "truth": record.label, **row})
    if not rows:
        return None
    told = {"explainer": lens.explainer, **together(rows, null), **places(rows, plan.least)}
    return {**told, "following": following_of(lens.model, plan), "fields": rows}


def _of_field(lens: Lens, field: Field, cells: NDArray[np.int32], null: dict[int, list[float]]) -> dict[str, Any]:
    state = lens.model.pipeline.run([field])
    found = _measured(lens, state, cells, _others(field))
    if found is None:
        return {"note": "no cell, so no heat map"}
    if found.gain is None:  # nor would copies and other heads have one
        return {**found.to_dict(), "stability": None}
    gains = []
    for copy in jittered(field.array()):
        other = lens.model.pipeline.run([field.replace(image=Field.of(field.record, copy.pixels).image)])
        told = _measured(lens, other, moved(cells, copy.dy, copy.dx), shifts=0)
        gains += [told.gain] if told is not None and told.gain is not None else []
    for number, _ in enumerate(_redrawn(lens.network)):
        told = _measured(lens, state, cells, shifts=0)
        if told is not None and told.gain is not None:
            null[number].append(told.gain)
    return {**found.to_dict(), "stability": stability(gains)}


def _measured(
    lens: Lens,
    state: State,
    cells: NDArray[np.int32],
    others: Mapping[str, NDArray[np.bool_]] | None = None,
    shifts: int = 999,
) -> Evidence | None:
    """The evidence of the one field of a state; None where there is no map."""
    heat = lens.model.pipeline.explain(state)[0]
    if heat is None or state.crops is None:
        return None
    view = View((int(cells.shape[0]), int(cells.shape[1])), state.crops.boxes.tolist(), lens.grid, lens.size)
    return evidence(heat.values.cpu().double().numpy(), cells, view, others, heat.raw, shifts=shifts)


def _leukocytes(field: Field) -> NDArray[np.int32] | None:
    """(H, W): i + 1 on leukocyte i; None where cells have no outlines."""
    import numpy as np

    if field.truth is None or field.truth.regions is None:
        return None
    regions = field.truth.regions.cpu().numpy()
    out = [i + 1 for i, name in enumerate(field.truth.names()) if not is_leukocyte(name)]
    return np.where(np.isin(regions, out), 0, regions).astype(np.int32)


def _others(field: Field) -> dict[str, NDArray[np.bool_]] | None:
    """Red cells and platelets where the data outline them: only then is the rest plasma."""
    import numpy as np

    if field.surroundings is not None:
        return dict(field.surroundings())
    if field.truth is None or field.truth.regions is None or not set(NOT_WBC) <= field.complete:
        return None
    regions, names = field.truth.regions.cpu().numpy(), field.truth.names()
    return {kind: np.isin(regions, [i + 1 for i, n in enumerate(names) if n == kind]) for kind in NOT_WBC}


@contextmanager
def _kept(head: nn.Module) -> Iterator[None]:
    weights = {name: tensor.clone() for name, tensor in head.state_dict().items()}
    try:
        yield
    finally:
        head.load_state_dict(weights)


def _redrawn(network: nn.Module) -> Iterator[None]:
    """The network with one head after another that learned nothing; afterwards it is as it was."""
    import torch

    heads = [m for m in network.modules() if isinstance(m, torch.nn.Linear | torch.nn.Conv2d)]
    with _kept(heads[-1]), torch.random.fork_rng():
        for seed in range(HEADS):
            torch.manual_seed(seed)
            heads[-1].reset_parameters()
            yield
