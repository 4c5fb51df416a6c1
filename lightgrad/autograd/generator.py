"""The counter-based generator: one seed gives one stream, the same on every device.

The stream of a seed is a sequence of 64-bit words in blocks of four.  Block n
(n = 0, 1, ...) is Philox 4x64 with ten rounds, key ``(seed mod 2**64, 0)``,
applied to the counter ``n + 1`` (a 256-bit number, lowest word first).  Every
call takes whole blocks, from the counter that `Generator.reserve` hands out.
A *half* is 32 bits of a word, the low half before the high one.  Element i,
counted in C order, of what a call draws is

* a float32 uniform: ``(half[i] >> 8) * 2**-24``, in [0, 1);
* a float16 uniform: ``(half[i] >> 21) * 2**-11``, in [0, 1);
* a float64 uniform: ``(word[i] >> 11) * 2**-53``, in [0, 1);
* any of them between low and high: ``low + u * (high - low)``, the difference
  rounded in float64 and then to the dtype, product and sum each rounded to it
  (no fused multiply-add);
* an integer of [low, high): ``low + ((word[i] * (high - low)) >> 64)``, the
  product taken in 128 bits; the whole range of int64 is the word itself;
* a Bernoulli trial: ``half[i] < round(p * 2**32)``, p in float64;
* numbers of poisson, binomial and standard_gamma: NumPy's, of a Philox whose key is the first
  two words of one block;
* a permutation: the stable argsort of ``word[0], ..., word[n-1]`` as unsigned
  integers;
* a pair of normals (elements 2j and 2j+1), by Box and Muller:
  ``r cos(t), r sin(t)`` with ``r = sqrt(-2 ln u)`` and ``t = 2 pi v``, all in the
  dtype.  In float32 ``u = (float(half[2j]) + 1) * 2**-32`` and ``v`` is the
  uniform of ``half[2j+1]``; in float64 ``u = ((word[2j] >> 11) + 1) * 2**-53``
  and ``v`` is the uniform of ``word[2j+1]``; float16 is rounded from float32.
  They agree between devices up to the rounding of ln, sin and cos.

Nothing here knows a tensor class or an array library.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from lightgrad import forks
from lightgrad.autograd.contract import TensorBase, is_tensor
from lightgrad.autograd.devices import fallback, strict
from lightgrad.autograd.dispatch import out_of_memory
from lightgrad.autograd.shapes import Shape, numel
from lightgrad.errors import ArgumentError, DtypeError

_MASK = 2**64 - 1

#: kinds whose elements take a word each whatever the dtype; the others take a
#: half each, or a word in float64
_WORDS = frozenset(("integers", "all_integers", "permutation"))
#: held while a generator moves on: one for all, as it takes no time
_LOCK = forks.lock()
_HALVES = frozenset(("bernoulli", "mask"))
#: kinds that take a block, for a stream of their own
_BLOCK = frozenset(("poisson", "binomial", "standard_gamma"))


class Generator:
    """A stream of random numbers: a seed and how far it has been used.

    Without a seed it starts from the operating system's entropy.  Threads may
    share one.  Source: torch.Generator.

    >>> import lightgrad as light
    >>> g = light.Generator(7)
    >>> a = light.rand(3, generator=g)
    >>> bool((a == light.rand(3, generator=light.Generator(7))).all())
    True
    """

    __slots__ = ("_counter", "_seed")

    def __init__(self, seed: int | None = None) -> None:
        self._seed, self._counter = 0, 0
        if seed is None:
            self.seed()
        else:
            self.manual_seed(seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of ``seed`` from its beginning; returns the generator."""
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise DtypeError(f"manual_seed: the seed must be an int, not {seed!r}")
        value = seed.__index__()
        if not -(2**63) <= value <= _MASK:
            raise ArgumentError(f"manual_seed: the seed {value} does not fit into 64 bits")
        with _LOCK:
            self._seed, self._counter = value & _MASK, 0
        return self

    def seed(self) -> int:
        """Seed from the operating system's entropy; returns the seed."""
        value = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(value)
        return value

    def initial_seed(self) -> int:
        """The seed the stream started from."""
        return self._seed

    @property
    def key(self) -> int:
        """The Philox key: the seed as 64 bits."""
        return self._seed

    def reserve(self, words: int) -> int:
        """Take ``words`` 64-bit words, in whole blocks of four; returns the first block's number.

        >>> g = Generator(0)
        >>> g.reserve(5), g.reserve(1)
        (0, 2)
        """
        return self._take(words)[1]

    def _take(self, words: int) -> tuple[int, int]:
        """Take key and first block together, so that a new seed cannot come between."""
        with _LOCK:
            first = self._counter
            self._counter += -(-words // 4)
            return self._seed, first

    def get_state(self) -> dict[str, int]:
        """The state of the stream, two integers, from which `set_state` goes on."""
        with _LOCK:
            return {"seed": self._seed, "counter": self._counter}

    def set_state(self, state: dict[str, int]) -> Generator:
        """Go on from where `get_state` was called; returns the generator."""
        try:
            seed, counter = state["seed"].__index__(), state["counter"].__index__()
        except (TypeError, KeyError, AttributeError):
            raise DtypeError(
                f"set_state: a state is what get_state() returned, not {state!r}"
            ) from None
        if not (0 <= seed <= _MASK and counter >= 0):
            raise ArgumentError(f"set_state: no generator has the state {state!r}")
        with _LOCK:
            self._seed, self._counter = seed, counter
        return self

    def clone_state(self) -> Generator:
        """A second generator that goes on from here."""
        return Generator(0).set_state(self.get_state())

    def __reduce__(self) -> Any:
        return _rebuild, (self.get_state(),)

    def __repr__(self) -> str:
        return f"Generator(seed={self._seed}, counter={self._counter})"


def _rebuild(state: dict[str, int]) -> Generator:
    return Generator(0).set_state(state)


#: the default generator, of every random function that is not given another
default_generator = Generator()

#: the default generator while a batch of a data loader is fetched
_STREAM: ContextVar[Generator] = ContextVar("lightgrad_generator", default=default_generator)


#: who draws for the samples of `vmap`, inside of one
RANDOMNESS: ContextVar[Any] = ContextVar("lightgrad_randomness", default=None)


def present() -> Generator:
    """The default generator of the code that runs now: the whole program's, or a batch's."""
    return _STREAM.get()


@contextmanager
def drawing_from(generator: Generator) -> Iterator[None]:
    """Let a generator be the default one of what runs inside, in this thread or task alone."""
    token = _STREAM.set(generator)
    try:
        yield
    finally:
        _STREAM.reset(token)


def manual_seed(seed: int) -> Generator:
    """Seed the default generator; returns it.  Source: torch.manual_seed.

    >>> import lightgrad as light
    >>> _ = light.manual_seed(3)
    >>> a = light.randint(100, (2,)).tolist()
    >>> _ = light.manual_seed(3)
    >>> a == light.randint(100, (2,)).tolist()
    True
    """
    return _STREAM.get().manual_seed(seed)


def seed() -> int:
    """Seed the default generator from entropy; returns the seed.  Source: torch.seed.

    >>> import lightgrad as light
    >>> light.seed() == light.initial_seed()
    True
    """
    return _STREAM.get().seed()


def initial_seed() -> int:
    """The seed the default generator started from.  Source: torch.initial_seed.

    >>> import lightgrad as light
    >>> _ = light.manual_seed(3)
    >>> light.initial_seed()
    3
    """
    return _STREAM.get().initial_seed()


def get_rng_state() -> dict[str, int]:
    """The state of the default generator, two integers.  Source: torch.get_rng_state.

    >>> import lightgrad as light
    >>> _ = light.manual_seed(3)
    >>> light.get_rng_state()
    {'seed': 3, 'counter': 0}
    """
    return _STREAM.get().get_state()


def set_rng_state(state: dict[str, int]) -> None:
    """Let the default generator go on from a state.  Source: torch.set_rng_state.

    >>> import lightgrad as light
    >>> state = light.get_rng_state()
    >>> a = light.rand(2)
    >>> light.set_rng_state(state)
    >>> light.equal(a, light.rand(2))
    True
    """
    _STREAM.get().set_state(state)


_T = TypeVar("_T", bound=TensorBase)


def checked(generator: Any) -> Generator:
    """A generator, or an error where somebody gave something else."""
    if not isinstance(generator, Generator):
        raise DtypeError(
            f"generator must be a lightgrad.Generator, not {generator!r}; make one with "
            f"Generator(seed)"
        )
    return generator


def _words(kind: str, n: int, dtype: Any) -> int:
    """How many words ``n`` elements take."""
    if kind in _BLOCK:
        return 4
    if kind in _WORDS or (dtype.itemsize == 8 and kind not in _HALVES):
        return n + n % 2 if kind == "normal" else n  # normals come in pairs
    return (n + 1) // 2


def _outside_of_maps(kind: str, dtype: Any, generator: Generator | None) -> Any:
    """The function that draws what a map asks for."""

    def once(cls: Any, shape: Shape, *params: Any) -> Any:
        token = RANDOMNESS.set(None)
        try:
            return draw(cls, kind, shape, dtype, generator, *params)
        finally:
            RANDOMNESS.reset(token)

    return once


def draw(
    cls: type[_T],
    kind: str,
    shape: Shape,
    dtype: Any,
    generator: Generator | None,
    *params: Any,
    like: Any = None,
    into: Any = None,
) -> _T:
    """A tensor of ``cls`` outside the graph, from the next blocks of a generator.

    A backend that draws by itself has static methods ``_random_<kind>(shape,
    dtype, key, counter, *params)``; for the others the host draws the same.  A
    class with another stream draws from that: there the order may depend on how
    the tensor lies in memory that the result resembles, or is written ``into``.
    """
    how = RANDOMNESS.get()
    if how is not None:  # inside of vmap
        mapped: _T = how(_outside_of_maps(kind, dtype, generator), cls, shape, *params)
        return mapped
    if cls._stream is not None:
        other: _T = cls._stream(cls, kind, shape, dtype, generator, params, like, into)
        return other
    generator = _STREAM.get() if generator is None else checked(generator)
    key, counter = generator._take(_words(kind, numel(shape), dtype))
    name = "_random_" + kind
    kernel = getattr(cls, name, None)
    if kernel is None:
        kernel, params = getattr(fallback.host(), name), fallback.on_host(params)
    try:
        out = kernel(shape, dtype, key, counter, *params)
    except (MemoryError, ValueError) as error:  # more than there is, or than can be counted
        raise out_of_memory(kind, error, f"{dtype} {shape}") from None
    if isinstance(out, cls):
        return out
    if kind == "mask" or any(map(is_tensor, params)):  # no factory, but an operation
        strict.refuse(
            kind,
            f"{cls.device_name or cls.__name__} draws no random numbers, so they would be copied "
            f"from the CPU",
            f"{dtype} {shape}",
            f"give {cls.__name__} a method {name}, or draw them before the training",
        )
    out = cls.from_numpy(out._values(), requires_grad=False)
    return out.requires_grad_(False)
