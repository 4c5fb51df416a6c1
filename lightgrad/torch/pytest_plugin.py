"""``pytest -p lightgrad.torch.pytest_plugin``: tests that import torch run on lightgrad.

Nothing in the tests changes.  ``--device opencl`` lets "cuda" mean OpenCL, as it does for
``python -m lightgrad.torch``; suites that have an option of that name keep theirs, and get the
device from ``--torch-device``.
"""

from __future__ import annotations

import argparse
from typing import Any

from lightgrad.errors import LightgradError
from lightgrad.torch._core.finder import install

_HELP = 'what "cuda" means in tests that import torch, as opencl'


def pytest_load_initial_conftests(parser: Any, args: list[str]) -> None:
    """Called before any file of the tests is imported."""
    mine = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    options = ["--torch-device"]
    if any(word.partition("=")[0] in ("--device", "-h", "--help") for word in args):
        options.append("--device")  # else it is left to the tests, which may have their own
    mine.add_argument(*options, dest="device")
    group = parser.getgroup("lightgrad.torch", "tests that import torch, on lightgrad")
    group.addoption(*options, dest="torch_device", metavar="NAME", help=_HELP)
    try:
        install(mine.parse_known_args(args)[0].device)
    except LightgradError as error:
        raise SystemExit(f"ERROR: {error}") from None
