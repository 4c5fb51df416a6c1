"""``python -m lightgrad doctor``: what there is to compute with, and whether it computes right."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lightgrad
from lightgrad import opencl
from lightgrad.autograd import AbstractTensor, CpuTensor, Function
from lightgrad.autograd.devices.registry import find
from lightgrad.autograd.opencl import device as devices
from lightgrad.autograd.opencl import platforms
from lightgrad.errors import DeviceError, HostFallbackWarning

#: differences from NumPy that are rounding, relative to the largest number
TOLERANCE = 1e-4
#: drivers that are looked for: maker, library, and the file that makes it known
DRIVERS = (
    ("NVIDIA", "libnvidia-opencl.so.1", "nvidia.icd"),
    ("AMD", "libamdocl64.so", "amdocl64.icd"),
    ("Intel", "libigdrcl.so", "intel.icd"),
    ("Mesa", "libRusticlOpenCL.so.1", "rusticl.icd"),
    ("PoCL", "libpocl.so.2", "pocl.icd"),
)
#: where the loader finds a library by its name alone
STANDARD = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
FOLDERS = (
    *STANDARD,
    *(f"{folder}/intel-opencl" for folder in STANDARD),
    *("/usr/local/lib", "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib", "/opt/rocm/lib"),
)
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "POCL_MAX_PTHREAD_COUNT",
)
SETTINGS = (
    platforms.VARIABLE,
    devices.FUSE,
    devices.SHARE,
    "OCL_ICD_VENDORS",
    "OPENCL_VENDOR_PATH",
    "POCL_CACHE_DIR",
    "POCL_DEVICES",
    "RUSTICL_ENABLE",
)


def add_command(commands: Any) -> None:
    """Add ``doctor`` to the commands of ``python -m lightgrad``."""
    parser = commands.add_parser(
        "doctor",
        help="say what lightgrad finds here, and test every OpenCL device",
        description="Say what lightgrad finds on this machine, test every OpenCL device for a "
        "second or two, and say what to install if something is missing. The exit code is 0 if "
        "there is a device and all pass, else 1.",
    )
    parser.add_argument(
        "--device", type=_device_name, metavar="NAME", help="only this one: opencl, or opencl:1"
    )
    parser.add_argument(
        "--ops", action="store_true", help="list how each operation runs on OpenCL, test nothing"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.set_defaults(run=run)


def _device_name(text: str) -> str:
    name, colon, index = text.partition(":")
    if name != "opencl" or (colon and not index.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is neither opencl nor like opencl:1")
    return text


def run(args: argparse.Namespace) -> int:
    """The command: print the report, and return the exit code."""
    if args.ops:
        paths = ops()
        print(json.dumps(paths, indent=2) if args.json else ops_text(paths))
        return 0
    report = examine(args.device)
    print(json.dumps(report, indent=2) if args.json else text(report))
    return 0 if report["ok"] else 1


# ------------------------------------------------------------------ what there is


def examine(device: str | None = None) -> dict[str, Any]:
    """Everything the command prints, as JSON can hold it; of one device or of all."""
    report: dict[str, Any] = {
        "python": f"{platform.python_version()} ({sys.executable})",
        "system": platform.platform(),
        "lightgrad": lightgrad.__version__,
        "numpy": np.__version__,
        "blas": _blas(),
        "threads": {v: os.environ[v] for v in THREADS if v in os.environ},
        "cores": os.cpu_count(),
        "settings": {v: os.environ[v] for v in SETTINGS if v in os.environ},
        "pyopencl": None,
        "devices": [],
        "problems": [],
        "notes": [],
    }
    try:
        report["pyopencl"] = platforms.driver().VERSION_TEXT
        report["devices"] = [describe(info) for info in _wanted(device)]
    except DeviceError as error:
        report["problems"].append(str(error).replace(platforms.DOCTOR, ""))  # it is this
    except Exception as error:  # of a driver that does not even answer
        report["problems"].append(f"{type(error).__name__}: {error}")
    report["notes"] += [*hidden_drivers(), *_skipped(), *_without_devices(report)]
    report["ok"] = bool(report["devices"]) and all(d["ok"] for d in report["devices"])
    return report


def _blas() -> str:
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def _wanted(device: str | None) -> list[opencl.DeviceInfo]:
    if device is None:
        return opencl.devices()
    index = find(device).cl().index
    return [opencl.devices()[index]]


def describe(info: opencl.DeviceInfo) -> dict[str, Any]:
    """A device and the results of its test."""
    names = ("index", "default", "name", "platform", "driver", "type", "compute_units")
    facts = {name: getattr(info, name) for name in (*names, "memory", "largest")}
    begin = time.perf_counter()
    try:
        facts["version"] = platforms.found()[info.index].platform.version.strip()
        facts["fp16"], facts["fp64"] = info.fp16, info.fp64
        facts["shares_memory"] = devices.get(info.index).shares
        facts["test"] = self_test(find(f"opencl:{info.index}"))
        facts["ok"] = all(error <= TOLERANCE for error in facts["test"].values())
    except Exception as error:  # of the driver, whatever it may be: the others are tested too
        facts["error"], facts["ok"] = f"{type(error).__name__}: {error}", False
    facts["seconds"] = round(time.perf_counter() - begin, 2)
    return facts


def self_test(cls: Any) -> dict[str, float]:
    """How far a few results are from NumPy's, relative to the largest number of each."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 96, 96)).astype(np.float32)
    x, y = cls.from_numpy(a), cls.from_numpy(b)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HostFallbackWarning)
        product = x @ y
        loss = (product / 10).tanh().sum()
        loss.backward()
        results = {
            "elementwise": ((x * y + 2).tanh() - x, np.tanh(a * b + 2) - a),
            "reduction": ((x * x).sum(dim=0), (a.astype(float) ** 2).sum(0)),
            "matmul": (product, a.astype(float) @ b),
            "gradient": (x.grad, (1 - np.tanh(a.astype(float) @ b / 10) ** 2) / 10 @ b.T),
        }
        return {name: _difference(got.numpy(), want) for name, (got, want) in results.items()}


def _difference(got: np.ndarray, want: np.ndarray) -> float:
    error = float(np.abs(got - want).max() / np.abs(want).max())
    return error if np.isfinite(error) else float("inf")


# ------------------------------------------------------------------ what is missing


def hidden_drivers() -> list[str]:
    """For each installed driver that no file makes known, which file to write."""
    if not sys.platform.startswith("linux"):
        return []
    given = os.environ.get("OCL_ICD_VENDORS") or os.environ.get("OPENCL_VENDOR_PATH")
    vendors = Path(given or "/etc/OpenCL/vendors")
    known = " ".join(p.read_text(errors="replace") for p in sorted(vendors.glob("*.icd")))
    notes = []
    for maker, library, file in DRIVERS:
        folder = next((f for f in FOLDERS if Path(f, library).exists()), None)
        if folder is None or library.partition(".so")[0] in known:
            continue
        if maker == "PoCL" and _pocls():  # pip's, which no file names; another is of no use
            continue
        line = library if folder in STANDARD else f"{folder}/{library}"
        notes.append(
            f"{maker}'s driver is installed ({folder}/{library}), but no file in {vendors} names "
            f"it, so OpenCL does not see it; as root: mkdir -p {vendors} && "
            f"echo {line} > {vendors}/{file}"
        )
    return notes


def _pocls() -> list[Any]:
    """The PoCL platforms that OpenCL sees."""
    try:
        return [p for p in platforms.installed() if p.name == platforms.POCL]
    except DeviceError:  # `examine` has said so
        return []


def _skipped() -> list[str]:
    """Of several PoCL, which one is used; and where one is too old for the processor."""
    every = _pocls()
    if len(every) < 2:
        return []
    used = [p for p in platforms.platforms() if p.name == platforms.POCL]
    first = " that knows the processor" if used and used[0] != every[0] else ""
    return [
        f"{len(every)} PoCL platforms are installed; only the first{first} is used "
        f"({' '.join((used or every)[0].version.split()[2:4])}), as two in one process crash each "
        f"other"
    ]


def _without_devices(report: dict[str, Any]) -> list[str]:
    """Why PoCL has no device, where others have some; without any the problem has said so."""
    if not report["devices"] or any(platforms.devices_of(p) for p in _pocls()[:1]):
        return []
    fault = platforms.cache_fault()
    return [fault] if fault else []


# ------------------------------------------------------------------ the operations


def ops() -> dict[str, str]:
    """How each registered operation runs on OpenCL."""
    return {
        op: _path(op, rule)
        for op, rule in sorted(AbstractTensor._ops.items())
        if rule.__module__.startswith("lightgrad.")
    }


def _path(op: str, rule: Any) -> str:
    if op in opencl.OpenCLTensor._ops:
        return "native kernel"
    if not isinstance(rule, type) or (issubclass(rule, Function) and rule.composite):
        return "derived"
    return "host fallback" if op in CpuTensor._ops else "missing"


# ------------------------------------------------------------------ as text


def text(report: dict[str, Any]) -> str:
    """The report for people."""
    rows = [
        ("Python", report["python"]),
        ("system", f"{report['system']}, {report['cores']} cores"),
        ("lightgrad", report["lightgrad"]),
        ("NumPy", f"{report['numpy']} with {report['blas']}"),
        ("pyopencl", report["pyopencl"] or "missing"),
    ]
    rows += sorted({**report["threads"], **report["settings"]}.items())
    lines = _table(rows, "")
    for device in report["devices"]:
        lines += ["", *_device_text(device)]
    for problem in report["problems"]:
        lines += ["", f"problem: {problem}"]
    for note in report["notes"]:
        lines += ["", f"note: {note}"]
    return "\n".join(lines)


def _device_text(device: dict[str, Any]) -> list[str]:
    yes: Callable[[str], str] = lambda key: "yes" if device.get(key) else "no"  # noqa: E731
    rows = [
        ("platform", f"{device['platform']}, {device.get('version', '').split('  ')[0]}"),
        ("driver", device["driver"]),
        ("type", f"{device['type']}, {device['compute_units']} compute units"),
        ("memory", f"{_gib(device['memory'])}, at most {_gib(device['largest'])} in one array"),
        ("dtypes", f"float16: {yes('fp16')}, float64: {yes('fp64')}"),
        ("shares memory", f"with the host: {yes('shares_memory')}"),
    ]
    if "error" in device:
        rows.append(("self test", f"FAILED: {device['error']}"))
    else:
        results = [
            f"{name} {'ok' if error <= TOLERANCE else f'DIFFERS by {error:.1e}'}"
            for name, error in device["test"].items()
        ]
        rows.append(("self test", f"{', '.join(results)} ({device['seconds']:.1f} s)"))
    mark = '   <- "opencl"' if device["default"] else ""
    return [f"opencl:{device['index']}  {device['name']}{mark}", *_table(rows, "  ")]


def _gib(nbytes: int) -> str:
    return f"{nbytes / 2**30:.1f} GiB"


def _table(rows: list[tuple[str, str]], indent: str) -> list[str]:
    width = max(len(name) for name, _ in rows) + 2
    return [f"{indent}{name:{width}}{value}" for name, value in rows]


def ops_text(paths: dict[str, str]) -> str:
    """The operations in a table, and how many run in each way."""
    counts = Counter(paths.values())
    total = ", ".join(f"{count} {path}" for path, count in counts.most_common())
    return "\n".join([*_table(list(paths.items()), ""), "", f"{len(paths)} operations: {total}"])
