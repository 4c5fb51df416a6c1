"""The memory that a tensor shows, as `torch.storage` has it."""

from __future__ import annotations

import pytest

import lightgrad.torch as torch


def test_numbers_of_all_the_memory_and_writing_them() -> None:
    whole = torch.arange(6.0).view(2, 3)
    memory = whole[1].storage()
    assert memory.tolist() == list(memory) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert (memory.dtype, memory.nbytes(), memory.size()) == (torch.float32, 24, 6)
    memory[4] = 7
    memory[0:2] = 9
    assert whole.tolist() == [[9.0, 9.0, 2.0], [3.0, 7.0, 5.0]]
    assert memory == whole.t().storage() and memory.data_ptr() == whole.data_ptr()
    assert whole.t().storage().tolist() == [9.0, 9.0, 2.0, 3.0, 7.0, 5.0]
    assert isinstance(memory, torch.TypedStorage) and memory[4] == 7.0
    assert memory.clone().fill_(0).tolist() == [0.0] * 6 != memory.tolist()
    parameter = torch.nn.Parameter(torch.ones(2))
    assert parameter.storage().copy_(torch.zeros(2).storage()).tolist() == [0.0, 0.0]
    assert torch.empty(0, 3).storage().tolist() == []


def test_bytes_and_text() -> None:
    ones = torch.ones(2)
    assert ones.untyped_storage().tolist() == [0, 0, 128, 63] * 2
    assert ones.untyped_storage().nbytes() == len(ones.untyped_storage()) == 8
    text = " 1\n[torch.storage.TypedStorage(dtype=torch.int64, device=cpu) of size 1]"
    assert repr(torch.tensor(1).storage()) == text
    assert repr(torch.tensor(True).untyped_storage()) == (
        " 1\n[torch.storage.UntypedStorage(device=cpu) of size 1]"
    )


def test_legacy_types_take_sequences() -> None:
    assert torch.LongTensor(range(3)).tolist() == torch.FloatTensor(range(3)).tolist() == [0, 1, 2]
    assert torch.Tensor(range(0)).shape == (0,)
    for wrong in ("ab", b"ab", {1: 2}, {1: 2}.values()):
        with pytest.raises(TypeError, match=r"new\(\)"):
            torch.LongTensor(wrong)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_last_states_of_recurrent_layers_have_memory_of_their_own(kind: str) -> None:
    out, last = getattr(torch.nn, kind)(3, 4)(torch.randn(5, 2, 3))
    before = out.tolist()
    for state in last if kind == "LSTM" else (last,):
        state.data.zero_()
        state.detach_()
    assert out.tolist() == before
