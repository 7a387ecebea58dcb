"""Cells looked over by a person: the page behind `leukcad review`."""

from leukcad.reviewing.cells import Cell, from_files, from_run
from leukcad.reviewing.log import OverrideLog
from leukcad.reviewing.page import site
from leukcad.reviewing.review import Review

__all__ = ["Cell", "OverrideLog", "Review", "from_files", "from_run", "site"]
