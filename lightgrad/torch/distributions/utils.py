"""torch.distributions.utils: numbers made tensors, probabilities made logits and back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import lightgrad.torch as torch
from lightgrad.errors import ArgumentError, DtypeError

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape.

    Source: torch.distributions.utils.broadcast_all.

    >>> broadcast_all(1.0, torch.zeros(2))
    (tensor([1., 1.]), tensor([0., 0.]))
    """
    if not all(isinstance(v, (int, float, torch.Tensor)) for v in values):
        kinds = ", ".join(type(v).__name__ for v in values)
        raise DtypeError(f"broadcast_all: expected numbers or tensors, found {kinds}")
    given = [v for v in values if isinstance(v, torch.Tensor)]
    dtype = given[0].dtype if given else torch.get_default_dtype()
    device = given[0].device if given else None
    return tuple(
        torch.broadcast_tensors(
            *(
                v if isinstance(v, torch.Tensor) else torch.tensor(v, dtype=dtype, device=device)
                for v in values
            )
        )
    )


def clamp_probs(probs: Any) -> Any:
    """Probabilities away from 0 and 1, so that their logarithms are finite.

    Source: torch.distributions.utils.clamp_probs.

    >>> clamp_probs(torch.tensor([0.0, 0.5]))
    tensor([1.1921e-07, 5.0000e-01])
    """
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """sigmoid of each, or softmax along the last axis.

    Source: torch.distributions.utils.logits_to_probs.

    >>> logits_to_probs(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """
    return torch.sigmoid(logits) if is_binary else torch.softmax(logits, -1)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """log p - log(1 - p) of each, or log p.

    Source: torch.distributions.utils.probs_to_logits.

    >>> probs_to_logits(torch.tensor(0.5), is_binary=True)
    tensor(0.)
    """
    safe = clamp_probs(probs)
    return torch.log(safe) - torch.log1p(-safe) if is_binary else torch.log(safe)


class lazy_property:
    """A property that is computed once, on first use, and then an attribute.

    Source: torch.distributions.utils.lazy_property.

    >>> class Half:
    ...     @lazy_property
    ...     def value(self):
    ...         return 0.5
    >>> Half().value
    0.5
    """

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The entries below a diagonal, row by row.

    Source: torch.distributions.utils.tril_matrix_to_vec.

    >>> tril_matrix_to_vec(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 3, 4])
    """
    n = mat.shape[-1]
    rows, columns = torch.tril_indices(n, n, offset=diag)
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """The inverse of `tril_matrix_to_vec`, with zeros elsewhere.

    Source: torch.distributions.utils.vec_to_tril_matrix.

    >>> vec_to_tril_matrix(torch.tensor([1, 3, 4]))
    tensor([[1, 0],
            [3, 4]])
    """
    count = vec.shape[-1]
    n = round(
        (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * count + 4 * abs(diag) * (diag + 1)) ** 0.5)
        / 2
    )
    rows, columns = torch.tril_indices(n, n, offset=diag)
    mat = vec.new_zeros((*vec.shape[:-1], n, n))
    mat[..., rows, columns] = vec
    return mat


class OfChance:
    """A distribution with `probs` and `logits`, of which it was given one.

    >>> from lightgrad.torch.distributions import Geometric
    >>> Geometric(logits=0.0).probs
    tensor(0.5000)
    """

    @lazy_property
    def logits(self: Any) -> Any:
        """log p - log(1 - p)."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self: Any) -> Any:
        """The probability."""
        return logits_to_probs(self.logits, is_binary=True)


def one_of(probs: Any, logits: Any) -> Any:
    """The one of two parameters that was passed."""
    if (probs is None) == (logits is None):
        raise ArgumentError("Either `probs` or `logits` must be specified, but not both.")
    return logits if probs is None else probs


def keep(instance: Any, probs: Any, logits: Any) -> Any:
    """Make the passed parameter a tensor and an attribute."""
    name, given = ("logits", logits) if probs is None else ("probs", probs)
    (value,) = broadcast_all(given)
    setattr(instance, name, value)
    return value


def sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over the last `dim` axes."""
    return value.reshape((*value.shape[: value.dim() - dim], -1)).sum(-1) if dim > 0 else value
