"""Functions of PyTorch that set or ask something, and what there is to say here."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.mode import enable_grad, is_grad_enabled, no_grad

#: settings that are kept, and change nothing
_kept: dict[str, Any] = {"precision": "highest", "deterministic": False, "warn_always": False}


def compile(model: Any = None, **kwargs: Any) -> Any:
    """The function or module as it stands.  Source: torch.compile."""
    return (lambda made: made) if model is None else model


def set_float32_matmul_precision(precision: str) -> None:
    """Keep a word; products are of full precision.

    Source: torch.set_float32_matmul_precision.
    """
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f"float32_matmul_precision is highest, high or medium, not {precision!r}")
    _kept["precision"] = precision


def get_float32_matmul_precision() -> str:
    """The word that was kept.  Source: torch.get_float32_matmul_precision."""
    return str(_kept["precision"])


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Keep the wish: on a CPU all algorithms are.  Source: torch.use_deterministic_algorithms."""
    _kept["deterministic"] = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """The wish that was kept.  Source: torch.are_deterministic_algorithms_enabled."""
    return bool(_kept["deterministic"])


def set_warn_always(b: bool, /) -> None:
    """Keep the wish.  Source: torch.set_warn_always."""
    _kept["warn_always"] = b


def set_flush_denormal(mode: bool) -> bool:
    """False: the wish is not kept.  Source: torch.set_flush_denormal."""
    return False


def inference_mode(mode: Any = True) -> Any:
    """A block, or a decorator, without gradients; with False, one with them.

    Source: torch.inference_mode.

    >>> import lightgrad.torch as torch
    >>> with torch.inference_mode(False):
    ...     torch.is_grad_enabled()
    True
    """
    if callable(mode):
        return no_grad()(mode)
    return no_grad() if mode else enable_grad()


def is_inference_mode_enabled() -> bool:
    """Whether gradients are not recorded.  Source: torch.is_inference_mode_enabled."""
    return not is_grad_enabled()


def get_num_interop_threads() -> int:
    """1.  Source: torch.get_num_interop_threads."""
    return 1


def set_num_interop_threads(n: int, /) -> None:
    """Keep one.  Source: torch.set_num_interop_threads."""


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """False: nothing is cast by itself.  Source: torch.is_autocast_enabled."""
    return False


def is_complex(input: Any) -> bool:
    """False: there are no complex tensors.  Source: torch.is_complex."""
    return False


def typename(obj: Any) -> str:
    """The name of the type of an object, or of a tensor.  Source: torch.typename."""
    if hasattr(obj, "is_leaf") and hasattr(obj, "type"):
        return str(obj.type())
    cls = obj if isinstance(obj, type) else type(obj)
    return f"{cls.__module__}.{cls.__qualname__}"
