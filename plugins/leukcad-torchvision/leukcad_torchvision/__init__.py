"""Any torchvision classifier as a leukcad component."""
