"""Puts the operations, by family and with an index, in place of the mark in their page."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from lightgrad.autograd import ops
from lightgrad.autograd.tensor import AbstractTensor

sys.path.insert(0, str(Path(__file__).parent))
from docstrings import as_markdown as prose

MARK = "<!-- the operations -->"
#: what somebody may look for in a family, and finds in another
ELSEWHERE = {
    "activation": "elu leaky_relu log_softmax prelu relu selu softmax tanh",
    "adaptive_pooling": "avg_pool2d",
    "arithmetic": "abs bitwise_and bitwise_or bitwise_xor maximum minimum reciprocal square sqrt",
    "axes": "flip movedim permute squeeze transpose unsqueeze",
    "calculus": "diff trapezoid",
    "clamp": "hardtanh maximum minimum",
    "comparison": "all any clamp max min nan_to_num where",
    "conversion": "view reshape",
    "convolution": "unfold",
    "creation": "masked_fill one_hot tril",
    "cross_entropy": "binary_cross_entropy binary_cross_entropy_with_logits log_softmax",
    "cumulative": "logsumexp",
    "diagonal": "trace",
    "einsum": "bmm dot matmul",
    "elementary": "atan2 clamp cos floor pow round sigmoid sign sin tan tanh",
    "embedding": "index_select",
    "getitem": "gather masked_select take_along_dim",
    "indexing": "index_add index_fill index_put index_select nonzero scatter_reduce take tril",
    "joining": "column_stack hstack index_add narrow pad repeat tensor_split vstack",
    "aliases": "absolute clip multiply negative",
    "layout": "is_contiguous",
    "linalg": "addmm baddbmm cosine_similarity diagonal einsum norm tensordot tril triu",
    "loss": "cross_entropy nll_loss",
    "norm": "layer_norm",
    "normalization": "dropout normalize",
    "padding": "cat",
    "pooling": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d",
    "pairs": "atan2 maximum minimum pow xlogy",
    "products": "bmm matmul mul",
    "reduction": "argsort cumsum logsumexp mean norm std topk var var_mean",
    "relu": "gelu silu softplus",
    "repeat": "expand",
    "rounding": "clamp floor_divide fmod nan_to_num remainder",
    "scattering": "index_put masked_fill scatter scatter_add",
    "setitem": "masked_fill scatter scatter_add",
    "shape": "cat chunk contiguous narrow ravel repeat rot90 select split stack t tile unfold",
    "softmax": "cross_entropy sigmoid",
    "sorting": "argmax argmin max min",
    "special": "erf erfc expm1 log1p sigmoid xlogy",
    "stacking": "cat chunk split stack unbind",
    "statistics": "max min norm sum",
    "trigonometry": "exp sigmoid",
}
OPTIONS = """    options:
      show_root_heading: false
      show_root_toc_entry: false
      heading_level: 3
      show_signature: false
      members: {members}
      filters: ["!^_", "!^(forward|backward|prepare|setup_context|composite|saves|differentiable)$"]
"""


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    """Called by MkDocs for every page."""
    return markdown.replace(MARK, as_markdown()) if MARK in markdown else markdown


def families() -> dict[str, ModuleType]:
    """The files of operations."""
    found = vars(ops).items()
    return {name: m for name, m in found if isinstance(m, ModuleType) and m.__name__ == _name(name)}


def operations() -> dict[str, list[str]]:
    """The operations of each family, without fused gradients and what else begins with ``_``."""
    listed: dict[str, list[str]] = {name: [] for name in families()}
    for op, rule in sorted(AbstractTensor._ops.items()):
        family = rule.__module__.rpartition(".")[2]
        if rule.__module__.startswith("lightgrad.") and not op.endswith("_backward"):
            listed[family] += [op] if op[0] != "_" else []
    return {name: found for name, found in sorted(listed.items()) if found}


def as_markdown() -> str:
    """An index of the families, and a section for each of them."""
    listed = operations()
    home = {op: family for family, found in listed.items() for op in found}
    lines = ["| family | operations | in another family |", "|---|---|---|"]
    for family, found in listed.items():
        other = (f"{_link(op, home)} ({home[op]})" for op in ELSEWHERE.get(family, "").split())
        public = (op for op in found if op not in AbstractTensor._internal)
        mine = ", ".join(_link(op, home) for op in public)
        lines.append(f"| [{_title(family)}](#{family}) | {mine} | {', '.join(other)} |")
    return "\n".join(lines) + "\n\n" + "\n".join(_section(*pair) for pair in listed.items())


def _title(family: str) -> str:
    return family.replace("_", " ").capitalize()


def _name(family: str) -> str:
    return f"lightgrad.autograd.ops.{family}"


def _written(family: str) -> set[str]:
    """The names that the text of a file defines; others are made in a loop."""
    tree = ast.parse(inspect.getsource(families()[family]))
    return {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}


def _link(op: str, home: dict[str, str]) -> str:
    return f"[`{op}`](#{_name(home[op])}.{op})"


def _section(family: str, found: list[str]) -> str:
    written = _written(family)
    members = [op for op in found if op in written]
    members += ["ValuesIndices"] if "ValuesIndices" in written else []
    text = f"## {_title(family)} {{ #{family} }}\n\n::: {_name(family)}\n"
    text += OPTIONS.format(members=members)
    for op in found:
        if op not in written:
            doc = prose(inspect.getdoc(AbstractTensor._ops[op]) or "")
            text += f"\n### `{op}` {{ #{_name(family)}.{op} }}\n\n{doc}\n"
    return text
