"""Random numbers as PyTorch's CPU draws them, for the tensors of lightgrad.torch on all devices.

They are drawn on the host and copied to a device, so a program prints the same on each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.shapes import Shape
from lightgrad.errors import DtypeError
from lightgrad.torch._core import devices, draws, normals, rejection
from lightgrad.torch._core.classes import Tensor, find
from lightgrad.torch._core.mersenne import LOCK, Twister, entropy, seed_of


class Generator(Twister):
    """A stream of random numbers, that of PyTorch's CPU generator.  Source: torch.Generator.

    >>> import lightgrad.torch as torch
    >>> g = torch.Generator().manual_seed(0)
    >>> torch.rand(2, generator=g)
    tensor([0.4963, 0.7682])
    """

    __slots__ = ("device",)
    __module__ = "torch._C"

    def __init__(self, device: Any = "cpu") -> None:
        #: the device it was made for; the numbers are the same on every one
        self.device = devices.device(device)
        devices.backend_of(self.device)
        super().__init__(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of ``seed``; returns the generator."""
        self.restart(seed_of("manual_seed", seed))
        return self

    def seed(self) -> int:
        """Seed from the operating system's entropy; returns the seed."""
        value = entropy()
        self.restart(value)
        return value

    def get_state(self) -> Any:
        """The state of the stream, 5056 bytes in PyTorch's layout."""
        return find("cpu")(self.state())

    def set_state(self, new_state: Any) -> Generator:
        """Go on from what `get_state` returned, here or in PyTorch."""
        if not is_tensor(new_state):
            raise DtypeError(
                f"set_state: expected a torch.ByteTensor, but got {type(new_state).__name__}"
            )
        self.go_on(np.asarray(fallback.host().from_numpy(new_state._values())._data))
        return self

    def clone_state(self) -> Generator:
        """A second generator that goes on from here."""
        new = type(self)(self.device)
        new.go_on(self.state())
        return new

    def __reduce__(self) -> Any:
        return _rebuilt, (self.device, self.state())


def _rebuilt(device: Any, state: np.ndarray) -> Generator:
    new = Generator(device)
    new.go_on(state)
    return new


#: the generator of everything in lightgrad.torch that is not given another
default_generator = Generator()
default_generator.seed()

#: what `generator.draw` is asked for, and who draws it
_KINDS: dict[str, Any] = {
    "uniform": draws.uniform,
    "integers": draws.integers,
    "all_integers": draws.all_integers,
    "bernoulli": draws.bernoulli,
    "mask": draws.mask,
    "permutation": draws.permutation,
    "exponential": draws.exponential,
    "geometric": draws.geometric,
    "cauchy": draws.cauchy,
    "log_normal": draws.log_normal,
    "slopes": draws.slopes,
    "poisson": rejection.poisson,
    "binomial": rejection.binomial,
    "standard_gamma": rejection.gamma,
}


def checked(generator: Any) -> Generator:
    """The generator to draw from, or an error where somebody gave something else."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise DtypeError(
            f"generator must be a torch.Generator, not {generator!r}; make one with "
            f"torch.Generator().manual_seed(seed)"
        )
    return generator


def draw(
    cls: Any,
    kind: str,
    shape: Shape,
    dtype: Any,
    generator: Any,
    params: tuple[Any, ...],
    like: Any,
    into: Any,
) -> Any:
    """What `generator.draw` does, from PyTorch's stream.

    Elements are drawn in the order in which they lie in memory.
    """
    order = _order(shape, like if into is None else into)
    inverse = np.argsort(order)
    source = checked(generator)
    given: list[Any] = [_row(p, order) if is_tensor(p) else p for p in params]
    n = int(np.prod(shape, dtype=np.int64))
    with LOCK:
        out = _drawn(source, kind, n, dtype, shape, order, given, into)
    out = out.reshape([shape[d] for d in order]).transpose(inverse)
    if issubclass(cls, fallback.host()):
        return cls(out)
    return cls.from_numpy(out, requires_grad=False).requires_grad_(False)


def _drawn(
    source: Twister,
    kind: str,
    n: int,
    dtype: Any,
    shape: Shape,
    order: list[int],
    given: list[Any],
    into: Any,
) -> np.ndarray:
    """The elements in one row."""
    if kind == "normal":
        long = [d for d in order if shape[d] != 1]
        dense = long == sorted(long) and (into is None or into.is_contiguous())
        return normals.normal(source, n, dtype, given[0], given[1], dense)
    out: np.ndarray = _KINDS[kind](source, n, dtype, *given)
    return out


def _order(shape: Shape, t: Any) -> list[int]:
    """The axes from that of the largest step in memory to that of the least.

    Only convolutions here put the batch last in memory, where PyTorch's are in order.
    """
    steps = getattr(getattr(t, "_data", None), "strides", None)
    axes = list(range(len(shape)))
    if steps is None or list(steps) == sorted(steps, reverse=True):
        return axes
    order = _by_steps(shape, steps)
    return axes if len(axes) > 2 and order == [*axes[1:], 0] and t._origin is None else order


def _by_steps(shape: Shape, steps: Any) -> list[int]:
    """The axes sorted by insertion, where a step of 0 compares with none."""
    order = list(range(len(shape)))[::-1]
    for place in range(1, len(order)):
        at = place
        for before in range(place - 1, -1, -1):
            a, b = order[before], order[at]
            if not (steps[a] and steps[b]):
                continue
            if (steps[a], shape[a]) > (steps[b], shape[b]):
                order[before], order[at] = b, a
                at = before
            elif steps[a] < steps[b]:
                break
    return order[::-1]


def _row(t: Any, order: list[int]) -> np.ndarray:
    """The values of a tensor in one row, in the order of a draw."""
    return np.ascontiguousarray(t._values().transpose(order)).reshape(-1)


Tensor._stream = staticmethod(draw)
