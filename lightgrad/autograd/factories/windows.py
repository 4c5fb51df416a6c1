"""Windows: weights that let a stretch of a signal fade in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import as_dtype, default, is_float, number
from lightgrad.autograd.factories.creation import from_host, shape_of
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError


def _window(
    op: str,
    length: int,
    periodic: bool,
    values: Callable[[Any, int], Any],
    dtype: Any,
    device: Any,
    requires_grad: bool | None,
) -> AbstractTensor:
    """``values(n, last)`` of the places; a periodic window is one that lost its last."""
    (count,) = shape_of(op, (length,))
    kind = as_dtype(default() if dtype is None else dtype)
    if not is_float(kind):
        raise DtypeError(f"{op}: a window is of a floating dtype, not {kind}")
    size = count + bool(periodic) if count > 1 else count
    array = values(np.arange(size), size - 1) if count > 1 else np.ones(count)
    return from_host(op, np.asarray(array[:count], kind), device, requires_grad)


def _cosines(*weights: float) -> Callable[[Any, int], Any]:
    return lambda n, last: sum(w * np.cos(2 * np.pi * k * n / last) for k, w in enumerate(weights))


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
) -> AbstractTensor:
    """:math:`\\frac12 - \\frac12 \\cos(2 \\pi n / N)`.  Source: torch.hann_window.

    >>> import lightgrad as light
    >>> light.hann_window(4, requires_grad=False)
    tensor([0. , 0.5, 1. , 0.5])
    """
    values = _cosines(0.5, -0.5)
    return _window("hann_window", window_length, periodic, values, dtype, device, requires_grad)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
) -> AbstractTensor:
    """:math:`\\alpha - \\beta \\cos(2 \\pi n / N)`.  Source: torch.hamming_window.

    >>> import lightgrad as light
    >>> light.hamming_window(2, requires_grad=False)
    tensor([0.08, 1.  ])
    """
    a, b = number("hamming_window", "alpha", alpha), number("hamming_window", "beta", beta)
    values = _cosines(a, -b)
    return _window("hamming_window", window_length, periodic, values, dtype, device, requires_grad)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
) -> AbstractTensor:
    """:math:`0.42 - 0.5 \\cos(2 \\pi n / N) + 0.08 \\cos(4 \\pi n / N)`: torch.blackman_window.

    >>> import lightgrad as light
    >>> light.blackman_window(4, requires_grad=False)[2].item()
    1.0
    """
    values = _cosines(0.42, -0.5, 0.08)
    return _window("blackman_window", window_length, periodic, values, dtype, device, requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
) -> AbstractTensor:
    """A triangle, :math:`1 - |2 n / N - 1|`.  Source: torch.bartlett_window.

    >>> import lightgrad as light
    >>> light.bartlett_window(4, requires_grad=False)
    tensor([0. , 0.5, 1. , 0.5])
    """

    def values(n: Any, last: int) -> Any:
        return 1 - np.abs(2 * n / last - 1)

    return _window("bartlett_window", window_length, periodic, values, dtype, device, requires_grad)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
) -> AbstractTensor:
    """:math:`I_0(\\beta \\sqrt{1 - (2 n / N - 1)^2}) / I_0(\\beta)`.  Source: torch.kaiser_window.

    >>> import lightgrad as light
    >>> light.kaiser_window(3, periodic=False, requires_grad=False)[1].item()
    1.0
    """
    b = number("kaiser_window", "beta", beta)

    def values(n: Any, last: int) -> Any:
        return np.i0(b * np.sqrt(np.clip(1 - (2 * n / last - 1) ** 2, 0, None))) / np.i0(b)

    return _window("kaiser_window", window_length, periodic, values, dtype, device, requires_grad)
