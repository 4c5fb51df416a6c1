"""A script that does again what shadow mode found, with its inputs in a file beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from lightgrad.autograd.observers.shadow.compare import Difference
from lightgrad.autograd.observers.shadow.sample import Sample, Slot
from lightgrad.caller import at


# Long: the lines of the script in their order.
def write_script(
    directory: Any, sample: Sample, kind: str, i: int, worst: Difference, grad: Any
) -> Path:
    """Write script and inputs; returns the path of the script."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    while (script := folder / f"shadow_{sample.op}_{number}.py").exists():
        number += 1
    arrays = {"expected": worst.reference, "allowed": worst.allowed}
    lines = []
    for n, (wide, dtype, strides, requires_grad) in enumerate(sample.arrays):
        array = wide.astype(dtype)
        order = _order(strides, array.ndim)
        arrays[f"t{n}"] = np.ascontiguousarray(array.transpose(order)).reshape(
            [array.shape[k] for k in order]
        )
        back = (
            f".permute({', '.join(map(str, np.argsort(order)))})" if order != sorted(order) else ""
        )
        made = f'Device.from_numpy(saved["t{n}"], requires_grad={requires_grad})'
        lines.append(f"t{n} = {made}{back}")
    given = [_text(a, arrays) for a in sample.args]
    given += [f"{k}={_text(v, arrays)}" for k, v in sample.kwargs.items()]
    lines.append(f"out = Device.{sample.op}({', '.join(given)})")
    if kind == "result":
        lines.append(f"got = (out if isinstance(out, (tuple, list)) else (out,))[{i}].numpy()")
    else:
        arrays["grad"] = grad
        lines += [
            'grad = Device.from_numpy(saved["grad"], requires_grad=False)',
            "with light.no_grad():",
            "    grads = out.grad_fn.backward(grad)",
            f"got = (grads if type(grads) is tuple else (grads,))[{i}].numpy()",
            'if got.shape != saved["expected"].shape:  # the engine sums what was broadcast',
            '    axes = reduced_axes(got.shape, saved["expected"].shape)',
            '    got = got.sum(axes, keepdims=True).reshape(saved["expected"].shape)',
        ]
    np.savez(str(script.with_suffix(".npz")), **arrays)  # type: ignore[arg-type]
    text = _FRAME.format(
        op=sample.op,
        kind=kind,
        where=at(sample.line),
        given=sample.given,
        device=_device(sample.cls, sample.op),
        body="\n".join(lines),
    )
    script.write_text(text, encoding="utf-8")
    return script


_FRAME = '''"""The {kind} of {op}, called at {where}, that disagreed with NumPy in float64.

Arguments: {given}.  It fails as long as the fault is there.
"""

import importlib
import sys
from pathlib import Path

import numpy as np

import lightgrad as light
from lightgrad.autograd.observers.shadow.compare import agree
from lightgrad.autograd.shapes import reduced_axes

{device}
saved = np.load(Path(__file__).with_suffix(".npz"))
{body}
agree("{op}", got, saved["expected"], saved["allowed"])
print("{op}: agrees")
'''


def _order(strides: Any, ndim: int) -> list[int]:
    """The axes as they lie in memory."""
    if strides is None or len(strides) != ndim:
        return list(range(ndim))
    return sorted(range(ndim), key=lambda k: -abs(strides[k]))


def _text(value: Any, arrays: dict[str, np.ndarray]) -> str:
    """An argument as Python text; arrays go to the file."""
    if isinstance(value, Slot):
        return f"t{value.number}"
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return f'saved["{name}"]'
    if isinstance(value, np.dtype):
        return f'np.dtype("{value.name}")'
    if isinstance(value, type) and issubclass(value, np.generic):
        return f"np.{value.__name__}"
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    if type(value) in (list, tuple):
        items = ", ".join(_text(v, arrays) for v in value)
        return f"[{items}]" if type(value) is list else f"({items}{',' if value else ''})"
    return repr(value)


def _device(cls: Any, op: str) -> str:
    """Lines that import the tensor class, and what defines the op for it."""
    fn = next(
        (c.__dict__["_ops"][op] for c in cls.__mro__ if op in c.__dict__.get("_ops", ())), cls
    )
    methods = [getattr(fn, name, fn) for name in ("forward", "backward")]
    modules = dict.fromkeys([cls.__module__, *(m.__module__ for m in methods)])
    lines = []
    for name in modules:
        if name.startswith("lightgrad."):
            continue
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if file is not None:
            path = Path(file).resolve()
            stem = path.stem if name == "__main__" else name
            up = stem.count(".") + (path.name == "__init__.py")
            root = str(path.parents[up])
            lines += [f"sys.path.insert(0, {root!r})", f"importlib.import_module({stem!r})"]
    name = cls.__module__
    if name == "__main__":
        name = Path(getattr(sys.modules[name], "__file__", "") or "").stem
    if "<locals>" in cls.__qualname__:  # of a function: to be registered before this runs
        lines.append(f"Device = light.autograd.devices.registry.find({cls.device_name!r})")
    else:
        lines.append(f"Device = importlib.import_module({name!r}).{cls.__qualname__}")
    return "\n".join(lines)
