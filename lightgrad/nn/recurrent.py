"""Recurrent layers: LSTM, GRU, the plain RNN, and one step of each."""

from __future__ import annotations

import warnings
from typing import Any

from lightgrad.autograd.dtypes import number
from lightgrad.autograd.nodes import call_it
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.recurrent_base import MODES, Recurrent, kind_of
from lightgrad.nn.recurrent_run import run, segments_of
from lightgrad.nn.utils.rnn import PackedSequence


class RNNBase(Recurrent):
    """Layers of one kind over a sequence, in one or both directions of time."""

    weight_ih_l0: AbstractTensor
    weight_hh_l0: AbstractTensor
    bias_ih_l0: AbstractTensor | Any  # None without a bias
    bias_hh_l0: AbstractTensor | Any

    def __init__(
        self,
        mode: str,
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
        if mode not in MODES:
            raise ArgumentError(f"RNNBase: mode must be one of {', '.join(MODES)}, not {mode!r}")
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build(MODES[mode], input_size, hidden_size, *how, proj_size)

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
        proj_size: int = 0,
    ) -> None:
        name = type(self).__name__
        self._set_up(kind, input_size, hidden_size, bias)
        if not 0 <= proj_size < hidden_size:
            raise ArgumentError(f"{name}: proj_size must be less than hidden_size, not {proj_size}")
        self.proj_size = proj_size
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
            inputs = (proj_size or hidden_size) * directions if layer else input_size
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
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        self._check_input(input, (2, 3))
        batched = input.ndim == 3
        x = input.transpose(0, 1) if batched and self.batch_first else input
        if not x.shape[0]:
            raise ShapeError(f"{type(self).__name__}: the input {input.shape} has no steps")
        batch = x.shape[1:-1]
        states = self._states(input, hx, (len(self._names), *batch))
        if not batched:
            x, states = x.unsqueeze(1), tuple(s.unsqueeze(1) for s in states)
        out, last = run(self, x, states)
        call_it("StackBackward0", *last)
        if self.kind == "lstm" and not self.bidirectional:
            call_it("MkldnnRnnLayerBackward0", out)
        if not batched:
            out, last = out.squeeze(1), tuple(s.squeeze(1) for s in last)
        elif self.batch_first:
            out = out.transpose(0, 1)
            call_it(f"TransposeBackward{int(self.kind != 'lstm')}", out)
        return out, last if self.kind == "lstm" else last[0]

    def _forward_packed(self, packed: PackedSequence, hx: Any) -> Any:
        data, counts, order, back = packed
        self._check_input(data, (2, 2))
        given = hx if isinstance(hx, tuple) else None if hx is None else (hx,)
        if given is not None and order is not None:
            given = tuple(s.index_select(1, order) for s in given)
            hx = given if isinstance(hx, tuple) else given[0]
        segments = segments_of(counts)
        states = self._states(data, hx, (len(self._names), segments[0][1]))
        out, last = run(self, data, states, segments)
        if back is not None:
            last = tuple(s.index_select(1, back) for s in last)
        result = PackedSequence(out, counts, order, back)
        return result, last if self.kind == "lstm" else last[0]

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        text += f", proj_size={self.proj_size}" if self.proj_size else ""
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0}
        for name, value in {**usual, "bidirectional": False}.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        return text

    @property
    def mode(self) -> str:
        """The kind of recurrence by torch's name, such as "LSTM" or "RNN_TANH"."""
        return next(mode for mode, kind in MODES.items() if kind == self.kind)

    @property
    def _flat_weights(self) -> list[AbstractTensor]:
        return [w for weights in self.all_weights for w in weights]


class LSTM(RNNBase):
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
        Recurrent.__init__(self)
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build("lstm", input_size, hidden_size, *how, proj_size=proj_size)


class GRU(RNNBase):
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
        Recurrent.__init__(self)
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build("gru", input_size, hidden_size, *how)


class RNN(RNNBase):
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
        Recurrent.__init__(self)
        self.nonlinearity = kind_of("RNN", nonlinearity)
        how = num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        self._build(nonlinearity, input_size, hidden_size, *how)


# ----------------------------------------------------------------- one step


class RNNCellBase(Recurrent):
    """One step from (N, in), or (in,), to the next states."""

    weight_ih: AbstractTensor
    weight_hh: AbstractTensor
    bias_ih: AbstractTensor | Any  # None without a bias
    bias_hh: AbstractTensor | Any

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        kinds = {4: "lstm", 3: "gru", 1: "tanh"}
        if num_chunks not in kinds:
            raise ArgumentError(f"RNNCellBase: num_chunks must be 1, 3 or 4, not {num_chunks}")
        self._build(kinds[num_chunks], input_size, hidden_size, bias, device, dtype)

    def _build(
        self, kind: str, input_size: int, hidden_size: int, bias: bool, device: Any, dtype: Any
    ) -> None:
        self._set_up(kind, input_size, hidden_size, bias)
        self._add_weights("", input_size, device, dtype)
        self.reset_parameters()

    def _step(self, op: str, x: Any, hx: Any) -> Any:
        self._check_input(x, (1, 2))
        states = self._states(x, hx, tuple(x.shape[:-1]))
        given = states if self.kind == "lstm" else states[0]
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        return getattr(x, op)(given, *weights)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        text += "" if self.bias else ", bias=False"
        return f"{text}, nonlinearity=relu" if self.kind == "relu" else text


class LSTMCell(RNNCellBase):
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
        Recurrent.__init__(self)
        self._build("lstm", input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step("lstm_cell", input, hx)


class GRUCell(RNNCellBase):
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
        Recurrent.__init__(self)
        self._build("gru", input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step("gru_cell", input, hx)


class RNNCell(RNNCellBase):
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
        Recurrent.__init__(self)
        self.nonlinearity = kind_of("RNNCell", nonlinearity)
        self._build(nonlinearity, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step(f"rnn_{self.kind}_cell", input, hx)
