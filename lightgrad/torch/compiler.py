"""torch.compiler: nothing is compiled, so there is nothing to forget, to forbid or to ask."""

from __future__ import annotations

from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def is_compiling() -> bool:
    """False.  Source: torch.compiler.is_compiling."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def reset() -> None:
    """Nothing: there are no compiled functions.  Source: torch.compiler.reset."""


def disable(fn: Any = None, recursive: bool = True, **_: Any) -> Any:
    """The function as it is, or a decorator.  Source: torch.compiler.disable."""
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function as it is.  Source: torch.compiler.allow_in_graph."""
    return fn


def cudagraph_mark_step_begin() -> None:
    """Nothing.  Source: torch.compiler.cudagraph_mark_step_begin."""


class set_stance:
    """Nothing, from now on or in a block.  Source: torch.compiler.set_stance."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __enter__(self) -> set_stance:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def __call__(self, fn: Any) -> Any:
        return fn
