"""Programs of which torch says other things; docs/pages/fuzzing.md gives the reasons."""

from collections.abc import Callable

import numpy as np

from lightgrad.fuzz import table
from lightgrad.fuzz.library import largest
from lightgrad.fuzz.program import Program, Step, Var, leaves

#: torch's derivatives of silu, gelu and others are nan where exp of such a number is too large
_LARGE = 30.0
#: ops that are several in torch's CPU code, or save their result there alone, or end in a view:
#: hooks of a result see another part of its gradient
_SEVERAL = (
    *("einsum", "tensordot", "inner", "repeat_interleave", "prod", "cumprod"),
    *("lstm_cell", "gru_cell", "rnn_", "conv1d", "conv_transpose1d"),
    *("avg_pool1d", "max_pool1d", "adaptive_avg_pool1d"),
)
#: ops whose derivatives of third order are wrong in torch
_THIRD = frozenset(["batch_norm", "instance_norm", "layer_norm"])


def twice(program: Program) -> bool:
    """Whether it has derivatives of second order."""
    return any(s.kwargs.get("create_graph") for s in program.steps)


def comparable(program: Program) -> bool:
    """Whether torch promises the same; not where a rule says that it does not."""
    return not (
        any(rule(program) for rule in _RULES)
        or any(_DIFFERS[op](program, s) for op, s in _calls(program) if op in _DIFFERS)
    )


def crashes(program: Program) -> bool:
    """Whether torch may: it keeps gradients of what was changed after it is gone."""
    return bool(_hooked(program)) and _changed(program)


def far(program: Program) -> bool:
    """Whether it begins with large numbers, of which an exponential overflows."""
    return any(largest(a) > _LARGE for a in _floats(program))


def endless(program: Program) -> bool:
    """Whether torch may give nan where there is a number: of exp on the way, of std twice at 0."""
    return far(program) or "std" in ops(program)


def faithful(program: Program) -> bool:
    """Whether the reference sees what hooks do: it copies results and what a change writes, and
    what was saved of them passes hooks in derivatives of second order.

    And not where clipping squares large numbers, of which float32 has no squares, or in
    float16, whose norm of many is too large, nor where the largest of several missing numbers
    is any of them.
    """
    hidden = _hooked(program) and (_changed(program) or twice(program))
    squares = "clip" in program.kinds and (far(program) or _half_steps(program, ("clip",)))
    return not (hidden or squares or _unordered(program))


# ----------------------------------------------------------------- what is in a program


def _calls(program: Program) -> list[tuple[str, Step]]:
    return [(table.entries()[s.name].op, s) for s in program.steps if s.kind == "call"]


def ops(program: Program) -> set[str]:
    return {op for op, _ in _calls(program)}


def _changed(program: Program) -> bool:
    """Whether anything is changed in place."""
    return any(s.writes for s in program.steps)


def _hooked(program: Program) -> set[int]:
    """The variables whose gradients are looked at by hooks, or kept."""
    return {s.args[0].index for s in program.steps if s.kind in ("hook", "retain")}


def _floats(program: Program) -> list[np.ndarray]:
    """The numbers that it begins with."""
    return [s.data for s in program.steps if s.data is not None and s.data.dtype.kind == "f"]


def _has_zero(program: Program) -> bool:
    """Whether it begins with a number that is zero."""
    return any(s.data is not None and not s.data.all() for s in program.steps)


def _has_equal(program: Program) -> bool:
    """Whether a number occurs twice, as it does in ties."""
    numbers = np.concatenate([a.ravel() for a in _floats(program)])
    return len(np.unique(numbers)) < len(numbers)


# ----------------------------------------------------------------- rules of programs


def _parted(program: Program) -> bool:
    """Hooks of a result that is several in torch, or in a program that writes one in place."""
    several = [s for s in program.steps if s.name.startswith(_SEVERAL)]
    hooked = _hooked(program)
    return any((s.writes and hooked) or hooked & set(s.outs) for s in several)


def _unordered(program: Program) -> bool:
    """The largest of missing numbers are asked for, all of which are equal."""
    missing = any(s.data is not None and bool(np.isnan(s.data).any()) for s in program.steps)
    return missing and not ops(program).isdisjoint(("topk", "argtopk"))


def _third_order(program: Program) -> bool:
    """Derivatives that torch has wrong."""
    orders = sum(bool(s.kwargs.get("create_graph")) for s in program.steps)
    return orders > 1 and not ops(program).isdisjoint(_THIRD)


def _half_twice(program: Program) -> bool:
    """Hooks of second order of a float16 result, of which we have saved the float32 one."""
    return twice(program) and any(program.dtypes.get(i) == "float16" for i in _hooked(program))


def _half_steps(program: Program, kinds: tuple[str, ...] = ("optimize", "clip")) -> bool:
    """Optimizers and clipping of float16: their state is in float32 here."""
    steps = (s for s in program.steps if s.kind in kinds)
    return any(program.dtypes.get(v.index) == "float16" for s in steps for v in s.args[0])


_RULES = (_parted, _unordered, _third_order, _half_twice, _half_steps)


# ----------------------------------------------------------------- rules of a call


def _wide(program: Program, step: Step) -> bool:
    return program.dtypes.get(step.reads[0]) == "float64"


def _wide_twice(program: Program, step: Step) -> bool:
    return _wide(program, step) and twice(program)


def _zero_twice(program: Program, step: Step) -> bool:
    return twice(program) and _has_zero(program)


def _unsorted(program: Program, step: Step) -> bool:
    """The numbers to be searched are not known to be in order."""
    a = next((s.data for s in program.steps if s.kind == "leaf" and step.reads[0] in s.outs), None)
    return a is None or not bool((a[..., 1:] >= a[..., :-1]).all())


def _repeated(program: Program, step: Step) -> bool:
    """Several values may be put into one place, where only one can stay.

    Its gradient is ours; torch sends one to all of them.
    """
    if step.kwargs.get("accumulate") or step.args[3:] == (True,):
        return False
    given = {v: s.data for s in program.steps for v in s.outs if s.kind == "leaf"}
    numbers = [v.index for v in leaves(step.args[1:]) if isinstance(v, Var)]
    indices = [given.get(i) for i in numbers if "int" in program.dtypes.get(i, "")]
    whole = [a for a in indices if a is not None]
    if not whole or len(whole) < len(indices):
        return bool(indices)
    places = np.stack([a.ravel() for a in np.broadcast_arrays(*whole)], 1)
    return len(np.unique(places, axis=0)) < len(places)


def _met(program: Program, step: Step) -> bool:
    """Two tensors as bounds, which may be equal: torch has no gradient for either then."""
    bounds = [*step.args[1:3], *step.kwargs.values()]
    if len(bounds) != 2 or not isinstance(bounds[0], Var):
        return False
    return bounds[0] == bounds[1] or _has_equal(program)


#: by the op, whether a call of it is another thing in torch
_DIFFERS: dict[str, Callable[[Program, Step], bool]] = {
    # torch's sixth is that of float32
    "hardsigmoid": _wide,
    # and it adds 1e-12 to probabilities in their derivative of second order
    **dict.fromkeys(("binary_cross_entropy", "bernoulli_cross_entropy"), _wide_twice),
    # where one is 0, torch's second derivatives are of the other side, or none
    **dict.fromkeys(("prelu", "pow"), _zero_twice),
    "searchsorted": _unsorted,
    **dict.fromkeys(("index_put", "index_put_"), _repeated),
    **dict.fromkeys(("clamp", "clip"), _met),
    # torch's polygamma, of which the derivatives of these are made, is right to nine digits only
    **dict.fromkeys(("polygamma", "digamma", "lgamma", "mvlgamma"), _wide),
}
