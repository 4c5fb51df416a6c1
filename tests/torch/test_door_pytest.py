"""Tests that import torch run on lightgrad, by a plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torch.test_door_launcher import python

SUITE = """
import torch

def test_it_is_ours():
    assert torch.__name__ == "lightgrad.torch" and torch.ones(2).sum() == 2

def test_where_cuda_is():
    assert str(torch.zeros(2, device="cuda").device) == "cuda:0"
"""
OWN_OPTION = """
import torch

def pytest_addoption(parser):
    parser.addoption("--device", default="cuda")
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "conftest.py").write_text("import torch.nn")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "conftest", "said"),
    [
        ("--device opencl", "", "2 passed"),
        ("--torch-device=opencl", OWN_OPTION, "2 passed"),
        ("", "import torch.nn", "1 failed, 1 passed"),
        ("--device nothing", "", "ERROR: no device is called 'nothing'; known: cpu, opencl"),
        ("--help", "", "--torch-device=NAME, --device=NAME"),
    ],
)
def test_a_suite_runs_unchanged(options: str, conftest: str, said: str, suite: Path) -> None:
    (suite / "conftest.py").write_text(conftest)
    plugin = ("-p", "lightgrad.torch.pytest_plugin", "-p", "no:cacheprovider", "-q")
    done = python("-m", "pytest", *plugin, *options.split(), cwd=suite)
    assert said in done.stdout + done.stderr
