"""Views and changes in place: who shows whose memory, and what a change does to their history.

A view knows its origin: the operation that made it and its arguments, of which the
first is the tensor it was taken from.  The storage knows the living views, weakly.
A recorded change of a view becomes part of the history of the *root*, the tensor at
the end of the origins: a node `overwrite` with two inputs, the root before and the
new values.  All living views of the root hang behind it anew as soon as they are used,
so that whatever is computed from them finds its gradient through the root: a change
empties the slot of their edge, and `found_late` fills it when somebody asks.

Memory is shared with ``detach()`` too, but not history: its result is a root itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar
from weakref import ref

from lightgrad.autograd import hooks
from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import FOREIGN, during
from lightgrad.autograd.nodes import COPIED, CUSTOM, NO_GRAD, SPLIT, Leaf, Storage, op_name, tick
from lightgrad.errors import DtypeError, InplaceError, ShapeError
from lightgrad.hints import misused

_F = TypeVar("_F", bound=Callable[..., Any])

#: why a view may not be changed while gradients are recorded, and what to do
_REASONS = {
    SPLIT: "is one of several views that one operation made (split, chunk, unbind, iteration); "
    "index the whole tensor instead, or clone() it",
    NO_GRAD: "was taken under no_grad(), so it is not clear whether its change should be "
    "recorded; take the view and change it both inside or both outside of no_grad()",
    CUSTOM: "is what the forward of a Function returned of its input; return a clone() there",
}


class overwrite(Function):
    """The root of a view after a change of the view: inputs are the root before, and the values.

    .. math:: g_{root} = g \\text{ with zeros in the view}, \\quad g_{values} = view(g)

    Source: torch's CopySlices.
    """

    __slots__ = ("order", "steps")
    steps: list[tuple[str, Any]]
    #: of the root's axes in memory, from which a view is one and not a copy; None: as they stand
    order: tuple[int, ...] | None

    # foreign: a change in place, here of the gradient's copy, is not what OpenCL expects of a rule
    @during(FOREIGN, True)
    def backward(ctx, grad: Any) -> Any:
        before, values = ctx.edges
        rest = part = None
        if before is not None:
            rest = laid_out(grad, ctx.order)
            shown(rest, ctx.steps)._inplace("fill", 0)
        if values is not None:
            part = shown(grad, ctx.steps)
        return rest, part


class outdated(Function):
    """A view that cannot follow a change of its root: going back through it is an error."""

    __slots__ = ("reason",)
    reason: str

    def backward(ctx, grad: Any) -> Any:
        raise InplaceError(
            f"a view of shape {ctx.shape}, whose memory was changed in place afterwards, "
            f"{_REASONS[ctx.reason]}"
        )


def shown(t: Any, steps: list[tuple[str, Any]]) -> Any:
    """The view of ``t`` that a chain of operations makes."""
    for op, args in steps:
        t = getattr(t, op)(*args)
    return t


def owning(fn: _F) -> _F:
    """Wrap an op whose result may be a view of an intermediate: it becomes a tensor of its own.

    Nobody else has that, so changes of the result, and hooks, are not matters of views.
    """

    @wraps(fn)
    def op(*args: Any, **kwargs: Any) -> Any:
        try:
            out = fn(*args, **kwargs)
        except (TypeError, ValueError) as error:
            explained = misused(error, fn.__name__, fn, args, kwargs)
            if explained is error:
                raise
            raise explained from None
        given = (*args, *kwargs.values())
        for t in out if isinstance(out, tuple) else (out,):
            if t._origin is not None and not any(t._storage is s for s in _storages(given)):
                t._origin = None
        return out

    return op  # type: ignore[return-value]


def _storages(args: Any) -> Iterator[Any]:
    """The storages of all tensors among some values, also in tuples and lists."""
    for a in args:
        if isinstance(a, (tuple, list)):
            yield from _storages(a)
        elif getattr(a, "_storage", None) is not None:
            yield a._storage


def order_of(t: Any) -> tuple[int, ...] | None:
    """The axes from the farthest step in memory to the nearest, unless that is as they stand."""
    steps = getattr(t._data, "strides", ())
    order = tuple(sorted(range(len(steps)), key=lambda i: -abs(steps[i])))
    return None if order == tuple(range(len(order))) else order


def laid_out(t: Any, order: tuple[int, ...] | None) -> Any:
    """A copy with its axes in an order in memory."""
    if order is None:
        ordered = t.contiguous()  # a copy already, unless t was in order
        return ordered.clone() if t.is_contiguous() else ordered
    back = tuple(sorted(range(len(order)), key=order.__getitem__))
    return laid_out(t.permute(order), None).permute(back)


def parent_of(t: Any) -> Any:
    """The tensor that a view was taken from; None if it is gone, as where views are copies."""
    parent = t._origin[1][0]
    return parent() if type(parent) is ref else parent


def is_expanded(t: Any) -> bool:
    """Whether `expand` made it, of a tensor that shares its memory."""
    fn, _, reason = t._origin or (None, (), COPIED)
    return reason != COPIED and getattr(fn, "__name__", "") == "expand"


def chain_of(t: Any) -> list[Any]:
    """The tensors from the root of a view to the view itself, each a view of the one before."""
    chain = [t]
    while t._origin is not None:
        t = parent_of(t)
        if t is None:
            break
        chain.append(t)
    return chain[::-1]


def root_of(t: Any) -> Any:
    """The tensor that a view, or a view of a view, was taken from; or the tensor itself."""
    return chain_of(t)[0]


def steps_to(t: Any) -> list[tuple[str, Any]]:
    """The operations that lead from the root to a view, with their arguments."""
    return [(op_name(v._origin[0]), v._origin[1][1:]) for v in chain_of(t)[1:]]


def check_unrecorded(t: Any, name: str) -> None:
    """Refuse to change a view that is a copy on its device."""
    chain = chain_of(t)
    if not any(v._origin is not None and v._origin[2] == COPIED for v in chain):
        return
    orphan = chain[0]._origin is not None
    if orphan and all(any(v is c for c in chain) for v in t._storage.living()):
        t._origin = None  # the whole is gone, and nobody else has a part of it
        return
    raise InplaceError(
        f"{name}: views are copies on {t.device}, so a change of this one of shape {t.shape} "
        f"would not reach the whole tensor; assign to a part of the whole (x[index] = ...), or "
        f"clone() the view first"
    )


def check_recorded(t: Any, name: str) -> None:
    """Refuse a change that cannot become part of a history; torch refuses the same."""
    check_unrecorded(t, name)
    chain = chain_of(t)
    root = chain[0]
    reason = next((v._origin[2] for v in chain[1:] if v._origin[2]), None)
    if reason is not None:
        raise InplaceError(f"{name}: this tensor of shape {t.shape} {_REASONS[reason]}")
    if type(root._edge) is Leaf or type(t._edge) is Leaf:
        what = "a leaf tensor" if root is t else "a view of a leaf tensor"
        raise InplaceError(
            f"{name}: {what} that requires gradients (shape {t.shape}) cannot be "
            f"changed in place while gradients are recorded; change a clone() of it, wrap "
            f"the change in no_grad(), or create the leaf with requires_grad=False"
        )


def keep_old_values(t: Any, node: Any, edge: Any, since: int) -> None:
    """Let nodes that were recorded after a tick keep the old values of ``t`` that they need.

    They lead to ``edge`` instead of the edge of ``t``.
    """
    storage, before, nodes = t._storage, t._edge, [node]
    for node in nodes:  # which grows meanwhile
        saved = getattr(node, "saved", None)
        if saved and any(_is_part(s, t, storage) for s in saved):
            node.saved = tuple(_old(s) if _is_part(s, t, storage) else s for s in saved)
        if edge is not before:
            node.edges = [edge if e is before else e for e in node.edges]
        for e in node.edges:
            if e is not None and e.seq > since and type(e) is not Leaf and e not in nodes:
                nodes.append(e)


def _is_part(s: Any, t: Any, storage: Any) -> bool:
    """Whether a saved value lies in the memory of ``t``."""
    return s is t or (storage is not None and getattr(s, "_storage", None) is storage)


def _old(s: Any) -> Any:
    old = s._copied()
    old._edge = s._edge
    return old


def rebase(t: Any, edge: Any) -> None:
    """Write it into the history of ``t`` and its views that its values come from ``edge``."""
    storage = t._storage
    before, root = t._edge, t
    if t._origin is None and (edge is not None or before is None):
        root._edge = edge
    else:
        root = root_of(t)
        before = root._edge
        node: Any = overwrite()
        node.edges = (before, edge)
        node.seq, node.shape = tick(), root.shape
        node.steps, node.order = steps_to(t), order_of(root)
        root._edge = node
    if hooks.HOOKED.data and before is not None and root._edge is not None:
        hooks.retain_after_change(before, root._edge)
    if storage is None or storage.views is None:
        return
    _renew_all(storage, lambda view: view is not root and root_of(view) is root)


def _renew_all(storage: Storage, concerned: Callable[[Any], bool]) -> None:
    """Hang some views behind what their root is now: when they are used, if nobody waits for it.

    Each of n changes in a loop over n views meets only those used since the one before.
    """
    if hooks.HOOKED.data:
        for view in storage.living():
            if view._origin is not None and concerned(view):
                _renew(view)
        return
    among, storage.known = storage.known, []
    for reference in list(storage.views or ()) if among is None else among:
        view = reference()
        if view is None:
            continue
        if view._origin is not None and concerned(view):
            if view._origin[2] != COPIED:
                with suppress(AttributeError):  # another thread just did
                    del view._edge
                continue
            _renew(view)
        storage.known.append(reference)


def found_late(view: Any) -> Any:
    """The edge of a view, whose root has changed since somebody asked for it."""
    edge = view._edge = renewed(view)
    if view._storage.known is not None:
        view._storage.known.append(ref(view))
    return edge


def catch_up(t: Any) -> None:
    """Let all views find their edges now, before that of ``t`` changes without their memory."""
    storage = t._storage
    if storage is not None and storage.known is not None:
        for view in storage.living():
            view._edge  # noqa: B018  (which calls `found_late`)


def _renew(view: Any) -> None:
    before = view._edge
    view._edge = renewed(view)
    if hooks.HOOKED.data and before is not None and view._edge is not None:
        hooks.retain_if_used(before, view._edge)


def renewed(view: Any) -> Any:
    """A node for a view, or a view of views, of what the root is now.

    It goes around the hooks of views, as in torch: they are for what is computed from them.
    """
    fn, args, reason = view._origin
    parent = parent_of(view)
    if parent is None:
        return view._edge
    edge = parent._edge if parent._origin is None else renewed(parent)
    if edge is None:
        return None
    node: Any = outdated() if reason in (CUSTOM, NO_GRAD) else fn()
    node.edges = (edge,)
    node.seq, node.shape = tick(), view.shape
    if type(node) is outdated:
        node.reason = reason
    else:
        node.setup_context((parent, *args[1:]), view)
    return node


def follow(t: Any) -> None:
    """Update the living views after any change of ``t``, recorded or not."""
    storage = t._storage
    if not t._shares:
        for view in storage.living():
            if view._origin is not None and view._origin[2] == COPIED and view is not t:
                whole = parent_of(view)
                if whole is not None:
                    steps = [(op_name(view._origin[0]), view._origin[1][1:])]
                    view._write(shown(whole.detach(), steps)._copied())
    # as in torch, hooks are for what was computed from it before
    _renew_all(storage, lambda view: view._edge is not None and type(view._edge) is not Leaf)


def assign(t: Any, array: Any) -> None:
    """Do ``t.data = array``: another raw array of the same kind, shape and dtype, unrecorded.

    What a graph has saved of ``t`` has changed, and says so.  Other tensors over the memory
    would not follow, so then it is an :class:`InplaceError`.
    """
    try:
        old = t._data
    except AttributeError:  # in the constructor of an accelerator's class
        t._data = array
        return
    instead = "; change the values with copy_() inside no_grad(), or make a new tensor"
    if not isinstance(array, type(old)):
        raise DtypeError(
            f"data: a tensor on {t.device} holds a {type(old).__name__}, not a "
            f"{type(array).__name__}{instead}"
        )
    storage = t._storage
    seen = storage is not None and any(v is not t for v in storage.living())
    if t._origin is not None or seen:
        raise InplaceError(
            f"data: other tensors show the memory of this one of shape {t.shape} (a view, or the "
            f"result of detach()), and would not follow{instead}"
        )
    before = t.shape, t.dtype, getattr(old, "device", None)
    t._hold(array)
    after = t.shape, t.dtype, getattr(array, "device", None)
    if after != before:
        t._data = old
        kind = ShapeError if after[0] != before[0] else DtypeError
        raise kind(
            f"data: a tensor of shape {before[0]} and dtype {before[1]} cannot become one of shape "
            f"{after[0]} and dtype {after[1]}{instead}"
        )
    t._storage = Storage()  # what was saved as an alias keeps the old memory
    t._storage.modified = tick()
