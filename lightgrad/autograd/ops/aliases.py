"""Operations by the other names that torch has for them."""

from __future__ import annotations

from collections.abc import Callable

from lightgrad.autograd.contract import Operand, Tensor
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor

#: name -> the op, an example and its result
_OF_ONE = {
    "arccos": ("acos", "1.0", "0."),
    "arccosh": ("acosh", "1.0", "0."),
    "arcsin": ("asin", "0.0", "0."),
    "arcsinh": ("asinh", "0.0", "0."),
    "arctan": ("atan", "0.0", "0."),
    "arctanh": ("atanh", "0.0", "0."),
    "fix": ("trunc", "-1.5", "-1."),
    "sgn": ("sign", "-1.5", "-1."),
}
_OF_TWO = {
    "arctan2": ("atan2", "0.0", "0."),
    "greater": ("gt", "1.0", "False"),
    "greater_equal": ("ge", "1.0", " True"),
    "less": ("lt", "1.0", "False"),
    "less_equal": ("le", "1.0", " True"),
    "not_equal": ("ne", "1.0", "False"),
}


def _register(name: str, method: Callable[..., Tensor], about: tuple[str, str, str]) -> None:
    op, value, result = about
    given = "x" if name in _OF_TWO else ""
    method = renamed(method, name)
    method.__doc__ = f"""Another name of ``{op}``.  Source: torch.{name}.

    >>> import lightgrad as light
    >>> x = light.tensor([{value}], requires_grad=False)
    >>> x.{name}({given})
    tensor([{result}])
    """
    AbstractTensor.register_op(name)(method)


def _of_one(op: str) -> Callable[[Tensor], Tensor]:
    def method(t: Tensor) -> Tensor:
        out: Tensor = getattr(t, op)()
        return out

    return method


def _of_two(op: str) -> Callable[[Tensor, Operand], Tensor]:
    def method(t: Tensor, other: Operand) -> Tensor:
        out: Tensor = getattr(t, op)(other)
        return out

    return method


for _name, _about in _OF_ONE.items():
    _register(_name, _of_one(_about[0]), _about)
for _name, _about in _OF_TWO.items():
    _register(_name, _of_two(_about[0]), _about)
