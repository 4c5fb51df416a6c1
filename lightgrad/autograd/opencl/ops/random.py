"""Random tensors on OpenCL, the same bits as on every device."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.dtypes import DEFAULT, as_dtype, int64
from lightgrad.autograd.generator import draw
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST
from lightgrad.autograd.opencl.kernels import philox
from lightgrad.autograd.opencl.tensor import OpenCLTensor


def _kind(kernel: Any) -> Any:
    """A hook of `generator.draw`."""

    def hook(cls: Any, shape: Any, dtype: Any, key: int, counter: int, *params: Any) -> Any:
        device = cls.cl()
        values = [p._data if isinstance(p, OpenCLTensor) else p for p in params]
        return cls(kernel(device, shape, dtype, key, counter, *values))

    return hook


def _permutation(device: Any, shape: Any, dtype: Any, key: int, counter: int) -> Any:
    order = philox.permutation(device, shape[0], key, counter)
    return order if dtype == int64 else record(CAST, (order,), dtype)


_KERNELS = {
    "uniform": philox.uniform,
    "normal": philox.normal,
    "integers": philox.integers,
    "all_integers": philox.integers,
    "bernoulli": philox.trials,
    "mask": philox.trials,
    "permutation": _permutation,
}
for _name, _kernel in _KERNELS.items():
    setattr(OpenCLTensor, "_random_" + _name, classmethod(_kind(_kernel)))


def _uniform(
    cls: Any,
    low: float,
    high: float,
    shape: Any,
    dtype: Any = DEFAULT,
    requires_grad: bool = True,
) -> OpenCLTensor:
    """A tensor of numbers evenly distributed over [low, high), from the default generator."""
    out = draw(cls, "uniform", tuple(shape), as_dtype(dtype), None, float(low), float(high))
    return out.requires_grad_(requires_grad)


OpenCLTensor.uniform = classmethod(_uniform)  # type: ignore[assignment]
