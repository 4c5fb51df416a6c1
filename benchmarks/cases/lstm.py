"""One training step of a recurrent network over 64 steps of time."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Step
from benchmarks.cases.training import lightgrad_step, torch_step

SUMMARY = "LSTM over 64 steps (batch 32, 64 inputs, 128 hidden), a linear head: Adam step"
STEPS, BATCH, INPUTS, HIDDEN, CLASSES = 64, 32, 64, 128, 10
#: the layer that each library has, and the same written out step by step in its operations
VARIANTS = {"layer": {"written_out": False}, "written out": {"written_out": True}}
LR = 1e-3


def state() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    shapes = {
        "rnn.weight_ih_l0": (4 * HIDDEN, INPUTS),
        "rnn.weight_hh_l0": (4 * HIDDEN, HIDDEN),
        "rnn.bias_ih_l0": (4 * HIDDEN,),
        "rnn.bias_hh_l0": (4 * HIDDEN,),
        "head.weight": (CLASSES, HIDDEN),
        "head.bias": (CLASSES,),
    }
    bound = HIDDEN**-0.5
    return {n: rng.uniform(-bound, bound, s).astype(np.float32) for n, s in shapes.items()}


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (STEPS, BATCH, INPUTS)).astype(np.float32)
    return x, rng.integers(0, CLASSES, BATCH)


def model(nn: Any, functional: Any, library: Any, written_out: bool) -> Any:
    """The same script for lightgrad and torch."""

    class WrittenOut(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            shapes = {n: a.shape for n, a in state().items() if n.startswith("rnn.")}
            for name, shape in shapes.items():
                setattr(self, name.removeprefix("rnn."), nn.Parameter(library.zeros(*shape)))

        def forward(self, x: Any) -> Any:
            h = c = library.zeros(x.shape[1], HIDDEN)
            for x_t in x.unbind(0):
                gates = functional.linear(x_t, self.weight_ih_l0, self.bias_ih_l0)
                gates = gates + functional.linear(h, self.weight_hh_l0, self.bias_hh_l0)
                i, f, g, o = gates.chunk(4, 1)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
            return h

    class Model(nn.Module):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.rnn = WrittenOut() if written_out else nn.LSTM(INPUTS, HIDDEN)
            self.head = nn.Linear(HIDDEN, CLASSES)

        def forward(self, x: Any) -> Any:
            return self.head(self.rnn(x) if written_out else self.rnn(x)[0][-1])

    return Model()


def lightgrad(written_out: bool) -> Step:
    import lightgrad as light
    from lightgrad import nn

    with light.no_grad():
        found = model(nn, nn.functional, light, written_out)
    return lightgrad_step(found, "Adam", LR, state(), data())


def torch(written_out: bool) -> Step:
    import torch as library
    from torch import nn

    found = model(nn, nn.functional, library, written_out)
    return torch_step(found, "Adam", LR, state(), data())


PEERS = {"lightgrad": lightgrad, "torch": torch}
