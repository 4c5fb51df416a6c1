"""Modules of lightgrad.torch beside PyTorch's: the same seed gives the same values and results."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.torch as mine
from tests.nn import test_layers, test_torch_layers
from tests.nn.test_layers import label

SKIPPED = ("AvgPool1d",)  # torch shows tuples of one
OTHERS = [
    ("Bilinear", (3, 4, 2), {}, ((2, 3), (2, 4))),
    ("LSTM", (3, 4), {"num_layers": 2, "dropout": 0.5, "bidirectional": True}, (5, 2, 3)),
    ("LSTM", (3, 4), {"proj_size": 2, "batch_first": True}, (5, 2, 3)),
    ("GRU", (3, 4), {"num_layers": 2}, (5, 2, 3)),
    ("RNN", (3, 4), {"nonlinearity": "relu"}, (5, 2, 3)),
    ("LSTMCell", (3, 4), {}, (2, 3)),
    ("MultiheadAttention", (8, 2), {"dropout": 0.3, "add_bias_kv": True}, ((4, 2, 8),) * 3),
    ("MultiheadAttention", (8, 2), {"kdim": 3, "vdim": 5}, ((4, 2, 8), (6, 2, 3), (6, 2, 5))),
    ("TransformerEncoderLayer", (8, 2, 16), {"batch_first": True}, (3, 5, 8)),
    ("TransformerDecoderLayer", (8, 2, 16, 0.3, "gelu"), {}, ((5, 3, 8), (4, 3, 8))),
    ("Transformer", (8, 2, 2, 1, 16), {}, ((5, 3, 8), (4, 3, 8))),
    ("Dropout", (0.4,), {}, (5, 6)),
    ("Dropout1d", (0.4,), {}, (5, 6, 2)),
    ("Dropout2d", (0.4,), {}, (5, 6, 2, 2)),
    ("Dropout3d", (0.4,), {}, (5, 6, 2, 2, 2)),
    ("AlphaDropout", (0.4,), {}, (5, 6)),
    ("FeatureAlphaDropout", (0.4,), {}, (5, 6, 2)),
    ("RReLU", (), {}, (5, 6)),
]
LAYERS = [*test_layers.LAYERS, *test_torch_layers.LAYERS, *OTHERS]


def flat(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [x for v in value for x in flat(v)]
    return [] if value is None else [value.detach().numpy()]


@pytest.mark.filterwarnings("ignore")  # torch's
@pytest.mark.parametrize("case", LAYERS, ids=label)
def test_a_seed_gives_torchs_module(case: tuple) -> None:
    name, args, kwargs, shapes = case
    given = [np.float32(x) for x in test_torch_layers.inputs_of(name, shapes)]
    results = []
    for lib in (mine, torch):
        lib.manual_seed(5)
        module = getattr(lib.nn, name)(*args, **kwargs)
        x = [lib.tensor(a, requires_grad=True) for a in given]
        made = flat([*module.state_dict().values()])
        out = flat(module(*(t * 1 for t in x)))
        shown = repr(module) if name not in SKIPPED else ""
        kinds = [isinstance(p, lib.nn.Parameter) for p in module.parameters()]
        results.append((shown, list(module.state_dict()), kinds, made + out))
    (a, b, c, ours), (p, q, r, theirs) = results
    assert (a, b, c) == (p, q, r)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x, y, rtol=2e-4, atol=2e-6)


def test_a_deep_copy_has_parameters_of_its_own() -> None:
    first = mine.nn.Sequential(mine.nn.Linear(2, 2))
    first(mine.ones(1, 2)).sum().backward()
    second = copy.deepcopy(first)
    assert isinstance(second[0].weight, mine.nn.Parameter) and second[0].weight.grad is None
    with mine.no_grad():
        first[0].weight.zero_()
    assert second[0].weight.abs().sum() > 0


@pytest.mark.filterwarnings("ignore")  # torch's
@pytest.mark.parametrize("path", ["weight_norm", "spectral_norm"])
@pytest.mark.parametrize("new", [False, True])
def test_forms_of_weights_begin_as_torchs(path: str, new: bool) -> None:
    results = []
    for lib in (mine, torch):
        lib.manual_seed(2)
        utils = lib.nn.utils.parametrizations if new else lib.nn.utils
        module = getattr(utils, path)(lib.nn.Conv2d(3, 4, 2))
        out = module(lib.ones(1, 3, 4, 4))
        kinds = [isinstance(p, lib.nn.Parameter) for p in module.parameters()]
        results.append((repr(module), kinds, flat([*module.state_dict().values(), out])))
    assert results[0][:2] == results[1][:2]
    for x, y in zip(results[0][2], results[1][2], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)


def test_names_of_torchs_files() -> None:
    modules = mine.nn.modules
    assert modules.conv._ConvNd in mine.nn.Conv2d.__mro__ and modules.utils._pair(3) == (3, 3)
    assert modules.batchnorm._BatchNorm in mine.nn.BatchNorm2d.__mro__
    assert (
        modules.linear.NonDynamicallyQuantizableLinear
        in type(mine.nn.MultiheadAttention(4, 2).out_proj).__mro__
    )
    assert mine.nn.utils.spectral_norm(mine.nn.Linear(2, 2)).weight_u.shape == (2,)
    assert callable(modules.module.register_module_forward_hook)
    assert mine.nn.Transformer.generate_square_subsequent_mask(2).tolist()[0][1] == -np.inf
    assert isinstance(mine.nn.Transformer.generate_square_subsequent_mask(2), mine.Tensor)
    net = mine.nn.DataParallel(mine.nn.Linear(2, 2))
    state = dict(net.state_dict())
    modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(state) == ["weight", "bias"]
    module = mine.nn.ParameterList([mine.ones(2)])
    module.append(mine.ones(3))
    assert all(isinstance(p, mine.nn.Parameter) for p in module)


LAZY = [
    ("LazyLinear", (3,), {}, (2, 4)),
    ("LazyLinear", (3, False), {}, (4,)),
    ("LazyConv1d", (3, 2), {}, (2, 4, 5)),
    ("LazyConv2d", (3, 2), {"padding": 1, "groups": 1}, (2, 4, 5, 5)),
    ("LazyConv3d", (3, 2), {"bias": False}, (4, 5, 5, 5)),
    ("LazyConvTranspose1d", (3, 2), {"stride": 2}, (2, 4, 5)),
    ("LazyConvTranspose2d", (3, 2), {}, (2, 4, 5, 5)),
    ("LazyConvTranspose3d", (3, 2), {}, (2, 4, 5, 5, 5)),
    ("LazyBatchNorm1d", (), {}, (5, 4)),
    ("LazyBatchNorm2d", (), {"eps": 1e-3}, (5, 4, 3, 3)),
    ("LazyBatchNorm3d", (), {"affine": False}, (5, 4, 3, 3, 2)),
    ("LazyInstanceNorm1d", (), {}, (5, 4, 3)),
    ("LazyInstanceNorm2d", (), {"affine": False}, (5, 4, 3, 3)),
    ("LazyInstanceNorm3d", (), {}, (5, 4, 3, 3, 2)),
]


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")  # torch's
@pytest.mark.parametrize("case", LAZY, ids=label)
def test_lazy_modules(case: tuple) -> None:
    name, args, kwargs, shape = case
    a, results = np.float32(test_layers.normal(*shape)), []
    for lib in (mine, torch):
        lib.manual_seed(5)
        module = lib.nn.Sequential(getattr(lib.nn, name)(*args, **kwargs)).eval()
        shown = repr(module), list(module.state_dict()), [n for n, _ in module.named_parameters()]
        given, seen = [*module.parameters()], []
        module[0].register_forward_hook(lambda m, x, y, seen=seen: seen.append(type(m).__name__))
        optimizer = lib.optim.SGD(given, lr=0.1) if given else None
        out = module(lib.tensor(a))
        if optimizer is not None:
            out.sum().backward()
            optimizer.step()
        same = [x is y for x, y in zip(module.parameters(), given, strict=True)]
        values = flat([out, *module.state_dict().values()])
        kinds = [isinstance(p, lib.nn.Parameter) for p in module.parameters()]
        exact = type(module[0]) is getattr(lib.nn, name.removeprefix("Lazy"))
        results.append(((shown, repr(module), same, kinds, exact, module.training, seen), values))
    assert results[0][0] == results[1][0]
    for x, y in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)


def test_lazy_modules_of_lightgrad() -> None:
    layer = light.nn.LazyLinear(2)
    optimizer = light.optim.SGD(layer.parameters(), lr=0.1)
    layer(light.ones(1, 3)).sum().backward()
    with pytest.raises(light.errors.OptimizerError):
        optimizer.step()
    with pytest.raises(light.errors.ShapeError, match="has no such axis"):
        light.nn.LazyConv2d(2, 1)(light.ones(2, 3))
