"""Whole fields as bags of tiles: multiple-instance learning."""
