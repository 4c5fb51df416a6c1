"""Weights with some elements held at zero.  Source: torch.nn.utils.prune."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightgrad.autograd.generator import draw
from lightgrad.autograd.mode import no_grad
from lightgrad.errors import ArgumentError, ModuleError
from lightgrad.nn.utils.matrices import norm_except

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_unstructured",
    "remove",
]


class BasePruningMethod:
    """A way to choose what to prune: ``compute_mask(t, default_mask)`` of zeros and ones.

    Where ``default_mask`` is zero already, the mask must be.
    """

    _tensor_name = ""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask for a tensor."""
        raise NotImplementedError(f"{type(self).__name__} has no compute_mask")

    def __call__(self, module: Any, inputs: Any) -> None:
        module.__dict__[self._tensor_name] = self.apply_mask(module)

    def apply_mask(self, module: Any) -> Any:
        """The pruned tensor."""
        name = self._tensor_name
        return getattr(module, f"{name}_orig").mul(getattr(module, f"{name}_mask"))

    @classmethod
    def apply(
        cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any
    ) -> Any:
        """Prune a parameter of a module, further if it is pruned already; returns the method."""
        method = cls(*args, **kwargs)
        method._tensor_name = name
        pruned = f"{name}_mask" in module._buffers
        if not pruned and name not in module._parameters:
            raise ModuleError(f"{type(module).__name__} has no parameter {name!r} to prune")
        weight = getattr(module, f"{name}_orig" if pruned else name)
        with no_grad():
            scores = weight.detach() if importance_scores is None else importance_scores
            before = getattr(module, f"{name}_mask") if pruned else weight._filled(1)
            mask = method.compute_mask(scores, before.detach()).to(weight.dtype)
        if not pruned:
            del module._parameters[name]
            module.register_parameter(f"{name}_orig", weight)
            module.register_forward_pre_hook(method)
        module.register_buffer(f"{name}_mask", mask)
        module.__dict__[name] = method.apply_mask(module)
        return method


def _count(amount: Any, n: int) -> int:
    whole = isinstance(amount, int) and not isinstance(amount, bool)
    count = amount if whole else round(amount * n)
    if amount < 0 or count > n:
        raise ArgumentError(f"prune: cannot prune {amount} of {n} elements")
    return int(count)


def _without(mask: Any, scores: Any, amount: Any) -> Any:
    """The mask without the elements of the smallest scores among those that it keeps."""
    flat, kept = mask.reshape(-1).clone(), mask.reshape(-1).nonzero().reshape(-1)
    count = _count(amount, kept.numel())
    if count:
        least = scores.reshape(-1).index_select(0, kept).topk(count, largest=False)[1]
        flat[kept.index_select(0, least)] = 0
    return flat.reshape(mask.shape)


class L1Unstructured(BasePruningMethod):
    """Prunes the elements of the smallest magnitude: a number of them, or a share."""

    def __init__(self, amount: Any) -> None:
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return _without(default_mask, t.abs(), self.amount)


class RandomUnstructured(BasePruningMethod):
    """Prunes elements at random: a number of them, or a share."""

    def __init__(self, amount: Any) -> None:
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        kept = (int(default_mask.sum().item()),)
        drawn = draw(type(t), "uniform", kept, default_mask.dtype, None, 0.0, 1.0)
        scores = default_mask.reshape(-1).clone()
        scores[default_mask.reshape(-1).nonzero().reshape(-1)] = drawn.mul(-1)
        return _without(default_mask, scores, self.amount)


class LnStructured(BasePruningMethod):
    """Prunes the slices of an axis with the smallest norm: a number of them, or a share."""

    def __init__(self, amount: Any, n: float, dim: int = -1) -> None:
        self.amount, self.n, self.dim = amount, n, dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        dim = self.dim % t.ndim
        others = tuple(i for i in range(t.ndim) if i != dim)
        norms = t.norm(self.n, others, True) if self.n != 2 else norm_except(t, dim)
        alive = default_mask.sum(others, True).ne(0).to(default_mask.dtype)
        return default_mask.mul(_without(alive, norms, self.amount))


class CustomFromMask(BasePruningMethod):
    """Prunes where a mask is zero."""

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask.mul(self.mask.to(default_mask.dtype))


class Identity(BasePruningMethod):
    """Prunes nothing, but makes the mask."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """Prune the elements of the smallest magnitude; returns the module.

    >>> import lightgrad as light
    >>> layer = light.nn.Linear(4, 1)
    >>> (l1_unstructured(layer, "weight", amount=0.5).weight == 0).sum().item()
    2
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune elements at random; returns the module."""
    RandomUnstructured.apply(module, name, amount)
    return module


def ln_structured(
    module: Any, name: str, amount: Any, n: float, dim: int, importance_scores: Any = None
) -> Any:
    """Prune the slices of an axis with the smallest norm; returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Prune where a mask is zero; returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def identity(module: Any, name: str) -> Any:
    """Prune nothing, but make the mask; returns the module."""
    Identity.apply(module, name)
    return module


def global_unstructured(
    parameters: Iterable[Any], pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune several (module, name) as if they were one tensor."""
    pairs = [*parameters]
    scores = importance_scores or {}
    with no_grad():
        held = [scores.get(pair, getattr(*pair)).detach().reshape(-1) for pair in pairs]
        masks = [getattr(m, f"{name}_mask", getattr(m, name)._filled(1)) for m, name in pairs]
        every = type(held[0]).cat([mask.reshape(-1) for mask in masks])
        mask, start = pruning_method(**kwargs).compute_mask(type(held[0]).cat(held), every), 0
    for (module, name), old in zip(pairs, masks, strict=True):
        end = start + old.numel()
        custom_from_mask(module, name, mask[start:end].reshape(old.shape))
        start = end


def remove(module: Any, name: str) -> Any:
    """Make the pruned tensor the parameter; returns the module.

    >>> import lightgrad as light
    >>> layer = l1_unstructured(light.nn.Linear(4, 1), "weight", 1)
    >>> list(layer.state_dict()), list(remove(layer, "weight").state_dict())
    (['bias', 'weight_orig', 'weight_mask'], ['bias', 'weight'])
    """
    for key, hook in [*module._forward_pre_hooks.items()]:
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            with no_grad():
                weight = hook.apply_mask(module)
            asks = getattr(module, f"{name}_orig").requires_grad
            del module._forward_pre_hooks[key], module.__dict__[name]
            for part in ("orig", "mask"):
                delattr(module, f"{name}_{part}")
            module.register_parameter(name, module._parameter_of(weight, asks))
            return module
    raise ModuleError(f"{type(module).__name__}: {name!r} is not pruned")


def is_pruned(module: Any) -> bool:
    """Whether a parameter of a module, or of one inside it, is pruned.

    >>> import lightgrad.nn as nn
    >>> is_pruned(nn.Linear(1, 1))
    False
    """
    hooks = [h for m in module.modules() for h in m._forward_pre_hooks.values()]
    return any(isinstance(hook, BasePruningMethod) for hook in hooks)
