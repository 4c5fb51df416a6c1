"""What the training cases share: data from one seed, and one step of each library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.cases import Step

#: what torch takes without being asked
ADAM = {"betas": (0.9, 0.999), "eps": 1e-8}
WEIGHT_DECAY = {"SGD": 0.0, "Adam": 0.0, "AdamW": 0.01}


def batch(*shape: int) -> tuple[Any, Any]:
    """Images and labels; the first number is that of the images."""
    rng = np.random.default_rng(1)
    images = rng.random(shape, np.float32)
    return images, rng.integers(0, 10, shape[0])


def weights(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Uniform weights by name, small as usual for so many inputs."""
    rng = np.random.default_rng(2)
    found = {}
    for name, shape in shapes.items():
        bound = np.prod(shape[1:] or shape) ** -0.5
        found[name] = rng.uniform(-bound, bound, shape).astype(np.float32)
    return found


def lightgrad_step(
    model: Any, optimizer: str, lr: float, state: Any, data: Any, device: str = "cpu"
) -> Step:
    import lightgrad as light

    model.load_state_dict({k: light.from_numpy(v, requires_grad=False) for k, v in state.items()})
    model.to(device)
    optim = getattr(light.optim, optimizer)(model.parameters(), lr=lr)
    x, y = (light.from_numpy(a, requires_grad=False).to(device) for a in data)
    return _eager_step(model, optim, light.nn.functional.cross_entropy, x, y, device)


def torch_step(
    model: Any, optimizer: str, lr: float, state: Any, data: Any, device: str = "cpu"
) -> Step:
    import torch

    device = "cuda" if device == "opencl" else device  # its way to the same card
    model.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    model.to(device)
    optim = getattr(torch.optim, optimizer)(model.parameters(), lr=lr)
    x, y = (torch.from_numpy(a).to(device) for a in data)
    return _eager_step(model, optim, torch.nn.functional.cross_entropy, x, y, device)


def _eager_step(model: Any, optim: Any, cross_entropy: Any, x: Any, y: Any, device: str) -> Step:
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


def tinygrad_step(
    forward: Callable[[Any, Any], Any], optimizer: str, lr: float, state: Any, data: Any
) -> Step:
    """``forward(weights by name, x)`` gives the logits; the step is recorded by its TinyJit."""
    from tinygrad import Tensor, TinyJit, nn

    p = {k: Tensor(v) for k, v in state.items()}
    for t in p.values():
        t.requires_grad = True
    optim = getattr(nn.optim, optimizer)(list(p.values()), lr=lr)
    x, y = (Tensor(a.astype(np.int32) if a.dtype.kind == "i" else a).realize() for a in data)

    def loss_of() -> Any:
        loss = forward(p, x).sparse_categorical_crossentropy(y)
        loss.backward()
        return loss

    loss = loss_of().numpy()
    found = {f"gradient of {n}": t.grad.numpy() for n, t in p.items()}

    @TinyJit
    def step() -> Any:
        optim.zero_grad()
        return loss_of().realize(*optim.schedule_step())

    return Step(lambda: step().numpy(), lambda: {"loss": loss, **found})


def jax_step(
    forward: Callable[[Any, Any], Any], optimizer: str, lr: float, state: Any, data: Any
) -> Step:
    """``forward(weights by name, x)`` gives the logits; the whole step is one ``jax.jit``."""
    import jax
    import jax.numpy as jnp

    p = {k: jnp.asarray(v) for k, v in state.items()}
    x, y = (jnp.asarray(a) for a in data)

    def loss_of(p: Any) -> Any:
        rows = jax.nn.log_softmax(forward(p, x))
        return -jnp.take_along_axis(rows, y[:, None], 1).mean()

    def step(p: Any, moments: Any, count: Any) -> Any:
        loss, grads = jax.value_and_grad(loss_of)(p)
        if optimizer == "SGD":
            return jax.tree.map(lambda w, g: w - lr * g, p, grads), moments, count, loss
        (b1, b2), eps = ADAM["betas"], ADAM["eps"]
        count = count + 1
        m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, moments[0], grads)
        v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], grads)

        def update(w: Any, m: Any, v: Any) -> Any:
            root = jnp.sqrt(v / (1 - b2**count)) + eps
            return w * (1 - lr * WEIGHT_DECAY[optimizer]) - lr / (1 - b1**count) * m / root

        return jax.tree.map(update, p, m, v), (m, v), count, loss

    loss, grads = jax.jit(jax.value_and_grad(loss_of))(p)
    found = {f"gradient of {n}": np.asarray(g) for n, g in grads.items()}
    first = {"loss": np.asarray(loss), **found}
    jitted = jax.jit(step, donate_argnums=(0, 1))
    zeros = jax.tree.map(jnp.zeros_like, p)
    held = [p, (zeros, jax.tree.map(jnp.zeros_like, p)), jnp.float32(0)]

    def run() -> None:
        *held[:], loss = jitted(*held)
        jax.block_until_ready((held, loss))

    return Step(run, lambda: first)
