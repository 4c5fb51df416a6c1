"""Modules of PyTorch that time, profile and compile: what programs ask of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lightgrad.torch as torch
from lightgrad.torch.utils import benchmark


def test_a_profile_counts_operations(tmp_path: Path) -> None:
    ended = []
    plan = torch.profiler.schedule(wait=1, warmup=0, active=1, repeat=1, skip_first=1)
    assert [plan(step).value for step in range(5)] == [0, 0, 3, 0, 0]
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(
        activities=activities, schedule=plan, on_trace_ready=ended.append
    ) as prof:
        for _ in range(2):
            with torch.profiler.record_function("step"):
                torch.ones(3).exp().exp()
            prof.step()
    assert ended == [prof] and prof.step_num == 2
    rows = {row.key: row.count for row in prof.key_averages()}
    assert rows["exp"] == 4
    text = prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=1)
    assert len(text.splitlines()) == 6 and text.splitlines()[-1].startswith("Self CPU time total")
    assert prof.key_averages().total_average().count == sum(rows.values())
    torch.profiler.tensorboard_trace_handler(str(tmp_path / "log"))(prof)
    (trace,) = (tmp_path / "log").iterdir()
    assert json.loads(trace.read_text())
    with torch.autograd.profiler.profile(enabled=False) as off:
        torch.ones(2).exp()
    assert off.key_averages() == [] and "Name" in str(off)


def test_timers() -> None:
    timer = benchmark.Timer("f(x)", globals={"f": abs, "x": -1}, label="sizes", sub_label="small")
    once = timer.timeit(10)
    assert (once.number_per_run, len(once.times), once.iqr) == (10, 1, 0.0)
    many = timer.blocked_autorange(min_run_time=0.002)
    assert min(many.times) <= many.median <= max(many.times) and many.mean > 0 <= many.iqr
    assert "sizes: small" in repr(many) and "measurements" in repr(many)


def test_nothing_is_compiled() -> None:
    with torch.compiler.set_stance("force_eager"):
        assert torch.compiler.disable(abs) is abs and torch.compiler.disable()(abs) is abs
    assert not torch.compiler.is_compiling() and torch.compiler.reset() is None


def test_modules_that_have_functions_of_others() -> None:
    from lightgrad.torch import functional
    from lightgrad.torch.autograd.gradcheck import gradcheck

    assert gradcheck is torch.autograd.gradcheck and functional.einsum is torch.einsum
    with pytest.raises(AttributeError, match="no attribute 'relu'"):
        _ = functional.relu


def test_images_of_files(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    from lightgrad.torchvision import io

    values = torch.arange(24, dtype=torch.uint8).reshape(3, 2, 4)
    io.write_png(values, tmp_path / "a.png")
    assert io.read_image(str(tmp_path / "a.png")).tolist() == values.tolist()
    gray = io.read_image(tmp_path / "a.png", io.ImageReadMode.GRAY)
    assert gray.shape == (1, 2, 4) and gray.dtype == torch.uint8
    io.write_png(gray, tmp_path / "b.png")
    assert np.asarray(image.open(tmp_path / "b.png")).tolist() == gray[0].tolist()
    io.write_jpeg(torch.full((3, 8, 8), 90, dtype=torch.uint8), tmp_path / "c.jpg")
    assert abs(int(io.decode_image(tmp_path / "c.jpg", "RGB")[1, 2, 3]) - 90) <= 1


def test_nests_are_taken_apart_and_put_together() -> None:
    tree = torch.utils._pytree
    nest = {"a": [1, None], "b": (torch.ones(2), {})}
    leaves, spec = tree.tree_flatten(nest)
    assert len(leaves) == spec.num_leaves == 3 and leaves[1] is None
    assert tree.tree_unflatten([7, 8, 9], spec) == {"a": [7, 8], "b": (9, {})}
    assert spec == tree.tree_flatten({"a": [3, 4], "b": (5, {})})[1] != tree.tree_flatten([1])[1]
    assert tree.tree_map_only(int, float, [1, "x"]) == [1.0, "x"]
    with pytest.raises(ValueError, match="2 leaves for a form with 3"):
        tree.tree_unflatten([1, 2], spec)


def test_an_old_name_of_the_mean_warns() -> None:
    x, y = torch.tensor([1.0, 3.0]), torch.zeros(2)
    with pytest.warns(UserWarning, match="elementwise_mean"):
        assert torch.nn.MSELoss(reduction="elementwise_mean")(x, y).item() == 5.0
    with pytest.warns(UserWarning, match="elementwise_mean"):
        assert torch.nn.functional.l1_loss(x, y, reduction="elementwise_mean").item() == 2.0


def test_there_is_one_stream_for_all_devices() -> None:
    from lightgrad.torch.utils.checkpoint import get_device_states, set_device_states

    assert get_device_states(torch.ones(1)) == ([], [])
    assert set_device_states([], []) is None
