"""What a laboratory asks of a trained run: an answer per slide or patient, with its differential and its doubts."""

from leukcad.laboratory.counting import Count, Seen, look, tally
from leukcad.laboratory.grouping import grouped
from leukcad.laboratory.manual import agreement, read_manual
from leukcad.laboratory.slides import Rules, by_group, names_of, refused, share

__all__ = [
    "Count",
    "Rules",
    "Seen",
    "agreement",
    "by_group",
    "grouped",
    "look",
    "names_of",
    "read_manual",
    "refused",
    "share",
    "tally",
]
