"""Annotated data from one format into another: the room behind `leukcad data convert`."""

from leukcad.converting.classes import ClassMap
from leukcad.converting.convert import Converted, convert, formats

__all__ = ["ClassMap", "Converted", "convert", "formats"]
