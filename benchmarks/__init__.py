"""Side by side with whatever peers are installed: ``python -m benchmarks``."""
