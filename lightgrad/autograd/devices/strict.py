"""Strict mode: nothing moves between devices unless the program says so."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.devices.environment import switch
from lightgrad.caller import at, user_line
from lightgrad.errors import DtypeError, StrictError
from lightgrad.holding import held

#: turns strict mode on from outside, for a whole run
VARIABLE = "LIGHTGRAD_STRICT"

_on = switch(VARIABLE, False)


def is_strict() -> bool:
    """Whether strict mode is on."""
    return _on


class strict:
    """Make host fallback and implicit copies between devices errors, in all threads.

    At once, and until a ``with`` block ends; or a decorator.  What is refused with a
    :class:`StrictError`: an operation that runs on the CPU because its device
    has no kernel, random numbers drawn on the CPU for another device, an array
    or list as an operand or index of a tensor on another device, and NumPy
    functions on such a tensor.  Numbers are no copies; ``to()``, ``cpu()``,
    ``numpy()``, ``item()`` and what makes tensors say what they do.
    ``LIGHTGRAD_STRICT=1`` in the environment turns it on from the start.

    >>> import lightgrad as light
    >>> with light.strict(True):
    ...     light.ones(2).exp().sum().item() > 5
    True
    """

    __slots__ = ("_mode", "_previous")

    def __init__(self, mode: bool = True) -> None:
        if callable(mode):
            raise DtypeError(f"strict: mode must be True or False, not {mode!r}; use @strict()")
        self._previous, self._mode = _on, bool(mode)
        _switch(self._mode)

    def __enter__(self) -> None:
        _switch(self._mode)

    def __exit__(self, *exc: object) -> None:
        _switch(self._previous)

    def __call__(self, function: Any) -> Any:
        _switch(self._previous)  # as a decorator it counts inside the function only
        mode = self._mode
        return held("strict", lambda: strict(mode), function)


def _switch(mode: bool) -> None:
    global _on
    _on = mode


def refuse(op: str, what: str, given: str, remedy: str) -> None:
    """Raise a `StrictError` if strict mode is on."""
    if _on:
        raise StrictError(
            f"{op}: {what} ({given}) at {at(user_line())}, which strict mode refuses; {remedy}"
        )


def refuse_array(t: Any, value: Any, op: str) -> None:
    """Refuse, in strict mode, an array or list that would be copied to the device of ``t``."""
    if _on and (isinstance(value, (list, tuple, range)) or getattr(value, "shape", ()) != ()):
        shape, dtype = getattr(value, "shape", ""), getattr(value, "dtype", "")
        kind = f"{type(value).__name__} {dtype} {shape}".rstrip()
        refuse(
            op,
            f"a value of type {type(value).__name__} would be copied to {t.device} unasked",
            f"{t.dtype} {t.shape} on {t.device}, {kind}",
            f"make it a tensor first: lightgrad.tensor(..., device={t.device!r})",
        )
