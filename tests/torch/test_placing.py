"""Borders that cut off too, values joined where they are placed, and bytes seen otherwise."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch as real

import lightgrad.torch as ours

MODES = ("reflect", "replicate", "circular")
F = {ours: ours.nn.functional, real: real.nn.functional}


_CUT = [(-1, 2), (-3, -1), (-2, 0)]


@pytest.mark.parametrize(
    ("mode", "widths"),
    [(m, w) for m in MODES for w in ([] if m == "circular" else [(3, -5), (3, -4)]) + _CUT],
)
def test_borders_that_cut_off(mode: str, widths: tuple[int, int]) -> None:
    results = []
    for torch in (ours, real):
        x = torch.arange(10.0).reshape(1, 2, 5).requires_grad_()
        y = F[torch].pad(x, widths, mode=mode)
        (grad,) = torch.autograd.grad((y * y).sum(), x)
        results.append([y.detach().numpy(), grad.numpy()])
    for mine, expected in zip(*results, strict=True):
        np.testing.assert_array_equal(mine, expected)


@pytest.mark.filterwarnings("ignore:The reduce argument")
@pytest.mark.parametrize("reduce", ["add", "multiply"])
def test_scatter_joins(reduce: str) -> None:
    def made(torch: Any) -> Any:
        x, index = torch.arange(12.0).reshape(3, 4), torch.tensor([[0, 1, 2, 0], [0, 1, 1, 2]])
        values = torch.full((2, 4), 3.0)
        return [
            x.scatter(0, index, values, reduce=reduce).tolist(),
            torch.scatter(x, 0, index, 2.0, reduce=reduce).tolist(),
            x.clone().scatter_(0, index, value=2, reduce=reduce).tolist(),
        ]

    assert made(ours) == made(real)


@pytest.mark.parametrize("torch", [ours, real])
def test_scatter_refuses(torch: Any) -> None:
    x, index, values = torch.zeros(3), torch.tensor([0]), torch.ones(1)
    with pytest.raises(RuntimeError, match="reduce"):
        x.scatter(0, index, values, reduce="sum")
    for call in (x.half().scatter, x.half().scatter_add):
        with pytest.raises(RuntimeError, match="dtype"):
            call(0, index, values)
    with pytest.raises(RuntimeError, match="dtype"):
        x.half().scatter_reduce(0, index, values, "sum")


def test_bytes_as_integers_have_no_graph() -> None:
    for torch in (ours, real):
        y = torch.ones(2, requires_grad=True).view(torch.int32)
        assert y.tolist() == [0x3F800000] * 2 and not y.requires_grad


def test_spectral_norm_says_its_version() -> None:
    layers = [t.nn.utils.spectral_norm(t.nn.Linear(2, 3)) for t in (ours, real)]
    states = [layer.state_dict() for layer in layers]
    assert states[0]._metadata == states[1]._metadata
    file = io.BytesIO()
    ours.save(states[0], file)
    file.seek(0)
    layers[1].load_state_dict(real.load(file))
    x = np.ones((1, 2), np.float32)
    mine, theirs = (m.eval()(t.from_numpy(x)) for m, t in zip(layers, (ours, real), strict=True))
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-5)
