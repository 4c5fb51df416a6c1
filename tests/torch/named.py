"""Calls whose results' nodes have the same names here and in PyTorch.

`python -m tests.torch.named` compares them, and every call of the op table, and shows those that
differ.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

import lightgrad.torch as mine
from tests import op_table

#: with the tensors of `names_in`
CALLS = """
x + y | x + 1 | 1 + x | x - y | x - 1 | 1 - x | x * y | 2 * x | x / y | x / 2 | 1 / x | -x
abs(x) | x ** 2 | x ** y.detach() | 2 ** x | x ** 0.5 | p ** p | x // 2 | x % 2 | x.add(y)
x.sub(1) | x.mul(y) | x.div(2) | x.pow(3) | x.square() | x.sqrt() | x.rsqrt() | x.neg() | x.exp()
x.log() | p.log() | x.log1p() | x.log2() | x.log10() | x.sin() | x.cos() | x.tan() | x.tanh()
x.sigmoid() | x.relu() | x.abs() | x.sign() | x.floor() | x.ceil() | x.round() | x.erf()
x.erfc() | x.exp2() | x.expm1() | p.asin() | p.acos() | x.atan() | x.sinh() | x.cosh() | x.trunc()
x.frac() | p.reciprocal() | x.atan2(y) | x.sum() | x.sum(0) | x.sum(dim=1, keepdim=True)
x.mean() | x.mean(-1) | x.mean((0, 1)) | x.prod() | x.prod(0) | x.max() | x.min() | x.max(1)[0]
x.min(dim=0).values | x.amax(1) | x.amin(0) | x.var() | x.std() | x.var(0) | x.std(1) | x.norm()
x.norm(dim=1) | x.logsumexp(1) | x.cumsum(0) | x.cumprod(1) | torch.var_mean(x)[0]
torch.var_mean(x)[1] | x.sort(1)[0] | x.topk(2)[0] | x @ m | x @ v | v @ m | v @ w | b @ m
b @ c.transpose(1, 2) | b @ v | torch.mm(x, m) | torch.bmm(b, c.transpose(1, 2)) | torch.mv(x, v)
torch.dot(v, w) | torch.matmul(x, m) | torch.addmm(x, x, torch.ones(4, 4))
torch.baddbmm(b, b, torch.ones(2, 4, 4)) | torch.outer(v, w) | x.T | x.mT | x.transpose(0, 1)
x.permute(1, 0) | x.view(12) | x.view(-1, 2) | x.reshape(4, 3) | x.flatten() | b.flatten(1)
x.unsqueeze(0) | x[None] | x.unsqueeze(1).squeeze() | x.expand(2, 3, 4)
x.unsqueeze(1).squeeze(1) | x.transpose(0, 1).reshape(-1) | x.transpose(0, 1).contiguous() | x[0]
x[:, 1] | x[1:] | x[:, 1:3] | x[0, 1:] | x[..., None] | x[1:, 0] | x[:] | x[[0, 1]] | x[x > 0]
x[torch.tensor([0, 2])] | x[0][1] | x[torch.tensor([0, 1]), torch.tensor([1, 2])] | x.chunk(2)[0]
x.split(2)[0] | x.split([1, 2])[1] | x.unbind()[0] | torch.cat([x, y]) | torch.stack([x, y])
x.repeat(2, 1) | x.tile(2) | x.roll(1) | x.flip(0) | x.narrow(1, 0, 2) | x.clone() | x.double()
x.half() | x.tril() | x.triu() | x.diagonal() | v.diag() | x.trace() | x.clamp(-1, 1)
x.clamp(min=0) | x.clamp_min(0) | x.clamp_max(1) | x.masked_fill(x > 0, 0)
torch.where(x > 0, x, y) | torch.maximum(x, y) | torch.minimum(x, y) | x.masked_select(x > 0)
x.gather(0, torch.zeros(1, 4, dtype=torch.int64)) | x.index_select(0, torch.tensor([0, 2]))
x.scatter(0, torch.zeros(1, 4, dtype=torch.int64), y) | x.lerp(y, 0.5) | torch.lerp(x, y, y)
x.scatter_add(0, torch.zeros(1, 4, dtype=torch.int64), y) | x.softmax(1) | x.log_softmax(1)
F.softmax(x, dim=-1) | F.log_softmax(x, dim=1) | F.relu(x) | F.leaky_relu(x) | F.elu(x)
F.selu(x) | F.celu(x) | F.gelu(x) | F.silu(x) | F.mish(x) | F.softplus(x) | F.hardtanh(x)
F.relu6(x) | F.hardswish(x) | F.hardsigmoid(x) | F.logsigmoid(x) | F.softsign(x) | F.tanhshrink(x)
F.hardshrink(x) | F.softshrink(x) | F.glu(x) | F.prelu(x, v[:1]) | F.tanh(x) | F.sigmoid(x)
F.normalize(x) | F.dropout(x) | F.linear(x, m.T) | F.linear(x, m.T, v[:3]) | F.linear(b, m.T)
F.linear(b, m.T, v[:3]) | F.linear(v, m.T, v[:3]) | F.mse_loss(x, y)
F.mse_loss(x, y, reduction="sum") | F.l1_loss(x, y) | F.smooth_l1_loss(x, y) | F.huber_loss(x, y)
F.cross_entropy(x, t) | F.cross_entropy(x, t, reduction="sum")
F.cross_entropy(x, t, reduction="none") | F.cross_entropy(x, x.softmax(1).detach())
F.cross_entropy(x, t, label_smoothing=0.1) | F.nll_loss(x.log_softmax(1), t)
F.cross_entropy(x, t, weight=torch.ones(4)) | F.binary_cross_entropy(p, p.detach())
F.binary_cross_entropy_with_logits(x, p.detach()) | F.kl_div(x, p.detach())
F.cosine_similarity(x, y) | F.embedding(t, x)
F.binary_cross_entropy_with_logits(x, p.detach(), reduction="sum") | F.conv2d(i, k)
F.conv2d(i, k, torch.ones(4), padding=1) | F.conv_transpose2d(i, k.transpose(0, 1))
F.conv1d(b, torch.ones(2, 3, 2)) | F.max_pool2d(i, 2) | F.avg_pool2d(i, 2) | F.max_pool1d(b, 2)
F.adaptive_avg_pool2d(i, 1) | F.adaptive_avg_pool2d(i, 2)
F.batch_norm(i, None, None, training=True) | F.layer_norm(x, (4,)) | F.layer_norm(x, (4,), v, w)
F.group_norm(i, 3) | F.instance_norm(i) | F.pad(x, (1, 1))
F.pad(i, (1, 1, 1, 1), mode="reflect") | F.pad(i, (1, 1, 1, 1), mode="replicate")
F.scaled_dot_product_attention(i, i, i) | F.scaled_dot_product_attention(b, b, b)
nn.Linear(4, 2)(x) | nn.Linear(4, 2, bias=False)(x) | nn.Conv2d(3, 4, 3)(i) | nn.MSELoss()(x, y)
nn.CrossEntropyLoss()(x, t) | nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))(x)
nn.NLLLoss()(x.log_softmax(1), t) | nn.BCELoss()(p, p.detach())
nn.BCEWithLogitsLoss()(x, p.detach()) | nn.L1Loss()(x, y) | nn.SmoothL1Loss()(x, y)
nn.HuberLoss()(x, y) | nn.BatchNorm2d(3)(i) | nn.LayerNorm(4)(x) | nn.Dropout(0.5)(x)
nn.Embedding(5, 3)(t) | nn.Flatten()(i) | nn.ReLU()(x) | nn.Softmax(dim=1)(x) | nn.MaxPool2d(2)(i)
nn.BatchNorm1d(4)(x) | nn.LSTM(4, 5)(b)[0] | nn.GRU(4, 5)(b)[0] | x.detach().requires_grad_()
(x > 0) | x.detach() | x.mul(2).add_(1) | x.mul(2).relu_() | x.mul(2).mul_(2) | x.clone().zero_()
x.clone().copy_(y) | x.contiguous() | (x.softmax(1) * y).sum(1).mean() | (x @ m).pow(2).mean()
((x - y) ** 2).sum() | torch.exp(x) | torch.sum(x) | torch.mean(x, 0) | torch.sigmoid(x)
torch.tanh(x) | torch.relu(x) | torch.einsum("ij,jk->ik", x, m) | torch.cdist(x, y)
torch.clamp(x, 0, 1) | torch.norm(x) | torch.transpose(x, 0, 1) | torch.flatten(x)
torch.squeeze(x[None]) | torch.unsqueeze(x, 0) | torch.log(p) | torch.sqrt(p) | torch.pow(x, 2)
torch.abs(x) | torch.softmax(x, 1) | x.t() | torch.reshape(x, (-1,)) | torch.addcmul(x, x, y)
torch.cumsum(x, 0) | torch.sub(x, y) | torch.mul(x, 2)
"""


def calls() -> list[str]:
    """The calls, one by one."""
    return [one.strip() for line in CALLS.strip().splitlines() for one in line.split(" | ")]


def names_in(library: Any) -> dict[str, Any]:
    """The tensors of the calls, made by one library."""
    rng = np.random.default_rng(0)

    def made(*shape: int, positive: bool = False) -> Any:
        values = (rng.random if positive else rng.standard_normal)(shape).astype(np.float32)
        return library.from_numpy(values).requires_grad_()

    sizes = {"x": (3, 4), "y": (3, 4), "v": (4,), "w": (4,), "m": (4, 3), "b": (2, 3, 4)}
    sizes |= {"c": (2, 3, 4), "i": (2, 3, 8, 8), "k": (4, 3, 3, 3)}
    out: dict[str, Any] = {name: made(*shape) for name, shape in sizes.items()}
    out |= {"p": made(3, 4, positive=True), "t": library.tensor([0, 2, 1]), "torch": library}
    return out | {"nn": library.nn, "F": library.nn.functional}


def name_of(call: str, library: Any) -> str:
    """The name of the node of a call's result, or why there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return said(eval(call, names_in(library)))
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:60]}"


def said(out: Any) -> str:
    """What a tensor's text says of its node."""
    return "none" if getattr(out, "grad_fn", None) is None else type(out.grad_fn).__name__


def table() -> Iterator[tuple[str, str, str]]:
    """The calls of the op table that have a node in PyTorch, with both names of it."""
    for row in op_table.ROWS:
        for sample in row.samples:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    theirs = op_table.torch_call(row, sample, "float32").run()
                except Exception:
                    continue
                here = op_table.Call(row, sample, tensor, "light")
                try:
                    ours = here.run()
                except Exception as error:
                    yield (
                        f"{row.name} {sample}",
                        f"{type(error).__name__}: {error}",
                        said(theirs[0]),
                    )
                    continue
            for a, b in zip(ours, theirs, strict=False):
                if said(b) != "none":
                    yield f"{row.name} {sample}", said(a), said(b)


def tensor(value: Any) -> Any:
    """A tensor of `lightgrad.torch` for an array of a sample."""
    if not isinstance(value, np.ndarray):
        return value
    floating = op_table.is_floating(value)
    out = mine.tensor(value.astype("float32") if floating else value)
    return out.requires_grad_(floating)


if __name__ == "__main__":
    pairs = [(call, name_of(call, mine), name_of(call, torch)) for call in calls()]
    for title, found in (("calls", pairs), ("op table", list(table()))):
        differing = [each for each in found if each[1] != each[2]]
        for call, here, there in differing:
            print(f"{call[:70]:70} {here[:90]}  torch: {there}")
        print(f"{title}: {len(found) - len(differing)} of {len(found)} agree\n")
