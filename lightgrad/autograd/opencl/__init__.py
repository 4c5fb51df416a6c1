"""The OpenCL backend.  Importing it opens no device."""

from lightgrad.autograd.opencl import ops as _ops  # noqa: F401  registers the kernels
from lightgrad.autograd.opencl.tensor import OpenCLTensor

__all__ = ["OpenCLTensor"]
