"""The libraries beside lightgrad: whether they can take part, and what they read at their start."""

from __future__ import annotations

import importlib.util
import os
import shutil


def missing(peer: str, device: str) -> str:
    """Why a library cannot take part, or nothing."""
    package, _, place = peer.partition(":")
    if not importlib.util.find_spec(package):
        return "not installed"
    if package == "torch" and (place == "cuda" or device == "opencl") and not cuda():
        return "no CUDA card"  # its nearest to OpenCL
    if package == "tinygrad" and device == "cpu" and not place and not shutil.which("clang"):
        return "needs the program clang to run on a CPU"
    if device == "opencl" and package in ("jax", "mygrad", "autograd", "micrograd"):
        return "has no OpenCL"
    return ""


def environment(peer: str, device: str, threads: int) -> dict[str, str]:
    """The same threads for all, and what else a library reads from its environment."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUM_CPU_THREADS")
    found = dict.fromkeys(names, str(threads))
    if peer.startswith("tinygrad"):
        opencl = device == "opencl" or peer.endswith(":opencl")
        found |= {"DEV": "CL" if opencl else "CPU", "TRAINING": "1"}
    if peer == "jax":
        found |= {"JAX_PLATFORMS": "cpu"}
        if threads == 1:
            found |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    return found


def cuda() -> bool:
    """Whether there is a card on which torch could run beside OpenCL."""
    return os.path.exists("/dev/nvidia0")
