"""What is written through ``data``, and the order of draws over results of convolutions."""

from __future__ import annotations

import numpy as np
import torch as real

import lightgrad.torch as ours
from lightgrad.torch import nn


def test_backward_goes_on_after_a_write_through_data() -> None:
    grads = []
    for torch in (real, ours):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        buffer = torch.zeros(2)
        buffer.data[0] = 3.0
        y = x * buffer
        buffer.data[1] = 5.0
        y.sum().backward()
        grads.append(x.grad.tolist())
    assert grads[0] == grads[1] == [3.0, 5.0]


def test_data_shares_memory_both_ways() -> None:
    x = ours.zeros(2)
    seen = x.data
    x.add_(1)
    seen.mul_(3)
    assert x.tolist() == seen.tolist() == [3.0, 3.0]


def test_dropout_after_a_convolution_draws_in_the_order_of_its_axes() -> None:
    kept = []
    for torch in (real, ours):
        torch.manual_seed(0)
        layer = torch.nn.Conv2d(2, 3, 3)
        x = layer(torch.ones(4, 2, 6, 6))
        kept.append(torch.nn.functional.dropout(x, 0.5).detach().numpy() != 0)
    np.testing.assert_array_equal(kept[0], kept[1])
    assert not nn.Conv2d(2, 3, 3)(ours.ones(4, 2, 6, 6)).is_contiguous()  # which is why
