"""What kernels declare for themselves is what PoCL's own header declares."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lightgrad.autograd.opencl import OpenCLTensor, declarations
from lightgrad.autograd.opencl.device import PRELUDE
from tests.backends import REASONS

if REASONS["opencl"]:
    pytest.skip(REASONS["opencl"], allow_module_level=True)

DEVICE = OpenCLTensor.cl()
LINE = re.compile(r"^(\w+) ((?:__\w+ )*)(\w+)\(([^()]*)\);", re.MULTILINE)


def header() -> str:
    """The text of the header that came with PoCL, or a skip."""
    package = find_spec("pocl_binary_distribution")
    for place in (package and package.submodule_search_locations) or ():
        found = Path(place) / ".libs" / "share" / "pocl" / "include" / "opencl-c.h"
        if found.exists():
            return found.read_text()
    pytest.skip("pocl_binary_distribution is not installed")


def signatures(text: str) -> set[Any]:
    """Name, result, attributes and types of arguments of each function declared."""
    for written, meant in {
        "__attribute__((overloadable, const))": "__ovld __cnfn",
        "__attribute__((overloadable, pure))": "__ovld __purefn",
        "__attribute__((overloadable, convergent))": "__ovld __conv",
        "__attribute__((overloadable))": "__ovld",
    }.items():
        text = text.replace(written, meant)
    return {
        (name, result, attributes, tuple(typed(a) for a in arguments.split(",")))
        for result, attributes, name, arguments in LINE.findall(text)
    }


def typed(argument: str) -> str:
    """Without its name."""
    words = re.findall(r"\w+|\*", argument)
    return " ".join(words[:-1] if len(words) > 1 and words[-1] != "*" else words)


def is_ours(types: Any) -> bool:
    """Neither a vector of 3 nor a pointer to anywhere."""
    return all(not re.search(r"[a-z]3\b", t) and ("*" not in t or "__" in t) for t in types)


def test_all_are_declared_as_in_the_header() -> None:
    ours = signatures(declarations.of(" ".join(declarations.FUNCTIONS)))
    theirs = signatures(header())
    expected = {s for s in theirs if s[0] in declarations.FUNCTIONS and is_ours((s[1], *s[3]))}
    assert len(ours) > 1900
    assert ours == expected


def test_what_kernels_call_is_declared() -> None:
    """Of the header's functions, by the texts in the package."""
    called: set[str] = set()
    for path in Path(declarations.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                called.update(re.findall(r"\b([a-z]\w*)\(", node.value))
    known = called & {s[0] for s in signatures(header())}
    assert {"any", "barrier", "exp"} <= known
    assert known <= declarations.FUNCTIONS.keys()


def run(source: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], bool]:
    """What a kernel makes of 0.5 and 2, and whether its declarations were enough."""
    monkeypatch.setattr(DEVICE, "declares", True)
    x = OpenCLTensor.from_numpy(np.array([0.5, 2], np.float32), requires_grad=False)
    source = f"typedef struct {{ long end; }} P;\n{source}"
    kernel = DEVICE._compile(source, "run")
    kernel.run((2,), None, bytes(8), [x._data.block])
    return x.tolist(), DEVICE.declares


@pytest.mark.skipif(not DEVICE.declares, reason="the driver is not PoCL")
@pytest.mark.parametrize(
    ("call", "expected", "enough"),
    [("exp2(x[i])", [2**0.5, 4], True), ("maxmag(x[i], -1.0f)", [-1, 2], False)],
)
def test_the_header_is_read_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, call: str, expected: Any, enough: bool
) -> None:
    text = (
        f"__kernel void run(P p, __global float *x) {{ int i = get_global_id(0); x[i] = {call}; }}"
    )
    found, declared = run(text, monkeypatch)
    assert found == pytest.approx(expected) and declared == enough


@pytest.mark.skipif(not DEVICE.declares, reason="the driver is not PoCL")
def test_all_declarations_compile_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        DEVICE, "declares", True
    )  # a kernel of another test may have read the header
    DEVICE._build(PRELUDE, f"/* {' '.join(declarations.FUNCTIONS)} */ __kernel void run() {{}}")
    assert DEVICE.declares
