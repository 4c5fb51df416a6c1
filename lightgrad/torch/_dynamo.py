"""torch._dynamo: settings of a compiler that is not there; functions stay what they are."""

from __future__ import annotations

from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.switches import Switches as _Switches

__getattr__ = _lookup(__name__)
__path__: list[str] = []  # whose config may be imported

config = _Switches(f"{__name__}.config", cache_size_limit=8, suppress_errors=False, verbose=False)


def reset() -> None:
    """Forget what is compiled, which is nothing.  Source: torch._dynamo.reset."""


def is_compiling() -> bool:
    """False.  Source: torch._dynamo.is_compiling."""
    return False


def allow_in_graph(fn: Any) -> Any:
    """The function.  Source: torch._dynamo.allow_in_graph."""
    return fn


def disable(fn: Any = None, recursive: bool = True, **settings: Any) -> Any:
    """The function, or what returns it as a decorator.  Source: torch._dynamo.disable."""
    return allow_in_graph if fn is None else fn


def optimize(*args: Any, **settings: Any) -> Any:
    """A decorator that returns its function.  Source: torch._dynamo.optimize."""
    return allow_in_graph


def graph_break(msg: str = "") -> None:
    """Nothing: there is no graph.  Source: torch._dynamo.graph_break."""


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Nothing: sizes may change in any case.  Source: torch._dynamo.mark_dynamic."""
