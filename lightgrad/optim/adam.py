"""Adam and its relatives: steps scaled by running moments of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import chosen, directed, given, not_negative, rates


class Adam(Optimizer):
    """Adam: the mean gradient over the root of the mean squared gradient.

    .. math::
        m_t = \\beta_1 m_{t-1} + (1 - \\beta_1) g_t, \\quad
        v_t = \\beta_2 v_{t-1} + (1 - \\beta_2) g_t^2, \\quad
        p_t = p_{t-1} - \\gamma \\hat m_t / (\\sqrt{\\hat v_t} + \\epsilon)

    with :math:`\\hat m_t = m_t / (1 - \\beta_1^t)` and likewise for v; amsgrad
    takes the largest v so far.  Source: torch.optim.Adam; Kingma and Ba,
    "Adam: A Method for Stochastic Optimization".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0, -2.0])
    >>> optimizer = light.optim.Adam([w], lr=0.25)
    >>> (w ** 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.75, -1.75], requires_grad=True)
    """

    slots = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    squares = ("exp_avg_sq", "max_exp_avg_sq")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params, given(locals(), "lr betas eps weight_decay amsgrad maximize foreach")
        )

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "eps", "weight_decay")
        rates(self, group)

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self.slots if group["amsgrad"] else self.slots[:2]

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        return chosen(group, "maximize", "weight_decay", "amsgrad")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        beta1, beta2 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        # Both bias corrections go into the step size and eps: one pass less.
        root = (1 - beta2**step) ** 0.5
        return {
            "rate": lr * root / (1 - beta1**step),
            "tiny": group["eps"] * root,
            "eps": group["eps"],
            "rest1": 1 - beta1,
            "beta2": beta2,
            "rest2": 1 - beta2,
            "weight_decay": decay,
            "shrink": 1 - lr * decay,
        }

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        s.exp_avg = s.exp_avg + (g - s.exp_avg) * c.rest1
        v = s.exp_avg_sq = s.exp_avg_sq * c.beta2 + g * g * c.rest2
        if "amsgrad" in on:
            v = s.max_exp_avg_sq = s.max_exp_avg_sq.maximum(v)
        return scaled_step(on, p, s.exp_avg, v, c)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient.

    .. math:: p_t = (1 - \\gamma \\lambda) p_{t-1}
        - \\gamma \\hat m_t / (\\sqrt{\\hat v_t} + \\epsilon)

    Source: torch.optim.AdamW; Loshchilov and Hutter, "Decoupled Weight Decay
    Regularization".

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.AdamW([w], lr=0.5, weight_decay=0.5)
    >>> (w * 3).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)
    0.25
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )


class AdaBelief(Adam):
    """Adam that divides by how far gradients stray from their mean.

    .. math::
        s_t = \\beta_2 s_{t-1} + (1 - \\beta_2) (g_t - m_t)^2 + \\epsilon, \\quad
        p_t = p_{t-1} - \\gamma \\hat m_t / (\\sqrt{\\hat s_t} + \\epsilon)

    Note the :math:`\\epsilon` inside s.  Weight decay is apart from the
    gradient unless ``decoupled_weight_decay=False``.  Source: Zhuang et al.,
    "AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed
    Gradients" (torch has no such optimizer).

    >>> import lightgrad as light
    >>> w = light.tensor([1.0])
    >>> optimizer = light.optim.AdaBelief([w], lr=0.9)
    >>> (w * 2).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)  # m = 0.2, so g - m = 1.8: 1 - 0.9 * 2 / 1.8
    0.0
    """

    slots = ("exp_avg", "exp_avg_var", "max_exp_avg_var")
    squares = ("exp_avg_var", "max_exp_avg_var")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-16,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = True,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        g = directed(on, p, g, c)
        s.exp_avg = s.exp_avg + (g - s.exp_avg) * c.rest1
        off = g - s.exp_avg
        v = s.exp_avg_var = s.exp_avg_var * c.beta2 + off * off * c.rest2 + c.eps
        if "amsgrad" in on:
            v = s.max_exp_avg_var = s.max_exp_avg_var.maximum(v)
        return scaled_step(on, p, s.exp_avg, v, c)


def scaled_step(on: frozenset[str], p: Any, m: Any, v: Any, c: Any) -> Any:
    """The parameter moved along m, divided by the root of v."""
    if "shrink" in on:
        p = p * c.shrink
    return p - m / (v**0.5 + c.tiny) * c.rate
