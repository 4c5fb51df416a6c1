"""The ledger: what ran where is counted, times add up, nothing stays behind."""

from __future__ import annotations

import gc
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor, CpuTensor, observers
from tests.backends import backend
from tests.new_accelerator import NewTensor


def rows_of(found: Any, op: str) -> list[Any]:
    return [row for row in found.rows if row.op == op]


def step(model: Any, optimizer: Any, x: Any) -> Any:
    optimizer.zero_grad()
    loss = (model(x) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss


def test_forward_backward_and_optimizer_are_recorded() -> None:
    model = light.nn.Linear(4, 3)
    optimizer = light.optim.SGD(model.parameters(), lr=0.1)
    x = light.ones(2, 4, requires_grad=False)
    with light.ledger() as log:
        step(model, optimizer, x)
    (forward,) = rows_of(log, "linear")
    assert (forward.phase, forward.path, forward.device, forward.count) == (
        "forward", "native", "cpu", 1,
    )  # fmt: skip
    assert forward.line.endswith(f"test_ledger.py:{step.__code__.co_firstlineno + 2}")
    assert {row.phase for row in log.rows} == {"forward", "backward", "optimizer"}
    (update,) = rows_of(log, "apply_updates")
    assert (update.count, update.phase) == (1, "optimizer")
    (product,) = rows_of(log, "matmul_right_backward")  # the line of the forward call
    assert (product.phase, product.line) == ("backward", forward.line)


def test_times_add_up() -> None:
    x = light.ones(300, 300)
    with light.ledger() as log:
        for _ in range(5):
            light.nn.functional.cross_entropy(x, light.zeros(300).long()).backward()
    assert 0 < log.seconds <= log.wall
    assert log.seconds == pytest.approx(sum(row.seconds for row in log.rows))
    assert sum(log.by("phase").values()) == pytest.approx(log.seconds)
    assert all(row.seconds > 0 for row in log.rows)
    assert [row.seconds for row in log.rows] == sorted((r.seconds for r in log.rows), reverse=True)


def test_paths_and_bytes_of_a_device_with_five_ops() -> None:
    x = NewTensor.ones((3, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", light.errors.HostFallbackWarning)
        with light.ledger() as log:
            x.exp()
            x.mul(x)
            x.sub(x)
            x.detach().cpu()
            x.numpy()
    assert {op: rows_of(log, op)[0].path for op in ("exp", "mul", "sub")} == {
        "exp": "host", "mul": "native", "sub": "derived",
    }  # fmt: skip
    (exp,) = rows_of(log, "exp")
    assert (exp.bytes, exp.waits) == (2 * 12 * 4, 1)
    assert log.host_bytes == 96
    assert (rows_of(log, "transfer")[0].path, rows_of(log, "transfer")[0].bytes) == ("copy", 48)
    assert (rows_of(log, "numpy")[0].bytes, rows_of(log, "numpy")[0].waits) == (48, 1)
    assert log.bytes >= 96 + 48 + 48


def test_operators_reflected_ones_and_changes_in_place() -> None:
    a = light.ones(3, requires_grad=False)
    with light.ledger() as log:
        2 - a * 3
        a += 1
        a[0] = 5
        -a  # noqa: B018
    counts = {row.op: row.count for row in log.rows}
    assert counts["mul"] == counts["sub"] == counts["add_"] == counts["neg"] == 1
    assert counts["setitem"] == counts["add"] == counts["write"] == 1


def test_the_table_and_the_files(tmp_path: Path) -> None:
    x = light.ones(8)
    with light.ledger() as log:
        x.exp().sum().backward()
    lines = str(log).splitlines()
    assert lines[0].split() == [
        "op", "path", "device", "phase", "count", "ms", "%", "bytes", "waits", "line",
    ]  # fmt: skip
    assert len(lines) == 2 + len(log.rows)
    text = log.to_json(tmp_path / "l.json")
    assert json.loads(text) == json.loads((tmp_path / "l.json").read_text())
    assert json.loads(text)["rows"][0]["seconds"] == log.rows[0].seconds
    log.to_chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    spans = [e for e in events if e["ph"] == "X"]
    assert len(spans) == sum(row.count for row in log.rows)
    for e in spans:
        assert e["ts"] >= 0 and e["dur"] > 0 and e["ts"] + e["dur"] <= log.wall * 1e6
        assert {"pid", "tid", "name", "cat", "args"} <= set(e)
    assert {e["cat"] for e in spans} == {"forward", "backward"}


def test_the_methods_are_the_same_as_before() -> None:
    names = [(cls, name) for cls in (AbstractTensor, CpuTensor) for name in cls.__dict__]
    before = {(cls, name): cls.__dict__[name] for cls, name in names}
    with light.ledger(), light.ledger():
        assert CpuTensor.__dict__["exp"] is not before[CpuTensor, "exp"]
    with pytest.raises(light.errors.ShapeError), light.ledger():
        light.ones(2) + light.ones(3)
    for (cls, name), value in before.items():
        assert cls.__dict__[name] is value, name
    assert not observers.active()


def test_ops_and_classes_made_meanwhile() -> None:
    with light.ledger() as log:

        class Late(NewTensor):
            pass

        @Late.register_op(name="late_halve")
        class late_halve(light.Function):
            def forward(ctx: Any, t: Any) -> Any:
                return Late(t.data.map(lambda v: v / 2), t.dtype)

            def backward(ctx: Any, grad: Any) -> Any:
                return grad

        t = Late(NewTensor.ones((2,)).data)
        assert t.late_halve().numpy().tolist() == [0.5, 0.5]
    assert rows_of(log, "late_halve")[0].path == "native"
    assert t.late_halve().numpy().tolist() == [0.5, 0.5]  # and it stays when nobody looks
    assert Late.late_halve.__name__ == "late_halve"


def test_a_kept_wrapper_only_passes_its_call_on() -> None:
    with light.ledger() as log:
        kept = CpuTensor.exp
    count = len(log.rows)
    assert kept(light.zeros(1)).item() == 1
    assert len(log.rows) == count


def test_functions_of_the_user_have_rows() -> None:
    class Cube(light.Function):
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.get_saved_tensors()
            return grad * 3 * x * x

    x = light.tensor(2.0)
    with light.ledger() as log:
        Cube.apply(x).backward()
    assert x.grad.item() == 12
    assert rows_of(log, "Cube")[0].path == "custom"
    assert sum(row.count for row in rows_of(log, "mul") if row.phase == "backward") == 3


def test_no_data_is_kept_alive() -> None:
    with light.ledger():
        import weakref

        t = light.ones(5).exp()
        alive = weakref.ref(t)
        del t
        gc.collect()
        assert alive() is None


def test_opencl_launches_copies_and_waits() -> None:
    cls = backend("opencl")
    x = cls.from_numpy(np.ones((64, 64), np.float32), requires_grad=False)
    y = cls.from_numpy(np.full((64, 64), 2, np.float32), requires_grad=False)
    with light.ledger() as log:
        ((x + y) * y).numpy()
    kernels = [row for row in log.rows if row.path == "kernel"]
    assert [(row.op, row.count) for row in kernels] == [("kernel add+mul", 1)]
    assert rows_of(log, "add")[0].path == rows_of(log, "mul")[0].path == "native"
    (download,) = rows_of(log, "download")
    assert (download.bytes, download.waits) == (64 * 64 * 4, 1)
