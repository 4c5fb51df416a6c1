"""Rules of arithmetic on two tensors, comparison and logic."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Number, Tensor, is_tensor
from lightgrad.autograd.func import Binary, Function, Unary
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.ops.piecewise import stepwise
from lightgrad.autograd.tensor import AbstractTensor

op = AbstractTensor.register_op


# ----------------------------------------------------------------- arithmetic


@op()
class add(Binary):
    """:math:`a + b`, broadcast.  Source: torch.add.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) + 1
    tensor([2., 3.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Grads:
        return grad, grad


@op()
class sub(Binary):
    """:math:`a - b`, broadcast.  Source: torch.sub.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) - 1
    tensor([0., 1.])
    """

    __slots__ = ()

    @staticmethod
    def composite(a: Tensor, b: Tensor) -> Tensor:
        return a.add(b.neg())

    def backward(ctx, grad: Tensor) -> Grads:
        return grad, None if ctx.edges[1] is None else grad.neg()


@op()
class mul(Binary):
    """:math:`a b` elementwise, broadcast.  Source: torch.mul.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) * 3
    tensor([3., 6.])
    """

    __slots__ = ()
    saves = "others"
    wide = True

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        return None if b is None else grad.mul(b), None if a is None else grad.mul(a)


@op()
class div(Binary):
    """:math:`a / b` elementwise, broadcast; integers become floats.  Source: torch.div.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]) / 2
    tensor([0.5, 1. ])
    """

    __slots__ = ()
    floats = True
    wide = True

    @staticmethod
    def composite(a: Tensor, b: Tensor) -> Tensor:
        return a.mul(b.pow(-1))

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = (None if ctx.edges[1] is None else inputs[0], inputs[1])

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        da = None if ctx.edges[0] is None else grad.div(b)
        return da, None if a is None else grad.mul(a.div(b).div(b)).neg()


@op()
class neg(Unary):
    """:math:`-a`.  Source: torch.neg.

    >>> import lightgrad as light
    >>> -light.tensor([1.0, -2.0], requires_grad=False)
    tensor([-1.,  2.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.neg()


@op()
class pow(Binary):
    """:math:`a^b` elementwise, broadcast.  Source: torch.pow.

    Where the base is zero and the exponent not negative the derivative with
    respect to the exponent is taken as zero.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) ** 3
    tensor([1., 8.])
    """

    __slots__ = ()

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        if ctx.edges[1] is None:
            ctx.saved = inputs
        else:
            ctx.save_output(output, *inputs)

    def backward(ctx, grad: Tensor) -> Grads:
        a, b, *rest = ctx.get_saved_tensors()
        da = db = None
        if ctx.edges[0] is not None:
            da = _power_gradient(grad, a, b)
        if rest:
            (y,) = rest
            flat = a.eq(0) & b.ge(0)
            db = grad.mul(y).mul(a.masked_fill(flat, 1).log())
        return da, db


def _power_gradient(grad: Tensor, a: Tensor, b: Tensor | Number) -> Tensor:
    """:math:`g b a^{b-1}`, and zero where b is zero."""
    if not is_tensor(b):
        if b == 2:  # recorded as a power, whose third derivative is zero and not missing
            return grad.mul(a.pow(1) if is_grad_enabled() else a).mul(2)
        return grad.mul(a.pow(b - 1).mul(b)) if b else stepwise(grad._filled(0), grad, a)
    if b.ndim == 0 and not b.requires_grad:
        return _power_gradient(grad, a, b.item())
    # b = 0 gives 0 a^-1, but for the second derivative it matters what a^-1 is
    flat = b.detach().eq(0)
    endless = a.detach().reciprocal().isfinite().logical_not()
    grad = grad.masked_fill(flat & grad.detach().isfinite().logical_not(), 0)
    return grad.mul(b.mul(a.pow(b.sub(1).masked_fill(flat & endless, 0))))


@op()
class floor_divide(Binary):
    """:math:`\\lfloor a / b \\rfloor`; no gradient.  Source: torch.floor_divide.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]) // 2
    tensor([ 3, -4])
    """

    __slots__ = ()
    differentiable = False
    wide = True


@op()
class remainder(Binary):
    """:math:`a - b \\lfloor a / b \\rfloor`, with the sign of b.  Source: torch.remainder.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]) % 3
    tensor([1, 2])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        if ctx.edges[1] is None:  # nothing that was saved is needed, so it may have been changed
            return grad, None
        a, b = ctx.get_saved_tensors()
        return grad, stepwise(grad.mul(a.floor_divide(b)).neg(), a, b)


@op()
class fmod(Binary):
    """:math:`a - b \\operatorname{trunc}(a / b)`, with the sign of a.  Source: torch.fmod.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]).fmod(3)
    tensor([ 1, -1])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        if ctx.edges[1] is None:  # as in `remainder`
            return grad, None
        a, b = ctx.get_saved_tensors()
        x, y = a.detach(), b.detach()
        # Not trunc(a / b): the division may round up to an integer that fmod did not reach.
        rest = x.fmod(y)
        times = x.div(y).trunc().where(rest.isnan(), x.sub(rest).div(y).round())
        return grad, stepwise(grad.mul(times).neg(), a, b)


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


# ----------------------------------------------------------------- comparison and logic


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
