"""Interventions: what is edited in a field to ask why a pipeline answers as it does."""
