"""Losses of batches without a target that counts: torch's values, and no NaN in gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import lightgrad as light
from lightgrad.autograd import grad
from tests.backends import NAMES, backend

LF = light.nn.functional
SHAPES = [(5, 4), (4,), (2, 4, 3), (3, 1), (0, 4), (2, 4, 0)]
#: the ignored index, what it stands for, and whether all targets are
TARGETS = {"usual": (-100, -100), "a class": (0, 0), "some": (-100, 0)}
WEIGHTS = (None, "weights")


def _orders(y: Any, t: Any, derive: Any) -> list[Any]:
    """Value, gradient and its gradient; None where there is none."""
    found = [y]
    for _ in range(2):
        if found[-1] is None or not found[-1].requires_grad:
            break
        found += derive(found[-1].sum() * 0.7, t)
    return found


def _same(ours: Any, theirs: Any, t: Any, u: Any) -> None:
    got = _orders(ours, t, lambda y, x: grad(y, x, create_graph=True, allow_unused=True))
    right = _orders(
        theirs, u, lambda y, x: torch.autograd.grad(y, x, create_graph=True, allow_unused=True)
    )
    for i, e in enumerate(right):
        expected = np.zeros(u.shape) if e is None else e.detach().numpy(force=True)
        a = got[i] if i < len(got) else None
        found = np.zeros(u.shape) if a is None else a.numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6, err_msg=f"order {i}")


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize(
    "device, shape",
    # each shape compiles kernels of its own
    [(d, s) for d in NAMES for s in (SHAPES if d == "cpu" else [(5, 4), (2, 4, 3), (0, 4)])],
)
def test_ignored_targets(device: str, shape: Any, kind: str) -> None:
    cls = backend(device)
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    classes, places = (shape[1], (shape[0], *shape[2:])) if len(shape) > 1 else (shape[0], ())
    target = np.full(places, TARGETS[kind][1], np.int64)
    if kind == "some" and target.ndim:
        target[1::2] = -100
    w = np.linspace(0.5, 2, classes, dtype=np.float32)
    for weight in WEIGHTS:
        for smoothing in (None, 0.0, 0.1):
            for reduction in ("mean", "sum", "none"):
                options = {"reduction": reduction, "ignore_index": TARGETS[kind][0]}
                name = "nll_loss" if smoothing is None else "cross_entropy"
                if smoothing:
                    options["label_smoothing"] = smoothing
                t = cls.from_numpy(x, requires_grad=True)
                u = torch.tensor(x, requires_grad=True)
                mine, own = {**options}, {**options}
                if weight:
                    mine["weight"] = cls.from_numpy(w, requires_grad=False)
                    own["weight"] = torch.tensor(w)
                ours = getattr(LF, name)(t, cls.from_numpy(target, requires_grad=False), **mine)
                _same(ours, getattr(F, name)(u, torch.tensor(target), **own), t, u)


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")  # torch's
@pytest.mark.parametrize("device", NAMES)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty_batches(device: str, shape: Any) -> None:
    cls, x = backend(device), np.zeros(shape, np.float32)
    names = ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy"]
    names += ["binary_cross_entropy_with_logits", "kl_div", "hinge_embedding_loss"]
    for name in names:
        for reduction in ("mean", "sum", "none") if device == "cpu" else ("mean",):
            t, u = cls.from_numpy(x, requires_grad=True), torch.tensor(x, requires_grad=True)
            ours = getattr(LF, name)(t, t.detach() * 0 + 1, reduction=reduction)
            theirs = getattr(F, name)(u, torch.ones(shape), reduction=reduction)
            _same(ours, theirs, t, u)


@pytest.mark.parametrize("device", NAMES)
def test_one_masked_batch_leaves_the_weights_alone(device: str) -> None:
    """Gradients add up over batches: zeros from the masked one, not NaN."""
    cls = backend(device)
    layer = light.nn.Linear(3, 4).to(device)
    x = cls.from_numpy(np.ones((2, 3), np.float32), requires_grad=False)
    for target in ([-100, -100], [1, 2]):
        index = cls.from_numpy(np.array(target), requires_grad=False)
        layer(x).cross_entropy(index).backward()
    alone = layer.weight.grad.numpy().copy()
    assert np.isfinite(alone).all() and np.abs(alone).max() > 0
