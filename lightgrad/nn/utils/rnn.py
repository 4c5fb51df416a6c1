"""Sequences of different lengths: padded, packed, and back.  Source: torch.nn.utils.rnn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(_Packed):
    """Sequences without padding: all first steps, then all second ones, the longest first.

    ``batch_sizes`` counts the sequences at each step; the indices say how they were
    sorted, None if they came so.  Source: torch.nn.utils.rnn.PackedSequence.

    >>> import lightgrad as light
    >>> packed = pack_sequence([light.tensor([1, 2, 3]), light.tensor([4])])
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1, 4, 2, 3], [2, 1, 1])
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Any = None,
        sorted_indices: Any = None,
        unsorted_indices: Any = None,
    ) -> PackedSequence:
        if batch_sizes is None and isinstance(data, (tuple, list)):
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with the data moved or cast, as ``Tensor.to`` does it."""
        data = self.data.to(*args, **kwargs)
        indices = self.sorted_indices
        if indices is not None and indices.device != data.device:
            indices = indices.to(data.device)
        return type(self)(data, self.batch_sizes, indices)

    def cpu(self) -> PackedSequence:
        """The same in the computer's own memory."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same on the device that stands for CUDA."""
        return self.to(self.data.cuda(*args, **kwargs).device)

    def float(self) -> PackedSequence:
        """The same in float32."""
        return self.to("float32")

    def double(self) -> PackedSequence:
        """The same in float64."""
        return self.to("float64")

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a device that stands for CUDA."""
        return bool(getattr(self.data, "is_cuda", False))

    def pin_memory(self) -> PackedSequence:
        """Does nothing: torch's, for faster copies."""
        return self


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes another; None of None.

    >>> import lightgrad as light
    >>> invert_permutation(light.tensor([2, 0, 1])).tolist()
    [1, 2, 0]
    """
    return None if permutation is None else permutation.argsort()


def _lengths(lengths: Any, batch: int) -> list[int]:
    given = lengths.tolist() if hasattr(lengths, "tolist") else [int(n) for n in lengths]
    if len(given) != batch:
        raise ShapeError(
            f"pack_padded_sequence: {len(given)} lengths for a batch of {batch} sequences"
        )
    if min(given, default=1) < 1:
        raise ArgumentError("pack_padded_sequence: every length must be at least 1")
    return [int(n) for n in given]


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded (T, N, ...), or (N, T, ...) with ``batch_first``.

    With ``enforce_sorted`` the longest must come first.  Source:
    torch.nn.utils.rnn.pack_padded_sequence.

    >>> import lightgrad as light
    >>> x = light.tensor([[1, 2, 0], [3, 4, 5]])
    >>> pack_padded_sequence(x, [2, 3], batch_first=True, enforce_sorted=False).data.tolist()
    [3, 1, 4, 2, 5]
    """
    if not isinstance(input, AbstractTensor):
        raise DtypeError(f"pack_padded_sequence: needs a tensor, not {type(input).__name__}")
    x = input.transpose(0, 1) if batch_first else input
    steps, batch = x.shape[:2]
    sizes, indices = _lengths(lengths, batch), None
    if enforce_sorted and any(a < b for a, b in pairwise(sizes)):
        raise ArgumentError(
            "pack_padded_sequence: lengths must be sorted, the longest first; or pass "
            "enforce_sorted=False"
        )
    if not enforce_sorted:
        order = sorted(range(batch), key=lambda i: -sizes[i])
        sizes, indices = [sizes[i] for i in order], x._lift(order, int64)
        x = x.index_select(1, indices)
    if sizes and sizes[0] > steps:
        raise ShapeError(f"pack_padded_sequence: a length of {sizes[0]} in {steps} steps")
    counts = [sum(n > t for n in sizes) for t in range(sizes[0] if sizes else 0)]
    rows = [t * batch + i for t, n in enumerate(counts) for i in range(n)]
    flat = x.reshape(steps * batch, *x.shape[2:])
    data = flat.index_select(0, x._lift(rows, int64))
    return PackedSequence(data, _on_host(x, counts), indices)


def _on_host(like: Any, numbers: list[int]) -> Any:
    return like._lift(numbers, int64).cpu()


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """A padded tensor, and the lengths, from a packed one; ``total_length`` steps if given.

    Source: torch.nn.utils.rnn.pad_packed_sequence.

    >>> import lightgrad as light
    >>> packed = pack_sequence([light.tensor([1.0, 2.0]), light.tensor([3.0])])
    >>> x, lengths = pad_packed_sequence(packed, batch_first=True)
    >>> x.tolist(), lengths.tolist()
    ([[1.0, 2.0], [3.0, 0.0]], [2, 1])
    """
    data, counts = sequence.data, sequence.batch_sizes.tolist()
    batch, steps = counts[0], len(counts) if total_length is None else total_length
    if steps < len(counts):
        raise ShapeError(
            f"pad_packed_sequence: total_length {steps} is less than the longest, {len(counts)}"
        )
    starts = [0, *accumulate(counts)]
    rows = [
        s + i if i < n else starts[-1]
        for s, n in zip(starts, counts, strict=False)
        for i in range(batch)
    ]
    rows += [starts[-1]] * (batch * (steps - len(counts)))
    padded = data.pad((*(0, 0) * (data.ndim - 1), 0, 1), "constant", padding_value)
    out = padded.index_select(0, data._lift(rows, int64)).reshape(steps, batch, *data.shape[1:])
    lengths = [sum(n > i for n in counts) for i in range(batch)]
    if sequence.unsorted_indices is not None:
        back = sequence.unsorted_indices.tolist()
        out, lengths = out.index_select(1, sequence.unsorted_indices), [lengths[i] for i in back]
    return out.transpose(0, 1) if batch_first else out, _on_host(data, lengths)


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Any:
    """Several (length, ...) as one padded tensor (T, N, ...), or (N, T, ...).

    Source: torch.nn.utils.rnn.pad_sequence.

    >>> import lightgrad as light
    >>> pad_sequence([light.tensor([1, 2]), light.tensor([3])], batch_first=True).tolist()
    [[1, 2], [3, 0]]
    """
    if padding_side not in ("left", "right"):
        raise ArgumentError(
            f"pad_sequence: padding_side is 'left' or 'right', not {padding_side!r}"
        )
    given = [*sequences] if isinstance(sequences, Iterable) else []
    if not given or not all(isinstance(t, AbstractTensor) for t in given):
        raise DtypeError("pad_sequence: needs several tensors, of any lengths")
    longest, padded = max(t.shape[0] for t in given), []
    for t in given:
        gap = longest - t.shape[0]
        ends = (gap, 0) if padding_side == "left" else (0, gap)
        padded.append(t.pad((*(0, 0) * (t.ndim - 1), *ends), "constant", padding_value))
    return type(given[0]).stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences (length, ...) of a padded tensor.

    >>> import lightgrad as light
    >>> [t.tolist() for t in unpad_sequence(light.tensor([[1, 2], [3, 0]]), [2, 1], True)]
    [[1, 2], [3]]
    """
    x = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [x[i, :n] for i, n in enumerate(_lengths(lengths, x.shape[0]))]


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack several (length, ...); the longest first, or with ``enforce_sorted=False`` any.

    Source: torch.nn.utils.rnn.pack_sequence.

    >>> import lightgrad as light
    >>> pack_sequence([light.tensor([1, 2]), light.tensor([3])]).data.tolist()
    [1, 3, 2]
    """
    lengths = [t.shape[0] for t in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences of a packed one.

    >>> import lightgrad as light
    >>> parts = unpack_sequence(pack_sequence([light.tensor([1, 2]), light.tensor([3])]))
    >>> [t.tolist() for t in parts]
    [[1, 2], [3]]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
