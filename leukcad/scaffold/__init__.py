"""New plugin packages: a small real method of its stage, with tests that pass at once."""

from leukcad.scaffold.writing import Names, scaffold

__all__ = ["Names", "scaffold"]
