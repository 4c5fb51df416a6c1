"""Pictures of the graph behind a tensor."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from typing import Any

from lightgrad.autograd.engine import no_graph
from lightgrad.autograd.nodes import Leaf, op_name
from lightgrad.autograd.observers.values import keep_values
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, MissingLibraryError
from lightgrad.graphs.dot import dot, summary_dot
from lightgrad.graphs.html import html, summary_html
from lightgrad.graphs.mermaid import mermaid, summary_mermaid
from lightgrad.graphs.modules import collapse
from lightgrad.graphs.nodes import (
    SHOWN,
    Box,
    boxes_of,
    edges_of,
    reachable,
    size_of,
)

__all__ = ["Graph", "graph", "keep_values"]

#: file endings that `save` writes as text, without Graphviz
_TEXTS = {".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".html": "html"}
_DIRECTIONS = ("LR", "TB", "RL", "BT")


def graph(
    tensor: AbstractTensor,
    modules: Any = None,
    *,
    depth: int | None = None,
    retain_grad: bool = False,
    direction: str | None = None,
    max_nodes: int = 400,
) -> Graph:
    """A picture of how ``tensor`` was computed; a notebook draws it by itself.

    Every box shows the operation, the tensor's ``name``, its shape (of a 0-d tensor
    the value) and, as soon as there is one, its gradient (of larger tensors the
    norm).  Call it before ``backward()``, which frees the graph; gradients are
    looked up when the picture is drawn, those of intermediate results with
    ``retain_grad=True``.  Values of intermediate results that no variable holds
    need :func:`light.keep_values` around the computation.

    ``modules`` is the model: the operations of each call of a module with
    parameters become one box; ``depth`` counts the levels of modules to tell apart.
    ``direction`` is "LR", "TB", "RL" or "BT".  More than ``max_nodes`` boxes
    become a summary.  ArgumentError for wrong options, BackwardError if there
    is no graph.

    >>> import lightgrad as light
    >>> a, b = light.tensor(2.0, name="a"), light.tensor(-3.0, name="b")
    >>> picture = light.graph(a * b + 1)
    >>> len(picture.boxes), picture
    (4, <graph of 4 boxes: 2 leaves, + and ×>)
    >>> print(picture.dot().splitlines()[0])
    digraph lightgrad {
    """
    if not isinstance(tensor, AbstractTensor):
        raise DtypeError(
            f"graph: draws how a tensor was computed, and a {type(tensor).__name__} is none; of a "
            f"module, pass what it gives, and modules= the module itself"
        )
    if tensor._edge is None:
        raise no_graph("graph", tensor)
    if modules is not None and not hasattr(modules, "named_parameters"):
        raise DtypeError(f"graph: modules must be an nn.Module, not {type(modules).__name__}")
    if direction is not None and direction not in _DIRECTIONS:
        raise ArgumentError(f"graph: direction must be one of {_DIRECTIONS}, not {direction!r}")
    for name, number in (("depth", depth), ("max_nodes", max_nodes)):
        if number is not None and number < 1:
            raise ArgumentError(f"graph: {name} must be at least 1, not {number}")
    nodes = reachable(tensor._edge)
    boxes: list[Box] = []
    # A model of many operations may still have few calls.
    if len(nodes) <= (max_nodes if modules is None else 10 * max_nodes):
        boxes = boxes_of(tensor, nodes, retain_grad)
        if modules is not None:
            boxes = collapse(boxes, modules, depth)
    if len(boxes) > max_nodes:
        boxes = []
    return Graph(boxes, _summary(nodes), direction)


class Graph:
    """The picture that :func:`light.graph` makes.

    ``boxes`` are empty when there were too many; ``summary`` is always there.
    """

    def __init__(self, boxes: list[Box], summary: Summary, direction: str | None) -> None:
        self.boxes = boxes
        self.summary = summary
        numbers = all(box.shape == () for box in boxes)
        self.direction = direction or ("LR" if numbers else "TB")

    def __repr__(self) -> str:
        if not self.boxes:
            return f"<graph of {self.summary.nodes:,} nodes: a summary>"
        ops = list(dict.fromkeys(box.op for box in self.boxes if box.kind == "op"))
        leaves = sum(box.kind == "leaf" for box in self.boxes)
        calls = sum(box.kind == "module" for box in self.boxes)
        parts = [f"{leaves} {'leaf' if leaves == 1 else 'leaves'}"] if leaves else []
        parts += [f"{calls} module call{'s' * (calls > 1)}"] if calls else []
        rest = sorted(ops)[:6]
        text = ", ".join([*parts, *rest[:-1]])
        text = " and ".join(filter(None, [text, *rest[-1:]]))
        return f"<graph of {len(self.boxes)} box{'es' * (len(self.boxes) > 1)}: {text}>"

    def dot(self) -> str:
        """The picture in the language of Graphviz; needs nothing installed."""
        if not self.boxes:
            return summary_dot(self.summary.rows(), "too large to draw: a summary")
        return dot(self.boxes, self.direction, "")

    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart; needs nothing installed."""
        if not self.boxes:
            return summary_mermaid(self.summary.rows())
        return mermaid(self.boxes, self.direction)

    def html(self) -> str:
        """A table of the boxes, for where pictures cannot be drawn."""
        return html(self.boxes) if self.boxes else summary_html(self.summary.rows())

    def svg(self) -> str:
        """The picture as SVG text; MissingLibraryError without Graphviz."""
        return _render(self.dot(), "svg").decode()

    def png(self) -> bytes:
        """The picture as the bytes of a PNG file; MissingLibraryError without Graphviz."""
        return _render(self.dot(), "png")

    def save(self, path: str | Path) -> Path:
        """Write the picture; the ending says how: .svg, .png, .pdf, .dot, .gv, .mmd or .html."""
        path = Path(path)
        ending = path.suffix.lower()
        if ending in _TEXTS:
            path.write_text(getattr(self, _TEXTS[ending])(), encoding="utf-8")
        elif ending in (".svg", ".png", ".pdf"):
            path.write_bytes(_render(self.dot(), ending[1:]))
        else:
            raise ArgumentError(
                f"graph: cannot tell the format of {path.name!r}; end it in .svg, .png, .pdf, "
                f".dot, .gv, .mmd or .html"
            )
        return path

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except MissingLibraryError:  # then there is the table
            return None

    def _repr_html_(self) -> str | None:
        """The drawing, or without Graphviz a table."""
        svg = self._repr_svg_()
        return self.html() if svg is None else svg[svg.index("<svg") :]


class Summary:
    """The figures of a graph: nodes, leaves, depth (operations in a row), and op counts."""

    def __init__(
        self, nodes: int, leaves: int, depth: int, numbers: int, ops: Counter[str]
    ) -> None:
        self.nodes = nodes
        self.leaves = leaves
        self.depth = depth
        self.numbers = numbers
        self.ops = ops

    def rows(self) -> list[tuple[str, str]]:
        """What the picture of a summary says."""
        common = self.ops.most_common(20)
        left = len(self.ops) - len(common)
        return [
            ("nodes", f"{self.nodes:,}"),
            ("leaves", f"{self.leaves:,}"),
            ("numbers in them", f"{self.numbers:,}"),
            ("depth", f"{self.depth:,}"),
            *((name, f"{count:,}") for name, count in common),
            *([("other operations", f"{left:,} kinds")] if left else []),
        ]


def _summary(nodes: list[Any]) -> Summary:
    depth: dict[Any, int] = {}
    ops: Counter[str] = Counter()
    leaves = numbers = 0
    for node in nodes:
        if type(node) is Leaf:
            leaves += 1
            numbers += size_of(node.shape)
            depth[node] = 0
            continue
        name = op_name(node)
        ops[SHOWN.get(name, name)] += 1
        depth[node] = 1 + max(depth[e] for e in edges_of(node) if e is not None)
    return Summary(len(nodes), leaves, max(depth.values()), numbers, ops)


def _render(text: str, form: str) -> bytes:
    """What the program ``dot`` makes of DOT text."""
    remedy = "or use .dot(), .mermaid() or .html(), which need neither"
    try:
        graphviz = importlib.import_module("graphviz")
    except ImportError as error:
        raise MissingLibraryError(
            f"graph: drawing {form} needs the package 'graphviz' ({error}); install it with: "
            f"pip install graphviz, {remedy}"
        ) from error
    try:
        return graphviz.Source(text).pipe(format=form)
    except graphviz.ExecutableNotFound as error:
        raise MissingLibraryError(
            f"graph: drawing {form} needs the program 'dot' of Graphviz, which is not on the PATH; "
            f"install it (apt install graphviz, brew install graphviz, winget install graphviz), "
            f"{remedy}"
        ) from error
