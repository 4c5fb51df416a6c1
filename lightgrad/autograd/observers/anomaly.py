"""Finding the operation that made the first NaN or infinite value."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dispatch import describe
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.observers.call import Call, Observer, paused
from lightgrad.autograd.observers.wrapping import watch
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.caller import at
from lightgrad.errors import AnomalyError
from lightgrad.holding import Manager


class _Detector(Observer):
    def before(self, call: Call) -> None:
        if call.parent is None and call.kind == "op" and (call.op.endswith("_") or _updates(call)):
            with paused():  # it overwrites its inputs
                call.note = _bad(_given(call)) is None

    def after(self, call: Call) -> None:
        # steps inside of an operation or of a node's backward may overflow on purpose
        if call.kind != "node" and (call.kind != "op" or call.parent is not None):
            return
        with paused():
            bad, given = _bad(_made(call)), _given(call)
            if bad is None:
                return
            if not (_bad(given) is None if call.note is None else call.note):
                return
            what = f"{'the backward of ' if call.kind == 'node' else ''}{call.op}, called"
            raise AnomalyError(
                f"{bad[0]} first appeared in {what} at {at(call.line)} (phase {call.phase}), in "
                f"an output of shape {bad[1].shape}, dtype {bad[1].dtype}, on {call.device}, "
                f"at index {bad[2]}; its arguments are finite: {describe(given)}; look at "
                f"their ranges there (log or sqrt of 0, a division by 0, exp of a large number)"
            )


def _updates(call: Call) -> bool:
    """Whether a call is an optimizer's step for a list of parameters."""
    return call.op == "apply_updates"


def _made(call: Call) -> Any:
    """The results of a call, or what it changed without returning it."""
    if _updates(call):
        params, _, _, states = call.args
        return [params, states]
    return call.out


def _given(call: Call) -> list[Any]:
    """The arguments that the result of a call is computed from."""
    if call.kind != "node":
        return [*call.args, *call.kwargs.values()]
    node, grad = call.args
    return [grad, *(getattr(node, "saved", None) or ())]


def _bad(values: Any) -> tuple[str, Any, tuple[int, ...]] | None:
    """The first value that is not finite: what it is, its array and its index."""
    if isinstance(values, AbstractTensor):
        if values.dtype not in FLOATS:
            return None
        data: Any = values.data
        array = data if type(data) is np.ndarray else values._values()
    elif isinstance(values, (float, np.ndarray)):
        array = np.asarray(values)
    elif isinstance(values, (tuple, list)):
        return next((b for b in map(_bad, values) if b is not None), None)
    else:
        return None
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return None
    index = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    return str(array[index]), array, index


def detect_anomaly(function: Any = None) -> Any:
    """Raise :class:`AnomalyError` at the first NaN or infinite value, forward or backward.

    In a ``with`` block, or in the function that it decorates.  The message names the
    operation, its shapes and device, and the line of the program; for a gradient,
    the line of the forward call.  What comes out of values that were not finite
    before, such as ``-inf`` in a mask, is not the first.  Every result is looked at,
    which waits for the device: for debugging.  Source: torch.autograd.detect_anomaly.

    >>> import lightgrad as light
    >>> with light.detect_anomaly():
    ...     light.tensor([1.0, 0.0]).log()
    Traceback (most recent call last):
    lightgrad.errors.AnomalyError: -inf first appeared in log, ...
    """
    made = Manager("detect_anomaly", lambda: watch(_Detector()))
    return made if function is None else made(function)
