"""The recipe "To add an operation" of docs/architecture.md, followed in a copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lightgrad as light

ROOT = Path(__file__).parent.parent
FOLDERS = ("lightgrad", "tests", "docs", "examples", "benchmarks", ".ci")
FILES = ("pyproject.toml", "setup.cfg", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE")

#: an op of torch that nobody misses: NumPy's name, the slope, and at 1/2 the value and the slope
NAME, NUMPY, SLOPE, HALF, HALF_SLOPE = "alias_copy", "copy", "a.mul(0).add(1)", 0.5, 1.0
if NAME in light.AbstractTensor._ops:
    pytest.skip("lightgrad has this op; take another one here", allow_module_level=True)

RULE = f'''

@AbstractTensor.register_op()
class {NAME}(Unary):
    """Another function of each number.  Source: torch.{NAME}.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).{NAME}()
    tensor([0., 1.])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul({SLOPE})
'''
#: what follows a line about sinh in the other two files
KERNEL = ("unary(rules.sinh, np.sinh)\n", f"unary(rules.{NAME}, np.{NUMPY})\n")
ROW = ('    "sinh": (-3, 3, np.sinh),\n', f'    "{NAME}": (-3, 3, np.{NUMPY}),\n')


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a new op, made as the recipe says."""
    made = tmp_path_factory.mktemp("project")
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, made / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, made / name)
    name = light.AbstractTensor._ops["sinh"].__module__.rpartition(".")[2] + ".py"
    rules = made / "lightgrad" / "autograd" / "ops" / name
    rules.write_text(rules.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    for folder, (line, more) in (("autograd/cpu/ops", KERNEL), ("conformance/rows", ROW)):
        path = made / "lightgrad" / folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(line) == 1
        path.write_text(text.replace(line, line + more), encoding="utf-8")
    run(made, "docs/make_stubs.py")
    return made


def run(project: Path, *command: str) -> str:
    """What a Python program of the copy prints; an error when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(project)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    made = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert made.returncode == 0, made.stdout[-5000:] + made.stderr[-5000:]
    return made.stdout


def test_the_op_is_there_in_every_form(project: Path) -> None:
    code = f"""
import inspect, pickle, lightgrad as light
x = light.tensor([0.5])
assert "{NAME}" in light.__all__ and "{NAME}" in dir(x) and "{NAME}" in dir(light)
assert pickle.loads(pickle.dumps(light.{NAME})) is light.{NAME}
assert str(inspect.signature(light.{NAME})).startswith("(input")
x.{NAME}().sum().backward()
print(x.{NAME}().item(), light.{NAME}(0.5).item(), x.grad.item())
"""
    found = [float(number) for number in run(project, "-c", code).split()]
    assert found == pytest.approx([HALF, HALF, HALF_SLOPE], rel=1e-6)


def test_stubs_know_it_and_nothing_else_changes(project: Path) -> None:
    run(project, "docs/make_stubs.py", "--check")
    changed = [
        str(path.relative_to(project))
        for path in sorted(project.rglob("*.py*"))
        if path.suffix in (".py", ".pyi")
        and (ROOT / path.relative_to(project)).read_bytes() != path.read_bytes()
    ]
    assert len([path for path in changed if path.endswith(".py")]) == 3
    assert [path for path in changed if path.endswith(".pyi")] == [
        "lightgrad/__init__.pyi",
        "lightgrad/autograd/methods.pyi",
        "lightgrad/autograd/namespace.pyi",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "tests",
    [
        ("tests/test_ops.py", "-k", NAME),
        ("tests/test_namespace.py", "tests/test_signatures.py"),
        ("tests/test_typing.py", "-k", "stubs"),
        ("tests/test_messages.py", "-k", "what_it_takes"),
        ("tests/test_architecture.py", "tests/test_docs.py"),
    ],
    ids=lambda command: command[0].rpartition("test_")[2],
)
def test_the_tests_of_the_copy_pass(project: Path, tests: tuple[str, ...]) -> None:
    said = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert " passed" in said
