"""Recurrent layers: LSTM, GRU, the plain RNN, and one step of each."""

from __future__ import annotations

import warnings
from typing import Any

from lightgrad.autograd.dtypes import number
from lightgrad.autograd.ops.recurrent import check_alike
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.recurrent_base import Recurrent, kind_of


class _Layers(Recurrent):
    """Layers of one kind over a sequence, in one or both directions of time."""

    # torch's arguments
    weight_ih_l0: AbstractTensor
    weight_hh_l0: AbstractTensor
    bias_ih_l0: AbstractTensor | Any  # None without a bias
    bias_hh_l0: AbstractTensor | Any

    def _build(
        self,
        kind: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: Any,
        dtype: Any,
    ) -> None:
        name = type(self).__name__
        self._set_up(kind, input_size, hidden_size, bias)
        check_sizes(name, num_layers=num_layers)
        if not num_layers:
            raise ArgumentError(f"{name}: num_layers must be greater than zero")
        if isinstance(dropout, bool) or not 0 <= number(name, "dropout", dropout) <= 1:
            raise ArgumentError(f"{name}: dropout must be a probability, not {dropout}")
        if dropout and num_layers == 1:
            warnings.warn(
                f"{name}: dropout acts between layers, so with num_layers=1 it does nothing",
                stacklevel=3,
            )
        self.num_layers, self.batch_first = num_layers, bool(batch_first)
        self.dropout, self.bidirectional = dropout, bool(bidirectional)
        directions = 1 + self.bidirectional
        #: the names of the weights, by layer and direction
        self._names = []
        for layer in range(num_layers):
            inputs = hidden_size * directions if layer else input_size
            for end in ("", "_reverse")[:directions]:
                self._names.append(self._add_weights(f"_l{layer}{end}", inputs, device, dtype))
        self.reset_parameters()

    @property
    def all_weights(self) -> list[list[AbstractTensor]]:
        """The weights and biases, a list for each layer and direction."""
        held = [[getattr(self, name) for name in names] for names in self._names]
        return [[w for w in weights if w is not None] for weights in held]

    def flatten_parameters(self) -> None:
        """Does nothing: torch's, for a layout of weights that it needs on a GPU."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        self._check_input(input, (2, 3))
        batched = input.ndim == 3
        x = input.transpose(0, 1) if batched and self.batch_first else input
        if not x.shape[0]:
            raise ShapeError(f"{type(self).__name__}: the input {input.shape} has no steps")
        batch = x.shape[1:-1]
        states = self._states(input, hx, (len(self._names), *batch, self.hidden_size))
        if not batched:
            x, states = x.unsqueeze(1), tuple(s.unsqueeze(1) for s in states)
        out, last = self._run(x, states)
        if not batched:
            out, last = out.squeeze(1), tuple(s.squeeze(1) for s in last)
        elif self.batch_first:
            out = out.transpose(0, 1)
        return out, last if self.kind == "lstm" else last[0]

    def _run(self, x: Any, states: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """The outputs of the last layer, and the last states of all."""
        steps, join = x.shape[0], type(x).cat
        ends: list[list[Any]] = [[] for _ in states]
        outputs: list[Any] = []
        for k, names in enumerate(self._names):
            weights = [getattr(self, name) for name in names]
            check_alike(type(self).__name__, x, *(w for w in weights if w is not None))
            reverse = names[0].endswith("_reverse")
            first = (*(s[k] for s in states), None)[:2]
            y = x.recurrence(*first, *weights, self.kind, reverse)
            hidden = y[:steps] if len(states) == 2 else y
            outputs.append(hidden)
            ends[0].append(hidden[:1] if reverse else hidden[steps - 1 :])
            if len(states) == 2:
                ends[1].append(y[steps:])
            if self.bidirectional and not reverse:
                continue
            x = join(outputs, -1) if self.bidirectional else hidden
            outputs.clear()
            if self.dropout and k + 1 < len(self._names):
                x = x.dropout(self.dropout, self.training)
        return x, tuple(join(e) if len(e) > 1 else e[0] for e in ends)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0}
        for name, value in {**usual, "bidirectional": False}.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        return text


class LSTM(_Layers):
    """Long short-term memory over (T, N, in): the outputs (T, N, hidden) and (h_n, c_n).

    .. math:: c_t = \\sigma(f) c_{t-1} + \\sigma(i) \\tanh(g), \\quad
              h_t = \\sigma(o) \\tanh(c_t)

    with :math:`(i, f, g, o) = x_t W_{ih}^T + b_{ih} + h_{t-1} W_{hh}^T + b_{hh}`.
    The states, also the optional first ones ``hx``, have shape (layers *
    directions, N, hidden).  ``batch_first`` swaps T and N of input and output;
    an input (T, in) has no N.  ``bidirectional`` adds a second run from the last
    step to the first, whose outputs are appended; in training ``dropout`` zeroes
    that share of the outputs between layers.  Source: Hochreiter and Schmidhuber 1997;
    torch.nn.LSTM.

    >>> import lightgrad as light
    >>> y, (h, c) = light.nn.LSTM(4, 8, num_layers=2)(light.ones(5, 3, 4))
    >>> y.shape, h.shape, c.shape
    ((5, 3, 8), (2, 3, 8), (2, 3, 8))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if proj_size:
            raise ArgumentError(
                f"LSTM: proj_size={proj_size} is not supported; put a Linear after the layer"
            )
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build("lstm", input_size, hidden_size, *how)


class GRU(_Layers):
    """Gated recurrent units over (T, N, in): the outputs (T, N, hidden) and h_n.

    .. math:: h_t = (1 - z) n + z h_{t-1}, \\quad n = \\tanh(n_x + r n_h)

    with :math:`r = \\sigma(r_x + r_h)` and :math:`z = \\sigma(z_x + z_h)`, the thirds
    of :math:`x_t W_{ih}^T + b_{ih}` and :math:`h_{t-1} W_{hh}^T + b_{hh}`.  Shapes
    are those of :class:`LSTM`.  Source: Cho et al. 2014; torch.nn.GRU.

    >>> import lightgrad as light
    >>> y, h = light.nn.GRU(4, 8, bidirectional=True)(light.ones(5, 3, 4))
    >>> y.shape, h.shape
    ((5, 3, 16), (2, 3, 8))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build("gru", input_size, hidden_size, *how)


class RNN(_Layers):
    """:math:`h_t = \\tanh(x_t W_{ih}^T + b_{ih} + h_{t-1} W_{hh}^T + b_{hh})` over (T, N, in).

    With ``nonlinearity="relu"`` max(0, ·) instead of tanh.  Returns the outputs
    (T, N, hidden) and h_n; shapes are those of :class:`LSTM`.  Source: Elman 1990;
    torch.nn.RNN.

    >>> import lightgrad as light
    >>> y, h = light.nn.RNN(4, 8)(light.ones(5, 3, 4))
    >>> y.shape, h.shape
    ((5, 3, 8), (1, 3, 8))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.nonlinearity = kind_of("RNN", nonlinearity)
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build(nonlinearity, input_size, hidden_size, *how)


# ----------------------------------------------------------------- one step


class _Cell(Recurrent):
    """One step from (N, in), or (in,), to the next states."""

    weight_ih: AbstractTensor
    weight_hh: AbstractTensor
    bias_ih: AbstractTensor | Any  # None without a bias
    bias_hh: AbstractTensor | Any

    def _build(
        self, kind: str, input_size: int, hidden_size: int, bias: bool, device: Any, dtype: Any
    ) -> None:
        self._set_up(kind, input_size, hidden_size, bias)
        self._add_weights("", input_size, device, dtype)
        self.reset_parameters()

    def _step(self, op: str, x: Any, hx: Any) -> Any:
        self._check_input(x, (1, 2))
        states = self._states(x, hx, (*x.shape[:-1], self.hidden_size))
        given = states if self.kind == "lstm" else states[0]
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        return getattr(x, op)(given, *weights)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        text += "" if self.bias else ", bias=False"
        return f"{text}, nonlinearity=relu" if self.kind == "relu" else text


class LSTMCell(_Cell):
    """One step of an LSTM: (h, c) from an input (N, in) and the last (h, c), or zeros.

    Source: torch.nn.LSTMCell; the formula is that of :class:`LSTM`.

    >>> import lightgrad as light
    >>> h, c = light.nn.LSTMCell(4, 8)(light.ones(3, 4))
    >>> h.shape, c.shape
    ((3, 8), (3, 8))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._build("lstm", input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step("lstm_cell", input, hx)


class GRUCell(_Cell):
    """One step of a gated recurrent unit: h from an input (N, in) and the last h, or zeros.

    Source: torch.nn.GRUCell; the formula is that of :class:`GRU`.

    >>> import lightgrad as light
    >>> light.nn.GRUCell(4, 8)(light.ones(3, 4)).shape
    (3, 8)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._build("gru", input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step("gru_cell", input, hx)


class RNNCell(_Cell):
    """One step of a plain RNN: h from an input (N, in) and the last h, or zeros.

    Source: torch.nn.RNNCell; the formula is that of :class:`RNN`.

    >>> import lightgrad as light
    >>> light.nn.RNNCell(4, 8, nonlinearity="relu")(light.ones(3, 4)).shape
    (3, 8)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.nonlinearity = kind_of("RNNCell", nonlinearity)
        self._build(nonlinearity, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step(f"rnn_{self.kind}_cell", input, hx)
