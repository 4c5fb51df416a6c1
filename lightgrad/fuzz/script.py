"""A program as a script of a few lines that stands alone."""

from pathlib import Path
from typing import Any

import numpy as np

from lightgrad.autograd.devices import registry
from lightgrad.fuzz import differences, table
from lightgrad.fuzz.oracles import Disagreement
from lightgrad.fuzz.program import Program, Step
from lightgrad.fuzz.torch_calls import in_functional

_HOOKS = {
    "double": "lambda g: g * 2",
    "halve": "lambda g: g.mul(0.5)",
    "look": "lambda g: None",
    "in place": "lambda g: (g.mul_(3), None)[1]",
}


def write_script(folder: Path, program: Program, disagreement: Disagreement, device: str) -> Path:
    """Write it; returns its path, with seed and number in its name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fuzz_{program.seed}_{program.number}.py"
    path.write_text(text(program, disagreement, device), encoding="utf-8")
    return path


def blamed(program: Program, disagreement: Disagreement) -> str:
    """The op that a disagreement is about, as far as a short program tells."""
    if disagreement.what.startswith("step "):
        return _op(program.steps[int(disagreement.what[5:])])
    ops = [
        _op(s) for s in program.steps if s.kind in ("call", "method", "item", "setitem", "augitem")
    ]
    plain = ("sum", "mul", "add", "to", "reshape")
    return next(
        (op for op in ops[::-1] if op not in plain), ops[-1] if ops else program.steps[-1].kind
    )


def _op(step: Step) -> str:
    if step.kind == "call":
        return table.entries()[step.name].op
    return step.name or step.kind


def text(program: Program, disagreement: Disagreement, device: str) -> str:
    """The lines: the program on lightgrad, and again on the oracle."""
    head = [
        f'"""{blamed(program, disagreement)}: {_one_line(str(disagreement))}',
        "",
        f"Program {program.number} of seed {program.seed}, made short: what lightgrad gives,",
        f'and what {_called(disagreement.oracle)} gives."""',
        "",
        "import numpy as np",
        "",
        "import lightgrad as light",
    ]
    if disagreement.oracle == "torch":
        head.append("import torch")
    if program.kinds & {"threads"}:
        head.insert(-3, "import threading\n")
    if home := _home(device):
        head.append(f"from {home} import {_spelled(device)}")
    body = _functions(program, disagreement, device)
    tail = ["", ""]
    for name in ("got", "expected"):
        tail += [
            "try:",
            f'    print("{name}", {name}())',
            "except Exception as error:",
            f'    print("{name}", type(error).__name__, error)',
        ]
    used = [
        name
        for name in ("differences", "table", "torch_calls")
        if any(f" {name}." in line for line in body)
    ]
    head += [f"from lightgrad.fuzz import {', '.join(used)}"] if used else []
    return "\n".join([*head, *body, *tail]) + "\n"


def _functions(program: Program, disagreement: Disagreement, device: str) -> list[str]:
    """``got`` and ``expected``."""
    slope = differences.applies(program) if disagreement.oracle == "differences" else None
    if slope is not None:
        return _slopes(*slope)
    what, wide = _expression(disagreement), disagreement.oracle == "float64"
    library = "torch" if disagreement.oracle == "torch" else "light"
    got = _function("got", program, what, "light", device, False)
    return got + _function("expected", program, what, library, "cpu", wide)


def _spelled(device: str) -> str:
    """A device as its program names it: a class that has no name by itself."""
    return f'"{device}"' if _home(device) is None else device.partition(":")[2]


def _home(device: str) -> str | None:
    """The module of a device given as "package.module:Class"."""
    return None if registry.is_known(device) or ":" not in device else device.partition(":")[0]


def _called(oracle: str) -> str:
    return {
        "float64": "NumPy in float64",
        "cpu": "the CPU",
        "differences": "differences of values",
    }.get(oracle, oracle)


def _one_line(said: str) -> str:
    return said.replace('"""', "'''").replace("\\", "/").splitlines()[0][:300]


def _expression(disagreement: Disagreement) -> str:
    if disagreement.what.startswith("step"):
        return '"no error"'
    if disagreement.what.startswith("hook"):
        return "seen"
    return disagreement.what


def _function(
    name: str, program: Program, what: str, library: str, device: str, wide: bool
) -> list[str]:
    lines = [f"def {name}():"]
    if any(s.kind == "hook" for s in program.steps):
        lines.append("    seen = []")
    for step in program.steps:
        lines += ["    " + line for line in Writer(library, device, wide).lines(step)]
    return ["", "", *lines, f"    return {what}"]


def _slopes(program: Program, root: int) -> list[str]:
    """The slope of a number along a direction, by its gradient and by differences.

    Both in float64 on the CPU, as the oracle computes them.
    """
    writer = Writer("light", "cpu", True)
    lines = ["", "", "def at(h):", "    moved = []"]
    for step in program.steps:
        lines += ["    " + line for line in writer.lines(step)]
        if step.kind == "leaf" and step.requires_grad:
            leaf = f"v{step.outs[0]}"
            lines += [
                f"    along = differences.direction({leaf}.numpy())",
                "    with light.no_grad():",
                f"        {leaf} += h * along",
                f"    moved.append(({leaf}, along))",
            ]
    return [
        *lines,
        f"    return v{root}, moved",
        "",
        "",
        "def got():",
        "    value, moved = at(0.0)",
        "    leaves, along = zip(*moved)",
        "    gradients = light.autograd.grad(value, leaves, allow_unused=True)",
        "    pairs = zip(gradients, along)",
        "    return sum((g * d).sum().item() for g, d in pairs if g is not None)",
        "",
        "",
        "def expected():",
        "    h = 1e-6",
        "    return (at(h)[0].item() - at(-h)[0].item()) / (2 * h)",
    ]


class Writer:
    """Steps as lines for one of the libraries."""

    def __init__(self, library: str, device: str, wide: bool) -> None:
        self.library, self.device, self.wide = library, device, wide

    def lines(self, step: Step) -> list[str]:
        made = getattr(self, f"_{step.kind}", self._plain)(step)
        outs = ", ".join(f"v{i}" for i in step.outs)
        if outs and step.kind in ("call", "method", "item", "grad", "clip", "gradof", "leaf"):
            comma = "," if len(step.outs) > 1 or step.kind in ("grad",) else ""
            made = f"{outs}{comma if len(step.outs) == 1 else ''} = {made}"
        if step.no_grad:
            return [f"with {self.library}.no_grad():", f"    {made}"]
        return made.split("\n")

    def value(self, a: Any) -> str:
        if isinstance(a, slice):
            return f"slice({a.start}, {a.stop}, {a.step})"
        if isinstance(a, (list, tuple)):
            inner = ", ".join(map(self.value, a))
            if isinstance(a, list):
                return f"[{inner}]"
            return f"({inner},)" if len(a) == 1 else f"({inner})"
        if isinstance(a, float) and not np.isfinite(a):
            return f'float("{a}")'
        if a is Ellipsis:
            return "..."
        return repr(a)

    def arguments(self, args: Any, kwargs: Any = None) -> str:
        named = [f"{k}={self.value(v)}" for k, v in (kwargs or {}).items()]
        return ", ".join([*map(self.value, args), *named])

    def _leaf(self, step: Step) -> str:
        data = np.asarray(step.data)
        dtype = "float64" if self.wide and data.dtype.kind == "f" else str(data.dtype)
        grad = f", requires_grad={step.requires_grad}" if data.dtype.kind == "f" else ""
        values = self.value(data.tolist())
        if 0 in data.shape and data.ndim > 1:
            values = f"np.zeros({data.shape})"
        kind = f"{self.library}.{dtype}"
        if dtype in ("bool",):
            kind = f"{self.library}.bool"
        place = ""
        if self.library == "light" and self.device != "cpu":
            place = f", device={_spelled(self.device)}"
        if step.name == "reversed" and self.library == "light" and self.device == "cpu":
            back = ", ".join(["::-1"] * data.ndim)
            return (
                f"light.CpuTensor(np.array({values}, '{dtype}')[{back}].copy()[{back}]"
                f"{grad or ', requires_grad=False'})"
            )
        return f"{self.library}.tensor({values}, dtype={kind}{place}{grad})"

    def _call(self, step: Step) -> str:
        entry = table.entries()[step.name]
        if entry.fn is None and (self.library == "light" or not in_functional(entry.op)):
            return self._method_text(entry.op, step.args, step.kwargs)
        if self.library == "light":
            return f'table.entries()["{step.name}"].fn({self.arguments(step.args, step.kwargs)})'
        if entry.fn is None:
            given = self.arguments(step.args, step.kwargs)
            return f"torch.nn.functional.{entry.op}({given})"
        named = f"dict({self.arguments((), step.kwargs)})"
        return f'torch_calls.Torch().call("{step.name}", {self.value(step.args)}, {named})'

    def _method_text(self, name: str, args: Any, kwargs: Any) -> str:
        return f"{self.value(args[0])}.{name}({self.arguments(args[1:], kwargs)})"

    def _method(self, step: Step) -> str:
        if step.name == "to":
            dtype = "float64" if self.wide and step.args[1].startswith("float") else step.args[1]
            return f"{step.args[0]}.to({self.library}.{dtype})"
        return self._method_text(step.name, step.args, step.kwargs)

    def _item(self, step: Step) -> str:
        return f"{step.args[0]}[{self.value(step.args[1])}]"

    def _setitem(self, step: Step) -> str:
        return f"{step.args[0]}[{self.value(step.args[1])}] = {self.value(step.args[2])}"

    def _augitem(self, step: Step) -> str:
        return f"{step.args[0]}[{self.value(step.args[1])}] += {self.value(step.args[2])}"

    def _iadd(self, step: Step) -> str:
        return f"{step.args[0]} += {self.value(step.args[1])}"

    def _imul(self, step: Step) -> str:
        return f"{step.args[0]} *= {self.value(step.args[1])}"

    def _hook(self, step: Step) -> str:
        look = "(seen.append(g.detach().clone()), "
        plain = self.library == "torch" or self.wide  # others' gradients share memory
        body = "g * 3" if plain and step.name == "in place" else _HOOKS[step.name][10:]
        return f"{step.args[0]}.register_hook(lambda g: {look}{body})[1])"

    def _retain(self, step: Step) -> str:
        return f"{step.args[0]}.retain_grad()"

    def _backward(self, step: Step) -> str:
        args = [a for a in step.args if a is not None]
        return self._method_text("backward", args, step.kwargs)

    def _grad(self, step: Step) -> str:
        made = f"{self.library}.autograd.grad({self.arguments(step.args, step.kwargs)})"
        if not step.kwargs.get("allow_unused"):
            return made
        pairs = f"zip({self.value(step.args[1])}, {made})"
        return f"[x.detach() * 0 if g is None else g for x, g in {pairs}]"

    def _gradof(self, step: Step) -> str:
        return f"{step.args[0]}.grad"

    def _clear(self, step: Step) -> str:
        return "\n".join(f"{v}.grad = None" for v in step.args[0])

    def _clip(self, step: Step) -> str:
        where = "light.optim" if self.library == "light" else "torch.nn.utils"
        return f"{where}.clip_grad_norm_({self.arguments(step.args, step.kwargs)})"

    def _optimize(self, step: Step) -> str:
        made = f"{self.library}.optim.{step.name}({self.arguments((step.args[0],), step.kwargs)})"
        return "\n".join([f"optimizer = {made}", *["optimizer.step()"] * step.args[1]])

    def _threads(self, step: Step) -> str:
        leaves, threads, rounds = step.args
        own, shared = "(t * c).sum().backward()", "s.backward(retain_graph=True)"
        work = f"[({own}, {shared}) for _ in range({rounds}) for t, s in pairs]"
        made = f"threading.Thread(target=lambda c: {work}, args=(1 + n % 3,))"
        return (
            f"pairs = [(t, (t * 2).sum()) for t in {self.value(leaves)}]\n"
            f"threads = [{made} for n in range({threads})]\n"
            "for t in threads: t.start()\nfor t in threads: t.join()"
        )

    def _plain(self, step: Step) -> str:
        return f"# {step.kind}"
