"""Errors of one side alone that are meant; docs/pages/fuzzing.md gives the reasons."""

from typing import NamedTuple

from lightgrad.fuzz.known import ops, twice
from lightgrad.fuzz.program import Program

_CONVOLUTIONS = tuple(f"conv{way}{n}d" for way in ("", "_transpose") for n in (1, 2, 3))


class Error(NamedTuple):
    """An error by its words; of programs with one of ``ops``, or of second order, if it says so."""

    text: str
    ops: tuple[str, ...] = ()
    twice: bool = False

    def fits(self, program: Program, error: str) -> bool:
        if self.text not in error or (self.twice and not twice(program)):
            return False
        return not self.ops or not ops(program).isdisjoint(self.ops)


#: what torch says, where it has not what it is asked for, or is wrong
_TORCHS = (
    # a gradient of zeros that cannot be changed
    Error("ZeroTensors are immutable"),
    # a view that is a copy here
    Error("view size is not compatible with input tensor's size"),
    # it flattens both by view(), which tensors in another order refuse
    Error("view size is not compatible", ("take_along_dim",)),
    # in derivatives of its own
    Error("Expected a proper Tensor but got None"),
    Error("output_padding is not supported for non-transposed"),
    # it says itself that this should be reported
    Error("INTERNAL ASSERT FAILED"),
    # the gradient of clamp(min=tensor, max=tensor), if one of them is broadcast and one is not
    Error("doesn't match the broadcast shape", ("clamp", "clip")),
    # its own gradient of nll_loss gives itself a tensor that it refuses
    Error("grad_input must be contiguous", ("nll_loss", "cross_entropy")),
    # norm(p=0), flat almost everywhere, has no gradient at all instead of zeros; nor have
    # convolutions of nothing, nor what it does not know to have a second derivative
    Error("appears to not have been used in the graph", ("norm", *_CONVOLUTIONS)),
    Error("appears to not have been used in the graph", twice=True),
)
#: what we refuse on purpose, where torch warns, or does it as nothing was saved
_OURS = (
    Error("broadcasting a target is usually a mistake"),
    Error("was freed by an earlier backward()"),
    # a layer's result, which torch's call hands out as a copy if it goes backwards
    Error("recurrence: a tensor of shape"),
    # torch's instance_norm repeats its weight, and its matmul copies what it repeats for a batch
    Error("normalized: a tensor of shape"),
    Error("matmul: a tensor of shape"),
    # torch's keep what they have computed, and we what that comes from
    Error("attention: a tensor of shape"),
    Error("row_cross_entropy: a tensor of shape"),
    # an axis of nothing that is not there
    Error("roll: dim"),
    # a derivative that is zero everywhere, which torch's graph does not know
    Error("does not require gradients"),
    # what is constant by itself, where torch has a graph to it that gives zeros
    Error("has no graph", twice=True),
    Error("was not used to compute the outputs", twice=True),
)
#: what torch or the CPU refuses, and we compute: right, if it is what the reference gives
_LENIENT = (
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
    # matrices and quantiles of float16, which we compute in float32
    "of float, double, cfloat or cdouble types",
    "Low precision dtypes not supported",
    "must be either float or double dtype",
    # what unbind, split and chunk have made is read after a change of the whole
    "This view is the output of a function that returns multiple views",
)


def excused(program: Program, error: str) -> bool:
    """Whether torch's error is a mistake of torch."""
    return any(e.fits(program, error) for e in _TORCHS)


def refused(program: Program, error: str) -> bool:
    """Whether we refuse on purpose what torch warns of, or does where nothing was saved."""
    return any(e.fits(program, error) for e in _OURS)


def lenient(error: str) -> bool:
    """Whether the other side refuses what we may compute."""
    return any(text in error for text in _LENIENT)
