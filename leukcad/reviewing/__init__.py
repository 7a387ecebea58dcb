"""Cells looked over by a person: the page behind `leukcad review`."""
