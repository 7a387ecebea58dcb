"""Planted classifiers: what each of them reads is known, so the audit's verdict on them can be checked."""
