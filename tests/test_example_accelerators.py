"""The packages under examples/accelerators: found as installed ones are, and trained on."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import conformance
from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.devices import fallback, registry
from lightgrad.errors import (
    DeviceError,
    DeviceOutOfMemoryError,
    DtypeError,
    ModuleError,
    RegistrationError,
)

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples" / "accelerators"
NAMES = ("minimal", "jax", "cupy")
FIVE = {"neg", "add", "mul", "pow", "fill"}

pytestmark = pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")


def entry_point(name: str) -> str:
    """What the package's own pyproject.toml says."""
    text = (FOLDER / name / "pyproject.toml").read_text()
    section = text.split('[project.entry-points."lightgrad.backends"]')[1]
    return re.search(rf'^{name} = "([\w.:]+)"$', section, re.MULTILINE).group(1)


def installed(folder: Path, name: str, path: str) -> None:
    """The metadata that pip leaves of a package with a backend."""
    info = folder / f"lightgrad_{name}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: lightgrad-{name}\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {path}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: Any) -> Iterator[Path]:
    """A folder of installed packages, and backends that have not been looked for yet."""
    monkeypatch.setattr(registry, "_BACKENDS", dict(registry._BACKENDS))
    monkeypatch.setattr(registry, "_INSTALLED", set())
    monkeypatch.setattr(registry, "_scanned", False)
    monkeypatch.syspath_prepend(tmp_path)
    for name in NAMES:
        installed(tmp_path, name, entry_point(name))
        monkeypatch.syspath_prepend(FOLDER / name)
    return tmp_path


def module_of(name: str) -> Any:
    """The package, or a skip with the reason why it cannot run here."""
    needs = {"minimal": None, "jax": "jax", "cupy": "cupy"}[name]
    if needs and importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    module = importlib.import_module(f"lightgrad_{name}")
    if name == "cupy":
        try:
            count = module.cp.cuda.runtime.getDeviceCount()
        except module.cp.cuda.runtime.CUDARuntimeError as error:
            pytest.skip(f"CuPy finds no GPU: {error}")
        if not count:
            pytest.skip("CuPy finds no GPU")
    return module


# ----------------------------------------------------------------- training


class Net(light.nn.Module):
    """A convolution, pooling and a hidden layer, for images of 8x8."""

    def __init__(self) -> None:
        super().__init__()
        self.c = light.nn.Conv2d(1, 3, 3, padding=1)
        self.norm = light.nn.LayerNorm(48)
        self.l = light.nn.Linear(48, 4)

    def forward(self, x: Any) -> Any:
        y = self.c(x).max_pool().relu().reshape(-1, 48)
        return self.l(self.norm(y).tanh())


def mlp() -> Any:
    nn = light.nn
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 4))


def losses(make: Any, shape: tuple[int, ...], device: str, steps: int) -> tuple[list[float], Any]:
    """Of some steps of Adam on random data, and the parameters after them."""
    light.manual_seed(0)
    model = make().to(device)
    x = light.randn(*shape, requires_grad=False).to(device)
    labels = light.randint(0, 4, (shape[0],)).to(device)
    optimizer = light.optim.Adam(model.parameters(), lr=0.05)
    found = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(x).cross_entropy(labels)
        loss.backward()
        optimizer.step()
        found.append(float(loss.item()))
    assert all(p.device == device and p.grad.device == device for p in model.parameters())
    return found, [p.numpy() for p in model.parameters()]


def trains_like_the_cpu(make: Any, shape: tuple[int, ...], device: str, steps: int) -> list[float]:
    ours, parameters = losses(make, shape, device, steps)
    theirs, expected = losses(make, shape, "cpu", steps)
    np.testing.assert_allclose(ours, theirs, rtol=2e-4)
    for a, b in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    return ours


# ----------------------------------------------------------------- all three


@pytest.mark.parametrize("name", NAMES)
def test_at_most_200_lines_and_an_entry_point_to_a_class(name: str) -> None:
    module, _, cls = entry_point(name).partition(":")
    text = (FOLDER / name / f"{module}.py").read_text()
    assert len(text.splitlines()) <= 200
    assert f"class {cls}(light.AbstractTensor)" in text
    assert f'device_name = "{name}"' in text
    assert f'py-modules = ["{module}"]' in (FOLDER / name / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_mlp(site: Path, name: str) -> None:
    module_of(name)
    ours = trains_like_the_cpu(mlp, (10, 6), name, 8)
    assert ours[-1] < 0.8 * ours[0]


@pytest.mark.parametrize("name", NAMES)
def test_cnn(site: Path, name: str) -> None:
    module_of(name)
    ours = trains_like_the_cpu(Net, (6, 1, 8, 8), name, 3)
    assert ours[-1] < ours[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_conformance(site: Path, name: str) -> None:
    module_of(name)
    report = conformance.run(entry_point(name), level=10 if name == "minimal" else 9)
    assert report.passed, report.failures[:5]
    if name == "minimal":  # the five alone are native, and nothing else is called so
        assert {op for op, row in report.ops.items() if row["path"] == "native"} == FIVE


# ----------------------------------------------------------------- discovery


def test_an_installed_backend_is_found_by_name(site: Path) -> None:
    assert set(NAMES) <= set(light.backends())
    assert light.backends()[:2] == ("cpu", "opencl")
    x = light.tensor([1.0, 2.0])
    for t in (x.minimal(), x.to("minimal"), light.ones(2, device="minimal") * x.minimal()):
        assert t.device == "minimal"
        np.testing.assert_array_equal(t.numpy(), [1.0, 2.0])
    (x.minimal() * 3).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3.0, 3.0])
    for f in (light.nn.Linear(2, 1).minimal(), light.nn.Linear(2, 1).to("minimal")):
        assert f.weight.device == "minimal" and f.weight.requires_grad


def test_import_looks_for_nothing(site: Path) -> None:
    code = (
        "import sys, lightgrad as light; light.ones(2).to('float64').cpu();"
        "print('importlib.metadata' in sys.modules, light.autograd.devices.registry._scanned)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, site)))}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert out.stdout.split()[-1] == "False", out.stderr


@pytest.mark.parametrize("looked", [False, True])
def test_a_registered_backend_wins_over_an_installed_one(site: Path, looked: bool) -> None:
    class Mine(CpuTensor):
        pass

    if looked:
        assert "cupy" in light.backends()
    light.register_backend("cupy", Mine)
    try:
        assert "minimal" in light.backends()
        with pytest.raises(RegistrationError, match="'cupy' is already registered"):
            light.register_backend("cupy", Mine)
        assert registry.find("cupy") is Mine
    finally:
        del AbstractTensor.cupy


def test_an_installed_backend_that_cannot_be_imported(site: Path) -> None:
    installed(site, "broken", "no_such_package:Tensor")
    (site / "half_done.py").write_text("")
    installed(site, "unfinished", "half_done:Tensor")
    with pytest.raises(
        DeviceError, match="'broken'.*no_such_package:Tensor.*install what it needs"
    ):
        light.ones(2).to("broken")
    with pytest.raises(DeviceError, match="'unfinished'.*half_done:Tensor"):
        light.ones(2).to(device="unfinished")


def test_unknown_names_are_still_errors(site: Path) -> None:
    with pytest.raises(DeviceError, match=r"no device is called 'tpu'; known: cpu.*minimal"):
        light.ones(2).to("tpu")
    with pytest.raises(ModuleError, match="no attribute 'tpu'"):
        light.nn.Linear(2, 1).tpu()
    assert not hasattr(light.ones(2), "tpu")


# ----------------------------------------------------------------- minimal


def test_minimal_has_the_five_ops_alone(site: Path) -> None:
    cls = module_of("minimal").MinimalTensor
    assert set(cls._ops) == FIVE
    paths = {op: fallback.path(cls, op) for op in ("mul", "sub", "div", "sqrt", "mean", "exp")}
    assert paths == {
        "mul": "native",
        "sub": "derived",
        "div": "derived",
        "sqrt": "derived",
        "mean": "derived",
        "exp": "host",
    }
    assert conformance.run(entry_point("minimal"), level=2).passed


def test_minimal_computes_as_floats_do(site: Path) -> None:
    make = module_of("minimal").MinimalTensor.from_numpy
    base = np.array([0.0, -0.0, -2.0, 1e30, -np.inf, 4.0], np.float32)
    for exponent in (-1.0, 0.5, 2.0, 3.0):
        with np.errstate(all="ignore"):
            expected = base**exponent
        found = make(base, False).pow(make(np.float32(exponent), False)).numpy()
        # C's pow takes the root of -inf for inf, and NumPy's ** is its sqrt there
        keep = np.isfinite(base) | (exponent != 0.5)
        np.testing.assert_allclose(found[keep], expected[keep], rtol=1e-6)
    roots = make(base, False).sqrt().numpy()
    np.testing.assert_allclose(roots, np.sqrt(base, where=base >= 0, out=base * np.nan), rtol=1e-6)
    big = make(np.array([2**62, -5], np.int64))
    np.testing.assert_array_equal((big * 4 + 3).numpy(), [3, -17])


def test_minimal_refuses_what_its_manifest_does_not_list(site: Path) -> None:
    module_of("minimal")
    with pytest.raises(DtypeError, match=r"minimal has no float16; its manifest lists float32"):
        light.ones(2, dtype="float16").to("minimal")
    with pytest.raises(DtypeError, match="cast.*minimal has no int32"):
        light.ones(2, device="minimal").to("int32")
    with pytest.raises(DeviceOutOfMemoryError, match="minimal"):
        light.zeros(2**12 + 1, 2**12, device="minimal")


def test_minimal_trains_the_mnist_example(site: Path) -> None:
    """In a process of its own, found by its entry point alone."""
    command = "examples/mnist.py --dataset digits --device minimal --smoke --holdout 20"
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, (ROOT, site, FOLDER / "minimal"))))
    args = [sys.executable, "-W", "ignore", *command.split()]
    out = subprocess.run(args, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    # what the CPU prints too; it would be 2.3026, the logarithm of 10, before the training
    assert float(re.search(r"loss ([\d.]+)", out.stdout).group(1)) == pytest.approx(
        2.2292, abs=2e-3
    )


# ----------------------------------------------------------------- jax and cupy


def test_jax_has_sixty_kernels(site: Path) -> None:
    cls = module_of("jax").JaxTensor
    assert len(cls._ops) >= 60
    assert conformance.run(entry_point("jax"), level=1).passed


@pytest.fixture
def numpy_as_cupy(site: Path, monkeypatch: Any) -> Iterator[Any]:
    """The package with NumPy in CuPy's place, which has the same functions."""
    stand_in = types.ModuleType("cupy")
    stand_in.__dict__.update(np.__dict__, asnumpy=np.asarray)
    monkeypatch.setitem(sys.modules, "cupy", stand_in)
    monkeypatch.delitem(sys.modules, "lightgrad_cupy", raising=False)
    yield importlib.import_module("lightgrad_cupy").CupyTensor
    del sys.modules["lightgrad_cupy"]


def test_the_table_of_cupy_on_numpy(numpy_as_cupy: Any) -> None:
    assert len(numpy_as_cupy._ops) >= 60
    trains_like_the_cpu(Net, (6, 1, 8, 8), "cupy", 3)
    assert conformance.run(numpy_as_cupy, level=4).passed
