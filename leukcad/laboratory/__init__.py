"""What a laboratory asks of a trained run: an answer per slide or patient, with its differential and its doubts."""

from leukcad.laboratory.grouping import grouped
from leukcad.laboratory.manual import agreement, read_manual
from leukcad.laboratory.slides import Rules, by_group

__all__ = ["Rules", "agreement", "by_group", "grouped", "read_manual"]
