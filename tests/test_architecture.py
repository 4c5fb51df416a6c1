"""The package, parsed: imports go down, kernels alone know NumPy, no habit is dropped."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lightgrad as light

PACKAGE = Path(__file__).parent.parent / "lightgrad"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(), str(path)) for path in FILES}
IDS = [str(path.relative_to(PACKAGE)) for path in FILES]

#: lowest first; a module imports from lower layers, or from its own folder
LAYERS = [
    ["lightgrad.errors", "lightgrad.caller"],
    ["lightgrad.holding", "lightgrad.autograd.signatures", "lightgrad.hints"],
    [
        "lightgrad.archive",
        "lightgrad.deprecation",
        "lightgrad.autograd.mode",
        "lightgrad.autograd.dtypes",
        "lightgrad.forks",
        "lightgrad.autograd.shapes",
        "lightgrad.autograd.devices.environment",
    ],
    ["lightgrad.autograd.contract"],
    ["lightgrad.autograd.nodes"],
    ["lightgrad.autograd.written"],
    [
        "lightgrad.autograd.func",
        "lightgrad.autograd.half",
        "lightgrad.autograd.functional.trees",
        "lightgrad.autograd.devices.manifest",
        "lightgrad.autograd.devices.strict",
    ],
    [
        "lightgrad.autograd.dispatch",
        "lightgrad.autograd.hooks",
        "lightgrad.autograd.devices.registry",
        "lightgrad.autograd.tensor.numpyfunctions",
    ],
    ["lightgrad.autograd.foreign"],
    ["lightgrad.autograd.engine", "lightgrad.autograd.devices"],
    ["lightgrad.autograd.tensor.views"],
    [
        "lightgrad.autograd.tensor.python",
        "lightgrad.autograd.tensor.gradients",
        "lightgrad.autograd.tensor.moving",
        "lightgrad.autograd.tensor.operators",
        "lightgrad.autograd.tensor.succession",
        "lightgrad.autograd.methods",  # a stub, for type checkers
    ],
    ["lightgrad.autograd.tensor.registration"],
    ["lightgrad.autograd.tensor", "lightgrad.autograd.generator", "lightgrad.autograd.tensor.out"],
    ["lightgrad.autograd.ops"],
    ["lightgrad.autograd.cpu"],
    [
        "lightgrad.autograd.opencl.platforms",
        "lightgrad.autograd.opencl.declarations",
        "lightgrad.autograd.opencl.elementwise",
    ],
    ["lightgrad.autograd.opencl.device"],
    ["lightgrad.autograd.opencl.array"],
    ["lightgrad.autograd.opencl.codegen"],
    ["lightgrad.autograd.opencl.schedule"],
    ["lightgrad.autograd.opencl.kernels"],
    ["lightgrad.autograd.opencl.tensor"],
    ["lightgrad.autograd.opencl.ops"],
    ["lightgrad.autograd.opencl"],
    ["lightgrad.autograd.batching"],
    [
        "lightgrad.autograd.utils",
        "lightgrad.autograd.factories.conversion",
        "lightgrad.autograd.functional.tape",
        "lightgrad.autograd.functional.mapping",
        "lightgrad.autograd.observers",
    ],
    [
        "lightgrad.autograd.factories.creation",
        "lightgrad.autograd.functional",
    ],
    ["lightgrad.autograd.factories", "lightgrad.autograd.namespace"],
    ["lightgrad.autograd"],
    [
        "lightgrad.nn",
        "lightgrad.optim",
        "lightgrad.data",
        "lightgrad.graphs",
        "lightgrad.serialization",
        "lightgrad.linalg",
        "lightgrad.opencl",
    ],
    ["lightgrad"],
    ["lightgrad.torch"],
    ["lightgrad.torchvision"],
    ["lightgrad.doctor", "lightgrad.conformance"],
    ["lightgrad.fuzz"],
    ["lightgrad.__main__"],
]
FLOOR = {name: level for level, names in enumerate(LAYERS) for name in names}

#: folders whose files may import each other
FOLDERS = (
    "lightgrad.autograd.batching",
    "lightgrad.autograd.ops",
    "lightgrad.autograd.cpu",
    "lightgrad.autograd.observers",
    "lightgrad.autograd.opencl.kernels",
    "lightgrad.autograd.opencl.ops",
    "lightgrad.autograd.utils",
    "lightgrad.graphs",
    "lightgrad.nn",
    "lightgrad.optim",
    "lightgrad.data",
    "lightgrad.torch",
    "lightgrad.torchvision",
    "lightgrad.conformance",
    "lightgrad.fuzz",
)

#: whose functions are typed by the rules they complete
KERNELS = ("lightgrad.autograd.cpu.ops", "lightgrad.autograd.opencl.ops")

every_file = pytest.mark.parametrize("path", FILES, ids=IDS)


def module_of(path: Path) -> str:
    parts = ["lightgrad", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def test_the_picture_shows_every_file() -> None:
    """Of the upper folders; the families of ops, layers and the like are one line each."""
    picture = (PACKAGE.parent / "docs" / "architecture.md").read_text()
    folders = ("lightgrad", "autograd", "cpu", "opencl")
    shown = [p for p in FILES if p.parent.name in folders and "torch" not in p.parts]
    assert [p.name for p in shown if p.name not in picture] == []


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """`ast.walk` without what stands under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        checking = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in node.orelse if checking else (node,):
            yield part
            yield from running(part)


def imports(path: Path) -> Iterator[str]:
    """The full names of all modules a file imports, also inside functions.

    What only type checkers import makes no module depend on another.
    """
    for node in running(TREES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module_of(path).split(".")
                keep = len(package) - node.level + (path.name == "__init__.py")
                base = ".".join([*package[:keep], *filter(None, [base])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in MODULES else base


def layer(module: str) -> tuple[int, str]:
    """How high a module stands, and the name in LAYERS that says so."""
    parts = module.split(".")
    while ".".join(parts) not in FLOOR:
        parts.pop()
    name = ".".join(parts)
    whole = ("lightgrad", "lightgrad.autograd", "lightgrad.autograd.opencl")
    exact = name == module or name not in whole
    assert exact, f"{module} has no place in LAYERS"
    return FLOOR[name], name


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(TREES[path]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@every_file
def test_imports_go_down(path: Path) -> None:
    mine, name = layer(module_of(path))
    for target in imports(path):
        if not target.startswith("lightgrad"):
            continue
        floor, other = layer(target)
        inside = name == other and name in FOLDERS
        assert floor < mine or inside, f"{module_of(path)} imports {target}, which is not below it"


def test_no_module_has_the_name_of_a_function() -> None:
    """Else importing it, under whatever name, would put it in the function's place."""
    for name in light.__all__:
        if name not in ("autograd", "data", "errors", "linalg", "nn", "opencl", "ops", "optim"):
            assert f"lightgrad.{name}" not in MODULES


def test_no_import_cycles() -> None:
    below = {m: {t for t in imports(p) if t in MODULES and t != m} for m, p in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join([*trail, module])
        if module not in done:
            for target in sorted(below[module]):
                visit(target, (*trail, module))
            done.add(module)

    for module in below:
        visit(module, ())


BACKENDS = ("lightgrad.autograd.cpu", "lightgrad.autograd.opencl")


@every_file
def test_kernels_know_no_tensor(path: Path) -> None:
    if module_of(path).startswith(tuple(f"{backend}.kernels" for backend in BACKENDS)):
        assert not [t for t in imports(path) if t.endswith(".tensor")]


@every_file
def test_backends_share_nothing_but_functions_on_arrays(path: Path) -> None:
    mine = [b for b in BACKENDS if module_of(path).startswith(b)]
    for other in BACKENDS if mine else ():
        if other not in mine:
            theirs = [t for t in imports(path) if t.startswith(other)]
            assert not [t for t in theirs if not t.startswith(f"{other}.kernels.")]


@every_file
def test_rules_know_no_array_library(path: Path) -> None:
    if not module_of(path).startswith("lightgrad.autograd.ops"):
        return
    used = {t.split(".")[0] for t in imports(path)}
    assert not used & {"numpy", "pyopencl", "scipy", "torch"}
    names = {n.id for n in ast.walk(TREES[path]) if isinstance(n, ast.Name)}
    assert not names & {"np", "numpy", "cl", "pyopencl"}


def test_annotations_of_rules_say_something() -> None:
    """Of their parameters and results at most a tenth mention Any or object."""
    vague, alias = {"Any", "object"}, PACKAGE / "autograd" / "contract.py"
    for node in TREES[alias].body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            text = node.value
            plain = text.value if isinstance(text, ast.Constant) else ast.unparse(text)
            assert plain not in vague, f"{ast.unparse(node.target)} is a word for {plain}"
    found: dict[str, list[bool]] = {"parameters": [], "results": []}
    for path in (p for p in FILES if p.parent == PACKAGE / "autograd" / "ops"):
        for fn in functions(path):
            given = [n.annotation for n in ast.walk(fn.args) if isinstance(n, ast.arg)]
            for kind, notes in (("parameters", given), ("results", [fn.returns])):
                words = [re.findall(r"\w+", ast.unparse(n)) for n in notes if n is not None]
                found[kind] += [not vague.isdisjoint(said) for said in words]
    shares = {kind: sum(said) / len(said) for kind, said in found.items()}
    assert max(shares.values()) < 0.1, shares


def test_nothing_but_numpy_is_needed() -> None:
    """Other packages are optional, and imported in one place each."""
    places: dict[str, list[str]] = {}
    for path in FILES:
        for name in {t.split(".")[0] for t in imports(path)}:
            if name not in sys.stdlib_module_names and name not in ("lightgrad", "numpy"):
                places.setdefault(name, []).append(module_of(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    for path in FILES:
        top = [n for n in TREES[path].body if isinstance(n, (ast.Import, ast.ImportFrom))]
        names = {a.name for n in top if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in top if isinstance(n, ast.ImportFrom)}
        assert not {n.split(".")[0] for n in names} & set(places), module_of(path)


@every_file
def test_no_bare_except_and_no_assert(path: Path) -> None:
    lines = path.read_text().splitlines()
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path.name}:{node.lineno}: bare except"
            broad = isinstance(node.type, ast.Name) and node.type.id in (
                "Exception",
                "BaseException",
            )
            used = any(isinstance(n, ast.Raise) for n in ast.walk(node)) or node.name
            assert not broad or used, f"{path.name}:{node.lineno}: swallows every error"
        if isinstance(node, ast.Assert):
            why = lines[node.lineno - 1].partition("#")[2]
            assert "invariant" in why, f"{path.name}:{node.lineno}: raise an error of errors.py"


@every_file
def test_long_functions_have_a_reason(path: Path) -> None:
    lines = path.read_text().splitlines()
    for fn in functions(path):
        first = fn.body[0]
        doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        skipped = first.end_lineno - first.lineno + 1 if doc else 0
        length = fn.end_lineno - fn.lineno + 1 - skipped
        start = min([fn.lineno, *(d.lineno for d in fn.decorator_list)])
        reason = start > 1 and lines[start - 2].lstrip().startswith("#")
        assert length <= 40 or reason, f"{path.name}:{fn.lineno}: {fn.name} has {length} lines"


@pytest.mark.parametrize("folder", ["lightgrad", "tests", "examples", "benchmarks", "docs"])
def test_files_have_at_most_400_lines(folder: str) -> None:
    root = PACKAGE.parent
    lines = {p: len(p.read_text().splitlines()) for p in (root / folder).rglob("*.py")}
    long = {p.relative_to(root).as_posix(): n for p, n in lines.items() if n > 400}
    assert not [f"{name}: {n}" for name, n in long.items()]


@every_file
def test_files_say_what_they_are_for(path: Path) -> None:
    doc = ast.get_docstring(TREES[path])
    assert doc and "." in doc, f"{path.name} needs a sentence that says what it is for"


@every_file
def test_public_functions_are_documented_and_typed(path: Path) -> None:
    """At the top level of a module; methods are the matter of their classes."""
    for node in TREES[path].body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        kernel = module_of(path).startswith(KERNELS)
        if isinstance(node, ast.FunctionDef) and not kernel:
            assert node.returns is not None, f"{path.name}:{node.lineno}: {node.name} has no types"


def families(folder: Path) -> set[str]:
    """The files of a folder that are no helpers."""
    return {p.stem for p in folder.glob("[!_]*.py")} - {"derived", "table"}


def test_families_have_one_name_in_every_folder() -> None:
    """Kernels and rows are in files named like those of their rules."""
    rules = families(PACKAGE / "autograd" / "ops")
    assert families(PACKAGE / "conformance" / "rows") == rules
    for folder in ("lightgrad/autograd/cpu/ops", "lightgrad/autograd/opencl/ops", "tests/op_rows"):
        assert families(PACKAGE.parent / folder) <= rules


@every_file
def test_functions_import_nothing_of_this_package(path: Path) -> None:
    """What is needed stands at the top, where the layers are checked; `functional` comes late."""
    for function in functions(path):
        for node in ast.walk(function):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
                ours = [n for n in names if n.split(".")[0] == "lightgrad"]
                assert not ours, f"{path.name}:{node.lineno}: {function.name} imports {ours}"
