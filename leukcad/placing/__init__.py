"""Candidate positions placed by hand: the page behind `leukcad place`."""

from leukcad.placing.fields import Pictures
from leukcad.placing.finder import Finder
from leukcad.placing.page import site
from leukcad.placing.placement import Placement

__all__ = ["Finder", "Pictures", "Placement", "site"]
