"""What the forward of a function that users write gets and may return."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lightgrad.autograd import (
    CpuTensor,
    Function,
    grad,
)
from lightgrad.errors import (
    DtypeError,
    InplaceError,
)
from tests.helpers import equal, leaf
from tests.user_functions import both

pytestmark = pytest.mark.usefixtures("every_backend")


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

    with pytest.raises(InplaceError, match="Triples: forward changed an input in place"):
        Triples.apply(leaf([1.0]) * 1)
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


class Doubled(Function):
    """Twice the input, which becomes the result."""

    def forward(ctx, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(2)

    def backward(ctx, g: Any) -> Any:
        return g * 2


def test_mark_dirty_returns_the_input() -> None:
    x = leaf([1.0, 2.0, 3.0])
    y = x * 1
    assert Doubled.apply(y) is y and type(y.grad_fn) is Doubled
    equal(y, [2.0, 4.0, 6.0])
    (y * y).sum().backward()
    equal(x.grad, [8.0, 16.0, 24.0])
    plain = leaf([1.0], requires_grad=False)
    assert Doubled.apply(plain) is plain and not plain.requires_grad
    equal(plain, [2.0])
    with pytest.raises(InplaceError, match="Doubled.*leaf"):
        Doubled.apply(leaf([1.0]))


@pytest.mark.parametrize("whole", [True, False])
def test_mark_dirty_is_known_to_views(whole: bool) -> None:
    if not leaf([1.0])._shares:
        pytest.skip("views are copies on this device")
    x = leaf([1.0, 2.0, 3.0])
    y = x * 1
    part = y[1:]
    Doubled.apply(y if whole else part)
    shown = part if whole else y
    equal(shown, [4.0, 6.0] if whole else [1.0, 4.0, 6.0])
    shown.sum().backward()
    equal(x.grad, [0.0, 2.0, 2.0] if whole else [1.0, 2.0, 2.0])


def test_mark_dirty_with_a_saved_result_and_others() -> None:
    class Exp(Function):
        def forward(ctx, n: Any, x: Any) -> Any:
            x.exp_()
            ctx.mark_dirty(x)
            ctx.save_for_backward(x)
            return x, x + n

        def backward(ctx, g: Any, h: Any) -> Any:
            (y,) = ctx.saved_tensors
            return h, (g + h) * y

    n, x = leaf([5.0]), leaf([0.0, 1.0])
    y = x * 1
    z, more = Exp.apply(n, y)
    assert z is y
    (g,) = grad((z * z).sum() + more.sum(), x, create_graph=True)
    e = np.exp([0.0, 1.0])
    equal(g, 2 * e**2 + e, 1e-6)
    equal(grad(g.sum(), x, retain_graph=True)[0], 4 * e**2 + e, 1e-6)
    y += 1
    with pytest.raises(InplaceError, match="Exp: a tensor"):
        grad(more.sum(), x)


def test_mark_dirty_asks_for_the_input_among_the_results() -> None:
    class Lost(Function):
        def forward(ctx, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2) + 1

    with pytest.raises(InplaceError, match=r"Lost: forward must return the inputs.*\(1,\)"):
        Lost.apply(leaf([1.0]) * 1)


def test_forward_knows_which_inputs_want_gradients() -> None:
    class Asks(Function):
        def forward(ctx, x: Any, y: Any, n: int) -> Any:
            assert ctx.needs_input_grad == (True, False, False)
            return x * y

        def backward(ctx, g: Any) -> Any:
            return g, None, None

    Asks.apply(leaf([1.0]), leaf([1.0], requires_grad=False), 3).sum().backward()
