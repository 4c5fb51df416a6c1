"""torch.optim.swa_utils: averaged weights are PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as real

import lightgrad.torch as ours


def trained(torch: Any, **options: Any) -> Any:
    """Averages over a few steps of a small net with batch normalization."""
    swa = torch.optim.swa_utils
    if "fn" in options:
        name, *args = options.pop("fn")
        kind = "multi_avg_fn" if "multi" in name else "avg_fn"
        options[kind] = getattr(swa, name)(*args)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    averaged = swa.AveragedModel(model, **options)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = swa.SWALR(optimizer, 0.05, 3)
    data = [torch.randn(6, 2) for _ in range(5)]
    for x in data:
        optimizer.zero_grad()
        ((model(x) - x.sum(1, keepdim=True)) ** 2).mean().backward()
        optimizer.step()
        schedule.step()
        averaged.update_parameters(model)
    before = {k: v.clone() for k, v in averaged.state_dict().items()}
    swa.update_bn([(x, 0) for x in data], averaged)
    return [before, averaged.state_dict(), averaged(data[0])]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"use_buffers": True},
        {"fn": ("get_ema_multi_avg_fn", 0.9)},
        {"fn": ("get_ema_multi_avg_fn", 0.9), "use_buffers": True},
        {"fn": ("get_ema_avg_fn", 0.5)},
        {"fn": ("get_swa_avg_fn",)},
        {"fn": ("get_swa_multi_avg_fn",)},
    ],
    ids=str,
)
def test_means_are_torchs(options: Any) -> None:
    mine, theirs = trained(ours, **dict(options)), trained(real, **dict(options))
    for a, b in zip(mine[:2], theirs[:2], strict=True):
        assert list(a) == list(b)
        for key, value in b.items():
            np.testing.assert_allclose(a[key].numpy(), value.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        mine[2].detach().numpy(), theirs[2].detach().numpy(), rtol=1e-4, atol=1e-5
    )


def test_a_decay_is_from_0_to_1() -> None:
    for name in ("get_ema_avg_fn", "get_ema_multi_avg_fn"):
        with pytest.raises(ValueError, match="Invalid decay value 2"):
            getattr(ours.optim.swa_utils, name)(2)


def test_names_of_older_programs() -> None:
    from_module = ours.optim.optimizer
    assert from_module.Optimizer is ours.optim.Optimizer and from_module.required is not None
    assert ours.optim.lr_scheduler._LRScheduler is ours.optim.lr_scheduler.LRScheduler
    handle = from_module.register_optimizer_step_post_hook(lambda *_: None)
    handle.remove()
