"""Data held up to the light before anything learns from them: duplicates, leaks, what alone tells the classes."""
