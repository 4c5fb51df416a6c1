"""Differences from torch that are meant; docs/pages/fuzzing.md gives the reasons."""

from __future__ import annotations

import numpy as np

from lightgrad.fuzz import table
from lightgrad.fuzz.library import largest
from lightgrad.fuzz.program import Program, Step, Var, leaves

#: torch's derivatives of silu, gelu and others are nan where exp of such a number is too large
_LARGE = 30.0
#: what torch says, where it has not what it is asked for, or is wrong
TORCHS: tuple[tuple[str, str], ...] = (
    # the gradient of clamp(min=tensor, max=tensor), if one of them is broadcast and one is not
    ("doesn't match the broadcast shape", "clamp"),
    ("doesn't match the broadcast shape", "clip"),
    # its own gradient of nll_loss gives itself a tensor that it refuses
    ("grad_input must be contiguous", "nll_loss"),
    ("grad_input must be contiguous", "cross_entropy"),
    # it flattens both by view(), which tensors in another order refuse
    ("view size is not compatible", "take_along_dim"),
    # norm(p=0), flat almost everywhere, has no gradient at all instead of zeros
    ("appears to not have been used in the graph", "norm"),
    # nor have convolutions of nothing
    *(
        ("appears to not have been used in the graph", f"conv{way}{n}d")
        for way in ("", "_transpose")
        for n in (1, 2, 3)
    ),
)
#: what torch or the CPU refuses, and we compute: right, if it is what the reference gives
LENIENT = (
    # a tensor that torch saves was changed: we save others
    "modified by an inplace operation",
    # the same between our devices: the CPU's kernel saved it, another device's saves others
    "needs was changed in place after the forward pass",
    # a derivative of second order that is constant for us has no graph
    "Trying to backward through the graph a second time",
    # what is written is read from the same memory: we read it first
    "input tensor and the written-to tensor refer to a single",
    # probabilities, which we do not look at
    "should be between 0 and 1",
    # what unbind, split and chunk have made is read after a change of the whole
    "This view is the output of a function that returns multiple views",
)


#: ops that are several in torch's CPU code, or save their result there alone, or end in a view:
#: hooks of a result see another part of its gradient
SEVERAL = (
    "einsum",
    "tensordot",
    "inner",
    "repeat_interleave",
    "prod",
    "cumprod",
    "lstm_cell",
    "gru_cell",
    "rnn_",
    "avg_pool1d",
    "max_pool1d",
    "adaptive_avg_pool1d",
    "conv1d",
    "conv_transpose1d",
)

#: ops whose derivatives of third order are wrong in torch
THIRD = frozenset(["batch_norm", "instance_norm", "layer_norm"])


def twice(program: Program) -> bool:
    """Whether it has derivatives of second order."""
    return any(s.kwargs.get("create_graph") for s in program.steps)


def _unordered(program: Program) -> bool:
    """Whether the largest of missing numbers are asked for, all of which are equal."""
    missing = any(s.data is not None and bool(np.isnan(s.data).any()) for s in program.steps)
    return missing and bool(_ops(program) & {"topk", "argtopk"})


def _ops(program: Program) -> set[str]:
    return {table.entries()[s.name].op for s in program.steps if s.kind == "call"}


def excused(program: Program, error: str) -> bool:
    """Whether torch's error is a mistake of torch."""
    ops = _ops(program)
    texts = (
        "ZeroTensors are immutable",  # a gradient of zeros that cannot be changed
        "view size is not compatible with input tensor's size",  # a view that is a copy here
        "Expected a proper Tensor but got None",  # in a derivative of its own
        "output_padding is not supported for non-transposed",  # the same, of convolutions
        "INTERNAL ASSERT FAILED",  # it says itself that this should be reported
    )
    if any(text in error for text in texts):
        return True
    if twice(program) and "appears to not have been used in the graph" in error:
        return True  # a derivative of second order that it does not know
    return any(text in error and op in ops for text, op in TORCHS)


def refused(program: Program, error: str) -> bool:
    """Whether we refuse on purpose what torch warns of, or does where nothing was saved."""
    texts = (
        *("broadcasting a target is usually a mistake", "was freed by an earlier backward()"),
        # a layer's result, which torch's call hands out as a copy if it goes backwards
        "recurrence: a tensor of shape",
        "normalized: a tensor of shape",  # torch's instance_norm repeats its weight
        "matmul: a tensor of shape",  # torch's copies what it repeats for a batch
        # torch's keep what they have computed, and we what that comes from
        *("attention: a tensor of shape", "row_cross_entropy: a tensor of shape"),
        # an axis of nothing that is not there
        "roll: dim",
        # a derivative that is zero everywhere, which torch's graph does not know
        "does not require gradients",
    )
    # what is constant by itself, where torch has a graph to it that gives zeros
    if "has no graph" in error or "was not used to compute the outputs" in error:
        return twice(program)
    return any(text in error for text in texts)


def lenient(error: str) -> bool:
    """Whether the other side refuses what we may compute."""
    return any(text in error for text in LENIENT)


def comparable(program: Program) -> bool:
    """Not where optimizers and clipping work on float16: their state is in float32 here.

    And not between equal numbers, where torch's clamp has no gradient for either bound,
    nor where hooks of second order see a float16 result, of which we have saved the float32 one,
    nor derivatives of third order that torch has wrong.
    """
    hooks = {s.args[0].index for s in program.steps if s.kind in ("hook", "retain")}
    several = {v for s in program.steps if s.name.startswith(SEVERAL) for v in s.outs}
    changed = any(s.writes and s.name.startswith(SEVERAL) for s in program.steps)
    if hooks & several or (hooks and changed):
        return False
    if _unordered(program):
        return False
    hooked = any(
        s.kind in ("hook", "retain") and program.dtypes.get(s.args[0].index) == "float16"
        for s in program.steps
    )
    higher = sum(bool(s.kwargs.get("create_graph")) for s in program.steps)
    if (higher > 1 and _ops(program) & THIRD) or (hooked and higher):
        return False
    return not any(_special(program, s) for s in program.steps)


def crashes(program: Program) -> bool:
    """Whether torch may: it keeps gradients of what was changed after it is gone."""
    return bool(program.kinds & {"hook", "retain"}) and any(s.writes for s in program.steps)


def far(program: Program) -> bool:
    """Whether it begins with large numbers, of which an exponential overflows."""
    floats = [s.data for s in program.steps if s.data is not None and s.data.dtype.kind == "f"]
    return any(largest(a) > _LARGE for a in floats)


def endless(program: Program) -> bool:
    """Whether torch may give nan where there is a number: of exp on the way, of std twice at 0."""
    return far(program) or "std" in _ops(program)


def faithful(program: Program) -> bool:
    """Whether the reference sees what hooks do: it copies results and what a change writes, and
    what was saved of them passes hooks in derivatives of second order.

    And not where clipping squares large numbers, of which float32 has no squares, nor where
    the largest of several missing numbers is any of them.
    """
    if _unordered(program):
        return False
    beside = any(s.writes or s.kwargs.get("create_graph") for s in program.steps)
    hooked = program.kinds & {"hook", "retain"}
    return not (beside and hooked) and not ("clip" in program.kinds and far(program))


def _repeated(program: Program, step: Step) -> bool:
    """Whether several values may be put into one place, where only one can stay.

    Its gradient is ours; torch sends one to all of them.
    """
    if step.kwargs.get("accumulate") or step.args[3:] == (True,):
        return False
    given = {v: s.data for s in program.steps for v in s.outs if s.kind == "leaf"}
    numbers = [v.index for v in leaves(step.args[1:]) if isinstance(v, Var)]
    found = [given.get(i) for i in numbers if "int" in program.dtypes.get(i, "")]
    whole = [a for a in found if a is not None]
    if not whole or len(whole) < len(found):
        return bool(found)
    places = np.stack([a.ravel() for a in np.broadcast_arrays(*whole)], 1)
    return len(np.unique(places, axis=0)) < len(places)


def _zero(program: Program) -> bool:
    """Whether it begins with a number that is zero."""
    return any(s.data is not None and not s.data.all() for s in program.steps)


def _touching(program: Program) -> bool:
    """Whether a number occurs twice, as it does in ties."""
    floats = [s.data for s in program.steps if s.data is not None and s.data.dtype.kind == "f"]
    numbers = np.concatenate([a.ravel() for a in floats])
    return len(np.unique(numbers)) < len(numbers)


def _sorted(program: Program, step: Step) -> bool:
    """Whether the numbers to be searched are known to be in order."""
    leaf = (s.data for s in program.steps if s.kind == "leaf" and step.reads[0] in s.outs)
    return all(
        a is not None and bool((a[..., 1:] >= a[..., :-1]).all()) for a in [next(leaf, None)]
    )


def _special(program: Program, step: Step) -> bool:
    if step.kind == "call":
        op = table.entries()[step.name].op
        wide = program.dtypes.get(step.reads[0]) == "float64"
        # torch's sixth is that of float32, and it adds 1e-12 to the lengths of vectors
        if wide and op in ("hardsigmoid", "cosine_embedding_loss"):
            return True
        # and to probabilities in its derivative of second order
        entropies = "binary_cross_entropy", "bernoulli_cross_entropy"
        if wide and op in entropies and twice(program):
            return True
        # where one is 0, torch's second derivatives are of the other side, or none
        if op in ("prelu", "pow") and twice(program) and _zero(program):
            return True
        if op == "searchsorted":
            return not _sorted(program, step)
        if op in ("index_put", "index_put_"):
            return _repeated(program, step)
        bounds = [*step.args[1:3], *step.kwargs.values()]
        clamps = op in ("clamp", "clip") and len(bounds) == 2 and isinstance(bounds[0], Var)
        return clamps and (bounds[0] == bounds[1] or _touching(program))
    return step.kind in ("optimize", "clip") and any(
        program.dtypes.get(v.index) == "float16" for v in step.args[0]
    )
