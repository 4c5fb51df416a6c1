"""Ops a backend has no kernel for: derived from other ops, or run on the host."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.dispatch import describe, method_of
from lightgrad.autograd.func import Function, op_name
from lightgrad.errors import HostFallbackWarning, MissingOpError

#: (device, op) -> how often it ran on the host
host_calls: Counter[tuple[str, str]] = Counter()

_METHODS: dict[tuple[type, str], Callable[..., Any]] = {}
_HOST: list[Any] = []  # the tensor class with NumPy kernels; set by the composition root


def set_host(cls: Any) -> None:
    _HOST[:] = [cls]


def host() -> Any:
    """The tensor class whose storage is NumPy arrays."""
    return _HOST[0]


def derived_method(rule: type[Function]) -> Callable[..., Any]:
    """The method of an op that is made of other ops."""
    composite, prepare, binary = rule.composite, rule.prepare, rule.arity == 2

    def method(*args: Any, **kwargs: Any) -> Any:
        if prepare is not None:
            args, kwargs = prepare(*args, **kwargs), {}
        elif binary:
            args = args[0]._meet(args[1], rule)
        return composite(*args, **kwargs)  # type: ignore[misc]

    return _named(method, rule)


def host_method(rule: type[Function]) -> Callable[..., Any]:
    """The method of an op that only its kernel can compute: look for one on the host."""

    def method(*args: Any, **kwargs: Any) -> Any:
        first, *others = (a for a in args if hasattr(a, "_edge"))
        for other in others:
            first._same_device(other, op_name(rule))
        cls = type(first)
        key = cls, op_name(rule)
        if key not in _METHODS:
            _METHODS[key] = method_of(_on_host(rule, args), cls)
        host_calls[cls.device_name or cls.__name__, op_name(rule)] += 1
        return _METHODS[key](*args, **kwargs)

    return _named(method, rule)


def _named(method: Callable[..., Any], rule: type[Function]) -> Callable[..., Any]:
    method.__name__ = method.__qualname__ = op_name(rule)
    method.__doc__ = rule.__doc__
    method.function = rule  # type: ignore[attr-defined]
    return method


def _on_host(rule: type[Function], args: Any) -> type[Function]:
    """``rule`` with the host's kernel, its data copied there and back."""
    op, given = op_name(rule), describe(args)
    host = _HOST[0]
    kernel = host._ops.get(op)
    cls = next(type(a) for a in args if hasattr(a, "_edge"))
    name = cls.device_name or cls.__name__
    remedy = f"register one with @{cls.__name__}.register_op(name={op!r})"
    if cls is host or kernel is None:
        raise MissingOpError(
            f"{op}: {name} has no kernel and neither has the CPU ({given}); {remedy}"
        )
    warnings.warn(
        f"{op}: {name} has no kernel, so it runs on the CPU with a copy each way; {remedy}",
        HostFallbackWarning,
        stacklevel=4,
    )

    def forward(ctx: Any, *inputs: Any) -> Any:
        try:
            inputs = tuple(
                host.from_numpy(a.numpy(), requires_grad=False) if hasattr(a, "_edge") else a
                for a in inputs
            )
            out = kernel.forward(ctx, *inputs)
            back = tuple(
                cls.from_numpy(t.numpy(), requires_grad=False)
                for t in (out if isinstance(out, tuple) else (out,))
            )
        except NotImplementedError as error:
            raise MissingOpError(
                f"{op}: {name} has no kernel, and its data cannot be copied to the CPU: {error} "
                f"({given}); {remedy}"
            ) from None
        return back if isinstance(out, tuple) else back[0]

    return type(
        op, (rule,), {"forward": forward, "__module__": __name__, "scalars": kernel.scalars}
    )
