"""``out=``: results written into tensors that are there, on every backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import AbstractTensor, namespace
from lightgrad.autograd.tensor.out import TAKING
from lightgrad.conformance.case import Call, call, leaves, mapped
from lightgrad.conformance.rows import ROWS
from lightgrad.errors import BackwardError, DeviceError, DtypeError, InplaceError, ShapeError
from tests.backends import NAMES, VARIANTS, backend, variant

X = np.array([[0.4, 1.2, -0.7], [0.9, 2.3, 0.1]])
P = np.stack([np.eye(3) * 4 + X.T @ X, np.eye(3)])
#: how ops are called that the table calls in ways of its own
CALLS = {
    "cat": call([X, X]),
    "concatenate": call([X, X]),
    "concat": call([X, X]),
    "float_power": call(X + 1, 2),
    "nextafter": call(X, X + 1),
    "stack": call([X, X], 1),
    **{op: call([X, X]) for op in ("column_stack", "dstack", "hstack", "row_stack", "vstack")},
    "where": call(X > 0.5, X, -X),
    "max": call(X, 1),
    "min": call(X, 0),
    **{op: call(X, 1) for op in ("sum", "prod", "logsumexp")},
    "tensordot": call(X, X.T.copy(), 1),
    "searchsorted": call(np.array([0.5, 1.5, 2.5]), X),
    **{op: call(X, 1) for op in ("median", "nanmedian", "cross", "mode")},
    "cross": call(X, X + 1, 1),
    "linalg_cross": call(X, X + 1),
    **{op: call(P) for op in ("cholesky", "linalg_eigh", "linalg_eigvalsh", "cholesky_inverse")},
    **{op: call(P) for op in ("svd", "linalg_svd", "linalg_svdvals", "linalg_qr", "qr")},
    "cholesky_solve": call(X.T.copy(), P[0]),
    "linalg_multi_dot": call([X, X.T.copy()]),
    "polygamma": call(1, X + 1),
}
#: what torch has in other modules than the plain one
ELSEWHERE: dict[str, Any] = {
    "det": torch.linalg.det,
    **{op: getattr(torch._C._nn, op) for op in ("avg_pool2d", "avg_pool3d", "gelu", "linear")},
    **{op: getattr(torch._C._nn, op) for op in ("softplus", "softshrink")},
    "logsigmoid": torch._C._nn.log_sigmoid,
    "normalize": torch.nn.functional.normalize,
}


def _of_torch(op: str) -> Any:
    if op.startswith("linalg_"):
        return getattr(torch.linalg, op[7:])
    if op.startswith("special_"):
        return getattr(torch.special, op[8:])
    return ELSEWHERE.get(op) or getattr(torch, op)


def _call_of(op: str) -> Call:
    """A call of the table with an array that has elements."""
    if op in CALLS:
        return CALLS[op]
    name = getattr(AbstractTensor._ops[op], "__name__", op)
    rows = [r for r in ROWS if r.op in (op, name) and r.fn is None]
    found = [c for r in rows for c in r.samples if c.arrays and all(a.size for a in c.arrays)]
    return next((c for c in found if c.arrays[0].ndim), found[0])


@pytest.fixture(params=VARIANTS)
def device(request: Any) -> Iterator[Any]:
    with variant(request.param) as cls:
        yield cls


def _made(cls: Any, array: Any) -> Any:
    if not isinstance(array, np.ndarray):
        return array
    array = array.astype("float32") if array.dtype == np.float64 else array
    return cls.from_numpy(array, requires_grad=False)


def _garbage(like: Any, dtype: Any = None) -> Any:
    made = np.full(like.shape, 3).astype(dtype or like.dtype)
    return type(like).from_numpy(made, requires_grad=False)


def _check(found: Any, expected: Any) -> None:
    for f, e in zip(leaves(found), leaves(expected), strict=True):
        assert f.dtype == e.dtype
        np.testing.assert_array_equal(f.numpy(), e.numpy())


#: where each op compiles kernels, one in six by default: the way of writing is that of all
GRID = [
    pytest.param(op, name, marks=pytest.mark.slow) if name != "cpu" and crc32(op.encode()) % 6
    else (op, name)
    for name in NAMES
    for op in sorted(TAKING)
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
@pytest.mark.parametrize(("op", "name"), GRID)
def test_every_function_writes_its_result(op: str, name: str) -> None:
    cls = backend(name)
    sample = _call_of(op)
    args, kwargs = mapped((sample.args, sample.kwargs), lambda a: _made(cls, a))
    function = getattr(light, op)
    expected = function(*args, **kwargs)
    kind = type(expected)
    expected = tuple(expected) if isinstance(expected, tuple) else expected

    out = mapped(expected, _garbage)  # of the shape and dtype
    result = function(*args, **kwargs, out=out)
    assert all(r is o for r, o in zip(leaves(result), leaves(out), strict=True))
    assert type(result) is kind
    _check(out, expected)

    out = mapped(expected, lambda e: cls.empty((0,), dtype=e.dtype, requires_grad=False))
    _check(function(*args, **kwargs, out=out), expected)  # without elements: any shape

    whole = mapped(expected, lambda e: _garbage(light.stack([e, e], -1)))
    out = mapped(whole, lambda w: w[..., 1])  # a strided view
    _check(function(*args, **kwargs, out=out), expected)
    for w in leaves(whole):
        assert (w[..., 0].numpy() == np.full(w.shape[:-1], 3).astype(w.dtype)).all()

    first = next(a for a in leaves((args, kwargs)) if isinstance(a, AbstractTensor))
    if not isinstance(expected, tuple) and (first.shape, first.dtype) == (
        expected.shape,
        expected.dtype,
    ):
        _check(function(*args, **kwargs, out=first), expected)  # an argument itself


@pytest.mark.filterwarnings("ignore::UserWarning")  # of what it wants to be called otherwise
@pytest.mark.parametrize("op", sorted(TAKING))
def test_torch_takes_it_too(op: str) -> None:
    sample = _call_of(op)

    def made(a: Any) -> Any:
        return torch.from_numpy(a.copy()) if isinstance(a, np.ndarray) else a

    args, kwargs = mapped((sample.args, sample.kwargs), made)
    kwargs = {{"axis": "dim", "keepdims": "keepdim"}.get(k, k): v for k, v in kwargs.items()}
    expected = _of_torch(op)(*args, **kwargs)
    out = mapped(tuple(expected) if isinstance(expected, tuple) else expected, torch.empty_like)
    _of_torch(op)(*args, **kwargs, out=out)


def test_functions_without_out_say_so() -> None:
    x = light.ones(2, 2, requires_grad=False)
    for op in sorted({"reshape", "transpose", "conv1d", "relu", "isnan", "dropout"}):
        assert op not in TAKING
        with pytest.raises(DtypeError, match=rf"{op}.*'out'"):
            getattr(light, op)(x, out=x)
    assert set(namespace.names()) >= TAKING


@pytest.mark.usefixtures("device")
class TestRules:
    """What is written where, and what is refused."""

    def test_what_overlaps_is_read_first(self, device: Any) -> None:
        t, e = _made(device, np.arange(6.0)), torch.arange(6.0)
        light.add(t[:-1], t[1:], out=t[1:])
        expected = e.clone()
        expected[1:] = e[:-1] + e[1:]
        np.testing.assert_array_equal(t.numpy(), expected.numpy())
        m = _made(device, np.arange(9.0).reshape(3, 3))
        light.matmul(m, m.T, out=m)
        a = np.arange(9.0).reshape(3, 3)
        np.testing.assert_array_equal(m.numpy(), a @ a.T)

    def test_casts_as_torch_does(self, device: Any) -> None:
        whole, x = _made(device, np.array([7, 8, 9])), _made(device, X[0])
        wide = _made(device, X[0])
        assert light.add(whole, 1, out=wide) is wide
        assert wide.tolist() == [8.0, 9.0, 10.0]
        light.gt(x, 0.5, out=wide)
        assert wide.tolist() == [0.0, 1.0, 0.0]
        for out, text in ((whole, "int64"), (_made(device, X[0] > 0), "bool")):
            before = out.tolist()
            with pytest.raises(DtypeError, match=f"exp: out: .*float32.*{text}"):
                light.exp(x, out=out)
            assert out.tolist() == before

    def test_refuses_shapes_and_kinds(self, device: Any) -> None:
        x = _made(device, X)
        with pytest.raises(ShapeError, match=r"exp: out has shape \(3,\), the result \(2, 3\)"):
            light.exp(x, out=_made(device, X[0]))
        with pytest.raises(ShapeError, match="out has shape"):  # broadcasts, but is not of it
            light.sum(x, 0, out=x)
        with pytest.raises(DtypeError, match="out must be a tensor, not list|out must be a tensor"):
            light.exp(x, out=[x])
        with pytest.raises(DtypeError, match="out must be a tuple of 2"):
            light.max(x, 0, out=x)
        with pytest.raises(DtypeError, match="out must be a tensor, not ndarray"):
            light.exp(x, out=X)

    def test_an_empty_tensor_that_others_see_keeps_its_shape(self, device: Any) -> None:
        x = _made(device, X)
        with pytest.raises(ShapeError, match="out has shape"):
            light.exp(x, out=x[:0])
        seen = _made(device, X[:0])
        kept = seen.detach()
        with pytest.raises(ShapeError, match="out has shape"):
            light.exp(x, out=seen)
        assert kept.shape == (0, 3)

    def test_gradients(self, device: Any) -> None:
        x, out = _made(device, X), _made(device, X)
        leaf = _made(device, X).requires_grad_()
        for args, into in (((leaf, 1), out), ((x, leaf), out), ((x, 1), leaf), ((leaf, 1), leaf)):
            with pytest.raises(BackwardError, match=r"add: functions with out=\.\.\. arguments"):
                light.add(*args, out=into)
        with pytest.raises(BackwardError, match="cat: functions with out"):
            light.cat([x, leaf], out=out)
        result = leaf * 2
        with light.no_grad():
            light.mul(leaf, 3, out=out)
            light.add(leaf, 1, out=leaf)
        np.testing.assert_allclose(out.numpy(), X * 3, rtol=1e-6)
        np.testing.assert_allclose(leaf.numpy(), X + 1, rtol=1e-6)
        assert leaf.is_leaf and leaf.requires_grad and not out.requires_grad
        result.sum().backward()
        assert leaf.grad.tolist() == [[2.0] * 3] * 2

    def test_what_was_saved_is_noticed(self, device: Any) -> None:
        x = _made(device, X)
        leaf = _made(device, X).requires_grad_()
        y = leaf * x  # saves x
        light.exp(x, out=x)
        with pytest.raises(InplaceError, match="mul"):
            y.sum().backward()
        z = leaf * x
        light.exp(x, out=x.detach())
        with pytest.raises(InplaceError, match="mul"):
            z.sum().backward()
        small = device.empty((0,), requires_grad=False)
        w = leaf[:0, 0] * small
        light.exp(x, out=small)
        with pytest.raises(InplaceError, match="mul"):
            w.sum().backward()

    def test_not_into_repeated_memory(self, device: Any) -> None:
        x = _made(device, X)
        with pytest.raises(InplaceError):
            light.exp(x, out=_made(device, X[0]).expand(2, 3))

    def test_the_results_of_detach_and_views_follow(self, device: Any) -> None:
        x, out = _made(device, X), _made(device, X)
        view, other = out[0], out.detach()
        light.neg(x, out=out)
        for seen, expected in ((view, -X[0]), (other, -X)):
            np.testing.assert_allclose(seen.numpy(), expected, rtol=1e-6)


FACTORIES = [
    ("zeros", (2, 3)),
    ("ones", (2, 3)),
    ("empty", (2, 3)),
    ("full", ((2, 3), 1.5)),
    ("eye", (2, 3)),
    ("arange", (5,)),
    ("linspace", (0, 1, 5)),
    ("logspace", (0, 1, 5)),
    ("rand", (2, 3)),
    ("randn", (2, 3)),
    ("normal", (1.0, 2.0, (2, 3))),
    ("randint", (0, 9, (2, 3))),
    ("randperm", (5,)),
]


@pytest.mark.parametrize(("op", "args"), FACTORIES, ids=[op for op, _ in FACTORIES])
@pytest.mark.parametrize("name", NAMES)
def test_factories(op: str, args: Any, name: str) -> None:
    cls = backend(name)
    make = getattr(light, op)
    for dtype in ("float32", "int64"):
        if dtype == "int64" and op in ("rand", "randn", "normal"):
            continue  # as in torch
        light.manual_seed(3)
        expected = make(*args, dtype=dtype, device=cls, requires_grad=False)
        for out in (_garbage(expected), cls.empty((0,), dtype=dtype, requires_grad=False)):
            light.manual_seed(3)
            assert make(*args, out=out) is out
            assert (out.dtype, out.device, out.requires_grad) == (dtype, cls.device_name, False)
            if op != "empty":
                _check(out, expected)
    with pytest.raises(ShapeError, match=f"{op}: out has shape"):
        make(*args, out=cls.zeros((7,), requires_grad=False))
    wrong = cls.zeros(expected.shape, dtype="int32", requires_grad=False)
    with pytest.raises(DtypeError, match=f"{op}: dtype is float32, but out has int32"):
        make(*args, out=wrong, dtype="float32")
    leaf = cls.zeros(expected.shape)
    with pytest.raises(BackwardError, match=f"{op}: functions with out"):
        make(*args, out=leaf)
    with light.no_grad():
        assert make(*args, out=leaf) is leaf and leaf.requires_grad
    plain = cls.zeros(expected.shape, requires_grad=False)
    assert make(*args, dtype=None, out=plain) is plain
    assert make(*args, out=plain, requires_grad=True).is_leaf


def test_arguments_of_factories_may_stand_by_position() -> None:
    out = light.zeros(2, 2, dtype=light.float64, requires_grad=False)
    assert light.full((2, 2), 3, light.float64, out=out).tolist() == [[3, 3], [3, 3]]
    assert light.eye(2, None, None, "cpu", False, out=out).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(DtypeError, match="arange: dtype is int64, but out has float64"):
        light.arange(0, 4, 1, light.int64, out=out)


def test_out_on_another_device() -> None:
    other = backend("opencl")
    x = light.ones(2, requires_grad=False)
    with pytest.raises(DeviceError, match="exp: tensors on different devices"):
        light.exp(x, out=other.ones((2,), requires_grad=False))
    with pytest.raises(DeviceError):
        light.zeros(2, device="cpu", out=other.ones((2,), requires_grad=False))
