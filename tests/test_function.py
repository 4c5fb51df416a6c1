"""Functions that users write."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import (
    CpuTensor,
    Function,
    grad,
    no_grad,
)
from lightgrad.autograd.func import Unary
from lightgrad.errors import (
    BackwardError,
    DtypeError,
    HigherOrderError,
    InplaceError,
    ShapeError,
)
from tests.helpers import equal, leaf, without_gc

pytestmark = pytest.mark.usefixtures("every_backend")


def made(like: Any, array: Any) -> Any:
    """Raw data as a tensor of the device, outside the graph."""
    return type(like).from_numpy(array, requires_grad=False)


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
    for start in (lambda: grad(y.sum(), x, create_graph=True), lambda: tuple_of_backward(y)):
        with pytest.raises(HigherOrderError, match="RawCube.*first order only.*create_graph=True"):
            start()


def tuple_of_backward(y: Any) -> None:
    y.sum().backward(create_graph=True)


def test_raw_function_after_other_ops_under_create_graph() -> None:
    x = leaf([1.0, 2.0], "float64")
    with pytest.raises(HigherOrderError, match="RawCube"):
        grad((RawCube.apply(x * x) * x).sum(), x, create_graph=True)


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
    with pytest.raises(HigherOrderError, match="RawExp"):
        grad(RawExp.apply(x).sum(), x, create_graph=True)


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
    with pytest.raises(HigherOrderError, match="Half.*saved inputs and outputs"):
        grad(Half.apply(x).sum(), x, create_graph=True)


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


@pytest.mark.parametrize("returned", [np.ones(2), None])
def test_a_kernel_that_returns_no_tensor_is_named(returned: Any) -> None:
    class Chip(CpuTensor):  # whatever the device
        __slots__ = ()

    @Chip.register_op(name="exp", overwrite=True)
    class exp(Function):
        def forward(ctx, t: Any) -> Any:
            return returned

    kind = type(returned).__name__
    with pytest.raises(DtypeError, match=f"exp: forward must return a tensor, not {kind}; wrap"):
        Chip(np.zeros(2, np.float32)).exp()


# ----------------------------------------------------------------- several results


def both(build: Any, *values: Any) -> list[Any]:
    """``build(Function, tensor, leaves...)`` in lightgrad and in torch, as lists."""
    ours = build(Function, leaf, *(leaf(v, "float64") for v in values))
    torchs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    theirs = build(torch.autograd.Function, torch.tensor, *torchs)
    return [[t.tolist() for t in found] for found in (ours, theirs)]


def product_and_sum(base: Any, record: Any = None) -> Any:
    class ProductAndSum(base):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return x * y, x + y

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            if record is not None:
                record.append([a.tolist(), b.tolist()])
            x, y = ctx.saved_tensors
            return a * y + b, a * x + b

    return ProductAndSum


USES = {
    "both": lambda p, s: p * 2 + s * 3,
    "first": lambda p, s: p * 2,
    "second": lambda p, s: s * s,
    "first twice": lambda p, s: p * p + p,
    "mixed": lambda p, s: p * s * s + p,
}


@pytest.mark.parametrize("use", USES)
def test_two_results(use: str) -> None:
    def build(base: Any, make: Any, x: Any, y: Any) -> Any:
        given: list[Any] = []
        p, s = product_and_sum(base, given).apply(x, y)
        loss = USES[use](p, s).sum()
        loss.backward(retain_graph=True)
        loss.backward()
        return [p.detach(), s.detach(), x.grad, y.grad, *map(np.array, given)]

    ours, theirs = both(build, [1.0, 2.0], [3.0, -4.0])
    assert ours == theirs


@pytest.mark.parametrize("use", USES)
def test_two_results_three_times_differentiated(use: str) -> None:
    def build(base: Any, make: Any, x: Any, y: Any) -> Any:
        derive = grad if base is Function else torch.autograd.grad
        p, s = product_and_sum(base).apply(x, y)
        value, found = USES[use](p, s).sum(), []
        for _ in range(3):
            gx, gy = derive(value, (x, y), create_graph=True)
            found += [gx.detach(), gy.detach()]
            value = (gx * gx).sum() + (gx * gy).sum()
        return found

    ours, theirs = both(build, [1.0, 2.0], [3.0, -4.0])
    assert ours == theirs


def test_a_tuple_of_one_and_an_empty_one() -> None:
    class One(Function):
        def forward(ctx, x: Any) -> Any:
            return (x * 2,)

        def backward(ctx, g: Any) -> Any:
            return g * 2

    class Nothing(Function):
        def forward(ctx, x: Any) -> Any:
            return ()

    x = leaf([1.0])
    (y,) = One.apply(x)
    y.backward()
    equal(x.grad, [2.0])
    assert Nothing.apply(x) == ()


def test_results_without_gradient() -> None:
    def build(base: Any, make: Any, x: Any) -> Any:
        given = []

        class Parts(base):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                whole, rest = x * 10, x * 3
                ctx.mark_non_differentiable(whole)
                return whole, rest, x.argmax(), "text", None, 7

            @staticmethod
            def backward(ctx: Any, *grads: Any) -> Any:
                given.append([g if g is None else g.tolist() for g in grads])
                return grads[1] * 3

        out = Parts.apply(x)
        assert out[3:] == ("text", None, 7)
        assert [t.requires_grad for t in out[:3]] == [False, True, False]
        (out[0] * out[1]).sum().backward()
        assert given == [[[0.0, 0.0], [10.0, 20.0], 0, None, None, None]]
        return [x.grad, out[2]]

    ours, theirs = both(build, [1.0, 2.0])
    assert ours == theirs


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    "fn",
    [lambda x: x > 1.5, lambda x: x.argmax(), lambda x: x * 10],
    ids=["bools", "integers", "marked"],
)
def test_a_single_result_without_gradient(fn: Any, later: bool) -> None:
    def build(base: Any, make: Any, x: Any) -> Any:
        class One(base):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                y = fn(x)
                ctx.mark_non_differentiable(y)
                return y

            @staticmethod
            def backward(ctx: Any, grad: Any) -> Any:
                raise AssertionError

        class Later(base):
            @staticmethod
            def forward(x: Any) -> Any:
                return fn(x)

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                ctx.mark_non_differentiable(output)

            backward = One.backward

        y = (Later if later else One).apply(x)
        assert not y.requires_grad
        (x.sum() + y.sum()).backward()
        return [x.grad, y]

    ours, theirs = both(build, [1.0, 2.0])
    assert ours == theirs


@pytest.mark.parametrize("base", [Function, Unary])
def test_an_op_of_ones_own_gives_integers_no_gradient(base: Any) -> None:
    class Device(light.CpuTensor):
        pass

    @Device.register_op(name="is_large")
    class is_large(base):
        def forward(ctx, t: Any) -> Any:
            return Device(t.data > 1.5)

        def backward(ctx, grad: Any) -> Any:
            raise AssertionError

    x = Device(np.array([1.0, 2.0], np.float32), requires_grad=True)
    y = x.is_large()
    assert not y.requires_grad and y.tolist() == [False, True]
    (x * y).sum().backward()
    equal(x.grad, [0.0, 1.0])


def test_gradients_that_are_not_materialized() -> None:
    class Either(Function):
        def forward(ctx, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        def backward(ctx, a: Any, b: Any) -> Any:
            assert (a is None) != (b is None)
            return b * 3 if a is None else a * 2

    x = leaf([1.0, 2.0])
    for i in (0, 1):
        (g,) = grad(Either.apply(x)[i].sum(), x)
        equal(g, [2.0 + i] * 2)


def test_results_that_are_inputs_or_twice_the_same() -> None:
    class Through(Function):
        def forward(ctx, x: Any, y: Any) -> Any:
            z = x + y
            return x, z, z

        def backward(ctx, a: Any, b: Any, c: Any) -> Any:
            return a * 5 + b + c * 2, b + c * 2

    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    first, second, third = Through.apply(x, y)
    assert first is not x and second is not third and x.is_leaf
    (first * 1 + second * 10 + third * 100).sum().backward()
    equal(x.grad, [215.0, 215.0])
    equal(y.grad, [210.0, 210.0])


def test_saved_results_are_functions_of_the_inputs() -> None:
    def build(base: Any, make: Any, x: Any) -> Any:
        class ExpAndSquare(base):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                e, q = x.exp(), x * x
                ctx.save_for_backward(e, x, q)
                return e, q

            @staticmethod
            def backward(ctx: Any, a: Any, b: Any) -> Any:
                e, x, q = ctx.saved_tensors
                return a * e + b * 2 * x + 0 * q

        derive = grad if base is Function else torch.autograd.grad
        e, q = ExpAndSquare.apply(x)
        (first,) = derive((e * q).sum(), x, create_graph=True)
        (second,) = derive(first.sum(), x, create_graph=True)
        return [first.detach(), second.detach()]

    ours, theirs = both(build, [1.0, 2.0])
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    with without_gc():
        cls = product_and_sum(Function)
        p, s = cls.apply(leaf([1.0]), leaf([2.0]))
        (p * s).sum().backward()
        nodes = [weakref.ref(t.grad_fn) for t in (p, s)] + [weakref.ref(p)]
        del p, s
        assert [r() for r in nodes] == [None] * 3


def test_saved_results_make_no_cycle() -> None:
    class Saves(Function):
        def forward(ctx, x: Any) -> Any:
            y, z = x * 2, x * 3
            ctx.save_for_backward(y, z)
            return y, z

        def backward(ctx, a: Any, b: Any) -> Any:
            return a * 2 + b * 3

    with without_gc():
        y, z = Saves.apply(leaf([1.0]))
        kept = [weakref.ref(t) for t in (y, z, y.grad_fn)]
        del y, z
        assert [r() for r in kept] == [None] * 3


def test_a_saved_result_that_was_changed() -> None:
    class Saves(Function):
        def forward(ctx, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y, x * 2

        def backward(ctx, a: Any, b: Any) -> Any:
            (y,) = ctx.saved_tensors
            return a * y + b * 2

    y, z = Saves.apply(leaf([1.0]))
    with no_grad():
        y += 1
    with pytest.raises(InplaceError, match="Saves: a tensor .* was changed in place"):
        (y + z).sum().backward()


def test_hooks_retained_gradients_and_inputs_of_several_results() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, -4.0])
    p, s = product_and_sum(Function).apply(x, y)
    p.retain_grad()
    s.register_hook(lambda g: g * 10)
    (p * s).sum().backward(retain_graph=True)
    equal(p.grad, s.numpy())
    equal(x.grad, s.numpy() * y.numpy() + 10 * p.numpy())
    gp, gs = grad((p * s).sum(), (p, s))
    equal(gp, s.numpy())
    equal(gs, p.numpy() * 10)


def test_several_results_of_raw_data_are_first_order() -> None:
    class Raw(Function):
        def forward(ctx, t: Any) -> Any:
            ctx.save_for_backward(t.numpy())
            return made(t, t.numpy() ** 2), made(t, t.numpy() ** 3)

        def backward(ctx, a: Any, b: Any) -> Any:
            (x,) = ctx.get_saved_tensors()
            return made(a, a.numpy() * 2 * x + b.numpy() * 3 * x * x)

    x = leaf([1.0, 2.0], "float64")
    a, b = Raw.apply(x)
    (g,) = grad((a + b).sum(), x, retain_graph=True)
    equal(g, [5.0, 16.0])
    with pytest.raises(HigherOrderError, match="Raw.*first order only"):
        grad((a + b).sum(), x, create_graph=True)


def test_a_registered_op_with_several_results() -> None:
    cls = type(leaf(1.0))

    @cls.register_op(name="halves_and_doubles", overwrite=True)
    class halves_and_doubles(Function):
        def forward(ctx, t: Any, by: Any) -> Any:
            ctx.save_for_backward(t, by)
            return t / by, t * by

        def backward(ctx, a: Any, b: Any) -> Any:
            t, by = ctx.get_saved_tensors()
            return a / by + b * by, b * t - a * t / by / by

    try:
        for keywords in (False, True):
            x, by = leaf([3.0, 8.0]), leaf([2.0, 4.0])
            given = {"by": by} if keywords else {}
            half, double = x.halves_and_doubles(*() if keywords else (by,), **given)
            (half + double * 10).sum().backward()
            equal(x.grad, [20.5, 40.25])
            equal(by.grad, [29.25, 79.5])
    finally:
        delattr(cls, "halves_and_doubles")
        del cls._ops["halves_and_doubles"]


def test_observers_of_several_results() -> None:
    with light.detect_anomaly(), light.ledger(), light.shadow(every=1):
        x, y = leaf([1.0, 2.0]), leaf([3.0, -4.0])
        p, s = product_and_sum(Function).apply(x, y)
        (p * s).sum().backward()
    equal(x.grad, s.numpy() * y.numpy() + p.numpy())


# ----------------------------------------------------------------- what forward gets and returns


@pytest.mark.parametrize("returned", [3, None, "text", [1], np.ones(2), (1, np.ones(2))])
def test_forward_returns_no_tensor(returned: Any) -> None:
    class Wrong(Function):
        def forward(ctx, x: Any) -> Any:
            return returned

    kind = "ndarray" if isinstance(returned, tuple) else type(returned).__name__
    with pytest.raises(DtypeError, match=f"Wrong: forward must return a tensor or .* not {kind}"):
        Wrong.apply(leaf([1.0, 2.0]))


def test_keywords_have_gradients_too() -> None:
    class Scaled(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any, factor: float = 2.0, *, late: Any = None) -> Any:
            ctx.save_for_backward(x, w)
            ctx.factor = factor
            return x * w * factor

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, w = ctx.saved_tensors
            return g * w * ctx.factor, g * x * ctx.factor, None

    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    Scaled.apply(x, factor=5.0, w=w).sum().backward()
    equal(x.grad, [15.0, 20.0])
    equal(w.grad, [5.0, 10.0])
    with pytest.raises(DtypeError, match="Scaled: the tensor 'late' .* by keyword only"):
        Scaled.apply(x, w, late=w)
    with pytest.raises(TypeError, match="missing a required argument: 'w'"):
        Scaled.apply(x, factor=1.0)


def test_an_input_changed_by_forward_is_noticed() -> None:
    class Triples(Function):
        def forward(ctx, x: Any) -> Any:
            x *= 3
            return x

        def backward(ctx, g: Any) -> Any:
            return g * 3

    class Dirty(Function):
        def forward(ctx, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x

    for cls in (Triples, Dirty):
        with pytest.raises(
            InplaceError, match=f"{cls.__name__}: forward changed an input in place"
        ):
            cls.apply(leaf([1.0]) * 1)
    counter = leaf([1.0], requires_grad=False)  # torch allows what needs no gradient, too

    class Counts(Function):
        def forward(ctx, x: Any, n: Any) -> Any:
            n += 1
            return x * 2

        def backward(ctx, g: Any) -> Any:
            return g * 2, None

    x = leaf([1.0])
    Counts.apply(x, counter).backward()
    equal(counter, [2.0])
    equal(x.grad, [2.0])


@pytest.mark.parametrize("several", [False, True])
def test_torchs_newer_form(several: bool) -> None:
    def build(base: Any, make: Any, x: Any, y: Any) -> Any:
        class Newer(base):
            @staticmethod
            def forward(x: Any, y: Any, n: int) -> Any:
                return (x * y * n, x.exp()) if several else x * y * n

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                x, y, ctx.n = inputs
                ctx.save_for_backward(x, y, output[1] if several else x)

            @staticmethod
            def backward(ctx: Any, g: Any, h: Any = None) -> Any:
                x, y, e = ctx.saved_tensors
                gx = g * y * ctx.n
                return gx + h * e if several else gx, g * x * ctx.n, None

        derive = grad if base is Function else torch.autograd.grad
        out = Newer.apply(x, y, 3)
        p = out[0] * out[1] if several else out
        gx, gy = derive(p.sum(), (x, y), create_graph=True)
        return [gx.detach(), gy.detach(), *derive((gx * gy).sum(), (x, y))]

    ours, theirs = both(build, [1.0, 2.0], [3.0, -4.0])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
