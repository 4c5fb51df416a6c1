"""A drawn program as data: steps over numbered variables, the same for every library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

#: calls that have a dtype in their name
CASTS = {"half": "float16", "float": "float32"}


@dataclass(frozen=True)
class Var:
    """A variable in the place of an argument."""

    index: int

    def __repr__(self) -> str:
        return f"v{self.index}"


@dataclass(frozen=True, eq=False)
class Step:
    """One line of a program.

    ========== ==============================================================
    leaf       a tensor of ``data``; "reversed" leaves have negative strides
    call       a call of the op table, ``name`` its key
    method     ``args[0].name(*args[1:])``, in place if ``name`` says so
    item       ``args[0][key]``
    setitem    ``args[0][key] = value``; augitem: ``+=``; iadd, imul: operators
    hook       ``register_hook``; ``name`` says what it does
    retain     ``retain_grad()``
    backward   from ``args[0]`` with the gradient ``args[1]`` or None
    grad       of ``args[0]`` by ``args[1]``, a tuple
    gradof     ``args[0].grad`` as a variable
    clear      ``.grad = None`` for each of ``args``
    clip       ``clip_grad_norm_(args[0], args[1])``; its result is a variable
    optimize   ``name(args[0], **kwargs)`` and ``args[1]`` steps
    threads    ``args[1]`` threads send gradients into the leaves ``args[0]``
    ========== ==============================================================
    """

    kind: str
    outs: tuple[int, ...] = ()
    name: str = ""
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    data: np.ndarray | None = None
    requires_grad: bool = False
    no_grad: bool = False
    #: results are new memory, with the rounding of their dtype
    fresh: bool = False

    @cached_property
    def reads(self) -> tuple[int, ...]:
        """The variables among its arguments."""
        return tuple(v.index for v in leaves((self.args, self.kwargs)) if isinstance(v, Var))

    @cached_property
    def writes(self) -> bool:
        """Whether it changes memory in place."""
        if self.kind in ("setitem", "augitem", "iadd", "imul", "clip", "optimize"):
            return True
        return self.kind == "method" and self.name.endswith("_") and self.name != "detach_"

    @property
    def differentiates(self) -> bool:
        return self.kind in ("backward", "grad", "threads")


@dataclass(frozen=True, eq=False)
class Program:
    """Steps, and the dtype that each variable has when it is first made."""

    seed: int
    number: int
    steps: tuple[Step, ...]
    dtypes: dict[int, str]
    cells: tuple[tuple[int, tuple[str, str, str]], ...] = ()  # step -> op, dtype, layout

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def instead(self, names: dict[str, str]) -> Program:
        """With other dtypes in the place of some."""

        def new(a: Any) -> Any:
            return names.get(a, a) if isinstance(a, str) else a

        def changed(step: Step) -> Step:
            data = step.data
            if data is not None and str(data.dtype) in names:
                data = data.astype(names[str(data.dtype)])
            if step.kind == "call" and (cast := CASTS.get(step.name.partition("/")[0])) in names:
                return replace(step, kind="method", name="to", args=(step.args[0], names[cast]))
            args, kwargs = mapped((step.args, step.kwargs), new)
            return replace(step, data=data, args=args, kwargs=kwargs)

        dtypes = {i: names.get(d, d) for i, d in self.dtypes.items()}
        return replace(self, steps=tuple(map(changed, self.steps)), dtypes=dtypes)

    def with_steps(self, steps: tuple[Step, ...]) -> Program:
        return replace(self, steps=steps, cells=())

    @property
    def kinds(self) -> set[str]:
        return {step.kind for step in self.steps}


def mapped(value: Any, fn: Callable[[Any], Any]) -> Any:
    """``fn`` of every leaf of nested lists, tuples, dicts and slices."""
    if isinstance(value, (list, tuple)):
        return type(value)([mapped(v, fn) for v in value])
    if isinstance(value, dict):
        return {k: mapped(v, fn) for k, v in value.items()}
    return fn(value)


def filled(value: Any, env: dict[int, Any]) -> Any:
    """Arguments with the values of variables in their places."""
    kind = type(value)
    if kind is Var:
        return env[value.index]
    if kind is tuple:
        return tuple([filled(v, env) for v in value])
    if kind is list:
        return [filled(v, env) for v in value]
    if kind is dict:
        return {k: filled(v, env) for k, v in value.items()}
    return value


def leaves(value: Any) -> list[Any]:
    """All leaves of nested lists, tuples and dicts, in a list."""
    collected: list[Any] = []
    stack = [value]
    while stack:
        v = stack.pop()
        if isinstance(v, (list, tuple)):
            stack.extend(reversed(v))
        elif isinstance(v, dict):
            stack.extend(reversed(list(v.values())))
        else:
            collected.append(v)
    return collected
