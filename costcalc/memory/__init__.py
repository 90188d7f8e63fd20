"""Inference memory, training memory, and the largest tensors at each resolution."""
