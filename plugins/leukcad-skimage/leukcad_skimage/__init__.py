"""Classical image analysis for leukcad: WBC detection by nucleus."""
