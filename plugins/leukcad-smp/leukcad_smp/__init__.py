"""U-Net and its kin as a leukcad segmenter."""
