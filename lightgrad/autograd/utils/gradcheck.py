"""Comparison of gradients with central differences, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import as_dtype, float64, is_float
from lightgrad.autograd.engine import grad
from lightgrad.autograd.mode import enable_grad, no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import BackwardError, DtypeError, GradcheckError


def gradcheck(
    fn: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of ``fn(*inputs)`` agree with central differences.

    .. math:: |J_{ij} - n_{ij}| \\le atol + rtol\\,|n_{ij}|, \\quad
              n_{ij} = \\frac{f_i(x + \\epsilon e_j) - f_i(x - \\epsilon e_j)}{2 \\epsilon}

    for every element i of every floating output (one tensor or several) and
    every element j of every input that requires gradients; those must be
    float64 and stay away from kinks.  Other inputs are passed on as they are.
    A disagreement is a :class:`GradcheckError` that shows the worst element, or
    False with ``raise_exception=False``.  Source: torch.autograd.gradcheck.

    >>> import lightgrad as light
    >>> x = light.tensor([0.5, 2.0], dtype=light.float64)
    >>> light.autograd.gradcheck(lambda x: x.exp() * x, x)
    True
    """
    args = _arguments(inputs)
    wanted = _differentiable("gradcheck", args)
    return _verdict("gradcheck", fn, args, wanted, eps, atol, rtol, raise_exception)


def gradgradcheck(
    fn: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the second derivatives of ``fn(*inputs)`` agree with central differences.

    .. math:: g(x, v) = v^T \\, \\partial f / \\partial x

    is checked with :func:`gradcheck` for x and v; ``grad_outputs`` are the v, by
    default drawn from the standard normal distribution with a fixed seed.
    Source: torch.autograd.gradgradcheck.

    >>> import lightgrad as light
    >>> x = light.tensor([0.5, 2.0], dtype=light.float64)
    >>> light.autograd.gradgradcheck(lambda x: x * x * x, x)
    True
    """
    args = _arguments(inputs)
    wanted = _differentiable("gradgradcheck", args)
    vectors = _vectors(fn, args) if grad_outputs is None else _arguments(grad_outputs)
    count = len(args)

    def first(*xs: Any) -> Any:
        leaves = [xs[i] for i in wanted]
        if any(x._edge is None for x in leaves):  # perturbed: no longer part of a graph
            leaves = [x.detach().requires_grad_() for x in leaves]
            xs = (*_replaced(xs[:count], wanted, leaves), *xs[count:])
        with enable_grad():
            outs = zip(_floating(fn(*xs[:count])), xs[count:], strict=True)
            pairs = [(y, v) for y, v in outs if y.requires_grad]
        if not pairs:
            return ()
        ys, vs = zip(*pairs, strict=True)
        grads = grad(ys, leaves, vs, create_graph=True, allow_unused=True)
        return tuple(x._filled(0) if g is None else g for x, g in zip(leaves, grads, strict=True))

    both = (*args, *vectors)
    spots = _differentiable("gradgradcheck", both)
    return _verdict("gradgradcheck", first, both, spots, eps, atol, rtol, raise_exception)


def analytic_jacobian(fn: Callable[..., Any], inputs: Any) -> Any:
    """All derivatives of ``fn(*inputs)`` by backward, as NumPy arrays.

    .. math:: J_{ij} = \\partial f_i / \\partial x_j

    of shape (\\*output, \\*input).  For several floating outputs, or several
    inputs that require gradients, a tuple: of outputs first, of inputs within.
    This is one half of what :func:`gradcheck` compares; inputs must be float64.
    For a Jacobian to compute with, see ``functional.jacobian``.

    >>> import lightgrad as light
    >>> x = light.tensor([1.0, 2.0], dtype=light.float64)
    >>> light.autograd.analytic_jacobian(lambda x: x * x, x)
    array([[2., 0.],
           [0., 4.]])
    """
    args = _arguments(inputs)
    wanted = _differentiable("analytic_jacobian", args)
    return _unpacked(_analytic(fn, args, wanted), len(wanted))


def numeric_jacobian(fn: Callable[..., Any], inputs: Any, eps: float = 1e-6) -> Any:
    """The derivatives of ``fn(*inputs)`` by central differences, like `analytic_jacobian`.

    .. math:: J_{ij} \\approx \\frac{f_i(x + \\epsilon e_j) - f_i(x - \\epsilon e_j)}{2 \\epsilon}

    Two calls of ``fn`` per element of the inputs.  The error is about
    :math:`\\epsilon^2` from the formula and :math:`10^{-16} / \\epsilon` from rounding.

    >>> import lightgrad as light
    >>> x = light.tensor([1.0, 2.0], dtype=light.float64)
    >>> light.autograd.numeric_jacobian(lambda x: x * x, x).round(6)
    array([[2., 0.],
           [0., 4.]])
    """
    args = _arguments(inputs)
    wanted = _differentiable("numeric_jacobian", args)
    return _unpacked(_numeric(fn, args, wanted, eps), len(wanted))


def _unpacked(jacobians: list[list[np.ndarray]], count: int) -> Any:
    """The Jacobians as tuples, where a tuple of one is replaced by its element."""
    rows = [tuple(row) if count > 1 else row[0] for row in jacobians]
    return rows[0] if len(rows) == 1 else tuple(rows)


def _vectors(fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """A random gradient for every output."""
    rng = np.random.default_rng(0)
    return tuple(
        type(y).from_numpy(rng.standard_normal(y.shape).astype(y.dtype), requires_grad=True)
        for y in _floating(fn(*args))
    )


def _arguments(inputs: Any) -> tuple[Any, ...]:
    return tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)


def _replaced(xs: Any, places: list[int], values: list[Any]) -> list[Any]:
    out = list(xs)
    for i, value in zip(places, values, strict=True):
        out[i] = value
    return out


def _differentiable(op: str, args: tuple[Any, ...]) -> list[int]:
    """The positions of the inputs to perturb."""
    places = [i for i, a in enumerate(args) if isinstance(a, AbstractTensor) and a.requires_grad]
    if not places:
        raise BackwardError(f"{op}: no input requires gradients, so there is nothing to check")
    for i in places:
        if as_dtype(args[i].dtype) != float64:
            raise DtypeError(
                f"{op}: input {i} (shape {args[i].shape}) has dtype {args[i].dtype}; central "
                f"differences need float64, use double()"
            )
    return places


def _floating(outputs: Any) -> list[Any]:
    return [
        y
        for y in _arguments(outputs)
        if isinstance(y, AbstractTensor) and is_float(as_dtype(y.dtype))
    ]


def _verdict(
    op: str,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    wanted: list[int],
    eps: float,
    atol: float,
    rtol: float,
    raise_exception: bool,
) -> bool:
    analytic = _analytic(fn, args, wanted)
    numeric = _numeric(fn, args, wanted, eps)
    wrong = []
    for o, row in enumerate(analytic):
        for column, place in enumerate(wanted):
            excess, text = _compare(row[column], numeric[o][column], args[place], atol, rtol)
            if text:
                where = f"output {o} with respect to input {place} (shape {args[place].shape})"
                wrong.append((excess, f"{where} is wrong {text}"))
    if wrong and raise_exception:
        others = f"; {len(wrong) - 1} other pairs are wrong too" if len(wrong) > 1 else ""
        worst = max(wrong, key=lambda pair: pair[0])
        raise GradcheckError(f"{op}: the gradient of {worst[1]}{others}")
    return not wrong


def _analytic(fn: Any, args: tuple[Any, ...], wanted: list[int]) -> list[list[np.ndarray]]:
    """Jacobians by backward, one row per output element: [output][input] -> array."""
    leaves = [args[i].detach().requires_grad_() for i in wanted]
    with enable_grad():
        outputs = _floating(fn(*_replaced(args, wanted, leaves)))
    jacobians = []
    for y in outputs:
        rows = [np.zeros((*y.shape, *x.shape)) for x in leaves]
        if y.requires_grad:
            for index in np.ndindex(*y.shape):
                unit = np.zeros(y.shape, y.dtype)
                unit[index] = 1
                start = type(y).from_numpy(unit, requires_grad=False)
                grads = grad(y, leaves, start, retain_graph=True, allow_unused=True)
                for row, g in zip(rows, grads, strict=True):
                    if g is not None:
                        row[index] = g._values()
        jacobians.append(rows)
    return jacobians


def _numeric(
    fn: Any, args: tuple[Any, ...], wanted: list[int], eps: float
) -> list[list[np.ndarray]]:
    """Jacobians by central differences, one column per input element: [output][input] -> array."""

    def values(place: int, array: np.ndarray) -> list[np.ndarray]:
        moved = type(args[place]).from_numpy(array, requires_grad=False)
        with no_grad():
            outputs = fn(*_replaced(plain, [place], [moved]))
        return [y._values().astype(np.float64) for y in _floating(outputs)]

    plain = [a.detach() if i in wanted else a for i, a in enumerate(args)]
    with no_grad():
        shapes = [y.shape for y in _floating(fn(*plain))]
    jacobians = [[np.zeros((*s, *args[i].shape)) for i in wanted] for s in shapes]
    for column, place in enumerate(wanted):
        array = args[place]._values()
        for index in np.ndindex(*array.shape):
            old = array[index]
            array[index] = high = old + eps
            up = values(place, array)
            array[index] = low = old - eps
            down = values(place, array)
            array[index] = old
            place_of_it = (..., *index)
            for jacobian, above, below in zip(jacobians, up, down, strict=True):
                jacobian[column][place_of_it] = (above - below) / (high - low)
    return jacobians


def _compare(
    analytic: np.ndarray, expected: np.ndarray, x: Any, atol: float, rtol: float
) -> tuple[float, str]:
    """How far the worst element is beyond its tolerance, and words for it if it is."""
    error, allowed = np.abs(analytic - expected), atol + rtol * np.abs(expected)
    wrong = ~(error <= allowed)  # nan is wrong too
    if not wrong.any():
        return 0.0, ""
    excess = np.where(np.isnan(error), np.inf, error - allowed)
    worst = tuple(int(i) for i in np.unravel_index(int(excess.argmax()), excess.shape))
    value = x._values()[worst[len(worst) - x.ndim :]]
    share = f" or {error[worst] / abs(expected[worst]):.2%}" if expected[worst] else ""
    return float(excess[worst]), (
        f"in {int(wrong.sum())} of {wrong.size} elements; the worst, at index {worst} (output "
        f"axes first), where the input is {value:.6g}: analytic {analytic[worst]:.9g}, numeric "
        f"{expected[worst]:.9g}, difference {error[worst]:.3g}{share}, allowed "
        f"{allowed[worst]:.3g}"
    )
