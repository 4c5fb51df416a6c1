"""Random tensors; `lightgrad.autograd.generator` says how the numbers come about."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.devices import registry
from lightgrad.autograd.dtypes import FLOATS, as_dtype, default, int64, number
from lightgrad.autograd.factories.creation import as_tensor, like, requiring, shape_of, wants_grad
from lightgrad.autograd.generator import Generator, draw
from lightgrad.autograd.ops import random as arguments
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.out import factory
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

_G = Generator | None


def _floats(op: str, dtype: Any) -> Any:
    kind = as_dtype(default() if dtype is None else dtype)
    if kind not in FLOATS:
        raise DtypeError(f"{op}: only floating tensors can be drawn, not {kind}; use randint()")
    return kind


def _sample(
    op: str,
    kind: str,
    shape: Any,
    dtype: Any,
    device: Any,
    grad: Any,
    generator: _G,
    *params: Any,
    like: Any = None,
) -> AbstractTensor:
    floats = _floats(op, dtype)
    out = draw(registry.find(device), kind, shape, floats, generator, *params, like=like)
    return requiring(out, wants_grad(op, floats, grad))


def uniform(
    low: float = 0.0,
    high: float = 1.0,
    shape: Any = None,
    *,
    size: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
) -> AbstractTensor:
    """Numbers evenly distributed over [low, high).

    Rounding can make a number equal to ``high`` unless the range is [0, 1).
    Source: torch.Tensor.uniform_.

    >>> import lightgrad as light
    >>> a = light.uniform(-1, 1, shape=(10, 10))
    >>> a.shape, bool((a.abs() <= 1).all())
    ((10, 10), True)
    """
    shape = shape_of("uniform", () if shape is None else (shape,), None, size)
    bounds = arguments.bounds("uniform", low, high)
    return _sample("uniform", "uniform", shape, dtype, device, requires_grad, generator, *bounds)


@factory
def rand(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """Numbers evenly distributed over [0, 1).  Source: torch.rand.

    >>> import lightgrad as light
    >>> light.rand(2, 3).shape
    (2, 3)
    """
    shape = shape_of("rand", sizes, shape, size)
    return _sample("rand", "uniform", shape, dtype, device, requires_grad, generator, 0.0, 1.0)


@factory
def randn(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """Normal numbers of mean 0 and variance 1.  Source: torch.randn.

    >>> import lightgrad as light
    >>> light.randn(2, 3).shape
    (2, 3)
    """
    shape = shape_of("randn", sizes, shape, size)
    return _sample("randn", "normal", shape, dtype, device, requires_grad, generator, 0.0, 1.0)


@factory
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    shape: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool | None = None,
    generator: Generator | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """Normal numbers of a mean and a standard deviation, either may be a tensor.

    With tensors the shape is theirs, broadcast, and no gradient flows to them.
    Source: torch.normal.

    >>> import lightgrad as light
    >>> light.normal(5.0, 0.0, size=(2,), requires_grad=False)
    tensor([5., 5.])
    """
    tensors = [t for t in (mean, std) if isinstance(t, AbstractTensor)]
    if not tensors:
        shape = shape_of("normal", () if size is None else (size,), shape)
        params = number("normal", "mean", mean), arguments.deviation("normal", std)
        place = "cpu" if device is None else device
        return _sample("normal", "normal", shape, dtype, place, requires_grad, generator, *params)
    if size is not None or shape is not None:
        raise DtypeError("normal: the shape comes from the tensors mean and std; leave out size")
    if bool(as_tensor(std).detach().lt(0).any()):
        raise ArgumentError("normal: std must not be negative")
    shape = shapes.broadcast("normal", *(t.shape for t in tensors))
    place = type(tensors[0]) if device is None else device
    kind = tensors[0].dtype if dtype is None else dtype
    scaled = isinstance(std, AbstractTensor)
    factor = 1.0 if scaled else float(std)
    out = _sample("normal", "normal", shape, kind, place, False, generator, 0.0, factor)
    mean, std = (t.detach() if isinstance(t, AbstractTensor) else t for t in (mean, std))
    return requiring(
        (out * std if scaled else out) + mean, wants_grad("normal", as_dtype(kind), requires_grad)
    )


@factory
def randint(
    low: int,
    high: Any = None,
    size: Any = None,
    *,
    shape: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """Integers evenly distributed over [low, high), or [0, low).  Source: torch.randint.

    >>> import lightgrad as light
    >>> light.randint(5, 6, (3,))
    tensor([5, 5, 5])
    """
    if isinstance(high, (tuple, list)):  # randint(high, size)
        high, size = None, high
    shape = shape_of("randint", () if size is None else (size,), shape)
    return _integers(low, high, shape, dtype, device, requires_grad, generator)


def _integers(
    low: int,
    high: int | None,
    shape: Any,
    dtype: Any,
    device: Any,
    grad: Any,
    generator: _G,
    like: Any = None,
) -> AbstractTensor:
    kind = int64 if dtype is None else as_dtype(dtype)
    first, last = (0, low) if high is None else (low, high)
    bounds = arguments.integer_bounds("randint", first, last, kind)
    out = draw(registry.find(device), "integers", shape, kind, generator, *bounds, like=like)
    return requiring(out, wants_grad("randint", kind, grad))


@factory
def randperm(
    n: int,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """The integers 0 to n - 1 in random order.  Source: torch.randperm.

    >>> import lightgrad as light
    >>> sorted(light.randperm(4).tolist())
    [0, 1, 2, 3]
    """
    kind = int64 if dtype is None else as_dtype(dtype)
    shape = shape_of("randperm", (n,))
    arguments.integer_bounds("randperm", 0, max(1, *shape), kind)
    out = draw(registry.find(device), "permutation", shape, kind, generator)
    return requiring(out, wants_grad("randperm", kind, requires_grad))


@factory
def bernoulli(
    input: Any,
    size: Any = None,
    *,
    shape: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """Ones with the given probability, else zeros.

    A tensor of probabilities gives a tensor like it, without gradient; a number
    needs a ``size``.  Source: torch.bernoulli.

    >>> import lightgrad as light
    >>> light.bernoulli(light.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if isinstance(input, AbstractTensor):
        if size is not None or shape is not None:
            raise DtypeError("bernoulli: the shape is that of the probabilities; leave out size")
        out = input.bernoulli(generator)
        out = out if dtype is None else out.to(dtype)
        return requiring(out, bool(requires_grad))
    shape = shape_of("bernoulli", () if size is None else (size,), shape)
    kind = as_dtype(default() if dtype is None else dtype)
    p = arguments.probability("bernoulli", input)
    out = draw(registry.find(device), "bernoulli", shape, kind, generator, p)
    return requiring(out, wants_grad("bernoulli", kind, requires_grad))


# ----------------------------------------------------------------- for weights


def _fans(op: str, shape: shapes.Shape) -> tuple[int, int]:
    """How many values meet in an output and in an input of a weight (out, in, *kernel)."""
    if len(shape) < 2:
        raise ShapeError(f"{op}: a weight needs at least two dimensions, not shape {shape}")
    window = shapes.numel(shape[2:])
    return shape[1] * window, shape[0] * window


def xavier_uniform(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    gain: float = 1.0,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
) -> AbstractTensor:
    """A weight of shape (out, in, \\*kernel), uniform in :math:`\\pm g \\sqrt{6/(n_i + n_o)}`.

    The fans n are out and in times the kernel's size.  `xavier` is the same.
    Source: torch.nn.init.xavier_uniform_; Glorot and Bengio (2010).

    >>> import lightgrad as light
    >>> bool((light.xavier(3, 3).abs() <= 1).all())
    True
    """
    shape = shape_of("xavier_uniform", sizes, shape, size)
    bound = gain * math.sqrt(6 / max(1, sum(_fans("xavier_uniform", shape))))
    args = shape, dtype, device, requires_grad, generator, -bound, bound
    return _sample("xavier_uniform", "uniform", *args)


xavier = xavier_uniform


def xavier_normal(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    gain: float = 1.0,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    generator: Generator | None = None,
) -> AbstractTensor:
    """A weight of shape (out, in, \\*kernel), normal with std :math:`g \\sqrt{2/(n_i + n_o)}`.

    Source: torch.nn.init.xavier_normal_; Glorot and Bengio (2010).

    >>> import lightgrad as light
    >>> light.xavier_normal(8, 3, 5, 5).shape
    (8, 3, 5, 5)
    """
    shape = shape_of("xavier_normal", sizes, shape, size)
    std = gain * math.sqrt(2 / max(1, sum(_fans("xavier_normal", shape))))
    args = shape, dtype, device, requires_grad, generator, 0.0, std
    return _sample("xavier_normal", "normal", *args)


# ----------------------------------------------------------------- like another tensor


def rand_like(
    input: AbstractTensor,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool | None = None,
    generator: Generator | None = None,
) -> AbstractTensor:
    """`rand` with the shape, dtype and device of ``input``.  Source: torch.rand_like.

    >>> import lightgrad as light
    >>> light.rand_like(light.ones(2, dtype=light.float64)).dtype
    dtype('float64')
    """
    shape, dtype, device = like(input, dtype, device)
    args = shape, dtype, device, requires_grad, generator, 0.0, 1.0
    return _sample("rand_like", "uniform", *args, like=input)


def randn_like(
    input: AbstractTensor,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool | None = None,
    generator: Generator | None = None,
) -> AbstractTensor:
    """`randn` with the shape, dtype and device of ``input``.  Source: torch.randn_like.

    >>> import lightgrad as light
    >>> light.randn_like(light.ones(2, 2)).shape
    (2, 2)
    """
    shape, dtype, device = like(input, dtype, device)
    args = shape, dtype, device, requires_grad, generator, 0.0, 1.0
    return _sample("randn_like", "normal", *args, like=input)


def randint_like(
    input: AbstractTensor,
    low: int,
    high: int | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool | None = None,
    generator: Generator | None = None,
) -> AbstractTensor:
    """`randint` with the shape, dtype and device of ``input``.  Source: torch.randint_like.

    >>> import lightgrad as light
    >>> light.randint_like(light.arange(3), 4, 5)
    tensor([4, 4, 4])
    """
    shape, dtype, device = like(input, dtype, device)
    return _integers(low, high, shape, dtype, device, requires_grad, generator, input)
