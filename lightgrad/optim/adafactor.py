"""Adafactor: the mean squares of a matrix kept as one row and one column."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import no_grad
from lightgrad.autograd.dtypes import float32
from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import given, not_negative
from lightgrad.optim.state import counter

_EPSILON = {2: 2.0**-10, 4: 2.0**-23, 8: 2.0**-52}


class Adafactor(Optimizer):
    """Adam's scale from row and column means of the squared gradient; no momentum.

    .. math::
        R_t = R_{t-1} + t^\\tau (\\overline{g^2}^{cols} - R_{t-1}), \\quad
        C_t = C_{t-1} + t^\\tau (\\overline{g^2}^{rows} - C_{t-1}), \\quad
        u_t = g_t / \\sqrt{R_t C_t / \\overline{R_t}}, \\quad
        p_t = p_{t-1} - \\alpha_t \\, u_t / \\max(1, \\mathrm{rms}(u_t) / d)

    with beta2_decay :math:`\\tau` and :math:`\\alpha_t = \\max(\\epsilon_2,
    \\mathrm{rms}(p_{t-1})) \\min(\\gamma, 1 / \\sqrt t)`.  Source:
    torch.optim.Adafactor; Shazeer and Stern, "Adafactor: Adaptive Learning
    Rates with Sublinear Memory Cost".

    >>> import lightgrad as light
    >>> w = light.ones(2, 2)
    >>> optimizer = light.optim.Adafactor([w], lr=0.25)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> w[0].tolist(), optimizer.state[w]["row_var"].shape
    ([0.75, 0.75], (2, 1))
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "weight_decay")
        self._require(group, "beta2_decay", lambda x: x <= 0, "must not be above 0")
        self._require(group, "d", lambda x: x >= 1, "must be at least 1")
        self._require(
            group,
            "eps",
            lambda eps: len(eps) == 2 and all(e is None or e >= 0 for e in eps),
            "must be two numbers from zero on, the first perhaps None",
        )

    def _update(self, group: dict[str, Any]) -> None:
        with no_grad():
            for p in group["params"]:
                if p.grad is not None:
                    _step(p, group, self.state[p])


def _step(p: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
    value, g = p.to(float32) if p.dtype.itemsize == 2 else p, p.grad.detach().to(p.dtype)
    g = (-g if group["maximize"] else g).to(value.dtype)
    state.setdefault("step", counter(p, 0.0)).add_(1)
    t = float(state["step"])
    eps1, eps2 = group["eps"]
    eps1 = _EPSILON[p.dtype.itemsize] if eps1 is None else eps1
    alpha = max(eps2, _rms(value)) * min(float(group["lr"]), t**-0.5)
    if group["weight_decay"]:
        value = value * (1 - float(group["lr"]) * group["weight_decay"])
    new = t ** group["beta2_decay"]  # the weight of this gradient
    if g.ndim > 1:
        rows = _mean(state, "row_var", (g * g).mean(-1, keepdim=True), new)
        columns = _mean(state, "col_var", (g * g).mean(-2, keepdim=True), new)
        square = rows @ columns / rows.mean(-2, keepdim=True).clamp(min=eps1)
    else:
        square = _mean(state, "variance", g * g, new)
    u = g / square.clamp(min=eps1 * eps1) ** 0.5
    value = value - u * (alpha / max(1.0, _rms(u) / group["d"]))
    p.copy_(value.to(p.dtype))


def _mean(state: dict[str, Any], name: str, news: Any, weight: float) -> Any:
    """The running mean in the state, after what is new."""
    old = state.get(name)
    state[name] = news * weight if old is None else old + (news - old) * weight
    return state[name]


def _rms(t: Any) -> float:
    size: float = float(t.norm()) / max(t.numel(), 1) ** 0.5
    return size
