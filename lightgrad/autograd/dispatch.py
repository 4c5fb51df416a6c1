"""How a Function becomes a tensor method: arguments, kernel, recording, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from lightgrad.autograd.contract import Met, is_tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, WIDE, default
from lightgrad.autograd.func import Function, View, is_builtin, positional, record
from lightgrad.autograd.half import in_float32, is_beside_number
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.nodes import COPIED, NO_GRAD, op_name, tick
from lightgrad.autograd.shapes import misfit
from lightgrad.autograd.signatures import introduced
from lightgrad.errors import (
    DeviceError,
    DeviceOutOfMemoryError,
    DtypeError,
    LightgradError,
    RegistrationError,
    ShapeError,
)
from lightgrad.hints import calling, misused


def describe(args: Any) -> str:
    """Arguments as error messages show them."""
    parts = []
    for a in args:
        if is_tensor(a):
            parts.append(f"{a.dtype} {tuple(a.shape)} on {a.device}")
        elif isinstance(a, (tuple, list)) and any(map(is_tensor, a)):
            parts.append(f"[{describe(a)}]")
        else:
            text = repr(a)
            parts.append(text if len(text) < 40 else text[:36] + " ...")
    return ", ".join(parts)


def explain(error: Exception, fn: type[Function], args: Any) -> Exception:
    """The error of a kernel, with op, shapes, dtypes and device added."""
    names = [a.device for a in args if is_tensor(a)]
    if len(set(names)) > 1:
        return DeviceError(
            f"{op_name(fn)}: tensors on different devices ({describe(args)}); move them to one "
            f"with .to({names[0]!r})"
        )
    if isinstance(error, MemoryError):
        return out_of_memory(op_name(fn), error, describe(args))
    plain = isinstance(error, (LightgradError, AttributeError))
    if plain or not is_builtin(fn.forward):
        return error
    kind = DtypeError if isinstance(error, (TypeError, OverflowError)) else ShapeError
    fits = fn.arity != 2 or kind is DtypeError
    reason = None if fits else misfit(op_name(fn), *(a.shape for a in args if is_tensor(a)))
    return kind(f"{reason or f'{op_name(fn)}: {error}'} (arguments: {describe(args)})")


def out_of_memory(op: str, error: Exception, given: str) -> Exception:
    """The error of a failed request for memory, with the operation that made it."""
    if isinstance(error, DeviceOutOfMemoryError):
        return DeviceOutOfMemoryError(f"{op}: {error}")
    return DeviceOutOfMemoryError(
        f"{op}: {str(error) or 'out of memory'} ({given}); use a smaller batch, or delete tensors"
    )


# AttributeError: what a kernel meets in the data of another device
KERNEL_ERRORS = (ValueError, TypeError, IndexError, OverflowError, AttributeError, MemoryError)


def method_of(fn: type[Function], cls: type) -> Callable[..., Any]:
    """The tensor method that runs ``fn`` on tensors of class ``cls``."""
    if fn.forward is Function.forward:
        raise RegistrationError(f"{op_name(fn)}: a Function needs a forward to be registered")
    if issubclass(fn, View):
        maker = _viewing
    else:
        maker = _single if fn.single else {1: _unary, 2: _binary}.get(fn.arity, _general)
    method = fn.__dict__.get("maker", maker)(fn, cls)  # not inherited: `forward` may be another
    rule = [c for c in fn.__mro__ if c.__name__ == fn.__name__][-1]  # which the kernel completes
    method = introduced(method, op_name(fn), rule)
    if method.__code__.co_argcount:  # else it says so itself
        method.__qualname__ = calling(op_name(fn), method, fn.arity - 1)
    method.function = fn
    return method


def _forward_of(fn: type[Function], cls: type) -> Callable[..., Any]:
    """The ``forward`` of a kernel; that of a user is checked to return a tensor."""
    forward: Callable[..., Any] = fn.forward
    if is_builtin(forward):
        return forward
    several = not (fn.single or fn.arity)

    def checked(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        out = forward(ctx, *args, **kwargs)
        if not is_tensor(out) and not (several and isinstance(out, tuple)):
            raise DtypeError(
                f"{op_name(fn)}: forward must return a tensor, not {type(out).__name__}; wrap raw "
                f"data in {cls.__name__} (arguments: {describe(args)})"
            )
        return out

    return checked


# All makers below but the last repeat `record` inline: they are the hot path of every
# small model, where one Python frame is a tenth of an operation.  lightgrad's own
# kernels of one or two operands are pure, so they need no node unless the op is recorded.


def _unary(fn: type[Function], cls: Any) -> Callable[..., Any]:
    forward, floats, recorded = _forward_of(fn, cls), fn.floats, fn.differentiable
    saves = fn.saves if fn.setup_context is Function.setup_context else "setup"
    saves_input, saves_output = saves == "inputs", saves == "output"
    pure = is_builtin(fn.forward)
    quiet, opmath, typed = pure and not saves, fn.opmath, cls.typed_data

    def method(a: Any) -> Any:
        edge = a._edge
        if opmath and (a._data if typed else a).dtype in HALF:
            return in_float32(method, a)
        if floats and edge is None and (a._data if typed else a).dtype not in FLOATS:
            a = a.to(default())
        ctx: Any = None if pure else fn()
        try:
            out = forward(ctx, a)
        except KERNEL_ERRORS as error:
            raise explain(error, fn, (a,)) from None
        if edge is not None and recorded and is_grad_enabled():
            if pure:
                ctx = fn()
            ctx.edges = (edge,)
            ctx.seq = tick()
            ctx.shape = (out._data if typed else out).shape
            if saves_output:
                ctx.output = alias = out._alias()
                ctx.saved = (alias,)
            elif saves_input:
                ctx.saved = (a,)
            elif not quiet:
                ctx.setup_context((a,), out)
            out._edge = ctx if pure or not ctx.fixes(out) else None
        else:
            out._edge = None
        return out

    return method


# Long for the same reason.
def _binary(fn: type[Function], cls: Any) -> Callable[..., Any]:
    forward, floats, recorded = _forward_of(fn, cls), fn.floats, fn.differentiable
    scalars = fn.scalars
    saves = fn.saves if fn.setup_context is Function.setup_context else "setup"
    saves_others = saves == "others"
    pure = is_builtin(fn.forward)
    quiet, opmath, typed, wide = pure and not saves, fn.opmath, cls.typed_data, fn.wide
    plain = WIDE if wide else FLOATS

    def method(a: Any, other: Any) -> Any:
        if opmath and (a._data if typed else a).dtype in HALF:
            return in_float32(method, a, other)
        if type(other) is type(a):
            dtype = (a._data if typed else a).dtype
            theirs = (other._data if typed else other).dtype
            if dtype is not theirs or (floats and dtype not in FLOATS):
                if wide and is_beside_number(a, other):
                    return in_float32(method, a, other)
                a, other = a._meet(other, fn)
            theirs = other._edge
        elif scalars and type(other) in NUMBERS and (a._data if typed else a).dtype in plain:
            theirs = None
        else:
            if wide and is_beside_number(a, other):
                return in_float32(method, a, other)
            a, other = a._meet(other, fn)
            theirs = getattr(other, "_edge", None)
        ctx: Any = None if pure else fn()
        try:
            out = forward(ctx, a, other)
        except Met as met:
            return met.run(op_name(fn), (a, other), {})
        except KERNEL_ERRORS as error:
            raise explain(error, fn, (a, other)) from None
        edge = a._edge
        if (edge is not None or theirs is not None) and recorded and is_grad_enabled():
            if pure:
                ctx = fn()
            ctx.edges = (edge, theirs)
            ctx.seq = tick()
            ctx.shape = (out._data if typed else out).shape
            if saves_others:
                ctx.saved = (None if theirs is None else a, None if edge is None else other)
            elif not quiet:
                ctx.setup_context((a, other), out)
            out._edge = ctx if pure or not ctx.fixes(out) else None
        else:
            out._edge = None
        return out

    return method


#: what a kernel of two operands takes as it is, if it takes numbers
NUMBERS = frozenset((float, int))


#: what stands for the options of a `_single` among the edges of its node, by their number
_NOTHING: tuple[tuple[None, ...], ...] = tuple((None,) * n for n in range(32))


def _cast(method: Any, t: Any, *args: Any, dtype: Any, **kwargs: Any) -> Any:
    return method(t.to(dtype=dtype), *args, **kwargs).to(dtype=dtype)


def _single(fn: type[Function], cls: Any, prepared: bool = False) -> Callable[..., Any]:
    forward, recorded, opmath = _forward_of(fn, cls), fn.differentiable, fn.opmath
    prepare = None if prepared else fn.prepare
    plain = _single(fn, cls, True) if opmath and not prepared else None
    typed, casts = cls.typed_data, fn.casts and not prepared

    def method(*args: Any, **kwargs: Any) -> Any:
        if casts and kwargs.get("dtype") is not None:
            return _cast(method, *args, **kwargs)
        given = args, kwargs
        if prepare is not None:
            try:
                args = prepare(*args, **kwargs)
            except Met as met:
                return met.run(op_name(fn), *given)
            except (TypeError, ValueError) as error:
                raise misused(error, op_name(fn), prepare, args, kwargs) from None
            kwargs = {}
        if plain is not None and (args[0]._data if typed else args[0]).dtype in HALF:
            return in_float32(plain, *args, **kwargs)
        ctx: Any = fn()
        try:
            out = forward(ctx, *args, **kwargs)
        except Met as met:
            return met.run(op_name(fn), *given)
        except KERNEL_ERRORS as error:
            raise explain(error, fn, args) from None
        edge = args[0]._edge
        if edge is not None and recorded and is_grad_enabled():
            ctx.edges = (edge, *_NOTHING[len(args) - 1])
            ctx.seq = tick()
            ctx.shape = (out._data if typed else out).shape
            ctx.setup_context(args, out)
            out._edge = ctx if ctx.trusted or not ctx.fixes(out) else None
        else:
            out._edge = None
        return out

    return method


def _viewing(fn: type[Function], cls: Any) -> Callable[..., Any]:
    """The method of a view, which notes how it was made, and of what, for `tensor/views.py`."""
    forward, prepare = _forward_of(fn, cls), fn.prepare
    pure, shares, typed = is_builtin(fn.forward), cls._shares, cls.typed_data

    def method(*args: Any, **kwargs: Any) -> Any:
        if prepare is not None:
            try:
                args = prepare(*args, **kwargs)
            except (TypeError, ValueError) as error:
                raise misused(error, op_name(fn), prepare, args, kwargs) from None
            kwargs = {}
        ctx: Any = None if pure else fn()
        try:
            out = forward(ctx, *args, **kwargs)
        except KERNEL_ERRORS as error:
            raise explain(error, fn, args) from None
        edge, recording = args[0]._edge, is_grad_enabled()
        if out._origin is not None:
            out._origin = (fn, args, None if recording else NO_GRAD)
        elif not shares and args[0]._is_shown(fn, args):
            whole = args[0] if args[0]._origin is not None else ref(args[0])  # a copy needs it not
            out._origin = (fn, (whole, *args[1:]), COPIED)
            out._storage = args[0]._watched()
            out._storage.show(out)
        if edge is not None and recording:
            if pure:
                ctx = fn()
            ctx.edges = (edge, *_NOTHING[len(args) - 1])
            ctx.seq = tick()
            ctx.shape = (out._data if typed else out).shape
            ctx.setup_context(args, out)
            out._edge = ctx
        else:
            out._edge = None
        return out

    return method


def _general(fn: type[Function], cls: Any, prepared: bool = False) -> Callable[..., Any]:
    forward, prepare = _forward_of(fn, cls), None if prepared else fn.prepare
    plain = _general(fn, cls, True) if fn.opmath and not prepared else None
    typed, casts = cls.typed_data, fn.casts and not prepared

    def method(*args: Any, **kwargs: Any) -> Any:
        if casts and kwargs.get("dtype") is not None:
            return _cast(method, *args, **kwargs)
        given = args, kwargs
        if prepare is not None:
            try:
                args, kwargs = prepare(*args, **kwargs), {}
            except Met as met:
                return met.run(op_name(fn), *given)
            except (TypeError, ValueError) as error:
                raise misused(error, op_name(fn), prepare, args, kwargs) from None
        elif kwargs:
            args, kwargs = positional(fn, args, kwargs)
        if plain is not None and (args[0]._data if typed else args[0]).dtype in HALF:
            return in_float32(plain, *args, **kwargs)
        ctx = fn()
        try:
            out = forward(ctx, *args, **kwargs)
        except Met as met:
            return met.run(op_name(fn), *given)
        except KERNEL_ERRORS as error:
            raise explain(error, fn, args) from None
        record(ctx, args, out)
        return out

    return method
