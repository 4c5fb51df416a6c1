"""Rules of sums of products over named axes: einsum and tensordot, made of matmul."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any, TypeAlias

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.shapes import axis, numel, whole
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op

#: what the numbers of axes in lists stand for, in the order that a missing result has
_LETTERS = string.ascii_uppercase + string.ascii_lowercase
#: the name of an axis: a letter, or an axis of the ellipsis counted from the right
Label: TypeAlias = str | int
#: one operand: a tensor and one label per axis
Term: TypeAlias = tuple[Tensor, list[Label]]


@op()
def bilinear(t: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """:math:`y_k = a^T W_k b + c_k` over the last axes; weight (k, i, j).

    Source: torch.nn.functional.bilinear.

    >>> import lightgrad as light
    >>> light.ones(1, 2).bilinear(light.ones(1, 3), light.ones(1, 2, 3)).tolist()
    [[6.0]]
    """
    for value in (input2, weight):
        if not isinstance(value, AbstractTensor):
            raise DtypeError(f"bilinear: expected a tensor, not {type(value).__name__}")
    fits = weight.ndim == 3 and t.ndim == input2.ndim > 0 and t.shape[:-1] == input2.shape[:-1]
    if not fits or weight.shape[1:] != (t.shape[-1], input2.shape[-1]):
        raise ShapeError(
            f"bilinear: (..., i) and (..., j) need a weight (k, i, j); the shapes are {t.shape}, "
            f"{input2.shape} and {weight.shape}"
        )
    out = einsum("...i,kij,...j->...k", t, weight, input2)
    return out if bias is None else out.add(bias)


@op()
@owning
def einsum(equation: str, *operands: Tensor | Sequence[Tensor]) -> Tensor:
    """Sums of products by labels of the axes, as in ``"bij,bjk->bik"``.

    .. math:: c_{ik} = \\sum_j a_{ij} b_{jk} \\quad\\text{for "ij,jk->ik"}

    A label twice in one operand takes the diagonal, ``...`` stands for axes that
    broadcast; without ``->`` the labels that occur once are kept, in
    alphabetical order.  Lists of numbers behind each operand may take the place of the text.
    Operands are contracted from the left.  Source:
    torch.einsum.

    >>> import lightgrad as light
    >>> light.einsum("ij,j", light.tensor([[1, 2], [3, 4]]), light.tensor([1, 1]))
    tensor([3, 7])
    """
    if isinstance(equation, AbstractTensor):
        equation, operands = _from_lists((equation, *operands))
    if not isinstance(equation, str):
        raise DtypeError(f"einsum: the equation must be a string, not {type(equation).__name__}")
    given: Sequence[Any] = operands
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        given = operands[0]
    inputs, output = _parse(equation, given)
    terms, sizes = _terms(equation, inputs, given)
    terms = [_diagonal(*_drop_ones(t, labels, sizes)) for t, labels in terms]
    result, labels = terms[0]
    for i, term in enumerate(terms[1:], 1):
        later = {x for _, other in terms[i + 1 :] for x in other} | set(output)
        result, labels = _contract((result, labels), term, later)
    result, labels = _sum_out(result, labels, set(output))
    missing = [x for x in output if x not in labels]  # broadcast sizes of one
    result = result.reshape((*result.shape, *(sizes[x] for x in missing))) if missing else result
    labels = labels + missing
    return result.permute(tuple(labels.index(x) for x in output)) if output else result


def _from_lists(given: tuple[Any, ...]) -> tuple[str, tuple[Tensor, ...]]:
    """The equation of operands that each have a list of numbers behind them, from 0 to 51."""
    operands, lists, last = [*given[::2]], given[1::2], None
    if len(given) % 2:
        last = operands.pop()

    def term(numbers: Any) -> str:
        if not isinstance(numbers, (tuple, list)):
            raise DtypeError(f"einsum: expected a list of axes, not {type(numbers).__name__}")
        return "".join("..." if n is ... else _LETTERS[n] for n in numbers)

    text = ",".join(map(term, lists))
    return text if last is None else f"{text}->{term(last)}", tuple(operands)


def _parse(equation: str, operands: Sequence[Tensor]) -> tuple[list[list[Label]], list[Label]]:
    """The labels of each operand and of the result; ellipsis axes count from the right as ints."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        raise ShapeError(
            f"einsum: {equation!r} names {len(parts)} operands, but {len(operands)} were given"
        )
    inputs = []
    for part, t in zip(parts, operands, strict=True):
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"einsum: operands must be tensors, not {type(t).__name__}")
        extra = t.ndim - len(part.replace("...", "", 1))
        labels = _split(equation, part, extra)
        if len(labels) != t.ndim:
            raise ShapeError(
                f"einsum: {part!r} in {equation!r} does not name the {t.ndim} axes of an operand "
                f"of shape {t.shape}"
            )
        inputs.append(labels)
    every = [x for labels in inputs for x in labels]
    dots = sorted({x for x in every if isinstance(x, int)}, reverse=True)
    letters = [x for x in every if isinstance(x, str)]
    if not arrow:
        return inputs, dots + sorted(x for x in set(letters) if letters.count(x) == 1)
    output = _split(equation, right, len(dots)) if "..." in right else [*right]
    wrong = [x for x in output if output.count(x) > 1 or (isinstance(x, str) and x not in letters)]
    if wrong:
        raise ShapeError(
            f"einsum: the result label {wrong[0]!r} of {equation!r} occurs twice or in no operand"
        )
    return inputs, output


def _split(equation: str, part: str, extra: int) -> list[Label]:
    before, dots, after = part.partition("...")
    if not (before + after).isalpha() and before + after:
        raise ShapeError(f"einsum: labels must be letters, not {part!r} in {equation!r}")
    middle = list(range(extra, 0, -1)) if dots else []
    return [*before, *middle, *after]


def _terms(
    equation: str, inputs: list[list[Label]], operands: Sequence[Tensor]
) -> tuple[list[Term], dict[Label, int]]:
    sizes: dict[Label, int] = {}
    for labels, t in zip(inputs, operands, strict=True):
        own: dict[Label, int] = {}
        for x, n in zip(labels, t.shape, strict=True):
            known = own.get(x) or sizes.get(x, 1)  # axes of one operand do not broadcast
            if n != known and (x in own or 1 not in (n, known)):
                given = ", ".join(str(t.shape) for t in operands)
                raise ShapeError(
                    f"einsum: label {x!r} of {equation!r} has sizes {known} and {n} (shapes "
                    f"{given})"
                )
            own[x] = n
            sizes[x] = n if sizes.get(x, 1) == 1 else sizes[x]
    return list(zip(operands, inputs, strict=True)), sizes


def _drop_ones(t: Tensor, labels: list[Label], sizes: dict[Label, int]) -> Term:
    """An operand without the axes of size one that broadcast."""
    kept = [i for i, x in enumerate(labels) if t.shape[i] == sizes[x]]
    if len(kept) == t.ndim:
        return t, labels
    return t.reshape(tuple(t.shape[i] for i in kept)), [labels[i] for i in kept]


def _diagonal(t: Tensor, labels: list[Label]) -> Term:
    """An operand with one axis for each label: diagonals where a label stands twice."""
    for x in set(labels):
        while labels.count(x) > 1:
            i = labels.index(x)
            j = labels.index(x, i + 1)
            rest = [k for k in range(t.ndim) if k not in (i, j)]
            n = t.shape[i]
            flat = t.permute((*rest, i, j)).reshape((*(t.shape[k] for k in rest), n * n))
            t, labels = flat[..., :: n + 1], [*(labels[k] for k in rest), x]
    return t, labels


def _sum_out(t: Tensor, labels: list[Label], wanted: set[Label]) -> Term:
    """An operand summed over the axes that no other operand and no result has."""
    gone = tuple(i for i, x in enumerate(labels) if x not in wanted)
    if not gone:
        return t, labels
    return t.sum(gone), [x for x in labels if x in wanted]


def _contract(a: Term, b: Term, later: set[Label]) -> Term:
    """The product of two operands, summed over the labels that only they have."""
    x, left = _sum_out(*a, later | set(b[1]))
    y, right = _sum_out(*b, later | set(left))
    both = [i for i in left if i in right]
    batch = [i for i in both if i in later]
    inner = [i for i in both if i not in later]
    rows = [i for i in left if i not in right]
    columns = [i for i in right if i not in left]
    size = dict(zip(left, x.shape, strict=True)) | dict(zip(right, y.shape, strict=True))
    n, k, m, z = (numel([size[i] for i in group]) for group in (rows, inner, columns, batch))
    x = x.permute(tuple(left.index(i) for i in (*batch, *rows, *inner))) if left else x
    y = y.permute(tuple(right.index(i) for i in (*batch, *inner, *columns))) if right else y
    if inner:
        out = x.reshape((z, n, k)).matmul(y.reshape((z, k, m)))
    else:
        out = x.reshape((z, n, 1)).mul(y.reshape((z, 1, m)))
    labels = [*batch, *rows, *columns]
    return out.reshape(tuple(size[i] for i in labels)), labels


def _without_repeats(t: Tensor, axes: list[int], other: Tensor, others: list[int]) -> Tensor:
    """The sum over axes for which the other tensor repeats a single element."""
    single = [i for i, j in zip(axes, others, strict=False) if other.shape[j] == 1 != t.shape[i]]
    return t.sum(tuple(single), True, dtype=t.dtype) if single else t


@op()
@owning
def tensordot(t: Tensor, other: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """Sum products over ``dims`` axes: the last of a and the first of b, or two lists of axes.

    Source: torch.tensordot.

    >>> import lightgrad as light
    >>> light.ones(2, 3, 4).tensordot(light.ones(4, 3, 5), ((1, 2), (1, 0))).shape
    (2, 5)
    """
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"tensordot: expected a tensor, not {type(other).__name__}")
    n = whole(dims)
    if n is not None:
        if not 0 <= n <= min(t.ndim, other.ndim):
            raise ShapeError(f"tensordot: dims {n} does not fit shapes {t.shape} and {other.shape}")
        dims = (range(t.ndim - n, t.ndim), range(n))
    elif (
        not isinstance(dims, (tuple, list))
        or len(dims) != 2
        or not all(isinstance(d, (tuple, list)) for d in dims)
    ):
        raise DtypeError(f"tensordot: dims must be an int or two lists of ints, not {dims!r}")
    if dims[0] and not (t.ndim and other.ndim):
        raise ShapeError(f"tensordot: no axes to sum over in shapes {t.shape} and {other.shape}")
    left = [axis("tensordot", d, t.ndim) for d in dims[0]]
    right = [axis("tensordot", d, other.ndim) for d in dims[1]]
    t, other = _without_repeats(t, left, other, right), _without_repeats(other, right, t, left)
    sizes = [t.shape[i] for i in left], [other.shape[i] for i in right]
    if sizes[0] != sizes[1]:
        raise ShapeError(
            f"tensordot: axes {left} of shape {t.shape} and {right} of {other.shape} differ in size"
        )
    return _of_axes(t, left, other, right)


def _of_axes(t: Tensor, left: list[int], other: Tensor, right: list[int]) -> Tensor:
    """The sums over axes of the same sizes, by a product of matrices."""
    rows = [i for i in range(t.ndim) if i not in left]
    columns = [i for i in range(other.ndim) if i not in right]
    n, k, m = (
        numel([t.shape[i] for i in rows]),
        numel([t.shape[i] for i in left]),
        numel([other.shape[i] for i in columns]),
    )
    a = t.permute((*rows, *left)).reshape((n, k))
    b = other.permute((*right, *columns)).reshape((k, m))
    shape = (*(t.shape[i] for i in rows), *(other.shape[i] for i in columns))
    return a.matmul(b).reshape(shape)
