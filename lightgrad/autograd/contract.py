"""The contract of tensors with the rest of the library, and the types that operations take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from lightgrad.autograd.shapes import Shape as Shape
from lightgrad.errors import LightgradError

if TYPE_CHECKING:
    from typing_extensions import Self, TypeIs

    from lightgrad.autograd.devices.manifest import Manifest
    from lightgrad.autograd.func import Function
    from lightgrad.autograd.methods import TensorMethods
    from lightgrad.autograd.nodes import Storage
    from lightgrad.autograd.tensor import AbstractTensor
else:
    TensorMethods = object  # the operations are attached by `register_op`

#: a tensor, on whatever device
Tensor: TypeAlias = "AbstractTensor"
#: a number of Python's own
Number: TypeAlias = bool | int | float
#: the other operand of an operation
Operand: TypeAlias = "AbstractTensor | np.ndarray[Any, Any] | np.number[Any] | np.bool_ | float"
#: indices or a mask: a tensor, an array or nested lists
ArrayLike: TypeAlias = "AbstractTensor | np.ndarray[Any, Any] | Sequence[Any]"
#: one axis, or several, counted from the front or from the back
Axes: TypeAlias = int | Sequence[int]
#: one size for all axes, or one for each
Sizes: TypeAlias = int | Sequence[int]
#: the sizes of a result, where None stands for that of the input
OutputSize: TypeAlias = int | Sequence[int | None]
#: a dtype
DType: TypeAlias = np.dtype[Any]
#: a dtype by its name, NumPy's or Python's type
DTypeLike: TypeAlias = str | type | np.dtype[Any]
#: one entry of an index
Item: TypeAlias = (
    "AbstractTensor | np.ndarray[Any, Any] | Sequence[Any] | int | slice | EllipsisType | None"
)
#: an index, as it stands in the brackets of ``t[index]``
Index: TypeAlias = "Item | tuple[Item, ...]"
#: the gradients of several arguments, None where there is none
Grads: TypeAlias = "tuple[AbstractTensor | None, ...]"


class Met(LightgradError):
    """A kernel was given a tensor of several samples; ``run(op, args, kwargs)`` has a rule."""

    def __init__(self, run: Callable[..., Any], text: str = "") -> None:
        super().__init__(
            text or "vmap: the values of a tensor were read that stands for several samples"
        )
        self.run = run


class TensorBase(TensorMethods):
    """The base of every tensor: the names that engine, operations and backends ask for.

    `AbstractTensor` and its parts define them; a backend says what its class says of itself
    and of its memory.  Nothing of it is there at run time but the class.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        # ------------------------------------------------- what a backend's class says
        #: the name that `to()` knows the backend by
        device_name: ClassVar[str]
        #: whether `_data` knows dtype and shape too
        typed_data: ClassVar[bool]
        #: the dtypes and limits of the device, where it has not all of them
        manifest: ClassVar[Manifest | None]
        #: whether views share memory, wherever the layout allows it
        _shares: ClassVar[bool]
        #: who draws random numbers in place of lightgrad's own stream
        _stream: ClassVar[Callable[..., Any] | None]
        #: of tensors of several samples, the class of those behind them; else None
        _stands_for: ClassVar[Any]
        #: the ops that are registered on this very class
        _ops: ClassVar[dict[str, Any]]

        #: a tensor with these values
        from_numpy: ClassVar[Callable[..., Any]]
        #: a tensor of a shape, with any values
        empty: ClassVar[Callable[..., Any]]
        #: a tensor of a shape, of zeros
        zeros: ClassVar[Callable[..., Any]]

        # ------------------------------------------------- what a tensor is
        #: the raw array, as the backend's class holds it
        data: Any
        #: the name that the user gave it
        name: str | None

        #: the dtype of its elements
        @property
        def dtype(self) -> DType: ...

        #: the size of each axis
        @property
        def shape(self) -> Shape: ...

        #: the same, whatever objects a subclass shows for them
        _dtype: Any
        _shape: Any

        #: how many axes it has
        @property
        def ndim(self) -> int: ...

        #: the name of its device, as `to()` takes it
        @property
        def device(self) -> str: ...

        #: whether it collects a gradient, or leads to a tensor that does
        requires_grad: bool

        #: whether no recorded operation produced it
        @property
        def is_leaf(self) -> bool: ...

        #: how many elements it has
        def numel(self) -> int: ...

        #: the values as an array of their own
        def numpy(self) -> np.ndarray: ...

        #: the same, whatever `numpy()` of a subclass shares
        def _values(self) -> np.ndarray: ...

        #: a leaf with the same values in memory of its own
        def copy(self, requires_grad: bool = True) -> AbstractTensor: ...

        #: the tensor in another dtype or on another device
        def to(self, *args: Any, **kwargs: Any) -> AbstractTensor: ...

        #: the one element as a Python number
        def item(self) -> bool | int | float: ...

        #: a tensor over the same memory, outside the graph
        def detach(self) -> Self: ...

        #: asks for gradients, or no longer
        def requires_grad_(self, requires_grad: bool = True) -> Self: ...

        # ------------------------------------------------- its place in the graph
        #: the raw array in a slot, which is quicker to read than `data`
        _data: Any
        #: the node that it is the result of, or its Leaf; None without gradient
        _edge: Any
        #: the gradient that `backward` has collected
        _grad: Any
        #: its memory, once changes of it must be noticed
        _storage: Storage | None
        #: of a view: its Function, its arguments, and why it cannot be changed (or None)
        _origin: tuple[Any, ...] | None

        #: another tensor over the same data, outside the graph
        def _alias(self) -> Self: ...

        #: the values in memory of their own, outside the graph
        def _copied(self) -> AbstractTensor: ...

        #: a tensor of its shape and dtype, filled with one value, outside the graph
        def _filled(self, value: float) -> AbstractTensor: ...

        # ------------------------------------------------- how others meet it
        #: refuses a tensor of another device
        def _same_device(self, other: Any, op: str) -> None: ...

        #: a number or array as a tensor of this device
        def _lift(self, value: Any, dtype: Any = None) -> Self: ...

        #: both operands in one class and dtype
        def _meet(self, other: Any, fn: type[Function]) -> tuple[Any, Any]: ...

        #: a gradient given by the user, checked
        def _as_gradient(self, gradient: Any, op: str) -> AbstractTensor: ...

        # ------------------------------------------------- changes in place
        #: its storage, made if there is none
        def _watched(self) -> Storage: ...

        #: notes that the memory has changed
        def _touch(self) -> None: ...

        #: takes over the values of a tensor that is used nowhere else
        def _write(self, source: AbstractTensor) -> None: ...

        #: adds to a gradient that nobody else holds
        def _accumulate(self, grad: AbstractTensor) -> None: ...

        #: refuses a change in place that cannot be made, or not recorded
        def _check_writable(self, op: str, recorded: bool) -> None: ...

        #: lets the values come from a node, also those that views show
        def _rebase(self, edge: Any) -> None: ...

        #: of several samples: calls a user's Function for each
        def _apply_function(self, cls: Any, args: tuple[Any, ...]) -> Any: ...

        #: runs `op` in place and records it
        def _inplace(self, op: str, *args: Any, **kwargs: Any) -> Self: ...


def is_tensor(value: object) -> TypeIs[AbstractTensor]:
    """Whether a value is a tensor, on whatever device; a tensor class is none."""
    return isinstance(value, TensorBase)
