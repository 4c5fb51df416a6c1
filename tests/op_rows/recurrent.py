"""torch's recurrent layers."""

from typing import Any

import torch

LAYERS: dict[str, Any] = {
    "lstm": torch.lstm,
    "gru": torch.gru,
    "tanh": torch.rnn_tanh,
    "relu": torch.rnn_relu,
}


def _recurrence(x: Any, h: Any, c: Any, *rest: Any) -> Any:
    """The hidden states, and with a cell its last value after them."""
    *weights, kind, reverse = rest
    given = [w for w in weights if w is not None]
    hx = h[None] if c is None else (h[None], c[None])
    way = len(given) > 2, 1, 0.0, True, False, False
    y, *last = LAYERS[kind](x.flip(0) if reverse else x, hx, given, *way)
    y = y.flip(0) if reverse else y
    return y if c is None else torch.cat([y, last[1]])


def _backward(*args: Any) -> Any:
    own = [a.detach().requires_grad_() if isinstance(a, torch.Tensor) else a for a in args]
    wanted = [a for a in own if isinstance(a, torch.Tensor)]
    return torch.autograd.grad(_recurrence(*own).sum(), wanted)


TORCH = {"recurrence": _recurrence, "recurrence_backward": _backward}
