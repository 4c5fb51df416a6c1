"""Modules on OpenCL: forward, backward and optimizer steps with the numbers of the CPU."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn
from lightgrad.autograd.devices import fallback
from lightgrad.data import DataLoader, TensorDataset
from lightgrad.errors import DeviceError
from lightgrad.nn import functional as F
from lightgrad.optim import clip_grad_norm_
from tests.backends import backend


@pytest.fixture(autouse=True)
def _device() -> Iterator[None]:
    """Skips without a device; fails if an operation ran on the host."""
    backend("opencl")
    fallback.host_calls.clear()
    yield
    assert not [key for key in fallback.host_calls if key[0].startswith("opencl")]


# ----------------------------------------------------------------- models


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 5), nn.Tanh()
        )

    def forward(self, x: Any, y: Any) -> Any:
        return ((self.layers(x) - y) ** 2).mean()


class Cnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.c2 = nn.Conv2d(4, 6, 3, padding=1)
        self.out = nn.Linear(6 * 3 * 3, 10)

    def forward(self, x: Any, y: Any) -> Any:
        h = F.max_pool2d(self.norm(self.c1(x)), 2).relu()
        h = F.max_pool2d(self.c2(h), 2).relu()
        return F.cross_entropy(self.out(h.reshape(-1, 6 * 3 * 3)), y)


class Lstm(nn.Module):
    """One long short-term memory cell over a sequence."""

    def __init__(self, size: int = 6) -> None:
        super().__init__()
        self.size = size
        self.gates = nn.Linear(4 + size, 4 * size)
        self.out = nn.Linear(size, 1)

    def forward(self, x: Any, y: Any) -> Any:
        h = c = light.zeros(x.shape[0], self.size, device=x.device, requires_grad=False)
        for t in range(x.shape[1]):
            gates = self.gates(light.cat([x[:, t], h], 1))
            i, f, o, g = gates.chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        return ((self.out(h)[:, 0] - y) ** 2).mean()


class Transformer(nn.Module):
    """An embedding, one block of attention and a perceptron, and a classifier."""

    def __init__(self, words: int = 11, size: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.embedding = nn.Embedding(words, size)
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv = nn.Linear(size, 3 * size)
        self.mix = nn.Linear(size, size)
        self.mlp = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size))
        self.out = nn.Linear(size, words)

    def forward(self, tokens: Any, y: Any) -> Any:
        x = self.embedding(tokens)
        n, length, size = x.shape
        parts = self.qkv(self.norm1(x)).reshape(n, length, 3, self.heads, size // self.heads)
        q, k, v = (parts[:, :, i].transpose(1, 2) for i in range(3))
        h = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(h.transpose(1, 2).reshape(n, length, size))
        x = x + self.mlp(self.norm2(x))
        return F.cross_entropy(self.out(x).reshape(-1, self.out.out_features), y.reshape(-1))


def _arrays(rng: Any) -> dict[str, tuple[Callable[[], Any], Any, Any]]:
    def normal(*shape: int) -> Any:
        return rng.standard_normal(shape).astype(np.float32)

    return {
        "mlp": (Mlp, normal(16, 12), normal(16, 5)),
        "cnn": (Cnn, normal(5, 1, 14, 14), rng.integers(0, 10, 5)),
        "lstm": (Lstm, normal(3, 7, 4), normal(3)),
        "transformer": (Transformer, rng.integers(0, 11, (2, 5)), rng.integers(0, 11, (2, 5))),
    }


MODELS = _arrays(np.random.default_rng(0))


def train(name: str, device: str) -> tuple[list[float], dict[str, Any], dict[str, Any]]:
    """Losses, the gradients of the first step, and the state after three steps of Adam."""
    build, x, y = MODELS[name]
    light.manual_seed(1)
    model = build().to(device)
    optimizer = light.optim.Adam(model.parameters(), lr=1e-2, eps=1e-3)
    inputs = [light.tensor(a, device=device, requires_grad=False) for a in (x, y)]
    losses: list[float] = []
    gradients: dict[str, Any] = {}
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(*inputs)
        loss.backward()
        gradients = gradients or {k: p.grad.numpy() for k, p in model.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
    return losses, gradients, {k: v.numpy() for k, v in model.state_dict().items()}


@pytest.mark.parametrize("name", MODELS)
def test_training(name: str) -> None:
    losses, gradients, state = train(name, "opencl")
    expected, their_gradients, their_state = train(name, "cpu")
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for key, g in their_gradients.items():
        np.testing.assert_allclose(gradients[key], g, rtol=1e-3, atol=2e-6, err_msg=key)
    for key, value in their_state.items():
        np.testing.assert_allclose(state[key], value, rtol=1e-3, atol=1e-4, err_msg=key)


@pytest.mark.parametrize("name", MODELS)
def test_evaluation(name: str) -> None:
    build, x, y = MODELS[name]
    model = build().eval()
    found = []
    for device in ("cpu", "opencl"):
        inputs = [light.tensor(a, device=device, requires_grad=False) for a in (x, y)]
        with light.no_grad():
            found.append(model.to(device)(*inputs).item())
    assert found[1] == pytest.approx(found[0], rel=1e-5)


def loss_curve(device: str, steps: int) -> tuple[list[float], dict[str, Any]]:
    """Losses and final weights of the README's network on images from one seed."""
    light.manual_seed(0)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 256)
    images = 0.5 * rng.standard_normal((256, 1, 28, 28)).astype(np.float32)
    images += rng.standard_normal((10, 1, 28, 28)).astype(np.float32)[labels]
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(8, 16, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(400, 10),
    ).to(device)  # fmt: skip
    optimizer = light.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    for step in range(steps):
        part = slice(step * 64 % 256, step * 64 % 256 + 64)
        x = light.tensor(images[part], device=device, requires_grad=False)
        y = light.tensor(labels[part], device=device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {k: v.numpy() for k, v in model.state_dict().items()}


def test_fifty_steps_stay_beside_the_cpu_and_repeat_bit_for_bit() -> None:
    losses, state = loss_curve("opencl", 50)
    expected, _ = loss_curve("cpu", 50)
    assert expected[-1] < 0.2 * expected[0]
    np.testing.assert_allclose(losses, expected, rtol=1e-3)
    again, same = loss_curve("opencl", 50)
    assert losses == again
    for key, value in state.items():
        np.testing.assert_array_equal(value, same[key], err_msg=key)


# ----------------------------------------------------------------- moving


def test_modules_move() -> None:
    model = Cnn()
    before = {k: v.numpy() for k, v in model.state_dict().items()}
    assert model.opencl() is model
    assert {t.device for t in model.state_dict().values()} == {"opencl"}
    weight = model.c1.weight
    for name in ("opencl", "opencl:0"):
        assert model.to(name).c1.weight is weight
    assert weight.to("opencl:0") is weight
    assert all(p.requires_grad and p.is_leaf for p in model.parameters())
    assert {t.device for t in model.cpu().state_dict().values()} == {"cpu"}
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key])


def test_layers_are_made_on_the_device() -> None:
    layers = [
        nn.Linear(3, 2, device="opencl"),
        nn.Conv2d(1, 2, 3, device="opencl"),
        nn.BatchNorm1d(3, device="opencl"),
        nn.LayerNorm(3, device="opencl"),
        nn.Embedding(4, 3, padding_idx=0, device="opencl"),
    ]
    for layer in layers:
        assert {t.device for t in layer.state_dict().values()} == {"opencl"}
    assert layers[-1].weight[0].tolist() == [0, 0, 0]


def test_state_dicts_cross_devices() -> None:
    here, there = Cnn(), Cnn().opencl()
    there.load_state_dict(here.state_dict())
    for key, value in there.state_dict().items():
        assert value.device == "opencl"
        np.testing.assert_array_equal(value.numpy(), here.state_dict()[key].numpy())
    other = Cnn()
    other.load_state_dict(there.state_dict())
    np.testing.assert_array_equal(other.c1.weight.numpy(), here.c1.weight.numpy())


def test_buffers_live_on_the_device() -> None:
    found = []
    for device in ("cpu", "opencl"):
        norm = nn.BatchNorm2d(3).to(device)
        x = light.tensor(np.arange(96.0, dtype=np.float32).reshape(2, 3, 4, 4), device=device)
        for i in range(3):
            norm(x * float(i))
        buffers = [norm.running_mean, norm.running_var, norm.num_batches_tracked]
        assert {b.device for b in buffers} == {device}
        found.append([b.numpy() for b in buffers] + [norm.eval()(x).numpy()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5)


def test_copies_and_pickles() -> None:
    model = Mlp().opencl()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        for key, value in other.state_dict().items():
            assert value.device == "opencl"
            np.testing.assert_array_equal(value.numpy(), model.state_dict()[key].numpy())


def test_files(tmp_path: Path) -> None:
    """A training that was saved on the device goes on there, or on the CPU."""
    x = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)

    def step(model: Any, optimizer: Any) -> None:
        optimizer.zero_grad()
        (model(light.tensor(x, device=model.weight.device)) ** 2).sum().backward()
        optimizer.step()

    model = nn.Linear(3, 2).opencl()
    optimizer = light.optim.Adam(model.parameters(), lr=0.1)
    step(model, optimizer)
    path = tmp_path / "model.npz"
    light.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    step(model, optimizer)
    for device in ("opencl", "cpu"):
        saved = light.load(path, device=None if device == "opencl" else device)
        assert saved["model"]["weight"].device == device
        other = nn.Linear(3, 2).to(device)
        again = light.optim.Adam(other.parameters(), lr=0.1)
        other.load_state_dict(saved["model"])
        again.load_state_dict(saved["optimizer"])
        step(other, again)
        np.testing.assert_allclose(other.weight.numpy(), model.weight.numpy(), rtol=1e-5)


def test_files_without_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.npz"
    light.save({"w": light.ones(2, device="opencl")}, path)

    def missing(*_: Any, **__: Any) -> Any:
        raise DeviceError("no driver")

    monkeypatch.setattr(backend("opencl"), "from_numpy", missing)
    with pytest.raises(DeviceError, match=r"load: .*'opencl'.*no driver.*device='cpu'"):
        light.load(path)
    assert light.load(path, device="cpu")["w"].tolist() == [1, 1]


def test_batches_move() -> None:
    x, y = np.arange(20, dtype=np.float32).reshape(10, 2), np.arange(10)
    total = 0.0
    for a, b in DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True, seed=0, num_workers=2):
        a, b = a.opencl(), b.opencl()
        assert (a.device, b.device, b.dtype) == ("opencl", "opencl", light.int64)
        total += a.sum().item() + b.sum().item()
    assert total == x.sum() + y.sum()


def test_data_sets_on_the_device() -> None:
    data = TensorDataset(
        light.arange(10, device="opencl"), light.ones(10, 2, device="opencl", requires_grad=False)
    )
    batches = [a for a, _ in DataLoader(data, batch_size=4)]
    assert {a.device for a in batches} == {"opencl"}
    assert [v for a in batches for v in a.tolist()] == list(range(10))


@pytest.mark.parametrize("order", [1, 2, float("inf")])
def test_clipped_gradients(order: float) -> None:
    found = []
    for device in ("cpu", "opencl"):
        ps = [light.arange(6.0, device=device), light.ones(3, device=device)]
        (ps[0] * ps[0]).sum().backward()
        (ps[1] * 3).sum().backward()
        norm = clip_grad_norm_(ps, 1.0, norm_type=order)
        assert norm.device == device
        found.append([norm.item(), *(p.grad.numpy() for p in ps)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6)


def test_gradcheck() -> None:
    rng = np.random.default_rng(0)
    x, y = (light.tensor(rng.random((3, 4)), device="opencl") for _ in range(2))
    assert light.autograd.gradcheck(lambda a, b: (a * b + a.exp()).sum(0), [x, y])
    assert light.autograd.gradgradcheck(lambda a, b: (a * a * b).sum(0), [x, y])


# ----------------------------------------------------------------- a second device


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> str:
    """The same hardware once more, as a device of its own."""
    from lightgrad.autograd.opencl import device as devices
    from lightgrad.autograd.opencl import platforms
    from lightgrad.autograd.opencl import tensor as tensors

    first = platforms.found()[platforms.default()]
    index = len(platforms.found())
    every = (*platforms.found(), first)
    monkeypatch.setattr(platforms, "found", lambda: every)
    monkeypatch.setattr(devices, "_DEVICES", dict(devices._DEVICES))
    monkeypatch.setattr(tensors, "_CLASSES", {})
    return f"opencl:{index}"


def test_two_devices(second: str) -> None:
    light.manual_seed(5)
    expected = light.rand(4, 3).numpy()
    light.manual_seed(5)
    x = light.rand(4, 3, device=second)
    assert x.device == second
    np.testing.assert_array_equal(x.numpy(), expected)
    np.testing.assert_array_equal(x.to("opencl").numpy(), expected)
    with pytest.raises(DeviceError, match=second):
        x + x.to("opencl")
    assert pickle.loads(pickle.dumps(x)).device == second
    models = [nn.Linear(3, 2).to(d) for d in ("opencl", second, "cpu")]
    optimizer = light.optim.Adam([p for m in models for p in m.parameters()], lr=0.1)
    for m in models:
        light.no_grad()(m.load_state_dict)(models[0].state_dict())
        m(x.to(m.weight.device).detach()).sum().backward()
    optimizer.step()
    for m in models[1:]:
        np.testing.assert_allclose(m.weight.numpy(), models[0].weight.numpy(), rtol=1e-5)
