"""Rows of tables by their numbers: embedding, embedding_bag."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import as_dtype, bool_, int64, is_float, number, word
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.nodes import labelled
from lightgrad.autograd.shapes import whole
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError


def _check(name: str, input: Tensor, weight: Tensor) -> None:
    for key, t in (("indices", input), ("table", weight)):
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"{name}: the {key} must be a tensor, not {type(t).__name__}")
    if is_float(as_dtype(input.dtype)) or as_dtype(input.dtype).kind == "b":
        raise DtypeError(f"{name}: the indices must be integers, not {input.dtype}; use long()")
    if weight.ndim != 2:
        raise ShapeError(f"{name}: the table must have shape (rows, size), not {weight.shape}")


def _row(name: str, padding_idx: Any, n: int) -> int | None:
    """The number of the row that stands for nothing."""
    if padding_idx is None:
        return None
    row = whole(padding_idx)
    if row is None:
        raise DtypeError(f"{name}: padding_idx must be an int, not {padding_idx!r}")
    if not -n <= row < n:
        raise ShapeError(f"{name}: padding_idx {padding_idx} is not a row of a table of {n}")
    return row % n


def _rows(
    name: str,
    flat: Tensor,
    weight: Tensor,
    max_norm: float | None,
    norm_type: float,
    by_frequency: bool,
) -> Tensor:
    """The rows of a table, which are shortened in it first where they are longer than max_norm."""
    n = weight.shape[0]
    if (wrong := flat._outside(0, n - 1)) is not None:
        raise ShapeError(
            f"{name}: indices from {wrong[0]} to {wrong[1]} do not fit a table of {n} rows "
            f"(0 to {n - 1})"
        )
    if max_norm is not None:
        with no_grad():
            used = weight.detach().index((0,), flat)
            norms = used.norm(number(name, "norm_type", norm_type), 1, True)
            factor = norms.add(1e-7).reciprocal().mul(number(name, "max_norm", max_norm))
            shorter = used.mul(factor.masked_fill(norms.le(max_norm), 1))
            weight._inplace("index_put", (flat,), shorter)
    rows = weight.index((0,), flat)
    if by_frequency and rows.requires_grad:
        _, inverse, counts = flat.distinct(None)
        shares = counts.gather(0, inverse).to(rows.dtype).reciprocal().unsqueeze(1)
        small = rows.mul(shares)
        rows = small.add(rows.detach().sub(small.detach()))
    return rows


@labelled("EmbeddingBackward0")
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Row ``weight[i]`` for each index i; row ``padding_idx`` gets no gradient.

    Rows longer than ``max_norm`` are shortened to it in the table itself; the gradient of a row
    is divided by how often it is asked for, if so told.  Gradients are dense, also with
    ``sparse``.  Source: torch.nn.functional.embedding.

    >>> import lightgrad as light
    >>> table = light.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding(light.tensor([1, 0]), table).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    _check("embedding", input, weight)
    padding = _row("embedding", padding_idx, weight.shape[0])
    flat = input.reshape(-1)
    rows = _rows("embedding", flat, weight, max_norm, norm_type, scale_grad_by_freq)
    if padding is not None and rows.requires_grad:
        trained = flat.ne(padding).reshape(-1, 1)
        rows = rows.where(trained, rows.detach())
    return rows.reshape((*input.shape, weight.shape[1]))


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The mean, sum or max of the rows of each bag: a row of (B, L), or what starts at an offset.

    ``per_sample_weights`` weigh the rows of a sum; ``padding_idx`` counts nowhere.
    Source: torch.nn.functional.embedding_bag.

    >>> import lightgrad as light
    >>> table = light.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding_bag(light.tensor([1, 0, 1]), table, light.tensor([0, 2])).tolist()
    [[2.0, 3.0], [3.0, 4.0]]
    """
    name = "embedding_bag"
    _check(name, input, weight)
    word(name, "mode", mode, ("mean", "sum", "max"))
    padding = _row(name, padding_idx, weight.shape[0])
    if per_sample_weights is not None and mode != "sum":
        raise ArgumentError(f"{name}: per_sample_weights are for mode 'sum', not {mode!r}")
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ShapeError(
            f"{name}: weights of shape {per_sample_weights.shape} for indices of {input.shape}"
        )
    starts = _starts(name, input, offsets, include_last_offset)
    flat = input.reshape(-1)
    bags = [[*range(a, b)] for a, b in pairwise(starts)]
    if padding is not None:
        values = flat.tolist()
        bags = [[i for i in bag if values[i] != padding] for bag in bags]
    rows = _rows(name, flat, weight, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows.mul(per_sample_weights.reshape(-1, 1))
    return _pooled(rows, bags, mode)


def _pooled(rows: Tensor, bags: list[list[int]], mode: str) -> Tensor:
    """The mean, sum or max of the rows of each bag; zeros where it is empty."""
    longest = max(map(len, bags), default=0)
    if not longest:
        return rows.sum().mul(0).expand((len(bags), rows.shape[1])).clone()
    places = [[*bag, *[0] * (longest - len(bag))] for bag in bags]
    empty = [[i >= len(bag) for i in range(longest)] for bag in bags]
    picked = rows.index((0,), rows._lift(places, int64))
    mask = rows._lift(empty, bool_).unsqueeze(2)
    if mode == "max":
        nothing = rows._lift([not bag for bag in bags], bool_).unsqueeze(1)
        return picked.masked_fill(mask, -float("inf")).max(1).values.masked_fill(nothing, 0)
    total = picked.masked_fill(mask, 0).sum(1)
    if mode == "sum":
        return total
    return total.div(rows._lift([max(len(bag), 1) for bag in bags], rows.dtype).unsqueeze(1))


def _starts(name: str, input: Tensor, offsets: Tensor | None, last: bool) -> list[int]:
    """Where each bag begins, and where the last one ends."""
    if input.ndim == 2:
        if offsets is not None:
            raise ArgumentError(f"{name}: indices of shape {input.shape} have bags; no offsets")
        n, length = input.shape
        return [i * length for i in range(n + 1)]
    if input.ndim != 1 or offsets is None or offsets.ndim != 1:
        raise ShapeError(
            f"{name}: indices (B, L), or (N,) with offsets (B,), not shape {input.shape}"
        )
    starts: list[int] = offsets.tolist()
    starts = starts if last else [*starts, len(input)]
    if (starts and starts[0]) or starts != sorted(starts) or starts[-1:] > [len(input)]:
        raise ShapeError(f"{name}: offsets {starts} do not divide {len(input)} indices")
    return starts
