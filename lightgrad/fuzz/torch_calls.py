"""PyTorch as a library that programs run on; the one place that imports it, if it is there."""

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.tensor import AbstractTensor, takes_several
from lightgrad.fuzz import table
from lightgrad.fuzz.program import Program, Step, mapped
from lightgrad.nn import functional

#: ops that torch has not under any name: kernels of ours
UNSPELLED = frozenset(["apply_update_", "attention", "cast", "clamp_between", "convolution"])
UNSPELLED |= frozenset(["convolution_input", "convolution_weight", "distinct", "is_contiguous"])
UNSPELLED |= frozenset(["join", "normalization_statistics", "normalized", "pool_max", "pool_sum"])
UNSPELLED |= frozenset(["pool_max_gather", "placed", "put", "replaced", "resized"])
UNSPELLED |= frozenset(["transfer", "zeta_sum", "cholesky_lower", "eigh_parts", "svd_parts"])
#: and those whose rows call them on what lightgrad makes of the samples; nor do strides of memory
#: mean there what they mean here
UNSPELLED |= frozenset(["cholesky", "ctc_loss", "linalg_eigh", "linalg_eigvalsh", "linalg_svd"])
UNSPELLED |= frozenset(["linalg_multi_dot", "as_strided"])
#: and those that say which of equal elements they took
UNSPELLED |= frozenset(["kthvalue", "median", "mode", "nanmedian"])
#: rows whose way to call an op reaches into lightgrad
_OURS = frozenset(["add in place", "mul in place", "fill in place", "put in place"])
_OURS |= frozenset(["put twice into one place", "cast there and back", "view of another order"])
_OURS |= frozenset(["seeded dropout", "certain dropout", "running batch_norm"])
_OURS |= frozenset(
    ["running instance_norm", "batch_norm and averages", "instance_norm and averages"]
)


def available() -> bool:
    """Whether torch is installed."""
    return importlib.util.find_spec("torch") is not None


def spelled(op: str) -> bool:
    """Whether torch has an op; known without torch, as draws depend on it."""
    return op not in UNSPELLED and not op.endswith("_backward")


def in_functional(op: str) -> bool:
    """Whether an op is taken from torch.nn.functional; `Torch.call` finds the five elsewhere."""
    return hasattr(functional, op) and op not in (
        "batch_norm",
        "dropout",
        "relu",
        "sigmoid",
        "tanh",
    )


def callable_in_torch(key: str) -> bool:
    """Whether this call of the table can be made in torch."""
    entry = table.entries()[key]
    other = entry.name in _OURS | table.DETACHING or entry.family == "random"
    return spelled(entry.op) and not other


#: torch's words where it sees it, which it does for memory without gaps
UNSEEN = (
    "some elements of the input tensor and the written-to tensor refer to a single memory "
    "location, which torch does not notice"
)


class Lacking(Exception):
    """torch has not what it would be compared with."""


class Torch:
    """Programs on torch."""

    name = "torch"

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.F = torch.nn.functional
        self.optim = torch.optim
        self.clip_grad_norm_ = torch.nn.utils.clip_grad_norm_
        self.no_grad = torch.no_grad
        self.seen: dict[Any, list[Any]] = {}
        self._special = _special(torch)

    careful = False
    plain = True

    def shares(self, view: Any, base: Any) -> bool:
        """Whether one is a view of the other."""
        one, other = view.untyped_storage(), base.untyped_storage()
        return view is base or one.data_ptr() == other.data_ptr()

    def start(self, program: Program) -> None:
        self.seen = {}

    def leaf(self, step: Step) -> Any:
        made = self.torch.from_numpy(np.array(step.data))
        return made.requires_grad_() if step.requires_grad else made

    def dtype(self, name: str) -> Any:
        return getattr(self.torch, name)

    def method(self, step: Step, args: Any, kwargs: Any) -> Any:
        return getattr(args[0], step.name)(*args[1:], **kwargs)

    def array(self, value: Any) -> Any:
        return value.detach().numpy(force=True) if isinstance(value, self.torch.Tensor) else value

    def rounded(self, variable: int, result: Any) -> Any:
        return result

    def grad(self, *args: Any, **kwargs: Any) -> Any:
        """Gradients, with memory: a number times a zero without it has a wrong dtype."""
        grads = self.torch.autograd.grad(*args, **kwargs)
        return [g.clone() if g is not None and g._is_zerotensor() else g for g in grads]

    def lent(self, gradient: Any) -> Any:
        """torch makes it the ``.grad`` of a leaf whose view the result is, and adds to it."""
        return None if gradient is None else gradient.clone()

    def calling(self, step: Step, args: Any) -> None:
        """Before a step that computes: what torch does not look at itself."""
        if step.kind in ("clip", "optimize") or not (step.writes or step.kind == "retain"):
            return
        self.settle(args[0])
        if step.writes and self._clashes(step, args):
            raise RuntimeError(UNSEEN)

    def settle(self, target: Any) -> None:
        """Whether a view is a leaf, torch asks before it brings the view's history up to date."""
        target.grad_fn  # noqa: B018  which does that

    def _clashes(self, step: Step, args: Any) -> bool:
        """Whether a change reads other elements of the memory it writes, so that order matters."""
        target, *others = args
        others = [t for t in others if self._is_tensor(t) and self.shares(t, target)]
        if not others:
            return False
        written = self._places(target)
        if step.kind in ("setitem", "augitem"):
            written = written[args[1]]
        each = step.name not in ("index_add_", "masked_fill_", "index_fill_")
        for read in map(self._places, others):
            same = each and self.torch.equal(read.expand_as(written), written)
            if not same and self.torch.isin(read.reshape(-1), written.reshape(-1)).any():
                return True
        return False

    def _is_tensor(self, value: Any) -> bool:
        return isinstance(value, self.torch.Tensor)

    def _places(self, t: Any) -> Any:
        """The number of each element in its memory."""
        every = self.torch.arange(t.untyped_storage().nbytes() // t.element_size())
        return every.as_strided(t.size(), t.stride(), t.storage_offset())

    def written(self, step: Step, args: Any, kwargs: Any) -> Any:
        """A change in place by the tensor's own method, or what stands for it."""
        own = getattr(self.torch.Tensor, step.name, None)
        return (own or getattr(self.torch.ops.aten, step.name))(*args, **kwargs)

    def call(self, key: str, args: Any, kwargs: Any) -> Any:
        entry = table.entries()[key]
        if not callable_in_torch(key):
            raise Lacking(f"torch has no {entry.op}")
        if kwargs:
            kwargs = {_NAMES.get(k, k): v for k, v in kwargs.items()}
        if entry.op in _WEIGHTED:  # weights are tuples there, as they have no gradient
            args, kwargs = self._weights(args, kwargs)
        if "dtype" in kwargs:
            kwargs["dtype"] = self.dtype(kwargs["dtype"])
        fn = self._special.get(entry.op) or entry.fn
        if entry.op in AbstractTensor._ops and takes_several(entry.op):
            fn = getattr(self.torch, entry.op)
        fn = fn or self._found(entry.op)
        try:
            return _plain(fn(*args, **kwargs))
        except (RuntimeError, NotImplementedError) as error:
            if "not implemented for" not in str(error):
                raise
        # a dtype that this op lacks on this device: wider, and back
        narrow = next((t.dtype for t in table_leaves(args) if _floating(t)), None)
        if narrow is None:
            raise Lacking(f"torch has no {table.entries()[key].op} of whole numbers")
        args, kwargs = mapped((args, kwargs), lambda a: a.double() if _floating(a) else a)
        return mapped(_plain(fn(*args, **kwargs)), lambda a: a.to(narrow) if _floating(a) else a)

    def _weights(self, args: Any, kwargs: Any) -> Any:
        def weight(a: Any) -> Any:
            return self.torch.tensor(a, dtype=args[0].dtype) if isinstance(a, tuple) else a

        return tuple(map(weight, args)), {k: weight(v) for k, v in kwargs.items()}

    def _found(self, op: str) -> Callable[..., Any]:
        for place in (self.torch.Tensor, self.torch, self.F):
            if hasattr(place, op):
                return getattr(place, op)
        raise Lacking(f"torch has no {op}")


#: losses with weights per class
_WEIGHTED = (
    "nll_loss",
    "cross_entropy",
    "multi_margin_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
)
#: NumPy's names of arguments
_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def table_leaves(value: Any) -> list[Any]:
    collected: list[Any] = []
    mapped(value, collected.append)
    return collected


def _floating(a: Any) -> bool:
    return hasattr(a, "is_floating_point") and a.is_floating_point()


def _plain(out: Any) -> Any:
    """torch's named tuples as tuples."""
    return tuple(map(_plain, out)) if isinstance(out, (tuple, list)) else out


# Long: a list of names.
def _special(torch: Any) -> dict[str, Callable[..., Any]]:
    """Calls whose arguments or names differ."""
    F = torch.nn.functional

    def all_axes(name: str) -> Callable[..., Any]:
        def run(t: Any, dim: Any = None, keepdim: bool = False) -> Any:
            return getattr(t, name)(tuple(range(t.ndim)) if dim is None else dim, keepdim)

        return run

    def whole(name: str) -> Callable[..., Any]:
        return lambda a, b: getattr(torch, name)(a, torch.as_tensor(b))

    def item(t: Any, *key: Any) -> Any:
        return t[key]

    def index(t: Any, *args: Any) -> Any:
        if not isinstance(args[0], tuple):  # a read by a key
            return t[args]
        axes, *indices = args
        key: list[Any] = [slice(None)] * t.ndim
        for axis, i in zip(axes, indices, strict=True):
            key[axis] = i
        return t[tuple(key)]

    def recurrence(x: Any, h: Any, c: Any, *rest: Any) -> Any:
        *weights, kind, reverse = rest
        given = [w for w in weights if w is not None]
        layer = {
            "lstm": torch.lstm,
            "gru": torch.gru,
            "tanh": torch.rnn_tanh,
            "relu": torch.rnn_relu,
        }
        hx = h[None] if c is None else (h[None], c[None])
        way = len(given) > 2, 1, 0.0, True, False, False
        y, *last = layer[kind](x.flip(0) if reverse else x, hx, given, *way)
        y = y.flip(0) if reverse else y
        return y if c is None else torch.cat([y, last[1]])

    def max_pool(x: Any, size: Any = 2, stride: Any = None, padding: Any = 0) -> Any:
        return F.max_pool2d(x, size, stride, padding)

    def pad_constant(t: Any, widths: Any, value: Any) -> Any:
        return F.pad(t, [n for pair in widths[::-1] for n in pair], value=value)

    def reshaped(t: Any, *args: Any) -> Any:
        return t.reshape(*args)

    def atan2(a: Any, b: Any) -> Any:
        return torch.atan2(a, b if isinstance(b, torch.Tensor) else torch.tensor(b, dtype=a.dtype))

    def topk(t: Any, k: Any, dim: Any = -1, largest: bool = True, **_: Any) -> Any:
        """By a stable sort, for the same reason as `sort` below."""
        both = t.sort(dim=dim, descending=largest, stable=True)
        return tuple(a.narrow(dim, 0, k) for a in both) if t.ndim else tuple(both)

    return {
        **{e.op: getattr(F, e.op) for e in table.entries().values() if in_functional(e.op)},
        "gcd": whole("gcd"),
        "lcm": whole("lcm"),
        "logsigmoid": F.logsigmoid,
        "logsumexp": all_axes("logsumexp"),
        "slice_view": item,
        "index": index,
        "recurrence": recurrence,
        "max_pool": max_pool,
        "pad_constant": pad_constant,
        "view": reshaped,
        "view_as": lambda t, other: t.reshape(other.shape),
        "atan2": atan2,
        "permute": lambda t, *dims: t.permute(*dims) if dims else t.permute(()),
        "tensordot": torch.tensordot,
        "batch_norm": F.batch_norm,
        "bernoulli_cross_entropy": lambda x, y: F.binary_cross_entropy(x, y, reduction="none"),
        "row_log_sum_exp": lambda t: torch.stack((t.amax(1), (t - t.amax(1, True)).logsumexp(1))),
        "row_cross_entropy": lambda a, t, r, i: F.cross_entropy(a, t, reduction=r, ignore_index=i),
        "exponential_linear": torch._C._nn.elu,
        # stable, as ours are: else the order of equal values depends on how many there are
        "sort": lambda t, dim=-1, descending=False, **_: t.sort(
            dim=dim, descending=descending, stable=True
        ),
        "argsort": lambda t, dim=-1, descending=False, **_: t.argsort(
            dim=dim, descending=descending, stable=True
        ),
        "topk": topk,
        "argtopk": lambda t, dim, k, largest: topk(t, k, dim, largest)[1],
        "searchsorted": torch.searchsorted,
        "fill": torch.fill,
        "unbind": torch.Tensor.unbind,
        "unfold": torch.Tensor.unfold,
        "var_mean": torch.var_mean,
        "lstm_cell": torch.lstm_cell,
        "gru_cell": torch.gru_cell,
        "rnn_tanh_cell": torch.rnn_tanh_cell,
        "rnn_relu_cell": torch.rnn_relu_cell,
    }
