"""Calls whose results lie in the memory of inputs: changed in place by ``mark_dirty``, or shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.nodes import CUSTOM, op_name, own_results
from lightgrad.errors import InplaceError

CHANGED = (
    "{}: forward changed an input in place, which the graph does not know; call "
    "ctx.mark_dirty(x) and return x, or return a new tensor"
)


def record_written(
    ctx: Any,
    args: tuple[Any, ...],
    out: Any,
    dirty: tuple[Any, ...],
    record: Callable[..., None],
) -> Any:
    """Record a call that has changed some of its inputs, which are among its results."""
    outs, name = out if isinstance(out, tuple) else (out,), op_name(ctx)
    for d in dirty:
        if not any(d is t for t in outs):
            raise InplaceError(
                f"{name}: forward must return the inputs that it passes to mark_dirty(); the one "
                f"of shape {d.shape} is not among its results"
            )
    recorded = is_grad_enabled() and any(edge is not None for edge in ctx.edges)
    for d in dirty:
        d._check_writable(name, recorded and not ctx.fixes(d))
        d._touch()
    # the node keeps aliases, as a node that kept its result would keep itself alive
    aliases = {id(d): d._alias() for d in dirty}
    ctx.saved = tuple(aliases.get(id(s), s) for s in getattr(ctx, "saved", ()))
    shown = own_results(args, tuple(aliases.get(id(t), t) for t in outs))
    record(ctx, args, shown if isinstance(out, tuple) else shown[0])
    changed = {id(aliases[id(d)]): d for d in dirty}
    for alias in shown:
        if id(alias) in changed and recorded:
            changed[id(alias)]._rebase(alias._edge)
    results = tuple(changed.get(id(t), t) for t in shown)
    return results if isinstance(out, tuple) else results[0]


def bar(args: tuple[Any, ...], out: Any) -> None:
    """Bar changes in place of results that share memory: they are views of no known kind."""
    seen = list(args)
    for t in out if isinstance(out, tuple) else (out,):
        storage = t._storage if is_tensor(t) else None
        if storage is not None:
            for a in seen:
                if a is not t and is_tensor(a) and a._storage is storage:
                    t._origin = (None, (a,), CUSTOM)
                    t._storage.show(t)
                    break
        seen.append(t)
