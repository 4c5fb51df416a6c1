"""lightgrad as a library that programs run on: in their dtypes, in float64, or with rounding."""

from typing import Any

import numpy as np

from lightgrad import optim
from lightgrad.autograd import AbstractTensor, CpuTensor, Function, grad, no_grad
from lightgrad.fuzz import table
from lightgrad.fuzz.program import Program, Step, mapped

FLOATS = {name: np.dtype(name) for name in table.FLOATS}


class Light:
    """Programs on a tensor class of lightgrad, as they are."""

    name = "lightgrad"
    optim = optim
    clip_grad_norm_ = staticmethod(optim.clip_grad_norm_)
    grad = staticmethod(grad)
    no_grad = no_grad

    def __init__(self, cls: Any = CpuTensor) -> None:
        self.cls = cls
        self.seen: dict[Any, list[Any]] = {}

    #: whether what an op saves is protected from later changes
    careful = False
    #: whether hooks change nothing in place and threads run one after the other
    plain = False

    def start(self, program: Program) -> None:
        self.seen = {}

    def shares(self, view: Any, base: Any) -> bool:
        """Whether one is a view of the other."""
        return view is base or (view._storage is not None and view._storage is base._storage)

    def leaf(self, step: Step) -> Any:
        data = np.asarray(step.data)
        # strides below zero, which nobody else has
        if step.name == "reversed" and self.cls is CpuTensor:
            backwards = tuple(slice(None, None, -1) for _ in data.shape)
            return CpuTensor(data[backwards].copy()[backwards], requires_grad=step.requires_grad)
        return self.cls.from_numpy(data, requires_grad=step.requires_grad)

    def dtype(self, name: str) -> str:
        return name

    def call(self, key: str, args: Any, kwargs: Any) -> Any:
        entry = table.entries()[key]
        result = entry.run(args, kwargs)
        # what goes to the CPU comes back: on the CPU, programs go on with it
        return result.transfer(self.cls) if entry.op == "transfer" else result

    def method(self, step: Step, args: Any, kwargs: Any) -> Any:
        return getattr(args[0], step.name)(*args[1:], **kwargs)

    def array(self, value: Any) -> Any:
        return value.numpy() if isinstance(value, AbstractTensor) else value

    def rounded(self, variable: int, result: Any) -> Any:
        return result

    def lent(self, gradient: Any) -> Any:
        """A gradient that `backward` is given, and must leave as it is."""
        return gradient

    def calling(self, step: Step, args: Any) -> None:
        """Before a step that computes."""

    def settle(self, target: Any) -> None:
        """Before a change in place of what a change of a view of it may have changed."""

    def written(self, step: Step, args: Any, kwargs: Any) -> Any:
        """A change in place by the tensor's own method."""
        return getattr(args[0], step.name)(*args[1:], **kwargs)


class Wide(Light):
    """The reference: the same program with its floats in float64, on NumPy.

    What an op saves for its gradient is a copy, so later changes in place never spoil it: where
    others have to refuse, this gives what they would have to give.
    """

    name = "float64"
    careful = plain = True

    def copied(self, a: Any) -> Any:
        return a.clone() if isinstance(a, AbstractTensor) else a

    def leaf(self, step: Step) -> Any:
        data = np.asarray(step.data)
        if data.dtype.kind == "f":
            data = data.astype(np.float64)
        return CpuTensor.from_numpy(data, requires_grad=step.requires_grad)

    def dtype(self, name: str) -> str:
        return "float64" if name in FLOATS else name

    def call(self, key: str, args: Any, kwargs: Any) -> Any:
        entry = table.entries()[key]
        if entry.op in ("half", "float", "double"):
            return args[0].to("float64")
        if entry.op in ("cast", "sum"):
            args = tuple(self.dtype(a) if isinstance(a, str) else a for a in args)
            kwargs = {k: self.dtype(v) if isinstance(v, str) else v for k, v in kwargs.items()}
        return entry.run(args, kwargs)

    def rounded(self, variable: int, result: Any) -> Any:
        if isinstance(result, AbstractTensor) and result.dtype.kind == "f":
            wide = result.to("float64")  # of integers it is float32 otherwise
            return wide.clone() if self.careful and wide is result else wide
        return result

    def written(self, step: Step, args: Any, kwargs: Any) -> Any:
        """A copy of what a change in place makes is written."""
        if step.name in ("zero_", "fill_", "copy_"):
            return super().written(step, args, kwargs)
        target, *rest = mapped(args, self.copied)
        result = getattr(target, step.name[:-1])(*rest, **kwargs)
        return args[0].copy_(self.rounded(step.args[0].index, result))


class Noisy(Wide):
    """The reference with every number changed by the rounding of its dtype.

    What a number is changed by depends on the number (``by="value"``), so that zeros stay
    zeros and equal numbers equal, or also on its place (``by="place"``), which breaks ties, or
    that but for zeros (``by="apart"``).
    """

    name = "float64 with rounding"

    def __init__(self, salt: int, sign: float, by: str = "value") -> None:
        super().__init__()
        self.salt, self.sign, self.by = salt, sign, by
        self.dtypes: dict[int, str] = {}
        self.size: list[float] | None = None
        self.fresh = False
        self.entered = 0.0  # the largest number that goes into an op
        self.products = False  # whether the op subtracts products of what goes in
        self.kind: Any = np.dtype("float64")
        self.reads_gradients = False  # whether a program goes on with what is in `.grad`

    def start(self, program: Program) -> None:
        super().start(program)
        self.dtypes = program.dtypes
        self.reads_gradients = bool(program.kinds & {"clip", "optimize", "gradof"})

    def leaf(self, step: Step) -> Any:
        data = np.asarray(step.data)
        kind = data.dtype
        if kind.kind == "f":
            data = self.changed(data.astype(np.float64), kind)
        made = CpuTensor.from_numpy(data, requires_grad=step.requires_grad)
        if step.requires_grad and self.reads_gradients:
            made.register_hook(lambda g: Rounding.apply(g, self, kind))
        return made

    def rounded(self, variable: int, result: Any) -> Any:
        result = super().rounded(variable, result)
        if isinstance(result, AbstractTensor) and result.dtype == np.float64:
            kind = FLOATS.get(self.dtypes.get(variable, ""), result.dtype)
            return Rounding.apply(result, self, kind, self.size)
        return result

    def calling(self, step: Step, args: Any) -> None:
        """The dtype of its first result, whose rounding is that of the op."""
        self.size, self.fresh = None, step.fresh
        names = [self.dtypes.get(i, "") for i in (*step.outs, *step.reads)]
        self.kind = max(
            (FLOATS[n] for n in names if n in FLOATS), key=_eps, default=FLOATS["float64"]
        )

    def call(self, key: str, args: Any, kwargs: Any) -> Any:
        """An op between noise on its arguments' gradients and on its results."""
        if self.fresh:  # views share memory
            args, kwargs = self._entering(args, kwargs)
        self.products = table.entries()[key].op.endswith("_backward")
        return super().call(key, args, kwargs)

    def method(self, step: Step, args: Any, kwargs: Any) -> Any:
        if self.fresh:
            args, kwargs = self._entering(args, kwargs)
        return super().method(step, args, kwargs)

    def _entering(self, args: Any, kwargs: Any) -> Any:
        self.size, self.entered = [0.0], 0.0

        def entering(a: Any) -> Any:
            if not isinstance(a, AbstractTensor) or a.dtype.kind != "f":
                return a
            self.entered = max(self.entered, largest(a.data))
            if self.by != "value" and self.fresh:  # equal rows of an expanded tensor too
                a = Rounding.apply(a, self, self.kind)
            return Entering.apply(a, self, self.kind, self.size) if a.requires_grad else a

        return mapped((args, kwargs), entering)

    def changed(self, a: np.ndarray, dtype: Any) -> np.ndarray:
        """Numbers as they may be after an operation in ``dtype``."""
        limits = np.finfo(dtype)
        noise = jitter(a, self.salt)
        out = np.asarray(a * (1 + self.sign * float(limits.eps) * noise))
        if self.by != "value" and a.size:
            noise = jitter(np.arange(1.0, a.size + 1).reshape(a.shape), self.salt)
            moved = out + self.sign * float(limits.eps) * (largest(a) or 1.0) * noise
            out = np.where(a == 0, out, moved) if self.by == "apart" else moved
        if dtype != np.float64:
            out = np.where(a == 0, out, out + self.sign * float(limits.smallest_subnormal) * noise)
            if self.sign < 0:  # what is too small for the dtype may be nothing
                out = np.where(np.abs(out) < float(limits.smallest_subnormal), 0.0 * out, out)
            if self.sign:
                out = np.where(np.abs(out) > 0.5 * float(limits.max), np.sign(out) * np.inf, out)
        return out


class Rounding(Function):
    """Noise on the numbers that pass, and on their gradients of every order."""

    __slots__ = ("kind", "noisy", "size")

    def forward(ctx, t: Any, noisy: Noisy, dtype: Any, size: Any = None) -> Any:
        ctx.noisy, ctx.kind, ctx.size = noisy, dtype, size
        data = np.asarray(noisy.changed(t.data, dtype))
        if size is not None:  # what cancels inside the op
            n = noisy.entered
            size = n * max(1.0, n) if noisy.products else min(1.0, n)
            inside = 0.125 * _eps(dtype) * noisy.sign * size
            data = np.where(data == 0, 0, data + inside * jitter(data, noisy.salt + 3))
        return CpuTensor(np.asarray(data), requires_grad=False)

    def backward(ctx, g: Any) -> Any:
        if ctx.size is not None:
            ctx.size[0] = max(ctx.size[0], largest(g.data))
        return Rounding.apply(g, ctx.noisy, ctx.kind)


class Entering(Function):
    """What goes into an op: its gradient has the rounding of what is inside the op.

    That is relative to the gradient of the result, however flat the function is here.
    """

    __slots__ = ("kind", "noisy", "size")

    def forward(ctx, t: Any, noisy: Noisy, dtype: Any, size: Any) -> Any:
        ctx.noisy, ctx.kind, ctx.size = noisy, dtype, size
        return t._alias()

    def backward(ctx, g: Any) -> Any:
        eps = float(np.finfo(ctx.kind).eps) * ctx.noisy.sign
        noise = np.where(g.data == 0, 0, jitter(g.data, ctx.noisy.salt + 5))
        return g + CpuTensor(eps * ctx.size[0] * noise, requires_grad=False)


def _eps(dtype: Any) -> float:
    return float(np.finfo(dtype).eps)


def largest(a: np.ndarray) -> float:
    """The greatest finite size."""
    sizes = np.abs(a[np.isfinite(a)])
    return float(sizes.max()) if sizes.size else 0.0


def jitter(a: np.ndarray, salt: int) -> np.ndarray:
    """A number between -1 and 1 for each number, which depends on its size alone.

    >>> jitter(np.array([1.5, -1.5, 1.5]), 0).ptp() if hasattr(np.ndarray, "ptp") else 0
    0
    """
    bits = np.ascontiguousarray(np.abs(a)).view(np.uint64).reshape(a.shape)
    mixed = (bits ^ np.uint64(salt * 0x632BE59BD9B4E019 & (1 << 64) - 1)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-52 - 1.0)
