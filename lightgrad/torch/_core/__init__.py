"""What the modules of `lightgrad.torch` are made of."""
