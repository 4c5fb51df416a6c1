"""Weights of a norm or with a largest singular value of one, as parametrizations."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn.module import Module
from lightgrad.nn.utils.matrices import (
    as_matrix,
    drawn,
    iterate,
    norm_except,
    outputs_dim,
    over_largest,
    scaled,
    unit,
)
from lightgrad.nn.utils.parametrize import register_parametrization

__all__ = ["spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return scaled(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return norm_except(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """:math:`w = g v / |v|`, where g is ``original0`` and v ``original1``.

    Loads what the older form saved.  Source: Salimans and Kingma 2016;
    torch.nn.utils.parametrizations.weight_norm.

    >>> import lightgrad.nn as nn
    >>> list(weight_norm(nn.Linear(2, 3)).state_dict())
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module._register_load_state_dict_pre_hook(_Renamed(name))
    return module


class _Renamed:
    """What the older form saved, under the new names."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{self.name}_{part}" for part in "gv"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                new = f"{prefix}parametrizations.{self.name}.original{i}"
                state_dict[new] = state_dict.pop(key)


class _SpectralNorm(Module):
    _u: AbstractTensor
    _v: AbstractTensor

    @classmethod
    def _takes(cls, *args: Any) -> bool:
        return True

    def __init__(
        self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        self.dim, self.eps = dim % weight.ndim, eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            u, v = drawn(matrix, eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)
            iterate(matrix, self._u, self._v, 15, eps, True)

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return unit(weight, self.eps)
        matrix, vectors = as_matrix(weight, self.dim), (self._u, self._v)
        if self.training:
            iterate(matrix, *vectors, self.n_power_iterations, self.eps, True)
        return over_largest(weight, matrix, *vectors)

    def right_inverse(self, value: Any) -> Any:
        return value


def spectral_norm(
    module: Any,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """:math:`w / \\sigma(w)`, the largest singular value estimated by power iterations.

    Source: Miyato et al. 2018; torch.nn.utils.parametrizations.spectral_norm.

    >>> import lightgrad.nn as nn
    >>> sorted(spectral_norm(nn.Linear(2, 3)).state_dict())[1:]
    ['parametrizations.weight.0._u', 'parametrizations.weight.0._v', \
'parametrizations.weight.original']
    """
    dim = outputs_dim(module) if dim is None else dim
    form = _SpectralNorm(getattr(module, name), n_power_iterations, dim, eps)
    return register_parametrization(module, name, form)
