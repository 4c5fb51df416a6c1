"""The default dtype and device of `lightgrad.torch`, and the names that programs set them by."""

from __future__ import annotations

import pytest

import lightgrad.torch as torch


def test_a_tensor_type_can_be_the_default() -> None:
    torch.set_default_tensor_type("torch.DoubleTensor")
    try:
        assert torch.get_default_dtype() is torch.float64
        assert torch.ones(2).dtype is torch.float64 and repr(torch.ones(1)) == "tensor([1.])"
        assert repr(torch.tensor([1.5], dtype=torch.float32)) == (
            "tensor([1.5000], dtype=torch.float32)"
        )
    finally:
        torch.set_default_tensor_type(torch.FloatTensor)
    assert torch.ones(2).dtype is torch.float32


@pytest.mark.parametrize("wrong", ["torch.IntTensor", 3, torch.float32])
def test_the_default_is_a_floating_tensor_type(wrong: object) -> None:
    with pytest.raises(TypeError, match="only floating-point types"):
        torch.set_default_tensor_type(wrong)


def test_a_tensor_type_on_cuda_needs_cuda() -> None:
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.set_default_tensor_type("torch.cuda.FloatTensor")
    assert torch.get_default_device() == torch.device("cpu")


def test_names_that_programs_pass_on() -> None:
    assert isinstance(torch.channels_last, torch.memory_format)
    assert isinstance(torch.strided, torch.layout)
    assert torch.promote_types(torch.int64, torch.half) is torch.float16
    assert torch.can_cast(torch.double, torch.float)
    assert torch.result_type(torch.ones(2), 1) is torch.float32
    assert torch.finfo(torch.float32).bits == 32 and torch.iinfo(torch.int8).max == 127


def test_print_options_are_those_of_tensors() -> None:
    torch.set_printoptions(precision=2)
    try:
        assert repr(torch.tensor([1.234])) == "tensor([1.23])"
    finally:
        torch.set_printoptions(profile="default")
    x = torch.tensor(3.14159)
    assert f"{x:.2f} {x:8.3f}|{x}" == "3.14    3.142|3.141590118408203"
    assert f"{torch.ones(2)} {torch.tensor(3):d}" == "tensor([1., 1.]) 3"
    with pytest.raises(TypeError, match=r"unsupported format string passed to Tensor.__format__"):
        format(torch.ones(1), ".2f")


def test_tensors_in_lists_are_numbers_of_any_shape() -> None:
    one = torch.tensor([1.5], dtype=torch.float64)
    made = torch.tensor([[one, torch.tensor([[2]])], [3, one.requires_grad_()]])
    assert made.tolist() == [[1.5, 2.0], [3.0, 1.5]] and made.dtype == torch.float64
    assert not made.requires_grad and torch.FloatTensor([one, one]).shape == (2,)
    assert torch.as_tensor((torch.tensor([[True]]),)).tolist() == [True]
    for wrong in ([torch.ones(2)], [[torch.ones(0)]]):
        with pytest.raises(ValueError, match=r"only one element.*torch.stack\(\)"):
            torch.tensor(wrong)
