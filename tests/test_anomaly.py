"""The first NaN or infinite value is found where it is made."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.errors import AnomalyError
from tests.backends import NAMES, backend


def here() -> int:
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


@pytest.mark.parametrize("device", ["cpu", "opencl"])
def test_forward(device: str) -> None:
    x = backend(device).from_numpy(light.tensor([1.0, 0.0]).numpy(), requires_grad=True)
    with light.detect_anomaly(), pytest.raises(AnomalyError) as caught:
        y = x * 2
        line = here() + 1
        (y.log() + 1).exp()
    text = str(caught.value)
    for part in ("-inf", "in log,", f"test_anomaly.py:{line}", "(2,)", "float32", device, "(1,)"):
        assert part in text
    assert device in NAMES


def test_backward_names_the_forward_line() -> None:
    x = light.tensor([4.0, 0.0])
    with light.detect_anomaly(), pytest.raises(AnomalyError) as caught:
        line = here() + 1
        y = x.sqrt()
        y.sum().backward()
    assert "backward of sqrt" in str(caught.value)
    assert f"test_anomaly.py:{line} " in str(caught.value)


def test_what_was_not_finite_before_was_not_made_there() -> None:
    x = light.tensor([1.0, math.inf])
    with light.detect_anomaly():
        y = (x * 2).exp() - x
        assert math.isnan(y.tolist()[1])
        light.ones(2).masked_fill(light.tensor([True, False]), -math.inf).softmax(0)


def test_infinite_steps_of_a_finite_result_are_fine() -> None:
    x = light.tensor([-200.0, 200.0])
    with light.detect_anomaly():
        x.sigmoid().sum().backward()
        light.tensor([[1e4, -1e4]]).softmax(1).sum().backward()
    assert x.grad.tolist() == [0, 0]


@pytest.mark.parametrize("name", NAMES)
def test_changes_in_place_and_updates(name: str) -> None:
    place = backend(name).from_numpy
    x = place(np.array([1, 0], np.float32), requires_grad=False)
    with light.detect_anomaly(), pytest.raises(AnomalyError, match="in log_,"):
        x.log_()
    w = place(np.array([1, 2], np.float32))
    optimizer = light.optim.SGD([w], lr=1e38)
    (w * 1e30).sum().backward()
    with light.detect_anomaly(), pytest.raises(AnomalyError, match="apply_updates.*optimizer"):
        optimizer.step()


def test_finite_training_is_left_alone() -> None:
    model = light.nn.MLP(2, 8, 1)
    optimizer = light.optim.Adam(model.parameters(), lr=0.01)
    x = light.rand(16, 2, requires_grad=False)

    def losses() -> Any:
        for _ in range(5):
            optimizer.zero_grad()
            loss = (model(x) ** 2).mean()
            loss.backward()
            optimizer.step()
            yield loss.item()

    with light.detect_anomaly():
        found = list(losses())
    assert found[-1] < found[0]
