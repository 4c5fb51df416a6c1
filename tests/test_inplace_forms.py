"""In-place forms, assignment by index, and sums of many float32 numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad.autograd import AbstractTensor, CpuTensor, no_grad
from lightgrad.errors import DtypeError, InplaceError, ShapeError
from tests.backends import VARIANTS, variant

FORMS: list[tuple[str, tuple[Any, ...]]] = [
    *((name, (1.5,)) for name in ("add_", "sub_", "mul_", "div_", "pow_", "fill_")),
    *((name, ()) for name in (
        "neg_", "exp_", "sqrt_", "relu_", "tanh_", "sigmoid_", "abs_", "floor_", "ceil_",
        "round_", "reciprocal_", "zero_", "log_", "square_", "tril_",
    )),
    ("clamp_", (0.5, 1.0)),
    ("clamp_min_", (0.9,)),
    ("copy_", (np.array([1.0, 2.0]),)),
    ("masked_fill_", (np.array([True, False]), 3.0)),
    ("index_fill_", (0, np.array([1]), 2.0)),
    ("index_add_", (1, np.array([0, 0]), np.ones((2, 2)))),
    ("scatter_", (1, np.array([[1], [0]]), 2.0)),
    ("scatter_add_", (0, np.array([[1, 1]]), np.ones((1, 2)))),
]  # fmt: skip
X = np.array([[0.4, 1.2], [0.9, 2.3]])


#: the tensor class that a test runs on
CLASS: list[Any] = [CpuTensor]


@pytest.fixture(params=VARIANTS)
def everywhere(request: Any) -> Iterator[None]:
    with variant(request.param) as cls:
        CLASS[0] = cls
        yield
        CLASS[0] = CpuTensor


def ours(value: Any, requires_grad: bool = False) -> Any:
    if isinstance(value, np.ndarray):
        return CLASS[0].from_numpy(value, requires_grad=requires_grad)
    return value


def theirs(value: Any) -> Any:
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


@pytest.mark.usefixtures("everywhere")
@pytest.mark.parametrize(("name", "args"), FORMS, ids=[name for name, _ in FORMS])
def test_form_changes_the_tensor_itself_and_keeps_its_gradient(name: str, args: Any) -> None:
    leaf = ours(X, True)
    expected_leaf = theirs(X).requires_grad_()
    t, expected = leaf * 2, expected_leaf * 2
    assert getattr(t, name)(*map(ours, args)) is t
    getattr(expected, name)(*map(theirs, args))
    np.testing.assert_allclose(t.numpy(), expected.detach().numpy(), rtol=1e-12)
    if t.requires_grad:
        (t * t).sum().backward()
        (expected * expected).sum().backward()
        np.testing.assert_allclose(leaf.grad.numpy(), expected_leaf.grad.numpy(), rtol=1e-12)


@pytest.mark.usefixtures("everywhere")
def test_view_sees_assignment_and_backward_complains() -> None:
    base = ours(np.arange(6.0).reshape(2, 3))
    base[0][1] = 9.0
    base.T[2, 1] = 7.0
    base.diagonal()[0] = 4.0
    np.testing.assert_array_equal(base.numpy(), [[4, 9, 2], [3, 4, 7]])
    leaf = ours(np.ones(3), True)
    t = leaf * 1
    y = (t * t).sum()
    with no_grad():
        t[1:][0] = 5.0
    with pytest.raises(InplaceError, match="mul"):
        y.backward()


@pytest.mark.usefixtures("everywhere")
def test_assignment_to_a_leaf_or_to_expanded_memory_is_refused() -> None:
    with pytest.raises(InplaceError, match="leaf"):
        ours(np.ones(3), True)[0] = 1.0
    with pytest.raises(InplaceError, match="expand"):
        ours(np.ones((1, 3))).expand(2, 3)[:] = 1.0


@pytest.mark.usefixtures("everywhere")
def test_direct_assignment_errors_name_the_shape() -> None:
    if not CLASS[0]._shares:
        pytest.skip("a user's kernel words its errors itself")
    t = ours(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"shape \(2, 3\)"):
        t[0] = np.ones(4)
    with pytest.raises(ShapeError, match="out of range"):
        t[2] = 0.0
    with pytest.raises(DtypeError, match="str"):
        t[0] = "a"
    np.testing.assert_array_equal(t.numpy(), np.ones((2, 3)))


@pytest.mark.parametrize(
    ("shape", "dim"),
    [((10**7,), None), ((10**7, 1), 0), ((5 * 10**6, 2), 0), ((5 * 10**6, 2), None)],
)
def test_float32_sum_of_ten_million(shape: Any, dim: Any) -> None:
    x = np.random.default_rng(0).random(shape, np.float32)
    expected = x.sum(dim, dtype=np.float64)
    np.testing.assert_allclose(CpuTensor(x).sum(dim).numpy(), expected, rtol=4e-7)
    np.testing.assert_allclose(CpuTensor(x[::-1]).sum(dim).numpy(), expected, rtol=4e-7)


def test_float32_running_sum_and_moments_of_a_million() -> None:
    x = np.random.default_rng(1).random((10**6, 1), np.float32) + 100
    t = CpuTensor(x)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(t.cumsum(0).numpy()[-1], wide.sum(0), rtol=2e-7)
    np.testing.assert_allclose(t.mean(0).numpy(), wide.mean(0), rtol=2e-7)
    np.testing.assert_allclose(t.var(0).numpy(), wide.var(0, ddof=1), rtol=1e-4)


def test_many_duplicates_add_up() -> None:
    index = np.zeros(10**6, np.int64)
    t = CpuTensor(np.full(10**6, 0.1, np.float32))
    total = ours(np.zeros(3, np.float32)).scatter_add(0, CpuTensor(index), t)
    np.testing.assert_allclose(total.numpy(), [10**6 * float(np.float32(0.1)), 0, 0], rtol=1e-6)


def test_joining_many_tensors_is_one_step() -> None:
    parts = [ours(np.full(2, float(i)), True) for i in range(200)]
    out = AbstractTensor.cat(parts)
    assert len(out.grad_fn.edges) == 201
    (out * out).sum().backward()
    np.testing.assert_array_equal(parts[7].grad.numpy(), [14.0, 14.0])


def test_transfer_moves_the_gradient_back() -> None:
    class Elsewhere(CpuTensor):
        @staticmethod
        def from_numpy(a: np.ndarray, requires_grad: bool = True) -> Elsewhere:
            return Elsewhere(np.array(a), requires_grad)

    leaf = ours(np.ones(2), True)
    moved = leaf.transfer(Elsewhere)
    assert type(moved) is Elsewhere
    moved.transfer(CpuTensor).mul(3).sum().backward()
    assert type(leaf.grad) is CpuTensor
    np.testing.assert_array_equal(leaf.grad.numpy(), [3.0, 3.0])


@pytest.mark.usefixtures("everywhere")
def test_complex_numbers_are_not_cut_down() -> None:
    x = ours(np.array([1.0, 2.0]))
    for call in (
        lambda: x.fill_(2 + 1j),
        lambda: x.fill(np.complex64(2 + 1j)),
        lambda: x.pad((1, 1), value=2 + 1j),
        lambda: x.copy_(np.array([1 + 2j, 3])),
    ):
        with pytest.raises(DtypeError, match="complex number"):
            call()
    assert x.tolist() == [1, 2]
