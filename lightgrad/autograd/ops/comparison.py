"""Rules of comparison and logic: eq, isnan, isclose, logical and bitwise operations, maximum."""

from __future__ import annotations

from lightgrad.autograd.contract import Grads, Operand, Tensor
from lightgrad.autograd.dtypes import as_dtype, flag, float64, is_float, number
from lightgrad.autograd.func import Binary, Function, Unary
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError

op = AbstractTensor.register_op


@op()
class maximum(Binary):
    """The larger of a and b; at a tie each gets half the gradient.  Source: torch.maximum.

    >>> import lightgrad as light
    >>> light.maximum(light.tensor([1, 5]), light.tensor([3, 4]))
    tensor([3, 5])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        return _share(ctx, grad, a.eq(b), a.lt(b), a.gt(b))


@op()
class minimum(Binary):
    """The smaller of a and b; at a tie each gets half the gradient.  Source: torch.minimum.

    >>> import lightgrad as light
    >>> light.minimum(light.tensor([1, 5]), light.tensor([3, 4]))
    tensor([1, 4])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        return _share(ctx, grad, a.eq(b), a.gt(b), a.lt(b))


def _share(ctx: Function, grad: Tensor, tie: Tensor, *lost: Tensor) -> Grads:
    # Not "where it is larger": next to nan, which the result then is, both get all.
    grad = grad.mul(0.5).where(tie, grad)
    return tuple(
        None if edge is None else grad.masked_fill(mask, 0)
        for edge, mask in zip(ctx.edges, lost, strict=True)
    )


def _comparison(name: str, symbol: str, example: str) -> None:
    doc = f"""Where :math:`a {symbol} b`, as bool.  Source: torch.{name}.

    >>> import lightgrad as light
    >>> light.tensor([1, 2, 3]).{name}(2)
    tensor({example})
    """
    body = {"__doc__": doc, "__slots__": (), "differentiable": False, "__module__": __name__}
    globals()[name] = op()(type(name, (Binary,), body))


_comparison("eq", "=", "[False,  True, False]")
_comparison("ne", "\\ne", "[ True, False,  True]")
_comparison("lt", "<", "[ True, False, False]")
_comparison("le", "\\le", "[ True,  True, False]")
_comparison("gt", ">", "[False, False,  True]")
_comparison("ge", "\\ge", "[False,  True,  True]")


def _predicate(name: str, kind: type[Function], text: str, call: str, result: str) -> None:
    doc = f"""{text}  Source: torch.{name}.

    >>> import lightgrad as light
    >>> {call}
    tensor({result})
    """
    body = {"__doc__": doc, "__slots__": (), "differentiable": False, "__module__": __name__}
    globals()[name] = op()(type(name, (kind,), body))


_AB = "light.tensor([True, False]).{}(light.tensor([True, True]))"
_X = 'light.tensor([1.0, float("nan"), float("-inf")], requires_grad=False).{}()'
_BITS = "``a {} b`` on integers and bools."
for _row in (
    ("logical_and", Binary, "Whether both are not zero.", _AB, "[ True, False]"),
    ("logical_or", Binary, "Whether one is not zero.", _AB, "[ True,  True]"),
    ("logical_xor", Binary, "Whether just one is not zero.", _AB, "[False,  True]"),
    ("logical_not", Unary, "Whether it is zero.", "light.tensor([0, 2]).{}()", "[ True, False]"),
    ("bitwise_and", Binary, _BITS.format("&"), "light.tensor([6, 3]) & 5", "[4, 1]"),
    ("bitwise_or", Binary, _BITS.format("|"), "light.tensor([6, 3]) | 5", "[7, 7]"),
    ("bitwise_xor", Binary, _BITS.format("^"), "light.tensor([6, 3]) ^ 5", "[3, 6]"),
    ("bitwise_not", Unary, "``~a`` on integers and bools.", "~light.tensor([0, 1])", "[-1, -2]"),
    ("isnan", Unary, "Whether it is not a number.", _X, "[False,  True, False]"),
    ("isinf", Unary, "Whether it is infinite.", _X, "[False, False,  True]"),
    ("isfinite", Unary, "Whether it is a finite number.", _X, "[ True, False, False]"),
):
    _predicate(_row[0], _row[1], _row[2], _row[3].format(_row[0]), _row[4])


# ----------------------------------------------------------------- comparison up to rounding


@op()
def isclose(
    t: Tensor, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Where :math:`|a - b| \\le atol + rtol |b|`, as bool.  Source: torch.isclose.

    >>> import lightgrad as light
    >>> light.isclose(light.tensor([1.0, 2.0]), light.tensor([1.000001, 2.1]))
    tensor([ True, False])
    """
    if number("isclose", "rtol", rtol) < 0 or number("isclose", "atol", atol) < 0:
        raise ArgumentError(f"isclose: rtol {rtol} and atol {atol} must not be negative")
    a = t.detach()
    b = other.detach() if isinstance(other, AbstractTensor) else a._lift(a._given(other, "isclose"))
    same = a.eq(b)
    if not is_float(as_dtype(a.dtype)):
        a = a.to(float64)
    if not is_float(as_dtype(b.dtype)):
        b = b.to(float64)
    error = a.sub(b).abs()
    near = error.le(b.abs().mul(rtol).add(atol)).logical_and(error.isfinite())
    if flag("isclose", "equal_nan", equal_nan):
        same = same.logical_or(a.isnan().logical_and(b.isnan()))
    return same.logical_or(near)


@op()
def allclose(
    t: Tensor, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether ``isclose`` holds everywhere.  Source: torch.allclose.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0]).allclose(light.tensor([1.0, 2.1]))
    False
    """
    return bool(isclose(t, other, rtol, atol, equal_nan).all())


@op()
def equal(t: Tensor, other: Operand) -> bool:
    """Whether shape and all values are the same.  Source: torch.equal.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).equal(light.tensor([1, 2]))
    True
    """
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"equal: the other operand must be a tensor, not {type(other).__name__}")
    return t.shape == other.shape and bool(t.detach().eq(other.detach()).all())
