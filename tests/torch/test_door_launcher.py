"""``python -m lightgrad.torch`` runs a program as ``python`` would, with torch found here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}

#: what a program can see of how it was started
LOOK = """\
import sys
print(__name__, globals().get("__file__"), __package__, __spec__ and __spec__.name)
print(sys.argv, sys.path[0], sys.modules["__main__"].__dict__ is globals())
"""


def python(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *args]
    return subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, input=stdin, capture_output=True, text=True, timeout=120
    )


def launched(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return python("-m", "lightgrad.torch", *args, cwd=cwd, stdin=stdin)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(LOOK + "from . import other\n")
    (package / "other.py").write_text(LOOK)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "script.py").write_text(LOOK)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "__main__.py").write_text(LOOK)
    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        archive.writestr("__main__.py", LOOK)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "sub/script.py a --device b",
        "-m package a",
        "-m package.other",
        "-m nothing",
        "-m package.nothing",
        "-c CODE a",
        "- a",
        "bare a",
        "program.zip a",
        "nothing.py",
        "sub",
    ],
)
def test_a_program_sees_what_it_sees_under_python(command: str, folder: Path) -> None:
    args = [LOOK if word == "CODE" else word for word in command.split()]
    plain, ours = (run(*args, cwd=folder, stdin=LOOK) for run in (python, launched))
    assert ours.stdout == plain.stdout
    assert ours.returncode == plain.returncode
    assert ours.stderr.split(": ", 1)[-1] == plain.stderr.split(": ", 1)[-1]


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return 1 / 0\n\nf()\n",
        "x = (\n",
        "import nothing\n",
        "import sys\nsys.exit(7)\n",
        "import sys\nsys.exit('the end')\n",
        "import sys\nsys.excepthook = lambda *error: print(error[2].tb_lineno)\n\n1 / 0\n",
        "raise KeyboardInterrupt\n",
        "import atexit\natexit.register(print, 'last')\nraise ValueError('no') from KeyError(1)\n",
    ],
)
def test_a_program_ends_as_under_python(text: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(text)
    plain, ours = (run("script.py", cwd=tmp_path) for run in (python, launched))
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout)
    assert ours.stderr == plain.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_it_by_the_signal(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import time\nprint(1, flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "lightgrad.torch", "script.py"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stdout.readline() == b"1\n"
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == -signal.SIGINT
    assert said.startswith(b"Traceback") and b"lightgrad" not in said


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_a_program_find_torch_too(method: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(f"""\
import multiprocessing
import torch
from torch import nn

def work(n):
    return torch.ones(n).sum().item(), torch.__name__

if __name__ == "__main__":
    with multiprocessing.get_context("{method}").Pool(1) as pool:
        print(pool.map(work, [2, 3]))
""")
    done = launched("script.py", cwd=tmp_path)
    assert done.stdout == "[(2.0, 'lightgrad.torch'), (3.0, 'lightgrad.torch')]\n", done.stderr


def test_a_device_is_called_cuda(tmp_path: Path) -> None:
    code = "import torch; print(torch.zeros(2, device='cuda').device)"
    assert launched("--device", "opencl", "-c", code, cwd=tmp_path).stdout == "cuda:0\n"
    assert "lightgrad has no CUDA" in launched("-c", code, cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("--device nothing script.py", "no device is called 'nothing'; known: cpu, opencl"),
        ("--nothing script.py", "unrecognized arguments: --nothing"),
        ("", "which program?"),
        ("-c", "which program?"),
    ],
)
def test_a_wrong_command_line_says_so(command: str, said: str, tmp_path: Path) -> None:
    done = launched(*command.split(), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_it_says_what_it_can_do(tmp_path: Path) -> None:
    told = launched("--help", cwd=tmp_path).stdout
    assert "--device" in told and "script.py | -m module" in told
    assert launched("--version", cwd=tmp_path).stdout.startswith("lightgrad ")
