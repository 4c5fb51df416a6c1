"""What recurrent layers and their cells have in common: weights, states and their checks."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.ops.recurrent import STEPS, check_alike
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from lightgrad.nn import init
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.module import Module


def kind_of(layer: str, nonlinearity: str) -> str:
    if nonlinearity not in ("tanh", "relu"):
        raise ArgumentError(f"{layer}: nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
    return nonlinearity


#: the kinds by torch's names
MODES = {"LSTM": "lstm", "GRU": "gru", "RNN_TANH": "tanh", "RNN_RELU": "relu"}


class Recurrent(Module):
    """What cells and layers have in common: weights, all uniform within 1/sqrt(hidden)."""

    input_size: int
    hidden_size: int
    bias: bool
    kind: str
    proj_size = 0

    def _set_up(self, kind: str, input_size: int, hidden_size: int, bias: bool) -> None:
        check_sizes(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        if not (input_size and hidden_size):
            raise ShapeError(
                f"{type(self).__name__}: input_size {input_size} and hidden_size {hidden_size} "
                f"must be greater than zero"
            )
        self.kind, self.bias = kind, bool(bias)
        self.input_size, self.hidden_size = input_size, hidden_size

    def _add_weights(self, end: str, inputs: int, device: Any, dtype: Any) -> tuple[str, ...]:
        """The parameters of one direction of one layer; their names."""
        rows = STEPS[self.kind][1] * self.hidden_size
        names = tuple(f"{name}{end}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        hidden = self.proj_size or self.hidden_size
        shapes: Any = ((rows, inputs), (rows, hidden), (rows,), (rows,))
        if self.proj_size:
            names, shapes = (*names, f"weight_hr{end}"), (*shapes, (hidden, self.hidden_size))
        for name, shape in zip(names, shapes, strict=True):
            wanted = self.bias or name.startswith("weight")
            self.register_parameter(name, init.empty(shape, device, dtype) if wanted else None)
        return names

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        bound = self.hidden_size**-0.5
        for p in self.parameters():
            init.uniform_(p, -bound, bound)

    def _check_input(self, x: Any, ranks: tuple[int, int]) -> None:
        name = type(self).__name__
        if not isinstance(x, AbstractTensor):
            raise DtypeError(
                f"{name}: its input must be a tensor, not {type(x).__name__}; pad sequences of "
                f"different lengths and make one tensor of them"
            )
        if x.ndim not in ranks or x.shape[-1] != self.input_size:
            raise ShapeError(
                f"{name}: expected an input of {ranks[0]} or {ranks[1]} dimensions, the last of "
                f"size {self.input_size}, not shape {x.shape}"
            )

    def _states(self, x: Any, hx: Any, outer: tuple[int, ...]) -> tuple[Any, ...]:
        """The states (*outer, size) before the first step, (h, c) or (h,); zeros unless given."""
        name, pair = type(self).__name__, self.kind == "lstm"
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)[: 1 + pair]
        if hx is None:
            made: Any = {"dtype": x.dtype, "requires_grad": False}
            return tuple(type(x).zeros((*outer, n), **made) for n in sizes)
        states = tuple(hx) if isinstance(hx, (tuple, list)) else (hx,)
        if len(states) != 1 + pair or isinstance(hx, (tuple, list)) != pair:
            wanted = "a pair of tensors, (h, c)" if pair else "a tensor"
            raise DtypeError(f"{name}: hx must be {wanted}, not {type(hx).__name__}")
        for state, n in zip(states, sizes, strict=True):
            check_alike(name, x, state)
            if state.shape != (shape := (*outer, n)):
                raise ShapeError(
                    f"{name}: for an input of shape {x.shape} a state should have shape {shape}, "
                    f"not {state.shape}"
                )
        return states


# ----------------------------------------------------------------- layers
