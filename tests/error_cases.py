"""What users of tensors and gradients do wrong, and what the error must say."""

from __future__ import annotations

from typing import Any

import numpy as np

import lightgrad as light
from lightgrad.autograd import CpuTensor, grad, no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import (
    BackwardError,
    DeviceError,
    DivisionError,
    DtypeError,
    InplaceError,
    MissingOpError,
    RegistrationError,
    ShapeError,
)


def floats(*shape: int) -> Any:
    return CpuTensor.from_numpy(np.ones(shape, np.float32))


def integers(*shape: int) -> Any:
    return CpuTensor.from_numpy(np.ones(shape, np.int64))


class Elsewhere(AbstractTensor):
    """A device without a single kernel."""

    dtype, shape, device_name = np.dtype(np.float32), (2, 3), "elsewhere"


def twice() -> None:
    y = floats(2).prod()
    y.backward()
    y.backward()


def twice_deeper() -> None:
    h = floats(2) * floats(2)
    h.sum().backward()
    (h + 1).sum().backward()


def changed() -> None:
    w = floats(2, 3)
    y = w * w
    with no_grad():
        w -= 1
    y.sum().backward()


def step_recorded() -> None:
    w = floats(2, 3)
    w -= 1


#: what a user does wrong, the class, the builtin class, and what the text must say
CASES: dict[str, tuple[Any, type, type, list[str]]] = {
    "shapes of add": (
        lambda: floats(2, 3) + floats(4),
        ShapeError,
        ValueError,
        ["add", "(2, 3)", "(4,)", "float32", "cpu"],
    ),
    "shapes of mul": (
        lambda: floats(2, 3) * floats(2),
        ShapeError,
        ValueError,
        ["mul", "(2, 3)", "(2,)", "float32", "cpu"],
    ),
    "remedy of shapes": (
        lambda: floats(2, 3) + floats(4),
        ShapeError,
        IndexError,
        ["sizes 3 and 4 meet in dimension -1", "reshape or expand"],
    ),
    "shapes of where": (
        lambda: floats(2, 3).where(floats(4) > 0, 1),
        ShapeError,
        ValueError,
        ["where", "(2, 3)", "(4,)", "do not broadcast", "expand"],
    ),
    "shapes of masked_fill": (
        lambda: floats(2, 3).masked_fill(floats(4) > 0, 1),
        ShapeError,
        ValueError,
        ["masked_fill", "(2, 3)", "(4,)", "do not broadcast", "expand"],
    ),
    "value of masked_fill": (
        lambda: floats(2).masked_fill(floats(2) > 0, None),
        DtypeError,
        TypeError,
        ["masked_fill", "number", "None"],
    ),
    "integers divided by zero": (
        lambda: integers(2) // integers(1).mul(0),
        DivisionError,
        ZeroDivisionError,
        ["floor_divide", "(2,)", "(1,)", "int64", "cpu", "masked_fill()"],
    ),
    "remainder of zero": (
        lambda: integers(2) % 0,
        DivisionError,
        ValueError,
        ["remainder", "(2,)", "int64", "float()"],
    ),
    "writing to an expanded view": (
        lambda: floats(1, 3).detach().expand(2, 3).add_(1),
        InplaceError,
        RuntimeError,
        ["(2, 3)", "expand", "clone()"],
    ),
    "writing to a row of an expanded view": (
        lambda: floats(1, 3).detach().expand(2, 3).__setitem__((slice(None), 0), 1),
        InplaceError,
        RuntimeError,
        ["setitem", "(2,)", "clone()"],
    ),
    "text copied": (
        lambda: floats(2).detach().copy_("a"),
        DtypeError,
        TypeError,
        ["'a'", "float32", "cpu", "number"],
    ),
    "nothing copied": (
        lambda: floats(2).detach().copy_(None),
        DtypeError,
        TypeError,
        ["None", "float32", "cpu"],
    ),
    "parameter of elu": (
        lambda: floats(2).elu("a"),
        DtypeError,
        TypeError,
        ["elu", "alpha must be a number", "'a'"],
    ),
    "parameter of hardtanh": (
        lambda: floats(2).hardtanh(min_val="a"),
        DtypeError,
        TypeError,
        ["hardtanh", "min_val must be a number"],
    ),
    "slopes of prelu": (
        lambda: floats(2).prelu(0.2),
        DtypeError,
        TypeError,
        ["prelu", "weight must be a tensor", "float"],
    ),
    "weight of conv2d": (
        lambda: floats(1, 1, 3, 3).conv2d(None),
        DtypeError,
        TypeError,
        ["conv2d", "weight must be a tensor", "NoneType"],
    ),
    "vector as weight of conv2d": (
        lambda: floats(1, 1, 3, 3).conv2d(floats(3)),
        ShapeError,
        ValueError,
        ["conv2d", "weight", "(3,)"],
    ),
    "windows of unfold": (
        lambda: floats(3).unfold(0, "a", 1),
        DtypeError,
        TypeError,
        ["unfold", "ints", "'a'"],
    ),
    "classes of one_hot": (
        lambda: integers(3).one_hot("a"),
        DtypeError,
        TypeError,
        ["one_hot", "num_classes must be an int"],
    ),
    "correction of var": (
        lambda: floats(3).var(correction="a"),
        DtypeError,
        TypeError,
        ["var", "correction must be a number"],
    ),
    "bounds of uniform": (
        lambda: light.uniform("a", 1, shape=(2,)),
        DtypeError,
        TypeError,
        ["uniform", "low must be a number"],
    ),
    "shapes of matmul": (
        lambda: floats(2, 3) @ floats(2, 3),
        ShapeError,
        ValueError,
        ["matmul", "(2, 3)"],
    ),
    "shape of reshape": (
        lambda: floats(2, 3).reshape(4, -1),
        ShapeError,
        ValueError,
        ["reshape", "(2, 3)", "6 elements", "cannot become"],
    ),
    "shape of expand": (
        lambda: floats(2, 3).expand(4, 3),
        ShapeError,
        ValueError,
        ["expand", "(2, 3)", "(4, 3)"],
    ),
    "axis out of range": (
        lambda: floats(2, 3).sum(2),
        ShapeError,
        IndexError,
        ["sum", "dim 2", "2-dimensional", "use -2 to 1"],
    ),
    "axis twice": (
        lambda: floats(2, 3).sum((0, -2)),
        ShapeError,
        ValueError,
        ["sum", "(0, -2)", "twice"],
    ),
    "axis and dim": (
        lambda: floats(2, 3).sum(dim=0, axis=0),
        DtypeError,
        TypeError,
        ["sum", "dim=", "axis=", "not both"],
    ),
    "dims of permute": (
        lambda: floats(2, 3).permute(0, 0),
        ShapeError,
        ValueError,
        ["permute", "(0, 0)", "2 axes once"],
    ),
    "item of many": (
        lambda: floats(2, 3).item(),
        ShapeError,
        ValueError,
        ["item", "(2, 3)", "tolist()"],
    ),
    "truth of many": (
        lambda: bool(floats(2)),
        ShapeError,
        ValueError,
        ["(2,)", "ambiguous", "any() or all()"],
    ),
    "operand of a wrong type": (
        lambda: floats(2, 3) + "1",
        DtypeError,
        TypeError,
        ["add", "str", "tensor, an array or a number", "(2, 3)", "float32", "cpu"],
    ),
    "list as operand": (
        lambda: floats(2).mul([1.0, 2.0]),
        DtypeError,
        TypeError,
        ["mul", "list", "(2,)", "float32", "cpu"],
    ),
    "unknown dtype": (
        lambda: floats(2).to("complex64"),
        DtypeError,
        TypeError,
        ["complex64", "float16, float32, float64"],
    ),
    "gradient of integers": (
        lambda: integers(2).requires_grad_(),
        DtypeError,
        TypeError,
        ["int64", "require gradients", "float()"],
    ),
    "float as index": (
        lambda: [1, 2][floats()],  # type: ignore[call-overload]
        DtypeError,
        TypeError,
        ["float32", "not an index", "long()"],
    ),
    "bool minus bool": (
        lambda: CpuTensor(np.array([True])) - CpuTensor(np.array([True])),
        DtypeError,
        TypeError,
        ["sub", "bool", "logical_not"],
    ),
    "integer to a negative power": (
        lambda: integers(2) ** -1,
        DtypeError,
        TypeError,
        ["pow", "int64", "float()"],
    ),
    "number out of range": (
        lambda: CpuTensor(np.array([1], np.uint8)) + 300,
        DtypeError,
        TypeError,
        ["300", "uint8"],
    ),
    "mixed devices": (
        lambda: floats(2, 3) + Elsewhere([]),
        DeviceError,
        RuntimeError,
        ["add", "cpu", "elsewhere", "(2, 3)", ".to('cpu')"],
    ),
    "unknown device": (
        lambda: floats(2).to("tpu"),
        DeviceError,
        RuntimeError,
        ["'tpu'", "known: cpu", "register_backend"],
    ),
    "backward twice": (
        twice,
        BackwardError,
        RuntimeError,
        ["prod", "freed by an earlier backward()", "retain_graph=True"],
    ),
    "backward through a freed part": (
        twice_deeper,
        BackwardError,
        RuntimeError,
        ["mul", "freed by an earlier backward()", "retain_graph=True"],
    ),
    "backward from many": (
        lambda: (floats(2, 3) * 2).backward(),
        BackwardError,
        RuntimeError,
        ["backward", "single element", "(2, 3)", "sum, mean", "allow_fill=True"],
    ),
    "grad from many": (
        lambda: grad(floats(2) * 2, floats(2)),
        BackwardError,
        RuntimeError,
        ["grad", "single element", "(2,)"],
    ),
    "backward without graph": (
        lambda: integers(2).sum().backward(),
        BackwardError,
        RuntimeError,
        ["backward", "int64", "no graph", "only floats", "float()"],
    ),
    "gradient of a wrong shape": (
        lambda: (floats(2) * 2).backward(floats(3)),
        ShapeError,
        ValueError,
        ["backward", "(3,)", "(2,)"],
    ),
    "requires_grad off inside the graph": (
        lambda: (floats(2) * 2).requires_grad_(False),
        BackwardError,
        RuntimeError,
        ["leaf", "detach()"],
    ),
    "saved tensor changed": (
        changed,
        InplaceError,
        RuntimeError,
        ["mul", "(2, 3)", "float32", "changed in place", "clone()"],
    ),
    "leaf changed": (
        step_recorded,
        InplaceError,
        RuntimeError,
        ["sub_", "leaf", "(2, 3)", "no_grad()", "requires_grad=False"],
    ),
    "unknown op": (
        lambda: floats(2, 3).frobnicate(),
        MissingOpError,
        AttributeError,
        ["frobnicate", "(2, 3)", "float32", "cpu", "@CpuTensor.register_op"],
    ),
    "op that no device has": (
        lambda: Elsewhere([]).orphan(),
        MissingOpError,
        NotImplementedError,
        ["orphan", "elsewhere", "neither has the CPU", "(2, 3)", "float32", "register_op"],
    ),
    "op name taken": (
        lambda: CpuTensor.register_op(name="add")(light.autograd.Function),
        RegistrationError,
        ValueError,
        ["CpuTensor", "'add'", "already registered", "overwrite=True"],
    ),
    "backend name taken": (
        lambda: light.register_backend("cpu", CpuTensor),
        RegistrationError,
        ValueError,
        ["'cpu'", "already registered", "overwrite=True"],
    ),
    "pickle of a result": (
        lambda: (floats(2) * 2).__reduce__(),
        BackwardError,
        RuntimeError,
        ["leaf", "(2,)", "mul", "detach()"],
    ),
}
