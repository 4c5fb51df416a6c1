"""``python -m lightgrad doctor``: what it prints, its exit code, and the advice it gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import doctor
from lightgrad.__main__ import main
from lightgrad.autograd.opencl import platforms
from lightgrad.errors import DeviceError
from tests.backends import REASONS

needs_device = pytest.mark.skipif(bool(REASONS["opencl"]), reason=REASONS["opencl"])


@needs_device
def test_every_device_is_described_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for info in light.opencl.devices():
        assert f"opencl:{info.index}  {info.name}" in out
        assert info.driver in out and f"{info.compute_units} compute units" in out
    assert out.count('<- "opencl"') == 1
    assert "elementwise ok, reduction ok, matmul ok, gradient ok" in out
    assert f"{np.__version__} with " in out


@needs_device
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--device", "opencl"]) == 0
    report = json.loads(capsys.readouterr().out)
    (found,) = report["devices"]
    assert report["ok"] and found["default"] and found["ok"]
    assert sorted(found["test"]) == ["elementwise", "gradient", "matmul", "reduction"]
    assert max(found["test"].values()) < 1e-5
    assert found["memory"] >= found["largest"] > 0


@needs_device
def test_wrong_results_are_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(light.OpenCLTensor, "numpy", lambda self: self.data.numpy() * 1.01)
    assert main(["doctor"]) == 1
    assert "matmul DIFFERS by 1.0e-02" in capsys.readouterr().out


@needs_device
def test_a_device_that_fails_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(cls: Any) -> Any:
        raise ValueError("the driver is unhappy")

    monkeypatch.setattr(doctor, "self_test", broken)
    assert main(["doctor"]) == 1
    assert "FAILED: ValueError: the driver is unhappy" in capsys.readouterr().out


@needs_device
def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr().err
    assert "doctor" in said and "fuzz" in said and "find wrong numbers" in said


def test_the_doctor_sends_nobody_to_the_doctor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    monkeypatch.setattr(platforms, "driver", platforms.driver.__wrapped__)  # it remembers
    with pytest.raises(DeviceError, match="python -m lightgrad doctor says what is missing$"):
        platforms.driver()
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "pip install 'lightgrad[opencl]'" in said and "lightgrad doctor" not in said


def test_a_missing_device(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--device", "opencl:9"]) == 1
    assert "problem: opencl:9: there is no such device" in capsys.readouterr().out


def test_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["doctor", "--device", "cpu"], ["doctor", "--device", "opencl:x"], ["x"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "neither opencl nor like opencl:1" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main(["doctor", "--help"])
    assert caught.value.code == 0 and "--ops" in capsys.readouterr().out


def test_nothing_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> Any:
        raise DeviceError("opencl: pyopencl cannot be imported")

    monkeypatch.setattr(platforms, "driver", missing)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "pyopencl" in out and "problem: opencl: pyopencl cannot be imported" in out


PLACES = ("POCL_CACHE_DIR", "XDG_CACHE_HOME", "HOME")


@needs_device
@pytest.mark.parametrize("variable", PLACES)
def test_a_cache_that_cannot_be_written_is_named(variable: str, tmp_path: Path) -> None:
    if all(p.name != platforms.POCL for p in platforms.installed()):
        pytest.skip("PoCL is not the driver here")
    (tmp_path / "file").touch()
    environment = {k: v for k, v in os.environ.items() if k not in PLACES}
    environment |= {variable: str(tmp_path / "file"), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "lightgrad", "doctor"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1 and not done.stderr.startswith("Traceback")
    assert f"PoCL keeps compiled kernels in {tmp_path}/file" in done.stdout
    assert "set POCL_CACHE_DIR (or XDG_CACHE_HOME, or HOME) to a folder that can" in done.stdout
    assert "lightgrad[opencl]" not in done.stdout and "report this" not in done.stdout


def test_variables_that_hide_drivers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES", "POCL_DEVICES"):
        monkeypatch.delenv(variable, raising=False)
    assert platforms._named(("OCL_ICD_VENDORS", "POCL_DEVICES")) == ""
    monkeypatch.setenv("POCL_DEVICES", "nonsense")
    cl = SimpleNamespace(device_type=SimpleNamespace(GPU=4, ACCELERATOR=8), Error=OSError)
    monkeypatch.setattr(platforms, "driver", lambda: cl)
    monkeypatch.setattr(platforms, "platforms", list)
    monkeypatch.setattr(platforms, "installed", list)
    with pytest.raises(DeviceError, match="no device, while POCL_DEVICES='nonsense' may hide them"):
        platforms.found.__wrapped__()


def test_a_driver_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Any:
        raise OSError("clGetDeviceInfo failed")

    monkeypatch.setattr(light.opencl, "devices", broken)
    assert main(["doctor"]) == 1
    assert "problem: " in capsys.readouterr().out


def _pocl(version: str, target: str) -> Any:
    device = SimpleNamespace(version=f"OpenCL 3.0 PoCL HSTR: pthread-{target}", type=2)
    return SimpleNamespace(
        name=platforms.POCL, version=f"OpenCL 3.0 PoCL {version}", get_devices=lambda: [device]
    )


def test_a_pocl_that_does_not_know_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = _pocl("3.0", "x86_64-unknown-linux-gnu-generic"), _pocl("6.0", "x86_64-gnu-znver4")
    arm = _pocl("3.1", "aarch64-unknown-linux-gnu-generic")  # there it is a processor
    for installed, used in (([old, new], [new]), ([new, old], [new]), ([arm, new], [arm])):
        monkeypatch.setattr(platforms, "installed", lambda installed=installed: installed)
        assert platforms.platforms() == used
    monkeypatch.setattr(platforms, "installed", lambda: [old, new])
    (note,) = doctor._skipped()
    assert "only the first that knows the processor is used (PoCL 6.0)" in note
    monkeypatch.setattr(platforms, "installed", lambda: [old])
    with pytest.raises(DeviceError, match="older than the processor.*apt install pocl-opencl-icd"):
        platforms.found.__wrapped__()


def test_several_pocl(monkeypatch: pytest.MonkeyPatch) -> None:
    pocl = _pocl("5.0", "x86_64-linux-gnu-haswell")
    monkeypatch.setattr(platforms, "installed", lambda: [pocl, pocl])
    (note,) = doctor._skipped()
    assert "2 PoCL platforms are installed; only the first is used (PoCL 5.0)" in note
    monkeypatch.setattr(platforms, "installed", lambda: [pocl])
    assert doctor._skipped() == []


@pytest.mark.skipif(not doctor.sys.platform.startswith("linux"), reason="of Linux")
def test_drivers_that_no_file_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    vendors, standard, other = (tmp_path / name for name in ("vendors", "lib", "intel-opencl"))
    for folder in (vendors, standard, other):
        folder.mkdir()
    monkeypatch.setenv("OCL_ICD_VENDORS", str(vendors))
    monkeypatch.setattr(doctor, "STANDARD", (str(standard),))
    monkeypatch.setattr(doctor, "FOLDERS", (str(standard), str(other)))
    assert doctor.hidden_drivers() == []
    (standard / "libnvidia-opencl.so.1").touch()
    (other / "libigdrcl.so").touch()
    nvidia, intel = doctor.hidden_drivers()
    assert nvidia.startswith(f"NVIDIA's driver is installed ({standard}/libnvidia-opencl.so.1)")
    assert nvidia.endswith(f"echo libnvidia-opencl.so.1 > {vendors}/nvidia.icd")
    assert intel.endswith(f"echo {other}/libigdrcl.so > {vendors}/intel.icd")
    (vendors / "nvidia.icd").write_text("libnvidia-opencl.so.1\n")
    (vendors / "any.icd").write_text(f"{other}/libigdrcl.so")
    assert doctor.hidden_drivers() == []
    (standard / "libpocl.so.2").touch()
    monkeypatch.setattr(platforms, "installed", list)
    assert doctor.hidden_drivers()[0].startswith("PoCL's driver is installed")
    pocl = SimpleNamespace(name=platforms.POCL)  # pip's, which no file names
    monkeypatch.setattr(platforms, "installed", lambda: [pocl])
    assert doctor.hidden_drivers() == []


def test_the_list_of_operations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--ops"]) == 0
    *rows, total = capsys.readouterr().out.strip().splitlines()
    assert main(["doctor", "--ops", "--json"]) == 0
    paths = json.loads(capsys.readouterr().out)
    assert paths["add"] == "native kernel" and paths["square"] in ("derived", "native kernel")
    assert set(paths.values()) <= {"native kernel", "derived", "host fallback"}
    assert len(rows) - 1 == len(paths) and total.startswith(f"{len(paths)} operations: ")


@needs_device
def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "lightgrad", "doctor", "--ops"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        p.stdout.close()
        said = p.stderr.read()
    assert not said and p.returncode == 2
