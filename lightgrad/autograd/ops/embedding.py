"""Classes by their numbers, as vectors."""

from __future__ import annotations

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dispatch import out_of_memory
from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.ops.getitem import as_index
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


@op()
def one_hot(t: Tensor, num_classes: int = -1) -> Tensor:
    """Class numbers as int64 vectors with a single one.  Source: torch.nn.functional.one_hot.

    >>> import lightgrad as light
    >>> light.tensor([0, 2]).one_hot(3)
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    t = as_index("one_hot", t, t)
    if num_classes == -1:
        if not t.numel():
            raise ShapeError("one_hot: num_classes must be given for an empty tensor")
        num_classes = int(t.amax().item()) + 1
    if shapes.whole(num_classes) is None:
        raise DtypeError(f"one_hot: num_classes must be an int, not {num_classes!r}")
    if t.numel() and (t.amin().item() < 0 or t.amax().item() >= num_classes):
        raise ShapeError(
            f"one_hot: class numbers from {t.amin().item()} to {t.amax().item()} do not lie in "
            f"[0, {num_classes})"
        )
    try:
        classes = t._lift(range(num_classes), int64)
    except MemoryError as error:
        raise out_of_memory("one_hot", error, f"{num_classes} classes") from None
    return t.unsqueeze(-1).eq(classes).to(int64)
