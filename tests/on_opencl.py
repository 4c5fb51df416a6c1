"""What the tests of the OpenCL backend share; those that import it are skipped without a device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lightgrad.autograd.opencl import OpenCLTensor
from tests.backends import REASONS

if REASONS["opencl"]:
    pytest.skip(REASONS["opencl"], allow_module_level=True)

DEVICE = OpenCLTensor.cl()
fused = pytest.mark.skipif(not DEVICE.fuse, reason="LIGHTGRAD_FUSE=0")


def place(values: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Any:
    return OpenCLTensor.from_numpy(np.array(values, dtype), requires_grad=requires_grad)


# ------------------------------------------------------------------ devices and dtypes
