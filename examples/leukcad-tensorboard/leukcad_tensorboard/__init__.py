"""A run's events for TensorBoard, for leukcad."""
