"""Every layer against torch: values, input and parameter gradients, state, ``repr``."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

X = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return X.standard_normal(shape)


# name, arguments, keywords, input shape
LAYERS = [
    ("Identity", (), {}, (2, 3)),
    ("Linear", (4, 3), {}, (2, 5, 4)),
    ("Linear", (4, 3), {"bias": False}, (4,)),
    ("Flatten", (), {}, (2, 3, 4)),
    ("Flatten", (0, 1), {}, (2, 3, 4)),
    ("Unflatten", (1, (2, 3)), {}, (2, 6, 2)),
    ("Unflatten", (-1, (2, -1)), {}, (2, 6)),
    ("Conv1d", (2, 4, 3), {"stride": 2, "padding": 1}, (2, 2, 9)),
    ("Conv1d", (2, 4, 2), {"padding": "same"}, (2, 2, 7)),
    ("Conv2d", (2, 4, 3), {}, (2, 2, 6, 7)),
    ("Conv2d", (2, 4, (2, 3)), {"padding": (1, 0), "stride": (2, 1)}, (2, 2, 6, 7)),
    ("Conv2d", (4, 4, 3), {"padding": "same", "groups": 2, "dilation": 2}, (1, 4, 6, 7)),
    ("Conv2d", (2, 2, (2, 4)), {"padding": "same", "bias": False}, (1, 2, 5, 5)),
    ("Conv2d", (2, 3, 3), {"padding": "valid"}, (2, 5, 5)),
    ("Conv3d", (2, 3, 2), {"stride": 2, "padding": 1}, (1, 2, 4, 5, 4)),
    ("ConvTranspose1d", (2, 3, 4), {"stride": 2, "padding": 1}, (2, 2, 5)),
    ("ConvTranspose2d", (4, 2, 3), {"stride": 2, "output_padding": 1, "groups": 2}, (1, 4, 3, 4)),
    ("ConvTranspose2d", (2, 3, (2, 3)), {"dilation": 2, "bias": False}, (1, 2, 3, 4)),
    ("MaxPool1d", (2,), {}, (1, 2, 6)),
    ("MaxPool2d", (2,), {}, (2, 2, 4, 6)),
    ("MaxPool2d", ((3, 2),), {"stride": 1, "padding": 1, "ceil_mode": True}, (1, 2, 5, 6)),
    ("MaxPool3d", (2,), {}, (1, 2, 4, 4, 4)),
    ("AvgPool1d", (2,), {"stride": 1}, (1, 2, 6)),
    ("AvgPool2d", (3,), {"stride": 2, "padding": 1, "count_include_pad": False}, (1, 2, 5, 6)),
    ("AvgPool2d", (2,), {"divisor_override": 3}, (1, 2, 4, 4)),
    ("AdaptiveAvgPool1d", (3,), {}, (1, 2, 7)),
    ("AvgPool3d", (2,), {"padding": 1, "divisor_override": 5}, (1, 2, 4, 3, 5)),
    ("AdaptiveAvgPool2d", ((2, None),), {}, (1, 2, 5, 3)),
    ("AdaptiveAvgPool3d", ((2, None, 1),), {}, (1, 2, 5, 3, 4)),
    ("Dropout", (0.0,), {}, (3, 4)),
    ("LayerNorm", (4,), {}, (2, 3, 4)),
    ("LayerNorm", ((3, 4),), {"eps": 1e-3, "bias": False}, (2, 3, 4)),
    ("LayerNorm", (4,), {"elementwise_affine": False}, (3, 4)),
    ("RMSNorm", (4,), {}, (2, 3, 4)),
    ("RMSNorm", ((3, 4),), {"eps": 1e-3}, (2, 3, 4)),
    ("GroupNorm", (2, 4), {}, (2, 4, 3)),
    ("GroupNorm", (4, 4), {"affine": False}, (2, 4, 3, 2)),
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm1d", (3,), {"momentum": None}, (5, 3, 2)),
    ("BatchNorm2d", (3,), {"momentum": 0.3, "eps": 1e-3}, (2, 3, 4, 2)),
    ("BatchNorm2d", (3,), {"affine": False}, (2, 3, 4, 2)),
    ("BatchNorm2d", (3,), {"track_running_stats": False}, (2, 3, 4, 2)),
    ("BatchNorm3d", (2,), {}, (2, 2, 3, 2, 2)),
    ("Tanh", (), {}, (3, 4)),
    ("Sigmoid", (), {}, (3, 4)),
    ("ReLU", (), {}, (3, 4)),
    ("ReLU6", (), {}, (3, 4)),
    ("LeakyReLU", (0.2,), {}, (3, 4)),
    ("PReLU", (), {}, (3, 4)),
    ("PReLU", (4,), {"init": 0.1}, (2, 4, 3)),
    ("ELU", (0.7,), {}, (3, 4)),
    ("CELU", (0.7,), {}, (3, 4)),
    ("SELU", (), {}, (3, 4)),
    ("GELU", (), {}, (3, 4)),
    ("GELU", ("tanh",), {}, (3, 4)),
    ("SiLU", (), {}, (3, 4)),
    ("Mish", (), {}, (3, 4)),
    ("Softplus", (), {}, (3, 4)),
    ("Softplus", (2.0, 1.0), {}, (3, 4)),
    ("Hardtanh", (-0.5, 0.8), {}, (3, 4)),
    ("Hardswish", (), {}, (3, 4)),
    ("Hardsigmoid", (), {}, (3, 4)),
    ("LogSigmoid", (), {}, (3, 4)),
    ("Softsign", (), {}, (3, 4)),
    ("Tanhshrink", (), {}, (3, 4)),
    ("Hardshrink", (0.3,), {}, (3, 4)),
    ("Softshrink", (0.3,), {}, (3, 4)),
    ("Softmin", (1,), {}, (3, 4)),
    ("Softmax", (1,), {}, (3, 4)),
    ("LogSoftmax", (0,), {}, (3, 4)),
    ("GLU", (), {}, (3, 4)),
    ("GLU", (0,), {}, (4, 3)),
]


def twins(name: str, args: tuple, kwargs: dict) -> tuple[nn.Module, torch.nn.Module]:
    """The layer of both libraries in float64, with the same random parameters."""
    mine, theirs = getattr(nn, name)(*args, **kwargs), getattr(torch.nn, name)(*args, **kwargs)
    mine.double(), theirs.double()
    state = theirs.state_dict()
    assert list(mine.state_dict()) == list(state)
    for key, value in mine.state_dict().items():
        assert tuple(value.shape) == tuple(state[key].shape)
        assert value.dtype.name == str(state[key].dtype).removeprefix("torch.")
    mine.load_parameters({k: normal(*p.shape) for k, p in mine.named_parameters()})
    back = {k: torch.from_numpy(np.asarray(v.numpy())) for k, v in mine.state_dict().items()}
    theirs.load_state_dict(back)
    return mine, theirs


#: torch computes these with constants rounded to float32, in float64 too
COARSE = ("CELU", "Hardsigmoid")


def compare(mine: nn.Module, theirs: torch.nn.Module, *inputs: np.ndarray) -> None:
    rtol = 1e-7 if type(mine).__name__ in COARSE else 1e-9
    ours = [light.tensor(x) for x in inputs]
    them = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y, expected = mine(*ours), theirs(*them)
    close(y, expected, rtol)
    if expected.requires_grad:
        weights = normal(*expected.shape)
        (y * light.tensor(weights, requires_grad=False)).sum().backward()
        (expected * torch.tensor(weights)).sum().backward()
    for a, b in zip(ours, them, strict=True):
        if b.grad is not None:
            close(a.grad, b.grad, rtol)
    expected_grads = {k: p.grad for k, p in theirs.named_parameters()}
    for key, p in mine.named_parameters():
        close(p.grad, expected_grads[key])
        p.zero_grad()
    theirs.zero_grad()
    state = theirs.state_dict()
    for key, value in mine.state_dict().items():
        close(value, state[key])


def close(ours: light.Tensor, theirs: torch.Tensor, rtol: float = 1e-9) -> None:
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=rtol, atol=1e-11)


def label(case: tuple) -> str:
    return f"{case[0]}{case[1]}{case[2] or ''}"


@pytest.mark.filterwarnings("ignore:Using padding='same' with even")  # torch's
@pytest.mark.parametrize("case", LAYERS, ids=label)
def test_layer_equals_torch(case: tuple) -> None:
    name, args, kwargs, shape = case
    mine, theirs = twins(name, args, kwargs)
    compare(mine, theirs, normal(*shape))
    compare(mine, theirs, normal(*shape))  # again: running statistics go on
    mine.eval(), theirs.eval()
    compare(mine, theirs, normal(*shape))


@pytest.mark.parametrize("case", LAYERS, ids=label)
def test_repr_is_torchs(case: tuple) -> None:
    name, args, kwargs, _ = case
    if name == "AvgPool1d":
        pytest.skip("torch shows tuples of one")
    ours, theirs = getattr(nn, name)(*args, **kwargs), getattr(torch.nn, name)(*args, **kwargs)
    assert repr(ours) == repr(theirs)


def test_bilinear() -> None:
    mine, theirs = twins("Bilinear", (3, 4, 2), {})
    compare(mine, theirs, normal(5, 3), normal(5, 4))
    with pytest.raises(ShapeError, match="Bilinear: inputs of shape"):
        mine(light.ones(2, 3), light.ones(2, 3))


@pytest.mark.parametrize("padding_idx", [None, 1, -1])
def test_embedding(padding_idx: int | None) -> None:
    mine, theirs = twins("Embedding", (5, 3), {"padding_idx": padding_idx})
    compare(mine, theirs, np.array([[1, 2, 4], [4, 4, 0]]))
    assert repr(mine) == repr(theirs)
    if padding_idx is not None:
        fresh = nn.Embedding(5, 3, padding_idx)
        assert fresh.weight[padding_idx].tolist() == [0.0] * 3
        assert fresh.weight[2].abs().min().item() > 0
    with pytest.raises(ShapeError, match="indices from 0 to 5 do not fit a table of 5 rows"):
        mine(light.tensor([0, 5]))
    with pytest.raises(DtypeError, match="indices must be integers, not float32"):
        mine(light.ones(2))


def test_embedding_from_a_table() -> None:
    table = light.randn(4, 2)
    frozen = nn.Embedding.from_pretrained(table)
    assert [k for k, _ in frozen.named_parameters()] == ["weight"]
    assert not frozen.weight.requires_grad
    np.testing.assert_array_equal(frozen(light.tensor([3, 1])).numpy(), table.numpy()[[3, 1]])
    before = light.get_rng_state()
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad
    assert light.get_rng_state() == before  # nothing was drawn


def test_dropout() -> None:
    light.manual_seed(0)
    layer = nn.Dropout(0.25)
    x = light.ones(200, 200)
    y = layer(x).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.01
    np.testing.assert_array_equal(layer.eval()(x).numpy(), 1)


def test_batch_norm_statistics_are_outside_the_graph() -> None:
    layer = nn.BatchNorm1d(2)
    x = light.randn(4, 2)
    for _ in range(3):
        layer(x)
    assert layer.running_mean.is_leaf and not layer.running_mean.requires_grad
    assert layer.num_batches_tracked.item() == 3
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0 and layer.running_var.tolist() == [1.0, 1.0]
    twin = nn.BatchNorm1d(2)
    twin.load_state_dict(layer.state_dict())
    assert twin.num_batches_tracked.dtype.name == "int64"


def test_kernelsize_is_kernel_size() -> None:
    a, b = nn.Conv2d(1, 8, kernelsize=3), nn.Conv2d(1, 8, kernel_size=3)
    assert a.weight.shape == b.weight.shape == (8, 1, 3, 3) and a.padding == (0, 0)
    assert nn.ConvTranspose2d(1, 2, kernelsize=(2, 3)).weight.shape == (1, 2, 2, 3)
    assert nn.Conv2d(1, 1, 3, dtype="float64").weight.dtype.name == "float64"


LOSSES = [
    ("MSELoss", {}, lambda: (normal(3, 4), normal(3, 4))),
    ("L1Loss", {"reduction": "sum"}, lambda: (normal(3, 4), normal(3, 4))),
    ("SmoothL1Loss", {"beta": 0.5}, lambda: (normal(3, 4), normal(3, 4))),
    ("HuberLoss", {"delta": 0.5}, lambda: (normal(3, 4), normal(3, 4))),
    ("CrossEntropyLoss", {}, lambda: (normal(5, 3), X.integers(0, 3, 5))),
    (
        "CrossEntropyLoss",
        {"label_smoothing": 0.1, "ignore_index": 1},
        lambda: (normal(5, 3), np.array([0, 1, 2, 1, 0])),
    ),
    (
        "CrossEntropyLoss",
        {"reduction": "none"},
        lambda: (normal(5, 3, 2), X.integers(0, 3, (5, 2))),
    ),
    ("NLLLoss", {"ignore_index": 2}, lambda: (normal(5, 3), np.array([0, 1, 2, 1, 0]))),
    ("BCELoss", {}, lambda: (X.uniform(0.1, 0.9, (3, 2)), X.uniform(0, 1, (3, 2)))),
    ("BCEWithLogitsLoss", {}, lambda: (normal(3, 2), X.uniform(0, 1, (3, 2)))),
    ("KLDivLoss", {"reduction": "batchmean"}, lambda: (normal(3, 2), X.uniform(0.1, 1, (3, 2)))),
    (
        "HingeEmbeddingLoss",
        {"margin": 0.5},
        lambda: (normal(3, 4), X.choice([-1.0, 1.0], (3, 4))),
    ),
    (
        "CosineEmbeddingLoss",
        {"margin": 0.2, "reduction": "sum"},
        lambda: (normal(3, 4), normal(3, 4), X.choice([-1.0, 1.0], (3,))),
    ),
    ("KLDivLoss", {"reduction": "sum", "log_target": True}, lambda: (normal(3, 2), normal(3, 2))),
    ("NLLLoss2d", {}, lambda: (normal(5, 3, 2, 2), X.integers(0, 3, (5, 2, 2)))),
    (
        "GaussianNLLLoss",
        {"full": True},
        lambda: (normal(3, 4), normal(3, 4), X.uniform(0.1, 1, (3, 4))),
    ),
    ("PoissonNLLLoss", {"full": True}, lambda: (normal(3, 4), X.integers(0, 5, (3, 4)) * 1.0)),
    (
        "PoissonNLLLoss",
        {"log_input": False, "reduction": "sum"},
        lambda: (X.uniform(0.1, 1, (3, 4)), X.integers(0, 5, (3, 4)) * 1.0),
    ),
    (
        "MarginRankingLoss",
        {"margin": 0.3},
        lambda: (normal(4), normal(4), X.choice([-1.0, 1.0], 4)),
    ),
    (
        "TripletMarginLoss",
        {"swap": True, "p": 1.5},
        lambda: (normal(3, 4), normal(3, 4), normal(3, 4)),
    ),
    (
        "TripletMarginWithDistanceLoss",
        {"distance_function": lambda a, b: (a - b).abs().sum(-1), "reduction": "none"},
        lambda: (normal(3, 4), normal(3, 4), normal(3, 4)),
    ),
    ("MultiMarginLoss", {"p": 2, "margin": 0.5}, lambda: (normal(4, 3), X.integers(0, 3, 4))),
    ("MultiLabelMarginLoss", {}, lambda: (normal(2, 3), np.array([[1, -1, 0], [2, 0, -1]]))),
    ("MultiLabelSoftMarginLoss", {}, lambda: (normal(2, 3), X.choice([0.0, 1.0], (2, 3)))),
    ("SoftMarginLoss", {"reduction": "sum"}, lambda: (normal(2, 3), X.choice([-1.0, 1.0], (2, 3)))),
    ("MSELoss", {"size_average": False}, lambda: (normal(3, 4), normal(3, 4))),
    ("NLLLoss", {"reduce": False}, lambda: (normal(5, 3), X.integers(0, 3, 5))),
]


@pytest.mark.filterwarnings("ignore:size_average and reduce", "ignore:`NLLLoss2d`")  # torch's too
@pytest.mark.parametrize("case", LOSSES, ids=lambda c: f"{c[0]}{c[1]}".split(" at ")[0])
def test_loss_equals_torch(case: tuple) -> None:
    name, kwargs, data = case
    x, *others = data()
    ours, theirs = light.tensor(x), torch.tensor(x, requires_grad=True)
    value = getattr(nn, name)(**kwargs)(ours, *map(light.tensor, others))
    expected = getattr(torch.nn, name)(**kwargs)(theirs, *map(torch.tensor, others))
    close(value, expected)
    value.sum().backward()
    expected.sum().backward()
    close(ours.grad, theirs.grad)


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "BCEWithLogitsLoss"])
def test_weighted_loss_equals_torch(name: str) -> None:
    weight, x = np.array([0.5, 1.0, 2.0]), normal(4, 3)
    target = X.uniform(0, 1, (4, 3)) if name[0] == "B" else X.integers(0, 3, 4)
    mine = getattr(nn, name)(weight=light.tensor(weight))
    theirs = getattr(torch.nn, name)(weight=torch.tensor(weight))
    expected = theirs(torch.tensor(x), torch.tensor(target))
    close(mine(light.tensor(x), light.tensor(target)), expected)
    assert list(mine.state_dict()) == ["weight"] and list(mine.parameters()) == []


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.Linear(2.5, 1), ShapeError, "Linear: in_features must be a non-negative int"),
        (lambda: nn.Bilinear(2, 2, -1), ShapeError, "Bilinear: out_features must be"),
        (lambda: nn.Conv2d(-1, 1, 3), ShapeError, "Conv2d: in_channels must be"),
        (lambda: nn.BatchNorm1d(-1), ShapeError, "BatchNorm1d: num_features must be"),
        (lambda: nn.GroupNorm(1, -1), ShapeError, "GroupNorm: num_channels must be"),
        (lambda: nn.Dropout(2), ArgumentError, r"Dropout: the probability must be in \[0, 1\]"),
        (lambda: nn.Dropout("x"), DtypeError, "Dropout: the probability must be a number"),
        (lambda: nn.PReLU(-1), ShapeError, "PReLU: num_parameters must be"),
        (lambda: nn.LayerNorm((2, -1)), ShapeError, "LayerNorm: normalized_shape must be"),
        (lambda: nn.Linear(2, 1, dtype="int64"), DtypeError, "floating dtype, not int64"),
        (lambda: nn.Conv2d(1, 1), ArgumentError, "Conv2d: kernel_size is missing"),
        (lambda: nn.Conv2d(1, 1, 3, kernelsize=3), TypeError, "kernel_size= or kernelsize="),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), ShapeError, "in_channels 3 and out_channels 4"),
        (lambda: nn.Conv2d(1, 1, (3, 3, 3)), ShapeError, "kernel_size must be an int or 2 ints"),
        (lambda: nn.Conv2d(1, 1, 3, stride=0), ShapeError, "must be at least 1"),
        (lambda: nn.Conv2d(1, 1, 3, padding=-1), ShapeError, "must not be negative"),
        (lambda: nn.Conv2d(1, 1, 3, padding="some"), ArgumentError, "or 'valid', not 'some'"),
        (lambda: nn.Conv1d(1, 1, 3, 2, "same"), ShapeError, "padding='same' needs stride 1"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="some"), ArgumentError, "one of 'zeros', 'refl"),
        (lambda: nn.GroupNorm(2, 3), ShapeError, "num_channels 3 must be divisible"),
        (lambda: nn.Embedding(3, 2, padding_idx=3), ShapeError, "padding_idx 3 is out of range"),
        (lambda: nn.MSELoss(reduction="avg"), ArgumentError, "one of mean, sum, none, not 'avg'"),
        (lambda: nn.BatchNorm2d(3)(light.ones(2, 3)), ShapeError, "expected a 4-d input"),
        (lambda: nn.Linear(3, 2)(light.ones(2, 4)), ShapeError, r"\(2, 4\)"),
        (lambda: nn.Conv2d(3, 2, 3)(light.ones(1, 2, 5, 5)), ShapeError, r"\(1, 2, 5, 5\)"),
        (lambda: nn.RMSNorm(3)(light.ones(2, 4)), ShapeError, r"normalized_shape \(3,\)"),
    ],
)
def test_errors(make, error, text: str) -> None:
    with pytest.raises(error, match=text) as info:
        make()
    assert isinstance(info.value, light.errors.LightgradError)
