"""Random orders: the same seed gives the same order on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.generator import Generator, draw
from lightgrad.errors import ArgumentError


def permutation(
    n: int, generator: Any = None, seed: int | None = None, epoch: int = 0
) -> np.ndarray:
    """The numbers 0 to n - 1 in random order.

    The next draw from ``generator``, or from the default one.  With ``seed``,
    what a generator of that seed draws after ``epoch`` earlier permutations:
    so any epoch can be repeated without those before it.

    >>> g = Generator(3)
    >>> first, second = permutation(5, g), permutation(5, g)
    >>> bool((permutation(5, seed=3, epoch=1) == second).all())
    True
    """
    if seed is not None:
        if generator is not None:
            raise ArgumentError("give seed= or generator=, not both")
        generator = Generator(seed)
        blocks = -(-n // 4)
        generator.reserve(4 * blocks * epoch)
    order: np.ndarray = draw(CpuTensor, "permutation", (n,), int64, generator).numpy()
    return order
