"""Differences from torch that are meant; docs/pages/fuzzing.md gives the reasons."""

from __future__ import annotations

from lightgrad.fuzz import table
from lightgrad.fuzz.program import Program

#: what torch says, where it has not what it is asked for, or is wrong
TORCHS: tuple[tuple[str, str], ...] = (
    # the gradient of clamp(min=tensor, max=tensor), if one of them is broadcast and one is not
    ("doesn't match the broadcast shape", "clamp"),
    ("doesn't match the broadcast shape", "clip"),
    # its own gradient of nll_loss gives itself a tensor that it refuses
    ("grad_input must be contiguous", "nll_loss"),
    ("grad_input must be contiguous", "cross_entropy"),
)
#: what torch refuses, and we compute: right, if it is what the reference gives
LENIENT = (
    # a tensor that torch saves was changed: we save others
    "modified by an inplace operation",
    # what is written is read from the same memory: we read it first
    "input tensor and the written-to tensor refer to a single",
    # the parts of unbind, split and chunk are ordinary views here
    "This view is the output of a function that returns multiple views",
)


def excused(program: Program, error: str) -> bool:
    """Whether torch's error is a mistake of torch."""
    ops = {table.entries()[s.name].op for s in program.steps if s.kind == "call"}
    if "ZeroTensors are immutable" in error:  # a gradient of zeros that cannot be changed
        return True
    return any(text in error and op in ops for text, op in TORCHS)


def refused(error: str) -> bool:
    """Whether we refuse on purpose what torch warns of, or does where nothing was saved."""
    texts = ("broadcasting a target is usually a mistake", "was freed by an earlier backward()")
    return any(text in error for text in texts)


def lenient(error: str) -> bool:
    """Whether torch refuses what we compute."""
    return any(text in error for text in LENIENT)


def comparable(program: Program) -> bool:
    """Not where optimizers and clipping work on float16: their state is in float32 here."""
    return not any(
        s.kind in ("optimize", "clip")
        and any(program.dtypes.get(v.index) == "float16" for v in s.args[0])
        for s in program.steps
    )
