"""Ops introduce themselves: in help, tracebacks, profiles and editors."""

from __future__ import annotations

import cProfile
import inspect
import pydoc
import traceback
from typing import Any

import pytest

import lightgrad as light
import lightgrad.nn.functional as F
from lightgrad.autograd import CpuTensor, namespace
from lightgrad.autograd.tensor import takes_several
from lightgrad.errors import ShapeError
from tests.backends import NAMES, backend

PUBLIC = [*namespace.names(), *sorted(namespace.METHODS)]


def code_of(callable: Any) -> Any:
    return getattr(callable, "__func__", callable).__code__


@pytest.mark.parametrize("device", NAMES)
def test_ops_show_their_arguments_name_and_source(device: str) -> None:
    cls = backend(device)
    x = cls.ones(2)
    for op in PUBLIC:
        rule = light.AbstractTensor._ops[op]
        forms = [getattr(cls, op), namespace.function(op)]
        forms += [getattr(F, op, None)] if op != "unfold" else []  # torch's is im2col
        if not takes_several(op):
            forms.append(getattr(x, op))
        for form in filter(None, forms):
            assert not {"args", "kwargs"} & set(inspect.signature(form).parameters), op
            assert code_of(form).co_name == form.__name__ == op
            name = getattr(code_of(form), "co_qualname", op)  # since Python 3.11
            assert name.rpartition(".")[2] == op
            function = getattr(form, "__func__", form)
            assert inspect.unwrap(function) is rule or not isinstance(rule, type), op
            assert form.__doc__ == rule.__doc__
            assert f"{op}(" in pydoc.render_doc(form, renderer=pydoc.plaintext)


def test_signatures_are_true() -> None:
    x = light.ones(2)

    def shown(form: Any) -> str:
        signature = inspect.signature(form)
        plain = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
        return str(signature.replace(parameters=plain, return_annotation=signature.empty))

    assert shown(light.softmax) == "(input, dim=None, dtype=None, *, axis=None, out=None)"
    assert shown(x.softmax) == "(dim=None, dtype=None, *, axis=None)"
    assert shown(light.exp) == "(input, *, out=None)"
    assert shown(x.exp) == shown(x.exp_) == shown(x.float) == "()"
    assert shown(x.mul) == shown(x.__mul__) == shown(x.__eq__) == "(other)"
    assert shown(x.add) == shown(x.__add__) == "(other, *, alpha=1)"
    assert shown(F.relu) == "(input, inplace=False)"
    assert shown(light.where) == "(condition, input=None, other=None, *, out=None)"
    assert shown(light.cat) == "(tensors, dim=0, *, axis=None, out=None)"
    assert shown(light.var_mean)[1:] == "input, " + shown(light.var)[len("(input, ") :].replace(
        ", out=None", ""
    )
    assert x.add(other=1).tolist() == light.add(x, other=1).tolist() == [2, 2]
    assert light.softmax(input=x, dim=0, axis=None).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("op", ["exp", "add", "softmax", "sum", "clamp", "reshape"])
@pytest.mark.parametrize("device", NAMES)
def test_inspect_finds_the_rule(op: str, device: str) -> None:
    for form in (getattr(light, op), getattr(backend(device).ones(2), op)):
        source = inspect.getsource(form)
        assert source.startswith("@op()") and (f"class {op}(" in source or f"def {op}(" in source)


def test_a_function_of_a_user_introduces_itself() -> None:
    @CpuTensor.register_op()
    class halved(light.Function):
        """Half of it."""

        def forward(ctx, t: Any, by: int = 2) -> Any:
            return CpuTensor(t.data / by)

        def backward(ctx, grad: Any) -> Any:
            return grad / 2

    try:
        method = light.ones(2).halved
        assert str(inspect.signature(method)).startswith("(by: 'int' = 2)")
        assert (method.__doc__, method.__name__) == ("Half of it.", "halved")
        assert "t.data / by" in inspect.getsource(method)
    finally:
        del CpuTensor.halved, CpuTensor._ops["halved"]


@pytest.mark.parametrize("call", ["x + y", "x.add(y)", "light.add(x, y)", "x.matmul(y)"])
def test_tracebacks_name_the_op(call: str) -> None:
    op = "matmul" if "matmul" in call else "add"
    with pytest.raises(ShapeError) as caught:
        eval(call, {"light": light, "x": light.ones(2, 3), "y": light.ones(4)})
    assert op in {frame.name for frame in traceback.extract_tb(caught.value.__traceback__)}


def test_a_profile_has_a_row_for_each_op() -> None:
    x = light.ones(2)
    profile = cProfile.Profile()
    profile.runcall(lambda: x.exp().tanh().sum().log() * 2)
    rows = {row.code.co_name for row in profile.getstats() if hasattr(row.code, "co_name")}
    assert {"exp", "tanh", "sum", "log", "mul"} <= rows
    assert "method" not in rows


def test_a_composite_made_in_a_function_calls_itself_under_its_name() -> None:
    """Its code gets the name of the op, not that of the function around it."""

    def around() -> Any:
        @light.AbstractTensor.register_op()
        def halved_often(t: Any, *, times: int = 2) -> Any:
            return halved_often(t.div(2), times=times - 1) if times else later(t)

        def later(t: Any) -> Any:
            raise ValueError(t.item())

        return halved_often

    around()
    try:
        x = light.tensor([8.0], requires_grad=False)
        with pytest.raises(ValueError, match="2.0") as failed:
            x.halved_often()
        names = [entry.frame.code.raw.co_name for entry in failed.traceback]
        assert names.count("halved_often") == 3
        assert getattr(x.halved_often.__code__, "co_qualname", "halved_often") == "halved_often"
        assert inspect.signature(light.AbstractTensor.halved_often).parameters["times"].default == 2
    finally:
        del light.AbstractTensor.halved_often, light.AbstractTensor._ops["halved_often"]
