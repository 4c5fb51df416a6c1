"""A script: the launches of a program on OpenCL, while its functions are looked at in some way.

``python -m tests.opencl_launches HOW`` prints a line for each kernel that was enqueued.
``plain``: as it is.  ``wrapped``: every function and method of the OpenCL modules, nested ones too,
has a decorator; ``some``: every other one.  ``traced``: a debugger holds the frames on the stack,
and what their variables have been.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import Any

PACKAGE = "lightgrad.autograd.opencl"
WRAPPED: list[str] = []
EVERY = 2 * (sys.argv[-1] == "some")


def watched(fn: Any) -> Any:
    """What a profiler or a logger puts around a function."""
    WRAPPED.append(fn.__qualname__)
    if EVERY and len(WRAPPED) % EVERY:
        return fn

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        found = fn(*args, **kwargs)
        return found

    return wrapper


class Decorating(ast.NodeTransformer):
    """Puts ``@watched`` below the other decorators of every function."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.decorator_list.append(ast.Name("watched_", ast.Load()))
        return node


class Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> Any:
        tree = Decorating().visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")

    def exec_module(self, module: Any) -> None:
        module.__dict__["watched_"] = watched
        super().exec_module(module)


class Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith(PACKAGE):
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.origin is not None:
            spec.loader = Loader(name, spec.origin)
        return spec


def debugger() -> Any:
    """A trace function that holds the frames on the stack and their variables."""
    stack: list[Any] = []

    def trace(frame: Any, event: str, arg: Any) -> Any:
        if not frame.f_globals.get("__name__", "").startswith(PACKAGE):
            return None
        if event == "call":
            stack.append([frame])
        stack[-1].append(dict(frame.f_locals))
        if event == "return":
            stack.pop()
        return trace

    return trace


# Long: one program, with something of everything that is recorded.
def program(light: Any) -> None:
    import numpy as np

    rng = np.random.default_rng(0)

    def place(*shape: int, requires_grad: bool = True) -> Any:
        values = rng.normal(size=shape).astype(np.float32)
        return light.OpenCLTensor.from_numpy(values, requires_grad=requires_grad)

    x = place(6, 8)
    for op in ("softmax", "log_softmax", "cumsum", "std", "logsumexp", "prod", "norm"):
        (getattr((x * 2 + 1).tanh(), op)(dim=1) * 3).exp().sum().backward()
        light.opencl.synchronize()
    shared = (x * 2).sin()
    total, largest = (shared + 1).sum(dim=0), (shared * 3).max()
    ((shared - total).relu() * largest).mean().backward()
    x.grad.numpy()
    for layer, shape in (
        (light.nn.Sequential(light.nn.Linear(8, 5), light.nn.LayerNorm(5)), (6, 8)),
        (light.nn.Sequential(light.nn.Conv2d(2, 4, 3), light.nn.BatchNorm2d(4)), (2, 2, 6, 6)),
    ):
        layer = layer.to("opencl")
        optimizer = light.optim.Adam(layer.parameters(), lr=0.1)
        for _ in range(2):
            loss = (layer(place(*shape, requires_grad=False)).relu() ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss.item()
    with light.no_grad():
        y = x + 1
        y[:] = y.exp() * 2
        y[1:3] = y[2:4] + y[1:3]
        y += y.T.reshape(6, 8) * 0.1
        y.mul_(y.sum(dim=1, keepdim=True))
        light.cat([y.exp() * 2, (y + 1).sin()]).sort(dim=0)[0].numpy()
    z = place(4)
    for _ in range(3):
        ((z * 2 + 1) * z).sum().backward()
    z.grad.numpy()
    logits, classes = place(5, 7), light.tensor([1, 0, 6, 2, 2]).to("opencl")
    light.nn.functional.cross_entropy(logits * 2 + 1, classes).backward()
    (logits.grad + 1).gather(1, classes.reshape(5, 1)).numpy()


def main(how: str) -> None:
    if how in ("wrapped", "some"):
        sys.meta_path.insert(0, Finder())
    import lightgrad as light
    from lightgrad.autograd.opencl import device

    texts: dict[int, str] = {}
    compile_, run = device.Device._compile, device.Kernel.run

    def compiled(self: Any, source: str, name: str) -> Any:
        kernel = compile_(self, source, name)
        texts[id(kernel)] = hashlib.sha256(source.encode()).hexdigest()[:16]
        return kernel

    def launched(self: Any, groups: Any, *rest: Any) -> None:
        print(texts[id(self)], *groups)
        run(self, groups, *rest)

    device.Device._compile, device.Kernel.run = compiled, launched  # type: ignore[method-assign]
    light.manual_seed(0)
    if how == "traced":
        sys.settrace(debugger())
    try:
        program(light)
    finally:
        sys.settrace(None)
    print(len(WRAPPED), "functions wrapped", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
