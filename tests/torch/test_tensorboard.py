"""`SummaryWriter` gives its writer arrays, and says what is to be installed."""

from __future__ import annotations

from pathlib import Path

import pytest

import lightgrad.torch as torch
from lightgrad.errors import MissingLibraryError
from lightgrad.torch.utils.tensorboard import SummaryWriter


def test_tensors_are_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    with SummaryWriter(log_dir=tmp_path, comment="x") as writer:
        writer.add_scalar("loss", torch.tensor(0.25), 1, new_style=True)
        writer.add_scalars("losses", {"a": torch.tensor(1.0), "b": 2.0}, 2)
        writer.add_histogram("weights", torch.rand(5, requires_grad=True), 3)
        writer.add_image("image", torch.rand(3, 4, 4), 4)
        writer.add_text("words", "said", 5)
        writer.flush()
        assert writer.get_logdir() == str(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("events*")) > 200


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(MissingLibraryError, match=r"lightgrad\[tensorboard\]"):
        SummaryWriter()
