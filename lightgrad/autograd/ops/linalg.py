"""Rules of matrix products; those with other names are made of ``matmul``."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.func import Binary, Function
from lightgrad.autograd.ops.einsum import tensordot
from lightgrad.autograd.shapes import numel
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op

# ----------------------------------------------------------------- primitives


@op()
class matmul(Binary):
    """The matrix product, batched over leading axes.  Source: torch.matmul.

    :math:`(..., n, k) @ (..., k, m) \\to (..., n, m)`; a vector takes the place
    of a row on the left and of a column on the right, leading axes broadcast.
    Sizes that do not fit are a :class:`ShapeError`.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]) @ light.tensor([1, 1])
    tensor([3, 7])
    """

    __slots__ = ()
    opmath = True
    saves = "others"

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        ndim = len(ctx.shape)
        da = db = None
        if b is not None:
            da = grad.matmul_left_backward(b) if 2 <= b.ndim <= ndim else _left_of_vector(grad, b)
        if a is not None:
            db = a.matmul_right_backward(grad) if 2 <= a.ndim <= ndim else _right_of_vector(grad, a)
        return da, db


def _left_of_vector(grad: Tensor, b: Tensor) -> Tensor:
    """The gradient of a in ``a @ b`` where one of the two is a vector."""
    if b.ndim == 1:
        return grad.reshape((*grad.shape, 1)).mul(b)
    row = grad.reshape((*grad.shape[:-1], 1, grad.shape[-1]))
    out = row.matmul_left_backward(b)
    return out.reshape((*out.shape[:-2], out.shape[-1]))


def _right_of_vector(grad: Tensor, a: Tensor) -> Tensor:
    """The gradient of b in ``a @ b`` where one of the two is a vector."""
    if a.ndim == 1:
        if grad.ndim == 0:
            return a.mul(grad)
        row = grad.reshape((*grad.shape[:-1], 1, grad.shape[-1]))
        return a.reshape((a.shape[0], 1)).mul(row)
    k = a.shape[-1]
    column = grad.reshape((grad.numel(), 1))
    return a.reshape((grad.numel(), k)).matmul_right_backward(column).reshape((k,))


def _swapped(t: Tensor) -> Tensor:
    lead = tuple(range(t.ndim - 2))
    return t.permute((*lead, t.ndim - 1, t.ndim - 2))


# Products with a transposed matrix are ops of their own: their gradients are
# products of the same kinds, so training never makes a transposed view.


@op()
class matmul_left_backward(Binary):
    """:math:`g b^T`, the gradient of a in the matrix product :math:`a b`.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2]]).matmul_left_backward(light.tensor([[3, 4], [5, 6]]))
    tensor([[11, 17]])
    """

    __slots__ = ()
    opmath = True
    saves = "others"

    @staticmethod
    def composite(g: Tensor, b: Tensor) -> Tensor:
        return g.matmul(_swapped(b))

    def backward(ctx, grad: Tensor) -> Grads:
        g, b = ctx.get_saved_tensors()
        return (
            None if b is None else grad.matmul(b),
            None if g is None else grad.matmul_right_backward(g),
        )


@op()
class matmul_right_backward(Binary):
    """:math:`a^T g`, the gradient of b in the matrix product :math:`a b`.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2]]).matmul_right_backward(light.tensor([[3, 4]]))
    tensor([[3, 4],
            [6, 8]])
    """

    __slots__ = ()
    opmath = True
    saves = "others"

    @staticmethod
    def composite(a: Tensor, g: Tensor) -> Tensor:
        return _swapped(a).matmul(g)

    def backward(ctx, grad: Tensor) -> Grads:
        a, g = ctx.get_saved_tensors()
        return (
            None if g is None else g.matmul_left_backward(grad),
            None if a is None else a.matmul(grad),
        )


@op()
class linear(Function):
    """:math:`y = x W^T + b` over the last axis.  Source: torch.nn.functional.linear.

    ``input`` (..., k), ``weight`` (m, k), ``bias`` (m,) or None; the
    result is (..., m).  The dtypes must agree.

    >>> import lightgrad as light
    >>> x, w = light.tensor([[1, 2]]), light.tensor([[3, 4], [5, 6]])
    >>> x.linear(w, light.tensor([0, 1]))
    tensor([[11, 18]])
    """

    __slots__ = ()
    opmath = True

    @staticmethod
    def prepare(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[Any, ...]:
        # One test of all: this is the hot path of every network.
        if (
            type(weight) is not type(input)
            or weight._dtype != input._dtype
            or weight._shape[1:] != input._shape[-1:]
            or not input._shape
            or (
                bias is not None
                and (
                    type(bias) is not type(input)
                    or bias._shape != weight._shape[:1]
                    or bias._dtype != input._dtype
                )
            )
        ):
            _complain(input, weight, bias)
        return input, weight, bias

    @staticmethod
    def composite(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        y = input.matmul(weight.permute(1, 0))
        return y if bias is None else y.add(bias)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, _ = inputs
        first, second, _ = ctx.edges
        ctx.saved = (x if second else None, weight if first else None)

    def backward(ctx, grad: Tensor) -> Grads:
        x, weight = ctx.get_saved_tensors()
        dx = None if weight is None else grad.matmul(weight)
        bias = ctx.edges[2] is not None
        if grad.ndim == 2:
            dw = None if x is None else grad.matmul_right_backward(x)
            return dx, dw, grad.sum(0) if bias else None
        rows = numel(grad.shape[:-1])
        flat = grad.reshape((rows, grad.shape[-1]))
        dw = None if x is None else flat.matmul_right_backward(x.reshape((rows, x.shape[-1])))
        return dx, dw, flat.sum(0) if bias else None


def _complain(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    for name, t in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(t, AbstractTensor):
            if name == "bias" and t is None:
                continue
            raise DtypeError(f"linear: {name} must be a tensor, not {type(t).__name__}")
        input._same_device(t, "linear")
        if t.dtype != input.dtype:
            other = f", or the module with to({input.dtype})" if input.dtype in FLOATS else ""
            raise DtypeError(
                f"linear: input has dtype {input.dtype} and {name} {t.dtype}; convert the input "
                f"with to({t.dtype}){other}"
            )
    shape, size = tuple(input.shape), weight.shape
    if len(size) != 2 or not shape or shape[-1] != size[1]:
        raise ShapeError(
            f"linear: an input of shape (..., in) needs a weight of shape (out, in), but the "
            f"shapes are {shape} and {size}"
        )
    if bias is not None and bias.shape != size[:1]:
        raise ShapeError(f"linear: bias should have shape ({size[0]},), not {bias.shape}")


# ----------------------------------------------------------------- products by name


def rank(name: str, *tensors_and_ranks: tuple[Tensor, int]) -> None:
    """Refuse tensors that have not so many axes."""
    for t, _ in tensors_and_ranks:
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"{name}: expected a tensor, not {type(t).__name__}")
    for t, rank in tensors_and_ranks:
        if t.ndim != rank:
            shapes = ", ".join(str(t.shape) for t, _ in tensors_and_ranks)
            ranks = ", ".join(f"{r}-d" for _, r in tensors_and_ranks)
            raise ShapeError(f"{name}: expected {ranks} tensors, not shapes {shapes}; see matmul")


@op()
def dot(t: Tensor, other: Tensor) -> Tensor:
    """:math:`\\sum_i a_i b_i` of two vectors.  Source: torch.dot.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).dot(light.tensor([3, 4]))
    tensor(11)
    """
    rank("dot", (t, 1), (other, 1))
    return t.matmul(other)


@op()
def mv(t: Tensor, vec: Tensor) -> Tensor:
    """A matrix (n, k) times a vector (k,).  Source: torch.mv.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).mv(light.tensor([1, 1]))
    tensor([3, 7])
    """
    rank("mv", (t, 2), (vec, 1))
    return t.matmul(vec)


@op()
def mm(t: Tensor, mat2: Tensor) -> Tensor:
    """A matrix (n, k) times a matrix (k, m).  Source: torch.mm.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2]]).mm(light.tensor([[3], [4]]))
    tensor([[11]])
    """
    rank("mm", (t, 2), (mat2, 2))
    return t.matmul(mat2)


@op()
def bmm(t: Tensor, mat2: Tensor) -> Tensor:
    """Matrices (b, n, k) times matrices (b, k, m), one by one.  Source: torch.bmm.

    >>> import lightgrad as light
    >>> light.ones(5, 2, 3).bmm(light.ones(5, 3, 4)).shape
    (5, 2, 4)
    """
    rank("bmm", (t, 3), (mat2, 3))
    if t.shape[0] != mat2.shape[0]:
        raise ShapeError(
            f"bmm: batch sizes {t.shape[0]} and {mat2.shape[0]} differ (shapes {t.shape} and "
            f"{mat2.shape}); matmul broadcasts them"
        )
    return t.matmul(mat2)


@op()
def outer(t: Tensor, vec2: Tensor) -> Tensor:
    """:math:`c_{ij} = a_i b_j` of two vectors.  Source: torch.outer.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).outer(light.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    rank("outer", (t, 1), (vec2, 1))
    return t.reshape((t.shape[0], 1)).mul(vec2)


@op()
@owning
def inner(t: Tensor, other: Tensor) -> Tensor:
    """:math:`c_{ij} = \\sum_k a_{ik} b_{jk}` over the last axes of both.  Source: torch.inner.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).inner(light.tensor([1, 1]))
    tensor([3, 7])
    """
    if not isinstance(other, AbstractTensor):
        other = t._lift(t._given(other, "inner"))
    if t.ndim == 0 or other.ndim == 0:
        return t.mul(other)
    if t.shape[-1] != other.shape[-1]:
        raise ShapeError(f"inner: the last sizes of {t.shape} and {other.shape} differ")
    return tensordot(t, other, ((-1,), (-1,)))


@op()
def trace(t: Tensor) -> Tensor:
    """:math:`\\sum_i a_{ii}` of a matrix.  Source: torch.trace.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).trace()
    tensor(5)
    """
    rank("trace", (t, 2))
    n, m = t.shape
    return t[: min(n, m)].reshape((-1,) if m else (0,))[:: m + 1].sum()
