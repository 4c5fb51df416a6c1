"""Parameters as one vector, and small helpers.  Source: torch.nn.utils."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.utils.clip import clip_grad_norm_
from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from lightgrad.nn.state import write


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All elements of some tensors, one after the other.

    >>> import lightgrad as light
    >>> parameters_to_vector([light.ones(2, 1), light.zeros(1)]).tolist()
    [1.0, 1.0, 0.0]
    """
    flat = [p.reshape(-1) for p in parameters]
    if not flat:
        raise ArgumentError("parameters_to_vector: there are no parameters")
    return type(flat[0]).cat(flat)


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Write the parts of a vector into some tensors, in place.

    >>> import lightgrad as light
    >>> p = light.zeros(2)
    >>> vector_to_parameters(light.ones(2), [p])
    >>> p.tolist()
    [1.0, 1.0]
    """
    if not hasattr(vec, "numel") or vec.ndim != 1:
        raise DtypeError("vector_to_parameters: needs a tensor of one dimension")
    given, start = [*parameters], 0
    if sum(p.numel() for p in given) != vec.numel():
        raise ShapeError(
            f"vector_to_parameters: a vector of {vec.numel()} values for parameters of "
            f"{sum(p.numel() for p in given)}"
        )
    with no_grad():
        for p in given:
            end = start + p.numel()
            write(p, vec.detach()[start:end].reshape(p.shape))
            start = end


def clip_grad_norm(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    """Another name of ``clip_grad_norm_``, which torch gave up."""
    warnings.warn("clip_grad_norm is given up, use clip_grad_norm_", FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite)


def skip_init(module_cls: type, *args: Any, **kwargs: Any) -> Any:
    """A module whose parameters hold what they happen to hold; nothing is drawn that counts.

    >>> import lightgrad.nn as nn
    >>> skip_init(nn.Linear, 2, 3).out_features
    3
    """
    return module_cls(*args, **kwargs)
