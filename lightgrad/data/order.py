"""Random orders: the same seed gives the same order on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.generator import Generator, draw, present
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


def epoch(
    n: int, shuffle: bool, generator: Generator | None, seed: int | None, number: int
) -> tuple[np.ndarray, int]:
    """The order of an epoch, and a seed for what is drawn while its items are fetched.

    Both come from a piece of the stream: of ``seed``'s and piece ``number``, or the next one
    of ``generator``, or of the default one.

    >>> epoch(3, False, Generator(5), None, 0)[1] == epoch(3, False, None, 5, 0)[1]
    True
    """
    words = max(n, 1) if shuffle else 1
    stream = Generator(seed) if seed is not None else generator or present()
    if seed is not None:
        stream.reserve(4 * -(-words // 4) * number)
    key, first = stream._take(words)  # at once: threads may share a generator
    order = np.arange(n)
    if shuffle:
        order = permutation(n, Generator(0).set_state({"seed": key, "counter": first}))
    mixed = np.random.SeedSequence([key, first]).generate_state(1, np.uint64)
    return order, int(mixed[0])
