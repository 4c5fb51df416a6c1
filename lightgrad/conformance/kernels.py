"""Every kernel a backend may have: ``python -m lightgrad.conformance --kernels``.

The list is made from the registry, the signatures of the CPU's kernels and the docstrings of the
rules, so that it is as they are; only what the names of arguments mean is written here.
"""

import inspect
import re
import textwrap
from typing import Any, NamedTuple

from lightgrad.autograd import AbstractTensor
from lightgrad.autograd.devices import fallback
from lightgrad.conformance.ladder import matches
from lightgrad.conformance.target import Target
from lightgrad.errors import ArgumentError

#: the ops that all others can be made of
FIVE = ("neg", "add", "mul", "pow", "fill")

#: what an argument is, by its name
ARGUMENTS = {
    "a": "a tensor",
    "b": "a tensor of the same dtype, broadcast against a",
    "t": "a tensor of any shape",
    "x": "a tensor (N, C, *sizes)",
    "y": "the result of the forward kernel",
    "g": "the gradient of the result, in its shape",
    "grad": "the gradient of the result, in its shape",
    "dims": "the axes, a sorted tuple without negative ones, or None for all",
    "dim": "an axis, from 0",
    "keepdim": "whether the axes stay, with size one",
    "shape": "the shape of the result, a tuple",
    "value": "a number or a 0-d tensor",
    "key": "a tuple of ints (negative from the end), slices with positive steps, and None",
    "axes": "the axes that the indices are of, neighbours, from 0",
    "indices": "tensors of int64 of one shape, one for each of the axes; negative from the end",
    "index": "a tensor of int64, counted from 0, as many axes as t",
    "mask": "a tensor of bools that broadcasts to the shape of t",
    "src": "a tensor at least as large as index, or a number",
    "how": "(kernel, stride, padding, dilation, out), each a tuple with one int for each size",
    "weight": "a tensor that broadcasts against t, or None",
    "bias": "a tensor that broadcasts against t, or None",
    "mean": "the mean over dims, with size one there",
    "var": "the biased variance over dims, with size one there",
    "eps": "the number added to the variance",
    "correction": "what is subtracted from the number of elements",
    "diagonal": "which diagonal: 0 the main one, above it positive",
    "offset": "which diagonal: 0 the main one, above it positive",
    "dim1": "the axis of the rows, from 0",
    "dim2": "the axis of the columns, from 0",
    "low": "a number, or -inf for none",
    "high": "a number, or inf for none",
    "query": "a tensor (..., L, E)",
    "scale": "the factor of the products, a number",
    "causal": "whether position i sees keys up to i alone",
    "h": "the hidden state before the first step, (N, hidden)",
    "c": "the state of the cells before the first step, (N, hidden); None but for lstm",
    "w_ih": "the weights of the inputs, (gates * hidden, in)",
    "w_hh": "the weights of the hidden state, (gates * hidden, hidden)",
    "b_ih": "a bias (gates * hidden,), or None",
    "b_hh": "a bias (gates * hidden,), or None",
    "kind": '"lstm", "gru", "tanh" or "relu"',
    "reverse": "whether the steps are taken from the last to the first",
    "work": "what the kernel of recurrence left on its node",
    "wanted": "for each tensor argument of recurrence, whether its gradient is wanted",
    "target": "the classes, int64 (N,)",
    "total": "row_log_sum_exp of t, (2, N)",
    "reduction": '"mean", "sum" or "none"',
    "ignore_index": "the class that does not count",
    "size": "the number of elements in a window",
    "step": "the distance from one window to the next",
    "descending": "whether the largest come first",
    "k": "how many",
    "largest": "whether the largest are meant, else the smallest",
    "dtype": "a NumPy dtype",
    "others": "tensors of the same dtype, and of the same shape but along dim",
    "input": "a tensor (..., in)",
    "nan": "what stands for NaN, a number",
    "posinf": "what stands for infinity, a number, or None for the largest of the dtype",
    "neginf": "what stands for minus infinity, a number, or None for the least of the dtype",
    "p": "the order: a number, inf or -inf",
    "widths": "(before, after) for each axis, from 0",
    "shifts": "by how many places, one for each of the dims",
    "decimals": "how many decimals are kept",
    "values": "a tensor of what is looked up",
    "right": "whether equal elements stay before the place",
    "condition": "a tensor of bools, broadcast",
    "other": "a tensor of the same dtype, broadcast",
    "negative_slope": "the slope below zero, a number",
    "min_val": "the least value, a number",
    "max_val": "the largest value, a number",
    "approximate": '"none" or "tanh"',
    "beta": "the factor of the argument, a number",
    "threshold": "above it, beta t is taken for the result",
    "alpha": "the factor of the exponential, a number",
    "factor": "the factor of the whole, a number",
    "rate": "the factor of the argument, a number",
}
#: where the same name is something else
SPECIAL = {
    ("convolution", "weight"): "a tensor (O, C / groups, *kernel)",
    ("convolution", "bias"): "a tensor (O,), or None",
    ("linear", "weight"): "a tensor (out, in)",
    ("linear", "bias"): "a tensor (out,), or None",
    ("attention", "key"): "a tensor (..., S, E)",
    ("attention", "value"): "a tensor (..., S, V)",
    ("convolution", "y"): "a tensor (N, O, *sizes)",
    ("convolution", "how"): "(stride, padding, dilation, groups), the first three tuples with one "
    "int for each size",
    ("pad_constant", "value"): "a number",
    ("put", "value"): "a tensor that broadcasts to the place, or a number",
    ("recurrence", "x"): "the inputs of all steps, (T, N, in)",
    ("searchsorted", "t"): "an ascending tensor of one axis",
    ("row_cross_entropy", "t"): "the logits, (N, classes)",
    ("row_log_sum_exp", "t"): "the logits, (N, classes)",
    ("argmax", "dim"): "an axis, from 0, or None for all elements in a row",
    ("argmin", "dim"): "an axis, from 0, or None for all elements in a row",
    ("distinct", "dim"): "an axis, from 0, or None for all elements in a row",
    ("matmul", "a"): "a tensor (..., n, k), or (k,)",
    ("matmul", "b"): "a tensor (..., k, m), or (k,), of the same dtype",
    ("matmul_left_backward", "b"): "a tensor (..., k, m)",
    ("matmul_right_backward", "a"): "a tensor (..., n, k)",
    ("pool_max_gather", "t"): "a tensor of the shape of x",
    ("unfold", "shape"): "the shape before unfolding, a tuple",
    ("prod", "dims"): "a tuple of one axis, from 0, or None for all",
    ("scatter", "index"): "a tensor of int64, counted from 0, as many axes as t",
    ("masked_select", "mask"): "a tensor of bools, broadcast against t",
    ("expand", "shape"): "the shape of the result, a tuple in which -1 keeps a size",
    ("reshape", "shape"): "the shape of the result, a tuple",
    ("relu_backward", "a"): "the gradient of the result",
    ("relu_backward", "b"): "the result of relu",
    ("sigmoid_backward", "a"): "the gradient of the result",
    ("sigmoid_backward", "b"): "the result of sigmoid",
    ("tanh_backward", "a"): "the gradient of the result",
    ("tanh_backward", "b"): "the result of tanh",
    ("normalized_backward", "bias"): "the shape of the bias, or None",
    ("softmax_backward", "dim"): "an axis, from 0, or negative from the end",
    ("permute", "dims"): "the axes in their new order, from 0",
    ("roll", "dims"): "the axes, from 0, or None for all elements in a row",
    ("flip", "dims"): "the axes, a sorted tuple without negative ones",
}


class Kernel(NamedTuple):
    """What there is to know about one kernel."""

    op: str
    arguments: tuple[tuple[str, str], ...]  # names, with a star where there are several; meanings
    meaning: str  # the docstring of the rule, as far as prose goes
    module: str  # where the rule is
    made_of: tuple[str, ...]  # the ops it can be made of on a device without it

    @property
    def call(self) -> str:
        return f"{self.op}({', '.join(name for name, _ in self.arguments)})"


def kernels() -> list[Kernel]:
    """All kernels, by the family of their rules.

    >>> [k.call for k in kernels() if k.op in ("sum", "pool_max")]
    ['pool_max(x, how)', 'sum(t, dims, keepdim)']
    """
    rules = AbstractTensor._ops
    host = fallback.host()._ops
    mine = [
        op for op, fn in host.items() if isinstance(fn, type) and isinstance(rules.get(op), type)
    ]
    every = [_kernel(op, rules[op], host[op]) for op in mine]
    return sorted(every, key=lambda k: (k.module, k.op))


def _kernel(op: str, rule: Any, kernel: Any) -> Kernel:
    own = op.removesuffix("_backward")
    arguments = []
    for p in list(inspect.signature(kernel.forward).parameters.values())[1:]:
        if p.name == "parameters":
            arguments += [(name, _meaning(op, name)) for name in _parameters(own)]
            continue
        star = "*" if p.kind is p.VAR_POSITIONAL else ""
        arguments.append((star + p.name, _meaning(op, p.name)))
    prose = re.split(r"\n\s*>>>", inspect.getdoc(rule) or "")[0].strip()
    made_of = rule.needs if rule.derived else ()
    module = rule.__module__.rpartition(".")[2]
    return Kernel(op, tuple(arguments), prose, module, tuple(made_of))


def _parameters(op: str) -> list[str]:
    """The numbers of an activation, which its kernel gets as they stand."""
    rule = AbstractTensor._ops[op]
    if rule.prepare is None:
        return ["alpha", "factor", "rate"]
    return list(inspect.signature(rule.prepare).parameters)[1:]


def _meaning(op: str, name: str) -> str:
    """The meaning of an argument; a missing one fails the tests."""
    for own in (op, op.removesuffix("_backward"), op.partition("_")[0], op.rpartition("_")[0]):
        if (own, name) in SPECIAL:
            return SPECIAL[own, name]
    return ARGUMENTS.get(name, "")


# ----------------------------------------------------------------- as text


def _plain(text: str) -> str:
    """Without the marks of formulas and code."""
    text = re.sub(r":\w+:`([^`]*)`", r"\1", text).replace(".. math::", "")
    return re.sub(r"\s+", " ", text.replace("``", ""))


def as_text(backend: Any = None, ops: str | None = None) -> str:
    """The list for a terminal; with a backend, which way each op goes there.

    ``ops`` are patterns of the kernels to list, like "sum,conv*".

    >>> print(as_text()[:43])
    Kernels of lightgrad: what `forward(ctx, ...
    """
    target = None if backend is None else Target(backend)
    chosen = [k for k in kernels() if matches(k.op, ops)]
    if not chosen:
        raise ArgumentError(f"kernels: none is called {ops!r}; without --ops all are listed")
    lines = [
        "Kernels of lightgrad: what `forward(ctx, ...)` of a backend is called with, and what it",
        f"returns. Five are enough: {', '.join(FIVE)}. The rest is made of others, or runs on the",
        "CPU. The tensors of a call are on the backend; of one dtype where nothing else is said.",
    ]
    family = ""
    for k in chosen:
        if k.module != family:
            family = k.module
            lines += ["", f"--- {family}"]
        way = "" if target is None else f"  [{target.path(k.op)}]"
        lines += ["", k.call + way]
        lines += textwrap.wrap(
            _plain(k.meaning), 96, initial_indent="    ", subsequent_indent="    "
        )
        width = max((len(name) for name, _ in k.arguments), default=0)
        for name, meaning in k.arguments:
            lines.append(f"      {name:<{width}}  {meaning}")
        if k.made_of:
            lines.append(f"      without it: made of {', '.join(k.made_of)}")
    return "\n".join(lines) + "\n"


def _displayed(match: re.Match[str]) -> str:
    return f"$$\n{' '.join(match[1].split())}\n$$"


def as_markdown() -> str:
    """The list for the documentation."""
    parts: list[str] = []
    family = ""
    for k in kernels():
        if k.module != family:
            family = k.module
            parts.append(f"## {family.capitalize().replace('_', ' ')}")
        parts.append(f"### `{k.call}` {{ #{k.op} }}")
        text = re.sub(r"\.\. math::(.*?)(?=\n\n|$)", _displayed, k.meaning, flags=re.DOTALL)
        text = re.sub(r":math:`([^`]*)`", r"$\1$", text)
        parts.append(re.sub(r":\w+:`([^`]*)`", r"`\1`", text).replace("``", "`"))
        rows = [f"| `{name}` | {meaning} |" for name, meaning in k.arguments]
        parts.append("\n".join(["| argument | what it is |", "|---|---|", *rows]))
        if k.made_of:
            parts.append(f"Without it: made of {', '.join(f'`{op}`' for op in k.made_of)}.")
    return "\n\n".join(parts) + "\n"
