"""All rows of tests/op_rows, and how a sample becomes tensors of either library."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from lightgrad.autograd import AbstractTensor, CpuTensor
from tests import op_rows
from tests.op_rows.row import Row, Sample

#: module -> why it could not be imported; a test of its own says so
BROKEN: dict[str, str] = {}


def _collect() -> list[Row]:
    rows: list[Row] = []
    for found in pkgutil.iter_modules(op_rows.__path__):
        try:
            module = importlib.import_module(f"{op_rows.__name__}.{found.name}")
        except Exception as error:
            BROKEN[found.name] = f"{type(error).__name__}: {error}"
        else:
            rows += getattr(module, "ROWS", [])
    return rows


ROWS = _collect()
#: the ops of every device and the kernels of the CPU, before any test adds its own
REGISTERED = {**AbstractTensor._ops, **CpuTensor._ops}

LAYOUTS = ("transposed", "strided", "reversed")


def mapped(value: Any, fn: Callable[[Any], Any]) -> Any:
    """``fn`` applied to every leaf of nested lists, tuples and dicts."""
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(v, fn) for v in value)
    if isinstance(value, dict):
        return {k: mapped(v, fn) for k, v in value.items()}
    return fn(value)


def leaves(value: Any) -> list[Any]:
    """The same leaves in a list."""
    found: list[Any] = []
    mapped(value, found.append)
    return found


def is_floating(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float64


def has_floats(sample: Sample) -> bool:
    return any(map(is_floating, leaves((sample.args, sample.kwargs))))


class Call:
    """One sample made of tensors of one library; ``run`` computes the outputs."""

    def __init__(self, row: Row, sample: Sample, make: Callable[[Any], Any], library: str):
        self.args, self.kwargs = mapped((sample.args, sample.kwargs), make)
        self.library = library
        self.fn = getattr(row, library) or _method(row.op)

    @property
    def tensors(self) -> list[Any]:
        kinds = (AbstractTensor, torch.Tensor)
        return [t for t in leaves((self.args, self.kwargs)) if isinstance(t, kinds)]

    @property
    def wanted(self) -> list[Any]:
        """The inputs that gradients are asked for."""
        return [t for t in self.tensors if t.requires_grad]

    def run(self, wanted: Any = None) -> list[Any]:
        """The outputs, flat; with ``wanted`` in place of the inputs asked for."""
        args, kwargs = self.args, self.kwargs
        if wanted is not None:
            new = iter(wanted)
            args, kwargs = mapped(
                (args, kwargs), lambda t: next(new) if getattr(t, "requires_grad", False) else t
            )
        with warnings.catch_warnings():
            if self.library == "torch":
                warnings.simplefilter("ignore")  # the oracle may warn, we may not
            return leaves(_plain(self.fn(*args, **kwargs)))


def _plain(out: Any) -> Any:
    """torch's named tuples as tuples."""
    return tuple(map(_plain, out)) if isinstance(out, (tuple, list)) else out


def _method(op: str) -> Callable[..., Any]:
    return lambda t, *args, **kwargs: getattr(t, op)(*args, **kwargs)


def light_call(row: Row, sample: Sample, cls: Any, dtype: str, layout: str = "") -> Call:
    def make(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        floating = is_floating(value)
        array = value.astype(dtype) if floating else value
        out = laid_out(cls, array, layout) if layout else cls.from_numpy(array, requires_grad=False)
        return out.requires_grad_(floating and row.grad)

    return Call(row, sample, make, "light")


def torch_call(row: Row, sample: Sample, dtype: str) -> Call:
    def make(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        floating = is_floating(value)
        out = torch.from_numpy(np.array(value, dtype if floating else value.dtype))
        return out.requires_grad_(floating and row.grad)

    return Call(row, sample, make, "torch")


def laid_out(cls: Any, array: np.ndarray, layout: str) -> Any:
    """A tensor of the same values whose elements do not lie in order in memory."""
    if not array.ndim:
        return cls.from_numpy(array, requires_grad=False)
    if layout == "transposed":
        order = tuple(range(array.ndim))[::-1]
        return cls.from_numpy(array.T, requires_grad=False).permute(order).detach()
    step = 2 if layout == "strided" else -1
    if cls is not CpuTensor and step < 0:
        step = 3
    wide = np.full((*array.shape[:-1], array.shape[-1] * abs(step)), 7).astype(array.dtype)
    wide[..., ::step] = array
    if cls is CpuTensor:
        return CpuTensor(wide[..., ::step])
    return cls.from_numpy(wide, requires_grad=False)[..., ::step].detach()
