"""A classifier out of an ONNX file, for leukcad."""
