"""The OpenCL backend.  Importing it opens no device."""

from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.opencl import ops as _ops  # isort: skip  registers the kernels
