"""Settings and fixtures all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests import helpers

torch.set_num_threads(1)


@pytest.fixture(params=["cpu", "opencl", "opencl unfused"])
def every_backend(request: Any, monkeypatch: Any) -> Iterator[Any]:
    """The test runs once on each backend: its tensor class, which `helpers.leaf` uses too."""
    from tests.backends import backend  # looks for devices

    name, _, unfused = request.param.partition(" ")
    cls = backend(name)
    if unfused:
        monkeypatch.setattr(cls.cl(), "fuse", False)
    monkeypatch.setattr(helpers, "CURRENT", cls)
    yield cls
