"""Recording on and off."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import (
    Function,
    enable_grad,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from lightgrad.autograd.devices.strict import is_strict
from lightgrad.autograd.observers.call import WATCHING
from lightgrad.errors import AnomalyError, DtypeError
from tests.helpers import equal, leaf

pytestmark = pytest.mark.usefixtures("every_backend")


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


MODES: dict[str, Any] = {
    "no_grad()": (no_grad(), False),
    "no_grad": (no_grad, False),
    "enable_grad()": (enable_grad(), True),
    "enable_grad": (enable_grad, True),
    "set_grad_enabled(False)": (set_grad_enabled, False),
    "set_grad_enabled(True)": (set_grad_enabled, True),
}


def decorator(name: str) -> tuple[Any, bool]:
    mark, inside = MODES[name]
    return (mark(inside) if mark is set_grad_enabled else mark), inside


@pytest.mark.parametrize("name", MODES)
def test_a_decorated_function_keeps_its_name(name: str) -> None:
    mark, inside = decorator(name)

    @mark
    def double(x: Any, factor: float = 2) -> Any:
        """Doubles."""
        return x * factor

    assert is_grad_enabled()
    assert (double.__name__, double.__doc__) == ("double", "Doubles.")
    for outside in (True, False):
        with set_grad_enabled(outside):
            assert double(leaf(1.0)).requires_grad is inside
            assert double(leaf(1.0), factor=3).item() == 3
            assert is_grad_enabled() is outside


@pytest.mark.parametrize("name", MODES)
def test_a_generator_has_the_mode_inside_and_its_caller_another(name: str) -> None:
    mark, inside = decorator(name)
    seen: list[Any] = []

    @mark
    def steps(x: Any) -> Any:
        try:
            got = yield x * 2
            seen.append((got, is_grad_enabled()))
            try:
                yield x * 3
            except KeyError:
                seen.append(("thrown", is_grad_enabled()))
                yield x * 4
            return "result"
        finally:
            seen.append(("end", is_grad_enabled()))

    def whole() -> Any:
        seen.append((yield from steps(leaf(1.0))))

    assert inspect.isgeneratorfunction(steps)
    for outside in (True, False):
        with set_grad_enabled(outside):
            seen.clear()
            run = steps(leaf(1.0))
            assert next(run).requires_grad is inside and is_grad_enabled() is outside
            assert run.send("sent").requires_grad is inside and is_grad_enabled() is outside
            assert run.throw(KeyError("x")).item() == 4 and is_grad_enabled() is outside
            run.close()
            assert is_grad_enabled() is outside
            assert seen == [("sent", inside), ("thrown", inside), ("end", inside)]
            seen.clear()
            assert [y.item() for y in whole()] == [2, 3]
            assert seen == [(None, inside), ("end", inside), "result"]
            run = steps(leaf(1.0))
            next(run)
            with pytest.raises(ZeroDivisionError):
                run.throw(ZeroDivisionError())
            assert is_grad_enabled() is outside


@pytest.mark.parametrize("name", MODES)
def test_a_coroutine_has_the_mode_inside_and_other_tasks_do_not(name: str) -> None:
    mark, inside = decorator(name)
    seen: list[bool] = []

    @mark
    async def work(x: Any) -> Any:
        await asyncio.sleep(0)
        return x * 2

    async def other() -> None:
        for _ in range(3):
            seen.append(is_grad_enabled())
            await asyncio.sleep(0)

    async def main() -> Any:
        y, _, z = await asyncio.gather(work(leaf(1.0)), other(), work(leaf(2.0)))
        return y, z, await work(leaf(3.0)), is_grad_enabled()

    assert inspect.iscoroutinefunction(work)
    with set_grad_enabled(not inside):
        *results, after = asyncio.run(main())
    assert [y.requires_grad for y in results] == [inside] * 3
    assert [y.item() for y in results] == [2, 4, 6]
    assert [*seen, after] == [not inside] * 4


def test_methods_of_every_kind_can_be_decorated() -> None:
    class Model:
        @no_grad
        def own(self, x: Any) -> Any:
            return x * 2

        @no_grad()
        @staticmethod
        def static(x: Any) -> Any:
            return x * 2

        @classmethod
        @no_grad
        def of_class(cls, x: Any) -> Any:
            return x * 2

        @no_grad()
        @classmethod
        def of_class_too(cls, x: Any) -> Any:
            return x * 2

        @property
        @no_grad
        def value(self) -> Any:
            return leaf(1.0) * 2

    m, x = Model(), leaf(1.0)
    made = [m.own(x), m.static(x), Model.static(x), m.of_class(x), m.of_class_too(x), m.value]
    assert [y.requires_grad for y in made] == [False] * 6
    assert [y.item() for y in made] == [2] * 6


def test_what_cannot_be_decorated() -> None:
    async def stream() -> Any:
        yield 1

    for mark in (no_grad, no_grad(), enable_grad, light.detect_anomaly(), light.shadow()):
        for wrong in (3, "f", Function):
            with pytest.raises(DtypeError, match="can decorate a function, not"):
                mark(wrong)
        with pytest.raises(DtypeError, match="cannot decorate an asynchronous generator"):
            mark(stream)
    for mark in (set_grad_enabled, light.strict):
        with pytest.raises(DtypeError, match="mode must be True or False"):
            mark(lambda: None)
    for mark in (light.ledger, light.ledger()):
        with pytest.raises(DtypeError, match="ledger: nobody could read"):
            mark(lambda: None)
    assert is_grad_enabled() and not is_strict()


@pytest.mark.parametrize("bare", [False, True])
def test_observers_as_decorators(bare: bool) -> None:
    mark = light.detect_anomaly if bare else light.detect_anomaly()

    @mark
    def bad(x: Any) -> Any:
        return x.log()

    @mark
    def steps(x: Any) -> Any:
        yield x * 2
        yield x.log()

    zero = leaf(0.0)
    for _ in range(2):
        with pytest.raises(AnomalyError, match="-inf first appeared in log"):
            bad(zero)
        run = steps(zero)
        next(run)
        assert zero.log().item() == -np.inf  # outside
        with pytest.raises(AnomalyError, match="-inf first appeared in log"):
            next(run)
    look = light.detect_anomaly()
    with look, look:
        pass
    with look, pytest.raises(AnomalyError):
        zero.log()
    assert not WATCHING

    @(light.shadow if bare else light.shadow(every=1))
    def watched() -> int:
        return len(WATCHING)

    assert watched() == 1 and not WATCHING


def test_strict_as_a_decorator() -> None:
    @light.strict()
    def inside() -> bool:
        return is_strict()

    @light.strict(True)
    def steps() -> Any:
        yield is_strict()
        yield is_strict()

    assert not is_strict()
    assert inside() and not is_strict()
    assert [(value, is_strict()) for value in steps()] == [(True, False)] * 2


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
