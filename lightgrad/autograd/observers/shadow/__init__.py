"""Shadow mode: a sample of operations and gradients is computed again on NumPy in float64."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lightgrad.autograd.devices import fallback
from lightgrad.autograd.dtypes import FLOATS, as_dtype, float64
from lightgrad.autograd.generator import Generator, get_rng_state, set_rng_state
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.nodes import Leaf, op_name
from lightgrad.autograd.observers.call import Call, Observer, paused
from lightgrad.autograd.observers.shadow.compare import (
    Difference,
    difference,
    directional,
    find_worst,
    slack,
)
from lightgrad.autograd.observers.shadow.sample import Sample, arrays_of, values_of
from lightgrad.autograd.observers.shadow.script import write_script
from lightgrad.autograd.observers.wrapping import watch
from lightgrad.autograd.shapes import reduced_axes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.caller import at
from lightgrad.errors import ArgumentError, LightgradError, ShadowError
from lightgrad.holding import Manager

#: ops whose results are not compared: no values, or not determined by the arguments
_SKIPPED = frozenset(("copied", "empty_like", "filled", "transfer", "write"))
#: at most this part of the program's own time is spent on checks, divided by `every`
_SHARE = 2.5
#: kernels that get values computed from their first argument, and the function that computes them
_TOTAL: dict[str, Any] = {
    "normalized": lambda t, w, b, _m, _v, dims, eps: (
        (t, w, b, *t.normalization_statistics(dims), dims, eps)
    ),
    "row_cross_entropy": lambda t, target, _, *how: (t, target, t.row_log_sum_exp(), *how),
}


class Shadow(Observer):
    """The result of `shadow`: how many checks were made, and of what."""

    def __init__(self, every: int, rtol: float, atol: float, directory: Any) -> None:
        self.every, self.rtol, self.atol, self.directory = every, rtol, atol, directory
        #: (op, "result" or "gradient") -> number of checks that agreed
        self.checks: Counter[tuple[str, str]] = Counter()
        self.skipped = 0  # calls that the host could not do in float64
        self._left = every  # calls until the next sample
        self._patience = -4 * every if every > 1 else 1  # how long to wait for another op
        self._calls, self._gap = 0, every  # so far, without the gap that is running
        self._began, self._spent = perf_counter(), 0.0
        self._tired: set[Any] = set()  # kinds of calls that had their turn
        self._nodes: Any = WeakKeyDictionary()  # whose backward will be checked

    @property
    def checked(self) -> int:
        """The number of results and gradients that were compared, and agreed."""
        return self.checks.total()

    def __str__(self) -> str:
        results = sum(n for (_, kind), n in self.checks.items() if kind == "result")
        return (
            f"shadow: {self.checked} checks ({results} results, {self.checked - results} "
            f"gradients) of {len({op for op, _ in self.checks})} operations"
        )

    def skips(self, op: str, args: tuple[Any, ...]) -> bool:
        """Whether it is not time for a sample, or time for one of another op or shape."""
        self._left = left = self._left - 1
        return left > 0 or (left > self._patience and _kind(op, args) in self._tired)

    def after(self, call: Call) -> None:
        if call.kind == "node":
            sample = self._nodes.pop(call.args[0], None)
            if sample is not None:
                with self._timed():
                    node, grad = call.args
                    self._check_gradient(sample, node, grad, call.out)
            return
        if call.kind != "op" or (not self.gated and self.skips(call.op, call.args)):
            return
        if self._left <= self._patience:  # all others had their turn
            self._tired.clear()
        self._tired.add(_kind(call.op, call.args))
        if not _can_be_checked(call):
            return
        arrays_of(call.out)  # what the device does for it is not the time of the check
        with self._timed():
            self._check_result(call)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Time a check, and wait so long for the next one that checks stay a small part."""
        start = perf_counter()
        self._calls += self._gap - self._left
        try:
            with paused():
                yield
        finally:
            end = perf_counter()
            self._spent += end - start
            own = end - self._began - self._spent
            debt = 0.0 if self.every == 1 else self._spent * self.every / _SHARE - own
            self._gap = self._left = max(self.every, int(debt * self._calls / own))

    def _check_result(self, call: Call) -> None:
        state = get_rng_state()
        try:
            sample = Sample(call)
            reference = arrays_of(sample.compute())
        except (LightgradError, ValueError, TypeError):  # the host cannot do it in float64
            self.skipped += 1
            return
        finally:
            drew = get_rng_state() != state
            if drew:
                set_rng_state(state)
        if drew:  # random numbers: another call gives other results
            return
        for i, (got, expected) in enumerate(zip(arrays_of(call.out), reference, strict=False)):
            if got.dtype.kind != "f":
                continue

            def again(rng: Any, i: int = i) -> np.ndarray:
                return arrays_of(sample.compute(rng))[i]

            worst = self._difference(got, expected, again)
            if worst is not None:
                self._report(sample, "result", i, worst, None)
            self.checks[call.op, "result"] += 1
        edge = getattr(call.out, "_edge", None)
        if sample.node is not None and edge is not None and type(edge) is not Leaf:
            self._nodes[edge] = sample

    def _difference(self, got: Any, expected: Any, again: Any) -> Difference | None:
        """The worst element, if rounding does not explain it, which is looked into only then."""
        worst = difference(got, expected, self.rtol, self.atol)
        if worst is None:
            return None
        return difference(got, expected, self.rtol, self.atol, slack(expected, again))

    def _check_gradient(self, sample: Sample, node: Any, grad: Any, out: Any) -> None:
        """Compare with the rule in float64, and one input with differences of the kernel."""
        edges, g, grads = node.edges, values_of(grad), out if type(out) is tuple else (out,)
        wanted = [
            i
            for i, (edge, mine) in enumerate(zip(edges, grads, strict=False))
            if edge is not None and mine is not None
        ]
        if not wanted or len(edges) != len(sample.inputs) or op_name(node) != sample.op:
            return
        try:
            self._check_rule(sample, edges, wanted, grads, g)
            self._check_direction(sample, edges, wanted, grads, g)
        except ShadowError:
            raise
        except (LightgradError, ValueError, TypeError):
            self.skipped += 1
            return
        self.checks[sample.op, "gradient"] += 1

    def _check_rule(self, sample: Sample, edges: Any, wanted: Any, grads: Any, g: Any) -> None:
        if sample.cls is fallback.host():
            return  # it is the same rule
        reference = sample.gradients(edges, g)
        for i in wanted:
            if i >= len(reference) or reference[i] is None:
                continue
            shape = edges[i].shape

            def again(rng: Any, i: int = i, shape: Any = shape) -> np.ndarray:
                return _summed(sample.gradients(edges, g, rng)[i]._data, shape)

            expected = _summed(values_of(reference[i]), shape)
            worst = self._difference(_summed(values_of(grads[i]), shape), expected, again)
            if worst is not None:
                self._report(sample, "gradient", i, worst, g)

    def _check_direction(
        self, sample: Sample, edges: Any, wanted: list[int], grads: Any, g: Any
    ) -> None:
        if sample.out.dtype != float64:  # a cast: differences would be of rounded numbers
            return
        args, kernel, total = sample.inputs, type(sample.node), _TOTAL.get(sample.op)

        def forward(values: dict[int, np.ndarray]) -> np.ndarray:
            moved = [type(a)(values[i]) if i in values else a for i, a in enumerate(args)]
            with no_grad():
                moved = total(*moved) if total else moved
                result: np.ndarray = kernel.forward(kernel(), *moved)._data
            return result

        inputs = {i: (args[i]._data, _summed(values_of(grads[i]), edges[i].shape)) for i in wanted}
        suspect = directional(forward, inputs, g.astype(float64), self.rtol)
        if suspect is None:
            return
        i, worst = suspect

        def again(rng: Any = None) -> np.ndarray:
            return _summed(sample.gradients(edges, g, rng)[i]._data, edges[i].shape)

        allowed = worst.allowed + slack(again(), again)
        again_worst = find_worst(inputs[i][1], worst.reference, allowed)
        if again_worst is not None:
            self._report(sample, "gradient", i, again_worst, g)

    def _report(self, sample: Sample, kind: str, i: int, worst: Difference, grad: Any) -> None:
        script = write_script(self.directory, sample, kind, i, worst, grad)
        what = f"gradient of argument {i}" if kind == "gradient" else "result"
        strides = [given.strides for given in sample.arrays]
        raise ShadowError(
            f"{sample.op}: the {what} on {sample.device} disagrees with NumPy in float64: "
            f"{worst} (arguments: {sample.given}; strides {strides}; called at {at(sample.line)}, "
            f"phase {sample.phase}); {script} does it again"
        )


def _kind(op: str, args: tuple[Any, ...]) -> tuple[str, Any]:
    """The kind of a call, of which samples are taken in turn: its op, its first shape."""
    return op, getattr(args[0], "shape", None) if args else None


def _can_be_checked(call: Call) -> bool:
    op = call.op
    if op.endswith("_") or op in _SKIPPED or not hasattr(fallback.host(), op):
        return False
    out = call.out if isinstance(call.out, (tuple, list)) else (call.out,)
    if not any(isinstance(t, AbstractTensor) and t.dtype in FLOATS for t in out):
        return False
    given = (*call.args, *call.kwargs.values())
    if any(isinstance(v, (Generator, type)) for v in given) or not all(
        isinstance(t, AbstractTensor) for t in out
    ):
        return False
    if call.cls is fallback.host() and (call.path == "derived" or call.phase == "backward"):
        return False  # of parts that are checked; as part of the gradient
    return any(as_dtype(t.dtype).kind == "f" for t in call.tensors())


def _summed(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient as the engine passes it on: summed where the input was broadcast."""
    if grad.shape == shape:
        return grad
    return grad.sum(reduced_axes(grad.shape, shape), keepdims=True).reshape(shape)


def shadow(
    every: Any = 50,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    directory: str | os.PathLike[str] = ".",
) -> Any:
    """Compare about one in ``every`` operations with NumPy in float64, while training runs.

    The result at once, and its gradient when the backward pass comes to it: with
    the rule in float64, and along one direction with differences of the forward
    pass, which finds faults of the rule itself.  Elements may differ by ``atol +
    rtol * max(|expected|, rms)``, and by what rounding of the arguments explains.
    The first that differs more raises :class:`ShadowError`, and a script that
    reproduces it is written to ``directory``.  On the CPU, results are compared
    with the same kernels in float64.  Random operations, those in place and
    those without a float result are left out.

    >>> import lightgrad as light
    >>> with light.shadow(every=1) as s:
    ...     light.tensor([1.0, 2.0]).exp().sum().backward()
    >>> s.checked, s.checks["exp", "gradient"]
    (4, 1)
    """
    if callable(every):  # a decorator without brackets
        return shadow()(every)
    if int(every) != every or every < 1 or min(rtol, atol) < 0:
        raise ArgumentError(
            f"shadow: every must be a whole number from 1, rtol and atol not below 0, "
            f"not {every!r}, {rtol!r} and {atol!r}"
        )
    return Manager("shadow", lambda: _compared(every, rtol, atol, directory))


@contextmanager
def _compared(every: int, *how: Any) -> Iterator[Shadow]:
    observer = Shadow(every, *how)
    with watch(observer):
        yield observer
