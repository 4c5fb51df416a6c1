"""How each operation runs on batched tensors: most by the kind of operation that they are.

A rule gets a `Call` and makes one call of the operation on tensors that have the samples along
their first axis.  An operation that is made of others runs as it stands; one with neither runs
once for each sample, with a warning that names it.
"""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.batching import kinds
from lightgrad.autograd.batching.calls import Call, each, looped
from lightgrad.autograd.batching.levels import Level
from lightgrad.autograd.batching.tensor import set_rules, wrapped
from lightgrad.autograd.contract import Met, is_tensor
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import VmapError

#: op -> its rule; see `_KINDS` below
RULES: dict[str, kinds.Rule] = {}


def applied(op: str, level: Level, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of an operation on batched tensors."""
    call = Call(op, level, args, kwargs)
    rule = RULES.get(op)
    if rule is not None:
        return rule(call)
    made = call.fn
    if isinstance(made, type) and issubclass(made, Function):
        if made.composite is None:
            return looped(call)
        made = made.composite
        args, kwargs = call.prepared(), {} if call.fn.prepare else kwargs
    try:
        return made(*args, **kwargs)
    except Met:  # it looks at values, or is about to
        return looped(call)


def product(call: Call) -> Any:
    """`matmul`: vectors become matrices where an axis of samples would be taken for a part."""
    a, b = call.args[0]._meet(call.args[1], call.fn)
    left, right = len(a._shape), len(b._shape)
    if not left or not right:
        raise VmapError("vmap: a 0-d tensor has no matrix product")
    if (not call.is_mapped(b) and right == 2) or (not call.is_mapped(b) and left > 1 == right):
        return call.on(a._inner, b)
    a = a.unsqueeze(0) if left == 1 else a
    b = b.unsqueeze(1) if right == 1 else b
    rank = max(len(a._shape), len(b._shape))
    out = call.on(call.aligned(a, rank), call.aligned(b, rank))
    out = out.squeeze(-1) if right == 1 else out
    return out.squeeze(-1 if right == 1 else -2) if left == 1 else out


def affine(call: Call) -> Any:
    t, weight, bias = call.prepared()
    if call.is_mapped(t) and not call.is_mapped(weight) and not call.is_mapped(bias):
        return call.on(t._inner, weight, bias)
    out = t.matmul(weight.permute((1, 0)) if len(weight._shape) == 2 else weight)
    return out if bias is None else out.add(bias)


def folded(call: Call) -> Any:
    """The samples become a part of the batch that the operation has itself."""
    n, size = call.args[0]._shape[0], call.level.size

    def fold(a: Any) -> Any:
        if not is_tensor(a):
            return a
        inner = call.whole(a)
        return inner.reshape((size * n, *a._shape[1:]))

    first, *rest = map(fold, call.args)
    out = call.on(first, *rest, **call.kwargs)

    def unfold(t: Any) -> Any:
        inner = t._inner
        return wrapped(inner.reshape((size, n, *inner._shape[1:])), call.level)

    return tuple(map(unfold, out)) if isinstance(out, tuple) else unfold(out)


def convolved(call: Call) -> Any:
    """With one weight for all, samples are a part of the batch; else they are groups."""
    x, weight, bias, how = call.args
    if call.is_mapped(bias):
        plain = Call(call.op, call.level, (x, weight, None, how), {})
        whole = convolved(plain) if call.is_mapped(x) or call.is_mapped(weight) else None
        whole = x.convolution(weight, None, how) if whole is None else whole
        return whole.add(bias.reshape((-1, *(1,) * (len(x._shape) - 2))))
    if not call.is_mapped(weight):
        size, n = call.level.size, x._shape[0]
        out = x._inner.reshape((size * n, *x._shape[1:])).convolution(weight, bias, how)
        return wrapped(out.reshape((size, n, *out._shape[1:])), call.level)
    inner, weights, how = _grouped(call, x, weight, how)
    bias = None if bias is None else call.whole(bias).reshape((-1,))
    return _ungrouped(call, inner.convolution(weights, bias, how))


def _grouped(call: Call, x: Any, weight: Any, how: Any) -> tuple[Any, Any, Any]:
    """The samples of an input among its channels, those of a weight among its filters."""
    size, n = call.level.size, x._shape[0]
    inner = call.whole(x).transpose(0, 1).reshape((n, size * x._shape[1], *x._shape[2:]))
    weights = weight._inner.reshape((size * weight._shape[0], *weight._shape[1:]))
    return inner, weights, (*how[:3], size * how[3])


def _ungrouped(call: Call, y: Any) -> Any:
    shape = (y._shape[0], call.level.size, y._shape[1] // call.level.size, *y._shape[2:])
    return wrapped(y.reshape(shape).transpose(0, 1), call.level)


def transposed(call: Call) -> Any:
    """`convolution_input`, the transposed convolution."""
    y, weight, shape, how = call.args
    size = call.level.size
    if call.is_mapped(weight):
        inner, weights, how = _grouped(call, y, weight, how)
        room = (shape[0], size * shape[1], *shape[2:])
        return _ungrouped(call, inner.convolution_input(weights, room, how))
    inner = y._inner.reshape((size * y._shape[0], *y._shape[1:]))
    out = inner.convolution_input(weight, (size * shape[0], *shape[1:]), how)
    return wrapped(out.reshape((size, *shape)), call.level)


def filled(call: Call) -> Any:
    t, value = call.args
    if call.is_mapped(value):
        return value.to(t._dtype).expand(t._shape).clone()
    return call.on(t._inner, value)


def indexed(call: Call) -> Any:
    """Elements picked by arrays: the picked axes come first, the samples before them."""
    t, axes, *arrays = call.args
    size, at = call.level.size, tuple(axes)
    rest = tuple(d for d in range(len(t._shape)) if d not in at)
    rank = max(len(a._shape) for a in arrays)
    if any(map(call.is_mapped, arrays)):
        arrays = [call.aligned(a, rank) for a in arrays]
        if call.is_mapped(t):
            count = t._inner._lift(range(size), as_dtype("int64")).reshape((size, *(1,) * rank))
            moved = t._inner.permute((0, *(d + 1 for d in (*at, *rest))))
            out = moved.index(tuple(range(len(at) + 1)), count, *arrays)
        else:
            out = t.permute((*at, *rest)).index(tuple(range(len(at))), *arrays)
    else:
        moved = t._inner.permute((*(d + 1 for d in at), 0, *(d + 1 for d in rest)))
        out = moved.index(tuple(range(len(at))), *arrays)
        out = out.permute((rank, *range(rank), *range(rank + 1, out.ndim)))
    out = wrapped(out, call.level)
    if at == tuple(range(at[0], at[0] + len(at))):  # the picked elements stand where the axes did
        before = at[0]
        order = (*range(rank, rank + before), *range(rank), *range(rank + before, len(out._shape)))
        out = out.permute(order)
    return out


def row_losses(call: Call) -> Any:
    t, target, _, how, ignore_index = call.args
    ignored = target.eq(ignore_index)
    place = target.masked_fill(ignored, 0).unsqueeze(1)
    losses = t.log_softmax(1).gather(1, place).squeeze(1).neg().masked_fill(ignored, 0)
    if how == "none":
        return losses
    return losses.sum() if how == "sum" else losses.sum().div(ignored.logical_not().sum())


_KINDS: dict[kinds.Rule, str] = {
    kinds.direct: """
        cast clone contiguous round nan_to_num gelu leaky_relu hardswish hardtanh logsigmoid mish
        silu softplus exponential_linear tril triu cholesky_lower det inverse pseudoinverse qr_parts
        svd_parts eigh_parts slogdet_parts lu_parts
    """,
    kinds.elementwise: """
        gelu_backward leaky_relu_backward hardswish_backward hardtanh_backward logsigmoid_backward
        mish_backward silu_backward softplus_backward exponential_linear_backward
        zeta_sum clamp_between clamp_backward
    """,
    kinds.selection: "where",
    kinds.onto: "masked_fill",
    kinds.reduction(): "all amax amin any argmax argmin logsumexp mean prod sum",
    kinds.reduction("p"): "norm",
    kinds.reduction("correction"): "std var",
    kinds.along(): "argcummax argtopk cumprod cumsum log_softmax softmax",
    kinds.along("descending"): "argsort",
    kinds.picking: "gather scatter scatter_add",
    kinds.matrices: "solved",
    kinds.sized: "expand reshape view",
    kinds.permuted: "permute",
    kinds.flipped: "flip",
    kinds.rolled: "roll",
    kinds.sliced: "slice_view",
    kinds.diagonals: "diagonal",
    kinds.windows: "unfold",
    kinds.padded: "pad_constant",
    kinds.joined: "join",
    product: "matmul",
    affine: "linear",
    folded: "pool_max pool_sum pool_max_gather",
    convolved: "convolution",
    transposed: "convolution_input",
    filled: "fill",
    indexed: "index",
    row_losses: "row_cross_entropy",
}
for _rule, _ops in _KINDS.items():
    RULES.update(dict.fromkeys(_ops.split(), _rule))
for _name, _fn in AbstractTensor._ops.items():
    if isinstance(_fn, type) and issubclass(_fn, Function) and _name not in RULES:
        if _fn.arity == 1:
            RULES[_name] = kinds.direct
        elif _fn.arity == 2 and not _name.startswith("matmul"):
            RULES[_name] = kinds.elementwise

set_rules(applied, each)
