"""Operators of tensors: arrays, numbers and other tensors as operands, promotion, errors."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.errors import DeviceError, DtypeError, MissingOpError, ShapeError

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


# ----------------------------------------------------------------- arrays and numbers

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("fn", OPERATORS)
def test_arrays_and_tensors_mix_in_either_order(fn: Any) -> None:
    array = np.array([[1.5, 2.5], [0.5, 3.0]])
    for left in (True, False):
        x = light.tensor([2.0, 3.0], dtype="float64")
        tx = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
        ta = torch.from_numpy(array)
        y = fn(array, x) if left else fn(x, array)
        ty = fn(ta, tx) if left else fn(tx, ta)
        assert type(y) is light.CpuTensor and y.requires_grad
        np.testing.assert_allclose(y.numpy(), ty.detach().numpy(), rtol=1e-12)
        y.sum().backward()
        ty.sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-12)


def test_other_array_operators() -> None:
    array, x = np.array([[1.0, 2.0]]), light.tensor([[3.0], [4.0]], dtype="float64")
    assert (array @ x).tolist() == [[11]] and (x @ array).tolist() == [[3, 6], [4, 8]]
    assert (array < x).tolist() == [[True, True]] * 2
    i = light.tensor([6, 3])
    assert (np.array([5, 5]) & i).tolist() == [4, 1] and (np.array([7, 7]) // i).tolist() == [1, 2]
    x32 = light.ones(1, 2)
    assert (array * x32).dtype == light.float64 and (x32 * np.float64(2)).dtype == light.float32


def test_reflected_numbers() -> None:
    for dtype in ("float32", "float64"):
        for number in (2, 3.5):
            for fn in [*OPERATORS, operator.mod, operator.floordiv]:
                x = light.tensor([1.0, -2.5, 4.0], dtype=dtype)
                t = torch.tensor([1.0, -2.5, 4.0], dtype=getattr(torch, dtype), requires_grad=True)
                y, ty = fn(number, x), fn(number, t)
                np.testing.assert_allclose(y.numpy(), ty.detach().numpy(), rtol=1e-6)
                assert y.dtype == dtype
                if y.requires_grad and fn is not operator.mod:  # torch has no rule for that one
                    y.sum().backward()
                    ty.sum().backward()
                    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-6)


def test_reflected_integers() -> None:
    i, t = light.tensor([1, 2, 5]), torch.tensor([1, 2, 5])
    for fn in (operator.sub, operator.floordiv, operator.mod, operator.pow, operator.truediv):
        np.testing.assert_allclose(fn(7, i).numpy(), fn(7, t).numpy(), rtol=1e-6)
        assert fn(np.int64(7), i).dtype == fn(7, i).dtype  # NumPy's numbers count as Python's
    for fn in (operator.and_, operator.or_, operator.xor):
        assert fn(6, i).tolist() == fn(6, t).tolist()
    assert (+i) is i and (-i).tolist() == [-1, -2, -5] and abs(-i).tolist() == [1, 2, 5]
    assert (~i).tolist() == [-2, -3, -6]


def test_an_integer_divides_a_number_it_could_not_hold(every_backend: Any) -> None:
    for dtype, number in (("uint8", 1000), ("int8", -200), ("int32", 2**40), ("bool", 3)):
        a = np.array([1, 2, 5], dtype)
        x, right = every_backend.from_numpy(a, requires_grad=False), number / torch.tensor(a)
        for found in (number / x, light.div(number, x), light.divide(number, x)):
            assert found.dtype == light.float32
            np.testing.assert_allclose(found.numpy(), right.numpy(), rtol=1e-6)


def test_bools_are_rounded_already(every_backend: Any) -> None:
    x = every_backend.from_numpy(np.array([True, False]), requires_grad=False)
    for name in ("round", "floor", "ceil", "trunc"):
        found = getattr(x, name)()
        assert found.dtype == light.bool and found.tolist() == [True, False]


# ----------------------------------------------------------------- promotion


def _pairs() -> Any:
    return [
        pytest.param(a, x, b, y, id=f"{a}{'x'[: len(x)]}-{b}{'x'[: len(y)]}")
        for a in DTYPES
        for b in DTYPES
        for x in ((), (2,))
        for y in ((), (2,))
    ]


@pytest.mark.parametrize("a, a_shape, b, b_shape", _pairs())
def test_promotion_is_torchs(a: str, a_shape: Any, b: str, b_shape: Any) -> None:
    x, y = light.ones(a_shape, dtype=a), light.ones(b_shape, dtype=b)
    u, v = (
        torch.ones(a_shape, dtype=getattr(torch, a)),
        torch.ones(b_shape, dtype=getattr(torch, b)),
    )
    for fn in (operator.mul, operator.add, operator.truediv, operator.eq):
        found, expected = fn(x, y), fn(u, v)
        assert f"torch.{found.dtype}" == str(expected.dtype)
        np.testing.assert_array_equal(found.numpy(), expected.numpy())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [True, 2, 2.5])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_promotion_with_numbers_is_torchs(dtype: str, number: Any, shape: Any) -> None:
    x, t = light.ones(shape, dtype=dtype), torch.ones(shape, dtype=getattr(torch, dtype))
    for fn in (operator.mul, operator.add, operator.truediv):
        for found, expected in ((fn(x, number), fn(t, number)), (fn(number, x), fn(number, t))):
            assert f"torch.{found.dtype}" == str(expected.dtype)
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-3)


def test_gradients_have_the_dtype_of_their_leaf() -> None:
    a, b = light.ones(2, dtype="float32"), light.ones(2, dtype="float64")
    (a * b).sum().backward()
    assert a.grad.dtype == light.float32 and b.grad.dtype == light.float64


# ----------------------------------------------------------------- errors


class Remote(light.AbstractTensor):
    """Another device that can do nothing."""

    device_name = "remote"
    dtype = property(lambda self: self.data.dtype)
    shape = property(lambda self: self.data.shape)


def test_mixed_devices() -> None:
    here, there = light.ones(2), Remote(np.ones(2, np.float32))
    for call in (lambda: here + there, lambda: here.mul(there)):
        with pytest.raises(DeviceError, match=r"(add|mul): tensors on different devices, cpu "):
            call()
    with pytest.raises(DeviceError, match=r"shape \(2,\)\) and remote .*\.to\('cpu'\)"):
        here - there


@pytest.mark.parametrize("other", ["text", None, [1, 2], object()])
def test_wrong_operands(other: Any) -> None:
    kind = type(other).__name__
    text = (
        rf"add: the other operand .* not {kind} \(tensor of shape \(2,\), dtype float32, on cpu\)"
    )
    with pytest.raises(DtypeError, match=text):
        light.ones(2) + other
    with pytest.raises(TypeError):
        other - light.ones(2)


def test_unknown_attributes_are_explained() -> None:
    x = light.ones(2, 3)
    text = r"no attribute or op 'sigmoidd' \(tensor of shape \(2, 3\), dtype float32, on cpu\)"
    with pytest.raises(MissingOpError, match=text + "; did you mean 'sigmoid'"):
        x.sigmoidd()
    with pytest.raises(MissingOpError, match=r"on cpu\)\. A new op is added with @CpuTensor.reg"):
        x.zzzzzzqqqq  # noqa: B018
    for word, remedy in (
        ("cuda", r"use \.to\(device\)"),
        ("astype", r"use \.to\(dtype\)"),
        ("is_cuda", r"use \.device"),
    ):
        with pytest.raises(MissingOpError, match=remedy):
            getattr(x, word)
    assert not hasattr(x, "sigmoidd")
    with pytest.raises(AttributeError):
        x.new_attribute = 1


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(ShapeError, match=r"add: .*\(2,\).*\(3,\)"):
        light.ones(2) + light.ones(3)


@pytest.mark.parametrize("name", ["sum", "prod", "cumsum", "cumprod"])
def test_the_dtype_asked_for_is_that_of_the_result(every_backend: Any, name: str) -> None:
    a = np.array([[3, 127, 2], [1, 100, 3]], np.int16)
    for dtype in ("int8", "uint8", "int32", "float32", "int64"):
        found = getattr(every_backend.from_numpy(a), name)(1, dtype=dtype)
        right = getattr(torch.tensor(a), name)(1, dtype=getattr(torch, dtype))
        assert found.dtype == dtype
        assert found.tolist() == right.tolist()


@pytest.mark.parametrize("value", [np.nan, np.inf, 65520.0, 1e39, -1.5, np.float32(300)])
def test_floats_that_integers_cannot_hold_are_refused(every_backend: Any, value: Any) -> None:
    x = every_backend.from_numpy(np.zeros(2, np.uint8))
    with pytest.raises(DtypeError, match="fill: .* does not fit into dtype uint8"):
        x.fill_(value)
    with pytest.raises(DtypeError, match="masked_fill: .* does not fit into dtype uint8"):
        x.masked_fill(x.eq(0), value)
    assert x.tolist() == [0, 0] and x.fill_(255.5).tolist() == [255, 255]


def test_no_axes_at_all(every_backend: Any) -> None:
    t = every_backend.zeros((2, 1, 3), requires_grad=False)
    for none in ((), []):
        assert t.squeeze(none).shape == t.squeeze(axis=none).shape == (2, 1, 3)
    assert t.sum().roll(1).shape == t.sum().squeeze(()).shape == ()


def test_lists_count_as_numbers_of_their_kind(every_backend: Any) -> None:
    t = every_backend.from_numpy(np.array([2**53, 2**53 + 1]), requires_grad=False)
    assert t.searchsorted([2**53 + 1]).tolist() == [1]  # as floats they are the same
    found = t.inner([1, -1])
    assert (found.dtype, found.item()) == ("int64", -1)
    assert t.inner([0.5, 0.0]).dtype == "float32"
    with pytest.raises(DtypeError, match=r"\[\[1\], 2\] cannot be made a tensor on "):
        t.inner([[1], 2])


def test_numbers_that_do_not_fit() -> None:
    with pytest.raises(
        DtypeError, match="maximum: .*300 out of bounds for uint8 .arguments: uint8 .2,. on cpu"
    ):
        light.ones(2, dtype="uint8").maximum(300)


# ----------------------------------------------------------------- comparison with other objects


@pytest.mark.parametrize(
    "other", [None, "a", object(), [1.0], (), {}, float], ids=lambda v: type(v).__name__
)
def test_a_tensor_equals_no_other_object(every_backend: Any, other: Any) -> None:
    t = every_backend.ones((3,))
    assert (t == other) is False and (other == t) is False
    assert (t != other) is True and (other != t) is True
    assert other in [other, t] and t in [other, t] and t not in [other]
    assert [other, t].index(t) == 1
    for compare in (t.eq, t.ne, t.lt, t.__lt__, t.__ge__):
        with pytest.raises(DtypeError, match="the other operand must be a tensor, an array or"):
            compare(other)
    with pytest.raises(DtypeError, match="in: a tensor holds numbers, not"):
        other in t  # noqa: B015


def test_comparison_with_operands_is_elementwise(every_backend: Any) -> None:
    t = every_backend.from_numpy(np.array([1.0, 2.0], np.float32))
    for other in (2, 2.0, np.float32(2), np.array([0.0, 2.0]), t * 0 + 2):
        assert (t == other).tolist() == [False, True]
        assert (t != other).tolist() == [True, False]
    assert 2 in t and 3 not in t and np.float64(1) in t


def test_cat_of_nothing_along_any_axis() -> None:
    nothing = [light.zeros(0, requires_grad=False), light.zeros(0)]
    assert light.cat(nothing, 1).requires_grad
    assert light.cat(nothing, 1).shape == torch.cat([torch.zeros(0)] * 2, 1).shape == (0,)
    assert light.cat([*nothing, light.zeros(2, 3)], 1).shape == (2, 3)
