"""Making trained selections: rows, fit, ONNX files, card, and what they gain over cuts; needs the extra `train`."""
