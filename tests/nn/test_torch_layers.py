"""Layers that came with torch's names, each against torch: values, gradients, state, ``repr``."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import ArgumentError, ModuleError, ShapeError
from tests.nn.test_layers import close, compare, label, normal, twins

# name, arguments, keywords, shapes of the inputs
LAYERS = [
    *((f"{kind}Pad1d", ((1, 2),), {}, (2, 3, 4)) for kind in ("Zero", "Reflection", "Circular")),
    *((f"{kind}Pad2d", (1,), {}, (2, 3, 4, 3)) for kind in ("Zero", "Reflection", "Replication")),
    *(
        (f"{kind}Pad3d", (1,), {}, (1, 2, 3, 3, 2))
        for kind in ("Zero", "Reflection", "Replication")
    ),
    ("ReplicationPad1d", (2,), {}, (3, 4)),
    ("CircularPad2d", ((1, 0, 2, 1),), {}, (2, 1, 3, 4)),
    ("CircularPad3d", (1,), {}, (1, 2, 3, 3, 2)),
    ("ConstantPad1d", (2, 3.5), {}, (2, 3, 4)),
    ("ConstantPad2d", ((1, 0, 2, -1), 3.5), {}, (2, 3, 4, 5)),
    ("ConstantPad3d", (1, 0.5), {}, (1, 1, 2, 2, 2)),
    ("ZeroPad2d", ((1, -1, 0, 2),), {}, (2, 3, 4, 5)),
    ("Conv1d", (2, 4, 3), {"padding": 2, "padding_mode": "circular"}, (2, 2, 9)),
    ("Conv2d", (2, 4, (3, 2)), {"padding": (2, 1), "padding_mode": "reflect"}, (2, 2, 6, 7)),
    ("Conv2d", (2, 4, (3, 4)), {"padding": "same", "padding_mode": "replicate"}, (2, 2, 6, 7)),
    ("Conv2d", (2, 4, 3), {"padding": "valid", "padding_mode": "reflect"}, (2, 2, 6, 7)),
    ("Conv3d", (1, 2, 3), {"padding": 1, "padding_mode": "circular"}, (1, 1, 4, 5, 4)),
    ("ConvTranspose3d", (2, 3, 2), {"stride": 2, "padding": 1}, (1, 2, 3, 4, 3)),
    ("InstanceNorm1d", (3,), {}, (2, 3, 4)),
    ("InstanceNorm1d", (3,), {"affine": True}, (3, 4)),
    ("InstanceNorm2d", (3,), {"track_running_stats": True, "eps": 1e-3}, (2, 3, 4, 2)),
    ("InstanceNorm2d", (3,), {"affine": True, "track_running_stats": True}, (2, 3, 4, 2)),
    ("InstanceNorm3d", (2,), {"affine": True, "momentum": 0.3}, (2, 2, 3, 2, 2)),
    ("LocalResponseNorm", (3,), {"alpha": 0.1, "k": 2.0}, (2, 5, 3)),
    ("LocalResponseNorm", (2,), {}, (2, 5, 3, 3)),
    ("Softmax2d", (), {}, (2, 3, 4, 2)),
    ("Softmax2d", (), {}, (3, 4, 2)),
    ("Threshold", (0.1, 2.5), {}, (3, 4)),
    ("RReLU", (0.2, 0.2), {}, (3, 4)),
    ("Hardtanh", (), {"min_value": -0.5, "max_value": 0.25}, (3, 4)),
    ("Dropout1d", (0.0,), {}, (3, 4, 2)),
    ("Dropout2d", (0.0, True), {}, (3, 4, 2, 2)),
    ("Dropout3d", (0.0,), {}, (3, 4, 2, 2, 2)),
    ("AlphaDropout", (0.0,), {}, (3, 4)),
    ("FeatureAlphaDropout", (0.0,), {}, (3, 4, 2)),
    ("Upsample", (), {"scale_factor": 2}, (1, 2, 3, 4)),
    ("Upsample", (), {"size": 5}, (1, 2, 3)),
    ("Upsample", ((5, 3), None, "bilinear"), {"align_corners": True}, (1, 2, 3, 4)),
    ("Upsample", (), {"scale_factor": (2, 1.5), "mode": "bicubic"}, (1, 2, 4, 4)),
    ("Upsample", (), {"scale_factor": 2, "mode": "trilinear"}, (1, 1, 2, 3, 2)),
    ("UpsamplingNearest2d", (), {"scale_factor": 3}, (1, 2, 2, 2)),
    ("UpsamplingBilinear2d", ((4, 5),), {}, (1, 2, 2, 2)),
    ("PixelShuffle", (2,), {}, (1, 8, 2, 3)),
    ("PixelUnshuffle", (2,), {}, (1, 2, 4, 6)),
    ("ChannelShuffle", (3,), {}, (1, 6, 2, 2)),
    ("Unfold", ((2, 3),), {"dilation": (1, 2), "padding": 1, "stride": (2, 1)}, (2, 3, 5, 6)),
    ("Fold", ((4, 5), (2, 3)), {"padding": 1, "stride": (2, 1)}, (2, 12, 15)),
    ("AdaptiveMaxPool1d", (3,), {}, (2, 3, 7)),
    ("AdaptiveMaxPool2d", ((2, None),), {}, (2, 3, 7, 4)),
    ("AdaptiveMaxPool3d", (2,), {}, (1, 2, 4, 5, 3)),
    ("LPPool1d", (2, 3), {"stride": 2}, (2, 3, 7)),
    ("LPPool2d", (1.5, (2, 3)), {"ceil_mode": True}, (2, 3, 5, 6)),
    ("LPPool3d", (2, 2), {}, (1, 2, 4, 4, 2)),
    ("CosineSimilarity", (0,), {}, ((3, 4), (3, 4))),
    ("PairwiseDistance", (), {"p": 1.5, "keepdim": True}, ((3, 4), (3, 4))),
]


def inputs_of(name: str, shapes: Any) -> list[np.ndarray]:
    shapes = shapes if isinstance(shapes[0], tuple) else (shapes,)
    x = [normal(*shape) for shape in shapes]
    return [abs(a) + 0.1 for a in x] if name.startswith("LPPool") else x


@pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:keyword argument")  # torch's
@pytest.mark.parametrize("case", LAYERS, ids=label)
def test_layer_equals_torch(case: tuple) -> None:
    name, args, kwargs, shapes = case
    mine, theirs = twins(name, args, kwargs)
    assert repr(mine) == repr(theirs)
    for _ in range(2):
        compare(mine, theirs, *inputs_of(name, shapes))
        mine.eval(), theirs.eval()


@pytest.mark.parametrize("name", ["ReLU", "ELU", "LeakyReLU", "Hardtanh", "SiLU", "ReLU6", "Mish"])
def test_in_place_activations(name: str) -> None:
    mine, theirs = getattr(nn, name)(inplace=True), getattr(torch.nn, name)(inplace=True)
    assert repr(mine) == repr(theirs)
    a = normal(3, 4)
    x, y = light.tensor(a), torch.tensor(a, requires_grad=True)
    p, q = x * 1, y * 1
    (mine(p) * p).sum().backward()
    (theirs(q) * q).sum().backward()
    close(p, q)
    close(x.grad, y.grad)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_max_unpool(n: int) -> None:
    shape = (2, 3, *(6, 4, 4)[:n])
    x = normal(*shape)
    back = []
    for lib in (light, torch):
        out, indices = getattr(lib.nn, f"MaxPool{n}d")(2, return_indices=True)(lib.tensor(x))
        back.append(getattr(lib.nn, f"MaxUnpool{n}d")(2)(out, indices, output_size=shape))
    close(*back)
    module = getattr(nn, f"MaxUnpool{n}d")(3, 2, 1)
    assert repr(module) == repr(getattr(torch.nn, f"MaxUnpool{n}d")(3, 2, 1))
    adaptive = getattr(nn, f"AdaptiveMaxPool{n}d")(2, return_indices=True)
    theirs = getattr(torch.nn, f"AdaptiveMaxPool{n}d")(2, return_indices=True)
    for a, b in zip(adaptive(light.tensor(x)), theirs(torch.tensor(x)), strict=True):
        close(a, b)


def test_output_size_of_transposed_convolutions() -> None:
    mine, theirs = twins("ConvTranspose2d", (2, 3, 3), {"stride": 2, "padding": 1})
    x = normal(1, 2, 4, 5)
    size = [8, 10]
    close(mine(light.tensor(x), size), theirs(torch.tensor(x), size))
    with pytest.raises(ShapeError, match="cannot give"):
        mine(light.tensor(x), (20, 20))


def test_sync_batch_norm_is_batch_norm() -> None:
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Sequential(nn.BatchNorm1d(2, affine=False)))
    state = {k: v.numpy().copy() for k, v in net.state_dict().items()}
    new = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    theirs = torch.nn.SyncBatchNorm.convert_sync_batchnorm(torch.nn.BatchNorm2d(3))
    assert repr(new[0]) == repr(theirs) and list(new.state_dict()) == list(state)
    x = light.tensor(normal(2, 3, 4, 4))
    other = nn.BatchNorm2d(3)
    other.double(), new.double()
    np.testing.assert_array_equal(new[0](x).numpy(), other(x).numpy())


def test_softmax_without_a_dim() -> None:
    for shape in ((3,), (2, 3), (2, 3, 2), (2, 3, 2, 2)):
        for name in ("Softmax", "LogSoftmax", "Softmin"):
            mine, theirs = getattr(nn, name)(), getattr(torch.nn, name)()
            assert repr(mine) == repr(theirs)
            x = normal(*shape)
            with pytest.warns(UserWarning, match="Implicit dimension"):
                close(mine(light.tensor(x)), theirs(torch.tensor(x)))


# ----------------------------------------------------------------- containers


def test_parameter_list() -> None:
    def program(lib: Any, n: Any) -> list[Any]:
        held = n.ParameterList([n.Parameter(lib.ones(2, 3)), lib.ones(2), 3])
        held.append(lib.zeros(1))
        held += [n.ParameterList()]
        held[1] = lib.zeros(4)
        held.extend([n.Parameter(lib.ones(5), requires_grad=False)])
        names = [k for k, p in held.named_parameters()]
        asks = [p.requires_grad for p in held.parameters()]
        kinds = [type(v).__name__ for v in held if not hasattr(v, "shape")]
        again = copy.deepcopy(held)
        return [names, asks, kinds, len(held), list(held.state_dict()), len(held[1:3]), len(again)]

    assert program(light, nn) == program(torch, torch.nn)
    mine = repr(nn.ParameterList([light.ones(2, 3), 3, nn.ParameterList()]))
    theirs = repr(torch.nn.ParameterList([torch.ones(2, 3), 3, torch.nn.ParameterList()]))
    assert mine == theirs.replace("torch.float32", "float32")
    with pytest.raises(ShapeError, match="index 3 is out of range for 1"):
        nn.ParameterList([light.ones(1)])[3]
    with pytest.raises(ModuleError, match="only holds parameters"):
        nn.ParameterList()(1)


def test_parameter_dict() -> None:
    def program(lib: Any, n: Any) -> list[Any]:
        held = n.ParameterDict({"b": n.Parameter(lib.ones(2)), "a": lib.ones(3), "c": 3})
        held["d"] = lib.zeros(1)
        held.update([("z", lib.zeros(1)), ("y", lib.zeros(1))])
        del held["d"]
        seen = [held.pop("c"), held.popitem()[0], held.get("none"), held.setdefault("q", 5)]
        more = held | n.ParameterDict({"n": lib.ones(1)})
        return [
            *(list(held), list(more), seen, len(held), "a" in held, list(reversed(held))),
            *([k for k, _ in held.named_parameters()], [k for k, _ in held.items()]),
            *(list(held.keys()), len(list(held.values())), list(held.copy())),
        ]

    assert program(light, nn) == program(torch, torch.nn)
    with pytest.raises(ModuleError, match="has no parameter 'x'; it has a"):
        nn.ParameterDict({"a": light.ones(1)})["x"]
    with pytest.raises(ModuleError, match="'keys'"):
        nn.ParameterDict({"keys": light.ones(1)})


def test_containers_as_torchs() -> None:
    def program(n: Any) -> list[Any]:
        a = n.ModuleList([n.Linear(1, 1), n.Linear(1, 1), n.ReLU()])
        b = a + n.ModuleList([n.ReLU(), n.Sequential(n.Tanh())])
        s = n.Sequential(n.ReLU(), n.Tanh())
        t = s + n.Sequential(n.Sigmoid())
        s *= 2
        d = n.ModuleDict({"x": n.ReLU(), "none": None})
        d.update({"y": n.Tanh()})
        seen = [repr(m) for m in (a, b, s, t, t * 2, 2 * t, b[1:4], t[1:], d, n.ModuleList())]
        del b[0], t[0]
        b.insert(1, n.Sigmoid())
        popped = b.pop(0), d.pop("x")
        return [*seen, repr(b), repr(t), repr(popped), list(d), list(b._modules)]

    assert program(nn) == program(torch.nn)


# ----------------------------------------------------------------- attention

HOW = [
    {},
    {"bias": False, "batch_first": True},
    {"kdim": 3, "vdim": 5},
    {"add_bias_kv": True, "add_zero_attn": True},
]


@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("masked", [False, True])
def test_multihead_attention(how: dict, masked: bool) -> None:
    mine, theirs = twins("MultiheadAttention", (8, 2), how)
    assert repr(mine) == repr(theirs)
    swap = how.get("batch_first")
    shapes = (4, 3, 8), (5, 3, how.get("kdim", 8)), (5, 3, how.get("vdim", 8))
    arrays = [normal(*s).swapaxes(0, 1) if swap else normal(*s) for s in shapes]
    padding, mask = np.zeros((3, 5), bool), np.zeros((4, 5), bool)
    padding[1, 3:], mask[0, 1], mask[2, 4] = True, True, True
    calls = [{}, {"need_weights": False}, {"average_attn_weights": False}]
    for call in calls:
        ours, them = [light.tensor(a) for a in arrays], [torch.tensor(a) for a in arrays]
        for t in them:
            t.requires_grad_()
        kinds = ((light.tensor, ours), (torch.tensor, them))
        masks = {"key_padding_mask": padding, "attn_mask": mask} if masked else {}
        outs = []
        for module, (tensor, given) in zip((mine, theirs), kinds, strict=True):
            y, w = module(*given, **{k: tensor(m) for k, m in masks.items()}, **call)
            (y * y).sum().backward()
            outs.append((y, w))
        close(outs[0][0], outs[1][0])
        if outs[1][1] is not None:
            close(outs[0][1], outs[1][1])
        for a, b in zip(ours, them, strict=True):
            close(a.grad, b.grad)


def test_attention_to_itself_and_without_a_batch() -> None:
    mine, theirs = twins("MultiheadAttention", (8, 4), {"batch_first": True})
    for shape in ((3, 5, 8), (5, 8)):
        x = normal(*shape)
        a, b = light.tensor(x), torch.tensor(x)
        for y, z in zip(mine(a, a, a), theirs(b, b, b), strict=True):
            close(y, z)
    mask = normal(12, 5, 5)
    x = normal(3, 5, 8)
    a, b = light.tensor(x), torch.tensor(x)
    close(
        mine(a, a, a, attn_mask=light.tensor(mask))[0],
        theirs(b, b, b, attn_mask=torch.tensor(mask))[0],
    )


def no_dropout(**how: Any) -> dict[str, Any]:
    return {"dim_feedforward": 12, "dropout": 0.0, **how}


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")  # torch's
@pytest.mark.parametrize("how", [{}, {"norm_first": True, "batch_first": True, "bias": False}])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer_layers(how: dict, activation: str) -> None:
    how = no_dropout(**how, activation=activation)
    mine, theirs = twins("TransformerEncoderLayer", (8, 2), how)
    assert repr(mine) == repr(theirs)
    compare(mine, theirs, normal(4, 3, 8))
    mine, theirs = twins("TransformerDecoderLayer", (8, 2), how)
    assert repr(mine) == repr(theirs)
    other = (4, 5, 8) if how.get("batch_first") else (5, 3, 8)
    compare(mine, theirs, normal(4, 3, 8), normal(*other))
    stack = {"num_encoder_layers": 2, "num_decoder_layers": 1}
    mine, theirs = twins("Transformer", (8, 2), {**stack, **how})
    assert repr(mine) == repr(theirs)
    compare(mine, theirs, normal(4, 3, 8), normal(*other))


@pytest.mark.filterwarnings("ignore")  # torch's
def test_masks_of_a_transformer() -> None:
    mine, theirs = twins("Transformer", (8, 2, 1, 1), no_dropout(batch_first=True))
    src, tgt, padding = normal(2, 4, 8), normal(2, 3, 8), np.zeros((2, 4), bool)
    padding[1, 2:] = True
    outs = []
    for lib, module in ((light, mine), (torch, theirs)):
        causal = lib.nn.Transformer.generate_square_subsequent_mask(3)
        how = {"tgt_mask": causal, "src_key_padding_mask": lib.tensor(padding)}
        outs.append(module(lib.tensor(src), lib.tensor(tgt), **how, tgt_is_causal=True))
    close(*outs)


def test_attention_begins_as_torchs() -> None:
    light.manual_seed(0)
    mine = nn.MultiheadAttention(64, 4, add_bias_kv=True)
    assert abs(mine.in_proj_weight.std().item() - (2 / (4 * 64)) ** 0.5) < 0.005
    assert mine.in_proj_bias.abs().max().item() == mine.out_proj.bias.abs().max().item() == 0
    layer = nn.TransformerEncoderLayer(8, 2)
    first, second = nn.TransformerEncoder(layer, 2).layers
    assert first.linear1.weight is not second.linear1.weight
    np.testing.assert_array_equal(first.linear1.weight.numpy(), second.linear1.weight.numpy())


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.MultiheadAttention(6, 4), ShapeError, "embed_dim 6 must be divisible by"),
        (lambda: nn.TransformerEncoderLayer(4, 2, activation="x"), ArgumentError, "not 'x'"),
        (lambda: nn.ZeroPad2d((1, 2, 3)), ShapeError, "padding must be an int or 4 ints"),
        (lambda: nn.InstanceNorm2d(3)(light.ones(2, 3)), ShapeError, "expected a 3-d or 4-d"),
        (lambda: nn.Sequential(nn.ReLU()) * 0, ModuleError, "repeated 1, 2, ... times"),
        (lambda: nn.TripletMarginLoss(margin=0), ArgumentError, "margin must be above 0"),
    ],
)
def test_errors(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding_idx", [None, 1])
def test_embedding_bag(mode: str, padding_idx: int | None) -> None:
    how = {"mode": mode, "padding_idx": padding_idx, "include_last_offset": True}
    mine, theirs = twins("EmbeddingBag", (5, 3), how)
    assert repr(mine) == repr(theirs)
    indices, offsets = np.array([1, 2, 4, 4, 3]), np.array([0, 2, 5])
    y = mine(light.tensor(indices), light.tensor(offsets))
    z = theirs(torch.tensor(indices), torch.tensor(offsets))
    close(y, z)
    (y * y).sum().backward()
    (z * z).sum().backward()
    close(mine.weight.grad, theirs.weight.grad)
    table = light.tensor(normal(4, 2))
    bag = nn.EmbeddingBag.from_pretrained(table, mode=mode)
    assert not bag.weight.requires_grad and bag(light.tensor([[0, 1]])).shape == (1, 2)


def test_embedding_with_a_largest_norm() -> None:
    mine, theirs = twins("Embedding", (5, 3), {"max_norm": 0.5, "norm_type": 1.0})
    assert repr(mine) == repr(theirs)
    close(mine(light.tensor([1, 3])), theirs(torch.tensor([1, 3])))
    close(mine.weight, theirs.weight)


@pytest.mark.parametrize("how", [{}, {"blank": 1, "zero_infinity": True, "reduction": "sum"}])
def test_ctc_loss(how: dict) -> None:
    x, targets = normal(6, 2, 4), np.array([[2, 3, 2], [3, 2, 2]])
    sizes = np.array([6, 5]), np.array([3, 2])
    results = []
    for lib in (light, torch):
        a = lib.tensor(x, requires_grad=True)
        given = [lib.tensor(t) for t in (targets, *sizes)]
        loss = lib.nn.CTCLoss(**how)(a.log_softmax(2), *given)
        loss.backward()
        results.append((loss, a.grad))
    for a, b in zip(*results, strict=True):
        close(a, b)
