"""WBC nuclei by colour spaces and 2-means (Banik et al. 2020), for leukcad."""
