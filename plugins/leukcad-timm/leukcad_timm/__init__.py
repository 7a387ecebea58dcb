"""Any timm classifier as a leukcad component."""
