"""A published study made again: its figures beside those measured here, and which of its claims the data can carry."""
