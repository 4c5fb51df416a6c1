"""GradScaler beside PyTorch's: scales, skipped steps, states and mistakes."""

from __future__ import annotations

from typing import Any

import pytest
import torch as real

import lightgrad.torch as ours
from lightgrad.errors import OptimizerError


def history(t: Any) -> list[Any]:
    """Twelve steps, two of which overflow, with a state that is loaded in between."""
    w = t.tensor([1.0, -2.0], requires_grad=True)
    optimizer = t.optim.SGD([w], lr=0.1, momentum=0.9)
    scaler = t.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=3)
    found: list[Any] = [scaler.get_scale(), scaler.is_enabled()]
    for step in range(12):
        optimizer.zero_grad()
        loss = (w * w).sum() * (float("inf") if step in (4, 9) else 1.0)
        scaler.scale(loss).backward()
        if step % 2:
            scaler.unscale_(optimizer)
            t.nn.utils.clip_grad_norm_([w], 1.0)
        scaler.step(optimizer)
        scaler.update()
        found += [scaler.get_scale(), w.tolist()]
        if step == 6:
            state = scaler.state_dict()
            found.append(state)
            scaler = t.amp.GradScaler("cpu")
            scaler.load_state_dict(state)
    one, two = scaler.scale([w.sum(), w.sum()])
    return [*found, one.item(), two.item()]


def test_scales_and_skips_as_torch_does() -> None:
    for a, b in zip(history(ours), history(real), strict=True):
        assert a == (b if isinstance(b, dict) else pytest.approx(b, rel=1e-5))


@pytest.mark.parametrize(
    ("calls", "text"),
    [
        (("unscale_", "unscale_"), "has already been called on this optimizer since"),
        (("step", "unscale_"), "is being called after step"),
        (("step", "step"), "step\\(\\) has already been called since the last update"),
    ],
)
def test_calls_out_of_order(calls: tuple[str, ...], text: str) -> None:
    for t, error in ((ours, OptimizerError), (real, RuntimeError)):
        w = t.ones(2, requires_grad=True)  # type: ignore[attr-defined]
        optimizer, scaler = t.optim.SGD([w], lr=0.1), t.amp.GradScaler("cpu")  # type: ignore[attr-defined]
        scaler.scale(w.sum()).backward()
        with pytest.raises(error, match=text):
            for name in calls:
                getattr(scaler, name)(optimizer)
    with pytest.raises(AssertionError, match="No inf checks"):
        ours.amp.GradScaler("cpu").update()


def test_without_its_device_it_does_nothing() -> None:
    with pytest.warns(UserWarning, match="CUDA is not available.  Disabling"):
        scaler = ours.cuda.amp.GradScaler()
    x = ours.ones(1)
    assert scaler.scale(x) is x and scaler.get_scale() == 1.0
    assert scaler.state_dict() == {} and not scaler.is_enabled()
