"""Simulated and semi-real blood smears for leukcad, and pasting cells into fields."""
