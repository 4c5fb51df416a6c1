"""Which names of torch a program uses, read from its text without running it.

Names are followed through imports, their other names, and modules beside the program. Of tensors
those are known that a function or a method of torch has made; what else has methods is left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.machinery import PathFinder
from typing import NamedTuple

from lightgrad.autograd.namespace import names as operations
from lightgrad.torch._core.finder import home

#: what stands for a tensor among the values of expressions, which are full names
TENSOR = "torch.Tensor()"
#: operations that give something else, or several tensors
_OTHERS = frozenset(
    re.findall(
        r"\w+",
        "allclose aminmax broadcast_tensors chunk cummax cummin dsplit equal hsplit kthvalue max "
        "max_unpool1d median meshgrid min mode nanmedian numel size sort split split_with_sizes "
        "std_mean tensor_split topk unbind unique var_mean vsplit lstm_cell max_pool "
        "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d max_pool1d max_pool2d "
        "max_pool3d where nonzero",
    )
)
_MADE = frozenset(
    re.findall(
        r"\w+",
        "arange as_tensor empty empty_like eye from_numpy full full_like linspace logspace ones "
        "ones_like rand rand_like randint randint_like randn randn_like randperm tensor "
        "tril_indices triu_indices zeros zeros_like Tensor FloatTensor LongTensor DoubleTensor "
        "IntTensor",
    )
)
_METHODS = frozenset(
    re.findall(
        r"\w+",
        "clone contiguous cpu cuda detach double float half int long to type view expand repeat "
        "requires_grad_ zero_ fill_ add_ mul_ div_ sub_ t",
    )
)
_TENSORS = frozenset(re.findall(r"\w+", "data grad H T imag mH mT real"))
#: where these are looked up in vain, somebody is prepared for it
_PREPARED = frozenset(
    re.findall(r"\w+", "ImportError ModuleNotFoundError AttributeError Exception")
)


class Use(NamedTuple):
    """A full name of torch, and where a program uses it."""

    name: str
    file: str
    line: int
    #: the program goes on without it
    prepared: bool = False


class Source(NamedTuple):
    """The text of a module, its file, and its full name, which relative imports begin at."""

    text: str | bytes
    file: str
    name: str = "__main__"


def uses(first: Source, folder: str) -> list[Use]:
    """What a program uses, with the modules that it imports from a folder and those below.

    >>> text = "import torch.nn as nn\\nx = nn.Linear(2, 3)"
    >>> [(use.name, use.line) for use in uses(Source(text, "script.py"), ".")]
    [('torch.nn', 1), ('torch.nn.Linear', 2)]
    """
    found: dict[Use, None] = {}
    waiting, seen = [first], {first.name}
    while waiting:
        reader = _Reader(waiting.pop())
        reader.read()
        found |= dict.fromkeys(reader.found)
        for name in reader.imported:
            parts = name.split(".")
            for at in range(len(parts)):
                part = ".".join(parts[: at + 1])
                waiting += located(part, folder) if part not in seen else ()
                seen.add(part)
    return sorted(found, key=lambda use: (use.file, use.line, use.name))


def located(name: str, folder: str) -> Iterator[Source]:
    """The module of that name in a folder, if there is one; nothing is imported."""
    where: list[str] | None = [folder]
    spec = None
    for at in range(len(parts := name.split("."))):
        spec = PathFinder.find_spec(".".join(parts[: at + 1]), where)
        if spec is None:
            return
        inner = spec.submodule_search_locations
        where = [] if inner is None else list(inner)
    if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
        with open(spec.origin, "rb") as file:
            text = file.read()
        yield Source(text, spec.origin, f"{name}." if where else name)


class _Reader(ast.NodeVisitor):
    """Reads one module; the bodies of functions after what stands around them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Use] = []
        self.imported: list[str] = []
        #: names and what they are: a full name of torch, TENSOR, or nothing that is known
        self.scopes: list[dict[str, str | None]] = [{}]
        self.prepared = 0
        self.later: list[tuple[ast.AST, list[dict[str, str | None]]]] = []

    def read(self) -> None:
        try:
            self.generic_visit(ast.parse(self.source.text, self.source.file))
        except SyntaxError:  # the program will say so where it imports the file
            return
        while self.later:
            function, self.scopes = self.later.pop(0)
            self.generic_visit(function)

    def _use(self, name: str, node: ast.AST) -> None:
        line = getattr(node, "lineno", 1)
        self.found.append(Use(name, self.source.file, line, self.prepared > 0))

    # imports
    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            if home(alias.name) is None:
                self.imported.append(alias.name)
                self._bind(alias.asname or first, None)
            else:
                self._use(alias.name, node)
                self._bind(alias.asname or first, alias.name if alias.asname else first)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            outer = self.source.name.rpartition(".")[0].split(".")
            module = ".".join(filter(None, [*outer[: len(outer) - node.level + 1], module]))
        elif home(module) is not None:
            for alias in node.names:
                name = f"{module}.{alias.name}" if alias.name != "*" else module
                self._use(name, node)
                self._bind(alias.asname or alias.name, name)
            return
        self.imported += [module, *(f"{module}.{alias.name}".strip(".") for alias in node.names)]
        for alias in node.names:
            self._bind(alias.asname or alias.name, None)

    def visit_Try(self, node: ast.Try) -> None:
        kinds = {
            n.id for h in node.handlers for n in ast.walk(h.type or h) if isinstance(n, ast.Name)
        }
        self.prepared += not _PREPARED.isdisjoint(kinds)
        for statement in node.body:
            self.visit(statement)
        self.prepared -= not _PREPARED.isdisjoint(kinds)
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(rest)

    # scopes
    def _bind(self, name: str, value: str | None) -> None:
        self.scopes[-1][name] = value

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        for part in (
            *getattr(node, "decorator_list", ()),
            *node.args.defaults,
            *node.args.kw_defaults,
        ):
            if part is not None:
                self.visit(part)
        given = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _stores(n)}
        outer = {n for g in ast.walk(node) if isinstance(g, ast.Global) for n in g.names}
        own: dict[str, str | None] = dict.fromkeys(given | stored - outer)
        body = ast.Module(node.body if isinstance(node.body, list) else [ast.Expr(node.body)], [])
        notes = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
        for note in (*notes, getattr(node, "returns", None)):
            if note is not None:
                self.visit(note)
        self.later.append((body, [*self.scopes, own]))
        self._bind(getattr(node, "name", "<lambda>"), None)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self.scopes = [*self.scopes, {}]
        for statement in node.body:
            self.visit(statement)
        self.scopes = self.scopes[:-1]
        self._bind(node.name, None)

    # values
    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        value = self._value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, value)
            else:
                self.visit(target)

    def visit_Name(self, node: ast.Name) -> None:
        if _stores(node):
            self._bind(node.id, None)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self._value(node)
        if name is None or name == TENSOR:
            owner = self._value(node.value)
            name = f"{TENSOR[:-2]}.{node.attr}" if owner == TENSOR else None
        if name is not None and not isinstance(node.ctx, ast.Store):
            self._use(name, node)
        inner: ast.AST = node.value
        while name is not None and isinstance(inner, ast.Attribute):
            inner = inner.value  # what it is a part of is no use of its own
        self.visit(inner)

    def _value(self, node: ast.AST) -> str | None:
        """What an expression is, as far as that is certain."""
        if isinstance(node, ast.Name):
            return next((s[node.id] for s in reversed(self.scopes) if node.id in s), None)
        if isinstance(node, ast.Attribute):
            owner = self._value(node.value)
            if owner == TENSOR:
                return TENSOR if node.attr in _TENSORS else None
            return owner and f"{owner}.{node.attr}"
        if isinstance(node, ast.Call):
            return TENSOR if self._gives_tensor(node.func) else None
        parts: tuple[ast.AST, ...] = ()
        if isinstance(node, ast.BinOp):
            parts = node.left, node.right
        elif isinstance(node, ast.Subscript):
            parts = (node.value,)
        elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
            parts = (node.operand,)
        return TENSOR if TENSOR in map(self._value, parts) else None

    def _gives_tensor(self, function: ast.AST) -> bool:
        if isinstance(function, ast.Attribute) and self._value(function.value) == TENSOR:
            name = function.attr
            return name in _METHODS or (name in operations() and name not in _OTHERS)
        owner, _, name = (self._value(function) or "").rpartition(".")
        known = owner in ("torch", "torch.nn.functional") and name not in _OTHERS
        return known and (name in _MADE or name in operations())


def _stores(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)
