"""What a plugin's own tests need: small drawn samples, and the contract of its stage as a class to inherit.

    from leukcad.testing import Contract

    class TestMine(Contract):
        stage, name, options = "classify", "mine", {"neighbours": 3}

`leukcad plugins check NAME` asks the same questions. Importing it imports neither torch nor pytest.
"""

from leukcad.testing.checks import CHECKS, Finding, examine
from leukcad.testing.contract import Contract
from leukcad.testing.samples import CELL_CLASSES, CLASSES, draw_crops, draw_field, draw_fields, tiny_model
from leukcad.testing.subject import Subject

__all__ = [
    "CELL_CLASSES",
    "CHECKS",
    "CLASSES",
    "Contract",
    "Finding",
    "Subject",
    "draw_crops",
    "draw_field",
    "draw_fields",
    "examine",
    "tiny_model",
]
