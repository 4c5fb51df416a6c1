"""Cases of what networks are made of: products, convolution, pooling, norms, losses."""

from __future__ import annotations

from typing import Any

import numpy as np

import lightgrad as light
from lightgrad import Generator
from lightgrad.autograd.ops.optimize import Update
from lightgrad.conformance.case import Table, call
from lightgrad.conformance.samples import between, bools, distinct, ints, normal

T = Table(4)
A, B, V = normal(2, 3), normal(3, 4), normal(3)
BATCH_A, BATCH_B = normal(2, 2, 3), normal(2, 3, 4)
X1, X2, X3 = normal(2, 4, 9), normal(2, 4, 6, 5), normal(1, 2, 4, 3, 5)
P1, P2, P3 = distinct(2, 3, 9), distinct(2, 2, 7, 6), distinct(1, 2, 4, 5, 4)
X, W, C = normal(2, 3, 4), normal(4), normal(3)
IMAGE = normal(2, 4, 3, 2)


def _products() -> None:
    rows = {"reference": np.matmul}
    T.row("matmul", (A, B), (V, V + 1), (A, V), (V, B), (BATCH_A, BATCH_B), (BATCH_A, B), **rows)
    T.row("matmul", (normal(2, 1, 2, 3), normal(3, 3, 2)), (normal(2, 0), normal(0, 4)), **rows)
    T.row("matmul", (ints(-4, 5, 2, 3), ints(-4, 5, 3, 2)), (normal(0, 3), B))
    T.row("matmul_left_backward", (A, normal(4, 3)), (BATCH_A, normal(2, 4, 3)))
    T.row("matmul_right_backward", (A, normal(2, 4)), (BATCH_A, normal(2, 2, 4)))
    T.row("linear", (A, normal(4, 3), normal(4)), (A, normal(4, 3)), (BATCH_A, normal(4, 3)))
    T.row("dot", (V, normal(3, seed=1)), reference=np.dot, kernels=("matmul",))
    T.row("mv", (A, V), kernels=("matmul",))
    T.row("mm", (A, B), kernels=("matmul",))
    T.row("bmm", (BATCH_A, BATCH_B), kernels=("matmul",))
    T.row("outer", (V, W), reference=np.outer)
    T.row("inner", (V, normal(3, seed=1)), (A, V), reference=np.inner)
    T.row("tensordot", (A, B, 1), (A, normal(2, 3, seed=1)), fn=light.tensordot)
    T.row("addmm", call(W, A, B, beta=0.5, alpha=2.0))
    T.row("baddbmm", (normal(2, 2, 4), BATCH_A, BATCH_B))
    T.row("trace", (normal(3, 3),), (A,), reference=np.trace)
    T.row("einsum", ("ij,jk->ki", A, B), ("ii->i", normal(3, 3)), fn=light.einsum)
    T.row("einsum", ("...ij,...jk->...ik", BATCH_A, B), ("i,j->ij", V, W), fn=light.einsum)
    T.size("matmul", lambda n: (between(0, 1, n, 5), between(0, 1, 5, 3)))
    T.size("matmul", lambda n: (between(0, 1, 5, n), between(0, 1, n, 3)), loose=10)
    T.size("matmul", lambda n: (between(0, 1, 3, 5), between(0, 1, 5, n)))
    T.row(
        "scaled_dot_product_attention",
        (normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 2)),
        call(normal(2, 3, 4), normal(2, 3, 4, seed=1), normal(2, 3, 2), is_causal=True),
        call(
            normal(2, 3, 4),
            normal(2, 5, 4),
            normal(2, 5, 2),
            bools(3, 5) | np.eye(3, 5, dtype=bool),
        ),
    )


def _convolutions() -> None:
    inner = {"kernels": ("convolution", "convolution_input", "convolution_weight"), "loose": 5.0}
    T.row("conv1d", (X1, normal(3, 4, 3), normal(3)), **inner)
    T.row(
        "conv1d",
        call(X1, normal(6, 2, 2), None, stride=2, padding=1, dilation=2, groups=2),
        **inner,
    )
    T.row("conv2d", (X2, normal(3, 4, 3, 2), normal(3)), (X2, normal(3, 4, 1, 1)), **inner)
    T.row("conv2d", (X2, normal(4, 1, 3, 3), None, (1, 2), (2, 1), (2, 1), 4), **inner)
    T.row("conv2d", call(X2, normal(2, 4, 2, 3), padding="same"), **inner)
    T.row("conv3d", (X3, normal(3, 2, 2, 2, 3), normal(3)), **inner)
    T.row("conv_transpose1d", (X1, normal(4, 2, 3), normal(4), 2, 1, 1, 2, 2), **inner)
    T.row("conv_transpose2d", (X2, normal(4, 3, 3, 2), normal(3)), **inner)
    T.row("conv_transpose3d", (X3, normal(2, 1, 2, 2, 2), None), **inner)
    highest, sums = {"kernels": ("pool_max",)}, {"kernels": ("pool_sum",)}
    T.row("max_pool", (P2,), (P2, 3, 1, 1), **highest)
    T.row("max_pool1d", (P1, 2), (P1, 3, 2, 1), **highest)
    T.row("max_pool2d", (P2, 2), call(P2, (3, 2), stride=(2, 1), padding=1), **highest)
    T.row("max_pool3d", (P3, 2), **highest)
    T.row("avg_pool1d", (P1, 2), (P1, 3, 2, 1, True, False), **sums)
    T.row("avg_pool2d", (P2, 2), (P2, (3, 2), (2, 1), 1), **sums)
    T.row("avg_pool3d", (P3, 2), **sums)
    T.row("adaptive_avg_pool1d", (P1, 4), (P1, 1), **sums)
    T.row("adaptive_avg_pool2d", (P2, (3, 4)), **sums)
    T.row("adaptive_avg_pool3d", (P3, (2, 3, 1)), **sums)


def _norms() -> None:
    def normalized(t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
        return t.normalized(w, b, *t.normalization_statistics(dims), dims, eps)

    def backward(g: Any, t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
        return g.normalized_backward(t, w, b.shape, *t.normalization_statistics(dims), dims, eps)

    def running(x: Any, mean: Any, var: Any, *args: Any) -> Any:
        mean, var = mean.detach().clone(), var.detach().clone()
        return x.batch_norm(mean, var, *args), mean, var

    T.row("normalized", (X, W, normal(4, seed=1), (2,), 1e-5), fn=normalized, loose=5)
    T.row(
        "normalized_backward",
        (normal(2, 3, 4, seed=1), X, W, normal(4, seed=1), (2,), 1e-5),
        fn=backward,
        grad=False,
    )
    T.row("layer_norm", (X, (4,), W, normal(4, seed=1)), (X, (3, 4)), loose=5)
    T.row("rms_norm", (X, (4,), W), loose=5)
    T.row("group_norm", (IMAGE, 2, W, normal(4, seed=1)), loose=5)
    T.row("instance_norm", call(X, weight=C, bias=normal(3, seed=1)), loose=5)
    T.row("batch_norm", call(X, None, None, C, normal(3, seed=1), training=True), loose=5)
    spread = np.array([0.5, 1.0, 2.0])
    T.row("batch_norm", (X, C, spread, C, None, True), (X, C, spread), fn=running, grad=False)
    T.row("normalize", (X,), call(X, p=3.0, dim=-1))
    T.row("cosine_similarity", (X, normal(2, 3, 4, seed=1)), (X, W, -1))


def _recurrence() -> None:
    def weights(gates: int) -> tuple[Any, ...]:
        rows = 3 * gates
        return normal(rows, 4), normal(rows, 3), normal(rows), normal(rows, seed=1)

    x, h, c = normal(3, 2, 4), normal(2, 3), normal(2, 3, seed=1)
    for kind, cell, gates in (
        ("lstm", c, 4),
        ("gru", None, 3),
        ("tanh", None, 1),
        ("relu", None, 1),
    ):
        for reverse in (False, True):
            T.row("recurrence", (x, h, cell, *weights(gates), kind, reverse), loose=5)
    inner = {"kernels": ("recurrence",), "loose": 5.0}
    T.row("lstm_cell", (x[0], (h, c), *weights(4)), **inner)
    T.row("gru_cell", (x[0], h, *weights(3)), **inner)
    T.row("rnn_tanh_cell", (x[0], h, *weights(1)), **inner)
    T.row("rnn_relu_cell", (x[0], h, *weights(1)[:2]), **inner)


def _losses() -> None:
    x, y, far = normal(3, 4), normal(3, 4, seed=1), normal(3, 4) * 3
    p, q = between(0.1, 0.9, 3, 4), between(0.1, 0.9, 3, 4, seed=1)
    logits, classes = normal(5, 4), np.array([0, 3, 1, 2, 3])
    some, signs = np.array([0, -100, 1, 2, -100]), np.array([[1, -1, 1, -1]] * 3)
    pixels, targets = normal(2, 4, 3, 2), ints(0, 4, 2, 3, 2)
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
        T.row(name, (x, y), call(far, y, reduction="sum"), call(x, y, reduction="none"))
    T.row("bernoulli_cross_entropy", (p, q))
    T.row("binary_cross_entropy", (p, q), call(p, q, reduction="sum"))
    T.row("binary_cross_entropy_with_logits", (x, q), call(x * 30, q, reduction="none"), loose=3)
    T.row("kl_div", (x, q), call(x, y, log_target=True))
    T.row("hinge_embedding_loss", (x, signs))
    T.row("cosine_embedding_loss", (x, y, signs[0, :3]))
    T.row("nll_loss", (logits, classes), (logits, some), (pixels, targets))
    T.row("cross_entropy", (logits, classes), call(logits, some, reduction="none"))
    T.row("cross_entropy", (pixels, targets), call(logits, classes, label_smoothing=0.2))
    T.row("row_log_sum_exp", (x,), (x * 100,), grad=False)
    T.row(
        "row_cross_entropy",
        *((logits, classes, r, 3) for r in ("mean", "sum", "none")),
        fn=lambda a, t, r, i: a.row_cross_entropy(t, a.row_log_sum_exp(), r, i),
    )


def _steps_and_chance() -> None:
    def follow(on: Any, p: Any, g: Any, c: Any, s: Any) -> Any:
        s.mean = s.mean * c.keep + g
        return p - s.mean / ((g * g) ** 0.5 + c.eps) * c.lr

    def stepped(p: Any, g: Any, mean: Any) -> Any:
        p, mean = p._copied(), mean._copied()
        update = Update(follow, frozenset(), ("mean",), {"lr": 0.5, "keep": 0.9, "eps": 0.1})
        return p.apply_update_(update, g, (mean,)), mean

    def fresh(method: str) -> Any:
        return lambda t, *args: getattr(t.detach().clone(), method)(*args)

    def dropped(t: Any, p: float) -> Any:
        """Where it keeps a value it scales it, and the same seed keeps the same ones."""
        once, again = (t.dropout(p, generator=Generator(3)).detach() for _ in range(2))
        ratio = once / t.detach()
        return once.equal(again), ratio * (ratio - 1 / (1 - p))

    T.row(
        "apply_update_",
        (normal(3, 4), normal(3, 4, seed=1), normal(3, 4, seed=2)),
        fn=stepped,
        grad=False,
    )
    T.row("dropout", (between(1, 2, 4, 5), 0.5), fn=dropped, grad=False)
    T.row("dropout", (normal(4, 5), 0.0, True), (normal(4, 5), 0.7, False))
    T.row("bernoulli", (bools(4, 5).astype(float),), grad=False)
    T.row("uniform_", (normal(2, 3), 4.0, 4.0), fn=fresh("uniform_"), grad=False)
    T.row("normal_", (normal(2, 3), 4.0, 0.0), fn=fresh("normal_"), grad=False)
    T.row("bernoulli_", (normal(2, 3), 1), fn=fresh("bernoulli_"), grad=False)
    T.row("random_", (normal(2, 3), 4, 5), fn=fresh("random_"), grad=False)


_products()
_convolutions()
_norms()
_recurrence()
_losses()
_steps_and_chance()
