"""Module: registration, traversal, state, movement, hooks, copies, errors."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.errors import DtypeError, ModuleError, StateDictError
from tests.backends import NAMES, backend
from tests.nn.nets import Net, names


def test_what_an_attribute_becomes() -> None:
    net = Net()
    assert names(net.named_parameters()) == ["scale", "inner.weight", "inner.bias"]
    assert names(net.named_buffers()) == ["offset"]
    assert names(net.named_children()) == ["inner"]
    assert names(net.named_modules()) == ["", "inner"]
    assert list(net.state_dict()) == ["scale", "offset", "inner.weight", "inner.bias"]
    net.product = net.scale * 2  # recorded: stays plain
    net.count = light.arange(3)
    net.cache = None
    net.cache = light.zeros(2, requires_grad=False)  # the name was plain before
    assert names(net.named_buffers()) == ["offset", "count"]
    assert names(net.named_parameters(recurse=False)) == ["scale"]
    assert names(net.named_parameters("net")) == ["net.scale", "net.inner.weight", "net.inner.bias"]


def test_parameters_get_the_name_of_their_attribute() -> None:
    net = Net()
    assert net.scale.name == "scale"
    net.named = light.tensor(1.0, name="mine")
    assert net.named.name == "mine"


def test_parameter_function() -> None:
    t = light.ones(2)
    assert nn.Parameter(t) is t
    frozen = nn.Parameter(np.ones(2, np.float32), requires_grad=False)
    module = nn.Module()
    module.w = frozen
    assert names(module.named_parameters()) == ["w"]
    assert not module.w.requires_grad
    module.v = nn.Parameter(light.zeros(2, requires_grad=False))
    assert module.v.requires_grad and names(module.named_parameters()) == ["w", "v"]
    product = nn.Parameter(t * 3)
    assert product.is_leaf and product.tolist() == [3.0, 3.0]


def test_none_delete_and_replace() -> None:
    net = Net()
    net.inner.bias = None
    assert names(net.named_parameters()) == ["scale", "inner.weight"]
    assert list(net.inner.state_dict()) == ["weight"]
    net.inner.bias = light.ones(2)
    assert names(net.named_parameters()) == ["scale", "inner.weight", "inner.bias"]
    del net.scale
    assert not hasattr(net, "scale")
    assert names(net.named_parameters()) == ["inner.weight", "inner.bias"]
    net.inner = nn.Identity()
    assert list(net.parameters()) == []
    net.inner = None
    assert list(net.children()) == []
    net.register_parameter("late", None)
    assert net.late is None
    net.late = light.ones(1)
    assert names(net.named_parameters()) == ["late"]


def test_buffers() -> None:
    module = nn.Module()
    module.register_buffer("mean", light.zeros(2))
    module.register_buffer("scratch", light.ones(2), persistent=False)
    module.register_buffer("empty", None)
    assert not module.mean.requires_grad
    assert list(module.state_dict()) == ["mean"]
    assert names(module.named_buffers()) == ["mean", "scratch"]
    module.mean = light.ones(2)  # an existing buffer stays one
    assert not module.mean.requires_grad and list(module.parameters()) == []
    module.mean = nn.Parameter(light.ones(2))  # unless it is said to be a parameter
    assert names(module.named_parameters()) == ["mean"]


def test_shared_tensors_and_modules_appear_once() -> None:
    net = nn.Module()
    net.a, net.b = nn.Linear(2, 2), nn.Linear(2, 2)
    net.b.weight = net.a.weight
    net.c = net.a
    assert names(net.named_parameters()) == ["a.weight", "a.bias", "b.bias"]
    assert names(net.named_modules()) == ["", "a", "b"]
    assert len(list(net.children())) == 2
    assert len(list(net.named_parameters(remove_duplicate=False))) == 6
    assert list(net.state_dict())[-2:] == ["c.weight", "c.bias"]


def test_lookup_by_dotted_name() -> None:
    net = nn.Sequential(nn.Sequential(nn.Linear(2, 3)), nn.BatchNorm1d(3))
    assert net.get_submodule("") is net
    assert net.get_submodule("0.0").out_features == 3
    assert net.get_parameter("0.0.bias") is net[0][0].bias
    assert net.get_buffer("1.running_var").tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ModuleError, match=r"'0\.1': 0 has no module '1'; it has 0"):
        net.get_submodule("0.1")
    with pytest.raises(ModuleError, match=r"0\.0 has no parameter 'w'; it has weight, bias"):
        net.get_parameter("0.0.w")


def test_train_eval_apply_freeze_zero_grad() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    assert net.eval() is net
    assert [m.training for m in net.modules()] == [False] * 3
    net.train()
    assert net[1].training is True
    seen: list[str] = []
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen == ["Linear", "Dropout", "Sequential"]
    net(light.ones(1, 2)).sum().backward()
    assert net[0].bias.grad is not None
    net.zero_grad(set_to_none=False)
    assert net[0].bias.grad.tolist() == [0.0, 0.0]
    net.zero_grad()
    assert net[0].bias.grad is None
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    assert names(net.named_parameters()) == ["0.weight", "0.bias"]
    assert all(p.requires_grad for p in net.requires_grad_().parameters())


# ----------------------------------------------------------------- hooks


def test_hooks() -> None:
    f = nn.Identity()
    pre = f.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    post = f.register_forward_hook(lambda module, args, out: out * 10)
    with f.register_forward_hook(lambda module, args, out: None):
        assert f(1) == 20
    pre.remove()
    assert f(1) == 10
    post.remove()
    post.remove()
    assert f(1) == 1
    with pytest.raises(DtypeError, match="hook must be callable, not 3"):
        f.register_forward_hook(3)


# ----------------------------------------------------------------- copies


@pytest.mark.parametrize("how", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_independent_and_keep_sharing(how) -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 2))
    net[2].weight = net[0].weight
    net.eval()
    x = light.randn(3, 2, requires_grad=False)
    twin = how(net)
    np.testing.assert_array_equal(twin(x).numpy(), net(x).numpy())
    assert twin[2].weight is twin[0].weight and twin[0].weight is not net[0].weight
    assert twin[0].weight.requires_grad and not twin[1].running_mean.requires_grad
    assert not twin[1].training
    before = net[0].weight.numpy()
    twin.load_parameters({"0.weight": np.zeros((2, 2))})
    np.testing.assert_array_equal(net[0].weight.numpy(), before)
    twin.new = light.ones(1)  # the copy still registers
    assert names(twin.named_parameters())[0] == "new"


@pytest.mark.parametrize("device", NAMES)
def test_copies_have_no_gradients_yet(device: str) -> None:
    backend(device)
    net = nn.Sequential(nn.Linear(3, 1), nn.BatchNorm1d(1), nn.Linear(1, 1)).to(device)
    net[2].bias = net[0].bias
    net[2].weight.requires_grad_(False)
    x = light.tensor([[1.0, 2, 3], [4, 5, 7]], requires_grad=False, device=device)
    net[0](x).sum().backward()
    twin, other = copy.deepcopy([net, net[0]])
    assert other is twin[0] and twin[2].bias is twin[0].bias
    assert all(p.grad is None for p in twin.parameters())
    assert not twin[2].weight.requires_grad
    for layer in (net[0], other):
        layer(x).sum().backward()
    assert (net[0].weight.grad.tolist(), other.weight.grad.tolist()) == (
        [[10, 14, 20]],
        [[5, 7, 10]],
    )
    assert (net[0].bias.grad.tolist(), twin[2].bias.grad.tolist()) == ([4], [2])


def test_copies_of_modules_with_a_state_of_their_own() -> None:
    class Counted(nn.Module):
        __slots__ = ("count",)

        def __init__(self):
            super().__init__()
            self.w = light.ones(1)
            self.count = 3

    class Rebuilt(nn.Linear):
        def __getstate__(self):
            return {**self.__dict__, "kept": True}

        def __setstate__(self, state):
            self.__dict__.update(state)

    counted, rebuilt = copy.deepcopy(Counted()), copy.deepcopy(Rebuilt(2, 1))
    assert counted.count == 3 and counted.w.tolist() == [1]
    assert rebuilt.kept and len(list(rebuilt.parameters())) == 2


def test_a_module_dies_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        net(light.ones(1, 2)).sum().backward()
        dead = weakref.ref(net[0].weight)
        del net
        assert dead() is None
    finally:
        gc.enable()


# ----------------------------------------------------------------- repr and errors


def test_repr() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU()))
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): ReLU()\n"
        "  )\n"
        ")"
    )
    assert repr(nn.Module()) == "Module()"


class Forgetful(nn.Module):
    def __init__(self) -> None:
        self.size = 3
        self.weight = light.ones(3)


class Careless(nn.Module):
    def __init__(self) -> None:
        pass


def test_forgotten_init() -> None:
    with pytest.raises(ModuleError, match=r"Forgetful: call super\(\).__init__\(\) at the"):
        Forgetful()
    for use in (lambda f: f(1), lambda f: f.train(), lambda f: list(f.parameters())):
        with pytest.raises(ModuleError, match=r"Careless: call super\(\).__init__\(\)"):
            use(Careless())
    assert repr(Careless()) == "Careless(not initialised)"


def test_errors() -> None:
    net = Net()
    with pytest.raises(ModuleError, match="Net has no attribute 'scal'; did you mean 'scale'"):
        getattr(net, "scal")  # noqa: B009
    assert not hasattr(net, "nothing")
    with pytest.raises(ModuleError, match="Module has no forward"):
        nn.Module()(1)
    with pytest.raises(ModuleError, match="'scale' is a parameter and cannot become a int"):
        net.scale = 3
    with pytest.raises(ModuleError, match=r"wrap the tensor in nn.Parameter\(\)"):
        net.scale = net.scale.detach()
    with pytest.raises(ModuleError, match="'inner' is a module and cannot become a float"):
        net.inner = 1.0
    with pytest.raises(ModuleError, match=r"'a\.b' cannot be the name of a parameter"):
        net.register_parameter("a.b", light.ones(1))
    with pytest.raises(ModuleError, match="'train' cannot be the name of a buffer"):
        net.register_buffer("train", light.ones(1))
    with pytest.raises(ModuleError, match="must be a leaf"):
        net.register_parameter("c", net.scale * 2)
    with pytest.raises(DtypeError, match="the buffer 'b' must be a tensor or None, not list"):
        net.register_buffer("b", [1])
    with pytest.raises(DtypeError, match="the parameter 'b' must be a tensor or None, not ndarray"):
        net.register_parameter("b", np.ones(1))
    with pytest.raises(ModuleError, match="the child 'b' must be a module, not int"):
        net.add_module("b", 3)
    with pytest.raises(ModuleError, match="'parent' contains this module"):
        net.inner.parent = net
    assert names(net.named_parameters()) == ["scale", "inner.weight", "inner.bias"]


def test_properties_and_class_attributes_still_work() -> None:
    class WithProperty(nn.Module):
        activation = nn.ReLU()
        bias = None

        @property
        def weight(self):
            return self.hidden

        @weight.setter
        def weight(self, value):
            self.hidden = value

    module = WithProperty()
    module.weight = light.ones(2)
    module.activation = nn.Tanh()
    module.bias = light.ones(1)
    assert names(module.named_parameters()) == ["hidden", "bias"]
    assert names(module.named_children()) == ["activation"]


@pytest.mark.parametrize("given", [np.ones((2, 3), np.float32), [[1.0, 2.0, 3.0]]])
def test_an_argument_that_is_no_tensor(given: object) -> None:
    text = f"Linear: its input must be a tensor, not {type(given).__name__}"
    with pytest.raises(DtypeError, match=text):
        nn.Linear(3, 2)(given)


def test_what_is_no_dict_is_not_loaded() -> None:
    module = nn.Linear(2, 1)
    before = module.weight.tolist()
    for load in (module.load_state_dict, module.load_parameters):
        with pytest.raises(StateDictError, match=r"load_\w+: expected a dict of tensors, not None"):
            load(None)
    assert module.weight.tolist() == before


def test_attributes_of_common_names_do_no_harm() -> None:
    """A program may call its own attributes what it likes."""
    module = nn.Linear(2, 1)
    for name in ("own", "kind", "register", "tensors", "state", "saved", "hook", "take"):
        setattr(module, f"_{name}", 3)
    module.register_forward_hook(lambda *args: None)
    module.late = nn.ReLU()
    assert list(module.state_dict()) == ["weight", "bias"] and "ReLU" in repr(module)
    module.load_state_dict(module.state_dict())
    copy.deepcopy(module).double()(light.ones(1, 2, dtype="float64"))
