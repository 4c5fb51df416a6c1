"""Testing the tester: a rule that is wrong on purpose must not pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lightgrad.autograd import CpuTensor, Function, gradcheck, gradgradcheck
from lightgrad.errors import BackwardError, DtypeError, GradcheckError


def double(*shape: int, seed: int = 0) -> Any:
    return CpuTensor.from_numpy(np.random.default_rng(seed).uniform(0.5, 1.5, shape))


def rule(forward: Any, backward: Any) -> Any:
    """A Function of two tensors from a formula and a gradient formula."""

    class made(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return forward(a, b)

    def run(ctx: Any, grad: Any) -> Any:
        return backward(grad, *ctx.get_saved_tensors())

    made.backward = run
    return made.apply


def product(a: Any, b: Any) -> Any:
    return a * a * b


RIGHT = rule(product, lambda g, a, b: (g * 2 * a * b, g * a * a))
WRONG = {
    "one_percent": lambda g, a, b: (g * 2.02 * a * b, g * a * a),
    "missing_term": lambda g, a, b: (g * a * b, g * a * a),
    "wrong_sign": lambda g, a, b: (g * 2 * a * b, -(g * a * a)),
    "missing_gradient": lambda g, a, b: (g * 2 * a * b, None),
    "swapped": lambda g, a, b: (g * a * a, g * 2 * a * b),
    "one_element": lambda g, a, b: (g * 2 * a * b, g * (a * a + nudge(a))),
    "nan": lambda g, a, b: (g * 2 * a * b * float("nan"), g * a * a),
    "ignores_out_grad": lambda g, a, b: (2 * a * b * 1, a * a * 1),
}


def nudge(a: Any) -> Any:
    """A small error in the last element only."""
    out = np.zeros(a.shape)
    out[-1, -1] = 0.01
    return CpuTensor(out)


def test_right_rule_passes() -> None:
    inputs = (double(2, 3), double(2, 3, seed=1))
    assert gradcheck(RIGHT, inputs) is True
    assert gradgradcheck(RIGHT, inputs) is True


@pytest.mark.parametrize("name", WRONG)
def test_wrong_rule_fails(name: str) -> None:
    apply = rule(product, WRONG[name])
    inputs = (double(2, 3), double(2, 3, seed=1))
    assert gradcheck(apply, inputs, raise_exception=False) is False
    with pytest.raises(GradcheckError, match="analytic"):
        gradcheck(apply, inputs)


SECOND = {
    # right first derivatives whose own graph is cut, or wrong, in places
    "cut": lambda g, a, b: (g * 2 * a.detach() * b, g * a * a),
    "cut_gradient": lambda g, a, b: (g.detach() * 2 * a * b, g * a * a),
    "wrong_inside": lambda g, a, b: (g * b * rule(lambda a, b: a * 2, CUT)(a, b), g * a * a),
    "one_percent": lambda g, a, b: (g * b * rule(lambda a, b: a * 2, OFF)(a, b), g * a * a),
}


def CUT(g: Any, a: Any, b: Any) -> Any:
    return g * -2, None


def OFF(g: Any, a: Any, b: Any) -> Any:
    return g * 2.02, None


@pytest.mark.parametrize("name", SECOND)
def test_wrong_second_derivative_fails(name: str) -> None:
    apply = rule(product, SECOND[name])
    inputs = (double(2, 3), double(2, 3, seed=1))
    assert gradcheck(apply, inputs)
    assert gradgradcheck(apply, inputs, raise_exception=False) is False
    with pytest.raises(GradcheckError, match="gradgradcheck: the gradient of output"):
        gradgradcheck(apply, inputs)


def test_wrong_broadcasting_fails() -> None:
    def times(scale: float, axis: int) -> Any:
        def backward(g: Any, a: Any, b: Any) -> Any:
            return g * b, ((g * a).sum((axis,), True) * scale).reshape(b.shape)

        return rule(lambda a, b: a * b, backward)

    inputs = (double(3, 3), double(3, 1, seed=1))
    assert gradcheck(times(1.0, 1), inputs)
    assert gradgradcheck(times(1.0, 1), inputs)
    for wrong in (times(1 / 3, 1), times(1.0, 0)):  # the mean; the wrong axis
        with pytest.raises(GradcheckError, match="input 1"):
            gradcheck(wrong, inputs)
    kept = rule(lambda a, b: a * b, lambda g, a, b: (g * b, (g * a).detach() * 1))
    with pytest.raises(GradcheckError, match="gradgradcheck"):
        gradgradcheck(kept, inputs)


def test_message_shows_the_worst_element() -> None:
    inputs = (double(2, 3), double(2, 3, seed=1))
    with pytest.raises(GradcheckError) as caught:
        gradcheck(rule(product, WRONG["one_element"]), inputs)
    text, a = str(caught.value), inputs[0].numpy()
    assert "gradcheck: the gradient of output 0 with respect to input 1 (shape (2, 3))" in text
    assert "the worst, at index (1, 2, 1, 2)" in text
    assert f"analytic {a[1, 2] ** 2 + 0.01:.6f}"[:15] in text
    assert f"numeric {a[1, 2] ** 2:.6f}"[:14] in text
    assert "difference 0.01" in text
    assert "in 1 of 36 elements" in text


def test_several_outputs_and_plain_arguments() -> None:
    def several(a: Any, factor: float, b: Any) -> Any:
        return a * factor, a.gt(b), (a * b).sum()

    inputs = (double(2), 3.0, double(2, seed=1))
    assert gradcheck(several, inputs)
    assert gradgradcheck(several, inputs)
    wrong = rule(product, WRONG["wrong_sign"])
    with pytest.raises(GradcheckError, match="output 1 with respect to input 2"):
        gradcheck(lambda a, f, b: (a * f, wrong(a, b)), inputs)


def test_detached_output_is_noticed() -> None:
    with pytest.raises(GradcheckError, match="analytic 0"):
        gradcheck(lambda a: a.detach() * 2, double(2))


def test_inputs_are_left_alone() -> None:
    x = double(3)
    before = x.numpy()
    gradcheck(lambda x: x * x, x)
    gradgradcheck(lambda x: x * x, x)
    np.testing.assert_array_equal(x.numpy(), before)
    assert x.grad is None


def test_tolerances_count() -> None:
    off = rule(product, WRONG["one_percent"])
    inputs = (double(2, 3), double(2, 3, seed=1))
    assert gradcheck(off, inputs, rtol=0.02)


def test_given_grad_outputs() -> None:
    x, v = double(2), double(2, seed=3)
    assert gradgradcheck(lambda x: x * x * x, x, v)
    assert gradgradcheck(lambda x: x * x * x, (x,), (v,))


def test_what_cannot_be_checked() -> None:
    single = CpuTensor.from_numpy(np.ones(2, np.float32))
    with pytest.raises(DtypeError, match="input 0 .* float32.* double"):
        gradcheck(lambda x: x * x, single)
    constant = CpuTensor.from_numpy(np.ones(2), requires_grad=False)
    with pytest.raises(BackwardError, match="no input requires gradients"):
        gradcheck(lambda x: x * x, constant)
    with pytest.raises(BackwardError, match="gradgradcheck: no input"):
        gradgradcheck(lambda x: x * x, constant)
