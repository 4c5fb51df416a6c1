"""AbstractTensor: what a backend fills in, and the registry of ops and backends."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import prod
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from lightgrad.autograd.devices import fallback, registry
from lightgrad.autograd.devices.manifest import Manifest, guard
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.mode import LISTENER, no_grad
from lightgrad.autograd.nodes import CUSTOM, Leaf, Storage
from lightgrad.autograd.shapes import axis
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import views
from lightgrad.autograd.tensor.gradients import Gradients
from lightgrad.autograd.tensor.moving import Moving
from lightgrad.autograd.tensor.moving import rebuild as _rebuild  # noqa: F401  named by pickles of 0.1.0
from lightgrad.autograd.tensor.operators import Operators
from lightgrad.autograd.tensor.python import Values
from lightgrad.autograd.tensor.registration import install, method_for
from lightgrad.errors import MissingOpError, RegistrationError
from lightgrad.hints import hint, named

_R = TypeVar("_R", bound=Callable[..., Any])

#: the first argument of ops that are called with several tensors, or with a text
_SEVERAL = frozenset(("equation", "operands", "tensors"))
#: the attributes with which a backend's class describes itself
_OF_CLASSES = frozenset(("device_name", "manifest", "typed_data"))


def takes_several(op: str) -> bool:
    """Whether an op is called on a class, as ``light.CpuTensor.cat([a, b])``, or as a function."""
    code = getattr(inspect.unwrap(AbstractTensor._ops[op]), "__code__", None)
    if code is None:
        return False
    # of ``(*tensors, indexing=None)`` the name with the star follows those of options
    first = 0 if code.co_argcount else code.co_kwonlyargcount
    return code.co_varnames[first] in _SEVERAL


def _is_elsewhere(cls: type, name: str) -> bool:
    if name in AbstractTensor._ops:
        return name in AbstractTensor._internal or takes_several(name)
    kind = next((type(vars(c)[name]) for c in cls.__mro__ if name in vars(c)), None)
    return name[0] != "_" and (name in _OF_CLASSES or kind in (classmethod, staticmethod))


def _is_set_up(tensor: Any) -> bool:
    try:
        object.__getattribute__(tensor, "_origin")
    except AttributeError:
        return False
    return True


#: ids of the tensors whose missing attribute is being described
_EXPLAINED: set[int] = set()


class AbstractTensor(Values, Gradients, Operators, Moving):
    """An n-dimensional array that remembers how it was computed.

    Subclasses hold the storage of one device in ``data`` and register the
    operations they have a kernel for; everything else is derived from those or
    runs on the CPU.  Source: torch.Tensor.

    >>> import lightgrad as light
    >>> x = light.tensor([1.0, 2.0])
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "_data", "_edge", "_grad", "_origin", "_storage", "name")

    #: the name `to()` knows this backend by; set by `register_backend`
    device_name: ClassVar[str] = ""
    #: ops registered on this very class: name -> Function or composite
    _ops: ClassVar[dict[str, Any]] = {}
    #: ops that others are made of, which users do not call
    _internal: ClassVar[set[str]] = set()
    #: whether `_data` knows dtype and shape too, which is quicker to ask
    typed_data: ClassVar[bool] = False
    #: whether views share memory on this device, wherever the layout allows it
    _shares: ClassVar[bool] = False
    #: whether the device itself tells observers of copies
    _tells: ClassVar[bool] = False
    #: who draws random numbers in place of lightgrad's own stream, as `generator.draw` does
    _stream: ClassVar[Callable[..., Any] | None] = None
    #: the dtypes and limits of the device, where it has not all of them
    manifest: ClassVar[Manifest | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.manifest is not None:
            guard(cls)
        if (listener := LISTENER[0]) is not None:
            listener.joined(cls)

    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None) -> None:
        self._data = data
        self._edge: Any = None  # node of the graph, or Leaf, or None without gradient
        self._grad: Any = None
        self._storage: Storage | None = None  # made when someone must watch for changes
        self._origin: Any = None  # of a view: Function, its arguments, and see tensor/views.py
        self.name = name
        if requires_grad and self.dtype in FLOATS:
            self._edge = Leaf(self)

    # ------------------------------------------------------------- backend contract

    # lightgrad itself reads `_data`, a slot, which is quicker
    data = property(
        attrgetter("_data"), views.assign, doc="The raw array, as the backend's class holds it."
    )

    @property
    def dtype(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define dtype")

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError(f"{type(self).__name__} must define shape")

    # the same for the library's hot paths, whatever objects a subclass shows for them
    _dtype = property(lambda self: self.dtype)
    _shape = property(lambda self: self.shape)

    @staticmethod
    def empty(shape: Any, *args: Any, **kwargs: Any) -> AbstractTensor:
        raise NotImplementedError("a backend must define empty")

    @staticmethod
    def zeros(shape: Any, *args: Any, **kwargs: Any) -> AbstractTensor:
        raise NotImplementedError("a backend must define zeros")

    @staticmethod
    def ones(shape: Any, *args: Any, **kwargs: Any) -> AbstractTensor:
        raise NotImplementedError("a backend must define ones")

    @staticmethod
    def uniform(low: Any, high: Any, shape: Any, *args: Any, **kwargs: Any) -> AbstractTensor:
        raise NotImplementedError("a backend must define uniform")

    @staticmethod
    def from_numpy(a: np.ndarray, requires_grad: bool = True) -> AbstractTensor:
        raise NotImplementedError("a backend must define from_numpy")

    def numpy(self) -> np.ndarray:
        """A copy of the values as a NumPy array, without gradient.  Source: torch.Tensor.numpy.

        >>> import lightgrad as light
        >>> light.tensor([1.0, 2.0]).numpy()
        array([1., 2.], dtype=float32)
        """
        raise NotImplementedError(f"{type(self).__name__} must define numpy")

    def _values(self) -> np.ndarray:
        """The values as an array of their own, with which the library works."""
        return self.numpy()

    def copy(self, requires_grad: bool = True) -> AbstractTensor:
        """A new leaf with a copy of the values; ``clone()`` passes gradients on.

        >>> import lightgrad as light
        >>> light.ones(2, requires_grad=False).copy().requires_grad
        True
        """
        return type(self).from_numpy(self._values(), requires_grad=requires_grad)

    def _write(self, source: AbstractTensor) -> None:
        """Take over the values of ``source``, which nobody else has.

        Backends with shared memory copy them in.
        """
        old, self._data = self._data, source._data
        if self._storage is not None and self._storage.views is not None:
            for t in self._storage.living():  # the result of detach() sees the change
                if t._data is old:
                    t._data = self._data

    def _hold(self, data: Any) -> None:
        """Show another raw array from now on."""
        self._data = data

    def _view(self, data: Any) -> AbstractTensor:
        """A tensor over memory of this one."""
        out = self._alias()
        out._data = data
        out._origin = (None, (self,), CUSTOM)
        out._storage.show(out)  # type: ignore[union-attr]
        return out

    # ------------------------------------------------------------- registration

    @classmethod
    def register_op(
        cls, name: str | None = None, overwrite: bool = False, internal: bool = False
    ) -> Callable[[_R], _R]:
        """Make a Function (or, for every device, a plain function) a tensor method.

        On a backend class it is the kernel of that device; on AbstractTensor it
        is the rule of all of them.  A name that is taken needs ``overwrite=True``.
        An ``internal`` op, or one that is called ``..._backward``, is a part of others:
        it has no function of its name, and ``dir()`` of a tensor does not show it.

        >>> import lightgrad as light
        >>> @light.CpuTensor.register_op(name="halve")
        ... class halve(light.autograd.Function):
        ...     def forward(ctx, t):
        ...         return light.CpuTensor(t.data / 2)
        ...     def backward(ctx, grad):
        ...         return grad / 2
        >>> light.tensor([2.0], requires_grad=False).halve()
        tensor([1.])
        """

        def register(fn: _R) -> _R:
            op = name or fn.__name__
            own = cls.__dict__.get("_ops")
            if own is None:
                own = cls._ops = {}
            rule = AbstractTensor._ops.get(op)
            reserved = rule is None and hasattr(AbstractTensor, op)
            if (op in own and not overwrite) or reserved or not op.isidentifier():
                why = "is part of every tensor" if reserved else "is already registered"
                raise RegistrationError(
                    f"{cls.__name__}: the op name {op!r} {why}; "
                    f"choose another name{'' if reserved else ', or pass overwrite=True'}"
                )
            method = method_for(fn, op, rule, cls, cls is not AbstractTensor)
            own[op] = fn
            if internal or op.endswith("_backward"):
                AbstractTensor._internal.add(op)
            install(cls, op, method)
            fallback.forget(cls)
            return fn

        return register

    # ------------------------------------------------------------- what it is

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def dim(self) -> int:
        """The number of dimensions.  Source: torch.Tensor.dim.

        >>> import lightgrad as light
        >>> light.zeros(2, 3).dim()
        2
        """
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or its entry for one dimension.  Source: torch.Tensor.size.

        >>> import lightgrad as light
        >>> light.zeros(2, 3).size(), light.zeros(2, 3).size(-1)
        ((2, 3), 3)
        """
        return self.shape if dim is None else self.shape[axis("size", dim, self.ndim)]

    def numel(self) -> int:
        """The number of elements.  Source: torch.Tensor.numel.

        >>> import lightgrad as light
        >>> light.zeros(2, 3).numel()
        6
        """
        return prod(self.shape)

    @property
    def device(self) -> str:
        """The name of the tensor's device, which ``to()`` takes.  Source: torch.Tensor.device.

        >>> import lightgrad as light
        >>> light.zeros(2).device
        'cpu'
        """
        return type(self).device_name or type(self).__name__

    if not TYPE_CHECKING:  # which would take every misspelt operation for an attribute

        def __getattr__(self, attribute: str) -> Any:
            # Reached only when ordinary lookup failed.
            if attribute == "_edge" and _is_set_up(self):
                return views.found_late(self)
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            if attribute in (*AbstractTensor.__slots__, "data") or not _is_set_up(self):
                raise AttributeError(
                    f"{attribute!r} is not set: call AbstractTensor.__init__(self, data=...) in "
                    f"{type(self).__name__}.__init__"
                )
            if id(self) in _EXPLAINED:  # `shape` or `dtype` asked for it
                raise AttributeError(attribute)
            if attribute[0] != "_" and registry.discover(attribute):  # of an installed package
                return lambda: self.to(attribute)
            if isinstance(getattr(type(self), attribute, None), property):
                raise AttributeError(
                    f"{type(self).__name__}.{attribute} uses an attribute that is not set; set it "
                    f"before AbstractTensor.__init__(self, data=...) is called"
                )
            _EXPLAINED.add(id(self))
            try:
                where = f"tensor of shape {self.shape}, dtype {self.dtype}, on {self.device}"
            except AttributeError:
                where = "its shape and dtype are not known yet"
            finally:
                _EXPLAINED.discard(id(self))
            raise MissingOpError(
                f"{type(self).__name__} has no attribute or op {attribute!r} ({where})"
                f"{hint(self, attribute)} "
                f"A new op is added with "
                f"@{type(self).__name__}.register_op(name={attribute!r})"
            )

    def __dir__(self) -> list[str]:
        """The attributes of a tensor that users need: no parts of ops, no methods of its class."""
        return [name for name in object.__dir__(self) if not _is_elsewhere(type(self), name)]

    def _alias(self) -> AbstractTensor:
        """Another tensor object over the same data, outside the graph."""
        out = object.__new__(type(self))
        if hasattr(self, "__dict__"):
            out.__dict__.update(self.__dict__)
        AbstractTensor.__init__(out, self._data)
        storage = out._storage = self._watched()
        if type(self)._write is AbstractTensor._write:
            storage.show(self)
            storage.show(out)
        return out

    def _copied(self) -> AbstractTensor:
        """The values in memory of their own, outside the graph."""
        return self.copy(requires_grad=False)

    def _filled(self, value: float) -> AbstractTensor:
        """A tensor of this shape and dtype, filled with one value, outside the graph."""
        with no_grad():
            out = type(self).empty(self.shape, dtype=self.dtype, requires_grad=False)
            out = out.fill(value)
        out._edge = None
        return out

    def _accumulate(self, grad: AbstractTensor) -> None:
        """Add in place to a gradient that nobody else holds."""
        self._write(self + grad)

    def _outside(self, low: int, high: int) -> tuple[int, int] | None:
        """The least and the largest of some integers where not all lie in [low, high]."""
        return fallback.host()(self._values())._outside(low, high)


for _cls in (Values, Gradients, Moving, AbstractTensor):
    for _name, _plain in tuple(vars(_cls).items()):
        if _name[0] != "_" and type(_plain) is FunctionType:
            named(_name, _plain)


def register_backend(name: str, cls: Any, overwrite: bool = False) -> Any:
    """Give a backend a name: ``tensor.name()`` and ``tensor.to("name")`` reach it.

    ``cls`` is a subclass of AbstractTensor, or "package.module:Class" to import
    it on first use.  Modules have the method too.  A package needs no call: its
    entry points of the group ``lightgrad.backends`` are found by their names.

    >>> import lightgrad as light
    >>> class Shadow(light.CpuTensor):
    ...     @staticmethod
    ...     def from_numpy(a, requires_grad=True):
    ...         return Shadow(a.copy(), requires_grad)
    >>> _ = light.register_backend("shadow", Shadow, overwrite=True)
    >>> light.ones(2).shadow().device
    'shadow'
    """
    if not name.isidentifier() or (hasattr(AbstractTensor, name) and not registry.is_known(name)):
        raise RegistrationError(f"{name!r} cannot be the name of a backend")
    if isinstance(cls, type) and not issubclass(cls, AbstractTensor):
        raise RegistrationError(f"backend {name!r}: {cls.__name__} must subclass AbstractTensor")
    registry.register(name, cls, overwrite)

    def move(self: AbstractTensor, index: int | None = None) -> AbstractTensor:
        return self.to(name if index is None else f"{name}:{index}")

    mover = renamed(move, name)
    mover.__doc__ = f"The tensor on the {name} device."
    if name != "cpu":
        setattr(AbstractTensor, name, mover)
    return cls
