"""Rules that move values without changing them: shape, order, dtype, device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DType, DTypeLike, Sizes, Tensor
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.func import Function, Unary, View
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError
from lightgrad.hints import named

op = AbstractTensor.register_op


def has_own_order(t: Tensor, batch_inside: bool, fn: type[Function]) -> bool:
    """Whether a result lies in the memory order of convolutions, the batch inside.

    torch's lies in the order of its indices, so that its reshape shares memory: a kernel that
    must do so too puts it in order first, which nobody notices who has no view of it.
    """
    if not batch_inside or t._origin is not None or t.ndim < 3 or t.shape[0] < 2:
        return False
    if t.ndim == 3 and not issubclass(fn, view):  # an image with its channels in front, perhaps
        return False
    return t._storage is None or not t._storage.living()


@op()
class reshape(View):
    """The same elements in another shape; one size may be -1.  Source: torch.reshape.

    Shares memory where the layout allows it.

    >>> import lightgrad as light
    >>> light.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """

    __slots__ = ("before",)

    @staticmethod
    def prepare(t: Tensor, *shape: Sizes) -> tuple[Any, ...]:
        return t, shapes.reshaped("reshape", shapes.size(shape, "reshape"), t.shape)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.before = inputs[0].shape

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.reshape(ctx.before)


@op()
class view(reshape):
    """The same elements in another shape; one size may be -1.

    Unlike torch's, a copy where the layout does not allow a view.  Source:
    torch.Tensor.view.

    >>> import lightgrad as light
    >>> light.arange(6).view(3, 2).shape
    (3, 2)
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, *shape: Sizes) -> tuple[Any, ...]:
        return t, shapes.reshaped("view", shapes.size(shape, "view"), t.shape)

    @staticmethod
    def composite(t: Tensor, shape: Shape) -> Tensor:
        return t.reshape(shape)


@op()
class permute(View):
    """The axes in another order; a view.  Source: torch.permute.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).permute(2, 0, 1).shape
    (4, 2, 3)
    """

    __slots__ = ("dims",)

    @staticmethod
    def prepare(t: Tensor, *dims: Axes) -> tuple[Any, ...]:
        return t, shapes.permutation("permute", shapes.size(dims, "permute"), t.ndim)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dims = inputs[1]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.permute(shapes.inverse(ctx.dims))


@op()
class expand(View):
    """Repeat axes of size one without copying; -1 keeps a size.  Source: torch.Tensor.expand.

    >>> import lightgrad as light
    >>> light.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, *shape: Sizes) -> tuple[Any, ...]:
        return t, shapes.expanded("expand", shapes.size(shape, "expand"), t.shape)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad  # the engine sums over the repeated axes


@op(internal=True)
class cast(Function):
    """The values in another dtype, differentiable between floating ones; use ``to(dtype)``.

    >>> import lightgrad as light
    >>> light.arange(2).cast(light.float32)
    tensor([0., 1.])
    """

    __slots__ = ("before",)
    single = True

    @staticmethod
    def prepare(t: Tensor, dtype: DTypeLike) -> tuple[Any, ...]:
        dtype = as_dtype(dtype)
        if t.manifest is not None:
            t.manifest.check("cast", type(t), dtype)
        return (t if t._edge is None or is_float(dtype) else t.detach()), dtype

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.before = inputs[0].dtype

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.to(ctx.before)


@op()
class clone(Unary):
    """A copy that gradients flow through.  Source: torch.clone.

    >>> import lightgrad as light
    >>> light.arange(3).clone()
    tensor([0, 1, 2])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad


@op()
class contiguous(Unary):
    """The elements in the order of their indices: the tensor itself, or a copy.

    Source: torch.Tensor.contiguous.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).permute(1, 0).contiguous().is_contiguous()
    True
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad


@op(internal=True)
class transfer(Function):
    """The values on another device; use ``to(device)``."""

    __slots__ = ("source",)

    @staticmethod
    def composite(t: Tensor, cls: type[Tensor]) -> Tensor:
        return transfer.apply(t, cls)

    def forward(ctx, t: Tensor, cls: type[Tensor]) -> Tensor:
        return cls.from_numpy(t.numpy(), requires_grad=False)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.source = type(inputs[0])

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.transfer(ctx.source)


def _method(name: str, body: Callable[..., Tensor], doc: str) -> None:
    renamed(body, name).__doc__ = doc
    named(name, body)
    setattr(AbstractTensor, name, body)


def _shortcut(name: str, dtype: DType) -> None:
    _method(name, lambda t: t.to(dtype), f"``to({dtype.name})``.  Source: torch.Tensor.{name}.")


for _name, _dtype in {
    "bool": "bool",
    "byte": "uint8",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "half": "float16",
    "float": "float32",
    "double": "float64",
}.items():
    _shortcut(_name, as_dtype(_dtype))


def _type_as(t: Tensor, other: Tensor) -> Tensor:
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"type_as: needs a tensor, not {type(other).__name__}; use to(dtype)")
    return t.to(other.dtype)


_method("type_as", _type_as, "The values in the dtype of another tensor.")


# ----------------------------------------------------------------- order


def _prepare_flip(t: Tensor, *dims: Axes) -> tuple[Tensor, Shape]:
    return t, shapes.axes("flip", shapes.size(dims, "flip"), t.ndim) or ()


@op()
class flip(Function):
    """The elements in reverse order along some axes (a copy).  Source: torch.flip.

    >>> import lightgrad as light
    >>> light.arange(3).flip(0)
    tensor([2, 1, 0])
    """

    __slots__ = ("dims",)
    prepare = staticmethod(_prepare_flip)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dims = inputs[1]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.flip(ctx.dims)


@op()
class roll(Function):
    """The elements moved along some axes, those that fall off re-entering.  Source: torch.roll.

    >>> import lightgrad as light
    >>> light.arange(4).roll(1)
    tensor([3, 0, 1, 2])
    """

    __slots__ = ("dims", "shifts")

    @staticmethod
    def prepare(t: Tensor, shifts: Sizes, dims: Axes | None = None) -> tuple[Any, ...]:
        shifts = shapes.size((shifts,), "roll")
        if dims is None:
            if len(shifts) != 1:
                raise ShapeError(f"roll: shifts {shifts} need as many dims")
            return t, shifts, None
        if not t.ndim:
            raise ShapeError("roll: a 0-d tensor has no axes; leave dims out")
        dims = tuple(shapes.axis("roll", d, t.ndim) for d in shapes.size((dims,), "roll"))
        if len(dims) != len(shifts):
            raise ShapeError(f"roll: shifts {shifts} and dims {dims} must be equally many")
        return t, shifts, dims

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.shifts, ctx.dims = inputs

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.roll(tuple(-n for n in ctx.shifts), ctx.dims)


@op()
class unfold(Function):
    """All windows of ``size`` elements at every ``step`` along an axis, as a new last axis.

    A copy.  Source: torch.Tensor.unfold.

    >>> import lightgrad as light
    >>> light.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """

    __slots__ = ("how",)

    @staticmethod
    def prepare(t: Tensor, dimension: int, size: int, step: int) -> tuple[Any, ...]:
        dim = shapes.axis("unfold", dimension, t.ndim)
        n = t.shape[dim] if t.ndim else 1
        if shapes.whole(size) is None or shapes.whole(step) is None:
            raise DtypeError(f"unfold: size and step must be ints, not {size!r} and {step!r}")
        if not 0 <= size <= n or step < 1:
            raise ShapeError(
                f"unfold: windows of {size} at every {step} do not fit into dim {dim} of shape "
                f"{t.shape}"
            )
        return t, dim, size, step

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.how = (inputs[0].shape, *inputs[1:])

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.unfold_backward(*ctx.how)


@op()
class unfold_backward(Function):
    """Add windows back to where they were read: the adjoint of unfold."""

    __slots__ = ("how",)
    opmath = True

    @staticmethod
    def prepare(
        grad: Tensor, shape: tuple[int, ...], dim: int, size: int, step: int
    ) -> tuple[Any, ...]:
        if shape:
            count = (shape[dim] - size) // step + 1
            expected = (*shape[:dim], count, *shape[dim + 1 :], size)
            if grad.shape != expected:
                raise ShapeError(
                    f"unfold_backward: windows of shape {grad.shape} are not those of {size} at "
                    f"every {step} along dim {dim} of shape {shape}, which is {expected}"
                )
        return grad, shape, dim, size, step

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.how = inputs[2:]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.unfold(*ctx.how)


# ----------------------------------------------------------------- borders


@op(internal=True)
class pad_constant(Function):
    """A border of one value; ``widths`` holds (before, after) for each axis."""

    __slots__ = ("inner",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, widths, _ = inputs
        ctx.inner = tuple(slice(a, a + n) for n, (a, _) in zip(t.shape, widths, strict=True))

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.slice_view(ctx.inner)


def shifted(t: Tensor, dim: int, step: int, value: float) -> Tensor:
    """The elements ``step`` places further along an axis, ``value`` where none arrive."""
    n = t.shape[dim]
    step = min(max(step, -n), n)
    key = slice(0, n - step) if step > 0 else slice(-step, n)
    widths = [(0, 0)] * t.ndim
    widths[dim] = (step, 0) if step > 0 else (0, -step)
    return t.slice_view((*(slice(None),) * dim, key)).pad_constant(tuple(widths), value)
