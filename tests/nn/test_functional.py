"""nn.functional: every name resolves, and the composed ones equal torch with gradients."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as TF

import lightgrad as light
import lightgrad.nn.functional as F
from lightgrad.errors import ArgumentError, DtypeError, InplaceError, ShapeError
from tests.backends import NAMES, backend

RNG = np.random.default_rng(1)


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


def test_every_name_is_there_and_is_torchs() -> None:
    assert len(set(F.__all__)) == len(F.__all__) > 50
    for name in F.__all__:
        assert callable(getattr(F, name)), name
        assert callable(getattr(TF, name)), name
        assert getattr(F, name).__doc__, name
        assert name in dir(F)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(F, "nothing")  # noqa: B009


def test_methods_as_functions() -> None:
    x, w = light.randn(2, 3, 5, 5), light.randn(4, 3, 3, 3)
    np.testing.assert_array_equal(F.conv2d(x, w, stride=2).numpy(), x.conv2d(w, None, 2).numpy())
    np.testing.assert_array_equal(F.max_pool2d(x, 2).numpy(), x.max_pool2d(2).numpy())


def test_in_place_where_torch_is() -> None:
    for name, *more in (("relu",), ("leaky_relu", 0.3), ("elu", 0.5), ("threshold", 0.1, 2.0)):
        values = normal(3, 4)
        for form, last, given in (
            (name, [True], {}),
            (name, [], {"inplace": True}),
            (name + "_", [], {}),
        ):
            x, t = light.tensor(values), torch.tensor(values, requires_grad=True)
            y, u = x * 2, t * 2
            assert getattr(F, form)(y, *more, *last, **given) is y
            assert getattr(TF, form)(u, *more, *last, **given) is u
            np.testing.assert_allclose(y.numpy(), u.detach().numpy())
            (y * y).sum().backward()
            (u * u).sum().backward()
            np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy())
    with pytest.raises(InplaceError):
        F.relu(light.ones(2), inplace=True)


def test_losses_of_old() -> None:
    """size_average and reduce stand where torch has them, and warn; ours are told from them."""
    x, y, p = normal(3, 4), normal(3, 4), RNG.uniform(0.1, 0.9, (3, 4))
    classes = RNG.integers(0, 4, 3)
    calls = [
        ("mse_loss", (x, y, False), {}),
        ("mse_loss", (x, y), {"reduce": False}),
        ("smooth_l1_loss", (x, y, None, None, "sum", 0.5), {}),
        ("binary_cross_entropy", (p, p, None, False, True), {}),
        ("binary_cross_entropy_with_logits", (x, p, None, True), {}),
        ("kl_div", (x, p, False, None), {"log_target": True}),
        ("cross_entropy", (x, classes, None, False, 1), {}),
        ("cross_entropy", (x, classes, None, None, 1, None, "sum", 0.1), {}),
        ("nll_loss", (x, classes, None, None, -100, False), {}),
        ("poisson_nll_loss", (x, p, True, True, False), {}),
        ("multi_margin_loss", (x, classes, 1, 1.5, None, False), {}),
        ("triplet_margin_loss", (x, y, p, 1.0, 2.0, 1e-6, True, False), {}),
        ("mse_loss", (x, y[:, :1]), {}),
    ]
    for name, args, kwargs in calls:
        ours = [light.tensor(a) if isinstance(a, np.ndarray) else a for a in args]
        theirs = [torch.tensor(a) if isinstance(a, np.ndarray) else a for a in args]
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found, told = getattr(F, name)(*ours, **kwargs), len(said)
            expected = getattr(TF, name)(*theirs, **kwargs)
        assert told == len(said) - told, name
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-9, err_msg=name)
    assert F.mse_loss(light.tensor(x), light.tensor(y), "sum").item() == pytest.approx(
        ((x - y) ** 2).sum()
    )


def test_softmax_guesses_its_dim_with_a_warning() -> None:
    for shape in ((3,), (2, 3), (2, 3, 4), (2, 3, 4, 5)):
        values = normal(*shape)
        with pytest.warns(UserWarning, match="without dim"):
            found = F.log_softmax(light.tensor(values))
        with pytest.warns(UserWarning):
            expected = TF.log_softmax(torch.tensor(values))
        np.testing.assert_allclose(found.numpy(), expected.numpy())


BAGS = [
    ((np.array([[1, 0, 2], [2, 2, 0]]),), {}),
    ((np.array([1, 0, 2, 2, 2]), np.array([0, 2, 2])), {"mode": "sum"}),
    ((np.array([1, 0, 2, 2, 2]), np.array([0, 2, 5])), {"include_last_offset": True}),
    ((np.array([1, 0, 2, 2, 2]), np.array([0, 2, 2])), {"mode": "max", "padding_idx": 0}),
    ((np.array([1, 0, 2, 2]), np.array([0, 1])), {"padding_idx": 2, "scale_grad_by_freq": True}),
    ((np.array([[1, 0], [2, 2]]),), {"mode": "sum", "per_sample_weights": normal(2, 2)}),
]


@pytest.mark.parametrize("args, kwargs", BAGS)
def test_embedding_bag_is_torchs(args: tuple, kwargs: dict) -> None:
    table = normal(3, 4)
    results = []
    for make, f in ((light.tensor, F), (torch.tensor, TF)):
        first, *rest = map(make, args)
        weight = make(table, requires_grad=True)
        more = {k: make(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}
        y = f.embedding_bag(first, weight, *rest, **more)
        (y * y).sum().backward()
        results.append((y.detach().numpy(), weight.grad.numpy()))
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_embedding_shortens_rows_and_divides_gradients() -> None:
    table, results = normal(4, 3) * 2, []
    for make, f in ((light.tensor, F), (torch.tensor, TF)):
        weight = make(table, requires_grad=True)
        scaled = make(np.ones(()), requires_grad=False)
        y = f.embedding(make(np.array([[1, 3], [1, 0]])), weight, None, 1.5, 2.0, True) * scaled
        (y * y).sum().backward()
        results.append((y.detach().numpy(), weight.grad.numpy(), weight.detach().numpy()))
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


COMPOSED = [
    ("relu6", (normal(3, 4) * 5,), {}),
    ("mish", (normal(3, 4),), {}),
    ("selu", (normal(3, 4),), {}),
    ("celu", (normal(3, 4), 0.6), {}),
    ("hardsigmoid", (normal(3, 4) * 3,), {}),
    ("hardswish", (normal(3, 4) * 3,), {}),
    ("logsigmoid", (normal(3, 4) * 30,), {}),
    ("softsign", (normal(3, 4),), {}),
    ("tanhshrink", (normal(3, 4),), {}),
    ("softmin", (normal(3, 4),), {"dim": 0}),
    ("prelu", (normal(3, 4), normal(1)), {}),
    ("prelu", (normal(3, 4, 2), normal(4)), {}),
    ("glu", (normal(3, 4),), {}),
    ("rms_norm", (normal(3, 4), (4,)), {}),
    ("rms_norm", (normal(3, 4), (3, 4), normal(3, 4), 1e-3), {}),
    ("normalize", (normal(3, 4),), {}),
    ("normalize", (normal(3, 4),), {"p": 1.0, "dim": 0}),
    ("cosine_similarity", (normal(3, 4), normal(3, 4)), {}),
    ("scaled_dot_product_attention", (normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 6)), {}),
    (
        "scaled_dot_product_attention",
        (normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4)),
        {"is_causal": True, "scale": 0.3},
    ),
    (
        "scaled_dot_product_attention",
        (normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 6), normal(3, 5)),
        {},
    ),
]


@pytest.mark.parametrize("case", COMPOSED, ids=lambda c: c[0])
def test_composed_equal_torch(case: tuple) -> None:
    name, args, kwargs = case
    ours = [light.tensor(a) if isinstance(a, np.ndarray) else a for a in args]
    theirs = [torch.tensor(a, requires_grad=True) if isinstance(a, np.ndarray) else a for a in args]
    y, expected = getattr(F, name)(*ours, **kwargs), getattr(TF, name)(*theirs, **kwargs)
    rtol = 1e-7 if name in ("celu", "hardsigmoid") else 1e-9  # torch rounds their constants
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), rtol=rtol, atol=1e-12)
    weights = normal(*expected.shape)
    (y * light.tensor(weights, requires_grad=False)).sum().backward()
    (expected * torch.tensor(weights)).sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, torch.Tensor):
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=rtol, atol=1e-11)


def test_bool_attention_mask() -> None:
    q, mask = normal(2, 3, 4), np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1]], bool)
    y = F.scaled_dot_product_attention(*[light.tensor(q)] * 3, light.tensor(mask))
    expected = TF.scaled_dot_product_attention(*[torch.tensor(q)] * 3, torch.tensor(mask))
    np.testing.assert_allclose(y.numpy(), expected.numpy(), rtol=1e-9)


def test_attention_mask_that_adds_minus_infinity() -> None:
    """The last query sees no key: zeros, and no gradient that is not a number."""
    q, mask = normal(2, 3, 4), normal(3, 3)
    mask[0, 1] = mask[2] = -np.inf
    ours, theirs = (
        [make(a, requires_grad=True) for a in (q, q, q, mask)]
        for make in (light.tensor, torch.tensor)
    )
    y, expected = (f.scaled_dot_product_attention(*x) for f, x in ((F, ours), (TF, theirs)))
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), rtol=1e-9)
    assert not y.numpy()[:, 2].any()
    y.square().sum().backward()
    expected.square().sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_far_from_zero(approximate: str, dtype: str) -> None:
    """Where the cube of its argument overflows, and where what it is a small part of is one."""
    x = np.array([-3e4, -200, -80, -9, -3, 3, 9, 80, 200, 3e4], dtype)
    x = x if dtype == "float16" else np.concatenate([x, np.array([-1e13, 1e13], dtype)])
    ours, theirs = light.tensor(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y, expected = F.gelu(ours, approximate), TF.gelu(theirs, approximate=approximate)
    y.sum().backward()
    expected.sum().backward()
    rtol = {"float16": 4e-3, "float32": 1e-4, "float64": 1e-9}[dtype]
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), rtol, 1e-15)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), 3 * rtol, 1e-15)


def test_logsigmoid_keeps_small_values_in_float32() -> None:
    x = np.array([18.0, 25.0, 60.0, -60.0], np.float32)
    expected = TF.logsigmoid(torch.tensor(x)).numpy()
    np.testing.assert_allclose(F.logsigmoid(light.tensor(x)).numpy(), expected, rtol=1e-6)


def test_errors() -> None:
    x = light.ones(2, 3)
    with pytest.raises(ArgumentError, match="give attn_mask or is_causal=True, not both"):
        F.scaled_dot_product_attention(x, x, x, attn_mask=x, is_causal=True)
    with pytest.raises(DtypeError, match="the indices must be integers, not bool"):
        F.embedding(light.tensor([True]), x)
    with pytest.raises(DtypeError, match="the indices must be a tensor, not list"):
        F.embedding([1], x)
    with pytest.raises(ShapeError, match=r"must have shape .rows, size., not .3,."):
        F.embedding(light.tensor([1]), x[0])
    with pytest.raises(ShapeError, match="padding_idx -3 is not a row of a table of 2"):
        F.embedding(light.tensor([1]), x, padding_idx=-3)


@pytest.mark.parametrize("name", NAMES)
def test_norms_compute_in_the_dtype_of_the_input(name):
    """And give weights gradients in their own, also such that are results."""
    x, w = (backend(name).from_numpy(a) for a in (np.eye(3, 4, dtype=np.float32), np.ones(4)))
    plain = backend(name).from_numpy(np.ones(4, np.float32))
    for f in (
        lambda x, w: F.layer_norm(x, (4,), w, w),
        lambda x, w: F.group_norm(x, 2, w, w),
        lambda x, w: F.batch_norm(x, None, None, w, w, training=True),
        lambda x, w: F.batch_norm(x, w.detach(), w.detach(), w, w),
    ):
        computed = w * 1
        computed.retain_grad()
        y, expected = f(x, computed), f(x, plain)
        assert y.dtype == "float32"
        np.testing.assert_allclose(y.numpy(), expected.numpy(), rtol=1e-6, atol=1e-6)
        (y * x).sum().backward()
        (expected * x).sum().backward()
        assert computed.grad.dtype == "float64"
        np.testing.assert_allclose(computed.grad.numpy(), plain.grad.numpy(), rtol=1e-5)
        plain.zero_grad()


@pytest.mark.parametrize("name", NAMES)
def test_max_pool_sends_the_gradient_of_an_infinite_window_to_an_element(name):
    """And not to the border, which is as small."""
    values = np.full((1, 1, 5), -np.inf)
    x = backend(name).from_numpy(values.astype(np.float32))
    t = torch.tensor(values, requires_grad=True)
    F.max_pool1d(x, 3, 1, 1).sum().backward()
    TF.max_pool1d(t, 3, 1, 1).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), t.grad.numpy())


@pytest.mark.parametrize("step", [3, 1])
def test_max_pool_sends_the_gradient_of_a_nan_to_the_nan(step):
    values = np.array([[[5.0, np.nan, 6.0, 2.0, 3.0, 1.0]]])
    x, t = light.tensor(values), torch.tensor(values, requires_grad=True)
    for pool, tensor in ((F.max_pool1d, x), (TF.max_pool1d, t)):
        pool(tensor, 3, step).sum().backward()
    assert x.grad.tolist() == t.grad.tolist()


def test_functions_can_be_pickled() -> None:
    for name in F.__all__:
        function = getattr(F, name)
        assert pickle.loads(pickle.dumps(function)) is function, name
    assert F.relu.__module__ == "lightgrad.nn.functional"
