"""Which kinds of cells are leukocytes, by the names that data sets give them."""

from __future__ import annotations

import re

#: Cells in a smear that are no leukocytes; a plural s does not matter, nor does case.
NOT_WBC = frozenset(
    {"rbc", "red blood cell", "red cell", "erythrocyte", "platelet", "thrombocyte", "plt", "artefact", "artifact"}
)


def is_leukocyte(name: str) -> bool:
    """Whether cells of this name count as WBC: all do but red cells, platelets and artefacts; '' (unknown) does."""
    plain = re.sub(r"[^a-z]+", " ", name.lower()).strip()
    return plain not in NOT_WBC and plain.removesuffix("s") not in NOT_WBC
