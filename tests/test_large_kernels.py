"""Kernels that treat large arrays in pieces, against torch and against themselves in one piece."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as TF

import lightgrad as light
from lightgrad.autograd.cpu import threads
from lightgrad.autograd.cpu.blocks import BLOCK, cuts
from lightgrad.autograd.cpu.kernels.sums import column_sums
from lightgrad.conformance.samples import normal

F = light.nn.functional


def compared(light_call: Any, torch_call: Any, *arrays: Any, rtol: float = 1e-4) -> None:
    """Values and gradients of both."""
    ours = [light.tensor(a) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, expected = light_call(*ours), torch_call(*theirs)
    g = np.random.default_rng(5).standard_normal(y.shape).astype(arrays[0].dtype)
    y.backward(light.tensor(g, requires_grad=False))
    expected.backward(torch.tensor(g))
    pairs = [(y, expected), *((a.grad, b.grad) for a, b in zip(ours, theirs, strict=True))]
    for found, wanted in pairs:
        wanted = wanted.detach().numpy()
        scale = max(1.0, float(np.abs(wanted).max(initial=0)))
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found.numpy(), wanted, rtol=rtol, atol=rtol / 10 * scale)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("spread", [1, 30], ids=["flat", "steep"])
@pytest.mark.parametrize(
    ("lead", "length", "keys"),
    [
        ((12, 4), 64, 64),
        ((), 5, 7),
        ((2,), 7, 5),
        ((2,), 600, 400),
        ((1, 2), 400, 600),
        ((2, 3, 2), 70, 70),
        ((0,), 3, 3),
        ((3, 0), 5, 7),
        ((2,), 0, 3),
        ((2,), 3, 0),
    ],
    ids=str,
)
def test_attention_in_pieces(lead: Any, length: int, keys: int, spread: int, causal: bool) -> None:
    rng = np.random.default_rng(0)
    sizes = (length, 8), (keys, 8), (keys, 6)
    q, k, v = (rng.standard_normal((*lead, *size)) for size in sizes)

    def expected(q: Any, k: Any, v: Any) -> Any:
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            return TF.scaled_dot_product_attention(q, k, v, is_causal=causal)

    def found(q: Any, k: Any, v: Any) -> Any:
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)

    compared(found, expected, q * spread, k, v, rtol=1e-8)


def test_attention_of_heads_that_share_keys() -> None:
    q, k, v = normal(3, 2, 5, 4), normal(3, 1, 5, 4), normal(2, 5, 4)
    call = TF.scaled_dot_product_attention
    compared(F.scaled_dot_product_attention, call, q, k, v, rtol=1e-8)


def test_attention_in_float16() -> None:
    q = normal(2, 5, 4).astype(np.float16)
    y = F.scaled_dot_product_attention(*[light.tensor(q)] * 3, is_causal=True)
    wide = F.scaled_dot_product_attention(
        *[light.tensor(q.astype(np.float32))] * 3, None, 0.0, True
    )
    assert y.dtype == "float16"
    np.testing.assert_allclose(y.numpy(), wide.numpy(), atol=2e-3)


def test_keys_that_are_hidden_do_no_harm() -> None:
    """Not even one that is not a number."""
    k = normal(1, 4, 2)
    k[0, 3] = np.nan
    y = light.tensor(normal(1, 4, 2)).scaled_dot_product_attention(
        light.tensor(k), light.tensor(normal(1, 4, 2)), is_causal=True
    )
    assert np.isnan(y.numpy()).any(-1).tolist() == [[False, False, False, True]]


@pytest.mark.parametrize(
    "name",
    ["gelu", "elu", "silu", "softplus", "leaky_relu", "logsigmoid", "hardtanh", "selu"],
)
@pytest.mark.parametrize("turned", [False, True])
def test_activations_of_large_arrays(name: str, turned: bool) -> None:
    a = (normal(513, 2 * BLOCK // 512) * 3).astype(np.float32)
    a[0, :4] = [0, -0.0, 20, -20]
    a = a.T if turned else a
    if name == "leaky_relu":
        a[:2, :2] = 1
    compared(getattr(F, name, None) or light_method(name), getattr(TF, name), a)


def light_method(name: str) -> Any:
    return lambda t: getattr(t, name)()


@pytest.mark.parametrize("shape", [(300, 1000), (300, 5000), (2, 150, 1000)], ids=str)
def test_rows_of_large_arrays(shape: Any) -> None:
    a = (normal(*shape) + 3).astype(np.float32)
    n = shape[-1]
    w, b = normal(n).astype(np.float32), normal(n, seed=1).astype(np.float32)
    compared(
        lambda a, w, b: F.layer_norm(a, (n,), w, b),
        lambda a, w, b: TF.layer_norm(a, (n,), w, b),
        a,
        w,
        b,
    )


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("factor", [1, 50])
def test_softmax_of_large_arrays(name: str, factor: int) -> None:
    a = (normal(300, 1000) * factor).astype(np.float32)
    compared(lambda a: getattr(F, name)(a, -1), lambda a: getattr(TF, name)(a, -1), a)


@pytest.mark.parametrize("rows", [0, 1, 128, 129, 1024, 300_000])
def test_column_sums_do_not_lose_digits(rows: int) -> None:
    a = np.full((rows, 3), 0.1, np.float32)
    expected = np.sum(a, 0, np.float64)
    np.testing.assert_allclose(column_sums(a), expected, rtol=5e-6)
    found = light.tensor(a).sum(0, keepdim=True).numpy()
    np.testing.assert_allclose(found, expected[None], rtol=5e-6)


def test_cuts_cover_all_rows() -> None:
    for rows, width in ((1, 1), (7, BLOCK), (2 * BLOCK, 1), (1001, 999)):
        seen = np.zeros(rows, int)
        for part in cuts(rows, width):
            seen[part] += 1
        assert (seen == 1).all()


def test_pieces_do_not_depend_on_threads() -> None:
    q = light.tensor(normal(12, 4, 64, 8).astype(np.float32), requires_grad=False)
    a = light.tensor(normal(600, 700).astype(np.float32), requires_grad=False)
    before, found = threads.get_num_threads(), []
    for n in (1, 3):
        threads.set_num_threads(n)
        try:
            y = q.scaled_dot_product_attention(q, q, is_causal=True)
            found.append([y.numpy(), a.gelu().numpy(), a.softmax(-1).numpy()])
        finally:
            threads.set_num_threads(before)
    for one, several in zip(*found, strict=True):
        np.testing.assert_array_equal(one, several)


@pytest.mark.parametrize("batch", [False, True], ids=["layer", "batch"])
def test_normalization_of_more_than_float16_can_count(batch: bool) -> None:
    a = (normal(70_000, 1) * 300).astype(np.float16)
    x, t = light.tensor(a), torch.tensor(a.astype(np.float64), requires_grad=True)
    if batch:
        y, expected = (f.batch_norm(x, None, None, training=True) for f, x in ((F, x), (TF, t)))
    else:
        y, expected = (f.layer_norm(x, a.shape) for f, x in ((F, x), (TF, t)))
    weights = normal(70_000, 1, seed=1).astype(np.float16)
    (y * light.tensor(weights * 100, requires_grad=False)).sum().backward()
    (expected * torch.tensor(weights * 100)).sum().backward()
    assert y.dtype == "float16"
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), atol=4e-3)
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=5e-3, atol=5e-3)
