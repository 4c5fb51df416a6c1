"""Ops a backend has no kernel for: derived from other ops, or run on the host."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.devices import strict
from lightgrad.autograd.dispatch import describe, method_of
from lightgrad.autograd.dtypes import FLOATS, default
from lightgrad.autograd.func import Function, View
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.nodes import op_name
from lightgrad.autograd.signatures import introduced
from lightgrad.errors import DtypeError, HostFallbackWarning, MissingOpError
from lightgrad.hints import calling

#: (device, op) -> how often it ran on the host
host_calls: Counter[tuple[str, str]] = Counter()

#: (class, op without a kernel) -> its method, and whether that is the host's
_METHODS: dict[tuple[type, str], tuple[Callable[..., Any], bool]] = {}
_HOST: list[Any] = []  # the tensor class with NumPy kernels; set by the composition root


def set_host(cls: Any) -> None:
    _HOST[:] = [cls]


def host() -> Any:
    """The tensor class whose storage is NumPy arrays."""
    return _HOST[0]


def on_host(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments with copies of their tensors on the host."""
    copied = _HOST[0].from_numpy
    return tuple(copied(a._values(), requires_grad=False) if is_tensor(a) else a for a in args)


def derived_method(rule: type[Function]) -> Callable[..., Any]:
    """The method of an op that is made of other ops."""
    composite, prepare, arity = rule.composite, rule.prepare, rule.arity
    floats = rule.arity == 1 and rule.floats

    def method(*args: Any, **kwargs: Any) -> Any:
        if prepare is not None:
            args, kwargs = prepare(*args, **kwargs), {}
        elif arity and (kwargs or len(args) != arity):
            raise DtypeError(
                f"{calling(op_name(rule), method, arity - 1)}() does not take what was given: "
                f"{describe((*args[1:], *kwargs)) or 'nothing'}"
            )
        elif arity == 2:
            args = args[0]._meet(args[1], rule)
        elif floats and args[0].dtype not in FLOATS:
            args = (args[0].to(default()),)
        return composite(*args, **kwargs)  # type: ignore[misc]

    return _named(method, rule)


def missing_method(rule: type[Function]) -> Callable[..., Any]:
    """The method of an op without a kernel: from others if the device has them, else the host."""

    def method(*args: Any, **kwargs: Any) -> Any:
        tensors = [a for a in args if is_tensor(a)]
        if not tensors:
            raise DtypeError(
                f"{op_name(rule)}: its first argument must be a tensor (found {describe(args)})"
            )
        cls = type(tensors[0])
        if cls._stands_for is not None or _has_kernel(
            cls, op_name(rule)
        ):  # called as light.Tensor.exp(t)
            return getattr(cls, op_name(rule))(*args, **kwargs)
        for other in tensors[1:]:
            tensors[0]._same_device(other, op_name(rule))
        key = cls, op_name(rule)
        if key not in _METHODS:
            derived = _is_derived(cls, rule)
            if strict.is_strict() and not derived:  # before it warns
                _refuse(cls, op_name(rule), args)
            fn = _from_others(rule) if derived else _on_host(rule, args)
            _METHODS[key] = method_of(fn, cls), not derived
        run, hosted = _METHODS[key]
        if hosted:
            if strict.is_strict():
                _refuse(cls, op_name(rule), args)
            host_calls[cls.device_name or cls.__name__, op_name(rule)] += 1
        return run(*args, **kwargs)

    return _named(method, rule)


def _has_kernel(cls: type, op: str) -> bool:
    own = cls.__mro__[: cls.__mro__.index(_HOST[0].__base__)]
    return any(op in c.__dict__.get("_ops", ()) for c in own)


def _refuse(cls: Any, op: str, args: Any) -> None:
    name = cls.device_name or cls.__name__
    strict.refuse(
        op,
        f"{name} has no kernel, so its data would be copied to the CPU and back",
        describe(args),
        f"register one with @{cls.__name__}.register_op(name={op!r})",
    )


def forget(cls: type) -> None:
    """Look up anew which kernels ``cls`` lacks: it has got another one."""
    for key in [k for k in _METHODS if issubclass(k[0], cls)]:
        del _METHODS[key]


def path(cls: Any, op: str) -> str:
    """How ``op`` runs on tensors of ``cls``: "native", "derived" or "host"."""
    method = getattr(cls, op)
    if method is not getattr(_HOST[0].__base__, op, None):
        return "native"
    rule = getattr(method, "function", None)  # an op made of others is a plain function
    return "derived" if rule is None or rule.composite or _is_derived(cls, rule) else "host"


def _is_derived(cls: Any, rule: type[Function]) -> bool:
    return rule.derived is not None and all(path(cls, op) != "host" for op in rule.needs)


def _from_others(rule: type[Function]) -> type[Function]:
    """A rule with a kernel made of other ops; the gradient stays the rule's own."""
    derived: Any = rule.derived

    def forward(ctx: Any, *inputs: Any) -> Any:
        with no_grad():
            out = derived(*inputs)
        if issubclass(rule, View):
            return out._alias() if any(out is a for a in inputs) else out
        if out._origin is None and not any(out is a for a in inputs):
            return out
        return out._copied()  # a view of what is made here, or an input: nobody else's memory

    return type(op_name(rule), (rule,), {"forward": forward, "__module__": __name__})


def _named(method: Callable[..., Any], rule: type[Function]) -> Callable[..., Any]:
    method.function = rule  # type: ignore[attr-defined]
    return introduced(method, op_name(rule), rule)


def _on_host(rule: type[Function], args: Any) -> type[Function]:
    """A rule with the host's kernel, for which data are copied there and back."""
    op, given = op_name(rule), describe(args)
    host = _HOST[0]
    kernel = host._ops.get(op)
    cls = next(type(a) for a in args if is_tensor(a))
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
            out = kernel.forward(ctx, *on_host(inputs))
            back = tuple(
                cls.from_numpy(t._values(), requires_grad=False)
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
