"""What the training cases share: data from one seed, and one step of either library."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Step

BATCH = 64


def batch(*shape: int) -> tuple[Any, Any]:
    """Images and labels."""
    rng = np.random.default_rng(1)
    images = rng.random((BATCH, *shape), np.float32)
    return images, rng.integers(0, 10, BATCH)


def weights(**shapes: tuple[int, ...]) -> dict[str, Any]:
    """Uniform weights, small as usual for so many inputs; ``l1_weight`` is ``l1.weight``."""
    rng = np.random.default_rng(2)
    found = {}
    for name, shape in shapes.items():
        bound = np.prod(shape[1:] or shape) ** -0.5
        found[name.replace("_", ".")] = rng.uniform(-bound, bound, shape).astype(np.float32)
    return found


def lightgrad_step(
    model: Any, optimizer: str, lr: float, state: Any, data: Any, device: str = "cpu"
) -> Step:
    import lightgrad as light

    model.load_state_dict({k: light.from_numpy(v, requires_grad=False) for k, v in state.items()})
    model.to(device)
    optim = getattr(light.optim, optimizer)(model.parameters(), lr=lr)
    x, y = (light.from_numpy(a, requires_grad=False).to(device) for a in data)
    return _step(model, optim, light.nn.functional.cross_entropy, x, y, device)


def torch_step(
    model: Any, optimizer: str, lr: float, state: Any, data: Any, device: str = "cpu"
) -> Step:
    import torch

    model.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    model.to(device)
    optim = getattr(torch.optim, optimizer)(model.parameters(), lr=lr)
    x, y = (torch.from_numpy(a).to(device) for a in data)
    return _step(model, optim, torch.nn.functional.cross_entropy, x, y, device)


def _step(model: Any, optim: Any, cross_entropy: Any, x: Any, y: Any, device: str) -> Step:
    losses = []
    waits = device != "cpu"

    def run() -> None:
        optim.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        optim.step()
        losses[:] = [loss]
        if waits:
            next(iter(model.parameters())).detach().cpu()  # the last thing a step computes

    def results() -> dict[str, Any]:
        found = {f"gradient of {n}": p.grad.cpu().numpy() for n, p in model.named_parameters()}
        return {"loss": np.float32(losses[0].item()), **found}

    return Step(run, results)
