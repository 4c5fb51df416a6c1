"""Strict mode: every copy between devices is asked for, or an error that names it."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.devices.environment import switch
from lightgrad.autograd.devices.strict import is_strict
from lightgrad.autograd.opencl.device import Device
from lightgrad.errors import ArgumentError, StrictError
from tests.backends import backend
from tests.new_accelerator import NewTensor

ARRAY = np.ones((2, 3), np.float32)


@pytest.fixture(autouse=True)
def off() -> Iterator[None]:
    with light.strict(False):
        yield


def test_host_fallback_is_refused_by_name() -> None:
    x = NewTensor.ones((2, 3))
    with light.strict(), pytest.raises(StrictError) as caught:
        x.exp()
    text = str(caught.value)
    for part in ("exp:", "(2, 3)", "float32", "NewTensor", "test_strict.py:", "register_op"):
        assert part in text


def test_so_is_a_fallback_in_the_backward_pass() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", light.errors.HostFallbackWarning)
        y = NewTensor.ones((2, 3)).sum()
    with light.strict(), pytest.raises(StrictError):
        y.backward()


IMPLICIT: list[Callable[[Any], Any]] = [
    lambda t: t + ARRAY,
    lambda t: ARRAY + t,
    lambda t: ARRAY - t,
    lambda t: light.add(ARRAY, t),
    lambda t: t.eq(ARRAY),
    lambda t: t[np.array([0, 1])],
    lambda t: t[[0, 1]],
    lambda t: t.__setitem__(0, ARRAY[0]),
    lambda t: t.index_select(0, np.array([0])),
    lambda t: t.masked_fill(ARRAY > 0, 1.0),
    lambda t: t.copy_(ARRAY),
    lambda t: np.asarray(t),
    lambda t: np.sum(t.__array__()),
]
EXPLICIT: list[Callable[[Any], Any]] = [
    lambda t: t + 1,
    lambda t: 2 - t,
    lambda t: t + np.float32(1),
    lambda t: t.cpu().to(t.device),
    lambda t: t.numpy(),
    lambda t: t.tolist(),
    lambda t: t.sum().item(),
    lambda t: float(t.sum()),
    lambda t: light.tensor(ARRAY, device=t.device),
    lambda t: t[0, 1:],
    lambda t: t.mul_(2),
    lambda t: t.dropout(0.5),
    lambda t: repr(t),
]


@pytest.mark.parametrize("number", range(len(IMPLICIT)))
def test_implicit_copies_are_refused(number: int) -> None:
    t = backend("opencl").from_numpy(ARRAY, requires_grad=False)
    with light.strict(), pytest.raises(StrictError, match=r"test_strict\.py:\d+"):
        IMPLICIT[number](t)
    IMPLICIT[number](t)


@pytest.mark.parametrize("number", range(len(EXPLICIT)))
def test_explicit_copies_are_not(number: int) -> None:
    t = backend("opencl").from_numpy(ARRAY, requires_grad=False)
    with light.strict():
        EXPLICIT[number](t)


def test_arrays_on_the_cpu_are_no_copies_between_devices() -> None:
    t = light.ones(2, 3, requires_grad=False)
    with light.strict():
        for call in [*IMPLICIT, *EXPLICIT]:
            call(t)


def test_it_is_a_function_and_nests() -> None:
    assert not is_strict()
    light.strict(True)
    assert is_strict()
    with light.strict(False):
        assert not is_strict()
        with light.strict():
            assert is_strict()
        assert not is_strict()
    assert is_strict()
    light.strict(False)
    assert not is_strict()


def run(value: str) -> subprocess.CompletedProcess[str]:
    code = "from lightgrad.autograd.devices.strict import is_strict; print(is_strict())"
    env = {**os.environ, "LIGHTGRAD_STRICT": value}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)


@pytest.mark.parametrize(("value", "strict"), [("1", True), ("off", False), ("", False)])
def test_the_variable(value: str, strict: bool) -> None:
    done = run(value)
    assert done.stdout.strip() == str(strict), done.stderr


def test_a_word_that_the_variable_does_not_know() -> None:
    last = run("maybe").stderr.splitlines()[-1]
    assert "ArgumentError: LIGHTGRAD_STRICT='maybe'" in last


ON, OFF = ("1", "true", "yes", "on", "On", " TRUE "), ("0", "false", "no", "off", "OFF", " no")


@pytest.mark.parametrize("default", [True, False])
def test_words_that_turn_a_switch(monkeypatch: pytest.MonkeyPatch, default: bool) -> None:
    monkeypatch.delenv("LIGHTGRAD_SWITCH", raising=False)
    assert switch("LIGHTGRAD_SWITCH", default) is default
    found = {}
    for value in (*ON, *OFF, "", " "):
        monkeypatch.setenv("LIGHTGRAD_SWITCH", value)
        found[value] = switch("LIGHTGRAD_SWITCH", default)
    assert found == {
        **dict.fromkeys(ON, True),
        **dict.fromkeys(OFF, False),
        "": default,
        " ": default,
    }


@pytest.mark.parametrize("name", ["LIGHTGRAD_STRICT", "LIGHTGRAD_FUSE", "LIGHTGRAD_OPENCL_SHARE"])
@pytest.mark.parametrize("value", ["2", "-1", "none", "On!"])
def test_other_words_are_errors(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ArgumentError) as caught:
        switch(name, True)
    text = str(caught.value)
    for part in (name, repr(value), "1, true, yes, on, 0, false, no, off"):
        assert part in text


@pytest.mark.parametrize("name", ["LIGHTGRAD_FUSE", "LIGHTGRAD_OPENCL_SHARE"])
def test_a_device_is_not_opened_with_such_a_word(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    index = backend("opencl").cl().index
    monkeypatch.setenv(name, "maybe")
    with pytest.raises(ArgumentError, match=f"{name}='maybe'"):
        Device(index)


def test_training_on_opencl_is_strict() -> None:
    backend("opencl")
    x = light.ones(8, 4, requires_grad=False).to("opencl")
    y = light.zeros(8).long().to("opencl")
    model = light.nn.MLP(4, 8, 3).to("opencl")
    optimizer = light.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    with light.strict():
        for _ in range(20):
            optimizer.zero_grad()
            loss = light.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
