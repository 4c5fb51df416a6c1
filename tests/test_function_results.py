"""Functions that users write, with several results or none, and results without gradients."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import (
    Function,
    grad,
    no_grad,
)
from lightgrad.autograd.func import Unary
from lightgrad.errors import (
    HigherOrderError,
    InplaceError,
)
from tests.helpers import equal, leaf, without_gc
from tests.user_functions import both, made

pytestmark = pytest.mark.usefixtures("every_backend")


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
    (g,) = grad((a + b).sum(), x, create_graph=True)
    with pytest.raises(HigherOrderError, match="Raw.*first order only"):
        grad(g.sum(), x)


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
