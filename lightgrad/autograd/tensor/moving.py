"""A tensor elsewhere: on another device, in another dtype, in a file, a copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lightgrad.autograd.contract import TensorBase, is_tensor
from lightgrad.autograd.devices import fallback, registry
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.nodes import op_name
from lightgrad.errors import BackwardError

if TYPE_CHECKING:
    from typing_extensions import Self

    from lightgrad.autograd.tensor import AbstractTensor


class Moving(TensorBase):
    """Moving, copying and pickling of tensors."""

    __slots__ = ()

    #: the canonical dtype of what is passed for one, where a tensor of this class is to be made
    _dtype_of = staticmethod(as_dtype)

    def to(
        self,
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        non_blocking: bool = False,
        copy: bool = False,
    ) -> AbstractTensor:
        """The tensor in another dtype, on another device, or like another tensor.

        Differentiable; returns the tensor itself when nothing has to change.
        ``non_blocking`` is PyTorch's; a device that can do so returns early by itself.
        Source: torch.Tensor.to.

        >>> import lightgrad as light
        >>> light.arange(3).to(light.float64)
        tensor([0., 1., 2.], dtype=float64)
        """
        for a in args:
            if is_tensor(a):
                dtype, device = a.dtype, type(a)
            elif (isinstance(a, str) and registry.is_known(a)) or (
                isinstance(a, type) and issubclass(a, TensorBase)
            ):
                device = a
            elif isinstance(a, str) and a not in np.sctypeDict:
                device = a  # `registry.find` says what there is
            else:
                dtype = a
        out: Any = self
        cls = type(self)
        if device is not None and device != self.device and device is not cls:
            cls = registry.find(device)  # a device has two names: "opencl" and "opencl:0"
            if cls is not type(self) and cls is fallback.host():  # which has every dtype
                out = out.transfer(cls)
        if dtype is not None and as_dtype(dtype) != self.dtype:
            out = out.cast(as_dtype(dtype))
        if cls is not type(out):
            out = out.transfer(cls)
        return cast("AbstractTensor", out.clone() if copy and out is self else out)

    def cpu(self) -> AbstractTensor:
        """The tensor in the computer's own memory, a copy unless it is there already.

        Source: torch.Tensor.cpu.

        >>> import lightgrad as light
        >>> light.ones(2).cpu().device
        'cpu'
        """
        return self.to("cpu")

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise BackwardError(
                f"only leaf tensors can be pickled or deep-copied; this one (shape {self.shape}) "
                f"is the result of {op_name(self._edge)}: detach() it first, which keeps the "
                f"values and forgets how they came about"
            )
        return rebuild, (type(self), self._values(), self.requires_grad, self.name)

    def __copy__(self) -> Self:
        if not self.is_leaf:  # a copy of a result stays in the graph
            return self.clone()
        make, args = self.__reduce__()  # a subclass may have its own
        return make(*args)

    def __deepcopy__(self, memo: dict[int, Any]) -> AbstractTensor:
        make, args = self.__reduce__()
        out = make(*args)
        memo[id(self)] = out
        if self._grad is not None:
            out._grad = self._grad._copied()
        return out


def rebuild(cls: Any, array: np.ndarray, requires_grad: bool, name: str | None) -> Any:
    out = cls.from_numpy(array, requires_grad=requires_grad)
    out.name = name
    return out
