"""The tensor classes of lightgrad.torch: right on every backend, and what programs expect."""

import copy
import pickle

import numpy as np
import pytest

import lightgrad as light
import lightgrad.torch as torch
from lightgrad.conformance.report import summary
from lightgrad.conformance.runner import run
from lightgrad.torch._core.classes import class_for, find
from lightgrad.torch._core.methods import Methods


@pytest.mark.parametrize("device", ["cpu", "opencl"])
def test_the_kit_passes(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule and kernel, called with these classes: values, views, first and second order."""
    monkeypatch.setattr(Methods, "numpy", lambda self, **_: self._values())  # the kit wants copies
    monkeypatch.delattr(Methods, "as_strided")  # it refuses what the kit hands over
    ops = None if device == "cpu" else "exp,mul,matmul,sum,softmax,getitem,cat,conv2d,max"
    report = run(find(device), 6, None, ops)
    failed = [f for f in report.failures if f.op != "dropout"]  # which takes torch's generators
    assert not failed, summary(report)


def test_a_class_is_a_tensor_and_compares_as_one() -> None:
    x = torch.zeros(2)
    assert isinstance(x, torch.Tensor) and isinstance(x, light.Tensor)
    assert type(x) == torch.Tensor and type(x) in (int, torch.Tensor)  # noqa: E721
    assert {torch.Tensor: 1}[type(x)] == 1
    assert type(x) != int and not isinstance(light.zeros(2), torch.Tensor)  # noqa: E721
    assert issubclass(type(x), torch.Tensor) and type(x).__name__ == "Tensor"
    assert class_for(type(x)) is type(x) and class_for(light.CpuTensor) is type(x)


def test_results_gradients_and_views_are_torch_tensors() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    y = (x * 2).view(3, 2)[0]
    y.sum().backward()
    assert type(y) is type(x) and type(x.grad) is type(x)
    assert x.grad.tolist() == [[2, 2, 0], [0, 0, 0]]


def test_lightgrads_own_tensors_stay_what_they_are() -> None:
    assert type(light.ones(2)) is light.CpuTensor and light.ones(2).requires_grad
    assert isinstance(light.ones(2).dtype, np.dtype) and light.ones(2).device == "cpu"
    assert type(light.nn.Linear(1, 1).weight) is light.CpuTensor
    assert isinstance(torch.nn.Linear(1, 1).weight, torch.Tensor)


def test_memory_is_shared_with_numpy() -> None:
    a = np.zeros(3, np.float32)
    t = torch.from_numpy(a)
    a[0] = 1
    t.numpy()[1] = 2
    t[2] = 3
    assert t.tolist() == [1, 2, 3] == a.tolist()
    with pytest.raises(RuntimeError, match="requires grad"):
        torch.ones(1, requires_grad=True).numpy()
    with pytest.raises(TypeError, match="host memory"):
        torch.ones(1).to("opencl").numpy()


def test_data_shares_memory_and_can_be_replaced() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.data -= 1
    assert w.tolist() == [0, 1] and w.requires_grad and w.is_leaf
    w.data = torch.tensor([5.0, 6.0, 7.0])
    (w * w).sum().backward()
    assert w.grad.tolist() == [10, 12, 14]


def test_data_that_was_saved_and_then_replaced_is_an_error() -> None:
    w = torch.tensor([1.0], requires_grad=True)
    y = (w * w).sum()
    w.data = torch.tensor([3.0])
    with pytest.raises(light.errors.InplaceError):
        y.backward()


@pytest.mark.parametrize("device", ["cpu", "opencl"])
def test_a_parameter_is_a_marked_leaf(device: str) -> None:
    p = torch.nn.Parameter(torch.ones(2, device=device))
    assert isinstance(p, torch.nn.Parameter) and isinstance(p, torch.Tensor)
    assert p.requires_grad and p.is_leaf
    for other in (p * 1, p.detach(), p.data, p.clone()):
        assert not isinstance(other, torch.nn.Parameter)
    for other in (copy.deepcopy(p), copy.copy(p), pickle.loads(pickle.dumps(p))):
        assert isinstance(other, torch.nn.Parameter) and other.requires_grad
        assert other.device == p.device and other.tolist() == [1, 1]


def test_only_parameters_are_registered() -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = torch.nn.Parameter(torch.ones(1))
            self.b = torch.ones(1)
            self.c = torch.ones(1, requires_grad=True)
            self.register_buffer("d", torch.ones(1))

    net = Net()
    assert list(net.state_dict()) == ["a", "d"] and [n for n, _ in net.named_parameters()] == ["a"]
    with pytest.raises(TypeError, match=r"torch\.nn\.Parameter or None expected"):
        net.a = torch.ones(1)
    net.a = None
    assert net.a is None and not list(net.parameters())


def test_a_module_that_moves_keeps_its_tensors() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    weight, before = net[0].weight, net[0].weight.tolist()
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    net.to("opencl")
    assert net[0].weight is weight and weight.device.type == "opencl" and weight.tolist() == before
    net(torch.ones(3, 2, device="opencl")).sum().backward()
    optimizer.step()
    net.double().cpu()
    assert weight.dtype is torch.float64 and weight.grad.dtype is torch.float64
    assert net[1].num_batches_tracked.dtype is torch.int64


def test_library_modules_are_torch_modules() -> None:
    class Mine(torch.nn.Linear):
        pass

    net = Mine(2, 3)
    assert isinstance(net, torch.nn.Linear) and isinstance(net, torch.nn.Module)
    assert isinstance(net, light.nn.Linear) and isinstance(net.weight, torch.nn.Parameter)
    assert isinstance(copy.deepcopy(net).weight, torch.nn.Parameter)
    assert type(pickle.loads(pickle.dumps(torch.nn.ReLU()))) is torch.nn.ReLU


def test_subclasses_of_tensor_stay_themselves() -> None:
    class Plain(torch.Tensor):
        pass

    class Named(torch.Tensor):
        def __new__(cls, data, name):  # type: ignore[no-untyped-def]
            out = super().__new__(cls, data)
            out.label = name
            return out

        def __init__(self, data, name):  # type: ignore[no-untyped-def]
            self.again = name

    x, y = Plain([1, 2]), Named([1, 2], "n")
    assert type(x + 1) is Plain and type(x[0]) is Plain and isinstance(x, torch.Tensor)
    assert (y.label, y.again) == ("n", "n") and type(y * 2) is Named and (y * 2).tolist() == [2, 4]


def test_constructors_take_sizes_or_values() -> None:
    assert torch.Tensor(2, 3).shape == (2, 3) and torch.Tensor(torch.Size([4])).shape == (4,)
    assert torch.Tensor([2, 3]).tolist() == [2, 3] and torch.Tensor().shape == (0,)
    assert torch.LongTensor([2]).dtype is torch.int64 and torch.FloatTensor(2).shape == (2,)
    assert isinstance(torch.ones(1), torch.FloatTensor)
    assert not isinstance(torch.ones(1), torch.LongTensor)
    with pytest.raises(TypeError, match=r"torch\.tensor\(\)"):
        torch.Tensor(2.5)


def test_shape_dtype_and_device_are_torchs() -> None:
    x = torch.zeros(2, 3)
    assert isinstance(x.shape, torch.Size) and isinstance(x.size(), torch.Size)
    assert x.dtype is torch.float32 and isinstance(x.dtype, torch.dtype)
    assert x.device == torch.device("cpu") and x.size(-1) == 3
    assert (x + 1.5).dtype is torch.float32 and (x > 0).dtype is torch.bool
    assert x.to(torch.float64).dtype is torch.float64 and x.to("cpu") is x
    assert x.to(torch.zeros(1, dtype=torch.int64)).dtype is torch.int64
    assert x.to("cpu", torch.float16, copy=True).dtype is torch.float16
    assert x.type() == "torch.FloatTensor" and x.type("torch.DoubleTensor").dtype is torch.float64


def test_factories_need_no_gradients_unless_asked() -> None:
    for t in (torch.ones(1), torch.rand(1), torch.tensor([1.0]), torch.zeros_like(torch.ones(1))):
        assert not t.requires_grad
    assert torch.ones(1, requires_grad=True).requires_grad
    assert torch.tensor([1.0], requires_grad=True).requires_grad


def test_new_tensors_are_like_the_one_that_makes_them() -> None:
    x = torch.zeros(2, dtype=torch.float64)
    for t in (x.new_zeros(2), x.new_ones((2, 1)), x.new_full((1,), 3), x.new_tensor([1]), x.new(2)):
        assert t.dtype is torch.float64 and t.device == x.device
    assert x.new_zeros(2, dtype=torch.int64).dtype is torch.int64


@pytest.mark.parametrize("device", ["cpu", "opencl"])
def test_changes_through_data_are_overlooked_by_the_graph(device: str) -> None:
    """As in PyTorch, whose programs use it where they know better."""
    a = torch.ones(3, requires_grad=True, device=device)
    scratch = torch.zeros(2, 3, device=device)
    scratch.data[0] = 2
    y = (a * scratch[0]).sum()
    scratch.data[1] = 5
    y.backward()
    assert a.grad.tolist() == [2, 2, 2] and scratch.tolist() == [[2] * 3, [5] * 3]
    scratch[0].data.mul_(3)
    assert scratch.tolist() == [[6] * 3, [5] * 3]


def test_an_array_that_is_asked_for_as_a_copy_is_one() -> None:
    t = torch.zeros(2)
    np.array(t)[0] = 5
    assert t.tolist() == [0, 0]
    np.asarray(t)[0] = 5
    assert t.tolist() == [5, 0]


def test_pythons_float_is_the_wide_one_for_programs() -> None:
    x = torch.ones(1)
    for t in (
        *(torch.zeros(1, dtype=float), torch.tensor([1], dtype=float), x.to(float)),
        *(
            torch.zeros_like(x, dtype=float),
            x.new_zeros(1, dtype=float),
            torch.rand(1, dtype=float),
        ),
        torch.as_tensor([1], dtype=float),
    ):
        assert t.dtype is torch.float64
    assert x.to(int).dtype is torch.int64 and x.to(bool).dtype is torch.bool


def test_inference_mode_takes_whether_it_is_one() -> None:
    @torch.inference_mode
    def inside() -> bool:
        return torch.is_grad_enabled()

    assert not inside() and not torch.inference_mode()(torch.is_grad_enabled)()
    with torch.no_grad(), torch.inference_mode(False):
        assert torch.is_grad_enabled()


def test_functional_call_replaces_a_tied_tensor_everywhere() -> None:
    e, o = torch.nn.Embedding(3, 2), torch.nn.Linear(2, 3, bias=False)
    o.weight = e.weight
    net, at = torch.nn.Sequential(e, o), torch.tensor([0])
    new, before = {"0.weight": torch.ones(3, 2)}, net(at).tolist()
    assert torch.func.functional_call(net, new, at).tolist() == [[2, 2, 2]]
    alone = torch.func.functional_call(net, new, at, tie_weights=False)
    assert torch.allclose(alone, e.weight.sum(1)[None])
    assert net(at).tolist() == before and e.weight is o.weight
    with pytest.raises(RuntimeError, match=r"no tensors called \['2.weight'\]"):
        torch.func.functional_call(net, {"2.weight": at}, at)
