"""Module: registration, traversal, state, movement, hooks, copies, errors."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
import torch

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.autograd.tensor.succession import is_replaced
from lightgrad.errors import BackwardError, DeviceError, DtypeError, ModuleError, StateDictError
from tests.backends import NAMES, backend


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = light.ones(3)
        self.offset = light.zeros(3, requires_grad=False)
        self.inner = nn.Linear(3, 2)
        self.number = 7

    def forward(self, x):
        return self.inner(x * self.scale + self.offset)


def names(pairs) -> list[str]:
    return [name for name, _ in pairs]


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


# ----------------------------------------------------------------- state


def test_state_dict_round_trip_in_place() -> None:
    a, b = Net(), Net()
    weight, leaf = b.inner.weight, b.inner.weight._edge
    result = b.load_state_dict(a.state_dict())
    assert result == ([], []) and result.missing_keys == []
    assert b.inner.weight is weight and weight._edge is leaf
    np.testing.assert_array_equal(weight.numpy(), a.inner.weight.numpy())
    arrays = {k: np.full(v.shape, 2.0) for k, v in b.state_dict(prefix="").items()}
    b.load_state_dict(arrays)
    assert b.scale.tolist() == [2.0] * 3 and b.scale.dtype == light.float32
    assert next(iter(a.state_dict("net."))) == "net.scale"
    assert a.state_dict()["scale"].requires_grad is False
    assert a.state_dict(keep_vars=True)["scale"] is a.scale


def test_a_state_dict_of_torch_loads_as_it_is() -> None:
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    mine = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    theirs[1].num_batches_tracked += 5
    mine.load_state_dict(theirs.state_dict())
    for key, value in theirs.state_dict().items():
        np.testing.assert_array_equal(mine.state_dict()[key].numpy(), value.numpy())


def test_loading_is_noticed_by_backward() -> None:
    net = Net()
    y = (net.scale * net.scale).sum()
    net.load_parameters({"scale": np.zeros(3)})
    with pytest.raises(light.errors.InplaceError, match="changed in place"):
        y.backward()


def test_load_state_dict_names_everything_and_loads_nothing() -> None:
    net = Net()
    before = {k: v.numpy() for k, v in net.state_dict().items()}
    state = {
        "scale": np.full(3, 9.0),
        "offset": np.zeros(4),
        "inner.weight": "text",
        "other": np.zeros(1),
    }
    with pytest.raises(StateDictError) as info:
        net.load_state_dict(state)
    text = str(info.value)
    assert "missing keys: inner.bias" in text
    assert "unexpected keys: other" in text
    assert "offset: shape (4,) does not fit the module's (3,)" in text
    assert "inner.weight: a str is not a tensor or an array" in text
    assert "does not fit Net, and nothing was loaded" in text
    for key, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key])
    with pytest.raises(ValueError, match="shape"):  # not even when not strict
        net.load_state_dict({"scale": np.zeros(1)}, strict=False)
    result = net.load_state_dict({"scale": np.full(3, 9.0), "other": 1}, strict=False)
    assert result.missing_keys == ["offset", "inner.weight", "inner.bias"]
    assert result.unexpected_keys == ["other"]
    assert net.scale.tolist() == [9.0] * 3
    with pytest.raises(StateDictError, match="expected a dict of tensors, not list"):
        net.load_state_dict([1])


def test_load_parameters() -> None:
    net = Net()
    assert net.load_parameters({"inner.bias": light.tensor([1.0, 2.0])}) is net
    assert net.inner.bias.tolist() == [1.0, 2.0] and net.inner.bias.requires_grad
    with pytest.raises(StateDictError) as info:
        net.load_parameters({"inner.bias": np.zeros(2), "inner.biass": np.zeros(2)})
    assert "Net has no parameter inner.biass" in str(info.value)
    assert "It has: scale, offset, inner.weight, inner.bias" in str(info.value)
    with pytest.raises(KeyError, match=r"inner.bias: shape \(3,\)"):
        net.load_parameters({"scale": np.zeros(3), "inner.bias": np.zeros(3)})
    assert net.inner.bias.tolist() == [1.0, 2.0] and net.scale.tolist() == [1.0] * 3


# ----------------------------------------------------------------- moving


def test_map_parameters_replaces_and_retires() -> None:
    net = Net()
    net.tied = net.inner.weight
    old = dict(net.named_parameters())
    assert net.map_parameters(lambda p: p) is net
    assert all(p is old[k] for k, p in net.named_parameters())
    assert not any(is_replaced(p) for p in old.values())
    net.map_parameters(lambda p: p * 2)
    new = dict(net.named_parameters())
    assert list(new) == list(old)
    assert all(p.is_leaf and p.requires_grad and p.name == old[k].name for k, p in new.items())
    assert all(is_replaced(p) for p in old.values())
    assert not any(is_replaced(p) for p in new.values())
    assert net.tied is net.inner.weight
    assert net.scale.tolist() == [2.0] * 3 and not net.offset.requires_grad
    net.map_parameters(lambda p: old.get("scale") if p is new["scale"] else p)
    assert not is_replaced(old["scale"]) and is_replaced(new["scale"])


def test_map_parameters_that_fails_changes_nothing() -> None:
    net = Net()
    old = list(net.parameters())

    def fail(p):
        if p.ndim == 2:
            raise RuntimeError("no")
        return p * 2

    with pytest.raises(RuntimeError, match="no"):
        net.map_parameters(fail)
    with pytest.raises(DtypeError, match=r"must return a tensor, not ndarray \(for 'scale'\)"):
        net.map_parameters(lambda p: p.numpy())
    assert all(a is b for a, b in zip(old, net.parameters(), strict=True))
    assert not any(is_replaced(p) for p in old)


# what happens between forward and backward
MOVES = {
    "double": lambda net: net.double(),
    "float": lambda net: net.float(),  # where nothing changes
    "cpu": lambda net: net.cpu(),
    "twice": lambda net: net.double().cpu().float(),
    "copied": lambda net: net.map_parameters(lambda p: p.copy()),
    "half": lambda net: net.cpu().half(),
}


def twins(cls) -> tuple:
    """The same small network on a device and in torch."""
    ours = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    for p, t in zip(ours.parameters(), theirs.parameters(), strict=True):
        t.data = torch.tensor(p.numpy())
    return ours.to(device=cls), theirs


def close_grads(ours, theirs, rtol: float = 1e-5) -> None:
    for p, t in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert p.grad.dtype == p.dtype and type(p.grad) is type(p)
        np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("inputs", [False, True])
def test_a_module_moved_between_forward_and_backward(every_backend, name, inputs) -> None:
    ours, theirs = twins(every_backend)
    x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    held, rtol = list(ours.parameters()), 1e-2 if name == "half" else 1e-5
    for n in range(2):  # into no gradient, then into one
        y = ours(every_backend.from_numpy(x, requires_grad=False)).square().sum()
        z = theirs(torch.tensor(x)).square().sum()
        z.backward()
        MOVES[name](ours)
        y.backward(inputs=list(ours.parameters()) if inputs else None)
        close_grads(ours, theirs, rtol)
        if n == 0 and not inputs:  # whoever holds the old ones has them as well
            for p, t in zip(held, theirs.parameters(), strict=True):
                np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), 1e-5, 1e-5)
        ours.float().to(device=every_backend)  # takes the gradients along
        close_grads(ours, theirs, rtol)


def test_a_module_moved_between_forward_and_grad(every_backend) -> None:
    ours, theirs = twins(every_backend)
    x = np.ones((1, 3), np.float32)
    y = ours(every_backend.from_numpy(x, requires_grad=False)).sum()
    theirs(torch.tensor(x)).sum().backward()
    ours.double()
    found = light.autograd.grad(y, list(ours.parameters()), retain_graph=True)
    for g, t in zip(found, theirs.parameters(), strict=True):
        assert g.dtype == light.float64
        np.testing.assert_allclose(g.numpy(), t.grad.numpy(), rtol=1e-5)
    y.backward(create_graph=True)
    close_grads(ours, theirs)


def test_hooks_stay_with_a_parameter_that_moves(every_backend) -> None:
    ours, _ = twins(every_backend)
    seen: list[str] = []
    handle = ours[0].bias.register_hook(lambda g: seen.append(g.dtype.name) or g * 0)
    x = every_backend.ones((1, 3), requires_grad=False)
    y = ours(x).sum()
    ours.double()
    y.backward()
    assert ours[0].bias.grad.tolist() == [0.0] * 4
    ours(x.double()).sum().backward()
    assert seen == ["float32", "float64"] and ours[0].bias.grad.tolist() == [0.0] * 4
    handle.remove()
    ours(x.double()).sum().backward()
    assert len(seen) == 2 and ours[0].bias.grad.tolist() != [0.0] * 4


def test_a_parameter_of_another_shape_cannot_take_the_gradient() -> None:
    net = Net()
    y = net(light.ones(1, 3)).sum()
    net.map_parameters(lambda p: p[:1])
    with pytest.raises(BackwardError, match=r"shape \(\d.*holds one of shape \(1.*map_parameters"):
        y.backward()


def test_a_module_that_is_gone_is_no_matter() -> None:
    net = Net()
    scale = net.scale
    y = net(light.ones(1, 3)).sum()
    net.double()
    del net
    y.backward()
    assert scale.grad.shape == (3,)


def test_a_buffer_that_was_computed() -> None:
    net = Net()
    net.offset = net.offset + net.scale  # recorded, and stays a buffer
    assert names(net.named_buffers()) == ["offset"]
    assert not net.state_dict()["offset"].requires_grad
    net.map_parameters(lambda p: p)
    assert not net.offset.is_leaf
    net.double()
    assert net.offset.is_leaf and not net.offset.requires_grad


def test_to() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert net.to("cpu").to(device="cpu") is net
    net.double()
    dtypes = [t.dtype.name for t in net.state_dict().values()]
    assert dtypes == ["float64"] * 6 + ["int64"]
    assert net(light.ones(4, 2, dtype="float64")).dtype == light.float64
    assert net.half()[0].weight.dtype.name == "float16"
    assert net.float()[0].weight.dtype.name == "float32"
    assert net.to(light.ones(1, dtype="float64"))[0].bias.dtype.name == "float64"
    assert net.to("float32")[0].bias.dtype.name == "float32"
    assert net.cpu() is net
    with pytest.raises(DtypeError, match="floating dtypes, not in int64"):
        net.to("int64")
    with pytest.raises(DeviceError, match="no device is called 'nowhere'"):
        net.to("nowhere")


def test_moving_to_another_backend() -> None:
    class Elsewhere(light.CpuTensor):
        __slots__ = ()

        @staticmethod
        def from_numpy(a, requires_grad=True):
            return Elsewhere(np.array(a), requires_grad)

    light.register_backend("other_memory", Elsewhere, overwrite=True)
    net = Net().map_parameters(lambda p: p.other_memory())
    assert {type(t) for t in net.state_dict(keep_vars=True).values()} == {Elsewhere}
    assert all(p.requires_grad for p in net.parameters())
    net.load_state_dict(Net().state_dict())
    assert type(net.scale) is Elsewhere


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
