"""The nodes of the graph have PyTorch's names, and lead where PyTorch's do."""

from __future__ import annotations

from typing import Any

import pytest

import lightgrad.torch as torch
from lightgrad.torch._core.names import camel

#: calls whose result has another node than in PyTorch
OTHERWISE = {
    "x // 2",  # which here has no gradient, and in torch one that raises
}


def test_names_are_torchs() -> None:
    theirs = pytest.importorskip("torch")
    from tests.torch import named

    pairs = [
        (call, named.name_of(call, torch), named.name_of(call, theirs)) for call in named.calls()
    ]
    known = [pair for pair in pairs if "Error: " not in pair[1] and pair[0] not in OTHERWISE]
    assert [pair for pair in known if pair[1] != pair[2]] == []
    assert len(known) > 280


def test_names_follow_from_those_of_ops() -> None:
    assert [camel(op) for op in ("exp", "log_softmax", "log1p", "max_pool2d", "_flat")] == (
        ["Exp", "LogSoftmax", "Log1P", "MaxPool2D", "Flat"]
    )


F = torch.nn.functional


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: torch.einsum(x, [0, 1], x, [1, 0]), "ViewBackward0"),
        (lambda x: torch.einsum("ij->ij", x), "PermuteBackward0"),
        (lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=torch.ones(2, 2)), None),
        (lambda x: F.scaled_dot_product_attention(query=x, key=x, value=x), None),
        (lambda x: F.adaptive_avg_pool2d(x[None], output_size=1), "MeanBackward1"),
        (lambda x: F.cross_entropy(input=x, target=torch.tensor([0, 1])), "NllLossBackward0"),
        (lambda x: F.cross_entropy(x, target=x.detach().softmax(1)), "DivBackward1"),
        (lambda x: F.pad(x, pad=(1, 1)), "ConstantPadNdBackward0"),
        (lambda x: x.repeat_interleave(repeats=2), "ViewBackward0"),
        (lambda x: x.scatter(dim=0, index=torch.zeros(1, 2).long(), src=x), "ScatterBackward0"),
        (lambda x: x.split(split_size=1, dim=1)[0], "SplitBackward0"),
        (lambda x: x[None].squeeze(dim=0), "SqueezeBackward1"),
        (lambda x: torch.max(x, dim=1)[0], "MaxBackward0"),
        (lambda x: x.flatten(0, 0), "AccumulateGrad"),
        (lambda x: torch.lerp(x, end=x, weight=0.5), "LerpBackward0"),
    ],
)
def test_names_are_found_however_arguments_are_passed(call: Any, name: str | None) -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    out = call(x)
    made = out.grad_fn
    if name is not None:
        assert ("AccumulateGrad" if made is None else made.name()) == name


def test_a_tensor_says_what_made_it() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"
    assert repr((x**2).mean()) == "tensor(2.5000, grad_fn=<MeanBackward0>)"
    assert repr(1 - x) == "tensor([ 0., -1.], grad_fn=<RsubBackward1>)"
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    y = x * 1
    y[0] = 3
    assert repr(y) == "tensor([3., 2.], grad_fn=<CopySlices>)"


def test_the_name_stays_after_backward() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    outs = [x.sum(), x.mean(), torch.nn.functional.mse_loss(x, torch.zeros(2, 3)), (x * x).mean()]
    before = [repr(out) for out in outs]
    for out in outs:
        out.backward()
    assert [repr(out) for out in outs] == before
    y = torch.nn.Linear(3, 4)(x)
    y.sum().backward()
    assert repr(y).endswith("grad_fn=<AddmmBackward0>)")


def test_the_graph_can_be_walked() -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x * 2).exp()
    node = y.grad_fn
    assert node is y.grad_fn and node.name() == type(node).__name__ == "ExpBackward0"
    assert repr(node).startswith("<ExpBackward0 object at 0x") and x.grad_fn is None
    ((times, place),) = node.next_functions
    assert times.name() == "MulBackward0" and place == 0 and node.metadata == {}
    (leaf, _), (number, _) = times.next_functions
    assert number is None and leaf.variable is x and leaf.next_functions == ()
    assert type(leaf).__name__ == "AccumulateGrad"
    assert leaf.name() == "torch::autograd::AccumulateGrad"
    assert repr(type(times)) == "<class 'MulBackward0'>"
    with pytest.raises(AttributeError, match="'MulBackward0' object has no attribute 'variable'"):
        times.variable  # noqa: B018


def test_a_hook_before_a_node_replaces_its_gradient() -> None:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    handle = y.grad_fn.register_prehook(lambda grads: (grads[0] * 10,))
    y.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [20, 20, 20]
    handle.remove()
    y.sum().backward()
    assert x.grad.tolist() == [22, 22, 22]


def test_a_functions_node_has_its_name_and_what_it_noted() -> None:
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def, override]
            ctx.factor = 2
            return x * 2

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def, override]
            return grad * 2

    y = Twice.apply(torch.ones(2, requires_grad=True))
    assert repr(y) == "tensor([2., 2.], grad_fn=<TwiceBackward>)"
    assert y.grad_fn.factor == 2
    assert repr(y.grad_fn).startswith("<torch.autograd.function.TwiceBackward object at 0x")
    with pytest.raises(AttributeError):
        y.grad_fn.other  # noqa: B018
