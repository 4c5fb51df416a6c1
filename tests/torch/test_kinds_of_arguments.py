"""Kinds of arguments in which torch's functions differ from NumPy's, against torch itself."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad.torch as ours

X = np.array([[0.4, 1.2, -0.7], [0.9, 2.3, 0.1]])
K = np.array([[3, 1, 2], [0, 7, 5]])
BYTES = K.astype(np.uint8)
SYMMETRIC = X.T @ X + np.diag([1.0, 2.0, 3.0])
ROOT = np.linalg.cholesky(SYMMETRIC)

#: calls of either library with its tensors; only values and dtypes are compared
CALLS: list[Callable[[Any, Callable[[Any], Any]], Any]] = [
    # integers that take options of floats
    lambda t, a: t.addmm(a(K), a(K[:, :2]), a(K), beta=0.5, alpha=2.5),
    lambda t, a: t.addbmm(a(BYTES), a(BYTES[None, :, :2]), a(BYTES[None])),
    lambda t, a: t.addr(a(K[:, :2] > 1), a(K[0, :2] > 1), a(K[1, :2] > 1), beta=True, alpha=True),
    lambda t, a: t.add(a(BYTES), a(BYTES), alpha=-3),
    lambda t, a: t.arange(0.5, 4.5, 1.5, dtype=t.int64),
    lambda t, a: t.arange(0.5, 4.5, 1.5, dtype=t.int32),
    lambda t, a: t.linspace(4.3, -3, 50, dtype=t.int64),
    lambda t, a: t.logspace(2.3, 1.4, 4, dtype=t.int64),
    lambda t, a: t.bincount(a(K[0]), weights=a(K[1])),
    lambda t, a: t.trapezoid(a(np.array([200, 100, 50], np.uint8))),
    lambda t, a: t.nn.functional.avg_pool1d(a(-K[None]), 2),
    lambda t, a: t.nn.functional.max_pool2d(a(BYTES[None]), (2, 1), return_indices=True),
    lambda t, a: t.nn.functional.conv1d(a(K[None]), a(K[None, :, :2])),
    lambda t, a: t.nn.functional.conv_transpose1d(a(K[None]), a(K[:, None, :2])),
    lambda t, a: t.nn.functional.relu6(a(K)),
    lambda t, a: t.nn.functional.pairwise_distance(a(K), a(K[::-1].copy())),
    lambda t, a: t.tensordot(a(BYTES), a(BYTES[:1]), ([0, 1], [0, 1])),
    # numbers, axes and shapes in unusual places
    lambda t, a: [a(K).__rsub__(a(K + 1)), a(X).__rpow__(a(X + 1)), a(X).__rdiv__(a(X))],
    lambda t, a: [t.polygamma(n, a(X + 1)) for n in (0, 2)],
    lambda t, a: t.flip(a(X), dims=(0, 1)),
    lambda t, a: t.diff(a(X), 0, prepend=a(X)),
    lambda t, a: t.scatter(a(X), 1, a(K[:, :1] % 3), a(X[:, :1]), reduce="multiply"),
    lambda t, a: t.take_along_dim(a(X), a(np.array([[-1], [-3]])), 1),
    lambda t, a: t.repeat_interleave(a(X), 2, dim=0, output_size=4),
    lambda t, a: t.where(a((K > 2).astype(np.uint8)), a(X), a(-X)),
    lambda t, a: t.nn.functional.cosine_similarity(a(X), a(X[:, :1]), 1),
    lambda t, a: t.nn.functional.pad(a(X), (-3, 2), "replicate"),
    lambda t, a: t.linalg.matrix_rank(a(SYMMETRIC), atol=a(np.array(3.0))),
    lambda t, a: t.linalg.pinv(a(SYMMETRIC), hermitian=True),
    lambda t, a: t.linalg.vander(a(np.array(2.0)), N=3),
    lambda t, a: t.linalg.cholesky_ex(a(np.zeros((0, 2, 2)))),
    lambda t, a: [a(X).char(), a(X).float(memory_format=t.preserve_format)],
]


def _made(library: Any, array: Any) -> Any:
    return library.from_numpy(np.array(array))


@pytest.mark.filterwarnings("ignore::UserWarning")  # of what torch will give up
@pytest.mark.parametrize("index", range(len(CALLS)))
def test_values_and_dtypes(index: int) -> None:
    results = []
    for library in (ours, torch):
        out = CALLS[index](library, lambda a, t=library: _made(t, a))
        results.append(list(out) if isinstance(out, (tuple, list)) else [out])
    for found, expected in zip(*results, strict=True):
        assert str(found.dtype) == str(expected.dtype)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6, atol=1e-9)


GRADIENTS: list[Callable[[Any, Any], Any]] = [
    lambda t, x: t.nextafter(x, x.detach() + 1),
    lambda t, x: t.linalg.eigh(x)[1] ** 2,
    lambda t, x: t.linalg.svd(x[:2])[2][:2] ** 2,
    lambda t, x: t.linalg.lu_factor(x[:2])[0],
    lambda t, x: t.linalg.lu_factor(x[:, :2])[0],
    lambda t, x: t.linalg.matrix_power(x, 0),
]


@pytest.mark.parametrize("index", range(len(GRADIENTS)))
def test_gradients(index: int) -> None:
    found, expected = [], []
    for library, grads in ((ours, found), (torch, expected)):
        x = _made(library, SYMMETRIC).requires_grad_()
        y = GRADIENTS[index](library, x)
        (y * _made(library, np.cos(np.arange(y.numel())).reshape(y.shape))).sum().backward()
        grads.append(x.grad.numpy())
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6, atol=1e-9)


WRONG: list[tuple[type[Exception], Callable[[Any, Any, Any], Any]]] = [
    (TypeError, lambda t, x, k: t.exp(2.0)),
    (TypeError, lambda t, x, k: t.sum(np.ones(2))),
    (TypeError, lambda t, x, k: t.maximum(x, 1)),
    (TypeError, lambda t, x, k: t.pow(2, 3)),
    (TypeError, lambda t, x, k: t.gt(1, x)),
    (RuntimeError, lambda t, x, k: x.float().float_power_(2)),
    (RuntimeError, lambda t, x, k: t.narrow(x, 0, t.tensor(1.0), 1)),
    (RuntimeError, lambda t, x, k: t.cov(x, fweights=x[0])),
    (RuntimeError, lambda t, x, k: t.cov(x, aweights=-x[0].abs())),
    (RuntimeError, lambda t, x, k: t.nn.functional.max_pool1d(x[:0], 2)),
    (RuntimeError, lambda t, x, k: t.nn.functional.conv1d(k[None], k[None], x[0, :1])),
    (RuntimeError, lambda t, x, k: t.repeat_interleave(x, 2, dim=0, output_size=3)),
    (ValueError, lambda t, x, k: t.arange(0, 2.5, 0.5, dtype=t.int64)),
]


@pytest.mark.parametrize("index", range(len(WRONG)))
@pytest.mark.parametrize("library", [ours, torch], ids=["ours", "torch"])
def test_what_torch_refuses(index: int, library: Any) -> None:
    error, wrong = WRONG[index]
    with pytest.raises(error):
        wrong(library, _made(library, X), _made(library, K))


def test_numbers_that_may_come_first() -> None:
    x = _made(ours, X)
    for made in (ours.pow(2, x), ours.mul(2, x), ours.isin(1, x), ours.bucketize(1.0, x[0])):
        assert isinstance(made, ours.Tensor)
    assert ours.add(1, 2).item() == 3


def test_vectors_that_fill_up_the_space_have_no_gradient() -> None:
    x = _made(ours, X).requires_grad_()
    with pytest.raises(RuntimeError, match="no gradient"):
        ours.linalg.svd(x)[2].sum().backward()
