"""Random ops of whole channels, those that keep a variance, and random slopes and choices."""

from __future__ import annotations

import math

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, number
from lightgrad.autograd.generator import Generator, draw
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.distributions import exponential
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.ops.random import bounds, probability
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError

op = AbstractTensor.register_op

#: where SELU's negative side ends, as torch has it
_FLOOR = 1.7580993408473766


def _mask(
    t: Tensor, shape: tuple[int, ...], generator: Generator | None, keep: float, value: float
) -> Tensor:
    like = t if shape == t.shape else None
    return draw(type(t), "mask", shape, as_dtype(t.dtype), generator, keep, value, like=like)


def _channels(name: str, t: Tensor) -> tuple[int, ...]:
    """The shape of one number for each channel."""
    if t.ndim < 2:
        raise ShapeError(f"{name}: expected (N, C, ...), not shape {t.shape}")
    return (*t.shape[:2], *(1,) * (t.ndim - 2))


def _dropped(
    name: str,
    alone: tuple[int, ...],
    t: Tensor,
    p: float,
    training: bool,
    inplace: bool,
    generator: Generator | None,
) -> Tensor:
    """Whole channels dropped; an input with a number of axes among ``alone`` has no batch."""
    p = probability(name, p)
    check_floating(name, t)
    if not training or p == 0:
        return t
    if p == 1:
        return t._inplace("mul", 0.0) if inplace else t.mul(0.0)
    full = t.unsqueeze(0) if t.ndim in alone else t
    mask = _mask(t, _channels(name, full), generator, 1 - p, 1 / (1 - p))
    mask = mask.squeeze(0) if full is not t else mask
    return t._inplace("mul", mask) if inplace else t.mul(mask)


@op()
def dropout1d(
    t: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`dropout` of whole channels of (N, C, L) or (C, L): torch.nn.functional.dropout1d.

    >>> import lightgrad as light
    >>> y = light.ones(50, 2, 9).dropout1d(0.5, generator=light.Generator(0))
    >>> light.equal(y[:, :, 0], y[:, :, 8])
    True
    """
    return _dropped("dropout1d", (2,), t, p, training, inplace, generator)


@op()
def dropout2d(
    t: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`dropout` of whole channels of (N, C, H, W): torch.nn.functional.dropout2d.

    >>> import lightgrad as light
    >>> y = light.ones(50, 2, 3, 3).dropout2d(0.5, generator=light.Generator(0))
    >>> light.equal(y[..., 0, 0], y[..., 2, 2])
    True
    """
    return _dropped("dropout2d", (), t, p, training, inplace, generator)


@op()
def dropout3d(
    t: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`dropout` of channels of (N, C, D, H, W) or (C, D, H, W): torch.nn.functional.dropout3d.

    >>> import lightgrad as light
    >>> light.ones(2, 2, 3, 3, 3).dropout3d(1.0).sum().item()
    0.0
    """
    return _dropped("dropout3d", (4,), t, p, training, inplace, generator)


def _alpha(
    name: str,
    t: Tensor,
    whole: bool,
    p: float,
    training: bool,
    inplace: bool,
    generator: Generator | None,
) -> Tensor:
    p = probability(name, p)
    check_floating(name, t)
    if not training or p == 0:
        return t
    if p == 1:
        return t._inplace("mul", 0.0) if inplace else t.mul(0.0)
    kept = _mask(t, _channels(name, t) if whole else t.shape, generator, 1 - p, 1.0)
    a = 1 / math.sqrt((_FLOOR**2 * p + 1) * (1 - p))
    shift = kept.sub(1).mul(_FLOOR * a).add(_FLOOR * a * p)
    if inplace:
        return t._inplace("mul", kept.mul(a))._inplace("add", shift)
    return t.mul(kept.mul(a)).add(shift)


@op()
def alpha_dropout(
    t: Tensor,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Dropout to the negative end of SELU, after which mean and variance are as before.

    Source: torch.nn.functional.alpha_dropout; Klambauer et al. (2017).

    >>> import lightgrad as light
    >>> y = light.randn(9999, generator=light.Generator(1)).alpha_dropout(0.3, training=True)
    >>> abs(y.var().item() - 1) < 0.1
    True
    """
    return _alpha("alpha_dropout", t, False, p, training, inplace, generator)


@op()
def feature_alpha_dropout(
    t: Tensor,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`alpha_dropout` of whole channels of (N, C, ...).

    Source: torch.nn.functional.feature_alpha_dropout.

    >>> import lightgrad as light
    >>> y = light.ones(50, 2, 9).feature_alpha_dropout(0.5, training=True)
    >>> light.equal(y[:, :, 0], y[:, :, 8])
    True
    """
    return _alpha("feature_alpha_dropout", t, True, p, training, inplace, generator)


@op()
def rrelu(
    t: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`leaky_relu` with a slope drawn for each element; without ``training`` their mean.

    Source: torch.nn.functional.rrelu; Xu et al. (2015).

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).rrelu(0.25, 0.25)
    tensor([-0.25,  2.  ])
    """
    low, high = bounds("rrelu", lower, upper)
    check_floating("rrelu", t)
    if not training:
        return t.leaky_relu((low + high) / 2)
    dtype, x = as_dtype(t.dtype), t.detach()
    if type(t)._stream is not None:
        return t.mul(draw(type(t), "slopes", t.shape, dtype, generator, x, low, high))
    slopes = draw(type(t), "uniform", t.shape, dtype, generator, low, high)
    return t.mul(slopes.masked_fill(x.gt(0), 1))


@op()
def gumbel_softmax(
    t: Tensor,
    tau: float = 1.0,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    generator: Generator | None = None,
) -> Tensor:
    """:math:`softmax((x + g) / \\tau)` with noise g of Gumbel's distribution.

    With ``hard`` the largest becomes 1 and the others 0, while the gradient stays that of the
    softmax.  ``eps`` has no effect, as in torch.  Source: torch.nn.functional.gumbel_softmax.

    >>> import lightgrad as light
    >>> light.tensor([[90.0, 0.0]], requires_grad=False).gumbel_softmax(hard=True)
    tensor([[1., 0.]])
    """
    if t.dtype in HALF:
        return in_float32(gumbel_softmax, t, tau, hard, eps, dim, generator)
    dim = shapes.axis("gumbel_softmax", dim, t.ndim)
    if not number("gumbel_softmax", "tau", tau):
        raise ArgumentError("gumbel_softmax: tau must not be zero")
    check_floating("gumbel_softmax", t)
    noise = exponential(t.detach(), generator, 1.0).log().neg()
    soft = t.add(noise).div(tau).softmax(dim)
    if not hard:
        return soft
    places = soft.argmax(dim, True)
    sharp = soft._filled(0).scatter(dim, places, 1.0)
    return sharp.sub(soft.detach()).add(soft)
