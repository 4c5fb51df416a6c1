"""torch.jit: functions and modules run as they stand."""

from collections.abc import Callable
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.modules import Module
from lightgrad.torch.jit import annotations as annotations

__getattr__ = _lookup(__name__)

ScriptModule = RecursiveScriptModule = Module
ScriptFunction = Callable
Final = Attribute = Any


def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """What it is given, as it stands.  Source: torch.jit.script."""
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The function as it stands, without a trace.  Source: torch.jit.trace."""
    return func


def freeze(mod: Any, *args: Any, **kwargs: Any) -> Any:
    """The module as it stands.  Source: torch.jit.freeze."""
    return mod


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function as it stands.  Source: torch.jit.ignore."""
    return drop if callable(drop) else (lambda fn: fn)


unused = export = script_method = interface = trace_module = optimize_for_inference = script
script_if_tracing = _overload = _overload_method = script


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value.  Source: torch.jit.annotate."""
    return the_value


def is_scripting() -> bool:
    """False: everything runs as it stands.  Source: torch.jit.is_scripting."""
    return False


is_tracing = is_scripting


def isinstance(obj: Any, target_type: Any) -> bool:
    """Python's own.  Source: torch.jit.isinstance."""
    return type.__instancecheck__(target_type, obj)
