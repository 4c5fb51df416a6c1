"""Unpickling that runs nothing: a few opcodes, and constructors from a list.

Python's unpickler in Python is used, as that in C makes room for whatever a file claims.
"""

from __future__ import annotations

import builtins
import pickle
import sys
import sysconfig
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from lightgrad import nn
from lightgrad.data import Dataset, Sampler
from lightgrad.errors import DataError
from lightgrad.nn import functional
from lightgrad.nn.utils.old_forms import _Form
from lightgrad.optim import Optimizer
from lightgrad.optim.lr_scheduler import LRScheduler
from lightgrad.torch._core.classes import Tensor
from lightgrad.torch._core.devices import device
from lightgrad.torch._core.dtypes import NAMES as DTYPES
from lightgrad.torch._core.parameter import Parameter
from lightgrad.torch._core.sizes import Size
from lightgrad.torch._core.storages import TYPES


class Refused(DataError, pickle.UnpicklingError):
    """A file wants something that is not on the list."""


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *rest: Any) -> Any:
    return storage.show(offset, tuple(size), tuple(stride)).requires_grad_(bool(rest and rest[0]))


def _parameter(data: Any, requires_grad: Any = True, *_: Any) -> Any:
    made: Any = Parameter
    return made(data, bool(requires_grad))


def _typed(make: Any, kind: Any, args: Any, state: Any) -> Any:
    return make(*args)


def _scalar(dtype: Any, data: Any = None) -> Any:
    kind = np.dtype(dtype)
    if kind.hasobject or len(data) != kind.itemsize:
        raise DataError(f"a scalar of dtype {kind} and {len(data)} bytes")
    return np.frombuffer(data, kind)[0]


def _array(*_: Any) -> Any:
    return _Array()


class _Array:
    """An array of NumPy before its state is there."""

    def filled(self, state: Any) -> np.ndarray:
        _, shape, dtype, fortran, data = state
        kind = np.dtype(dtype)
        if kind.hasobject or not isinstance(data, bytes):
            raise DataError("an array of Python objects")
        flat = np.frombuffer(bytearray(data), kind)
        return flat.reshape(shape, order="F" if fortran else "C")


def _dtype(name: Any, *_: Any) -> Any:
    kind = np.dtype(str(name))
    if kind.hasobject or kind.fields is not None:
        raise DataError(f"the dtype {name!r}")
    return kind


def _encoded(data: Any = b"", _: Any = "latin1") -> bytes:
    """Bytes, which old protocols have as text."""
    if not isinstance(data, (bytes, str)):
        raise DataError(f"bytes made of {data!r}")
    return data if isinstance(data, bytes) else data.encode("latin1")


#: what a pickle may name, and not call
_TYPES = ("int", "float", "bool", "str", "list", "dict", "tuple", "object")
#: what it may call, by module
_HERE: dict[str, dict[str, Any]] = {
    "torch._utils": {
        "_rebuild_tensor": _tensor,
        "_rebuild_tensor_v2": _tensor,
        "_rebuild_parameter": _parameter,
        "_rebuild_parameter_with_state": _parameter,
    },
    "torch._tensor": {"_rebuild_from_type_v2": _typed},
    "torch.nn.parameter": {"Parameter": Parameter},
    "torch": {
        **TYPES,
        **{d.name: d for d in DTYPES.values()},
        "Size": Size,
        "device": device,
        "Tensor": Tensor,
    },
    "torch.storage": {"UntypedStorage": TYPES["UntypedStorage"]},
    "collections": {
        "OrderedDict": OrderedDict,
        "Counter": Counter,
        "defaultdict": defaultdict,
        "deque": deque,
    },
    "numpy": {"dtype": _dtype, "ndarray": np.ndarray},
    "builtins": {"set": set, "frozenset": frozenset, "complex": complex},
    "_codecs": {"encode": _encoded},
}
for _name in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _HERE[_name] = {"scalar": _scalar, "_reconstruct": _array}
_HERE["builtins"] |= {"bytes": _encoded, "bytearray": lambda *args: bytearray(_encoded(*args))}
_HERE["__builtin__"] = _HERE["builtins"]
#: modules of the standard library whose classes are values, nothing else
_VALUES = {"argparse": {"Namespace"}, "pathlib": {"PosixPath", "WindowsPath", "Path"}}
_VALUES["datetime"] = {"datetime", "date", "time", "timedelta", "timezone"}
_VALUES["pathlib"] |= {"PurePosixPath", "PureWindowsPath", "PurePath"}

#: what a program has allowed, by the name that pickles have
SAFE: dict[str, Any] = {}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let files name these classes and functions.  Source: torch.serialization.add_safe_globals."""
    for thing in safe_globals:
        value, name = thing if isinstance(thing, tuple) else (thing, None)
        SAFE[name or f"{value.__module__}.{value.__qualname__}"] = value


def clear_safe_globals() -> None:
    """Forget what was allowed.  Source: torch.serialization.clear_safe_globals."""
    SAFE.clear()


def get_safe_globals() -> list[Any]:
    """What is allowed.  Source: torch.serialization.get_safe_globals."""
    return list(SAFE.values())


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Let files name these in a block.  Source: torch.serialization.safe_globals."""
    before = dict(SAFE)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        SAFE.clear()
        SAFE.update(before)


_OPCODES = (
    *("PROTO", "STOP", "MARK", "POP", "POP_MARK", "DUP", "FRAME", "MEMOIZE"),
    *("NONE", "NEWTRUE", "NEWFALSE", "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1"),
    *("FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "LIST", "APPEND"),
    *("APPENDS", "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "EMPTY_SET", "ADDITEMS"),
    *("FROZENSET", "GET", "BINGET", "LONG_BINGET", "PUT", "BINPUT", "LONG_BINPUT"),
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "NEWOBJ", "BINPERSID"),
)


#: the unpickler in Python, of which type checkers know little
_Plain: Any = pickle._Unpickler


class Unpickler(_Plain):
    """Makes what a pickle says of what is on the list; ``whole`` adds the program's classes."""

    dispatch: ClassVar[Any] = {
        getattr(pickle, n)[0]: _Plain.dispatch[getattr(pickle, n)[0]] for n in _OPCODES
    }

    def __init__(
        self, file: Any, storage: Callable[..., Any], whole: bool, encoding: str, size: int
    ) -> None:
        super().__init__(file, encoding=encoding)
        self._make, self._whole = storage, whole
        self._known: dict[int, Any] = {}
        self._named: dict[int, Any] = {}  # functions, which a file may name and not call
        self._left = size  # elements that calls may take: a file has a byte for each

    def persistent_load(self, pid: Any) -> Any:
        return self._make(*pid)

    def find_class(self, module: str, name: str) -> Any:
        if module in ("builtins", "__builtin__") and name in _TYPES:
            return getattr(builtins, name)
        value = _HERE.get(module, {}).get(name, self)
        if value is self:
            value = SAFE.get(f"{module}.{name}", self)
        if value is self and self._whole:
            value = _of_the_program(module, name)
            self._named[id(value)] = value if isinstance(value, FunctionType) else None
        if value is self or value is None:
            raise Refused(
                f"{module}.{name} is not allowed in a file; "
                + ("" if self._whole else "weights_only=False allows classes of the program, and ")
                + f"torch.serialization.add_safe_globals([{name}]) allows it if you trust the file"
            )
        self._known[id(value)] = value
        return value

    def _called(self, function: Any) -> Any:
        if self._known.get(id(function)) is not function or self._named.get(id(function)):
            raise Refused(f"a call of a {type(function).__name__}")
        return function

    def _spend(self, values: Any) -> None:
        """Refuse a file that copies one large thing again and again."""
        sized = (v for v in values if hasattr(type(v), "__len__") and not isinstance(v, Tensor))
        self._left -= sum(len(v) for v in sized)
        if self._left < 0:
            raise Refused("it makes more than it holds")

    def load_reduce(self) -> None:
        args = self.stack.pop()
        self._spend(args)
        self.stack[-1] = self._called(self.stack[-1])(*args)

    def load_newobj(self) -> None:
        args = self.stack.pop()
        self._spend(args)
        cls = self._called(self.stack.pop())
        if not isinstance(cls, type):
            raise Refused(f"an object of {cls!r}, which is no class")
        made: Any = cls.__new__
        self.stack.append(made(cls, *args))

    def load_build(self) -> None:
        state = self.stack.pop()
        self._spend((state,) if isinstance(state, dict) else state or ())
        thing = self.stack[-1]
        if isinstance(thing, np.dtype):
            self.stack[-1] = thing.newbyteorder(state[1]) if state[1] in "<>" else thing
        elif isinstance(thing, _Array):
            self.stack[-1] = thing.filled(state)
            self._replace(thing, self.stack[-1])
        elif isinstance(thing, (OrderedDict, defaultdict, Counter)) and isinstance(state, dict):
            vars(thing).update(state)
        elif isinstance(thing, nn.Module) and isinstance(state, dict) and {*_PARTS} <= {*state}:
            _take(thing, state)
        elif isinstance(thing, Tensor) or self._known.get(id(thing)) is thing:
            raise Refused(f"a new state of {type(thing).__name__!r}")
        else:
            self.stack.append(state)
            super().load_build()

    def _replace(self, old: Any, new: Any) -> None:
        for key, value in self.memo.items():
            if value is old:
                self.memo[key] = new

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.BUILD[0]] = load_build


#: what of lightgrad may be in a file as a whole
_OURS = (nn.Module, Optimizer, LRScheduler, Dataset, Sampler, _Form)
_ELSEWHERE = tuple({sysconfig.get_path(n) for n in ("stdlib", "platstdlib", "purelib", "platlib")})


def _of_the_program(module: str, name: str) -> Any:
    """A class of the program that runs, of lightgrad, or a plain value's; None where it is not.

    Functions too: a model keeps its activation.
    """
    if name in _VALUES.get(module, ()):
        return getattr(import_module(module), name)
    if module == "copy_reg" or module == "copyreg":
        return _reconstructor if name == "_reconstructor" else None
    ours = module in ("torch", "lightgrad") or module.startswith(("torch.", "lightgrad."))
    home = _ours(module) if ours else sys.modules.get(module)
    if home is None:
        return None
    place = str(getattr(home, "__file__", None) or "")
    if not ours and module != "__main__" and (not place or place.startswith(_ELSEWHERE)):
        return None
    value: Any = home
    for part in name.split("."):
        value = getattr(value, part, None)
    if isinstance(value, FunctionType):
        return value if not ours or getattr(functional, name, None) is value else None
    if not isinstance(value, type) or (ours and not issubclass(value, _OURS)):
        return None
    return value


def _ours(module: str) -> Any:
    """A module of lightgrad by its name, or by torch's."""
    if module == "torch._C._nn":  # where those of torch.nn.functional come from
        return functional
    name = f"lightgrad.{module}" if module.startswith("torch") else module
    if name in sys.modules or not name.startswith(
        ("lightgrad.torch.nn.", "lightgrad.torch.optim.")
    ):
        return sys.modules.get(name)
    try:
        return import_module(name)
    except ImportError:
        return None


#: what PyTorch's modules have besides their options and `training`
_PARTS = ("_parameters", "_buffers", "_modules")


def _take(module: Any, state: dict[str, Any]) -> None:
    """Make a module of the state that PyTorch's own has in a pickle."""
    hooks = [k for k, v in state.items() if k[:1] == "_" and "hook" in k and v]
    if hooks:
        raise Refused(f"a {type(module).__name__} with hooks ({', '.join(hooks)}) of PyTorch's")
    nn.Module.__init__(module)
    plain = (type(None), bool, int, float, str, tuple)
    inside = ("_version", "_is_full_backward_hook", "_compiled_call_impl")
    for name, value in state.items():
        if name[:1] != "_" or (isinstance(value, plain) and name not in inside):
            vars(module)[name] = value
    passing = state.get("_non_persistent_buffers_set", ())
    for name, p in state["_parameters"].items():
        module.register_parameter(name, p)
    for name, b in state["_buffers"].items():
        module.register_buffer(name, b, persistent=name not in passing)
    for name, child in state["_modules"].items():
        module.add_module(name, child)


def _reconstructor(cls: Any, base: Any, state: Any) -> Any:
    if base is not object:
        raise Refused(f"an object of {cls!r} over {base!r}")
    return object.__new__(cls)
