"""Prints a digest of results for each number of threads; run by `test_threads.py`.

The sizes are those at which OpenBLAS, or the pool, begins to share work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

import lightgrad as light
from lightgrad import nn
from lightgrad.nn import functional as F

RNG = np.random.default_rng(0)


def tensor(*shape: int, dtype: str = "float32") -> Any:
    return light.from_numpy(RNG.standard_normal(shape).astype(dtype)).requires_grad_()


def gradients(function: Callable[..., Any], *inputs: Any) -> list[Any]:
    """The result and the gradients of its squares."""
    y = function(*inputs)
    (y * y).sum().backward()
    return [y.detach(), *(x.grad for x in inputs)]


def trained(optimizer: str) -> list[Any]:
    """The parameters after five steps."""
    light.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8 * 13 * 13, 128),
        nn.LayerNorm(128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    steps = getattr(light.optim, optimizer)(model.parameters(), lr=1e-2)
    x, y = tensor(64, 1, 28, 28).detach(), light.from_numpy(np.arange(64) % 10)
    for _ in range(5):
        steps.zero_grad()
        F.cross_entropy(model(x), y).backward()
        steps.step()
    return [p.detach() for p in model.parameters()]


def recurrent(kind: str) -> list[Any]:
    light.manual_seed(0)
    layer = getattr(nn, kind)(100, 128)
    y, _ = layer(tensor(4, 32, 100).detach())
    (y * y).sum().backward()
    return [y.detach(), *(p.grad for p in layer.parameters())]


def product(a: Any, b: Any) -> Any:
    return a @ b


def convolution(stride: int, groups: int, batch: int, dtype: str) -> list[Any]:
    w, b = tensor(16, 8 // groups, 3, 3, dtype=dtype), tensor(16, dtype=dtype)
    x = tensor(batch, 8, 33, 33, dtype=dtype)
    return gradients(lambda *t: F.conv2d(*t, stride=stride, padding=1, groups=groups), x, w, b)


def results() -> dict[str, list[Any]]:
    found = {}
    for dtype in ("float32", "float64"):
        for m, k, n in (
            (100, 300, 77),  # by one thread
            (64, 784, 128),  # in parts that BLAS shares
            (130, 300, 333),  # no equal parts
            (700, 301, 200),  # in pieces for the pool
            (1, 784, 200),  # by a vector
            (1, 50000, 1),
            (200, 2, 200),
        ):
            pair = tensor(m, k, dtype=dtype), tensor(k, n, dtype=dtype)
            found[f"{m, k, n} {dtype}"] = gradients(product, *pair)
        found[f"stacks {dtype}"] = gradients(
            product, tensor(3, 4, 101, 300, dtype=dtype), tensor(4, 300, 77, dtype=dtype)
        )
        square = tensor(300, 50, dtype=dtype)
        found[f"square {dtype}"] = gradients(lambda a: a @ a.T, square)
        for stride, groups, batch in ((2, 1, 40), (1, 1, 3), (1, 2, 40), (2, 8, 3)):
            name = f"convolution {stride, groups, batch} {dtype}"
            found[name] = convolution(stride, groups, batch, dtype)
        long = tensor(9, 30000, dtype=dtype)
        found[f"softmax {dtype}"] = gradients(lambda a: a.softmax(-1), long)
        found[f"sums {dtype}"] = [
            long.sum().detach(),
            long.sum(0).detach(),
            long.T.mean(0).detach(),
        ]
        images = tensor(4, 6, 120, 120, dtype=dtype)
        found[f"group norm {dtype}"] = gradients(lambda a: F.group_norm(a, 2), images)
        rows = tensor(300, 100, dtype=dtype)
        found[f"layer norm {dtype}"] = gradients(
            lambda a, w, b: F.layer_norm(a, (100,), w, b),
            *(rows, tensor(100, dtype=dtype), tensor(100, dtype=dtype)),
        )
        heads = [tensor(2, 8, 100, 32, dtype=dtype) for _ in "qkv"]
        found[f"attention {dtype}"] = gradients(F.scaled_dot_product_attention, *heads)
    found |= {kind: recurrent(kind) for kind in ("LSTM", "GRU", "RNN")}
    found |= {name: trained(name) for name in ("SGD", "Adam")}
    return found


def main(*numbers: int) -> None:
    """With as many threads as the environment says, then with each of these numbers."""
    first: dict[str, str] = {}
    for n in (light.get_num_threads(), *numbers):
        light.set_num_threads(n)
        RNG.bit_generator.state = np.random.default_rng(0).bit_generator.state
        for name, arrays in results().items():
            data = b"".join(np.ascontiguousarray(a.numpy()).tobytes() for a in arrays)
            digest = hashlib.sha1(data).hexdigest()
            if first.setdefault(name, digest) != digest:
                print(f"{name}: other bits with {n} threads")
    print(hashlib.sha1(repr(first).encode()).hexdigest())
