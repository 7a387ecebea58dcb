"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [
        Component(
            "data",
            "simulated",
            "leukcad_smears.simulated:Simulated",
            "drawn fields with exact truth; presets name their traps",
        ),
        Component(
            "data", "simulated-cells", "leukcad_smears.simulated:SimulatedCells", "drawn single cells, as in ALL-IDB2"
        ),
        Component(
            "data", "semireal", "leukcad_smears.semireal:Semireal", "real cells on real backgrounds, immature or mature"
        ),
        Component(
            "data", "semireal-cells", "leukcad_smears.semireal:SemirealCells", "real single cells at the fields' scale"
        ),
        Component(
            "synthesize",
            "paste-paper",
            "leukcad_smears.paste:PastePaper",
            "donor cells pasted as the published study did",
        ),
        Component(
            "synthesize",
            "paste",
            "leukcad_smears.paste:Paste",
            "donor cells matched in scale, stain, sharpness and noise",
        ),
    ]
