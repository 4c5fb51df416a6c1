"""The op table with torch's spelling, and how a sample becomes tensors of either library."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.conformance import case
from lightgrad.conformance.case import leaves, mapped
from lightgrad.conformance.row import Row
from lightgrad.conformance.rows import ROWS as PACKAGED
from tests import op_rows
from tests.one_op import asked

#: the ops of every device and the kernels of the CPU, before any test adds its own
REGISTERED = {**AbstractTensor._ops, **CpuTensor._ops}


def gradient_of(fn: Callable[..., Any]) -> Callable[..., Any]:
    """torch's gradient of ``fn`` for its first argument, as a function of what comes back too."""
    return lambda g, *args: gradients_of(fn, 1)(g, *args)[0]


def gradients_of(fn: Callable[..., Any], first: int = 0) -> Callable[..., Any]:
    """torch's gradients for the tensors among the arguments, or the first ones of them."""

    def run(g: torch.Tensor, *args: Any) -> Any:
        recorded = any(is_floating_tensor(a) and a.requires_grad for a in (g, *args))
        own = [a.requires_grad_() if is_floating_tensor(a) else a for a in args]
        wanted = [a for a in own if is_floating_tensor(a)]
        return torch.autograd.grad(fn(*own), wanted[: first or None], g, create_graph=recorded)

    return run


def is_floating_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def torch_names(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function of torch that understands NumPy's spellings."""
    plain = {"axis": "dim", "keepdims": "keepdim"}
    return lambda *args, **kwargs: fn(*args, **{plain.get(k, k): v for k, v in kwargs.items()})


def is_floating(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float64


class Call:
    """One sample made of tensors of one library; ``run`` computes the outputs."""

    def __init__(self, row: Row, sample: case.Call, make: Callable[[Any], Any], library: str):
        self.row = row
        self.args, self.kwargs = mapped((sample.args, sample.kwargs), make)
        self.library = library
        self.fn = row.run if library == "light" else spelled(row)

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


def spelled(row: Row) -> Callable[..., Any]:
    """How torch calls a row: as the tests say, as the row does, or by the op's name."""
    if row.name in TORCH:
        return TORCH[row.name]
    if row.fn is not None:
        return row.fn
    return next(
        getattr(place, row.op) for place in (torch.Tensor, F, torch) if hasattr(place, row.op)
    )


def light_call(row: Row, sample: case.Call, cls: Any, dtype: str, layout: str = "") -> Call:
    def make(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        floating = is_floating(value)
        array = value.astype(dtype) if floating else value
        out = laid_out(cls, array, layout) if layout else cls.from_numpy(array, requires_grad=False)
        return out.requires_grad_(floating and row.grad)

    return Call(row, sample, make, "light")


def torch_call(row: Row, sample: case.Call, dtype: str) -> Call:
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


def _collect() -> tuple[dict[str, Callable[..., Any]], list[Row]]:
    """torch's spelling, and the rows of the tests alone."""
    spelling: dict[str, Callable[..., Any]] = {}
    more: list[Row] = []
    for found in pkgutil.iter_modules(op_rows.__path__):
        module = importlib.import_module(f"{op_rows.__name__}.{found.name}")
        spelling |= getattr(module, "TORCH", {})
        more += [replace(row, family=found.name) for row in getattr(module, "MORE", ())]
    return spelling, more


TORCH, _more = _collect()
ROWS: list[Row] = [row for row in (*PACKAGED, *_more) if asked(row.op)]
