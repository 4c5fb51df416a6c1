"""One training step of a small language model of characters."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Step
from benchmarks.cases.training import jax_step, lightgrad_step, tinygrad_step, torch_step

DEVICES = ("cpu", "opencl")
SUMMARY = "character transformer (4 layers, 4 heads, width 128, context 64, batch 12): AdamW step"
LAYERS, HEADS, WIDTH, CONTEXT, BATCH, VOCABULARY = 4, 4, 128, 64, 12, 65
LR = 1e-3


def state() -> dict[str, Any]:
    """Weights of every peer: small random matrices, zero biases, unit scales."""
    rng = np.random.default_rng(2)
    found: dict[str, Any] = {}

    def matrix(name: str, *shape: int) -> None:
        found[f"{name}.weight"] = rng.normal(0, 0.02, shape).astype(np.float32)

    def linear(name: str, outputs: int, inputs: int) -> None:
        matrix(name, outputs, inputs)
        found[f"{name}.bias"] = np.zeros(outputs, np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = np.ones(WIDTH, np.float32)
        found[f"{name}.bias"] = np.zeros(WIDTH, np.float32)

    matrix("tokens", VOCABULARY, WIDTH)
    matrix("places", CONTEXT, WIDTH)
    for k in range(LAYERS):
        norm(f"blocks.{k}.norm1")
        linear(f"blocks.{k}.qkv", 3 * WIDTH, WIDTH)
        linear(f"blocks.{k}.project", WIDTH, WIDTH)
        norm(f"blocks.{k}.norm2")
        linear(f"blocks.{k}.up", 4 * WIDTH, WIDTH)
        linear(f"blocks.{k}.down", WIDTH, 4 * WIDTH)
    norm("norm")
    matrix("head", VOCABULARY, WIDTH)
    return found


def data() -> tuple[Any, Any]:
    """Characters, and the character after each, in one row."""
    text = np.random.default_rng(1).integers(0, VOCABULARY, (BATCH, CONTEXT + 1))
    return text[:, :-1].copy(), text[:, 1:].reshape(-1)


def model(nn: Any, functional: Any) -> Any:
    """The same script for lightgrad and torch."""

    class Block(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.norm1 = nn.LayerNorm(WIDTH)
            self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
            self.project = nn.Linear(WIDTH, WIDTH)
            self.norm2 = nn.LayerNorm(WIDTH)
            self.up = nn.Linear(WIDTH, 4 * WIDTH)
            self.down = nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x: Any) -> Any:
            batch, length, width = x.shape
            split = self.qkv(self.norm1(x)).reshape(batch, length, 3, HEADS, width // HEADS)
            q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.project(y.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class Model(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.tokens = nn.Embedding(VOCABULARY, WIDTH)
            self.places = nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
            self.norm = nn.LayerNorm(WIDTH)
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

        def forward(self, x: Any) -> Any:
            y = self.tokens(x) + self.places.weight
            for block in self.blocks:
                y = block(y)
            return self.head(self.norm(y)).reshape(-1, VOCABULARY)

    return Model()


def forward(p: Any, x: Any, f: Any) -> Any:
    """The same as functions of the weights; ``f`` has what libraries name differently."""

    def linear(x: Any, name: str) -> Any:
        return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]

    def norm(x: Any, name: str) -> Any:
        centred = x - f.mean(x)
        unit = centred / f.sqrt(f.mean(centred * centred) + 1e-5)
        return unit * p[f"{name}.weight"] + p[f"{name}.bias"]

    y = f.rows(p["tokens.weight"], x) + p["places.weight"]
    for k in range(LAYERS):
        name = f"blocks.{k}"
        split = linear(norm(y, f"{name}.norm1"), f"{name}.qkv")
        split = split.reshape(BATCH, CONTEXT, 3, HEADS, WIDTH // HEADS)
        q, k_, v = (split[:, :, i] for i in range(3))  # batch, place, head, width
        attended = f.attention(q, k_, v).reshape(BATCH, CONTEXT, WIDTH)
        y = y + linear(attended, f"{name}.project")
        y = y + linear(f.gelu(linear(norm(y, f"{name}.norm2"), f"{name}.up")), f"{name}.down")
    return (norm(y, "norm") @ p["head.weight"].T).reshape(-1, VOCABULARY)


def lightgrad(device: str = "cpu") -> Step:
    from lightgrad import nn

    return lightgrad_step(model(nn, nn.functional), "AdamW", LR, state(), data(), device)


def torch(device: str = "cpu") -> Step:
    from torch import nn

    return torch_step(model(nn, nn.functional), "AdamW", LR, state(), data(), device)


def jax(device: str = "cpu") -> Step:
    import jax as library
    import jax.numpy as jnp

    class functions:
        sqrt, gelu = jnp.sqrt, library.nn.gelu  # gelu is the tanh form there

        @staticmethod
        def mean(x: Any) -> Any:
            return x.mean(-1, keepdims=True)

        @staticmethod
        def rows(weight: Any, x: Any) -> Any:
            return weight[x]

        @staticmethod
        def attention(q: Any, k: Any, v: Any) -> Any:
            return library.nn.dot_product_attention(q, k, v, is_causal=True)

    return jax_step(lambda p, x: forward(p, x, functions), "AdamW", LR, state(), data())


def tinygrad(device: str = "cpu") -> Step:
    from tinygrad import Tensor

    class functions:
        sqrt, gelu = Tensor.sqrt, Tensor.gelu  # gelu is the tanh form there

        @staticmethod
        def mean(x: Any) -> Any:
            return x.mean(-1, keepdim=True)

        @staticmethod
        def rows(weight: Any, x: Any) -> Any:
            return weight[x]

        @staticmethod
        def attention(q: Any, k: Any, v: Any) -> Any:
            q, k, v = (t.transpose(1, 2) for t in (q, k, v))
            return q.scaled_dot_product_attention(k, v, is_causal=True).transpose(1, 2)

    return tinygrad_step(lambda p, x: forward(p, x, functions), "AdamW", LR, state(), data())


PEERS = {"lightgrad": lightgrad, "torch": torch, "jax": jax, "tinygrad": tinygrad}
