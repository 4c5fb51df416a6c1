"""Rules of recurrent networks.

One direction of a layer over all steps of time is one primitive,
``recurrence``.  It is written here as the loop that defines it; a device with
a kernel for it has one for its gradients too, and derivatives of those go
through the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.engine import grad as gradients_of
from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import enable_grad, is_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


# ----------------------------------------------------------------- one step of each kind

# From what the input and the hidden state give to the gates, and the state (h, c), to the
# next state; c is None where there is no cell.


def _lstm(a: Tensor, b: Tensor, h: Tensor, c: Tensor) -> State:
    i, f, g, o = a.add(b).chunk(4, -1)
    c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
    return o.sigmoid().mul(c.tanh()), c


def _gru(a: Tensor, b: Tensor, h: Tensor, c: Tensor | None) -> State:
    (ar, az, an), (br, bz, bn) = a.chunk(3, -1), b.chunk(3, -1)
    n = ar.add(br).sigmoid().mul(bn).add(an).tanh()
    return az.add(bz).sigmoid().mul(h.sub(n)).add(n), c


#: the hidden state, and the cell of an LSTM
State: TypeAlias = "tuple[Tensor, Tensor | None]"
#: w_ih, w_hh and their biases, as PyTorch names them
Weights: TypeAlias = "tuple[Tensor, Tensor, Tensor | None, Tensor | None]"
#: the kinds of recurrence: one step, and how many gates it has
STEPS: dict[str, tuple[Callable[..., State], int]] = {
    "lstm": (_lstm, 4),
    "gru": (_gru, 3),
    "tanh": (lambda a, b, h, c: (a.add(b).tanh(), c), 1),
    "relu": (lambda a, b, h, c: (a.add(b).relu(), c), 1),
}


# ----------------------------------------------------------------- all steps


@op(internal=True)
class recurrence(Function):
    """The hidden states of all steps, (T, N, hidden), from inputs (T, N, in).

    ``h`` and ``c`` (N, hidden) are the states before the first step; c, which
    only an LSTM has, is None otherwise.  Its last value is one more row of the
    result.  With ``reverse`` the steps are taken from the last to the first.
    """

    __slots__ = ("how",)
    opmath = True

    @staticmethod
    def composite(
        x: Tensor,
        h: Tensor,
        c: Tensor | None,
        w_ih: Tensor,
        w_hh: Tensor,
        b_ih: Tensor | None,
        b_hh: Tensor | None,
        kind: str,
        reverse: bool,
    ) -> Tensor:
        step = STEPS[kind][0]
        given = x.linear(w_ih, b_ih).unbind(0)
        states = []
        for a in reversed(given) if reverse else given:
            h, c = step(a, h.linear(w_hh, b_hh), h, c)
            states.append(h)
        if reverse:
            states.reverse()
        return type(x).stack(states if c is None else [*states, c])

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        *tensors, kind, reverse = inputs
        ctx.how = kind, reverse
        # A kernel leaves here what its gradient needs besides: all gates, say.
        ctx.save_output(output, *tensors, getattr(ctx, "saved", ()))

    def backward(ctx, grad: Tensor) -> Grads:
        *inputs, work, y = ctx.get_saved_tensors()
        wanted = ctx.needs_input_grad[: len(inputs)]
        if is_grad_enabled():
            grads = _gradients(grad, inputs, ctx.how, wanted)
        else:
            grads = grad.recurrence_backward(*inputs, y, work, *ctx.how, wanted)
        each = iter(grads)
        return tuple(next(each) if w else None for w in wanted)


@op()
class recurrence_backward(Function):
    """The gradients of ``recurrence``: of each tensor that is ``wanted``; first order only.

    ``work`` is what the kernel of ``recurrence`` saved.
    """

    __slots__ = ()
    differentiable = False

    @staticmethod
    def composite(g: Tensor, *args: Any) -> tuple[Tensor, ...]:
        *inputs, _y, _work, kind, reverse, wanted = args
        return _gradients(g, inputs, (kind, reverse), wanted)


def _gradients(
    g: Tensor, inputs: Sequence[Any], how: tuple[str, bool], wanted: Sequence[bool]
) -> tuple[Tensor, ...]:
    """The gradients of ``recurrence`` back through its loop; recorded if the caller records."""
    again = is_grad_enabled()
    with enable_grad():
        own = [
            t if not w else t.clone() if again else t.detach().requires_grad_()
            for t, w in zip(inputs, wanted, strict=True)
        ]
        y = recurrence.composite(*own, *how)  # type: ignore[call-arg]
    asked = [t for t, w in zip(own, wanted, strict=True) if w]
    return gradients_of(y, asked, g, again, again)


# ----------------------------------------------------------------- one step, for users


def check_alike(name: str, x: Tensor, *tensors: Tensor) -> None:
    """Refuse weights and states whose kind, device or dtype is not that of the input."""
    for t in tensors:
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"{name}: a weight or state must be a tensor, not {type(t).__name__}")
        x._same_device(t, name)
        if t._dtype != x._dtype or t._dtype not in FLOATS:
            raise DtypeError(
                f"{name}: the input has dtype {x.dtype} and a weight or state of shape {t.shape} "
                f"has {t.dtype}; they need one floating dtype, convert the input with "
                f"to({t.dtype})"
            )


def _check_shapes(
    name: str, gates: int, x: Tensor, states: Sequence[Tensor], weights: Weights
) -> None:
    w_ih, w_hh, *biases = weights
    hidden = w_hh.shape[-1] if w_hh.ndim else 0
    rows = gates * hidden
    if w_ih.shape != (rows, x.shape[-1]) or w_hh.shape != (rows, hidden):
        raise ShapeError(
            f"{name}: for an input of shape {x.shape} the weights should have the shapes "
            f"({gates} * hidden, {x.shape[-1]}) and ({gates} * hidden, hidden), not {w_ih.shape} "
            f"and {w_hh.shape}"
        )
    state = (*x.shape[:-1], hidden)
    for what, shape, tensors in (("bias", (rows,), biases), ("state", state, states)):
        for t in tensors:
            if t is not None and t.shape != shape:
                raise ShapeError(
                    f"{name}: for an input of shape {x.shape} and {hidden} hidden values a {what} "
                    f"should have shape {shape}, not {t.shape}"
                )


def _one_step(
    name: str, kind: str, x: Tensor, states: Sequence[Tensor], weights: Weights
) -> tuple[Tensor, ...]:
    if x.ndim not in (1, 2):
        raise ShapeError(f"{name}: expected an input of shape (N, in) or (in,), not {x.shape}")
    check_alike(name, x, *states, *weights[:2], *(b for b in weights[2:] if b is not None))
    _check_shapes(name, STEPS[kind][1], x, states, weights)
    batched = x.ndim == 2
    x, h, *rest = (t if batched else t.unsqueeze(0) for t in (x, *states))
    y = x.unsqueeze(0).recurrence(h, rest[0] if rest else None, *weights, kind, False)
    return tuple(y[i] if batched else y[i, 0] for i in range(len(states)))


@op()
@owning
def lstm_cell(
    input: Tensor,
    hx: tuple[Tensor, Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM: the new (h, c) from those of ``hx``.

    .. math:: c' = \\sigma(f) c + \\sigma(i) \\tanh(g), \\quad h' = \\sigma(o) \\tanh(c')

    with :math:`(i, f, g, o) = x W_{ih}^T + b_{ih} + h W_{hh}^T + b_{hh}`.  Source:
    Hochreiter and Schmidhuber 1997; torch.lstm_cell.

    >>> import lightgrad as light
    >>> x, h, c = light.zeros(1, 1), light.zeros(1, 1), light.ones(1, 1)
    >>> h, c = light.lstm_cell(x, (h, c), light.ones(4, 1), light.ones(4, 1))
    >>> c.item()
    0.5
    """
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        raise DtypeError("lstm_cell: hx must be a pair of tensors, (h, c)")
    h, c = _one_step("lstm_cell", "lstm", input, hx, (w_ih, w_hh, b_ih, b_hh))
    return h, c


@op()
@owning
def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """One step of a gated recurrent unit: the new h.

    .. math:: h' = (1 - z) n + z h, \\quad n = \\tanh(n_x + r n_h)

    with :math:`r = \\sigma(r_x + r_h)` and :math:`z = \\sigma(z_x + z_h)`, the thirds of
    :math:`x W_{ih}^T + b_{ih}` and :math:`h W_{hh}^T + b_{hh}`.  Source: Cho et al. 2014;
    torch.gru_cell.

    >>> import lightgrad as light
    >>> x, h = light.zeros(1, 1), light.zeros(1, 1)
    >>> light.gru_cell(x, h, light.ones(3, 1), light.ones(3, 1)).item()
    0.0
    """
    return _one_step("gru_cell", "gru", input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


@op()
@owning
def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """:math:`h' = \\tanh(x W_{ih}^T + b_{ih} + h W_{hh}^T + b_{hh})`.  Source: torch.rnn_tanh_cell.

    >>> import lightgrad as light
    >>> x, h = light.zeros(1, 1), light.zeros(1, 1)
    >>> light.rnn_tanh_cell(x, h, light.ones(1, 1), light.ones(1, 1)).item()
    0.0
    """
    return _one_step("rnn_tanh_cell", "tanh", input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


@op()
@owning
def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """:math:`h' = \\max(0, x W_{ih}^T + b_{ih} + h W_{hh}^T + b_{hh})`.

    Source: torch.rnn_relu_cell.

    >>> import lightgrad as light
    >>> x, h = light.ones(1, 1), light.ones(1, 1)
    >>> light.rnn_relu_cell(x, h, light.ones(1, 1), light.ones(1, 1)).item()
    2.0
    """
    return _one_step("rnn_relu_cell", "relu", input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]
