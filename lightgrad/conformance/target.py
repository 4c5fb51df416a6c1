"""The backend under test, and what it means that its numbers agree with the oracle's."""

import importlib
import warnings
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.devices import fallback, registry
from lightgrad.autograd.devices.manifest import Manifest
from lightgrad.autograd.dtypes import DTYPES
from lightgrad.autograd.nodes import COPIED
from lightgrad.conformance.case import Call, mapped
from lightgrad.errors import ArgumentError, DeviceError

LAYOUTS = ("transposed", "strided", "offset", "expanded")
#: layouts of one argument, or of all but one: a kernel may read them all by the first one's strides
MIXED = ("first transposed", "others transposed", "others strided")
#: how far a result may be from float64's, relative to 1 + its size
TOLERANCE = {"float16": 1e-2, "float32": 3e-5, "float64": 1e-10}


class Mismatch(Exception):
    """A number, shape or dtype is not what it should be; ``op`` is at fault, if that is known."""

    def __init__(self, text: str, op: str = "") -> None:
        super().__init__(text)
        self.op = op


class Skipped(Exception):
    """A check cannot be made on this backend; the text says why."""


def shared(view: Any) -> Any:
    """The view itself, where the backend's views share memory: they need not."""
    origin = getattr(view, "_origin", view)  # torch's tensors have none
    if origin is None or (origin is not view and origin[2] == COPIED):
        raise Skipped("its views are copies, so writing into one does not change the whole")
    return view


def laid_otherwise(view: Any) -> Any:
    """A view that is not in order in memory, where the backend says how its tensors lie."""
    if view.is_contiguous():
        raise Skipped("its tensors are in order in memory, or do not say how they lie")
    return view


class Target:
    """A tensor class, with what the checks ask about it.

    >>> Target("cpu").path("exp"), Target("cpu").path("layer_norm")
    ('native', 'derived')
    """

    def __init__(self, backend: Any) -> None:
        self.cls = load(backend)
        self.name = backend if isinstance(backend, str) else self.cls.__name__
        self.device = self.cls.device_name or self.cls.__name__
        # a class whose devices differ, as OpenCL's do, has to ask its own
        asked = getattr(self.cls, "capabilities", Manifest)
        self.manifest: Manifest = self.cls.manifest or asked()
        floats = [d for d in DTYPES if d.kind == "f" and self.manifest.supports(d)]
        if not floats:
            raise ArgumentError(
                f"{self.name}: its manifest lists no floating dtype ({self.manifest.dtypes}); "
                f"there is nothing to compute with"
            )
        #: the dtype that most checks run in
        self.dtype: Any = next((d for d in floats if d.name == "float32"), floats[-1])

    def path(self, op: str) -> str:
        """How the op is found: "native", "derived" from other ops, or on the "host"."""
        for cls in self.cls.__mro__:
            if cls is AbstractTensor:
                break
            if op in vars(cls).get("_ops", ()):
                return "native" if isinstance(vars(cls)["_ops"][op], type) else "derived"
        return fallback.path(self.cls, op) if op in AbstractTensor._ops else "derived"

    @cached_property
    def views(self) -> bool:
        """Whether a part of a tensor shares its memory; a backend's views may be copies."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            origin = self.tensor(np.zeros(3, self.dtype))[1:]._origin
        return origin is not None and origin[2] != COPIED

    @property
    def spelled(self) -> str:
        """The backend as the command line takes it."""
        if ":" in self.name or registry.is_known(self.name):
            return self.name
        return f"{self.cls.__module__}:{self.cls.__qualname__}"

    def host_calls(self) -> dict[str, int]:
        """How often each op has run on the host so far."""
        return {op: n for (name, op), n in list(fallback.host_calls.items()) if name == self.device}

    def require(self, *dtypes: Any) -> None:
        """Skip what needs a dtype the manifest does not list."""
        for dtype in dtypes:
            if not self.manifest.supports(dtype):
                raise Skipped(f"its manifest lists no {np.dtype(dtype)}")

    def tensor(self, array: np.ndarray, requires_grad: bool = False) -> Any:
        return self.cls.from_numpy(array, requires_grad=requires_grad)

    def given(self, call: Call, dtype: Any, wanted: bool = False, layout: str = "") -> Call:
        """The call with tensors of this backend, floats in ``dtype``."""

        which, _, mixed = layout.partition(" ")
        place = count()

        def make(a: np.ndarray) -> Any:
            floating = a.dtype == np.float64
            array = a.astype(dtype) if floating else a
            lay = mixed if (next(place) == 0) == (which == "first") else "" if mixed else layout
            t = self.laid_out(array, lay) if lay and array.ndim else self.tensor(array)
            return t.requires_grad_(floating and wanted)

        limit = self.manifest.max_elements
        if limit is not None and max((a.size for a in call.arrays), default=0) > limit:
            raise Skipped(f"its manifest allows {limit} elements at most")
        self.require(*(dtype if a.dtype == np.float64 else a.dtype for a in call.arrays))
        return call.mapped(make)

    def laid_out(self, array: np.ndarray, layout: str) -> Any:
        """A tensor of these values that is a view: its elements do not lie in order."""
        if layout == "transposed":
            return self.tensor(array.T.copy()).permute(tuple(range(array.ndim))[::-1]).detach()
        if layout == "strided":
            wide = np.full((*array.shape[:-1], array.shape[-1] * 3), 7).astype(array.dtype)
            wide[..., ::3] = array
            return self.tensor(wide)[..., ::3].detach()
        if layout == "offset":
            longer = np.concatenate([np.full((2, *array.shape[1:]), 7).astype(array.dtype), array])
            return self.tensor(longer)[2:].detach()
        return self.tensor(array[:1]).expand(array.shape).detach()  # of equal rows: `expandable`


def expandable(call: Call) -> Call:
    """With arrays whose rows are equal, so that the layout "expanded" can hold them."""
    return call.mapped(lambda a: a[:1].repeat(a.shape[0], 0) if a.ndim else a)


def oracle(call: Call, wanted: bool = False) -> Call:
    """The call with tensors on the CPU, floats in float64."""
    return call.mapped(
        lambda a: CpuTensor.from_numpy(a, requires_grad=wanted and a.dtype == np.float64)
    )


def load(backend: Any) -> Any:
    """The tensor class of "package.module:Class", of a registered name, or the class itself."""
    if isinstance(backend, str) and ":" in backend and not registry.is_known(backend):
        module, _, attribute = backend.partition(":")
        try:
            backend = getattr(importlib.import_module(module), attribute)
        except Exception as error:  # a module may raise anything
            raise DeviceError(
                f"cannot load the backend {backend!r}: {type(error).__name__}: {error}; give it as "
                f"package.module:Class, of a module that can be imported from here"
            ) from error
    try:
        cls = registry.find(backend) if isinstance(backend, str) else backend
    except DeviceError as error:
        hint = "" if ":" in backend else ", or given as package.module:Class"
        raise DeviceError(f"{error}{hint}") from error
    if not (isinstance(cls, type) and issubclass(cls, AbstractTensor)):
        raise DeviceError(f"{backend!r} is not a tensor class: subclass light.AbstractTensor")
    return cls


def agree(what: str, result: Any, expected: Any, dtype: Any, tolerance: float = 1.0) -> None:
    """Raise :class:`Mismatch` unless an output has the oracle's kind, dtype, shape and values.

    ``dtype`` is what float64 of the oracle stands for.
    """
    if not isinstance(expected, (AbstractTensor, np.ndarray, np.generic)):
        close = isinstance(expected, float) and np.isclose(result, expected, rtol=1e-4)
        if type(result) is not type(expected) or not (close or result == expected):
            raise Mismatch(f"{what} is {result!r}, expected {expected!r}")
        return
    if not isinstance(result, AbstractTensor):
        raise Mismatch(f"{what} is a {type(result).__name__}, expected a tensor")
    true = np.asarray(expected.numpy() if isinstance(expected, AbstractTensor) else expected)
    kind = np.dtype(dtype) if true.dtype == np.float64 else true.dtype
    if tuple(result.shape) != true.shape:
        raise Mismatch(f"{what} has shape {tuple(result.shape)}, expected {true.shape}")
    values = result.numpy()
    if np.dtype(result.dtype) != kind or values.dtype != kind:
        raise Mismatch(f"{what} has dtype {np.dtype(result.dtype)}, expected {kind}")
    near(what, values, true, TOLERANCE.get(kind.name, 0) * tolerance)


def near(what: str, values: np.ndarray, true: np.ndarray, tolerance: float) -> None:
    """Raise :class:`Mismatch`, with the worst element, where arrays of one shape differ."""
    if values.shape != true.shape:
        raise Mismatch(f"{what} has shape {values.shape}, expected {true.shape}")
    exact = true.dtype.kind != "f"
    with np.errstate(all="ignore"):
        f, e = (values, true) if exact else (values.astype(np.float64), true.astype(np.float64))
        wrong = (f != e) & ~((f != f) & (e != e))
        if exact:
            distance = wrong.astype(np.float64)
        else:
            distance = np.where(wrong, np.abs(f - e) / (1 + np.abs(e)), 0)
            distance = np.where(np.isnan(distance), np.inf, distance)
    if (distance > tolerance).any():
        worst = np.unravel_index(np.argmax(distance), distance.shape)
        place = tuple(int(i) for i in worst)
        raise Mismatch(
            f"{what} of shape {true.shape}: {int((distance > tolerance).sum())} of {true.size} "
            f"elements are wrong, the worst at {place}: {f[worst]!s}, expected {e[worst]!s}"
        )


def same_bits(what: str, values: np.ndarray, expected: np.ndarray) -> None:
    """Raise :class:`Mismatch` unless two arrays are equal bit by bit."""
    if values.dtype != expected.dtype or values.tobytes() != expected.tobytes():
        near(what, values, expected, 0.0)
        raise Mismatch(f"{what} of shape {expected.shape}: other bits, though equal numbers")


def arrays_of(outputs: list[Any]) -> list[np.ndarray]:
    """The outputs as arrays."""
    return [
        np.asarray(v)
        for v in mapped(outputs, lambda y: y.numpy() if isinstance(y, AbstractTensor) else y)
    ]
