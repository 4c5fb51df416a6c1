"""PyTorch's names over lightgrad."""
