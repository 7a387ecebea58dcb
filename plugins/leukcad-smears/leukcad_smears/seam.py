"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl

#: Interventions: name, module and class in `editing`, one line about it.
EDITS = (
    ("add", "add:Add", "leukocytes added, at the same positions whatever their kinds"),
    ("swap", "swap:Swap", "leukocytes exchanged for others in place"),
    ("thin", "thin:Thin", "leukocytes taken out, plasma in their place"),
    ("sham-add", "add:ShamAdd", "control of `add`: plasma set in with a cell's outline"),
    ("sham-thin", "thin:ShamThin", "control of `thin`: plasma over cell-free places"),
    ("transplant", "transplant:Transplant", "one leukocyte exchanged for one of another field and type"),
    ("add-red-cells", "red_cells:AddRedCells", "red cells added"),
    ("erase-nuclei", "nuclei:EraseNuclei", "nuclei covered by the cells' own cytoplasm"),
    ("recolour", "stains:Recolour", "the mean stain and light of another class"),
    ("background", "stains:Background", "another colour of the light"),
    ("magnify", "magnify:Magnify", "the middle of the field, enlarged"),
    ("border", "overlays:Border", "a frame over the margin"),
    ("scale-bar", "overlays:ScaleBar", "a scale bar in a corner"),
    ("recompress", "overlays:Recompress", "a JPEG of lower quality"),
)


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
        *(Component("synthesize", name, f"leukcad_smears.editing.{target}", told) for name, target, told in EDITS),
    ]
