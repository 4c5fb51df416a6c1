"""L-BFGS: a quasi-Newton method that remembers the last steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import enable_grad, namespace, no_grad
from lightgrad.errors import OptimizerError
from lightgrad.optim.line_search import MOST, Point, strong_wolfe
from lightgrad.optim.optimizer import Optimizer, Params
from lightgrad.optim.options import given, not_negative


class LBFGS(Optimizer):
    """Steps along :math:`-H g`, with the inverse Hessian H known from the last steps.

    Each step evaluates the closure many times; all parameters are one vector.
    ``line_search_fn="strong_wolfe"`` looks for the length of each step.  Source:
    torch.optim.LBFGS; Nocedal and Wright, "Numerical Optimization", chapter 7.

    >>> import lightgrad as light
    >>> w = light.tensor([3.0, -2.0])
    >>> optimizer = light.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), w.round(decimals=3).tolist()
    (13.0, [1.0, 1.0])
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if max_eval is None:
            max_eval = max_iter * 5 // 4
        super().__init__(params, given(locals()))
        if len(self.param_groups) != 1:
            raise OptimizerError(
                "LBFGS doesn't support per-parameter options (parameter groups): all parameters "
                "are one vector; give them in one list"
            )
        self._params = self.param_groups[0]["params"]

    def check(self, group: dict[str, Any]) -> None:
        not_negative(self, group, "lr", "tolerance_grad", "tolerance_change")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise OptimizerError(
                f"LBFGS: line_search_fn must be None or 'strong_wolfe', got "
                f"{group['line_search_fn']!r}"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to ``max_iter`` iterations; returns the loss before the first.

        Source: torch.optim.LBFGS.step.
        """
        if closure is None:
            raise OptimizerError(
                "LBFGS: step(closure) needs a function that clears the gradients, computes the "
                "loss, calls its backward() and returns it"
            )
        self._check_replaced()
        with no_grad():
            loss = self._evaluate(closure)
            group, state = self.param_groups[0], self.state[self._params[0]]
            state["func_evals"] = state.get("func_evals", 0) + 1
            state.setdefault("n_iter", 0)
            here = Point(0.0, float(loss), self._flat_grad(), 0.0)
            if not _flat(here.grad, group):
                self._iterate(closure, here, group, state)
        return loss

    def _iterate(
        self, closure: Any, here: Point, group: dict[str, Any], state: dict[str, Any]
    ) -> None:
        """The iterations, until one of the conditions to stop holds."""
        calls = 1
        for left in range(group["max_iter"] - 1, -1, -1):
            state["n_iter"] += 1
            d = state["d"] = self._direction(here.grad, group, state)
            state.update(prev_flat_grad=here.grad, prev_loss=here.loss)
            t = float(group["lr"])
            if state["n_iter"] == 1:
                t *= min(1.0, 1.0 / float(here.grad.abs().sum()))
            state["t"] = t
            slope = float(here.grad.dot(d))
            if slope > -group["tolerance_change"]:
                return
            before = here
            if group["line_search_fn"] is None:
                self._move(d, t)
                if left:
                    here = self._point(closure, t, d)
                made = 1 if left else 0
            else:
                start = Point(0.0, here.loss, here.grad, slope)
                here, made = self._search(closure, start, t, d, group, group["max_eval"] - calls)
                t = state["t"] = here.t
            calls += made
            state["func_evals"] += made
            small = float((d * t).abs().max()) <= group["tolerance_change"]
            still = abs(here.loss - before.loss) < group["tolerance_change"]
            if not left or calls >= group["max_eval"] or small or still or _flat(here.grad, group):
                return

    def _direction(self, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> Any:
        """The gradient times minus the inverse Hessian, by the recursion in two loops."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return -grad
        changes, steps, weights = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = change.dot(step)
        if float(curvature) > 1e-10:
            if len(changes) == group["history_size"]:
                for memory in (changes, steps, weights):
                    memory.pop(0)
            changes.append(change)
            steps.append(step)
            weights.append(1.0 / curvature)
            state["H_diag"] = curvature / change.dot(change)
        d = -grad
        taken = []
        for y, s, w in zip(changes[::-1], steps[::-1], weights[::-1], strict=True):
            taken.append(s.dot(d) * w)
            d = d - y * taken[-1]
        state["al"] = taken[::-1] + [None] * (group["history_size"] - len(taken))
        d = d * state["H_diag"]
        for y, s, w, a in zip(changes, steps, weights, taken[::-1], strict=True):
            d = d + s * (a - y.dot(d) * w)
        return d

    def _search(
        self, closure: Any, start: Point, t: float, d: Any, group: dict[str, Any], most: int
    ) -> tuple[Point, int]:
        """The point that the line search finds, and its evaluations; the parameters go there."""
        saved = [p.clone() for p in self._params]

        def at(t: float) -> Point:
            self._move(d, t)
            point = self._point(closure, t, d)
            for p, value in zip(self._params, saved, strict=True):
                p.copy_(value)
            return point

        size, tolerance = float(d.abs().max()), group["tolerance_change"]
        found, made = strong_wolfe(at, start, t, size, tolerance, min(most, MOST))
        self._move(d, found.t)
        return found, made

    # ------------------------------------------------------------- all parameters as one vector

    @staticmethod
    def _evaluate(closure: Callable[[], Any]) -> Any:
        with enable_grad():
            return closure()

    def _point(self, closure: Any, t: float, d: Any) -> Point:
        loss = float(self._evaluate(closure))
        grad = self._flat_grad()
        return Point(t, loss, grad, float(grad.dot(d)))

    def _flat_grad(self) -> Any:
        parts = [p._filled(0) if p.grad is None else p.grad.detach() for p in self._params]
        return namespace.cat([part.reshape(-1) for part in parts], 0)

    def _move(self, d: Any, t: float) -> None:
        start = 0
        for p in self._params:
            p.add_(d[start : start + p.numel()].reshape(p.shape) * t)
            start += p.numel()


def _flat(grad: Any, group: dict[str, Any]) -> bool:
    """Whether the gradient is as small as asked for."""
    return bool(float(grad.abs().max()) <= group["tolerance_grad"])
