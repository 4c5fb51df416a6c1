"""``import torch`` finds lightgrad.torch where it is installed, for those who are to see it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightgrad.torch._core.hiding import QUIET, quiet

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


def run(code: str, *options: str, **variables: str) -> str:
    """What a program prints in a process of its own, where no PyTorch is imported."""
    command = [sys.executable, *options, "-c", code]
    done = subprocess.run(
        command, env=ENVIRONMENT | variables, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


#: each is run with the finder, after ``import lightgrad.torch as ours, sys``
SEEN = {
    "one object under both names": """
import torch, torch.nn.functional as F
from torch import nn
from torch.optim import SGD
import torch.utils.data
assert torch is ours and nn is ours.nn and F is ours.nn.functional and SGD is ours.optim.SGD
for name in ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils.data"):
    assert sys.modules[name] is sys.modules[f"lightgrad.{name}"]
""",
    "submodules that were imported are there": """
import torch.nn.functional
assert sys.modules["torch.nn.functional"] is torch.nn.functional
assert "torch._core" not in sys.modules
""",
    "submodules that are imported later are there too": """
import torch
torch.nn.functional, torch.optim
assert sys.modules["torch.nn.functional"] is torch.nn.functional
assert sys.modules["torch.optim"] is torch.optim
""",
    "classes say that they are PyTorch's": """
import torch
assert repr(torch.nn.Linear) == "<class 'torch.nn.modules.linear.Linear'>"
assert repr(torch.nn.Parameter) == "<class 'torch.nn.parameter.Parameter'>"
ours.uninstall()
assert ours.nn.Linear.__module__ == "lightgrad.torch.nn.modules.linear"
ours.install()
assert ours.nn.Linear.__module__ == "torch.nn.modules.linear"
""",
    "modules keep their own names and specs": """
import torch.nn
for module in (torch, torch.nn):
    assert sys.modules[module.__name__] is module and module.__spec__.name == module.__name__
    assert module.__spec__.loader is module.__loader__ and not module.__spec__._initializing
assert torch.__path__ == ours.__path__ and torch.nn.__package__ == "lightgrad.torch.nn"
""",
    "reload runs the module again": """
import importlib, torch.nn.functional as F
F.planted = 1
assert importlib.reload(F) is F is ours.nn.functional and F.planted == 1
""",
    "classes are pickled": """
import pickle, torch
for one in (torch.nn.Linear, torch.nn.functional.relu, torch.device("cpu"), torch.float32):
    assert pickle.loads(pickle.dumps(one)) == one
""",
    "find_spec and import_module": """
import importlib.util
assert importlib.util.find_spec("torch.nn").submodule_search_locations == ours.nn.__path__
assert importlib.import_module("torch.nn") is ours.nn is __import__("torch.nn").nn
""",
    "what is missing says that it is not in lightgrad": """
for line, said in {
    "import torch.nothing": "No module named 'torch.nothing' in lightgrad",
    "from torch import quantize_per_tensor": "name 'quantize_per_tensor' from 'torch' in lightgrad",
    "from torch.nn import Linaer": "from 'torch.nn'; did you mean 'Linear'",
    "import torch; torch.export": "no attribute 'export' in lightgrad: save the state_dict",
}.items():
    try:
        exec(line)
    except (ImportError, AttributeError) as error:
        assert said in str(error), error
    else:
        raise SystemExit(line)
""",
    "settings of the compiler may be set": """
import torch
torch._dynamo.config.suppress_errors = True
torch._inductor.config.triton.unique_kernel_names = True
import torch._dynamo.config, torch._inductor
assert torch._dynamo.config.suppress_errors and torch._dynamo.disable(len) is len
assert torch._dynamo.optimize("inductor")(len) is torch._dynamo.disable()(len) is len
""",
    "threads import it at the same time": """
import threading
found = []
def work():
    import torch.optim
    found.append(torch.optim)
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads], [t.join() for t in threads]
assert found == [ours.optim] * 8
""",
    "uninstalled, it is as before": """
import torch
ours.uninstall()
assert not [name for name in sys.modules if name.partition(".")[0] == "torch"]
assert torch is ours
ours.install(); ours.install()
import torch as again
assert again is ours
ours.uninstall(); ours.uninstall()
assert not [finder for finder in sys.meta_path if "lightgrad.torch" in repr(finder)]
""",
}


@pytest.mark.parametrize("what", SEEN)
def test_seen(what: str) -> None:
    run(f"import lightgrad.torch as ours, sys\nours.install()\n{SEEN[what]}")


def test_a_block_has_it_inside_alone() -> None:
    run("""
import importlib.util, sys
import lightgrad.torch as ours
find_spec = importlib.util.find_spec
with ours.installed("opencl"):
    import torch
    assert torch.device("cuda") and torch._core.devices.MEANS == {"cuda": "opencl"}
    with ours.installed():
        import torch.nn
    import torch.optim
assert torch is ours and ours._core.devices.MEANS == {}
assert "torch" not in sys.modules and importlib.util.find_spec is find_spec
""")


def test_it_is_refused_where_another_torch_is_imported() -> None:
    run("""
import sys, types
import lightgrad.torch as ours
sys.modules["torch"] = types.ModuleType("torch")
sys.modules["torch"].__file__ = "/there/torch.py"
try:
    ours.install()
except ImportError as error:
    assert "torch is imported already, from /there/torch.py; start the program with" in str(error)
else:
    raise SystemExit("not refused")
assert len(sys.modules["torch"].__dict__) < 9
""")


#: what a library may do to learn whether torch is there; each says True if it thinks so
ASKED = """
import importlib, importlib.util, sys
from importlib.util import find_spec

def imports():
    try:
        import torch.nn
    except ImportError:
        return False
    return True

def fetches():
    try:
        importlib.import_module("torch")
    except ModuleNotFoundError as error:
        assert error.name == "torch" and str(error) == "No module named 'torch'"
        return False
    return True

def answers():
    return {
        "find_spec": importlib.util.find_spec("torch") is not None,
        "its own find_spec": find_spec("torch") is not None,
        "import": imports(),
        "import_module": fetches(),
        "sys.modules": "torch" in sys.modules,
    }

at_import = answers()
"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_installed_libraries_that_only_ask_see_none(order: str, tmp_path: Path) -> None:
    """Even where PyTorch is installed; a program's own modules of those names see lightgrad's."""
    packages = tmp_path / "site-packages"
    for folder in (packages / "scipy", packages / "einops", tmp_path / "datasets"):
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(ASKED)
    (packages / "torch.py").write_text("raise SystemExit('the real one')")
    program = f"""
import sys
sys.path[:0] = [{str(tmp_path)!r}, {str(packages)!r}]
{"import torch" if order == "after" else ""}
import scipy
assert set(scipy.at_import.values()) == {{False}}, scipy.at_import
later = scipy.answers()
{"" if order == "after" else "assert not any(later.values()), later"}
assert not later["find_spec"], later
import datasets, einops, torch
assert torch.__name__ == "lightgrad.torch"
for seeing in (einops, datasets):
    assert all({{**seeing.at_import, "sys.modules": True}}.values()), seeing.at_import
    assert all(seeing.answers().values())
assert sys.modules["torch"] is torch
"""
    run(f"import lightgrad.torch as ours; ours.install()\n{program}")


#: no PyTorch is found after this, even if it is installed
WITHOUT = """
import sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, Finder)
"""
#: the same lines without torch, and with it before and after the libraries
USED = """
import numpy as np
BEFORE
import scipy.stats, scipy.special, scipy.optimize, scipy.cluster.vq, sklearn
try:
    import pandas
    print(pandas.DataFrame({"a": [1, 1, 2], "b": [3.0, 4.0, 5.0]}).groupby("a").mean())
except ImportError:
    pass
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils._array_api import get_namespace
AFTER
x = np.random.RandomState(0).randn(60, 3)
y = (x[:, 0] > 0).astype(int)
print(scipy.stats.ttest_ind(x[:, 0], x[:, 1]), scipy.special.logsumexp(x, axis=0))
print(scipy.optimize.minimize(lambda v: ((v - 1) ** 2).sum(), np.zeros(3)).x)
print(scipy.cluster.vq.kmeans2(x, 2, seed=0, minit="points")[1])
print(LogisticRegression().fit(x, y).coef_, StandardScaler().fit_transform(x)[0])
print(get_namespace(x)[0].__name__)
"""


@pytest.mark.parametrize("switch", ["", "1"])
def test_scipy_scikit_learn_and_pandas_behave_as_without_torch(switch: str) -> None:
    for name in ("scipy", "sklearn"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    plain = f"{WITHOUT}\n{USED}"
    names = {"SCIPY_ARRAY_API": switch} if switch else {}
    texts = [run(plain.replace("BEFORE", "").replace("AFTER", ""), **names)]
    for mark, other in (("BEFORE", "AFTER"), ("AFTER", "BEFORE")):
        code = USED.replace(mark, "import torch; torch.ones(2)").replace(other, "")
        texts.append(run(code, "-m", "lightgrad.torch", **names))
    assert texts[0] == texts[1] == texts[2]
    assert "numpy" in texts[0]


def test_who_is_quiet_is_known_by_name_and_place() -> None:
    place = "/venv/lib/python3.12/site-packages/"
    assert quiet("sklearn.utils._array_api", f"{place}sklearn/utils/_array_api.py")
    assert quiet("sklearn", "C:\\venv\\Lib\\site-packages\\sklearn\\__init__.py")
    assert not quiet("einops.einops", f"{place}einops/einops.py")
    assert not quiet("safetensors.torch", f"{place}safetensors/torch.py")
    assert not quiet("sklearn", "/home/me/sklearn/__init__.py") and not quiet("sklearn", None)
    assert {"scipy", "sklearn", "pandas", "numba", "transformers"} <= QUIET
