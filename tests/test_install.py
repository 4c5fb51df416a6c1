"""The installed package is found from everywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_folder_of_the_same_name_does_not_hide_the_package(tmp_path: Path) -> None:
    """A script beside the checkout sees a folder called lightgrad that is no package."""
    (tmp_path / "lightgrad").mkdir()
    script = tmp_path / "script.py"
    script.write_text("import lightgrad as light\nprint(light.tensor([2.0]).square().item())\n")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "4.0\n", "")


def test_importing_opens_nothing() -> None:
    """pyopencl, and what needs it, waits for the first tensor on a device."""
    script = """
import sys
import lightgrad as light
light.ones(2) + 1
found = [m for m in sys.modules if m == "pyopencl" or "opencl" in m.split(".")]
assert not found, found
light.opencl, light.OpenCLTensor
assert "pyopencl" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
