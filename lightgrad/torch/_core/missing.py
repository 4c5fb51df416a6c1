"""Names of PyTorch that are not here: errors that say what to use instead."""

from __future__ import annotations

import opcode
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from types import FrameType
from typing import Any

from lightgrad.caller import PACKAGE, Line, user_line
from lightgrad.hints import near
from lightgrad.torch._core.barred import barred
from lightgrad.torch._core.differs import fact

#: who wants to know which names a program looked for in vain, and where
LISTENERS: list[Callable[[str, Line], object]] = []

_OURS = "lightgrad."


def missing(module: str, name: str) -> AttributeError | ImportError:
    """The error of a module, or of a class as "torch.Tensor", that has no such attribute.

    It is for the ``__getattr__`` of modules, which raise it. For ``from torch import name`` it is
    an ImportError, as Python replaces any other by one without a remedy.

    >>> print(missing("torch", "quantize_per_tensor"))
    module 'torch' has no attribute 'quantize_per_tensor' in lightgrad: there are no quantized \
tensors; use float16 or float32
    """
    module = module.removeprefix(_OURS)
    full = f"{module}.{name}"
    last = module.rpartition(".")[2]
    what = f"{last!r} object" if last[0].isupper() else f"module {module!r}"
    if name[:2] == "__":  # Python asks for these by itself
        return AttributeError(f"{what} has no attribute {name!r}", name=name, obj=None)
    for listener in LISTENERS:
        listener(full, user_line())
    frame = _asking()
    if _imports(frame) and not _is_module(full):
        text = f"cannot import name {name!r} from {module!r}{_remedy(module, name)}"
        return ImportError(text, name=module)
    text = f"{what} has no attribute {name!r}{_remedy(module, name)}"
    # without the object Python adds no guess of its own
    return AttributeError(text, name=name, obj=None)


def lookup(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module that has nothing to make when it is first asked for."""

    def __getattr__(name: str) -> Any:
        known = fact(f"{module.removeprefix(_OURS)}.{name}")
        if known is None or known.kind != "raises" or known.name.rpartition(".")[2] != name:
            raise missing(module, name)
        return barred(module)(name)

    return __getattr__


def _remedy(module: str, name: str) -> str:
    known = fact(f"{module}.{name}")
    if known is not None and known.kind != "differs":
        return f" in lightgrad: {known.text}"
    nearest = near(name, dir(_owner(module)))
    return f"; did you mean {nearest!r}?" if nearest else " in lightgrad"


def _owner(full: str) -> Any:
    """The module or the class of that name, as far as it is there."""
    outer, _, last = full.rpartition(".")
    found = sys.modules.get(_OURS + full)
    return found if found or not outer else getattr(_owner(outer), last, None)


def _is_module(full: str) -> bool:
    """Whether it is a module that waits to be imported."""
    package = sys.modules.get(_OURS + full.rpartition(".")[0])
    where = getattr(package, "__path__", None)
    return where is not None and PathFinder.find_spec(_OURS + full, where) is not None


def _asking() -> FrameType:
    """The frame that looks for the name: a user's, or that of the import system."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(PACKAGE) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _imports(frame: FrameType) -> bool:
    """Whether a frame is in the middle of ``from module import name``."""
    code = frame.f_code
    if code.co_filename.startswith("<frozen importlib"):
        return code.co_name == "_handle_fromlist"
    return opcode.opname[code.co_code[frame.f_lasti]] == "IMPORT_FROM"
