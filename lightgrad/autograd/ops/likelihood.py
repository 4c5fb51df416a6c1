"""Losses that are negative logarithms of likelihoods: of Gauss, of Poisson, of alignments."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, bool_, int64, word
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.loss import REDUCTIONS, reduced
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


def _target(name: str, target: Tensor) -> None:
    if not isinstance(target, AbstractTensor):
        raise DtypeError(f"{name}: the target must be a tensor, not {type(target).__name__}")


@op()
def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """:math:`\\frac12 (\\ln \\sigma^2 + (x - y)^2 / \\sigma^2)`, the variance at least ``eps``.

    ``full`` adds :math:`\\frac12 \\ln 2\\pi`.  Source: torch.nn.functional.gaussian_nll_loss.

    >>> import lightgrad as light
    >>> light.tensor([3.0]).gaussian_nll_loss(light.ones(1), 1.0).item()
    2.0
    """
    name = "gaussian_nll_loss"
    _target(name, target)
    if input.dtype in HALF:
        return in_float32(gaussian_nll_loss, input, target, var, full, eps, reduction)
    if not isinstance(var, AbstractTensor):
        var = input._lift(float(var), input.dtype).expand(input.shape)
    elif var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = var.unsqueeze(-1)
        elif var.ndim != input.ndim or any(
            m not in (1, n) for m, n in zip(var.shape, input.shape, strict=True)
        ):
            raise ShapeError(f"{name}: a variance of shape {var.shape} for input {input.shape}")
    if bool(var.detach().lt(0).any()):
        raise ArgumentError(f"{name}: the variance must not be negative")
    cut = var.detach().lt(eps)
    var = var.add(var.detach().neg().add(eps).masked_fill(cut.logical_not(), 0))
    loss = var.log().add(input.sub(target).square().div(var)).mul(0.5)
    if full:
        loss = loss.add(0.5 * math.log(2 * math.pi))
    return reduced(name, loss, reduction)


@op()
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """:math:`e^x - y x`, or with ``log_input=False`` :math:`x - y \\ln(x + \\epsilon)`.

    ``full`` adds Stirling's formula for :math:`\\ln y!` where y > 1.  Source:
    torch.nn.functional.poisson_nll_loss.

    >>> import lightgrad as light
    >>> light.zeros(1).poisson_nll_loss(light.tensor([2.0])).item()
    1.0
    """
    name = "poisson_nll_loss"
    _target(name, target)
    if input.dtype in HALF:
        return in_float32(poisson_nll_loss, input, target, log_input, full, eps, reduction)
    if log_input:
        loss = input.exp().sub(target.mul(input))
    else:
        loss = input.sub(target.mul(input.add(eps).log()))
    if full:
        small = target.le(1)
        y = target.masked_fill(small, 1)
        stirling = y.mul(y.log()).sub(y).add(y.mul(2 * math.pi).log().mul(0.5))
        loss = loss.add(stirling.masked_fill(small, 0))
    return reduced(name, loss, reduction)


# ----------------------------------------------------------------- alignments

#: stands for the logarithm of zero, so that no difference of two is nan
_NEVER = -1e30


def _lengths(
    name: str, key: str, given: Tensor | Sequence[int] | int, n: int, most: int
) -> list[int]:
    values = given.tolist() if isinstance(given, AbstractTensor) else given
    values = [*values] if isinstance(values, (list, tuple)) else [values]
    if len(values) != n or any(not 0 <= v <= most for v in values):
        raise ShapeError(f"{name}: {key} must be {n} numbers from 0 to {most}, not {values}")
    return [int(v) for v in values]


@op()
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int] | int,
    target_lengths: Tensor | Sequence[int] | int,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the logarithm of the probability of all alignments of a target (Graves et al. 2006).

    ``log_probs`` (T, N, C) or (T, C), ``targets`` (N, S), or all in one row.  The mean divides
    each loss by the length of its target first.  Source: torch.nn.functional.ctc_loss.

    >>> import lightgrad as light
    >>> x = light.zeros(3, 1, 2).log_softmax(2)
    >>> round(x.ctc_loss(light.tensor([[1]]), [3], [1]).item(), 4)  # 6 of 8 paths
    0.2877
    """
    name = "ctc_loss"
    if log_probs.dtype in HALF:
        return in_float32(
            ctc_loss, log_probs, targets, input_lengths, target_lengths, blank, reduction,
            zero_infinity,
        )  # fmt: skip
    word(name, "reduction", reduction, REDUCTIONS)
    _target(name, targets)
    log_probs._same_device(targets, name)
    check_floating(name, log_probs)
    if log_probs.ndim not in (2, 3) or as_dtype(targets.dtype).kind != "i":
        raise ShapeError(
            f"{name}: expected log_probs (T, N, C) or (T, C) and integer targets, not "
            f"{log_probs.shape} and {targets.dtype} {targets.shape}"
        )
    probs = log_probs if log_probs.ndim == 3 else log_probs.unsqueeze(1)
    steps, n, classes = probs.shape
    if not 0 <= blank < classes:
        raise ShapeError(f"{name}: blank {blank} is none of {classes} classes")
    most = targets.shape[-1] if targets.ndim else 0
    counts = _lengths(name, "target_lengths", target_lengths, n, most)
    times = _lengths(name, "input_lengths", input_lengths, n, steps)
    labels = _with_blanks(name, targets, counts, blank, classes)
    loss = _alignments(probs, probs._lift(labels, int64), times, counts).add(_unity(probs, times))
    never = loss.detach().ge(-_NEVER / 2)
    loss = loss.masked_fill(never, 0.0 if zero_infinity else math.inf)
    loss = loss if log_probs.ndim == 3 else loss.reshape(())
    if reduction == "mean":
        shares = probs._lift([max(c, 1) for c in counts], probs.dtype)
        return loss.div(shares if loss.ndim else shares.reshape(())).mean()
    return reduced(name, loss, reduction)


def _unity(probs: Tensor, times: list[int]) -> Tensor:
    """Zeros whose gradient is that of probabilities that sum up to one, which torch counts in."""
    total = probs.logsumexp(2)
    beyond = [[t >= most for most in times] for t in range(probs.shape[0])]
    mask = probs._lift(beyond, bool_).reshape(total.shape)
    return total.sub(total.detach()).masked_fill(mask, 0).sum(0)


def _with_blanks(
    name: str, targets: Tensor, counts: list[int], blank: int, classes: int
) -> list[list[int]]:
    """For each target its labels with blanks around them, filled up with blanks."""
    values, rows = targets.tolist(), []
    if targets.ndim == 1 and len(counts) == 1 and len(values) >= counts[0]:
        values = [values]
    elif targets.ndim == 1:
        if sum(counts) != len(values):
            raise ShapeError(f"{name}: target_lengths {counts} do not add up to {len(values)}")
        ends = [sum(counts[: i + 1]) for i in range(len(counts))]
        values = [values[end - c : end] for end, c in zip(ends, counts, strict=True)]
    longest = max(counts, default=0)
    for row, count in zip(values, counts, strict=True):
        if any(not 0 <= label < classes for label in row[:count]):
            raise ShapeError(f"{name}: the target {row[:count]} is not of {classes} classes")
        padded = [*row[:count], *[blank] * (longest - count)]
        rows.append([blank, *(v for label in padded for v in (label, blank))])
    return rows


def _alignments(probs: Tensor, labels: Tensor, times: list[int], counts: list[int]) -> Tensor:
    """The forward variables of Graves et al., in logarithms: (N,) losses."""
    steps, n, _ = probs.shape
    width = labels.shape[1]
    emitted = probs.gather(2, labels.unsqueeze(0).expand((steps, n, width)))
    # a label may follow the one before it without a blank, unless they are the same
    twin = labels[:, 2:].eq(labels[:, :-2]) if width > 2 else labels[:, :0].ne(labels[:, :0])
    stuck = twin.to(int64).pad((2, 0), value=1)[:, :width].ne(0)
    none = emitted[0].detach()._filled(_NEVER)
    start = none[:, 2:]
    state = type(probs).cat([emitted[0][:, :2], start], 1) if steps else none
    states = [state]
    for t in range(1, steps):
        one = state[:, :-1].pad((1, 0), value=_NEVER)
        two = state[:, :-2].pad((2, 0), value=_NEVER).masked_fill(stuck, _NEVER)
        state = type(probs).stack([state, one, two]).logsumexp(0).add(emitted[t])
        states.append(state)
    if not steps:
        return none[:, 0].neg()
    last = probs._lift([max(t - 1, 0) for t in times], int64).reshape((1, n, 1))
    final = type(probs).stack(states).gather(0, last.expand((1, n, width))).squeeze(0)
    ends = probs._lift([[2 * c, max(2 * c - 1, 0)] for c in counts], int64)
    pair = final.gather(1, ends)
    alone = probs._lift([[False, c == 0] for c in counts], bool_)
    return pair.masked_fill(alone, _NEVER).logsumexp(1).neg()
