"""Optimizer: parameter groups, state, and the step that all optimizers share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from lightgrad.autograd import AbstractTensor, CpuTensor, enable_grad
from lightgrad.autograd.dtypes import HALF, float32
from lightgrad.autograd.ops.optimize import Update, apply_updates_
from lightgrad.autograd.tensor.succession import REPLACED, is_replaced
from lightgrad.errors import OptimizerError
from lightgrad.hints import check_arguments
from lightgrad.optim.hooks import HOOKS, Hooks, hooked
from lightgrad.optim.options import named, not_negative, switches
from lightgrad.optim.state import counter, loaded, shown_kind

Params = Iterable[Any]

_O = TypeVar("_O", bound="Optimizer")


class Optimizer(Hooks):
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
    #: numbers that each parameter has of its own in its state, besides "step"
    scalars: ClassVar[tuple[str, ...]] = ()
    #: whether the state is what a rule of the class needs, and nothing else
    ruled: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "rule" in vars(cls):
            cls.ruled = True

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
        super().__init__()
        self.defaults = defaults
        self.state: defaultdict[AbstractTensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
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

        Written with + - * /, ``** 0.5``, unary minus, ``sign``, ``maximum`` and
        ``minimum``; numbers stand on the right; state is replaced by assigning
        to ``s``.
        """
        raise NotImplementedError("an optimizer needs a rule")

    def numbers(self, group: dict[str, Any], step: int) -> dict[str, float]:
        """The numbers of the rule, for the ``step``-th update of a parameter (from 1)."""
        return {"lr": group["lr"]}

    def advanced(self, group: dict[str, Any], step: int, *scalars: float) -> tuple[float, ...]:
        """What the parameter's own numbers are after its ``step``-th update."""
        return scalars

    def stage(self, group: dict[str, Any], step: int) -> Iterable[str]:
        """What is in ``on`` besides the options, for the ``step``-th update of a parameter."""
        return ()

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
        if "lr" in group:
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
        params, names = named(self, params)
        held = {id(p) for group in self.param_groups for p in group["params"]}
        for i, p in enumerate(params):
            self._check_param(p, i)
            if id(p) in held:
                raise OptimizerError(
                    f"{self._name}: parameter {i} {_text(p)} appears twice: some parameters appear "
                    f"in more than one parameter group, or in one again; give each once"
                )
            held.add(id(p))
        others = {k: v for k, v in self.defaults.items() if k not in param_group}
        group = {**param_group, "params": params, **others, **names}
        if any(("param_names" in other) != ("param_names" in group) for other in self.param_groups):
            raise OptimizerError(
                f"{self._name}: all optimizer params should be with/without names; some of the "
                f"groups have names and others have none"
            )
        switches(self, group)
        self.check(group)
        self.param_groups.append(group)

    def _check_param(self, p: Any, i: int) -> None:
        if not isinstance(p, AbstractTensor):
            advice = "; pass its parameters()" if hasattr(p, "parameters") else ""
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
                if set_to_none:
                    p._grad = None
                else:
                    p._clear_grad()

    @hooked
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update all parameters that have a gradient, in place.

        ``closure`` computes the loss (and the gradients) anew; its result is
        returned.  Source: torch.optim.Optimizer.step.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._check_replaced()
        for group in self.param_groups:
            if isinstance(group.get("lr"), AbstractTensor):
                group = {**group, "lr": float(group["lr"])}
            self._update(group)
        return loss

    def _check_replaced(self) -> None:
        for group in self.param_groups if REPLACED else ():
            for p in group["params"]:
                if is_replaced(p):
                    raise OptimizerError(self._dead(p))

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
            state = self.state[p]
            key = self._counted(group, p, state) if counts else (0,)
            first = False
            try:
                tensors = tuple(map(state.__getitem__, names))
            except KeyError:
                first = True
                tensors = self._started(group, p, names)
            batch = updates.get((key, first))
            if batch is None:
                options = on.union(self.stage(group, key[0]), ("first",) if first else ())
                new = Update(self.rule, options, names, self.numbers(group, *key))
                batch = updates[key, first] = new, [], [], []
            batch[1].append(p)
            batch[2].append(grad)
            batch[3].append(tensors)
        for new, params, grads, states in updates.values():
            apply_updates_(params, new, grads, states)

    def _counted(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> tuple[Any, ...]:
        """How many updates the parameter has had with this one, and numbers of its own."""
        step = state.get("step")
        if not isinstance(step, CpuTensor):
            step = state["step"] = counter(p, 0.0 if step is None else float(step))
        data = step._data
        data += 1
        count = int(data)
        if not self.scalars:
            return (count,)
        own = []
        for name in self.scalars:
            if name not in state:
                state[name] = counter(p, self.initial(group, name))
            own.append(state[name])
        values = [float(t) for t in own]
        for t, new in zip(own, self.advanced(group, count, *values), strict=True):
            t._data[()] = new
        return (count, *values)

    def _started(self, group: dict[str, Any], p: Any, names: Iterable[str]) -> tuple[Any, ...]:
        """The state tensors of a parameter, those made that are not there yet."""
        state = self.state[p]
        for name in names:
            if name not in state:
                value = p._filled(self.initial(group, name))
                state[name] = value.to(self._state_dtype(p, name))
        return tuple(state[name] for name in names)

    # ------------------------------------------------------------- saving

    def state_dict(self) -> dict[str, Any]:
        """State and options, parameters replaced by their position.

        ``{"state": {position: {...}}, "param_groups": [...]}``; the tensors are
        the optimizer's own.  Source: torch.optim.Optimizer.state_dict.
        """
        for hook in self._save_pre.values():
            hook(self)
        position = {
            id(p): i
            for i, p in enumerate(p for group in self.param_groups for p in group["params"])
        }
        groups = [
            {k: v for k, v in group.items() if k != "params"}
            | {"params": [position[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {position.get(id(p), p): dict(s) for p, s in self.state.items() if s}
        made = {"state": state, "param_groups": groups}
        for hook in self._save_post.values():
            changed = hook(self, made)
            made = made if changed is None else changed
        return made

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` gave; tensors are copied.

        Groups and parameters must have the same numbers and shapes; else
        :class:`StateDictError`, and nothing is changed.  Source:
        torch.optim.Optimizer.load_state_dict.
        """
        for hook in self._load_pre.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        groups, state = loaded(self, state_dict)
        self.state = defaultdict(dict, state)
        for new, old in zip(groups, self.param_groups, strict=True):
            old.update(new)
        for hook in self._load_post.values():
            hook(self)

    def _state_dtype(self, p: Any, name: str) -> Any:
        return float32 if name in self.squares and p.dtype in HALF else p.dtype

    def __getstate__(self) -> dict[str, Any]:
        # A dict with tensors as keys cannot be unpickled before the tensors are.
        state = [(p, s) for p, s in self.state.items()]
        return {k: v for k, v in self.__dict__.items() if k not in HOOKS} | {"state": state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Hooks.__init__(self)
        self.__dict__.update(state)
        self.state = defaultdict(dict, state["state"])

    def __repr__(self) -> str:
        groups = []
        for i, group in enumerate(self.param_groups):
            lines = [f"    {k}: {group[k]}\n" for k in sorted(group) if k != "params"]
            groups.append(f"\nParameter Group {i}\n{''.join(lines)}")
        return f"{self._name} ({''.join(groups)})"


def _text(p: Any) -> str:
    label = f" {p.name!r}" if p.name else ""
    return f"of shape {p.shape}, dtype {p.dtype}{label}"
