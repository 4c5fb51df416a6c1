"""AbstractTensor: graph and gradient bookkeeping, operators, the registry of ops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

import numpy as np

from lightgrad.autograd import devices, fallback, grads
from lightgrad.autograd.dtypes import (
    DEFAULT,
    FLOATS,
    as_dtype,
    fits,
    is_float,
    result_dtype,
    scalar_dtype,
)
from lightgrad.autograd.func import (
    Function,
    Leaf,
    Storage,
    method_of,
    op_name,
    tick,
)
from lightgrad.autograd.mode import is_grad_enabled, no_grad
from lightgrad.errors import (
    BackwardError,
    DeviceError,
    DtypeError,
    InplaceError,
    MissingOpError,
    RegistrationError,
    ShapeError,
)

_R = TypeVar("_R", bound=Callable[..., Any])

NUMBERS = (bool, int, float, np.number, np.bool_)

#: op -> Python operator; registering the op sets both, so an operator costs no extra frame
OPERATORS = {
    "add": "__add__",
    "sub": "__sub__",
    "mul": "__mul__",
    "div": "__truediv__",
    "floor_divide": "__floordiv__",
    "remainder": "__mod__",
    "pow": "__pow__",
    "matmul": "__matmul__",
    "neg": "__neg__",
    "abs": "__abs__",
    "eq": "__eq__",
    "ne": "__ne__",
    "lt": "__lt__",
    "le": "__le__",
    "gt": "__gt__",
    "ge": "__ge__",
    "bitwise_and": "__and__",
    "bitwise_or": "__or__",
    "bitwise_xor": "__xor__",
    "bitwise_not": "__invert__",
}


def _is_set_up(tensor: Any) -> bool:
    try:
        object.__getattribute__(tensor, "_edge")
    except AttributeError:
        return False
    return True


#: ids of the tensors whose missing attribute is being described
_EXPLAINED: set[int] = set()


class AbstractTensor:
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

    __slots__ = ("__weakref__", "_edge", "_grad", "_lease", "_storage", "data", "name")

    __array_ufunc__ = None  # ndarray op tensor asks the tensor
    __array_priority__ = 1000.0

    #: the name `to()` knows this backend by; set by `register_backend`
    device_name: ClassVar[str] = ""
    #: ops registered on this very class: name -> Function or composite
    _ops: ClassVar[dict[str, Any]] = {}

    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None) -> None:
        self.data = data
        self._edge: Any = None  # node of the graph, or Leaf, or None without gradient
        self._grad: Any = None
        self._storage: Storage | None = None  # made when someone must watch for changes
        self._lease: Any = None  # held by views
        self.name = name
        if requires_grad and self.dtype in FLOATS:
            self._edge = Leaf(self)

    # ------------------------------------------------------------- backend contract

    @property
    def dtype(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define dtype")

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError(f"{type(self).__name__} must define shape")

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
        """The values as a NumPy array of their own."""
        raise NotImplementedError(f"{type(self).__name__} must define numpy")

    def copy(self, requires_grad: bool = True) -> AbstractTensor:
        """A leaf with the same values in memory of its own."""
        return type(self).from_numpy(self.numpy(), requires_grad=requires_grad)

    def _write(self, source: AbstractTensor) -> None:
        """Take over the values of ``source``; backends with shared memory copy them in."""
        self.data = source.data

    def _view(self, data: Any) -> AbstractTensor:
        """A tensor over memory of this one."""
        out = self._alias()
        out.data = data
        storage = self._watched()
        out._storage = storage
        out._lease = storage.lease()
        return out

    # ------------------------------------------------------------- registration

    @classmethod
    def register_op(cls, name: str | None = None, overwrite: bool = False) -> Callable[[_R], _R]:
        """Make a Function (or, for every device, a plain function) a tensor method.

        On a backend class it is the kernel of that device; on AbstractTensor it
        is the rule of all of them.  A name that is taken needs ``overwrite=True``.

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
            method = _method(fn, op, rule, cls)
            own[op] = fn
            setattr(cls, op, method)
            if op in OPERATORS:
                setattr(cls, OPERATORS[op], method)
            return fn

        return register

    # ------------------------------------------------------------- what it is

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one entry of it."""
        from lightgrad.autograd.shapes import axis

        return self.shape if dim is None else self.shape[axis("size", dim, self.ndim)]

    def numel(self) -> int:
        """The number of elements."""
        n = 1
        for s in self.shape:
            n *= s
        return n

    @property
    def device(self) -> str:
        """The name that ``to()`` takes."""
        return type(self).device_name or type(self).__name__

    @property
    def requires_grad(self) -> bool:
        return self._edge is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> AbstractTensor:
        """Ask for gradients, or no longer; returns the tensor itself."""
        if not self.is_leaf:
            if requires_grad:
                return self
            raise BackwardError(
                "requires_grad can only be turned off on leaf tensors; "
                "use detach() for a tensor without the graph"
            )
        if requires_grad and self.dtype not in FLOATS:
            raise DtypeError(f"a tensor of dtype {self.dtype} cannot require gradients; use float()")
        if bool(requires_grad) != self.requires_grad:
            self._edge = Leaf(self) if requires_grad else None
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation produced it."""
        return self._edge is None or type(self._edge) is Leaf

    @property
    def grad_fn(self) -> Function | None:
        """The node that produced it."""
        return None if self.is_leaf else self._edge

    @property
    def grad(self) -> Any:
        """The gradient collected by ``backward``, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            value = self._as_gradient(value, "grad")
        self._grad = value

    def __len__(self) -> int:
        if not self.shape:
            raise DtypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise DtypeError("iteration over a 0-d tensor; use item()")
        return (self[i] for i in range(self.shape[0]))

    def __getattr__(self, attribute: str) -> Any:
        # Reached only when ordinary lookup failed.
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if attribute in AbstractTensor.__slots__ or not _is_set_up(self):
            raise AttributeError(
                f"{attribute!r} is not set: call AbstractTensor.__init__(self, data=...) in "
                f"{type(self).__name__}.__init__"
            )
        if id(self) in _EXPLAINED:  # `shape` or `dtype` asked for it
            raise AttributeError(attribute)
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
        import difflib  # only to explain a mistake; imports must stay quick

        close = difflib.get_close_matches(attribute, dir(type(self)), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise MissingOpError(
            f"{type(self).__name__} has no attribute or op {attribute!r} ({where}){hint} "
            f"A new op is added with "
            f"@{type(self).__name__}.register_op(name={attribute!r})"
        )

    # ------------------------------------------------------------- values

    def item(self) -> bool | int | float:
        """The single element as a Python number."""
        if self.numel() != 1:
            raise ShapeError(
                f"item: only a tensor of one element is a number, not one of shape {self.shape}; "
                f"use tolist()"
            )
        return self.numpy().item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self.numpy().tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("a tensor cannot be seen as an array without a copy; use copy=None")
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ShapeError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous; "
                f"use any() or all()"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if is_float(as_dtype(self.dtype)):
            raise DtypeError(f"a tensor of dtype {self.dtype} is not an index; use long()")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def __repr__(self) -> str:
        extra = []
        dtype = as_dtype(self.dtype)
        if dtype not in (DEFAULT, as_dtype("int64"), as_dtype("bool")) or not self.numel():
            extra.append(f"dtype={dtype.name}")
        if self.device != "cpu":
            extra.append(f"device='{self.device}'")
        if not self.numel() and len(self.shape) != 1:
            extra.append(f"size={self.shape}")
        if not self.is_leaf:
            extra.append(f"grad_fn=<{op_name(self._edge)}>")
        elif self.requires_grad:
            extra.append("requires_grad=True")
        if self.name:
            extra.append(f"name={self.name!r}")
        values = np.array2string(self.numpy(), separator=", ", prefix="tensor(", precision=4)
        return f"tensor({', '.join([values, *extra])})"

    __hash__ = object.__hash__

    # ------------------------------------------------------------- gradients

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
        allow_fill: bool = False,
    ) -> None:
        """Add the gradient of this tensor to ``.grad`` of every leaf it came from.

        .. math:: x.grad \\mathrel{+}= v^T \\, \\partial y / \\partial x

        ``gradient`` is v, by default one for a single element; ``allow_fill``
        starts from ones for any shape.  The graph is freed unless
        ``retain_graph``.  ``create_graph`` makes the gradients differentiable.
        ``inputs`` names the only leaves to collect.  Source:
        torch.Tensor.backward.

        >>> import lightgrad as light
        >>> x = light.tensor([1.0, 2.0])
        >>> (x ** 2).backward(allow_fill=True)
        >>> x.grad
        tensor([2., 4.])
        """
        start = grads.root("backward", self, gradient, allow_fill)
        keep = create_graph if retain_graph is None else retain_graph
        if inputs is None:
            grads.run_backward([start], keep, create_graph)
            return
        grads.backward_into([start], inputs, keep, create_graph)

    def zero_grad(self) -> None:
        """Forget the gradient (it becomes None, as with torch's ``set_to_none``)."""
        self._grad = None

    def detach(self) -> AbstractTensor:
        """The same memory without the graph; changes in place are still noticed."""
        out = self._alias()
        out._storage = self._watched()
        return out

    def retain_grad(self) -> None:
        """Keep ``.grad`` on this tensor although an operation produced it."""
        grads.retain(self)

    def register_hook(self, hook: Callable[[Any], Any]) -> Any:
        """Call ``hook(grad)`` when the gradient is known; what it returns replaces it.

        >>> import lightgrad as light
        >>> x = light.tensor(2.0)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * 3).backward()
        >>> x.grad.item()
        30.0
        >>> handle.remove()
        """
        return grads.add_hook(self, hook)

    def _alias(self) -> AbstractTensor:
        """Another tensor object over the same data, outside the graph."""
        out = object.__new__(type(self))
        if hasattr(self, "__dict__"):
            out.__dict__.update(self.__dict__)
        AbstractTensor.__init__(out, self.data)
        out._storage = self._watched()
        return out

    def _copied(self) -> AbstractTensor:
        """The values in memory of their own, outside the graph."""
        return self.copy(requires_grad=False)

    def _filled(self, value: float) -> AbstractTensor:
        """The same shape and dtype, filled with one value, outside the graph."""
        with no_grad():
            out = type(self).empty(self.shape, dtype=self.dtype, requires_grad=False)
            out = out.fill(value)
        out._edge = None
        return out

    def _accumulate(self, grad: AbstractTensor) -> None:
        """Add in place to a gradient that nobody else holds."""
        self._write(self + grad)

    def _as_gradient(self, gradient: Any, op: str) -> AbstractTensor:
        if isinstance(gradient, (np.ndarray, *NUMBERS)):
            gradient = self._lift(gradient)
        if not isinstance(gradient, AbstractTensor):
            raise DtypeError(f"{op}: the gradient must be a tensor, not {type(gradient).__name__}")
        if gradient.shape != self.shape:
            raise ShapeError(
                f"{op}: the gradient has shape {gradient.shape}, the tensor {self.shape}"
            )
        self._same_device(gradient, op)
        return gradient if gradient.dtype == self.dtype else gradient.to(self.dtype)

    # ------------------------------------------------------------- operands

    def _same_device(self, other: AbstractTensor, op: str) -> None:
        if not isinstance(other, type(self)) and not isinstance(self, type(other)):
            raise DeviceError(
                f"{op}: tensors on different devices, {self.device} (shape {self.shape}) and "
                f"{other.device} (shape {other.shape}); move one with .to({self.device!r})"
            )

    def _lift(self, value: Any, dtype: Any = None) -> AbstractTensor:
        """A number or array as a tensor of this device, outside the graph."""
        if dtype is None and not isinstance(value, np.ndarray):
            dtype = scalar_dtype(as_dtype(self.dtype), value)
        try:
            array = np.asarray(value, dtype)
        except OverflowError as error:
            raise DtypeError(f"{value!r} does not fit into {dtype}: {error}") from None
        return type(self).from_numpy(array, requires_grad=False)

    def _meet(self, other: Any, fn: type[Function]) -> tuple[Any, Any]:
        """Both operands of a binary op in one class and dtype (numbers stay if ``fn`` can)."""
        op, mine = op_name(fn), as_dtype(self.dtype)
        if isinstance(other, np.ndarray):
            other = self._lift(other, as_dtype(other.dtype))
        if isinstance(other, AbstractTensor):
            self._same_device(other, op)
            theirs = as_dtype(other.dtype)
            common = result_dtype(mine, self.ndim, theirs, other.ndim)
            if fn.floats and not is_float(common):
                common = DEFAULT
            if theirs is not common:
                other = other.to(common)
        elif isinstance(other, NUMBERS):
            other = other.item() if isinstance(other, np.generic) else other
            common = scalar_dtype(mine, other)
            if fn.floats and not is_float(common):
                common = DEFAULT
            if not fn.scalars or type(other) is bool:
                other = self._lift(other, common)
        else:
            raise DtypeError(
                f"{op}: the other operand must be a tensor, an array or a number, not "
                f"{type(other).__name__} (tensor of shape {self.shape}, dtype {self.dtype}, on "
                f"{self.device})"
            )
        return (self if mine is common else self.to(common)), other

    def _reflected(self, op: str, other: Any) -> Any:
        if not isinstance(other, (np.ndarray, *NUMBERS)):
            return NotImplemented
        return getattr(self._lift(other), op)(self)

    def __radd__(self, other: Any) -> Any:
        return self.add(other)

    def __rmul__(self, other: Any) -> Any:
        return self.mul(other)

    def __rsub__(self, other: Any) -> Any:
        return self._reflected("sub", other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._reflected("div", other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._reflected("floor_divide", other)

    def __rmod__(self, other: Any) -> Any:
        return self._reflected("remainder", other)

    def __rpow__(self, other: Any) -> Any:
        return self._reflected("pow", other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._reflected("matmul", other)

    def __rand__(self, other: Any) -> Any:
        return self._reflected("bitwise_and", other)

    def __ror__(self, other: Any) -> Any:
        return self._reflected("bitwise_or", other)

    def __rxor__(self, other: Any) -> Any:
        return self._reflected("bitwise_xor", other)

    def __pos__(self) -> AbstractTensor:
        return self

    # ------------------------------------------------------------- in place

    def _watched(self) -> Storage:
        storage = self._storage
        if storage is None:
            storage = self._storage = Storage()
        return storage

    def _touch(self) -> None:
        """Note that the memory has changed."""
        self._watched().modified = tick()

    def _inplace(self, op: str, *args: Any, **kwargs: Any) -> AbstractTensor:
        """``self.op_(*args)``: the out-of-place op, its result written into this memory."""
        given = (self, *args, *kwargs.values())
        recorded = is_grad_enabled() and any(getattr(a, "_edge", None) is not None for a in given)
        if recorded:
            self._check_recordable(op)
        out = getattr(self, op)(*args, **kwargs)
        if out.shape != self.shape:
            raise ShapeError(
                f"{op}_: the result of shape {out.shape} does not fit into the tensor of shape "
                f"{self.shape}; use the out-of-place form"
            )
        if out.dtype != self.dtype:
            if not fits(as_dtype(out.dtype), as_dtype(self.dtype)):
                raise DtypeError(
                    f"{op}_: a result of dtype {out.dtype} cannot be written into a tensor of "
                    f"dtype {self.dtype}; use the out-of-place form"
                )
            out = out.to(self.dtype)
        if recorded and out._edge is not None:
            saved = getattr(out._edge, "saved", None) or ()
            if any(s is self for s in saved):  # the rule needs the old values
                old = self._copied()
                old._edge = self._edge
                out._edge.saved = tuple(old if s is self else s for s in saved)
        self._write(out)
        self._touch()
        if recorded:
            if grads.HOOKS.data:
                grads.retain_after_change(self._edge, out._edge)
            self._edge = out._edge
        return self

    def _check_recordable(self, op: str) -> None:
        if type(self._edge) is Leaf:
            raise InplaceError(
                f"{op}_: a leaf tensor that requires gradients (shape {self.shape}) cannot be "
                f"changed in place while gradients are recorded; wrap the change in "
                f"no_grad(), or create the tensor with requires_grad=False"
            )
        if self._lease is not None or (self._storage is not None and self._storage.has_views):
            what = "is a view" if self._lease is not None else "has views"
            raise InplaceError(
                f"{op}_: this tensor of shape {self.shape} {what}, so a recorded change in place "
                f"would leave the gradients of other tensors wrong; use the out-of-place form, "
                f"or clone() first"
            )

    def __iadd__(self, other: Any) -> Any:
        return self._inplace("add", other)

    def __isub__(self, other: Any) -> Any:
        return self._inplace("sub", other)

    def __imul__(self, other: Any) -> Any:
        return self._inplace("mul", other)

    def __itruediv__(self, other: Any) -> Any:
        return self._inplace("div", other)

    def __ifloordiv__(self, other: Any) -> Any:
        return self._inplace("floor_divide", other)

    def __imod__(self, other: Any) -> Any:
        return self._inplace("remainder", other)

    def __ipow__(self, other: Any) -> Any:
        return self._inplace("pow", other)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._inplace("index_put", index, value)

    # ------------------------------------------------------------- moving and saving

    def to(self, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False) -> Any:
        """The tensor in another dtype, on another device, or like another tensor.

        Differentiable; returns the tensor itself when nothing has to change.

        >>> import lightgrad as light
        >>> light.arange(3).to(light.float64)
        tensor([0., 1., 2.], dtype=float64)
        """
        for a in args:
            if isinstance(a, AbstractTensor):
                dtype, device = a.dtype, type(a)
            elif (isinstance(a, str) and devices.is_known(a)) or (
                isinstance(a, type) and issubclass(a, AbstractTensor)
            ):
                device = a
            elif isinstance(a, str) and a not in np.sctypeDict:
                device = a  # `devices.find` says what there is
            else:
                dtype = a
        out: Any = self
        if dtype is not None and as_dtype(dtype) != self.dtype:
            out = out.cast(as_dtype(dtype))
        if device is not None and device != self.device and device is not type(self):
            out = out.transfer(devices.find(device))
        return out.clone() if copy and out is self else out

    def cpu(self) -> Any:
        """The tensor in the computer's own memory."""
        return self.to("cpu")

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise BackwardError(
                f"only leaf tensors can be pickled or deep-copied; this one (shape {self.shape}) "
                f"is the result of {op_name(self._edge)}: detach() or clone() it first"
            )
        return _rebuild, (type(self), self.numpy(), self.requires_grad, self.name)

    def __deepcopy__(self, memo: dict[int, Any]) -> AbstractTensor:
        rebuild, args = self.__reduce__()
        out = rebuild(*args)
        memo[id(self)] = out
        if self._grad is not None:
            out._grad = self._grad._copied()
        return out


AbstractTensor.device_name = ""


def _rebuild(cls: Any, array: np.ndarray, requires_grad: bool, name: str | None) -> Any:
    out = cls.from_numpy(array, requires_grad=requires_grad)
    out.name = name
    return out


def _method(fn: Any, op: str, rule: Any, cls: type) -> Callable[..., Any]:
    """What the attribute ``op`` of ``cls`` becomes."""
    if not isinstance(fn, type):
        return fn  # a composite
    if not issubclass(fn, Function):
        raise RegistrationError(f"{op}: register a subclass of Function, not {fn!r}")
    if op != fn.__name__:
        fn.op = op
    if isinstance(rule, type) and not issubclass(fn, rule) and fn.arity == 0:
        # A Function written from scratch gets the public arguments of the rule.
        fn.arity, fn.floats, fn.differentiable = rule.arity, rule.floats, rule.differentiable
        if fn.prepare is None and rule.prepare is not None:
            fn.prepare = staticmethod(rule.prepare)
    if cls is AbstractTensor:
        return fallback.derived_method(fn) if fn.composite else fallback.host_method(fn)
    return method_of(fn, cls)


def register_backend(name: str, cls: Any, overwrite: bool = False) -> Any:
    """Give a backend a name: ``tensor.name()`` and ``tensor.to("name")`` reach it.

    ``cls`` is a subclass of AbstractTensor, or "package.module:Class" to import
    it on first use.

    >>> import lightgrad as light
    >>> class Shadow(light.CpuTensor):
    ...     @staticmethod
    ...     def from_numpy(a, requires_grad=True):
    ...         return Shadow(a.copy(), requires_grad)
    >>> _ = light.register_backend("shadow", Shadow, overwrite=True)
    >>> light.ones(2).shadow().device
    'shadow'
    """
    if not name.isidentifier() or (hasattr(AbstractTensor, name) and not devices.is_known(name)):
        raise RegistrationError(f"{name!r} cannot be the name of a backend")
    if isinstance(cls, type) and not issubclass(cls, AbstractTensor):
        raise RegistrationError(f"backend {name!r}: {cls.__name__} must subclass AbstractTensor")
    devices.register(name, cls, overwrite)

    def move(self: AbstractTensor) -> AbstractTensor:
        return self.to(name)

    move.__name__, move.__doc__ = name, f"The tensor on the {name} device."
    if name != "cpu":
        setattr(AbstractTensor, name, move)
    return cls
