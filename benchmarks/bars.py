"""What lightgrad's time over a library's is held to: two cores, both with two threads."""

from __future__ import annotations

from fnmatch import fnmatchcase

#: rows of the report, with the signs of a shell -> library -> ratio
BARS: dict[str, dict[str, float]] = {
    "small": {"torch": 0.55, "mygrad": 0.2, "autograd": 0.2},
    "ops * 1e1 forward": {"torch": 0.7},
    "ops * 1e1 backward": {"torch": 0.6},
    "optimizers *": {"torch": 0.8},
    "mlp * 1": {"torch": 0.6},
    "mlp * 64": {"torch": 0.85, "jax": 1.0},
    "mlp * 1024": {"torch": 1.0},
    "cnn 8": {"torch": 0.7},
    "cnn 64": {"torch": 0.85, "jax": 0.6, "tinygrad": 0.2},
    "cnn 512": {"torch": 1.0},
    "convnet": {"torch": 1.3},
    "lstm *": {"torch": 0.9},
    "transformer": {"torch": 1.15, "tinygrad": 0.5},
    "scalar scalars": {"micrograd": 0.35},
    "import": {"torch": 0.15},
    "peak *": {"torch": 1.0},
    "opencl cnn": {"tinygrad:opencl": 0.5},
    "opencl transformer": {"tinygrad:opencl": 0.5},
    "opencl chain": {"tinygrad:opencl": 0.5},
    "sizes *": {"torch": 1.5},
}


def bar(case: str, peer: str) -> float | None:
    """The most that a ratio may be, where something is promised.

    >>> bar("mlp adam 64", "torch"), bar("chain", "torch")
    (0.85, None)
    """
    for pattern, found in BARS.items():
        if fnmatchcase(case, pattern) and peer in found:
            return found[peer]
    return None
