"""The text of every error of tensors and gradients: op, shapes, dtypes, device, remedy."""

from __future__ import annotations

from typing import Any

import pytest

import lightgrad as light
from lightgrad import errors
from lightgrad.autograd.devices import registry
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import (
    ShapeError,
)
from tests.error_cases import CASES, floats


@pytest.fixture
def orphan() -> Any:
    """A rule without a kernel anywhere."""

    class orphan(light.autograd.Function):
        def backward(ctx, grad: Any) -> Any:
            return grad

    AbstractTensor.register_op()(orphan)
    yield
    del AbstractTensor._ops["orphan"]
    del AbstractTensor.orphan


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("orphan")
def test_text(name: str) -> None:
    run, kind, builtin, parts = CASES[name]
    with pytest.raises(kind) as caught:
        run()
    text = str(caught.value)
    assert [part for part in parts if part not in text] == [], text
    assert isinstance(caught.value, builtin)
    assert isinstance(caught.value, errors.LightgradError)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_one_of_ours_and_a_builtin(name: str) -> None:
    kind = getattr(errors, name)
    if name.endswith("Warning"):
        assert issubclass(kind, (UserWarning, FutureWarning))  # which Python shows to everybody
        return
    assert issubclass(kind, errors.LightgradError)
    builtin = [c for c in kind.__mro__ if c.__module__ == "builtins" and c is not object]
    assert name == "LightgradError" or len(builtin) > 2  # more than Exception, BaseException
    assert str(kind("the text")) == "the text"


def test_message_of_a_kernel_is_explained_once() -> None:
    with pytest.raises(ShapeError) as caught:
        floats(2, 3) + floats(4)
    assert str(caught.value).count("(2, 3)") <= 2
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_no_backend_is_left_behind() -> None:
    assert "elsewhere" not in registry.names()
