"""Observers are told of everything, from the moment they come, and leave nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.observers import Call, Observer, active, watch
from lightgrad.autograd.observers.values import VALUES
from tests.backends import backend
from tests.helpers import leaf
from tests.new_accelerator import NewTensor


class Names(Observer):
    """The operations of a block, in order."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def after(self, call: Call) -> None:
        self.names.append(call.op)


@pytest.fixture(autouse=True)
def nothing_stays() -> Any:
    before = {(cls, name): value for cls in (AbstractTensor, CpuTensor, NewTensor, light.Function)
              for name, value in vars(cls).items()}  # fmt: skip
    yield
    assert not active()
    assert [key for key, value in before.items() if vars(key[0])[key[1]] is not value] == []


def kernels(log: Any) -> list[str]:
    return sorted(row.op for row in log.rows if row.path == "kernel")


_STEP = """
import json
import sys

import numpy as np
import lightgrad as light

def step():
    model = light.nn.Linear(4, 3).opencl()
    optimizer = light.optim.SGD(model.parameters(), lr=0.1)
    x = light.from_numpy(np.ones((2, 4), np.float32)).detach().opencl()
    loss = (model(x).exp() ** 2).mean()
    loss.backward()
    optimizer.step()
    x[0] = 2
    return loss.item()

light.manual_seed(0)
if sys.argv[1] == "after":
    step()
assert ("lightgrad.autograd.opencl.device" in sys.modules) == (sys.argv[1] == "after")
with light.ledger() as l:
    step()
rows = [[r.op, r.path, r.device, r.phase, r.line, r.count, r.bytes, r.waits] for r in l.rows]
print(json.dumps([sorted(rows), l.bytes, l.waits, l.host_bytes]))
"""


def test_a_ledger_opened_before_opencl_is_first_used_has_the_same_figures() -> None:
    backend("opencl")
    found = []
    for when in ("before", "after"):
        done = subprocess.run(
            [sys.executable, "-c", _STEP, when], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    assert found[0] == found[1]
    rows, moved, waits, _ = found[0]
    assert moved > 0 and waits > 0
    assert {"apply_updates", "setitem", "transfer", "download"} <= {row[0] for row in rows}
    assert any(row[1] == "kernel" for row in rows)


def test_kernels_are_called_after_the_operations_in_them(monkeypatch: Any) -> None:
    cls = backend("opencl")
    x = cls.from_numpy(np.ones((64, 64), np.float32), requires_grad=False)

    def product() -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(cls.cl(), "shares", False)  # else BLAS would be asked
            return (x @ x).tanh()

    for name, compute in {
        "exp+sum": lambda: x.exp().sum(),
        "sum": lambda: x.sum(dim=1),
        "mul+max": lambda: (x * 3).max(),
        "matmul+tanh": product,
        "copy": lambda: x.transpose(0, 1).contiguous(),
    }.items():
        for _ in range(2):  # the second time the plan is known
            with light.ledger() as log:
                compute().numpy()
            assert kernels(log) == [f"kernel {name}"]


def test_a_method_taken_before_the_block_is_not_seen_but_what_is_looked_up_is() -> None:
    x = leaf([1.0, 2.0], requires_grad=False)
    taken, bound, function = CpuTensor.exp, x.exp, light.exp
    seen = Names()
    with watch(seen):
        taken(x)
        bound()
        assert seen.names == []
        function(x)
        x.exp()
    assert seen.names == ["exp", "exp"]


def test_methods_and_operators_are_in_step() -> None:
    x = leaf([1.0, 2.0], requires_grad=False)
    seen = Names()
    with watch(seen):
        for cls in (AbstractTensor, CpuTensor):
            for op, operator in (("add", "__add__"), ("matmul", "__matmul__")):
                assert vars(cls)[op] is vars(cls)[operator]
        x + x, x == x, x != 1, -x, x < 2
        assert (x == "a") is False
    assert seen.names == ["add", "eq", "ne", "neg", "lt"]


def test_an_op_that_is_registered_anew_inside_a_block_stays() -> None:
    class Mine(NewTensor):
        pass

    def register(value: float, overwrite: bool) -> None:
        @Mine.register_op(name="mul", overwrite=overwrite)
        class mul(light.Function):
            def forward(ctx: Any, a: Any, b: Any) -> Any:
                return Mine.from_numpy(np.full(a.shape, value, np.float32), requires_grad=False)

    t = Mine(NewTensor.ones((2,)).data, requires_grad=False)
    register(1, overwrite=False)
    seen = Names()
    with watch(seen):
        assert (t * t).numpy().tolist() == [1, 1]
        register(2, overwrite=True)
        assert (t * t).numpy().tolist() == [2, 2]
        assert vars(Mine)["mul"] is vars(Mine)["__mul__"]
    assert seen.names.count("mul") == 2
    assert (t * t).numpy().tolist() == t.mul(t).numpy().tolist() == [2, 2]
    assert vars(Mine)["mul"] is vars(Mine)["__mul__"]


def test_what_a_copy_is_made_of_is_part_of_it() -> None:
    class Careful(NewTensor):
        def numpy(self) -> Any:
            return NewTensor.numpy(self * 1)

    t = Careful(NewTensor.ones((3,)).data)
    with light.ledger() as log:
        t.numpy()
    assert [(row.op, row.device, row.bytes, row.waits) for row in log.rows] == [
        ("numpy", "Careful", 12, 1)
    ]
    assert log.seconds <= log.wall


def test_observers_inside_of_observers() -> None:
    x = leaf([1.0, 2.0])
    outer, inner = Names(), Names()
    with watch(outer):
        x.exp()
        with watch(inner), light.detect_anomaly(), light.shadow(every=1) as s, light.keep_values():
            y = x.tanh().sum()
        x.sin()
        assert s.checked and active()
    assert outer.names == ["exp", "tanh", "sum", "sin"]
    assert inner.names == ["tanh", "sum"]
    assert y.grad_fn in VALUES


def test_the_order_of_leaving_does_not_matter() -> None:
    x = leaf([1.0], requires_grad=False)
    first, second = watch(a := Names()), watch(b := Names())
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    x.exp()
    second.__exit__(None, None, None)
    x.log()
    assert (a.names, b.names) == ([], ["exp"])


def test_observers_come_and_go_in_several_threads() -> None:
    failures: list[BaseException] = []
    ready = threading.Barrier(4)

    def work(number: int) -> None:
        try:
            ready.wait()
            x = leaf([0.5, 2.0])
            for _ in range(15):
                seen = Names()
                with watch(seen):
                    (x.exp() * x).sum().backward()
                assert {"exp", "mul", "sum"} <= set(seen.names)
                (x.exp() * x).sum().backward()
                np.testing.assert_allclose(
                    x.grad.numpy(), 2 * np.exp([0.5, 2.0]) * [1.5, 3], rtol=1e-6
                )
                x.grad = None
        except BaseException as error:  # of this thread: told below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_values_of_other_threads_are_not_kept() -> None:
    made: list[Any] = []

    def work() -> None:
        x = leaf(2.0)
        made.append(x + 1)
        with light.keep_values():
            made.append(x + 2)

    with light.keep_values():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        made.append(leaf(1.0) + 3)
    assert [y.grad_fn in VALUES for y in made] == [False, True, True]


def test_an_error_inside_takes_everything_back() -> None:
    with pytest.raises(light.errors.ShapeError), light.ledger(), light.keep_values():
        light.ones(2) + light.ones(3)


def test_a_class_made_meanwhile_is_watched_as_a_whole() -> None:
    seen = Names()
    with watch(seen):

        class Late(NewTensor):
            def copy(self, requires_grad: bool = True) -> Any:
                return Late(self.data, requires_grad=requires_grad)

        t = Late(NewTensor.ones((2,)).data, requires_grad=False)
        t.copy()
        assert hasattr(Late.copy, "__wrapped__")
    assert seen.names[-1] == "copy"
    assert not hasattr(Late.copy, "__wrapped__")
