"""What each stage's new package is about, and the small pipeline that it is tried with."""

from __future__ import annotations

from dataclasses import dataclass

NETWORK = (
    "{use: torchvision, name: shufflenet_v2_x0_5, input_size: 64, train: {epochs: 2, lr: 1e-3, learn_from: previous}}"
)
SIMULATED = """\
data: {use: simulated, healthy: 12, leukaemic: 12, width: 400, height: 300}
test: {use: simulated, healthy: 4, leukaemic: 4, width: 400, height: 300, seed: 9, prefix: Fresh}"""
PICTURES = "data: {use: $name, path: tests/fields}"
SYNTHESIZE = "synthesize: {use: $name, doses: [1, 3], draws: 1, donors: {use: simulated-cells, width: 400, seed: 5}}"
DETECT, CROP, DIAGNOSE = "detect: nuclei", "crop: square", "diagnose: excess"
CLASSIFY, MINE = f"classify: {NETWORK}", "$stage: $name"


@dataclass(frozen=True)
class Recipe:
    """A stage's method in a word, what it needs installed, and the steps of its pipeline."""

    summary: str
    steps: tuple[str, ...]
    needs: tuple[str, ...] = ("torch",)
    data: str = SIMULATED
    more: str = ""

    def pipeline(self) -> dict[str, str]:
        """The parts of the pipeline file that differ by stage."""
        steps = "\n".join(f"  - {step}" for step in self.steps)
        return {"data": self.data, "more": self.more or "seed: 0", "steps": steps}


RECIPES = {
    "data": Recipe("pictures with their label in their name", (CLASSIFY,), ("pydantic",), PICTURES),
    "preprocess": Recipe("white patch balance of a field's light", (MINE, CLASSIFY), ("torch", "pydantic")),
    "detect": Recipe(
        "leukocytes where red light is absorbed",
        (MINE, CROP, CLASSIFY, DIAGNOSE),
        ("numpy", "scipy", "pydantic"),
    ),
    "segment": Recipe(
        "cell and nucleus by optical density",
        (DETECT, MINE, CROP, CLASSIFY, DIAGNOSE),
        ("numpy", "scipy", "torch", "pydantic"),
    ),
    "crop": Recipe("each cell without its neighbours", (DETECT, MINE, CLASSIFY, DIAGNOSE), ("torch", "pydantic")),
    "classify": Recipe("nearest class mean of a cell's colours", (DETECT, CROP, MINE, DIAGNOSE), ("torch", "pydantic")),
    "diagnose": Recipe("a quantile of the cells' suspicion", (DETECT, CROP, CLASSIFY, MINE), ("torch", "pydantic")),
    "explain": Recipe("occlusion of one tile after the other", (CLASSIFY, MINE), ("torch", "pydantic")),
    "synthesize": Recipe("donor cells set in as they are", (CLASSIFY,), ("torch", "pydantic"), more=SYNTHESIZE),
    "observe": Recipe("a diary of the run as a table", (CLASSIFY,), ("pydantic",), more="observe: [{use: $name}]"),
}
