"""The tensor of several samples: what it looks like, and how an operation on it finds its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from lightgrad.autograd.batching.levels import Level, check_randomness, levels
from lightgrad.autograd.batching.shown import Shown
from lightgrad.autograd.contract import Met, is_tensor
from lightgrad.autograd.func import Function
from lightgrad.autograd.signatures import introduced
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.registration import install
from lightgrad.errors import VmapError
from lightgrad.hints import calling

#: what `set_rules` was given
_RULES: list[Callable[..., Any]] = []


def set_rules(applied: Callable[..., Any], each: Callable[..., Any]) -> None:
    """Say how operations run on batched tensors, and functions once for each sample."""
    _RULES[:] = applied, each


class Batched(AbstractTensor):
    """A tensor that stands for one of each sample; the first axis of ``inner`` counts those."""

    __slots__ = ("_inner", "_level")

    #: the class of the tensors behind it
    _stands_for: ClassVar[Any] = AbstractTensor
    typed_data = True

    def __init__(self, inner: Any, level: Level) -> None:
        self._inner, self._level = inner, level
        self._grad = self._storage = self._origin = self.name = None

    # the slots of the base class, as what lies behind says
    _edge = property(lambda self: self._inner._edge)
    _data = property(lambda self: Shown(self._inner._dtype, tuple(self._inner._shape[1:]), run))
    _dtype = property(lambda self: self._inner._dtype)
    _shape = property(lambda self: tuple(self._inner._shape[1:]))
    dtype, shape = _dtype, _shape

    # ------------------------------------------------- factories make what is the same for all

    @classmethod
    def empty(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._stands_for.empty(*args, **kwargs)

    @classmethod
    def zeros(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._stands_for.zeros(*args, **kwargs)

    @classmethod
    def ones(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._stands_for.ones(*args, **kwargs)

    @classmethod
    def uniform(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._stands_for.uniform(*args, **kwargs)

    @classmethod
    def from_numpy(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._stands_for.from_numpy(*args, **kwargs)

    # ------------------------------------------------- the values of one sample are not known

    def _values(self) -> Any:
        raise Met(
            run,
            f"vmap: the values of a tensor of shape {tuple(self._shape)} were asked for (item(), "
            f"tolist(), numpy(), bool() or an if), but it stands for {self._level.size} samples; "
            f"compute with where() instead, or look at the results outside of vmap",
        )

    numpy = to_numpy = item = tolist = __bool__ = __float__ = __int__ = __index__ = _values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._values()

    def _outside(self, low: int, high: int) -> tuple[int, int] | None:
        return self._inner._outside(low, high)

    def __repr__(self, *, tensor_contents: str | None = None) -> str:
        return f"Batched(level={self._level.depth + 1}, of={self._inner!r})"

    # ------------------------------------------------- memory

    def _like(self, inner: Any) -> Any:
        return type(self)(inner, self._level)

    def is_contiguous(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._inner.is_contiguous())

    def _alias(self) -> Any:
        return self._like(self._inner.detach())

    detach = _alias

    def _copied(self) -> Any:
        return self._like(self._inner._copied())

    def copy(self, requires_grad: bool = True) -> Any:
        return self._like(self._inner.copy(requires_grad))

    def _filled(self, value: float) -> Any:
        return self._like(self._inner._filled(value))

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        if requires_grad != self.requires_grad:
            raise VmapError("vmap: requires_grad_() of a sample; use grad() or vjp() there")
        return self

    def _inplace(self, op: str, *args: Any, **kwargs: Any) -> Any:
        out = getattr(self, op)(*args, **kwargs)
        if out._shape != self._shape:
            raise VmapError(f"vmap: {op}_ of shape {self._shape} gives another, {out._shape}")
        self._inner._inplace("replaced", unwrapped(out, self._level))
        return self

    def _apply_function(self, cls: Any, args: tuple[Any, ...]) -> Any:
        """A Function of a user, once for each sample."""
        return _RULES[1](cls.__name__, _innermost(args), cls.apply, args, {})

    def to(self, *args: Any, **kwargs: Any) -> Any:
        return self._like(self._inner.to(*args, **kwargs))


_CLASSES: dict[type, Any] = {}


def class_of(base: Any) -> Any:
    """The class of batched tensors over those of a class, with a method for every operation."""
    known = _CLASSES.get(base)
    if known is None:
        own = {"__slots__": (), "_stands_for": base, "device_name": base.device_name}
        known = type("Batched", (Batched,), own)
        if hasattr(base, "_find"):  # of lightgrad.torch, whose tensors have more to say
            known = base._find(known)
        for op, fn in AbstractTensor._ops.items():
            install(known, op, _method(op, fn))
        _CLASSES[base] = known
    return known


def _method(op: str, fn: Any) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        return run(op, args, kwargs)

    made = introduced(method, op, fn)
    made.__qualname__ = calling(op, fn) if not isinstance(fn, type) else op
    if isinstance(fn, type) and issubclass(fn, Function):
        made.function = fn  # type: ignore[attr-defined]
    return made


def wrapped(inner: Any, level: Level) -> Any:
    """The tensors of all samples, along the first axis, as one of each sample."""
    base = type(inner)
    return class_of(base._stands_for if issubclass(base, Batched) else base)(inner, level)


def unwrapped(t: Any, level: Level) -> Any:
    """The tensor behind, with an axis of samples: expanded, if it is the same for all."""
    if isinstance(t, Batched) and t._level is level:
        return t._inner
    return t.unsqueeze(0).expand((level.size, *t._shape))


def over_all(t: Any) -> Any:
    """A tensor with an axis for each level, the outermost first, and no longer batched."""
    for level in reversed(levels()):
        t = unwrapped(t, level)
    return t


def again(t: Any) -> Any:
    """What `over_all` gave, as one of each sample."""
    for level in levels():
        t = wrapped(t, level)
    return t


def flat(values: Any) -> Iterator[Any]:
    """Values, and those in tuples and lists among them."""
    for v in values:
        if isinstance(v, (tuple, list)):
            yield from flat(v)
        else:
            yield v


def _innermost(values: Any) -> Level:
    found = [a._level for a in flat(values) if isinstance(a, Batched)]
    if not found:
        raise VmapError("vmap: an operation lost the tensor of several samples that it was given")
    return max(found, key=lambda level: level.depth)


def run(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run an operation on tensors of which some are batched: on the innermost level of theirs."""
    level = _innermost((*args, *kwargs.values()))
    if not any(level is one for one in levels()):
        raise VmapError(
            f"{op}: a tensor of shape {tuple(args[0].shape)} has escaped from the vmap that it "
            f"stands for samples of; return it from the function instead"
        )
    return _RULES[0](op, level, args, kwargs)


def drawn(draw: Callable[..., Any], cls: Any, shape: Any, *params: Any) -> Any:
    """Random numbers inside of vmap: the same for all samples, or others for each."""
    check_randomness("draw")
    cls = cls._stands_for if issubclass(cls, Batched) else cls
    different = [level for level in levels() if level.randomness == "different"]
    if any(is_tensor(p) and isinstance(p, Batched) for p in params):
        if len(different) < len(levels()):
            raise VmapError(
                "vmap: probabilities that are not the same for all samples give other numbers for "
                "each; pass randomness='different' to vmap"
            )
        params = tuple(over_all(p.expand(shape)) if is_tensor(p) else p for p in params)
    elif different:
        params = tuple(p.expand(shape) if is_tensor(p) else p for p in params)
        front = tuple(level.size for level in different)
        params = tuple(p.expand((*front, *shape)) if is_tensor(p) else p for p in params)
    out = draw(cls, (*(level.size for level in different), *shape), *params)
    for level in different:
        out = wrapped(out, level)
    return out
