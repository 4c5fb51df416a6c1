"""Whatever the README shows, runs; the blocks follow each other in one namespace."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.devices import fallback
from lightgrad.conformance.__main__ import main as conformance
from lightgrad.errors import DtypeError

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def run_session(text: str, namespace: dict[str, object]) -> None:
    """Compare what the prompts in ``text`` give with what it shows."""
    test = doctest.DocTestParser().get_doctest(text, namespace, "session", None, 0)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    result = runner.run(test, out=report.append)
    assert result.attempted > 0
    assert result.failed == 0, "".join(report)


def run_blocks(until: str = "") -> dict[str, object]:
    """The namespace after all blocks, or after the first one that contains ``until``."""
    light.manual_seed(0)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for language, code in BLOCKS:
        if language == "python":
            exec(compile(code, "README.md", "exec"), namespace)
        elif language == "pycon":
            run_session(code, namespace)
        if until and until in code:
            return namespace
    assert not until, f"no block contains {until!r}"
    return namespace


def test_all_blocks_run_and_descent_on_the_new_accelerator_ends_at_zero() -> None:
    space = run_blocks()
    assert np.abs(space["x"].numpy()).max() < 1e-5


def test_powers_on_the_new_accelerator_have_both_gradients() -> None:
    device = run_blocks('name="fill"')["NewTensor"]
    a, b = (device.from_numpy(np.array(v, np.float32)) for v in ([2.0, 0.0], [3.0, 2.0]))
    (a**b).backward(allow_fill=True)
    np.testing.assert_allclose(a.grad.numpy(), [12, 0])
    np.testing.assert_allclose(b.grad.numpy(), [8 * np.log(2), 0], rtol=1e-6)


def test_the_new_accelerator_says_what_its_operations_take() -> None:
    device = run_blocks('name="fill"')["NewTensor"]
    a = device.ones((2,), requires_grad=False)
    with pytest.raises(TypeError, match=r"add .its arguments are other, alpha.*keyword"):
        a.add_(a, beta=2)
    for wrong in (lambda: a.reciprocal(a), lambda: a.reciprocal(by=2)):
        with pytest.raises(DtypeError, match="reciprocal .it takes no.*does not take what was"):
            wrong()
    assert a.add_(a, alpha=2).tolist() == [3, 3]


@pytest.mark.parametrize("until", ["a -= 0.1", "light.optim.SGD([a, b, c]", "f.parameters()"])
def test_descent_makes_the_function_smaller(until: str) -> None:
    space = run_blocks(until)
    f = space["f"]
    after = float(f().sum().item())
    assert after < -100, after


def test_the_network_has_the_right_shapes() -> None:
    space = run_blocks("class CNN")
    model = space["model"]
    assert [p.shape for p in model.parameters()] == [
        (8, 1, 3, 3),
        (8,),
        (16, 8, 3, 3),
        (16,),
        (10, 400),
        (10,),
    ]
    assert model(space["images"]).shape == (64, 10)


def test_a_new_accelerator_needs_five_operations() -> None:
    space = run_blocks('name="fill"')
    NewTensor = space["NewTensor"]
    a = NewTensor.from_numpy(np.array([1.0, 2.0, 4.0], np.float32))
    b = NewTensor.from_numpy(np.array([3.0, 5.0, 0.5], np.float32))
    y = (a - b) / a + 2 * b**2 - 1
    np.testing.assert_allclose(y.numpy(), [15.0, 47.5, 0.375], rtol=1e-6)
    y.backward(allow_fill=True)
    np.testing.assert_allclose(a.grad.numpy(), [3.0, 1.25, 0.03125], rtol=1e-6)
    np.testing.assert_allclose(b.grad.numpy(), [11.0, 19.5, 1.75], rtol=1e-6)
    light.optim.SGD([a, b], lr=0.1).step()
    np.testing.assert_allclose(a.numpy(), [0.7, 1.875, 3.996875], rtol=1e-6)
    a.zero_grad()
    assert a.grad is None


def test_the_new_accelerator_climbs_the_kit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code of the README in a file of its own, as somebody would copy it."""
    shown = [code for _, code in BLOCKS if "NewTensor" in code and "uniform(-1" not in code]
    assert "class NewTensor" in shown[0]
    (tmp_path / "readme_accelerator.py").write_text("\n\n".join(shown), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "readme_accelerator", raising=False)
    assert conformance(["readme_accelerator:NewTensor", "--level", "3"]) == 0
    said = capsys.readouterr()
    assert "level  3" in said.err and "passed" in said.out
    cls = sys.modules["readme_accelerator"].NewTensor
    assert set(cls._ops) == {"neg", "add", "mul", "pow", "fill", "exp"}
    assert fallback.path(cls, "exp") == "native"


def test_commands_are_the_ones_that_ci_runs() -> None:
    commands = [code.strip() for language, code in BLOCKS if language == "bash"]
    assert [c for c in commands if '".[test]"' in c and " pytest" in c]
    for command in commands:
        for path in re.findall(r"examples/\w+\.py", command):
            assert (ROOT / path).is_file(), path
    pattern = re.search(r"grep -m 1 '([^']*)'", (ROOT / ".ci" / "run").read_text()).group(1)
    assert any(re.match(pattern, c) for c in commands), pattern


def test_linked_files_exist() -> None:
    for link in re.findall(r"\]\(([\w./]+)\)", README):
        assert (ROOT / link).is_file(), link


def test_the_example_of_the_package_itself() -> None:
    run_session(light.__doc__, {})
