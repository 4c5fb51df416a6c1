"""Derivatives of functions: mistakes, and wrong rules that gradcheck finds in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import Function
from lightgrad.autograd.functional import grad, hessian, hvp, jacobian, jvp, vjp
from lightgrad.errors import (
    ArgumentError,
    BackwardError,
    DtypeError,
    GradcheckError,
    ShapeError,
)
from tests.functional_cases import MATRIX, VECTOR, ours, several_valued, theirs, torchs

# torch's own forward mode warns about itself when it is first used
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


# ------------------------------------------------------------- mistakes

X = light.tensor([1.0, 2.0])
square = lambda x: x * x  # noqa: E731
total = lambda x: (x * x).sum()  # noqa: E731

CONSTANT = light.ones(3, requires_grad=False)
MISTAKES = {
    "not_a_number": (lambda: grad(square)(X), ShapeError, r"single number, not shape \(2,\)"),
    "hessian_shape": (lambda: hessian(square, X), ShapeError, "hessian: .*jacobian"),
    "hvp_shape": (lambda: hvp(square, X, X), ShapeError, "hvp: the function must return a single"),
    "nothing": (lambda: grad(lambda x: None)(X), DtypeError, "returned nothing; does it lack"),
    "nothing_vjp": (lambda: vjp(lambda x: None, X), DtypeError, "vjp: .*returned nothing"),
    "pair": (lambda: grad(lambda x: (x, x))(X), DtypeError, "must return one tensor, not tuple"),
    "float": (lambda: grad(lambda x: 2.0)(X), DtypeError, "must return one tensor, not float"),
    "array": (lambda: vjp(lambda x: x.numpy(), X, X), DtypeError, "but output is ndarray"),
    "within": (lambda: jacobian(lambda x: {"a": 1}, X), DtypeError, r"output\['a'\] is int"),
    "whole": (lambda: jacobian(lambda x: x.long(), X), DtypeError, "dtype int64, which has no"),
    "input": (lambda: grad(total)([X, 3]), DtypeError, r"input 0\[1\] must be a tensor.* int;"),
    "array_in": (lambda: grad(total)(np.ones(2)), DtypeError, "input 0 .*not ndarray; make a"),
    "key": (lambda: vjp(total, {"w": "x"}), DtypeError, r"input 0\['w'\] must be a tensor"),
    "integer": (lambda: grad(total)(light.arange(3)), DtypeError, r"input 0 \(shape \(3,\)\).*int"),
    "empty": (lambda: grad(total)({}), BackwardError, "no tensor to differentiate"),
    "no_args": (lambda: jacobian(total, ()), BackwardError, "no tensor to differentiate"),
    "place": (lambda: grad(total, 1)(X), ArgumentError, "has 1, .* 1 positional argument;"),
    "keyword": (lambda: grad(total)(x=X), ArgumentError, "cannot be passed by keyword"),
    "twice": (lambda: grad(total, (0, -1))(X), ArgumentError, r"argnums \(0, -1\) has .* once"),
    "argnums": (lambda: grad(total, "x")(X), DtypeError, "argnums must be an int"),
    "aux": (lambda: grad(total, has_aux=True)(X), DtypeError, r"return \(value, anything\)"),
    "function": (lambda: jvp(X, X, X), DtypeError, "must be a function, not CpuTensor"),
    "no_v": (lambda: vjp(square, X), ArgumentError, r"returns shape \(2,\), so a vector v"),
    "no_v_jvp": (lambda: jvp(square, X), ArgumentError, "inputs of shape"),
    "v_shape": (lambda: jvp(square, X, light.ones(3)), ShapeError, r"v has shape \(3,\), but"),
    "v_kind": (lambda: vjp(square, X, 1.0), DtypeError, r"v must be a tensor of shape \(2,\)"),
    "v_count": (
        lambda: jvp(lambda a, b: a * b, (X, X), X),
        ArgumentError,
        "v must be a tuple of 2, not CpuTensor",
    ),
    "v_length": (
        lambda: jvp(lambda a, b: a * b, (X, X), (X,)),
        ArgumentError,
        "v must be a tuple of 2, not tuple of 1",
    ),
    "v_keys": (
        lambda: hvp(lambda p: total(p["a"]), {"a": X}, {"b": X}),
        ArgumentError,
        r"keys \['a'\], not dict with \['b'\]",
    ),
    "strict": (
        lambda: jacobian(lambda a, b: a * 2, (X, X), strict=True),
        BackwardError,
        "jacobian: the derivative does not depend on input 1",
    ),
    "strict_output": (
        lambda: vjp(lambda x: (x * x, CONSTANT), X, (X, X), strict=True),
        BackwardError,
        r"vjp: output\[1\] of the function depends on no input",
    ),
    "strict_output_jvp": (
        lambda: jvp(lambda x: (x * x, CONSTANT), X, X, strict=True),
        BackwardError,
        r"jvp: output\[1\] of the function depends on no input",
    ),
    "strict_vjp": (
        lambda: vjp(lambda p: total(p["a"]), {"a": X, "b": X}, strict=True),
        BackwardError,
        r"input 0\['b'\]",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    run, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        run()


# ------------------------------------------------------------- numeric and analytic


def test_jacobians_numeric_and_analytic() -> None:
    args = ours((MATRIX, VECTOR), True)
    expected = theirs.jacobian(several_valued, torchs((MATRIX, VECTOR)))
    analytic = light.autograd.analytic_jacobian(several_valued, args)
    numeric = light.autograd.numeric_jacobian(several_valued, args)
    for o in range(2):
        for i in range(2):
            np.testing.assert_allclose(analytic[o][i], expected[o][i].numpy(), rtol=1e-12)
            np.testing.assert_allclose(numeric[o][i], expected[o][i].numpy(), 1e-6, 1e-8)
    x = ours(VECTOR, True)
    single = light.autograd.analytic_jacobian(lambda x: x**3, x)
    np.testing.assert_allclose(single, np.diag(3 * VECTOR**2), rtol=1e-12)
    wide = light.autograd.numeric_jacobian(lambda x: x**3, x, eps=0.5)
    np.testing.assert_allclose(wide, np.diag(3 * VECTOR**2 + 0.25), rtol=1e-12)


def test_a_planted_error_of_one_percent_is_caught() -> None:
    class cubed(Function):
        def forward(ctx, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        def backward(ctx, grad: Any) -> Any:
            (x,) = ctx.get_saved_tensors()
            return grad * x * x * light.tensor([3.0, 3.0, 3.03, 3.0], dtype=light.float64)

    x = ours(np.array([1.0, -0.5, 2.0, 0.3]), True)
    with pytest.raises(GradcheckError) as caught:
        light.autograd.gradcheck(cubed.apply, x)
    text = str(caught.value)
    assert "output 0 with respect to input 0 (shape (4,)) is wrong in 1 of 16" in text
    assert "at index (2, 2) (output axes first), where the input is 2: analytic 12.12" in text
    assert "difference 0.12 or 1.00%" in text
    assert light.autograd.gradcheck(cubed.apply, x, raise_exception=False) is False
    analytic = light.autograd.analytic_jacobian(cubed.apply, x)
    numeric = light.autograd.numeric_jacobian(cubed.apply, x)
    ratio = np.diag(analytic) / np.diag(numeric)
    np.testing.assert_allclose(ratio, [1, 1, 1.01, 1], rtol=1e-6)


def test_the_worst_of_several_pairs_is_shown() -> None:
    class off(Function):
        def forward(ctx, a: Any, b: Any) -> Any:
            return a + b

        def backward(ctx, grad: Any) -> Any:
            return grad * 1.01, grad * 1.5

    with pytest.raises(GradcheckError, match="respect to input 1 .*50.00%.*; 1 other pairs"):
        light.autograd.gradcheck(off.apply, (ours(VECTOR, True), ours(VECTOR, True)))
