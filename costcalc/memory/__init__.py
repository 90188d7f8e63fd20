"""Memory: what a run keeps alive at inference, what a training step does, and the largest tensors by size."""
