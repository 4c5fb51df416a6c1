"""`lightgrad.torch` beside PyTorch."""
