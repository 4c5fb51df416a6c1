"""The generator of PyTorch's CPU: a Mersenne Twister, and the words that draws are made of.

Its words are those of ``np.random.RandomState(seed mod 2**32)``.  A *long word* is two of them,
the first one high.  A float32 uniform has the low 24 bits of a word, a float64 uniform the low 53
bits of a long word.  A normal number that is drawn alone leaves a second one for later.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from lightgrad import forks
from lightgrad.errors import ArgumentError, DtypeError

#: held while a generator draws: one for all, as no draw takes long
LOCK = forks.lock()
_WORDS = 624
_BYTES = 8 * (8 + _WORDS)  # of a state: seed, two counters, the words, and the normal kept
_LONG = np.dtype("<u8")
_SHIFT, _LOW53 = np.uint64(32), np.uint64(2**53 - 1)


def _joined(words: np.ndarray) -> np.ndarray:
    """Long words: each of two words, the first one high."""
    high = words[0::2].astype(np.uint64)
    high <<= _SHIFT
    high |= words[1::2]
    return high


def _pairs_alike() -> bool:
    """Whether NumPy joins two words in that order, which the C language leaves to its compiler."""
    first, second = (np.random.Generator(np.random.MT19937(0)) for _ in range(2))
    words = first.integers(0, 2**32, 2, dtype=np.uint32)
    return bool(_joined(words)[0] == second.integers(0, 2**64, dtype=np.uint64))


_PAIRED = _pairs_alike()


class Twister:
    """The stream of PyTorch's CPU generator, without tensors.

    >>> Twister(0).words(2).tolist()
    [2357136044, 2546248239]
    """

    __slots__ = ("__weakref__", "_bits", "_drawn", "_rng", "_seed", "kept")

    def __init__(self, seed: int) -> None:
        self._bits = np.random.MT19937(0)
        self._rng = np.random.Generator(self._bits)
        self.restart(seed)

    def restart(self, seed: int) -> None:
        """Begin the stream of a seed."""
        key: Any = np.random.RandomState(seed & 0xFFFFFFFF).get_state(legacy=False)
        with LOCK:
            self._bits.state = key
            #: whether words were drawn since; the first state says so by another counter
            self._drawn = False
            self._seed = seed & (2**64 - 1)
            #: the second normal number of a pair, for the next that is drawn alone
            self.kept: float | None = None

    def initial_seed(self) -> int:
        """The seed the stream started from, as 64 bits without a sign."""
        return self._seed

    def words(self, n: int) -> np.ndarray:
        """The next ``n`` words, as uint32."""
        self._drawn = self._drawn or n > 0
        return self._rng.integers(0, 2**32, n, dtype=np.uint32)

    def longs(self, n: int) -> np.ndarray:
        """The next ``n`` long words, as uint64."""
        if not _PAIRED:
            return _joined(self.words(2 * n))
        self._drawn = self._drawn or n > 0
        return self._rng.integers(0, 2**64, n, dtype=np.uint64)

    def floats(self, n: int) -> np.ndarray:
        """The next ``n`` float32 uniforms of [0, 1)."""
        bits = self.words(n)
        bits &= np.uint32(2**24 - 1)
        out = bits.view(np.int32).astype(np.float32)
        out *= np.float32(2.0**-24)
        return out

    def below(self, n: int, p: float) -> np.ndarray:
        """Whether each of the next ``n`` float64 uniforms is below ``p``."""
        bits = self.longs(n)
        bits &= _LOW53
        return bits < np.uint64(math.ceil(math.ldexp(p, 53)))

    def doubles(self, n: int) -> np.ndarray:
        """The next ``n`` float64 uniforms of [0, 1)."""
        bits = self.longs(n)
        bits &= _LOW53
        out = bits.view(np.int64).astype(np.float64)
        out *= 2.0**-53
        return out

    def place(self, at: Any = None) -> Any:
        """Where the stream is, to go back there by ``place(at)``."""
        if at is not None:
            self._bits.state, self._drawn = at
        return self._bits.state, self._drawn

    def state(self) -> np.ndarray:
        """The state as PyTorch lays it out, 5056 bytes."""
        with LOCK:
            now = self._bits.state["state"]
            place = now["pos"] if self._drawn else 0
            left = _WORDS + 1 - now["pos"]
            out = np.zeros(_BYTES // 8, _LONG)
            out[:3] = self._seed, 2**32 + left, place
            out[3 : 3 + _WORDS] = now["key"]
            if self.kept is not None:
                out[-4:-3].view("<f8")[0] = self.kept
                out[-2] = 1
        return out.view(np.uint8)

    def go_on(self, state: np.ndarray) -> None:
        """Take a state that `state` has given."""
        if state.dtype != np.uint8 or state.size != _BYTES:
            raise DtypeError(
                f"set_state: RNG state must be a torch.ByteTensor of {_BYTES} bytes, as "
                f"get_state() returns, not {state.dtype} of size {state.size}"
            )
        got = np.ascontiguousarray(state.reshape(-1)).view(_LONG)
        left, begun, place = int(got[1]) & 0xFFFFFFFF, int(got[1]) >> 32, int(got[2])
        if begun != 1 or not 0 < left <= _WORDS or place > _WORDS:
            raise ArgumentError("set_state: Invalid mt19937 state; take one from get_state()")
        key = got[3 : 3 + _WORDS].astype(np.uint32)
        with LOCK:
            now: Any = {"key": key, "pos": _WORDS + 1 - left}
            self._bits.state = {"bit_generator": "MT19937", "state": now}
            self._seed, self._drawn = int(got[0]), place > 0
            self.kept = float(got[-4:-3].view("<f8")[0]) if got[-2] else None


def entropy() -> int:
    """A seed of 64 bits from the operating system."""
    return int.from_bytes(os.urandom(8), "little")


def seed_of(op: str, seed: Any) -> int:
    """A seed as PyTorch takes it: a whole number of 64 bits, with a sign or without."""
    if not hasattr(seed, "__index__"):
        raise DtypeError(f"{op}: expected an int as the seed, not {seed!r}")
    value: int = seed.__index__()
    if not -(2**63) <= value < 2**64:
        raise ArgumentError(
            f"{op}: Overflow when unpacking long long: the seed {value} does not fit into 64 bits"
        )
    return value
