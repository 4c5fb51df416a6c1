"""Recording on and off."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lightgrad.autograd import (
    Function,
    enable_grad,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from tests.helpers import equal, leaf


def test_no_grad_and_enable_grad_nest() -> None:
    x = leaf(1.0)
    assert is_grad_enabled()
    with no_grad():
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
            with no_grad():
                assert not is_grad_enabled()
            assert is_grad_enabled()
        assert not is_grad_enabled()
        with set_grad_enabled(True):
            assert is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_one_object_can_be_entered_again() -> None:
    off = no_grad()
    with off, off:
        assert not is_grad_enabled()
    assert is_grad_enabled()
    with off:
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_mode_is_restored_after_an_exception() -> None:
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_decorators() -> None:
    @no_grad()
    def off(x: Any) -> Any:
        """Doubles."""
        return x * 2

    @enable_grad()
    def on(x: Any) -> Any:
        return x * 2

    @set_grad_enabled(False)
    def set_off(x: Any) -> Any:
        return x * 2

    assert is_grad_enabled()
    x = leaf(1.0)
    assert off.__doc__ == "Doubles." and off.__name__ == "off"
    assert not off(x).requires_grad
    assert not set_off(x).requires_grad
    with no_grad():
        assert on(x).requires_grad
    assert is_grad_enabled()


def test_set_grad_enabled_works_at_once() -> None:
    try:
        set_grad_enabled(False)
        assert not is_grad_enabled()
    finally:
        set_grad_enabled(True)
    assert is_grad_enabled()


def test_threads_do_not_see_each_others_mode() -> None:
    entered, done = threading.Event(), threading.Event()
    modes: list[bool] = []

    def other() -> None:
        modes.append(is_grad_enabled())
        with no_grad():
            entered.set()
            done.wait(10)
            modes.append(is_grad_enabled())

    thread = threading.Thread(target=other)
    with no_grad():
        thread.start()
        assert entered.wait(10)
        with enable_grad():
            assert (leaf(1.0) * 2).requires_grad
    assert is_grad_enabled()
    done.set()
    thread.join()
    assert modes == [True, False]


def test_backward_in_several_threads() -> None:
    leaves = [leaf([float(i), 1.0]) for i in range(4)]

    def work(x: Any) -> None:
        for _ in range(50):
            (x * x).sum().backward()

    threads = [threading.Thread(target=work, args=(x,)) for x in leaves]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i, x in enumerate(leaves):
        equal(x.grad, [100.0 * i, 100.0])


def test_mode_after_backward_that_raises() -> None:
    class Broken(Function):
        def forward(ctx, x: Any) -> Any:
            return x * 1

        def backward(ctx, grad: Any) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Broken.apply(leaf(1.0)).backward()
    assert is_grad_enabled()
