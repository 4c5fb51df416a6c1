"""Function: one differentiable operation.

A Function is written once per op as a *rule* (``backward`` in tensor
operations) and completed once per device with a *kernel* (``forward`` on raw
data).  Its instances are the nodes of the graph.  Nothing here knows a tensor
class or an array library.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from lightgrad.autograd.contract import TensorBase, is_tensor
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.mode import is_grad_enabled, no_grad
from lightgrad.autograd.nodes import (
    Part,
    marks_of,
    op_name,
    own_results,
    record_parts,
    tick,
)
from lightgrad.autograd.signatures import OfRule
from lightgrad.autograd.written import CHANGED, bar, record_written
from lightgrad.errors import BackwardError, DtypeError, InplaceError
from lightgrad.hints import misfitting


def is_builtin(method: Any) -> bool:
    """Whether lightgrad itself wrote this method (so rules are tensor operations)."""
    return str(method.__module__).startswith("lightgrad.")


class Function:
    """One operation of the graph: ``forward``, and ``backward`` by the chain rule.

    For :math:`y = f(x_1, ..., x_n)` and a scalar L, ``backward`` gets
    :math:`\\partial L/\\partial y` and returns :math:`\\partial L/\\partial x_i`
    for each argument of ``forward`` (None where there is none; trailing ones
    may be left out).  Shapes broadcast by ``forward`` are summed back by the
    engine.  Written in tensor operations, ``backward`` can be differentiated
    again; written on raw data it is first order only.  ``forward`` may return a
    tuple: ``backward`` then gets a gradient for each result, zeros for those
    that nobody used and None for those that are no tensors.  Source:
    torch.autograd.Function.

    >>> import lightgrad as light
    >>> class Cube(light.autograd.Function):
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     def backward(ctx, grad):
    ...         x, = ctx.get_saved_tensors()
    ...         return grad * 3 * x * x
    >>> x = light.tensor(2.0)
    >>> Cube.apply(x).backward()
    >>> x.grad.item()
    12.0
    """

    __slots__ = (
        *("__weakref__", "edges", "hooks", "label", "marks", "opaque", "output", "saved", "seq"),
        *("shape", "written"),
    )
    edges: Any
    #: what PyTorch calls the node, where the names of op and rule do not say it
    label: str
    #: the node of the view that the result was written into, weakly
    written: Any
    #: what a user's forward asked for: results without gradient, no zeros for unused results
    marks: dict[str, Any]
    seq: int
    shape: tuple[int, ...]

    #: how the method takes its arguments; see `Unary` and `Binary`
    arity = 0
    #: what the rule needs again: "inputs", "output", "others" (of two inputs, each
    #: one only if the other wants a gradient) or nothing
    saves = ""
    #: the registered name, where it differs from the class name
    op: str | None = None
    #: False for ops whose result is not a differentiable function (argmax)
    differentiable = True
    #: integer arguments become floats first (exp, division)
    floats = False
    #: the kernel takes Python numbers as they are; else they become 0-d tensors
    scalars = False
    #: half precision is computed in float32: where something is squared, summed or in several steps
    opmath = False
    #: a number beside half precision is not rounded to it first
    wide = False
    #: has ``dtype=``, which is that of the result too, also of integers that int64 adds up
    casts = False
    #: only the first argument of ``forward`` is a tensor
    single = False
    #: the arguments of the op, for `inspect`
    __signature__ = OfRule()
    #: makes the tensor method, where a backend has a shorter way than `dispatch`
    maker: Callable[..., Callable[..., Any]] | None = None
    #: lightgrad wrote the backward: it is made of tensor operations (set by itself)
    trusted = False
    #: ``add_into(ctx, out_grad, total)`` adds the gradient of the first argument, the only one
    #: with any, to ``total`` in place, where that is cheaper than to make and then to add it
    add_into: Callable[..., None] | None = None
    #: the op of two operands with its options, which its method calls where some are given
    optional: Callable[..., Any] | None = None
    #: ``prepare(tensor, ...)`` turns public arguments into ``forward``'s
    prepare: Callable[..., tuple[Any, ...]] | None = None
    #: the op in terms of others, for devices without a kernel; differentiated as it stands
    composite: Callable[..., Any] | None = None
    #: the kernel in terms of others, for devices that have those it ``needs``; its gradient
    #: is the rule's (see ops/derived.py)
    derived: Callable[..., Any] | None = None
    needs: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        later = isinstance(cls.__dict__.get("setup_context"), staticmethod)
        for name in ("forward", "backward", "setup_context"):  # torch writes static methods
            method = cls.__dict__.get(name)
            if isinstance(method, staticmethod):
                setattr(cls, name, method.__func__)
        if later:  # torch's newer form: forward has no ctx, which setup_context gets
            _adapt(cls)
        prepare = cls.__dict__.get("prepare")
        if prepare is not None:  # Python's own words on wrong arguments name the op
            getattr(prepare, "__func__", prepare).__qualname__ = cls.__name__
        cls.trusted = is_builtin(cls.backward)
        if "backward" in cls.__dict__ and "add_into" not in cls.__dict__:
            cls.add_into = None  # it belongs to the other backward

    def forward(ctx, *args: Any, **kwargs: Any) -> Any:
        """Compute the result from tensors; return a tensor that holds raw data."""
        raise NotImplementedError(f"{type(ctx).__name__} has no forward")

    def backward(ctx, out_grad: Any) -> Any:
        """Return one gradient for each argument of ``forward``."""
        raise BackwardError(
            f"{type(ctx).__name__}: no gradient is defined for this op; "
            f"call detach() on its inputs, or give the Function a backward"
        )

    def save_for_backward(ctx, *tensors: Any) -> None:
        """Keep tensors (or raw data) until ``backward``; changes in place are noticed."""
        ctx.saved = tensors

    def get_saved_tensors(ctx) -> tuple[Any, ...]:
        """The saved tensors; :class:`InplaceError` if one of them was changed in place."""
        try:
            saved = ctx.saved
        except AttributeError:
            return ()
        for t in saved:
            if t is None:
                continue
            try:
                storage = t._storage
            except AttributeError:  # raw data or a number
                continue
            if storage is not None and storage.modified > ctx.seq:
                ctx.complain(t)
        return ctx.with_graph(saved) if is_grad_enabled() else saved

    def with_graph(ctx, saved: tuple[Any, ...]) -> tuple[Any, ...]:
        """A saved result is a function of the inputs again, for higher derivatives."""
        output = getattr(ctx, "output", None)
        if output is None:
            if ctx.edges is None:  # freed by another thread just now
                raise TypeError("a graph that was freed")  # which the engine explains
            return saved
        if type(output) is dict:  # place -> alias, of several results
            likes, name = ctx.marks["likes"], op_name(ctx)
            results = {id(alias): alias._alias() for alias in output.values()}
            for place, alias in output.items():
                results[id(alias)]._edge = Part(ctx, place, likes, name, tick())
            return tuple(results.get(id(t), t) for t in saved)
        result = output._alias()
        # as in torch: what comes to a saved result passes the hooks of where it was written
        result._edge = (hasattr(ctx, "written") and ctx.written()) or ctx
        return tuple(result if t is output else t for t in saved)

    @property
    def saved_tensors(ctx) -> tuple[Any, ...]:
        """The saved tensors, by torch's name of :meth:`get_saved_tensors`."""
        return ctx.get_saved_tensors()

    def mark_non_differentiable(ctx, *outputs: Any) -> None:
        """Call in ``forward``: these results have no gradient.  Source: torch."""
        marks_of(ctx)["fixed"] = outputs

    def fixes(ctx, output: Any) -> bool:
        """Whether a result has no gradient: its dtype knows none, or it was marked so."""
        fixed = ctx.marks.get("fixed", ()) if hasattr(ctx, "marks") else ()
        return output.dtype not in FLOATS or any(output is t for t in fixed)

    def set_materialize_grads(ctx, value: bool) -> None:
        """Whether ``backward`` gets zeros (True), or None, for results that nobody used."""
        marks_of(ctx)["zeros"] = bool(value)

    def mark_dirty(ctx, *inputs: Any) -> None:
        """Call in ``forward``: it has changed these inputs in place, and returns them.

        Source: torch.autograd.function.FunctionCtx.mark_dirty.

        >>> import lightgrad as light
        >>> class Double(light.autograd.Function):
        ...     def forward(ctx, x):
        ...         ctx.mark_dirty(x)
        ...         return x.mul_(2)
        ...     def backward(ctx, grad):
        ...         return grad * 2
        >>> x = light.tensor(3.0)
        >>> y = x * 1
        >>> Double.apply(y) is y, y.item()
        (True, 6.0)
        >>> y.backward()
        >>> x.grad.item()
        2.0
        """
        marks_of(ctx)["dirty"] = inputs

    def complain(ctx, t: Any) -> None:
        if getattr(t, "_origin", None) is None:
            remedy = "call clone() before the change, or use the out-of-place form"
        else:
            remedy = "it is a part of a tensor: compute with a clone() of it, as in x[i].clone()"
        raise InplaceError(
            f"{op_name(ctx)}: a tensor of shape {t.shape} and dtype {t.dtype} that its gradient "
            f"needs was changed in place after the forward pass; {remedy}"
        )

    @property
    def needs_input_grad(ctx) -> tuple[bool, ...]:
        """Which arguments of ``forward`` want a gradient."""
        return tuple(edge is not None for edge in ctx.edges)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what the rule needs; called only when the op is recorded."""
        if ctx.saves == "inputs":
            ctx.saved = inputs
        elif ctx.saves == "others":
            first, second = ctx.edges
            ctx.saved = (inputs[0] if second else None, inputs[1] if first else None)
        elif ctx.saves == "output" and not isinstance(output, tuple):
            ctx.save_output(output)
        else:
            if ctx.saves == "output":
                ctx.saved = output
            ctx.break_cycle(output)
            if not ctx.trusted:
                ctx.opaque = any(_is_opaque(s, ctx, inputs) for s in getattr(ctx, "saved", ()))
                marks_of(ctx)["dtypes"] = [getattr(a, "dtype", None) for a in inputs]

    def __call__(ctx, *args: Any, **kwargs: Any) -> Any:
        raise DtypeError(
            f"{op_name(type(ctx))}: an instance is one call, which lightgrad makes itself; call "
            f"{type(ctx).__name__}.apply(...), or the method that register_op made"
        )

    def save_output(ctx, output: Any, *others: Any) -> None:
        """Save other tensors and the result, this one as an alias of its data: no cycle."""
        ctx.output = output._alias()
        ctx.saved = (*others, ctx.output)

    def break_cycle(ctx, output: Any) -> None:
        """Replace results that ``forward`` has saved by aliases of their data: no cycle."""
        saved, ctx.output = getattr(ctx, "saved", ()), None
        if isinstance(output, tuple):
            mine = {i: t for i, t in enumerate(output) if any(s is t for s in saved)}
            mine = {i: t for i, t in mine.items() if is_tensor(t)}
            if mine:
                ctx.output = {i: t._alias() for i, t in mine.items()}
                aliases = {id(t): ctx.output[i] for i, t in mine.items()}
                ctx.saved = tuple(aliases.get(id(s), s) for s in saved)
        elif any(s is output for s in saved):
            ctx.output = output._alias()
            ctx.saved = tuple(ctx.output if s is output else s for s in saved)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` unrecorded and make it a node of the graph."""
        if kwargs:
            args, kwargs = positional(cls, args, kwargs)
        for a in args:
            if is_tensor(a) and type(a)._stands_for is not None:  # inside of vmap
                return a._apply_function(cls, args)
        ctx, start = cls(), tick()
        ctx.edges = [a._edge if is_tensor(a) else None for a in args]
        with no_grad():
            out = cls.forward(ctx, *args, **kwargs)
        dirty = ctx.marks.pop("dirty", ()) if hasattr(ctx, "marks") else ()
        for a in args:
            storage = a._storage if is_tensor(a) else None
            changed = storage is not None and a._edge is not None and storage.modified > start
            if changed and not any(a is d for d in dirty):
                raise InplaceError(CHANGED.format(op_name(cls)))
        if dirty:
            return record_written(ctx, args, out, dirty, record)
        if isinstance(out, tuple):
            out = own_results(args, out)
        elif any(out is a for a in args):
            out = out._alias()
        bar(args, out)
        record(ctx, args, out)
        return out


def positional(
    cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of ``forward`` with keywords put in their places: only those get a gradient."""
    try:
        bound = signature(cls.forward).bind(None, *args, **kwargs)
    except TypeError as error:
        raise misfitting(op_name(cls), error, cls.forward) from None
    for name, value in bound.kwargs.items():
        if getattr(value, "_edge", None) is not None:
            raise DtypeError(
                f"{op_name(cls)}: the tensor {name!r} (shape {value.shape}) can be passed to "
                f"forward by keyword only, and would get no gradient; make it a positional argument"
            )
    return bound.args[1:], bound.kwargs


def _adapt(cls: Any) -> None:
    """Adapt a Function whose `setup_context` is static and follows `forward`, as PyTorch's may."""
    forward, setup = cls.forward, cls.setup_context

    def with_ctx(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        out = forward(*args, **kwargs)
        setup(ctx, args, out)
        return out

    with_ctx.__module__ = forward.__module__
    cls.forward, cls.setup_context = with_ctx, Function.setup_context


class Unary(Function):
    """A function of one tensor and nothing else."""

    __slots__ = ()
    arity = 1


class Binary(Function):
    """A broadcasting function of two tensors, or of a tensor and a number."""

    __slots__ = ()
    arity = 2


class View(Function):
    """A function of one tensor and options whose result may share memory with it."""

    __slots__ = ()
    single = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Any) -> None:
        """Save nothing: a view's gradient does not depend on values, so they may change."""


def record(ctx: Function, inputs: tuple[Any, ...], out: Any) -> None:
    """Record a call: ``out`` hangs in the graph behind ``ctx`` if an input asks for gradients."""
    if not ctx.differentiable:
        for t in out if isinstance(out, tuple) else (out,):
            t._edge = None
        return
    try:
        out._edge = None
    except AttributeError:
        record_parts(ctx, inputs, out)
        return
    if not is_grad_enabled():
        return
    edges = [a._edge if isinstance(a, TensorBase) else None for a in inputs]
    for edge in edges:
        if edge is not None:
            ctx.edges = edges
            ctx.seq = tick()
            ctx.shape = out._shape
            ctx.setup_context(inputs, out)
            if ctx.trusted or not ctx.fixes(out):
                out._edge = ctx
            return


def _is_opaque(saved: Any, ctx: Function, inputs: tuple[Any, ...]) -> bool:
    """Whether a saved value may depend on the inputs in a way the graph does not know."""
    if is_tensor(saved):
        outputs = ctx.output.values() if type(ctx.output) is dict else (ctx.output,)
        known = saved._edge is not None or any(saved is a for a in (*inputs, *outputs))
        return not known and saved.dtype in FLOATS
    return not isinstance(saved, (type(None), int, float, str, tuple))
