"""Crops and diagnosis rules for leukcad."""
