"""Write the stub files that tell type checkers and editors of the registered operations.

python docs/make_stubs.py            write them
python docs/make_stubs.py --check    say whether they are up to date, and write nothing

Operations become tensor methods and functions at run time, which no type checker
sees.  Signatures are those of the rules; RETURNS says where a result depends on the
arguments.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgrad
from lightgrad.autograd import namespace
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.devices import registry
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor, takes_several
from lightgrad.autograd.tensor.out import TAKING
from lightgrad.autograd.tensor.registration import OPERATORS

PACKAGE = Path(__file__).parent.parent / "lightgrad"
WIDTH = 100

#: results that are one tensor or several
RETURNS = {
    "nonzero": "Any",  # a tensor, or a tuple of them
    "unique": "Any",
    **{f"atleast_{n}d": "Any" for n in (1, 2, 3)},
    "transfer": "AbstractTensor",  # of another class
}
#: ops whose result depends on how they are called: parameters and result of each form
FORMS = {
    "max": [
        ("", "Self"),
        ("dim: AbstractTensor", "Self"),
        ("dim: int, keepdim: bool = ..., *, keepdims: bool | None = ...", "ValuesIndices"),
        ("*, axis: int, keepdim: bool = ..., keepdims: bool | None = ...", "ValuesIndices"),
    ],
}
FORMS["min"] = FORMS["max"]
FORMS["median"] = FORMS["nanmedian"] = [
    ("", "Self"),
    ("dim: int, keepdim: bool = ...", "ValuesIndices"),
]
_POOL = (
    "kernel_size: Sizes, stride: Sizes | None = ..., padding: Sizes = ..., dilation: Sizes = ..., "
    "ceil_mode: bool = ..."
)
for _n in "123":
    for _name, _given in (("max_pool", _POOL), ("adaptive_max_pool", "output_size: OutputSize")):
        FORMS[f"{_name}{_n}d"] = [
            (_given, "Self"),
            (f"{_given}, *, return_indices: bool", "tuple[Self, Self]"),
        ]

#: first parameters that are no tensor
FREE = {
    "equation": "builtins.str",
    "tensors": "Sequence[AbstractTensor]",
    "*tensors": "AbstractTensor",
}

#: the words of `contract` that signatures are made of
WORDS = [
    "ArrayLike",
    "Axes",
    "DTypeLike",
    "Index",
    "Number",
    "Operand",
    "OutputSize",
    "Shape",
    "Sizes",
]

HEADER = '''"""{what}

Written by docs/make_stubs.py; do not edit.
"""

'''
METHODS_START = """import builtins
from collections.abc import Callable, Sequence
from typing import Any, overload

from typing_extensions import Self

{words}
from lightgrad.autograd.generator import Generator
from lightgrad.autograd.ops.decomposition import QR, SVD, Eigh, LinalgSVD
from lightgrad.autograd.ops.lu import LU, LUFactor
from lightgrad.autograd.ops.optimize import Update
from lightgrad.autograd.ops.reduction import ValuesIndices
from lightgrad.autograd.ops.solving import LeastSquares, SignLog, TriangularSolution
from lightgrad.autograd.ops.statistics import Extrema
from lightgrad.autograd.tensor import AbstractTensor

"""
FUNCTIONS_START = """import builtins
from collections.abc import Callable, Sequence
from typing import Any, overload

{words}
from lightgrad.autograd.generator import Generator
from lightgrad.autograd.ops.decomposition import QR, SVD, Eigh, LinalgSVD
from lightgrad.autograd.ops.lu import LU, LUFactor
from lightgrad.autograd.ops.reduction import ValuesIndices
from lightgrad.autograd.ops.solving import LeastSquares, SignLog, TriangularSolution
from lightgrad.autograd.ops.statistics import Extrema
from lightgrad.autograd.tensor import AbstractTensor

METHODS: frozenset[builtins.str]

def names() -> list[builtins.str]: ...
def function(op: builtins.str) -> Callable[..., Any] | None: ...
def strict(op: builtins.str) -> Callable[..., Any] | None: ...
"""
MODULE_START = HEADER.format(what="The names of lightgrad, for type checkers.") + (
    "# ruff: noqa: I001\nfrom typing import TypeAlias\n\n"
)


def first_and_rest(op: str) -> tuple[str, list[str]]:
    """The name of an op's first parameter, and the others as they stand in a stub."""
    rule = rule_of(op)
    if rule and rule.prepare is None and rule.optional is None and rule.arity:
        return "input", ["other: Operand"] if rule.arity == 2 else []
    first, *rest = list(inspect.signature(defining(op)).parameters.values())
    star = "*" if first.kind is first.VAR_POSITIONAL else ""
    return star + first.name, listed(first, rest)


def rule_of(op: str) -> type[Function] | None:
    """The Function of an op; None of one that is made of others."""
    rule = AbstractTensor._ops[op]
    return rule if isinstance(rule, type) else None


def defining(op: str) -> Callable[..., Any]:
    """The function that says what an op takes."""
    rule = rule_of(op)
    if rule is None:
        return AbstractTensor._ops[op]
    stated = rule.prepare or rule.optional or rule.composite
    if stated:
        return stated
    return functools.partial(CpuTensor._ops[op].forward, None)  # of an op that is a part of others


def typed(p: inspect.Parameter) -> str:
    """One parameter as it stands in a stub, without the name's stars."""
    hint = "Any" if p.annotation is p.empty else str(p.annotation)
    return f"{p.name}: {qualified(hint)}" + ("" if p.default is p.empty else " = ...")


def qualified(hint: str) -> str:
    """``float`` is a method here, so the type must be called otherwise."""
    hint = re.sub(r"\b(Cpu)?Tensor\b", "AbstractTensor", hint)
    return re.sub(r"(?<![\w.])(int|float|bool|str)\b", r"builtins.\1", hint)


def listed(first: inspect.Parameter, rest: list[inspect.Parameter]) -> list[str]:
    """The parameters after the first one, with their stars."""
    out, starred = [], first.kind is first.VAR_POSITIONAL
    for p in rest:
        if p.kind is p.KEYWORD_ONLY and not starred:
            out.append("*")
        starred = starred or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        stars = {p.VAR_POSITIONAL.name: "*", p.VAR_KEYWORD.name: "**"}
        out.append(stars.get(p.kind.name, "") + typed(p))
    return out


def definition(name: str, params: list[str], result: str, indent: str = "") -> str:
    """``def name(params) -> result: ...``, broken into lines as ruff does."""
    start, end = f"{indent}def {name}(", f") -> {result}: ..."
    whole = start + ", ".join(params) + end
    if len(whole) <= WIDTH:
        return whole + "\n"
    middle = f"{indent}    {', '.join(params)}"
    if len(middle) <= WIDTH:
        return f"{start}\n{middle}\n{indent}{end}\n"
    return start + "\n" + "".join(f"{indent}    {p},\n" for p in params) + indent + end + "\n"


def with_out(given: list[str], result: str) -> list[str]:
    """The parameters of a function that takes ``out=``."""
    kind = "AbstractTensor" if result in ("AbstractTensor", "Any") else "Sequence[AbstractTensor]"
    star = [] if any(p.startswith("*") and p[:2] != "**" for p in given) else ["*"]
    return [*given, *star, f"out: {kind} | None = ..."]


def overloads(name: str, first: str, tensor: str, indent: str, out: bool = False) -> str:
    text = ""
    for params, result in FORMS[name]:
        given = [first, *filter(None, qualified(params).split(", "))]
        result = result.replace("Self", tensor)
        given = with_out(given, result) if out else given
        text += f"{indent}@overload\n" + definition(name, given, result, indent)
    return text


def result_of(op: str) -> str:
    rule = rule_of(op)
    if op in RETURNS or (rule and op not in AbstractTensor._internal):
        return RETURNS.get(op, "Self")
    if rule and rule.prepare:
        return "Self"
    stated = str(inspect.signature(defining(op)).return_annotation)
    return "Self" if stated == "Any" else qualified(stated).replace("AbstractTensor", "Self")


def method(name: str, op: str) -> str:
    """A tensor method; ``name`` may be the in-place form of ``op``."""
    if op in FORMS:
        return overloads(name, "self", "Self", "    ")
    first, given = first_and_rest(op)
    if takes_several(op):
        text = definition(name, [f"{first}: {FREE[first]}", *given], result_of(op), "    ")
        return "    @staticmethod\n" + text.replace("Self", "AbstractTensor")
    given = ["self", *given]
    return definition(name, given, "Self" if name != op else result_of(op), "    ")


def attached() -> dict[str, Any]:
    """What the op modules set on AbstractTensor without registering it."""
    return {
        name: value
        for name, value in vars(AbstractTensor).items()
        if name not in AbstractTensor._ops
        and not name.startswith("_")
        and str(_origin(value).__module__).startswith("lightgrad.autograd.ops")
    }


def _origin(value: Any) -> Any:
    found = value.fget if isinstance(value, property) else value
    return found if hasattr(found, "__module__") else int


def methods() -> str:
    """The text of methods.pyi."""
    text = HEADER.format(what="Every operation as a tensor method, for type checkers.")
    text += METHODS_START
    parts = [method(op, op) for op in sorted(AbstractTensor._internal)]
    text += f"class Parts:\n{''.join(parts)}\nclass TensorMethods(Parts):\n"
    lines = {}
    for op in namespace.names() + sorted(namespace.METHODS) + _inplace_ops():
        lines[op] = method(op, op)
    for name, value in attached().items():
        op = name[:-1]
        if isinstance(value, property):
            lines[name] = f"    @property\n    def {name}(self) -> Self: ...\n"
        elif name.endswith("_") and op in AbstractTensor._ops:
            lines[name] = method(name, op)
        else:
            first, *rest = inspect.signature(value).parameters.values()
            lines[name] = definition(name, ["self", *listed(first, rest)], "Self", "    ")
    for name in vars(AbstractTensor).keys() & {*registry.names()} - {"cpu"}:
        given = ["self", "index: builtins.int | None = ..."]
        lines[name] = definition(name, given, "AbstractTensor", "    ")
    for op, operator in OPERATORS.items():
        given = ["self", *[f"{other}, /" for other in first_and_rest(op)[1][:1]]]
        if operator in ("__lt__", "__le__", "__gt__", "__ge__"):  # NumPy's would overlap
            given = ["self", "other: Any", "/"]
        if operator in ("__eq__", "__ne__"):
            line = f"    def {operator}(self, other: object, /) -> Self: ..."
            lines[operator] = line + "  # type: ignore[override]\n"
        else:
            lines[operator] = definition(operator, given, "Self", "    ")
    lines["__getitem__"] = definition("__getitem__", ["self", "index: Any", "/"], "Self", "    ")
    return with_words(text + "".join(lines[name] for name in sorted(lines)))


def _inplace_ops() -> list[str]:
    """Registered ops that change the tensor, like ``normal_``."""
    return [
        op for op in AbstractTensor._ops if op.endswith("_") and op not in AbstractTensor._internal
    ]


def function_stubs() -> str:
    """The text of namespace.pyi."""
    text = HEADER.format(what="Every operation as a function, for type checkers.")
    text += FUNCTIONS_START
    for op in namespace.names():
        if op in FORMS:
            text += overloads(op, "input: Operand", "AbstractTensor", "", op in TAKING)
            continue
        first, given = first_and_rest(op)
        if op == "where":
            given = ["condition: Any", "input: Any = ...", "other: Any = ..."]
        elif first in FREE:
            given = [f"{first}: {FREE[first]}", *given]
        else:
            given = ["input: Operand", *given]
        result = result_of(op).replace("Self", "AbstractTensor")
        text += definition(op, with_out(given, result) if op in TAKING else given, result)
    return with_words(text)


def with_words(text: str) -> str:
    """The text of a stub with its import of the words that occur in it."""
    used = [word for word in WORDS if re.search(rf"\b{word}\b", text)]
    line = f"from lightgrad.autograd.contract import {', '.join(used)}"
    if len(line) > WIDTH:
        rows = "".join(f"    {word},\n" for word in used)
        line = f"from lightgrad.autograd.contract import (\n{rows})"
    return text.replace("{words}", line)


def module_stub() -> str:
    """The text of lightgrad/__init__.pyi: ops, and what the module imports, later or at once."""
    found = {op: ("lightgrad.autograd.namespace", op) for op in namespace.names()}
    for name, place in vars(lightgrad)["_LAZY"].items():
        module, _, attribute = place.partition(":")
        found[name] = (module, attribute) if attribute else ("lightgrad", name)
    assigned = {"__version__": "__version__: str", "Tensor": "Tensor: TypeAlias = AbstractTensor"}
    for node in ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            found |= {
                alias.asname or alias.name: (str(node.module), alias.name) for alias in node.names
            }
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            assigned[ast.unparse(node.targets[0])] = ast.unparse(node)
    lines = []
    for name, (module, attribute) in sorted(found.items()):
        private = f"_{name}"
        if name[0] != "_" and name not in assigned:
            if name != attribute:  # only `x as x` counts as a name of this module
                assigned[name] = f"{name} = {private}"
            new = name if name == attribute else private
            line = f"from {module} import {attribute} as {new}"
            lines += [
                line if len(line) <= WIDTH else line.replace("import ", "import (\n    ") + ",\n)"
            ]
    return MODULE_START + "\n".join([*lines, "", *assigned.values(), ""])


def main() -> int:
    stale = []
    for name, text in (
        ("autograd/methods.pyi", methods()),
        ("autograd/namespace.pyi", function_stubs()),
        ("__init__.pyi", module_stub()),
    ):
        path = PACKAGE / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
                print(f"wrote {path}")
    if stale and "--check" in sys.argv:
        print(f"{', '.join(stale)} out of date; run python docs/make_stubs.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
