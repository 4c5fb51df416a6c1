"""float16: what is squared, summed or takes several steps is computed in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
from lightgrad.autograd import grad
from lightgrad.autograd.dtypes import bool_, float16
from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.codegen import Listing, body
from lightgrad.autograd.opencl.elementwise import Op
from lightgrad.errors import DtypeError
from tests.backends import NAMES, backend

EPS = 2.0**-10

#: of a module with torch's functional names, torch's or ours, and three tensors (4, 6)
FUNCTIONS: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "sum": lambda f, x, y, z: x.sum() / 64,
    "mean": lambda f, x, y, z: x.mean(1),
    "var": lambda f, x, y, z: (x / 16).var(1),
    "std": lambda f, x, y, z: x.std(),
    "norm": lambda f, x, y, z: x.norm(),
    "norm 3": lambda f, x, y, z: x.norm(3, 1),
    "prod": lambda f, x, y, z: (x / 300).prod(1),
    "cumsum": lambda f, x, y, z: x.cumsum(1),
    "logsumexp": lambda f, x, y, z: x.logsumexp(1),
    "softmax": lambda f, x, y, z: f.softmax(z, 1),
    "log_softmax": lambda f, x, y, z: f.log_softmax(z, 1),
    "mse_loss": lambda f, x, y, z: f.mse_loss(x / 3, y / 3),
    "huber_loss": lambda f, x, y, z: f.huber_loss(x / 4, y / 4, delta=400.0),
    "smooth_l1_loss": lambda f, x, y, z: f.smooth_l1_loss(x, y, beta=400.0),
    "l1_loss": lambda f, x, y, z: f.l1_loss(x, y, reduction="sum") / 16,
    "bce": lambda f, x, y, z: f.binary_cross_entropy_with_logits(z, z.sigmoid(), reduction="sum"),
    "kl_div": lambda f, x, y, z: f.kl_div(
        f.log_softmax(z, 1), f.softmax(y / 300, 1), reduction="batchmean"
    ),
    "cosine_embedding_loss": lambda f, x, y, z: f.cosine_embedding_loss(x, y, x[:, 0].sign()),
    "cosine_similarity": lambda f, x, y, z: f.cosine_similarity(x, y),
    "normalize": lambda f, x, y, z: f.normalize(x),
    "layer_norm": lambda f, x, y, z: f.layer_norm(x, (6,), z[0], z[1]),
    "rms_norm": lambda f, x, y, z: f.rms_norm(x, (6,), z[0]),
    "rms_norm small": lambda f, x, y, z: f.rms_norm(z / 1000, (6,)),
    "group_norm": lambda f, x, y, z: f.group_norm(x, 2),
    "batch_norm": lambda f, x, y, z: f.batch_norm(x, None, None, z[0], z[1], training=True),
    "instance_norm": lambda f, x, y, z: f.instance_norm(x[None]),
    "avg_pool1d": lambda f, x, y, z: f.avg_pool1d((x * 64)[None], 3, 2, 1),
    "adaptive_avg_pool1d": lambda f, x, y, z: f.adaptive_avg_pool1d((x * 64)[None], 4),
    "max_pool1d": lambda f, x, y, z: f.max_pool1d(x[None], 3, 1),
    "attention": lambda f, x, y, z: f.scaled_dot_product_attention(z, z, x),
    "attention, masked": lambda f, x, y, z: f.scaled_dot_product_attention(
        z, z, x, (x[:, :4] > y[:, :4]).logical_or(x[:, :4] > 0)
    ),
    "linear": lambda f, x, y, z: f.linear(x, z, z[:, 0]),
    "matmul": lambda f, x, y, z: (x / 64) @ y.T,
    "conv1d": lambda f, x, y, z: f.conv1d(x[None], z.reshape(2, 4, 3)),
    "gelu": lambda f, x, y, z: f.gelu(z),
    "silu": lambda f, x, y, z: f.silu(z * 3),
    "mish": lambda f, x, y, z: f.mish(z * 3),
    "glu": lambda f, x, y, z: f.glu(z * 3),
    "sigmoid": lambda f, x, y, z: (z * 3).sigmoid(),
    "celu": lambda f, x, y, z: f.celu(z * 2, -0.5),
    "lerp": lambda f, x, y, z: x.lerp(y, 0.25),
}


def with_half(name: str) -> Any:
    """The tensor class of a backend, or a skip where its driver has no float16."""
    cls = backend(name)
    try:
        cls.zeros((1,), "float16", requires_grad=False)
    except DtypeError as error:
        pytest.skip(str(error))
    return cls


def inputs() -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    x = rng.uniform(100, 600, (4, 6)) * rng.choice([-1, 1], (4, 6))
    return [a.astype(np.float16) for a in (x, x[::-1] * 0.9 + 17, rng.standard_normal((4, 6)))]


def orders(fn: Any, f: Any, tensors: Any, derive: Any) -> list[Any]:
    """The value, the gradients of its sum, and the gradients of theirs."""
    y = fn(f, *tensors)
    first = derive(y.sum(), tensors)
    second = (
        derive(sum(g.sum() for g in first if g is not None and g.requires_grad), tensors)
        if (any(g is not None and g.requires_grad for g in first))
        else ()
    )
    return [y, *first, *second]


def light_orders(fn: Any, tensors: Any) -> list[Any]:
    def derive(y: Any, xs: Any) -> Any:
        return grad(y, xs, create_graph=True, allow_unused=True)

    found = orders(fn, light.nn.functional, tensors, derive)
    return [None if t is None else t.numpy().astype(np.float64) for t in found]


def torch_orders(fn: Any, tensors: Any) -> list[Any]:
    def derive(y: Any, xs: Any) -> Any:
        return torch.autograd.grad(y, xs, create_graph=True, allow_unused=True)

    found = orders(fn, torch.nn.functional, tensors, derive)
    return [None if t is None else t.detach().double().numpy(force=True) for t in found]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("device", NAMES)
def test_as_near_to_the_exact_value_as_torch(device: str, name: str) -> None:
    cls, fn = with_half(device), FUNCTIONS[name]
    found = light_orders(fn, [cls.from_numpy(a, requires_grad=True) for a in inputs()])
    right, theirs = (
        torch_orders(fn, [torch.tensor(a, dtype=d, requires_grad=True) for a in inputs()])
        for d in (torch.float64, torch.float16)
    )
    for order, (a, t, b) in enumerate(zip(found, right, theirs, strict=False)):
        if t is None:
            continue
        a = np.zeros(t.shape) if a is None else a
        b = np.zeros(t.shape) if b is None else b
        t = t.astype(np.float16).astype(np.float64)
        unit = np.maximum(np.abs(t), np.abs(t).max() / 8) * EPS + 2.0**-23
        allowed = np.maximum(8, np.nan_to_num(3 * np.abs(b - t) / unit, nan=1e9, posinf=1e9))
        assert np.all(np.isfinite(t)), "the case should fit into float16"
        assert np.all(np.abs(a - t) <= allowed * unit), f"{name}, part {order}: {a} is not {t}"


@pytest.mark.parametrize("device", NAMES)
def test_examples(device: str) -> None:
    cls = with_half(device)
    f = light.nn.functional
    assert f.avg_pool2d(cls.ones((1, 1, 64, 64), "float16"), 64).item() == 1.0
    x = cls.from_numpy(np.array([300, 400], np.float16), requires_grad=True)
    x.norm().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.array([0.6, 0.8], np.float16))
    many = cls.from_numpy(np.ones(5000, np.float16), requires_grad=True)
    assert many.sum().item() == 5000 and many.mean().item() == 1.0
    one = cls.from_numpy(np.ones((), np.float16), requires_grad=True)
    (one * many).sum().backward()
    assert one.grad.item() == 5000  # a broadcast operand's gradient is a sum
    table = cls.from_numpy(np.ones((3, 2), np.float16), requires_grad=True)
    table[cls.from_numpy(np.zeros(5000, np.int64), requires_grad=False)].sum().backward()
    np.testing.assert_array_equal(table.grad.numpy(), [[5000, 5000], [0, 0], [0, 0]])


def test_mixed_with_wider_tensors() -> None:
    half, single = light.ones(2, dtype="float16"), light.ones(2)
    assert (half @ single).dtype == np.float32
    assert light.nn.functional.mse_loss(half, single).dtype == np.float32
    assert (half @ half).dtype == np.float16
    assert half.softmax(0, dtype="float32").dtype == np.float32
    assert half.sum(dtype="float64").dtype == np.float64


@pytest.mark.parametrize("half_running", [False, True])
def test_running_statistics_of_batch_norm_change_in_place(half_running: bool) -> None:
    x = (np.arange(12).reshape(6, 2) * 60).astype(np.float16)
    dtype = np.float16 if half_running else np.float32
    ours = [light.tensor(np.array(v, dtype), requires_grad=False) for v in ([0, 0], [1, 1])]
    theirs = [torch.tensor(np.array(v, dtype)) for v in ([0, 0], [1, 1])]
    y = light.nn.functional.batch_norm(light.tensor(x), *ours, training=True)
    v = torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True)
    np.testing.assert_allclose(y.numpy(), v.numpy(), rtol=2e-3)
    for t, u in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(t.numpy(), u.numpy(), rtol=2e-3)
    y = light.nn.functional.batch_norm(light.tensor(x), *ours)
    v = torch.nn.functional.batch_norm(torch.tensor(x), *theirs)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.numpy(), v.numpy(), rtol=4e-3)


# ----------------------------------------------------------------- optimizers and clipping

OPTIMIZERS = [
    ("SGD", {"momentum": 0.5, "lr": 1e-5}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "amsgrad": True}),
    ("AdamW", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.9}),
    ("Adagrad", {"lr": 0.1}),
    ("Adadelta", {"lr": 100.0}),
    ("AdaBelief", {"lr": 0.01}),
]


@pytest.mark.parametrize("first", [256.0, 60000.0, 1e-4])
@pytest.mark.parametrize("name, options", OPTIMIZERS)
@pytest.mark.parametrize("device", NAMES)
def test_no_gradient_freezes_a_parameter(
    device: str, name: str, options: Any, first: float
) -> None:
    """A float16 parameter goes the way of a float64 one, after large gradients and tiny ones."""
    cls = with_half(device)
    ways = []
    for dtype in ("float16", "float64"):
        if dtype == "float64" and device != "cpu":
            cls = backend("cpu")
        p = cls.from_numpy(np.ones(3, dtype), requires_grad=True)
        optimizer = getattr(light.optim, name)([p], **options)
        ways.append([])
        for step in range(6):
            g = first if step == 0 or first < 1 else 0.5
            p.grad = cls.from_numpy(np.full(3, g, dtype), requires_grad=False)
            optimizer.step()
            ways[-1].append(p.numpy())
    assert ways[0][0].dtype == np.float16
    np.testing.assert_allclose(*ways, rtol=5e-3, atol=5e-3)
    again = getattr(light.optim, name)([p], **options)
    again.load_state_dict(optimizer.state_dict())


@pytest.mark.parametrize("device", NAMES)
def test_clipping_large_gradients(device: str) -> None:
    cls = with_half(device)
    p = cls.from_numpy(np.ones(3, np.float16), requires_grad=True)
    for norm_type, expected in ((2.0, [0.6, 0.8, 0]), (1.0, [3 / 7, 4 / 7, 0])):
        p.grad = cls.from_numpy(np.array([3e4, 4e4, 0], np.float16), requires_grad=False)
        total = light.optim.clip_grad_norm_([p], 1.0, norm_type)
        assert total.dtype == np.float16
        np.testing.assert_allclose(p.grad.numpy(), expected, rtol=2e-3)
    light.optim.clip_grad_value_([p], 0.25)
    np.testing.assert_allclose(p.grad.numpy(), [0.25, 0.25, 0])


# ----------------------------------------------------------------- OpenCL without such a device


def test_elementwise_kernels_compute_half_in_float() -> None:
    """The text of a kernel: operands become floats, and the result a half, once."""
    linear = Listing()
    leaf = object.__new__(Array)
    leaf.dtype, leaf.shape, leaf.strides, leaf.offset = float16, (4,), (1,), 0
    linear.leaves = [leaf]
    squared = Op("f", lambda t, a, b: f"({t.c(1)} + exp({a} * {b}))")
    compared = Op("g", lambda t, a: t.test(f"{a} < {t.c(0)}"))
    linear.nodes = [(squared, float16, (1000, 1000)), (compared, bool_, (0,))]
    linear.outputs = [0]
    lines = body(linear, ["i", "i"], [1, 1], 1)
    assert lines[1] == "half v0 = ((half)((((float)1.0f) + exp(((float)(x0)) * ((float)(x0))))));"
    assert lines[2] == "int v1 = (((float)(v0)) < ((float)0.0f));"


#: what a number and float16 make, where the number is none of float16
BESIDE_NUMBERS: tuple[Callable[[Any], Any], ...] = (
    lambda x: x * 65536,
    lambda x: x / 65536.0,
    lambda x: 1e-8 * x,
    lambda x: 1e5 / (x + 2),
    lambda x: x // 1e-8,
    lambda x: x[0] * 65536.0,
    lambda x: (torch.div if isinstance(x, torch.Tensor) else light.div)(1e5, x + 2),
    lambda x: x.clone().mul_(1 / 3).div_(7e4),
)


@pytest.mark.parametrize("case", range(len(BESIDE_NUMBERS)))
@pytest.mark.parametrize("device", NAMES)
def test_a_number_is_not_rounded_before_it_multiplies_or_divides(device: str, case: int) -> None:
    fn, a = BESIDE_NUMBERS[case], np.array([0.1, -3e-4, 500, 6e-8, 0.5], np.float16)
    x = with_half(device).from_numpy(a, requires_grad=True)
    t = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    y, right = fn(x), fn(t)
    assert y.dtype == float16
    np.testing.assert_allclose(y.numpy(), right.half().numpy(force=True), rtol=2 * EPS)
    if y.requires_grad:
        y.sum().backward()
        right.sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), t.grad.half().numpy(), rtol=4 * EPS)


@pytest.mark.parametrize("device", NAMES)
def test_a_number_in_a_tensor_or_an_array_is_not_rounded_either(device: str) -> None:
    x = with_half(device).from_numpy(np.array([0.1, 2e-5], np.float16), requires_grad=False)
    for scale in (light.tensor(65536.0).to(device), np.float32(65536), np.array(65536.0)):
        found = x * scale
        assert found.dtype == float16
        np.testing.assert_array_equal(found.numpy(), (x.numpy().astype("f4") * 65536).astype("f2"))


@pytest.mark.parametrize("device", NAMES)
def test_decimals_of_the_largest_numbers(device: str) -> None:
    a = np.array([65504.0, -65504.0, 1000.5, 0.26], np.float16)
    x = with_half(device).from_numpy(a, requires_grad=False)
    for decimals in (-3, 0, 1, 3):
        found = x.round(decimals=decimals)
        assert found.dtype == float16
        right = torch.tensor(a).float().round(decimals=decimals).half()
        np.testing.assert_array_equal(found.numpy(), right.numpy())
