"""Functions that users write."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import (
    Function,
    grad,
    no_grad,
)
from lightgrad.errors import (
    BackwardError,
    DtypeError,
    HigherOrderError,
    ShapeError,
)
from tests.helpers import equal, leaf, without_gc
from tests.user_functions import made

pytestmark = pytest.mark.usefixtures("every_backend")


class RawCube(Function):
    """First order only: its backward works on arrays."""

    def forward(ctx, t: Any) -> Any:
        ctx.save_for_backward(t.numpy())
        return made(t, t.numpy() ** 3)

    def backward(ctx, out_grad: Any) -> Any:
        (data,) = ctx.get_saved_tensors()
        return made(out_grad, 3 * data**2 * out_grad.numpy())


class TorchStyle(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, factor: float, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        ctx.factor = factor
        return x * factor * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        assert ctx.needs_input_grad == (True, False, True)
        return grad * ctx.factor * y, None, grad * ctx.factor * x


def test_raw_function_is_first_order() -> None:
    x = leaf([1.0, 2.0], "float64")
    y = RawCube.apply(x)
    equal(y, [1.0, 8.0])
    y.sum().backward(retain_graph=True)
    equal(x.grad, [3.0, 12.0])
    (first,) = grad(y.sum(), x, create_graph=True)
    equal(first, [3.0, 12.0])
    with pytest.raises(HigherOrderError, match="RawCube.*first order only.*create_graph=True"):
        grad(first.sum(), x, retain_graph=True)
    x.zero_grad()
    y.sum().backward(create_graph=True)
    with pytest.raises(HigherOrderError, match="RawCube"):
        x.grad.sum().backward()


def test_a_gradient_beside_one_of_first_order_can_be_differentiated() -> None:
    x, y = leaf([1.0, 2.0], "float64"), leaf([3.0, 5.0], "float64")
    (first,) = grad((RawCube.apply(x) + x * x * y).sum(), x, create_graph=True)
    equal(first, [9.0, 32.0])
    equal(grad(first.sum(), y, retain_graph=True)[0], [2.0, 4.0])
    with pytest.raises(HigherOrderError, match="RawCube"):
        grad(first.sum(), x)


def test_raw_function_after_other_ops_under_create_graph() -> None:
    x = leaf([1.0, 2.0], "float64")
    (first,) = grad((RawCube.apply(x * x) * x).sum(), x, create_graph=True)
    equal(first, [7.0, 7 * 64.0])
    with pytest.raises(HigherOrderError, match="RawCube"):
        grad(first.sum(), x)


def test_raw_function_that_saved_its_output() -> None:
    class RawExp(Function):
        def forward(ctx, t: Any) -> Any:
            y = np.exp(t.numpy())
            ctx.save_for_backward(y)
            return made(t, y)

        def backward(ctx, out_grad: Any) -> Any:
            (y,) = ctx.get_saved_tensors()
            return made(out_grad, y * out_grad.numpy())

    x = leaf([0.5, 1.0], "float64")
    (RawExp.apply(x) * 2).sum().backward()
    equal(x.grad, 2 * np.exp([0.5, 1.0]))
    (first,) = grad(RawExp.apply(x).sum(), x, create_graph=True)
    with pytest.raises(HigherOrderError, match="RawExp"):
        grad(first.sum(), x)


def test_torch_style_function() -> None:
    x, y = leaf([1.0, 2.0], "float64"), leaf([3.0, 4.0], "float64")
    out = TorchStyle.apply(x, 2.0, y)
    equal(out, [6.0, 16.0])
    gx, gy = grad(out.sum(), (x, y), create_graph=True)
    equal(gx, [6.0, 8.0])
    equal(gy, [2.0, 4.0])
    (mixed,) = grad(gx.sum(), y)
    equal(mixed, [2.0, 2.0])


def test_function_that_returns_or_saves_its_result() -> None:
    class Identity(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 5

    class Exp(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (y,) = ctx.saved_tensors
            return grad * y

    x = leaf(0.5, "float64")
    y = Identity.apply(x)
    assert y is not x and x.is_leaf
    (g,) = grad(y * 1, x)
    equal(g, 5.0)
    (first,) = grad(Exp.apply(x * 2), x, create_graph=True)
    (second,) = grad(first, x)
    equal(second, 4 * math.e)
    with without_gc():
        out = Exp.apply(x)
        node, tensor = weakref.ref(out.grad_fn), weakref.ref(out)
        del out
        assert node() is None and tensor() is None


def broken(result: Any) -> Any:
    """Run backward of a Function of two inputs that returns ``result(grad)``."""

    class Wrong(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            return a * b

        def backward(ctx, grad: Any) -> Any:
            return result(grad)

    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    Wrong.apply(a, b).sum().backward()
    return a.grad, b.grad


def test_backward_returning_the_wrong_count() -> None:
    with pytest.raises(BackwardError, match="Wrong: backward returned 1 gradients for 2 arguments"):
        broken(lambda g: g)
    with pytest.raises(BackwardError, match="Wrong: backward returned 3 gradients for 2 arguments"):
        broken(lambda g: (g, g, g))
    a, _ = broken(lambda g: (g * 3, g, None))  # as in torch, a trailing None is harmless
    equal(a, [3.0, 3.0])


def test_backward_returning_the_wrong_shape() -> None:
    with pytest.raises(ShapeError, match=r"Wrong: backward returned .*\(3,\).*of shape \(2,\)"):
        broken(lambda g: (leaf([1.0, 2.0, 3.0]), g))
    with pytest.raises(ShapeError, match=r"Wrong: backward returned .*\(\).*of shape \(2,\)"):
        broken(lambda g: (g.sum(), g))


def test_backward_returning_the_wrong_type() -> None:
    with pytest.raises(DtypeError, match="Wrong: backward must return tensors, not ndarray"):
        broken(lambda g: (g.numpy(), g))
    with pytest.raises(DtypeError, match="not float"):
        broken(lambda g: (1.0, g))
    with pytest.raises(BackwardError, match="returned 1 gradients"):
        broken(lambda g: [g, g])


@pytest.mark.parametrize("raw", [True, False])
def test_saved_raw_data_is_never_a_constant_without_a_word(raw: bool) -> None:
    class Half(Function):
        """A tensor operation on the gradient, raw data else."""

        def forward(ctx, t: Any) -> Any:
            ctx.save_for_backward(t.numpy() if raw else made(t, t.numpy() * 2))
            return made(t, t.numpy() ** 2)

        def backward(ctx, grad: Any) -> Any:
            (saved,) = ctx.get_saved_tensors()
            return grad * (made(grad, saved) * 2 if raw else saved)

    x = leaf([1.0, 2.0], "float64")
    (first,) = grad(Half.apply(x).sum(), x)
    equal(first, [2.0, 4.0])
    (first,) = grad(Half.apply(x).sum(), x, create_graph=True)
    equal(first, [2.0, 4.0])
    with pytest.raises(HigherOrderError, match="Half.*saved inputs and outputs"):
        grad(first.sum(), x)


def test_masks_may_be_saved() -> None:
    class Relu(Function):
        def forward(ctx, t: Any) -> Any:
            ctx.save_for_backward(t, t.gt(0))
            return t * t * t.gt(0)

        def backward(ctx, grad: Any) -> Any:
            t, mask = ctx.saved_tensors
            return grad * t * 2 * mask

    x = leaf([1.0, -2.0], "float64")
    (first,) = grad(Relu.apply(x).sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x)
    equal(first, [2.0, 0.0])
    equal(second, [2.0, 0.0])


def test_function_without_backward() -> None:
    class OneWay(Function):
        def forward(ctx, x: Any) -> Any:
            return x * 1

    with pytest.raises(BackwardError, match="OneWay: no gradient is defined.*detach"):
        OneWay.apply(leaf(1.0)).backward()


@pytest.mark.parametrize("several", [False, True])
def test_gradients_get_the_dtype_of_their_inputs(several: bool) -> None:
    """As in torch: the kernels of what comes next take no other."""

    class Wide(Function):
        def forward(ctx: Any, t: Any) -> Any:
            return (t + 0, t + 1) if several else t + 0

        def backward(ctx: Any, *grads: Any) -> Any:
            return sum(grads, 0).to(light.float64) * 3

    x, seen = leaf([1.0, 2.0]), []
    y = x * 2
    y.register_hook(lambda g: seen.append(str(g.dtype)))
    y.register_hook(lambda g: g.to(light.float64))
    y.retain_grad()
    out = Wide.apply(y)
    (out[0] if several else out).sum().backward()
    assert seen == [str(y.grad.dtype)] == [str(x.grad.dtype)] == ["float32"]
    equal(x.grad, [6.0, 6.0])


def test_unused_gradient_of_function_is_not_asked_for() -> None:
    class Product(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a * b

        def backward(ctx, grad: Any) -> Any:
            a, _ = ctx.saved_tensors
            assert ctx.needs_input_grad == (False, True)
            return None, grad * a

    a, b = leaf(2.0, requires_grad=False), leaf(3.0)
    Product.apply(a, b).backward()
    equal(b.grad, 2.0)
    assert a.grad is None
    with no_grad():
        assert not Product.apply(a, b).requires_grad


def test_none_means_no_gradient() -> None:
    a = leaf([1.0, 2.0])

    class Drop(Function):
        def forward(ctx, x: Any, y: Any) -> Any:
            return x * y

        def backward(ctx, grad: Any) -> Any:
            return None, grad

    b = leaf([1.0, 2.0])
    Drop.apply(a, b).sum().backward()
    assert a.grad is None
    equal(b.grad, [1.0, 1.0])


def test_a_tensor_class_is_no_tensor() -> None:
    """It may be an argument of a Function, and an operation refuses it."""

    class Made(Function):
        def forward(ctx, x: Any, cls: Any) -> Any:
            return cls.from_numpy(x.numpy() * 2)

        def backward(ctx, grad: Any) -> Any:
            return grad * 2

    x = leaf([1.0, 2.0])
    Made.apply(x, type(x)).sum().backward()
    equal(x.grad, [2.0, 2.0])
    with pytest.raises(DtypeError, match="must be a tensor"):
        light.AbstractTensor.exp(type(x))
