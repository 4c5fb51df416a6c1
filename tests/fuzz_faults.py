"""Faults to plant for the fuzzer: kinds that were once real, in ops that never had them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from lightgrad.autograd import AbstractTensor, CpuTensor, engine, hooks
from lightgrad.autograd.nodes import op_name
from lightgrad.autograd.tensor import views

Patch = pytest.MonkeyPatch


class Fault(NamedTuple):
    """What kind it is (its number in the list of kinds), where to look, and the patch."""

    kind: int
    ops: tuple[str, ...]
    plant: Callable[[Patch], None]


def rule(op: str, change: Callable[..., Any]) -> Callable[[Patch], None]:
    """``change(ctx, grads, out_grad)`` in the place of what the rule gives."""

    def plant(patch: Patch) -> None:
        fn = CpuTensor._ops[op]
        backward = fn.backward
        patch.setattr(fn, "backward", lambda ctx, g: change(ctx, backward(ctx, g), g))

    return plant


def saved_result_follows(op: str) -> Callable[[Patch], None]:
    """1: the result that a change in place saved is the memory that the next one writes."""

    def plant(patch: Patch) -> None:
        inplace = AbstractTensor._inplace

        def wrong(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
            out = inplace(self, name, *args, **kwargs)
            saved = getattr(self._edge, "output", None)
            if name == op and saved is not None and saved.shape == self.shape:
                saved._data = self._data
            return out

        patch.setattr(AbstractTensor, "_inplace", wrong)

    return plant


def spoils_what_it_is_given(op: str) -> Callable[[Patch], None]:
    """2: a rule computes in the memory of a gradient that others hold too."""

    def change(ctx: Any, gradients: Any, g: Any) -> Any:
        if isinstance(g, CpuTensor) and g.data.flags.writeable and g.data.size:
            np.multiply(g.data, 2, g.data)
        return gradients

    return rule(op, change)


def kept_in_the_graph(patch: Patch) -> None:
    """2: with ``create_graph`` a leaf keeps what others have, or the caller has given."""
    own = hooks.own
    for module in (engine, hooks):
        patch.setattr(module, "own", lambda g, create_graph: g if create_graph else own(g, False))


def kept_without_a_copy(op: str) -> Callable[[Patch], None]:
    """3: ``retain_grad`` keeps what the backward pass goes on with."""

    def plant(patch: Patch) -> None:
        run_hooks = hooks.run_hooks

        def wrong(node: Any, grad: Any, mine: bool, create_graph: bool) -> Any:
            patched = type(node).__name__ == op
            with pytest.MonkeyPatch.context() as inner:
                if patched:
                    inner.setattr(hooks, "own", lambda g, c: g)
                return run_hooks(node, grad, mine, create_graph)

        patch.setattr(engine, "run_hooks", wrong)

    return plant


def no_lock(patch: Patch) -> None:
    """4: threads add to a gradient at the same time; each lets the others go first."""

    class Open:
        def __enter__(self) -> None:
            time.sleep(1e-5)

        def __exit__(self, *_: object) -> None:
            pass

    collect = engine._collect

    def slow(leaf: Any, grad: Any, mine: bool, create_graph: bool) -> None:
        tensor = leaf.tensor()
        before = None if tensor is None else tensor._grad
        if before is None or create_graph or before.shape != grad.shape:
            collect(leaf, grad, mine, create_graph)
            return
        data = before.data.copy()
        time.sleep(1e-4)
        np.add(data, grad.data, before.data)
        before._touch()

    patch.setattr(engine, "LOCK", Open())
    patch.setattr(engine, "_collect", slow)


def replaced_sum(patch: Patch) -> None:
    """4: a sum of its own in the place of adding in place."""
    collect = engine._collect

    def wrong(leaf: Any, grad: Any, mine: bool, create_graph: bool) -> None:
        tensor = leaf.tensor()
        if tensor is None or tensor._grad is None or create_graph:
            collect(leaf, grad, mine, create_graph)
            return
        tensor._grad = tensor._grad + grad

    patch.setattr(engine, "_collect", wrong)


def rounded(op: str, change: Callable[..., Any]) -> Callable[[Patch], None]:
    """5: the values of a method of float16 tensors are those that ``change`` gives."""

    def plant(patch: Patch) -> None:
        method = getattr(CpuTensor, op)

        def wrong(self: Any, *args: Any, **kwargs: Any) -> Any:
            out = method(self, *args, **kwargs)
            others = [a.data if isinstance(a, CpuTensor) else a for a in args]
            new = change(out.data, self.data, *others, **kwargs)
            if new is not None:
                out.data[...] = new
            return out

        patch.setattr(CpuTensor, op, wrong)

    return plant


def _halves(out: np.ndarray, a: np.ndarray, dim: Any = None, *_: Any, **named: Any) -> Any:
    """Sums of float16 that are rounded after each term."""
    dim = named.get("axis", named.get("dim", dim))
    if a.dtype != np.float16 or out.dtype != np.float16 or not a.size:
        return None
    axes = tuple(range(a.ndim)) if dim is None or dim == () else tuple(np.atleast_1d(dim))
    total = a
    for axis in axes:
        total = np.take(np.cumsum(total, axis, dtype=np.float16), [-1], axis)
    return total.reshape(out.shape)


def _half_products(out: np.ndarray, a: np.ndarray, b: np.ndarray, *_: Any) -> Any:
    if out.dtype != np.float16 or a.ndim != 2 or b.ndim != 2:
        return None
    total = np.zeros(out.shape, np.float16)
    for k in range(a.shape[1]):
        total = total + a[:, k : k + 1] * b[k : k + 1]
    return total


def _half_means(out: np.ndarray, a: np.ndarray, *args: Any, **named: Any) -> Any:
    total = _halves(out, a, *args, **named)
    return None if total is None else total / np.float16(a.size // max(out.size, 1))


def _half_lengths(out: np.ndarray, a: np.ndarray, p: Any = 2, *args: Any, **named: Any) -> Any:
    total = _halves(out, a * a, *args, **named) if p == 2 else None
    return None if total is None else np.sqrt(total)


def _half_running(out: np.ndarray, a: np.ndarray, dim: int = 0, *_: Any, **__: Any) -> Any:
    return np.cumsum(a, dim, dtype=np.float16) if a.dtype == np.float16 and a.ndim else None


def nothing_counts(op: str) -> Callable[[Patch], None]:
    """6: nothing is divided by nothing where every target is ignored."""

    def plant(patch: Patch) -> None:
        loss = getattr(CpuTensor, op)

        def wrong(self: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
            out = loss(self, target, *args, **kwargs)
            ignored = kwargs.get("ignore_index", -100)
            data = target.data
            if data.dtype.kind == "i" and data.size and (data == ignored).all():
                return out * float("nan")
            return out

        patch.setattr(CpuTensor, op, wrong)

    return plant


def never_flat(op: str, sign: float = 1.0) -> Callable[[Patch], None]:
    """9: a slope that ends at 6e-8 instead of at nothing, times something large."""

    def change(ctx: Any, gradients: Any, g: Any) -> Any:
        x = ctx.get_saved_tensors()[0]
        far = x.mul(sign).gt(20).to(g.dtype)
        return gradients + g * x * far * 6e-8

    return rule(op, change)


def itself(op: str, unchanged: Callable[..., bool]) -> Callable[[Patch], None]:
    """10: the operand instead of a tensor of its own, where nothing is to be done."""

    def plant(patch: Patch) -> None:
        method = getattr(CpuTensor, op)

        def wrong(self: Any, *args: Any, **kwargs: Any) -> Any:
            out = method(self, *args, **kwargs)
            same = out.shape == self.shape and out.dtype == self.dtype
            return self if same and unchanged(self.data, out.data) else out

        patch.setattr(CpuTensor, op, wrong)

    return plant


def _slope_at_zero(ctx: Any, gradients: Any, g: Any) -> Any:
    """12: a gradient at a kink that is not torch's."""
    a = ctx.get_saved_tensors()[0]
    return gradients + g * a.eq(0).to(g.dtype)


def unrecorded_through(op: str) -> Callable[[Patch], None]:
    """16: a recorded change of a view does not become part of the history of its base."""

    def plant(patch: Patch) -> None:
        rebase = views.rebase

        def wrong(t: Any, edge: Any) -> None:
            if t._origin is not None and op_name(t._origin[0]) == op:
                t._edge = edge
                return
            rebase(t, edge)

        patch.setattr(views, "rebase", wrong)

    return plant


def refuses_0d(op: str) -> Callable[[Patch], None]:
    """17: the gradient of a 0-d tensor dies inside."""

    def change(ctx: Any, gradients: Any, g: Any) -> Any:
        if g.ndim == 0:
            raise TypeError("return arrays must be of ArrayType")
        return gradients

    return rule(op, change)


FAULTS = {
    "sigmoid_ then another": Fault(1, ("sigmoid",), saved_result_follows("sigmoid")),
    "tanh_ then another": Fault(1, ("tanh",), saved_result_follows("tanh")),
    "sqrt_ then another": Fault(1, ("sqrt",), saved_result_follows("sqrt")),
    "sub spoils a gradient": Fault(2, ("sub",), spoils_what_it_is_given("sub")),
    "maximum spoils a gradient": Fault(2, ("maximum",), spoils_what_it_is_given("maximum")),
    "where spoils a gradient": Fault(2, ("where",), spoils_what_it_is_given("where")),
    "log_softmax spoils a gradient": Fault(
        2, ("log_softmax",), spoils_what_it_is_given("log_softmax")
    ),
    "no copy with create_graph": Fault(2, ("sub",), kept_in_the_graph),
    "a hook on exp": Fault(3, ("exp",), kept_without_a_copy("exp")),
    "a hook on mul": Fault(3, ("mul", "add"), kept_without_a_copy("mul")),
    "a hook on sin": Fault(3, ("sin", "sub"), kept_without_a_copy("sin")),
    "no lock": Fault(4, ("exp",), no_lock),
    "a sum instead": Fault(4, ("sin",), replaced_sum),
    "float16 in sum": Fault(5, ("sum",), rounded("sum", _halves)),
    "float16 in matmul": Fault(5, ("matmul",), rounded("matmul", _half_products)),
    "float16 in mean": Fault(5, ("mean",), rounded("mean", _half_means)),
    "float16 in norm": Fault(5, ("norm",), rounded("norm", _half_lengths)),
    "float16 in cumsum": Fault(5, ("cumsum",), rounded("cumsum", _half_running)),
    "nll_loss of nothing": Fault(6, ("nll_loss",), nothing_counts("nll_loss")),
    "cross_entropy of a row": Fault(6, ("cross_entropy",), nothing_counts("cross_entropy")),
    "silu is never flat": Fault(9, ("silu",), never_flat("silu")),
    "gelu is never flat": Fault(9, ("gelu",), never_flat("gelu")),
    "softplus is never flat": Fault(9, ("softplus",), never_flat("softplus", -1)),
    "clamp is its operand": Fault(10, ("clamp",), itself("clamp", np.array_equal)),
    "nan_to_num is its operand": Fault(10, ("nan_to_num",), itself("nan_to_num", np.array_equal)),
    "roll is its operand": Fault(10, ("roll",), itself("roll", np.array_equal)),
    "pad is its operand": Fault(10, ("pad",), itself("pad", np.array_equal)),
    "leaky_relu at zero": Fault(12, ("leaky_relu",), rule("leaky_relu", _slope_at_zero)),
    "abs at zero": Fault(12, ("abs",), rule("abs", _slope_at_zero)),
    "relu6 at its corner": Fault(12, ("relu",), rule("relu", _slope_at_zero)),
    "a slice unrecorded": Fault(16, ("exp",), unrecorded_through("slice_view")),
    "a diagonal unrecorded": Fault(16, ("mul",), unrecorded_through("diagonal")),
    "an unsqueeze unrecorded": Fault(16, ("mul",), unrecorded_through("reshape")),
    "0-d cumsum": Fault(17, ("cumsum",), refuses_0d("cumsum")),
    "0-d softplus": Fault(17, ("softplus",), refuses_0d("softplus")),
    "0-d hypot": Fault(17, ("atan2",), refuses_0d("atan2")),
}
