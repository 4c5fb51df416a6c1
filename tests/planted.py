"""Backends over the CPU's kernels, sound ones and ones with a fault planted in one op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad import AbstractTensor, CpuTensor, Function
from lightgrad.autograd.cpu.tensor import writable
from lightgrad.autograd.dtypes import DEFAULT, as_dtype
from lightgrad.conformance import ladder as ladders
from lightgrad.conformance.case import mapped
from lightgrad.conformance.runner import Report, execute
from lightgrad.conformance.target import Target

#: of the long levels, 8 and 10, what is climbed by default; the rest is slow
SOME = "add,exp,where,sum,softmax,cumsum,matmul,linear,conv2d,gather,argsort,zeros,MLP,CNN"

KERNELS = {
    op: fn
    for op, fn in CpuTensor._ops.items()
    if isinstance(fn, type) and op in AbstractTensor._ops
}


def backend(
    name: str,
    forward: dict[str, Callable[..., Any]] | None = None,
    backward: dict[str, Callable[..., Any]] | None = None,
    only: Any = KERNELS,
    **attributes: Any,
) -> Any:
    """A tensor class with the CPU's kernels; ``forward[op](kernel)`` is put in a kernel's place."""

    def from_numpy(a: Any, requires_grad: bool = True) -> Any:
        return cls(np.array(a, order="C"), requires_grad)

    def filled(number: float) -> Any:
        def make(shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> Any:
            return cls(np.full(shape, number, as_dtype(dtype)), requires_grad)

        return staticmethod(make)

    def uniform(low: float, high: float, shape: Any, requires_grad: bool = True) -> Any:
        values = np.random.default_rng(0).uniform(low, high, shape)
        return cls(values.astype(np.float32), requires_grad)

    body = {
        "__slots__": (),
        "dtype": property(lambda self: self.data.dtype),
        "shape": property(lambda self: self.data.shape),
        "from_numpy": staticmethod(from_numpy),
        "empty": filled(0),
        "zeros": filled(0),
        "ones": filled(1),
        "uniform": staticmethod(uniform),
        "numpy": lambda self: self.data.copy(),
        "is_contiguous": lambda self: self.data.flags.c_contiguous,
        "_write": lambda self, source: np.copyto(
            writable(self.data), source.data, casting="unsafe"
        ),
        **attributes,
    }
    cls: Any = type(name, (AbstractTensor,), body)
    for op in only:
        fn = KERNELS[op]
        change = (forward or {}).get(op, lambda kernel: kernel)
        more = {"forward": _lifted(cls, change(fn.forward)), "scalars": fn.scalars}
        if hasattr(change, "narrow"):  # it computes in 16 bits, which lightgrad spares others
            more["opmath"] = False
        if op in (backward or {}):
            more["backward"] = (backward or {})[op]
        rule: Any = AbstractTensor._ops[op]
        cls.register_op(name=op)(type(rule.__name__, (rule,), {**more, "__module__": __name__}))
    return cls


def _lifted(cls: Any, kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel of the CPU for tensors of ``cls``, whose data is an array too."""

    def forward(ctx: Function, *args: Any) -> Any:
        mine: list[Any] = []

        def lower(a: Any) -> Any:
            if not isinstance(a, cls):
                return a
            mine.append(a)
            return CpuTensor(a.data)

        def lift(t: Any) -> Any:
            if type(t) is not CpuTensor:  # its memory is shared, and nobody is to know
                return cls(t.data)
            for a in mine:
                # NumPy says that of nothing, and an empty view may still be read-only
                if np.may_share_memory(a.data, t.data) or not t.data.flags.writeable:
                    return a._view(t.data)
            return cls(t.data)

        return mapped(kernel(ctx, *mapped(args, lower)), lift)

    return forward


# ----------------------------------------------------------------- faults, one op each


def _steep(ctx: Any, grad: Any) -> Any:
    """Wrong by a part in a thousand."""
    return grad * ctx.get_saved_tensors()[0] * 1.001


def _flat(kernel: Any) -> Any:
    """Reads memory in its own order, whatever the strides say."""

    def forward(ctx: Any, a: Any) -> Any:
        memory = a.data.ravel(order="K").reshape(a.shape)
        return kernel(ctx, CpuTensor(memory))

    return forward


def _short(kernel: Any) -> Any:
    """Whole work groups of 64 only."""

    def forward(ctx: Any, a: Any) -> Any:
        out = kernel(ctx, a).data.copy()
        if out.size > 64:
            out.reshape(-1)[out.size - out.size % 64 :] = 0
        return CpuTensor(out)

    return forward


def _stale(kernel: Any) -> Any:
    """One buffer for the results of all calls."""
    buffer = np.zeros(1 << 18, np.float32)

    def forward(ctx: Any, a: Any) -> Any:
        out = kernel(ctx, a).data
        if out.dtype != buffer.dtype:
            return CpuTensor(out)
        buffer[: out.size] = out.reshape(-1)
        return CpuTensor(buffer[: out.size].reshape(out.shape))

    return forward


def _narrow(kernel: Any) -> Any:
    """Indices of 32 bits."""
    return lambda ctx, *args: CpuTensor(kernel(ctx, *args).data.astype(np.int32))


def racing(kernel: Any) -> Any:
    """A sum whose parts arrive in any order."""
    rng = np.random.default_rng(0)

    def forward(ctx: Any, t: Any, dims: Any, keepdim: bool, *more: Any) -> Any:
        if t.data.dtype.kind != "f" or t.data.size < 100:
            return kernel(ctx, t, dims, keepdim, *more)
        axis = t.data.shape.index(max(t.data.shape))
        mixed = np.take(t.data, rng.permutation(t.data.shape[axis]), axis)
        return kernel(
            ctx, CpuTensor(mixed if axis in (dims or (0,)) else t.data), dims, keepdim, *more
        )

    return forward


Sound = backend("Sound")
WrongGradient = backend("WrongGradient", backward={"exp": _steep})
WrongStrides = backend("WrongStrides", {"abs": _flat})
DroppedTail = backend("DroppedTail", {"sin": _short})
StaleBuffer = backend("StaleBuffer", {"sqrt": _stale})
NarrowIndices = backend("NarrowIndices", {"argmax": _narrow})
Nondeterministic = backend("Nondeterministic", {"sum": racing})
FiveOps = backend("FiveOps", only=("neg", "add", "mul", "pow", "fill"))

#: backend -> the op at fault and the level that must find it
FAULTS = {
    "WrongGradient": ("exp", 5),
    "WrongStrides": ("abs", 3),
    "DroppedTail": ("sin", 8),
    "StaleBuffer": ("sqrt", 8),
    "NarrowIndices": ("argmax", 4),
    "Nondeterministic": ("sum", 10),
}


def climbed(cls: Any, *levels: int, ops: str = "*", half: int | None = None) -> Report:
    """The report of some levels only, of some ops.

    Of each level one half, 0 or 1, where that is enough, and the first check of each op.
    """
    target = Target(cls)
    report = Report(target.name, target.device, {"dtypes": [], "max_elements": None}, max(levels))
    for level in levels:
        seen: set[str] = set()
        for n, check in enumerate(ladders.ladder(target, level, ops, level)):
            if half in (None, n % 2) or check.op not in seen:
                report.outcomes.append(execute(check, target))
            seen.add(check.op)
    return report
