"""Ops without a kernel: made of others where the device has those, else run on the host."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.dispatch import method_of
from lightgrad.errors import HostFallbackWarning
from tests.helpers import leaf
from tests.new_accelerator import NewTensor
from tests.op_table import ROWS, light_call

RULES = {name: rule for name, rule in AbstractTensor._ops.items() if getattr(rule, "derived", None)}
#: kernels that other ops are tested through, and by which
THROUGH = {
    "exponential_linear": ("elu", "celu", "selu"),
    "clamp_between": ("clamp",),
    "clamp_backward": ("clamp",),
}
A = np.array([[1.0, 2.0, 3.0], [0.5, 1.5, 2.5]], np.float32)


def outcome(row: Any, sample: Any, dtype: str) -> list[Any]:
    """Values and gradients of a call."""
    call = light_call(row, sample, CpuTensor, dtype)
    outputs = call.run()
    for i, y in enumerate(y for y in outputs if getattr(y, "requires_grad", False)):
        weights = np.random.default_rng(i).standard_normal(y.shape).astype(dtype)
        y.backward(CpuTensor(weights), retain_graph=True)
    return [*outputs, *(t.grad for t in call.wanted)]


@pytest.fixture
def derived(request: Any, monkeypatch: Any) -> Iterator[str]:
    """CpuTensor without its kernel of one op."""
    rule = RULES[request.param]
    method = method_of(fallback._from_others(rule), CpuTensor)
    monkeypatch.setattr(CpuTensor, request.param, method)
    yield request.param


@pytest.mark.parametrize("derived", RULES, indirect=True)
def test_derived_kernels_give_what_the_cpus_do(derived: str, monkeypatch: Any) -> None:
    op = derived.removesuffix("_backward")
    names = {op, *THROUGH.get(op, ()), *THROUGH.get(derived, ())}
    rows = [row for row in ROWS if row.op in names]
    assert rows, "no row has this op"
    for row in rows:
        for sample in row.samples:
            for dtype in ("float32", "float64") if sample.floats else ("float32",):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found = outcome(row, sample, dtype)
                    with monkeypatch.context() as own:
                        own.setattr(
                            CpuTensor, derived, method_of(CpuTensor._ops[derived], CpuTensor)
                        )
                        expected = outcome(row, sample, dtype)
                tolerance = row.loose * (5e-5 if dtype == "float32" else 5e-9)
                for a, b in zip(found, expected, strict=True):
                    assert type(a) is type(b) and (
                        b is None or (a.dtype, a.shape) == (b.dtype, b.shape)
                    )
                    if b is not None:
                        np.testing.assert_allclose(a.numpy(), b.numpy(), tolerance, tolerance)


def chip() -> Any:
    """A fresh backend with the five ops."""

    class Chip(AbstractTensor):
        dtype = property(lambda self: self.data.dtype)
        shape = property(lambda self: self.data.shape)

        @staticmethod
        def from_numpy(a: np.ndarray, requires_grad: bool = True) -> Any:
            return Chip(np.array(a), requires_grad)

        def numpy(self) -> np.ndarray:
            return self.data.copy()

        @staticmethod
        def empty(shape: Any, dtype: Any, requires_grad: bool = True) -> Any:
            return Chip(np.empty(shape, dtype), requires_grad)

    for op, fn in {"neg": np.negative, "add": np.add, "mul": np.multiply, "pow": np.power}.items():
        native(Chip, op, fn)
    native(Chip, "fill", lambda a, value: np.full_like(a, value))
    return Chip


def native(cls: Any, op: str, fn: Any) -> None:
    def forward(ctx: Any, *args: Any) -> Any:
        with np.errstate(all="ignore"):
            return cls(np.asarray(fn(*(a.data if isinstance(a, cls) else a for a in args))))

    rule = getattr(AbstractTensor, op).function
    cls.register_op(op)(type(op, (rule,), {"forward": forward}))


def test_an_op_goes_the_best_way_there_is() -> None:
    Chip = chip()
    assert fallback.path(Chip, "mul") == "native"
    assert fallback.path(Chip, "sqrt") == "derived"
    assert fallback.path(Chip, "exp") == "host"
    assert fallback.path(Chip, "sigmoid") == "host"  # one copy each way, and not several

    x = Chip.from_numpy(A)
    with pytest.warns(HostFallbackWarning, match="sigmoid"):
        host = x.sigmoid()

    native(Chip, "exp", np.exp)
    assert fallback.path(Chip, "exp") == "native"
    assert fallback.path(Chip, "sigmoid") == fallback.path(Chip, "silu") == "derived"
    before = dict(fallback.host_calls)
    own = x.sigmoid()
    assert fallback.host_calls == before
    np.testing.assert_allclose(own.numpy(), host.numpy(), rtol=1e-6)
    own.backward(allow_fill=True)
    s = 1 / (1 + np.exp(-A))
    np.testing.assert_allclose(x.grad.numpy(), s * (1 - s), rtol=1e-5)


def test_a_derived_kernel_has_the_gradient_of_its_rule() -> None:
    """Not that of its parts, which overflows where the result does not."""
    Chip = chip()

    native(Chip, "exp", np.exp)
    x = Chip.from_numpy(np.array([-200.0, 0.0, 200.0], np.float32))
    x.sigmoid().backward(allow_fill=True)
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.25, 0.0])


@pytest.mark.parametrize("derived", ["cosh"], indirect=True)
def test_a_derived_cosh_reaches_as_far(derived: str) -> None:
    x = np.array([-710.0, 0.0, 710.0])
    np.testing.assert_allclose(CpuTensor(x).cosh().numpy(), np.cosh(x), rtol=1e-12)


@pytest.mark.parametrize("derived", ["relu"], indirect=True)
def test_a_derived_relu_keeps_the_dtype(derived: str) -> None:
    flags = CpuTensor(np.array([True, False])).relu()
    assert flags.dtype == bool and flags.numpy().tolist() == [True, False]


@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_composites_keep_the_rules_of_their_ops() -> None:
    ints = NewTensor.from_numpy(np.array([1, 2, 4]))
    np.testing.assert_allclose(ints.reciprocal().numpy(), [1.0, 0.5, 0.25])
    flags = NewTensor.from_numpy(np.array([True, False]))
    assert flags.square().dtype == np.int64
    assert np.isnan(NewTensor.from_numpy(np.zeros((0,), np.float32)).mean().item())
    roots = NewTensor.from_numpy(np.array([0.25, 0.0, np.inf], np.float32)).sqrt()
    np.testing.assert_array_equal(roots.numpy(), [0.5, 0.0, np.inf])
    p = NewTensor.from_numpy(np.array([0.0, 1.0], np.float32), False)
    np.testing.assert_array_equal(light.bernoulli(p.reshape(2, 1)).numpy(), [[0.0], [1.0]])


@pytest.mark.parametrize(
    "name, how",
    [("leaky_relu", (0.2,)), ("gelu", ("tanh",)), ("silu", ()), ("relu", ()), ("sigmoid", ())],
)
def test_slopes_broadcast(every_backend: Any, name: str, how: tuple[Any, ...]) -> None:
    x, g = leaf([[-1.0], [2.0]]), leaf([[3.0, 4.0]])
    found = getattr(g, f"{name}_backward")(x, *how)
    right = getattr(g.expand(2, 2), f"{name}_backward")(x.expand(2, 2), *how)
    np.testing.assert_allclose(found.numpy(), right.numpy(), rtol=1e-6)
    assert light.autograd.grad(found.sum(), (x, g))[0].shape == (2, 1)
