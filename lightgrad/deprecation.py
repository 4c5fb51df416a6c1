"""What is renamed or given up keeps working for one version, and warns."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from lightgrad.caller import user_frame
from lightgrad.errors import DeprecatedWarning


def deprecated(old: str, instead: str, *, gone: str) -> None:
    """Warn, at the user's line, that version ``gone`` will be without ``old``.

    It is called by what stands in for the old name: a function, a branch for an argument,
    or the ``__getattr__`` of a module.

    >>> import warnings
    >>> def twice(t):
    ...     deprecated("twice()", "t * 2", gone="9.0.0")
    ...     return t * 2
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     twice(4)
    8
    >>> print(told[0].message)
    twice() is deprecated and will be gone in lightgrad 9.0.0; use t * 2
    """
    frame = user_frame()
    # `warn` counts frames, and how many lie between here and the user differs from call to call.
    warnings.warn_explicit(
        f"{old} is deprecated and will be gone in lightgrad {gone}; use {instead}",
        DeprecatedWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__", "<unknown>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


_AUTOGRAD = "lightgrad.autograd."
#: modules of 0.1.0 that have another name or place now; their old names last until 0.3.0
MOVED = {
    _AUTOGRAD + old: new if new.startswith("lightgrad.") else _AUTOGRAD + new
    for old, new in {
        "anomaly": "observers.anomaly",
        "calls": "functional.tape",
        "compare": "observers.shadow.compare",
        "conversion": "factories.conversion",
        "cpu.ops.columns": "cpu.kernels.columns",
        "cpu.ops.errorfunction": "cpu.kernels.errorfunction",
        "cpu.program": "cpu.kernels.program",
        "cpu.rowwise": "cpu.kernels.rowwise",
        "cpu.sums": "cpu.kernels.sums",
        "creation": "factories.creation",
        "fallback": "devices.fallback",
        "functions": "namespace",
        "gradients": "tensor.gradients",
        "grads": "engine",
        "hints": "lightgrad.hints",
        "ledger": "observers.ledger",
        "manifest": "devices.manifest",
        "observe": "observers.wrapping",
        "observed": "observers.call",
        "ops.classification": "ops.cross_entropy",
        "ops.extrema": "ops.reduction",
        "operators": "tensor.operators",
        "random": "factories.random",
        "reproduce": "observers.shadow.script",
        "shadow": "observers.shadow",
        "source": "lightgrad.caller",
        "strict": "devices.strict",
        "switches": "devices.environment",
        "trees": "functional.trees",
        "utils.graph": "lightgrad.graphs",
        "utils.graph_dot": "lightgrad.graphs.dot",
        "utils.graph_html": "lightgrad.graphs.html",
        "utils.graph_mermaid": "lightgrad.graphs.mermaid",
        "utils.graph_modules": "lightgrad.graphs.modules",
        "utils.graph_nodes": "lightgrad.graphs.nodes",
        "values": "tensor.python",
    }.items()
}

#: files of 0.1.0, and where their names are now, or some of them; most are files of operations
SCATTERED = {
    _AUTOGRAD + "engine": (_AUTOGRAD + "hooks",),
    _AUTOGRAD + "factories.creation": (_AUTOGRAD + "factories.ranges",),
    _AUTOGRAD + "func": (_AUTOGRAD + "nodes",),
} | {
    f"{_AUTOGRAD}ops.{old}": tuple(f"{_AUTOGRAD}ops.{new}" for new in homes.split())
    for old, homes in {
        "activation": "relu trigonometry",
        "aliases": "arithmetic comparison elementary",
        "arithmetic": "comparison",
        "elementary": "trigonometry",
        "indexing": "getitem setitem",
        "inplace": "creation",
        "linalg": "einsum",
        "movement": "shape conversion repeat padding",
        "normalization": "norm",
        "piecewise": "rounding clamp",
        "pooling": "adaptive_pooling",
        "rearrange": "shape joining repeat conversion getitem",
        "rectifier": "activation relu",
        "reduction": "statistics norm softmax",
        "selection": "indexing getitem setitem embedding",
    }.items()
}


def elsewhere(old: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of such a file: finds a name where it is now, and warns."""

    def look_up(name: str) -> Any:
        for home in SCATTERED[old]:
            value = vars(import_module(home)).get(name)
            if getattr(value, "__module__", None) == home and name[0] != "_":
                deprecated(f"{old}.{name}", f"{home}.{name}", gone="0.3.0")
                return value
        raise AttributeError(f"module {old!r} has no attribute {name!r}")

    return look_up


def attach() -> None:
    """Let those of them that are there still say where the others of their names are."""
    for old in SCATTERED:
        if old in sys.modules:
            vars(sys.modules[old])["__getattr__"] = elsewhere(old)


class _Moved:
    """Finds a module under the name that it had before."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        known = name in MOVED or name in SCATTERED
        return ModuleSpec(name, _Moved) if known else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        if spec.name in SCATTERED:
            return ModuleType(spec.name, "Names of operations that are in other files now.")
        deprecated(f"the module {spec.name}", MOVED[spec.name], gone="0.3.0")
        module = import_module(MOVED[spec.name])
        spec.loader_state = module.__spec__
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Give the module its own spec again, not that of the old name; it has been run already."""
        assert module.__spec__ is not None  # invariant: set just now
        if module.__spec__.name in SCATTERED:
            vars(module)["__getattr__"] = elsewhere(module.__name__)
            return
        module.__spec__ = module.__spec__.loader_state


sys.meta_path.append(_Moved)
