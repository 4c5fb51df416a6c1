"""Weights computed by a hook before each forward pass.  Source: torch.nn.utils."""

from __future__ import annotations

import warnings
from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.errors import ModuleError
from lightgrad.nn.utils.matrices import (
    as_matrix,
    drawn,
    iterate,
    norm_except,
    outputs_dim,
    over_largest,
    scaled,
)


class _Form:
    """A weight that is computed of other tensors before each forward pass."""

    name: str

    def compute_weight(self, module: Any) -> Any:
        raise NotImplementedError

    def __call__(self, module: Any, inputs: Any) -> None:
        module.__dict__[self.name] = self.compute_weight(module)

    def put_on(self, module: Any) -> None:
        for hook in module._forward_pre_hooks.values():
            if type(hook) is type(self) and hook.name == self.name:
                raise ModuleError(f"{type(module).__name__}: {self.name!r} has this form already")
        if self.name not in module._parameters:
            raise ModuleError(f"{type(module).__name__} has no parameter {self.name!r}")
        self.split(module, module._parameters[self.name])
        module.register_forward_pre_hook(self)

    def split(self, module: Any, weight: Any) -> None:
        raise NotImplementedError

    @classmethod
    def take_off(cls, module: Any, name: str, *parts: str) -> Any:
        """Make the weight a parameter again, without the tensors of which it was made."""
        for key, hook in [*module._forward_pre_hooks.items()]:
            if type(hook) is cls and hook.name == name:
                with no_grad():
                    weight = hook.compute_weight(module)
                del module._forward_pre_hooks[key], module.__dict__[name]
                for part in parts:
                    delattr(module, name + part)
                module.register_parameter(name, module._parameter_of(weight, True))
                return module
        raise ModuleError(f"{type(module).__name__}: {name!r} has no such form")


class WeightNorm(_Form):
    """A weight as a norm ``name_g`` and a direction ``name_v``."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        g, v = (getattr(module, f"{self.name}_{part}") for part in "gv")
        return scaled(v, g, self.dim)

    def split(self, module: Any, weight: Any) -> None:
        del module._parameters[self.name]
        norm = norm_except(weight.detach(), self.dim)
        for part, value in (("g", norm), ("v", weight)):
            parameter = module._parameter_of(value, True)
            module.register_parameter(f"{self.name}_{part}", parameter)
        module.__dict__[self.name] = self.compute_weight(module)


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """:math:`w = g v / |v|`, with ``name_g`` and ``name_v``, norms over all axes but ``dim``.

    Source: Salimans and Kingma 2016; torch.nn.utils.weight_norm.

    >>> import lightgrad.nn as nn
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     list(weight_norm(nn.Linear(2, 3)).state_dict())
    ['bias', 'weight_g', 'weight_v']
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm(name, dim).put_on(module)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight one parameter again.

    >>> import lightgrad.nn as nn
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     list(remove_weight_norm(weight_norm(nn.Linear(2, 3))).state_dict())
    ['bias', 'weight']
    """
    return WeightNorm.take_off(module, name, "_g", "_v")


class SpectralNorm(_Form):
    """A weight over its largest singular value, which is estimated from pass to pass."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def compute_weight(self, module: Any, iterating: bool = False) -> Any:
        weight, u, v = (getattr(module, f"{self.name}_{part}") for part in ("orig", "u", "v"))
        matrix = as_matrix(weight, self.dim)
        if iterating:
            iterate(matrix, u, v, self.n_power_iterations, self.eps, False)
        return over_largest(weight, matrix, u, v)

    def __call__(self, module: Any, inputs: Any) -> None:
        module.__dict__[self.name] = self.compute_weight(module, module.training)

    def split(self, module: Any, weight: Any) -> None:
        u, v = drawn(as_matrix(weight, self.dim), self.eps)
        del module._parameters[self.name]
        module.register_parameter(f"{self.name}_orig", weight)
        module.__dict__[self.name] = weight.detach()
        module.register_buffer(f"{self.name}_u", u)
        module.register_buffer(f"{self.name}_v", v)
        module._register_state_dict_hook(self._noted)

    def _noted(self, module: Any, state: Any, prefix: str, local: dict[str, Any]) -> None:
        """Say in the metadata that u and v are there, as PyTorch does."""
        if any(hook is self for hook in module._forward_pre_hooks.values()):
            local.setdefault("spectral_norm", {})[f"{self.name}.version"] = 1


def spectral_norm(
    module: Any,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """:math:`w / \\sigma(w)`, the largest singular value estimated by power iterations.

    Source: Miyato et al. 2018; torch.nn.utils.spectral_norm.

    >>> import lightgrad.nn as nn
    >>> list(spectral_norm(nn.Linear(2, 3)).state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    dim = outputs_dim(module) if dim is None else dim
    SpectralNorm(name, n_power_iterations, dim, eps).put_on(module)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight one parameter again, as it was computed last.

    >>> import lightgrad.nn as nn
    >>> list(remove_spectral_norm(spectral_norm(nn.Linear(2, 3))).state_dict())
    ['bias', 'weight']
    """
    return SpectralNorm.take_off(module, name, "_orig", "_u", "_v")
