"""Rprop and ASGD: steps by signs alone, and plain steps whose results are averaged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import chosen, directed, given, not_negative


class Rprop(Optimizer):
    """Each element's step grows while its gradient keeps the sign, and shrinks when it turns.

    .. math::
        \\eta_t = \\eta_{t-1} \\cdot \\begin{cases}
            \\eta_+ & g_t g_{t-1} > 0 \\\\ \\eta_- & g_t g_{t-1} < 0 \\\\ 1 & \\text{else}
        \\end{cases}, \\quad
        p_t = p_{t-1} - \\eta_t \\operatorname{sign}(g_t)

    within step_sizes; where the sign has turned, the gradient counts as zero.
    Source: torch.optim.Rprop; Riedmiller and Braun, "A Direct Adaptive Method
    for Faster Backpropagation Learning".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.Rprop([w], lr=0.5)
    >>> for _ in range(2):
    ...     w.grad = light.tensor([3.0], requires_grad=False)
    ...     optimizer.step()
    >>> round(w.item(), 4)  # 1 - 0.5 - 0.6
    -0.1
    """

    slots = ("prev", "step_size")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params, given(locals(), "lr etas step_sizes foreach maximize differentiable")
        )

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr")
        self._require(
            group,
            "etas",
            lambda etas: len(etas) == 2 and 0 < etas[0] < 1 < etas[1],
            "must be two numbers, one below 1 and one above",
        )

    def initial(self, group: dict[str, Any], name: str) -> float:
        return float(group["lr"]) if name == "step_size" else 0.0

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "maximize")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        (shrink, grow), (least, most) = group["etas"], group["step_sizes"]
        return {"shrink": shrink, "grow": grow, "least": least, "most": most, "none": 0, "one": 1}

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        turn = (g * s.prev).sign()
        same, turned = turn.maximum(c.none), (-turn).maximum(c.none)  # 1 where it is so, else 0
        stay = -(same + turned) + c.one
        size = s.step_size * (same * c.grow + turned * c.shrink + stay)
        s.step_size = size.maximum(c.least).minimum(c.most)
        s.prev = g * (-turned + c.one)
        return p - s.prev.sign() * s.step_size


class ASGD(Optimizer):
    """Gradient descent with a falling rate; the state "ax" is the mean of the parameters.

    .. math::
        p_t = (1 - \\lambda \\eta_t) p_{t-1} - \\eta_t g_t, \\quad
        \\eta_{t+1} = \\gamma / (1 + \\lambda \\gamma t)^\\alpha, \\quad
        \\bar p_t = \\bar p_{t-1} + (p_t - \\bar p_{t-1}) / \\max(1, t - t_0)

    with lambd :math:`\\lambda`.  Source: torch.optim.ASGD; Polyak and Juditsky,
    "Acceleration of Stochastic Approximation by Averaging".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.ASGD([w], lr=0.25, lambd=0)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> w.item(), optimizer.state[w]["ax"].item()
    (0.25, 0.25)
    """

    slots = ("ax",)
    scalars = ("eta", "mu")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "weight_decay")

    def initial(self, group: dict[str, Any], name: str) -> float:
        return {"eta": float(group["lr"]), "mu": 1.0}.get(name, 0.0)

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "maximize", "weight_decay")

    def advanced(self, group: dict[str, Any], step: int, *scalars: float) -> tuple[float, float]:
        lr, lambd = group["lr"], group["lambd"]
        eta = lr / (1 + lambd * lr * step) ** group["alpha"]
        return eta, 1 / max(1, step - group["t0"])

    def stage(self, group: dict[str, Any], step: int) -> Iterable[str]:
        return ("averaging",) if step - 1 - group["t0"] > 1 else ()

    def numbers(self, group: dict[str, Any], step: int, *scalars: float) -> dict[str, float]:
        eta, mu = scalars
        return {
            "eta": eta,
            "mu": mu,
            "less": 1 - group["lambd"] * eta,
            "weight_decay": group["weight_decay"],
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        p = p * c.less - g * c.eta
        s.ax = s.ax + (p - s.ax) * c.mu if "averaging" in on else p
        return p
