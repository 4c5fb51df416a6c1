"""Adding steps to a program, and knowing what its variables are: shape, dtype, memory, history."""

import warnings
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, no_grad
from lightgrad.fuzz.library import Light
from lightgrad.fuzz.program import Program, Step, Var, leaves
from lightgrad.fuzz.run import execute

#: a view or a copy, as the strides allow
_MAYBE = ("reshape", "flatten", "contiguous", "unfold")
#: larger results stay out
_LARGEST = 100_000
#: values beyond this are scaled before they are used again
_TAME = 29.37


@dataclass(eq=False)
class Known:
    """What the draw knows of a variable; of its values no more than whether they are small."""

    shape: tuple[int, ...]
    dtype: str
    base: int  # the variable whose memory this is
    leaf: bool
    low: float  # its least and its greatest value, as far as rounding lets it say
    high: float
    whole: bool  # its elements are all different places in memory
    reach: frozenset[int] = frozenset()  # the leaves it has gradients for
    uses: int = 0
    sure: bool = False  # its strides are the same in every library

    @property
    def tame(self) -> bool:
        return self.low > -_TAME and self.high < _TAME

    @property
    def floating(self) -> bool:
        return self.dtype.startswith("float")

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))


@dataclass(eq=False)
class Builder:
    """Steps, each run once on NumPy without gradients to know what it makes."""

    dice: Random
    ops: tuple[str, ...] = ()  # patterns of what is asked for
    known: dict[int, Known] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    cells: list[tuple[int, tuple[str, str, str]]] = field(default_factory=list)
    #: memory that some step may have saved for its gradient
    saved: set[int] = field(default_factory=set)
    #: memory of which a reshape may be a view or not: nobody promises, so nobody writes
    doubts: set[int] = field(default_factory=set)
    refusal: Exception | None = None
    _env: dict[int, Any] = field(default_factory=dict)
    _count: int = 0
    _leaves: int = 0
    _library: Light = field(default_factory=Light)

    def program(self, seed: int, number: int) -> Program:
        dtypes = {i: known.dtype for i, known in self.known.items()}
        for step in self.steps:  # a cast and back leaves the rounding of the narrower one
            if step.kind == "call" and step.name.startswith("cast there and back/"):
                dtypes.update((i, a) for i in step.outs for a in step.args if isinstance(a, str))
        return Program(seed, number, tuple(self.steps), dtypes, tuple(self.cells))

    @property
    def operations(self) -> int:
        """How many steps there are, but for the tensors that they start from."""
        return len(self.steps) - self._leaves

    # ------------------------------------------------------------- steps

    def leaf(self, data: np.ndarray, requires_grad: bool = False, name: str = "") -> Var:
        """A tensor of its own."""
        requires_grad = requires_grad and data.dtype.kind == "f"
        step = Step("leaf", (self._count,), name, data=data, requires_grad=requires_grad)
        self._env[self._count] = self._library.leaf(step)
        known = self._see(self._count, frozenset([self._count]) if requires_grad else frozenset())
        known.leaf = known.sure = True
        self.steps.append(step)
        self._count += 1
        self._leaves += 1
        return Var(self._count - 1)

    def add(
        self,
        kind: str,
        *args: Any,
        name: str = "",
        no_grad_: bool = False,
        differentiable: bool = True,
        **kwargs: Any,
    ) -> list[Var] | None:
        """A step that computes; its tensors, or None if NumPy refuses it."""
        step = Step(kind, (), name, args, kwargs, no_grad=no_grad_)
        with warnings.catch_warnings(), no_grad(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                results = leaves(_run(step, self._env, self._library))
            except Exception as error:  # the step stays out, or is kept as one to be refused
                self.refusal = error
                return None
        if any(r.numel() > _LARGEST for r in results if isinstance(r, AbstractTensor)):
            return None
        outs = tuple(range(self._count, self._count + len(results)))
        reads = [self.known[i] for i in step.reads if i in self.known]
        reach = frozenset().union(*(k.reach for k in reads)) if reads else frozenset()
        reach = reach if differentiable and not no_grad_ else frozenset()
        shared = False
        for i, result in zip(outs, results, strict=True):
            self._env[i] = result
            if isinstance(result, AbstractTensor):
                base = self._memory(result, step.reads)
                known = self._see(i, reach, base)
                shared = shared or base is not None
                known.sure = kind in ("method", "item") and all(k.sure for k in reads)
                if name.partition("/")[0] in _MAYBE and not (known.sure and base is not None):
                    self.doubts.update([known.base, *(k.base for k in reads)])
        for k in reads:
            k.uses += 1
        if not shared:
            self.saved.update(k.base for k in reads)
        self._count += len(results)
        self.steps.append(Step(kind, outs, name, args, kwargs, no_grad=no_grad_, fresh=not shared))
        return [Var(i) for i in outs]

    def doubtful(self, known: Known) -> bool:
        return known.base in self.doubts

    def refused(self, kind: str, *args: Any, name: str = "", **kwargs: Any) -> None:
        """A step that is expected to fail, everywhere."""
        self.steps.append(Step(kind, (), name, args, kwargs))

    def write(
        self,
        kind: str,
        target: Var,
        *args: Any,
        name: str = "",
        no_grad_: bool = False,
        **kwargs: Any,
    ) -> None:
        """A change in place; one that NumPy refuses is a step that must be refused."""
        step = Step(kind, (), name, (target, *args), kwargs, no_grad=no_grad_)
        base = self.known[target.index].base
        with warnings.catch_warnings(), no_grad(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                execute(step, self._env, self._library)
            except Exception as error:
                self.refusal = error
                if self.chance(0.8):
                    return
        self.steps.append(step)
        reach = frozenset().union(*(self.known[i].reach for i in step.reads if i in self.known))
        for i, known in self.known.items():
            if i in (base, target.index):  # with new numbers, which nobody has used
                known.uses = 0
            if known.base == base and known.floating:
                known.low, known.high = _bounds(self._env[i].data)
                known.reach |= frozenset() if no_grad_ else reach

    def act(
        self,
        kind: str,
        *args: Any,
        outs: int = 0,
        like: Any = (),
        name: str = "",
        no_grad_: bool = False,
        **kwargs: Any,
    ) -> list[Var]:
        """A step that the draw does not run, as a derivative; ``like`` says what it makes."""
        made = tuple(range(self._count, self._count + outs))
        self._count += outs
        self.steps.append(Step(kind, made, name, args, kwargs, no_grad=no_grad_))
        for i, (v, reach) in zip(made, like, strict=True):
            pattern = self.known[v.index]
            self.known[i] = Known(pattern.shape, pattern.dtype, i, False, 0.0, 0.0, True, reach)
            self._env[i] = self._env[v.index]
        return [Var(i) for i in made]

    def forget(self, last: int) -> None:
        """The last variables are not drawn any more: gradients that others go on changing."""
        for i in range(self._count - last, self._count):
            self.known.pop(i, None)

    # ------------------------------------------------------------- short ways

    def method(self, name: str, v: Var, *args: Any, **kwargs: Any) -> Var | None:
        """The first result of a method."""
        made = self.add("method", v, *args, name=name, **kwargs)
        return made[0] if made else None

    def of(self, v: Var) -> Known:
        return self.known[v.index]

    @property
    def called(self) -> list[int]:
        """The results of calls of the op table that have gradients."""
        made = [i for n, _ in self.cells for i in self.steps[n].outs]
        return [i for i in made if i in self.known and self.known[i].reach]

    def strides(self, v: Var) -> tuple[int, ...]:
        return tuple(self._env[v.index].data.strides)

    def chance(self, p: float) -> bool:
        return self.dice.random() < p

    def pick(self, options: Any) -> Any:
        return options[int(self.dice.random() * len(options))]

    def below(self, n: int) -> int:
        return int(self.dice.random() * n)

    def uniform(self, shape: tuple[int, ...]) -> np.ndarray:
        """Numbers in [0, 1), multiples of 2**-20."""
        rng = np.random.Generator(np.random.PCG64(self.dice.getrandbits(32)))
        return rng.integers(0, 1 << 20, shape) / float(1 << 20)

    # ------------------------------------------------------------- memory

    def _memory(self, result: Any, reads: tuple[int, ...]) -> int | None:
        for i in reads:
            if i in self.known and np.may_share_memory(result.data, self._env[i].data):
                return self.known[i].base
        return None

    def _see(self, i: int, reach: frozenset[int], base: int | None = None) -> Known:
        t = self._env[i]
        data = t.data
        low, high = _bounds(data)
        whole = all(n < 2 or s for n, s in zip(data.shape, data.strides, strict=True))
        overlapping = data.ndim and whole and not _apart(data)
        reach = reach if data.dtype.kind == "f" else frozenset()
        known = Known(
            tuple(data.shape),
            str(data.dtype),
            i if base is None else base,
            False,
            low,
            high,
            whole and not overlapping,
            reach,
        )
        self.known[i] = known
        return known


def _bounds(data: np.ndarray) -> tuple[float, float]:
    if data.dtype.kind != "f" or not data.size:
        return 0.0, 0.0
    with np.errstate(all="ignore"):
        return float(data.min()), float(data.max())


def _run(step: Step, env: dict[int, Any], library: Any) -> Any:
    step = Step(step.kind, (0,), step.name, step.args, step.kwargs)
    return execute(step, env, library)


def _apart(data: np.ndarray) -> bool:
    """Whether no two elements share a place (windows of `unfold` do)."""
    end = 0
    for s, n in sorted((abs(s), n) for s, n in zip(data.strides, data.shape, strict=True) if n > 1):
        if s < end + data.itemsize and end:
            return False
        end = max(end, 0) + s * (n - 1)
    return True
