"""What operations take and return, in the words of their annotations."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lightgrad.autograd.shapes import Shape as Shape

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from lightgrad.autograd.tensor import AbstractTensor

#: a tensor, on whatever device
Tensor: TypeAlias = "AbstractTensor"
#: a number of Python's own
Number: TypeAlias = bool | int | float
#: what an operation calculates with beside a tensor
Operand: TypeAlias = "AbstractTensor | np.ndarray[Any, Any] | np.number[Any] | np.bool_ | float"
#: indices or a mask: a tensor, an array or nested lists
ArrayLike: TypeAlias = "AbstractTensor | np.ndarray[Any, Any] | Sequence[Any]"
#: one axis, or several, counted from the front or from the back
Axes: TypeAlias = int | Sequence[int]
#: a size for all axes that are meant, or one for each
Sizes: TypeAlias = int | Sequence[int]
#: sizes of a result, where None stands for that of the input
OutputSize: TypeAlias = int | Sequence[int | None]
#: a dtype
DType: TypeAlias = np.dtype[Any]
#: a dtype by its name, NumPy's or Python's type
DTypeLike: TypeAlias = str | type | np.dtype[Any]
#: one entry of an index
Item: TypeAlias = (
    "AbstractTensor | np.ndarray[Any, Any] | Sequence[Any] | int | slice | EllipsisType | None"
)
#: what stands in brackets
Index: TypeAlias = "Item | tuple[Item, ...]"
#: the gradients of several arguments, None where there is none
Grads: TypeAlias = "tuple[AbstractTensor | None, ...]"


class TensorBase:
    """What every tensor is."""

    __slots__ = ()


def is_tensor(value: object) -> TypeIs[AbstractTensor]:
    """Whether a value is a tensor, on whatever device; a tensor class is none."""
    return isinstance(value, TensorBase)
