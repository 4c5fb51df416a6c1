"""Optimizer: parameter groups, state, and the step that all optimizers share."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any, ClassVar, TypeVar

from lightgrad.autograd import AbstractTensor, enable_grad
from lightgrad.autograd.dtypes import HALF, float32
from lightgrad.autograd.mode import phase
from lightgrad.autograd.ops.optimize import Update, apply_updates_
from lightgrad.autograd.tensor.succession import REPLACED, is_replaced
from lightgrad.errors import OptimizerError
from lightgrad.hints import check_arguments
from lightgrad.optim.state import loaded, shown_kind

Params = Iterable[Any]

_O = TypeVar("_O", bound="Optimizer")


class Optimizer:
    """Base of all optimizers.  Source: torch.optim.Optimizer.

    ``params`` are leaf tensors, or dicts with the key ``"params"`` and options of
    their own; those without gradient, such as frozen ones, are passed over.  A
    subclass writes its update once, for every device, as a static method
    :meth:`rule` in tensor operations and says which numbers and which state the
    rule needs.

    >>> import lightgrad as light
    >>> class SignDescent(Optimizer):
    ...     def __init__(self, params, lr=0.5):
    ...         super().__init__(params, {"lr": lr})
    ...     def numbers(self, group, step):
    ...         return {"lr": group["lr"]}
    ...     @staticmethod
    ...     def rule(on, p, g, c, s):
    ...         return p - g / (g * g) ** 0.5 * c.lr
    >>> w = light.tensor([1.0, -2.0])
    >>> (w ** 2).sum().backward()
    >>> SignDescent([w]).step()
    >>> w.tolist()
    [0.5, -1.5]
    """

    #: every state tensor there can be; `kept` says which a group's options ask for
    slots: ClassVar[tuple[str, ...]] = ()
    #: those that hold squares, which float16 cannot: float32 for float16 parameters
    squares: ClassVar[tuple[str, ...]] = ()
    #: whether the rule's numbers depend on how often a parameter was updated
    counts: ClassVar[bool] = True

    def __new__(cls: type[_O], *args: Any, **kwargs: Any) -> _O:
        if args or kwargs:  # a copy is made without
            check_arguments(cls, args, kwargs)
        return object.__new__(cls)

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, (AbstractTensor, dict)) or not isinstance(params, Iterable):
            single = isinstance(params, (AbstractTensor, dict))
            advice = "put it into a list" if single else "pass module.parameters()"
            raise OptimizerError(
                f"{self._name}: params must be an iterable of tensors or dicts, not "
                f"{shown_kind(params)}; {advice}"
            )
        self.defaults = defaults
        self.state: defaultdict[AbstractTensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self.step_count = 0  # calls of step(); schedulers look at it
        groups = list(params)
        if not groups:
            raise OptimizerError(
                f"{self._name}: the list of parameters is empty. A module finds its layers in "
                f"attributes, in ModuleList and ModuleDict, not in a Python list or dict; and its "
                f"parameters() can be gone through only once"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # ------------------------------------------------------------- what a subclass says

    @staticmethod
    def rule(on: frozenset[str], p: Any, g: Any, c: Any, s: Any) -> Any:
        """The new parameter, from options, parameter, gradient, numbers and state.

        Written with + - * /, ``** 0.5``, unary minus, ``maximum`` and
        ``minimum``; numbers stand on the right; state is replaced by assigning
        to ``s``.
        """
        raise NotImplementedError("an optimizer needs a rule")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        """The numbers of the rule, for the ``step``-th update of a parameter (from 1)."""
        return {"lr": group["lr"]}

    def options(self, group: dict[str, Any]) -> Iterable[str]:
        """The options the rule finds in ``on``; "first" is added before there is state."""
        return ()

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The state tensors the rule finds in ``s``."""
        return self.slots

    def initial(self, group: dict[str, Any], name: str) -> float:
        """The value a state tensor starts from."""
        return 0.0

    def check(self, group: dict[str, Any]) -> None:
        """Refuse options that make no sense."""
        not_negative(self, group, "lr")

    # ------------------------------------------------------------- groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters, with options of their own where given.

        Source: torch.optim.Optimizer.add_param_group.
        """
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise OptimizerError(
                f"{self._name}: a parameter group must be a dict with the key 'params', not "
                f"{shown_kind(param_group)}"
            )
        params = param_group["params"]
        params = [params] if isinstance(params, AbstractTensor) else list(params)
        if not params:
            raise OptimizerError(f"{self._name}: a parameter group has no parameters")
        held = {id(p) for group in self.param_groups for p in group["params"]}
        for i, p in enumerate(params):
            self._check_param(p, i)
            if id(p) in held:
                raise OptimizerError(
                    f"{self._name}: parameter {i} {_text(p)} appears twice, in one group or in "
                    f"two; give each parameter once"
                )
            held.add(id(p))
        group = {**self.defaults, **param_group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    def _check_param(self, p: Any, i: int) -> None:
        if not isinstance(p, AbstractTensor):
            advice = "; pass its parameters()" if hasattr(p, "parameters") else ""
            advice = "; the pair is from named_parameters()" if isinstance(p, tuple) else advice
            raise OptimizerError(
                f"{self._name}: parameter {i} must be a tensor, not {shown_kind(p)}{advice}"
            )
        if not p.is_leaf:
            raise OptimizerError(
                f"{self._name}: parameter {i} {_text(p)} is the result of an operation; only "
                f"leaf tensors can be optimized: use detach() and requires_grad_()"
            )
        if is_replaced(p):
            raise OptimizerError(self._dead(p))

    def _dead(self, p: Any) -> str:
        return (
            f"{self._name}: the parameter {_text(p)} is no longer part of its module, which "
            f"holds another tensor since map_parameters() or to(); build the optimizer after "
            f"the move"
        )

    def _require(
        self, group: dict[str, Any], key: str, fits: Callable[[Any], bool], text: str
    ) -> None:
        value = group[key]
        try:
            ok = not isinstance(value, str) and bool(fits(value))
        except TypeError:
            ok = False
        if not ok:
            kind = ", a string" if isinstance(value, str) else ""
            raise OptimizerError(f"{self._name}: {key} {text}, got {value!r}{kind}")

    @property
    def _name(self) -> str:
        return type(self).__name__

    # ------------------------------------------------------------- steps

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients; with ``set_to_none=False`` fill them with zeros.

        Source: torch.optim.Optimizer.zero_grad.
        """
        for group in self.param_groups:
            for p in group["params"]:
                p._grad = None if set_to_none or p._grad is None else p._grad._filled(0)

    @phase("optimizer")
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update all parameters that have a gradient, in place.

        ``closure`` computes the loss (and the gradients) anew; its result is
        returned.  Source: torch.optim.Optimizer.step.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        if REPLACED:
            for group in self.param_groups:
                for p in group["params"]:
                    if is_replaced(p):
                        raise OptimizerError(self._dead(p))
        for group in self.param_groups:
            self._update(group)
        self.step_count += 1
        return loss

    def _update(self, group: dict[str, Any]) -> None:
        names, on = self.kept(group), frozenset(self.options(group))
        counts = self.counts
        if not names and not counts:
            params = [p for p in group["params"] if p._grad is not None]
            update = Update(self.rule, on, names, self.numbers(group, 0))
            apply_updates_(params, update, [p._grad for p in params], [()] * len(params))
            return
        # nearly always one: all parameters are at the same step
        updates: dict[Any, tuple[Update, list[Any], list[Any], list[Any]]] = {}
        for p in group["params"]:
            grad = p._grad
            if grad is None:
                continue
            state, step, first = self.state[p], 0, False
            if counts:
                step = state["step"] = state.get("step", 0) + 1
            try:
                tensors = tuple(map(state.__getitem__, names))
            except KeyError:
                first = True
                for name in names:
                    if name not in state:
                        value = p._filled(self.initial(group, name))
                        state[name] = value.to(self._state_dtype(p, name))
                tensors = tuple(map(state.__getitem__, names))
            batch = updates.get((step, first))
            if batch is None:
                options = on | {"first"} if first else on
                new = Update(self.rule, options, names, self.numbers(group, step))
                batch = updates[step, first] = new, [], [], []
            batch[1].append(p)
            batch[2].append(grad)
            batch[3].append(tensors)
        for new, params, grads, states in updates.values():
            apply_updates_(params, new, grads, states)

    # ------------------------------------------------------------- saving

    def state_dict(self) -> dict[str, Any]:
        """State and options, parameters replaced by their position.

        ``{"state": {position: {...}}, "param_groups": [...]}``; the tensors are
        the optimizer's own.  Source: torch.optim.Optimizer.state_dict.
        """
        position = {
            id(p): i
            for i, p in enumerate(p for group in self.param_groups for p in group["params"])
        }
        groups = [
            {**group, "params": [position[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {position[id(p)]: dict(s) for p, s in self.state.items() if s}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` gave; tensors are copied.

        Groups and parameters must have the same numbers and shapes; else
        :class:`StateDictError`, and nothing is changed.  Source:
        torch.optim.Optimizer.load_state_dict.
        """
        groups, state = loaded(self, state_dict)
        self.state = defaultdict(dict, state)
        for new, old in zip(groups, self.param_groups, strict=True):
            old.update(new)

    def _state_dtype(self, p: Any, name: str) -> Any:
        return float32 if name in self.squares and p.dtype in HALF else p.dtype

    def __getstate__(self) -> dict[str, Any]:
        # A dict with tensors as keys cannot be unpickled before the tensors are.
        return {**self.__dict__, "state": [(p, s) for p, s in self.state.items()]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.state = defaultdict(dict, state["state"])

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]
        return "\n".join([*lines, ")"])


def directed(on: frozenset[str], p: Any, g: Any, c: Any) -> Any:
    """The gradient to follow: turned round to maximize, with weight decay as a penalty."""
    if "maximize" in on:
        g = -g
    if "weight_decay" in on:
        g = g + p * c.weight_decay
    return g


def chosen(group: dict[str, Any], *names: str) -> list[str]:
    """The names of the options that are switched on."""
    return [name for name in names if group[name]]


def not_negative(optimizer: Optimizer, group: dict[str, Any], *names: str) -> None:
    """Check options that are finite numbers from zero on."""
    for name in names:
        value = group[name]
        below = isinstance(value, Real) and value < 0
        text = "must not be negative" if below else "must be a finite number"
        optimizer._require(group, name, lambda x: x >= 0 and math.isfinite(x), text)


def fraction(optimizer: Optimizer, group: dict[str, Any], name: str) -> None:
    """Check a decay rate."""
    optimizer._require(group, name, lambda x: 0 <= x <= 1, "must be between 0 and 1")


def _text(p: Any) -> str:
    label = f" {p.name!r}" if p.name else ""
    return f"of shape {p.shape}, dtype {p.dtype}{label}"
