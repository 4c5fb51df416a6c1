"""Weights in other forms, and parameters as vectors, against torch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.utils.prune

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import ArgumentError, DtypeError, ModuleError, ShapeError
from lightgrad.nn.utils import parametrize
from tests.nn.test_layers import close, normal

pytestmark = pytest.mark.filterwarnings("ignore:`?torch.nn.utils.weight_norm`? is deprecated")
torch_parametrize = torch.nn.utils.parametrize

LAYERS = [
    ("Linear", (3, 4), (2, 3)),
    ("Conv2d", (2, 3, 2), (1, 2, 4, 4)),
    ("ConvTranspose1d", (2, 3, 2), (1, 2, 4)),
]
FORMS = [
    ("weight_norm", {}),
    ("weight_norm", {"dim": None}),
    ("weight_norm", {"dim": 1}),
    ("spectral_norm", {}),
    ("spectral_norm", {"n_power_iterations": 3, "dim": 1}),
    ("parametrizations.weight_norm", {}),
    ("parametrizations.weight_norm", {"dim": 1}),
    ("parametrizations.spectral_norm", {}),
    ("parametrizations.spectral_norm", {"n_power_iterations": 2, "dim": 1}),
]


def form(lib: Any, path: str) -> Any:
    found = lib.nn.utils
    for name in path.split("."):
        found = getattr(found, name)
    return found


def step(lib: Any, module: Any, x: np.ndarray) -> list[Any]:
    given = lib.tensor(x, requires_grad=True)
    y = module(given)
    (y * y).sum().backward()
    return [y, given.grad, *(p.grad for p in module.parameters())]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer[0])
@pytest.mark.parametrize(("path", "how"), FORMS, ids=str)
def test_forms_of_weights(path: str, how: dict, layer: tuple) -> None:
    name, args, shape = layer
    modules = []
    for lib in (light, torch):
        modules.append(form(lib, path)(getattr(lib.nn, name)(*args).double(), **how))
    mine, theirs = modules
    state = theirs.state_dict()
    assert list(mine.state_dict()) == list(state) and repr(mine) == repr(theirs)
    assert [k for k, _ in mine.named_parameters()] == [k for k, _ in theirs.named_parameters()]
    mine.load_state_dict({k: v.numpy() for k, v in state.items()})
    x = normal(*shape)
    for _ in range(2):
        for a, b in zip(step(light, mine, x), step(torch, theirs, x), strict=True):
            close(a, b, 1e-8)
        mine.eval(), theirs.eval()
    for key, value in theirs.state_dict().items():
        close(mine.state_dict()[key], value)
    back = {k: torch.tensor(v.numpy()) for k, v in mine.state_dict().items()}
    theirs.load_state_dict(back)


@pytest.mark.parametrize("path", ["weight_norm", "spectral_norm"])
def test_forms_are_removed(path: str) -> None:
    module = form(light, path)(nn.Linear(3, 2))
    with pytest.raises(ModuleError, match="has this form already"):
        form(light, path)(module)
    x = light.ones(1, 3)
    before = module.eval()(x).numpy()
    assert list(form(light, f"remove_{path}")(module).state_dict()) == ["bias", "weight"]
    np.testing.assert_allclose(module(x).numpy(), before, rtol=1e-5)
    assert module.weight.requires_grad and not module._forward_pre_hooks
    with pytest.raises(ModuleError, match="'weight' has no such form"):
        form(light, f"remove_{path}")(module)


def test_the_new_form_loads_what_the_old_one_saved() -> None:
    old, new = nn.utils.weight_norm(nn.Linear(3, 2)), form(light, FORMS[5][0])(nn.Linear(3, 2))
    new.load_state_dict(old.state_dict())
    np.testing.assert_allclose(new.weight.numpy(), old.weight.numpy(), rtol=1e-6)


def symmetric(lib: Any) -> Any:
    class Symmetric(lib.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        def right_inverse(self, x):
            return x.triu()

    return Symmetric()


def test_parametrizations() -> None:
    def program(lib: Any, tools: Any) -> list[Any]:
        layer = lib.nn.Linear(3, 3).double()
        tools.register_parametrization(layer, "weight", symmetric(lib))
        with lib.no_grad():
            layer.weight = lib.tensor(np.arange(9.0).reshape(3, 3))
        kinds = [type(layer).__name__, tools.type_before_parametrizations(layer).__name__]
        seen = [kinds, list(layer.state_dict()), tools.is_parametrized(layer, "bias")]
        seen += [
            layer.weight.tolist(),
            layer.parametrizations.weight.original.tolist(),
            repr(layer),
        ]
        with tools.cached():
            seen.append(layer.weight is layer.weight)
        layer(lib.ones(1, 3, dtype=lib.float64)).sum().backward()
        seen.append(layer.parametrizations.weight.original.grad.tolist())
        twin = copy.deepcopy(layer)
        seen.append(twin.weight.tolist())
        tools.remove_parametrizations(twin, "weight")
        seen += [repr(twin), list(twin.state_dict()), tools.is_parametrized(twin)]
        other = tools.register_parametrization(lib.nn.Linear(2, 2), "weight", symmetric(lib))
        other.weight = lib.ones(2, 2)
        tools.remove_parametrizations(other, "weight", leave_parametrized=False)
        return [*seen, other.weight.tolist(), twin.weight.requires_grad]

    assert program(light, parametrize) == program(torch, torch_parametrize)
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", symmetric(light))
    twin = copy.deepcopy(layer)
    parametrize.remove_parametrizations(twin, "weight")
    assert layer.weight.shape == (2, 2)


def test_mistakes_in_parametrizations() -> None:
    class Flat(nn.Module):
        def forward(self, x):
            return x.reshape(-1)

    with pytest.raises(ShapeError, match="pass unsafe=True"):
        parametrize.register_parametrization(nn.Linear(2, 2), "weight", Flat())
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Flat(), unsafe=True)
    assert layer.weight.shape == (4,)
    with pytest.raises(ModuleError, match="has no parameter or buffer 'x'"):
        parametrize.register_parametrization(nn.Linear(2, 2), "x", Flat())
    with pytest.raises(ModuleError, match="'weight' is not parametrized"):
        parametrize.remove_parametrizations(nn.Linear(2, 2), "weight")


def test_old_forms_are_pickled() -> None:
    module = nn.utils.spectral_norm(nn.Linear(3, 2))
    twin = pickle.loads(pickle.dumps(module))
    assert list(twin.state_dict()) == list(module.state_dict())


def test_vectors_of_parameters() -> None:
    layer, theirs = nn.Linear(2, 3), torch.nn.Linear(2, 3)
    vector = np.arange(9, dtype=np.float32)
    nn.utils.vector_to_parameters(light.tensor(vector), layer.parameters())
    torch.nn.utils.vector_to_parameters(torch.tensor(vector), theirs.parameters())
    for a, b in zip(layer.parameters(), theirs.parameters(), strict=True):
        close(a, b)
    flat = nn.utils.parameters_to_vector(layer.parameters())
    flat.sum().backward()
    assert flat.tolist() == vector.tolist() and layer.bias.grad.tolist() == [1.0] * 3
    with pytest.raises(ShapeError, match="a vector of 2 values for parameters of 9"):
        nn.utils.vector_to_parameters(light.ones(2), layer.parameters())
    with pytest.raises(ArgumentError, match="there are no parameters"):
        nn.utils.parameters_to_vector([])
    with pytest.raises(DtypeError, match="needs a tensor"):
        nn.utils.vector_to_parameters(3, [])
    with pytest.warns(FutureWarning, match="use clip_grad_norm_"):
        nn.utils.clip_grad_norm(layer.parameters(), 1.0)
    assert nn.utils.skip_init(nn.Linear, 2, 3).weight.shape == (3, 2)


def masks(module: Any) -> list[Any]:
    return [v.tolist() for k, v in module.state_dict().items() if k.endswith("mask")]


def test_pruning() -> None:
    weights = [normal(4, 5), normal(3, 4)]

    def program(lib: Any, tensor: Any) -> list[Any]:
        prune = lib.nn.utils.prune
        a, b = lib.nn.Linear(5, 4).double(), lib.nn.Linear(4, 3).double()
        with lib.no_grad():
            a.weight.copy_(tensor(weights[0])), b.weight.copy_(tensor(weights[1]))
            a.bias.fill_(0.5), b.bias.fill_(0.25)
        seen = [prune.is_pruned(a)]
        prune.l1_unstructured(a, "weight", 0.3)
        prune.l1_unstructured(a, "weight", 3)
        prune.identity(a, "bias")
        prune.ln_structured(b, "weight", 0.5, n=2, dim=1)
        seen += [masks(a), masks(b), list(a.state_dict()), prune.is_pruned(a)]
        y = b(a(tensor(weights[0][:1])))
        (y * y).sum().backward()
        seen += [[p.grad.numpy().round(9).tolist() for p in a.parameters()]]
        prune.remove(b, "weight")
        seen += [list(b.state_dict()), b.weight.tolist(), b.weight.requires_grad]
        c, d = lib.nn.Linear(5, 4).double(), lib.nn.Linear(4, 3).double()
        with lib.no_grad():
            c.weight.copy_(tensor(weights[0])), d.weight.copy_(tensor(weights[1]))
        pairs = [(c, "weight"), (d, "weight")]
        prune.global_unstructured(pairs, prune.L1Unstructured, amount=0.4)
        return [*seen, masks(c), masks(d)]

    assert program(light, light.tensor) == program(torch, torch.tensor)
    layer = nn.utils.prune.random_unstructured(nn.Linear(10, 10), "weight", 30)
    nn.utils.prune.random_unstructured(layer, "weight", 0.5)
    assert layer.weight_mask.sum().item() == 35
    with pytest.raises(ArgumentError, match="cannot prune 9 of 4 elements"):
        nn.utils.prune.l1_unstructured(nn.Linear(2, 2), "weight", 9)
    with pytest.raises(ModuleError, match="'weight' is not pruned"):
        nn.utils.prune.remove(nn.Linear(2, 2), "weight")


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("transpose", [False, True])
def test_fusion(bias: bool, transpose: bool) -> None:
    made = nn.ConvTranspose2d if transpose else nn.Conv2d
    conv, norm = made(3, 4, 2, bias=bias), nn.BatchNorm2d(4)
    for _ in range(3):
        norm(conv(light.randn(2, 3, 5, 5)))
    norm.weight.data[:] = [1.0, 2.0, -3.0, 0.5]
    conv.eval(), norm.eval()
    x = light.randn(2, 3, 5, 5)
    fused = nn.utils.fuse_conv_bn_eval(conv, norm, transpose)
    np.testing.assert_allclose(fused(x).numpy(), norm(conv(x)).numpy(), rtol=1e-3, atol=1e-5)
    with pytest.raises(ModuleError, match=r"in eval\(\)"):
        nn.utils.fuse_linear_bn_eval(nn.Linear(2, 2), nn.BatchNorm1d(2))
