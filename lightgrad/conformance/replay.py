"""Which op is at fault: what a failed check did is done again, and looked at op by op."""

import hashlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.observers import Call, Observer, paused, watch
from lightgrad.autograd.observers.shadow import Shadow
from lightgrad.autograd.observers.shadow.sample import Sample
from lightgrad.conformance.target import Mismatch, Skipped
from lightgrad.errors import LightgradError

#: what a kernel may raise; the check itself has told of it
ERRORS = (
    LightgradError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    Mismatch,
    Skipped,
)
#: calls that are looked at before the search is given up
PATIENCE = 20_000


class Found(BaseException):
    """Ends a replay at the op at fault; nothing between may catch it as an error."""

    def __init__(self, op: str) -> None:
        super().__init__(op)
        self.op = op


def _arrays(values: Any) -> list[np.ndarray]:
    values = values if isinstance(values, (tuple, list)) else (values,)
    return [t.numpy() for t in values if isinstance(t, AbstractTensor)]


class Values(Shadow):
    """Every op against NumPy in float64, results of whole numbers too; see `light.shadow`."""

    def __init__(self, cls: Any) -> None:
        super().__init__(1, 1e-4, 1e-6, None)
        self.mine, self.seen = cls, 0

    def after(self, call: Call) -> None:
        self.seen += 1
        if self.seen > PATIENCE or (call.kind == "op" and call.cls is not self.mine):
            return
        super().after(call)
        if call.kind == "op" and call.path == "native" and not call.op.endswith("_"):
            with paused():
                self._whole(call)

    def _whole(self, call: Call) -> None:
        """Integers and bools, which `Shadow` leaves out, and dtypes."""
        try:
            sample = Sample(call)
            true = _arrays(sample.compute())
        except ERRORS:  # what the host cannot do says nothing about the backend
            return
        for got, expected in zip(_arrays(call.out), true, strict=False):
            if expected.dtype.kind in "iub" and (
                got.dtype != expected.dtype or not np.array_equal(got, expected)
            ):
                raise Found(call.op)

    def _report(self, sample: Sample, kind: str, i: int, found: Any, grad: Any) -> None:
        raise Found(sample.op)


class Bits(Observer):
    """What went into each native call and what came out, as digests."""

    def __init__(self, cls: Any) -> None:
        self.mine = cls
        self.calls: list[tuple[str, bytes, bytes]] = []

    def before(self, call: Call) -> None:
        if call.kind == "op" and call.cls is self.mine:
            with paused():
                call.note = _digest([t.numpy() for t in call.tensors()])

    def after(self, call: Call) -> None:
        if call.kind == "op" and call.path == "native" and len(self.calls) < PATIENCE:
            with paused():
                self.calls.append((call.op, call.note or b"", _digest(_arrays(call.out))))


def _digest(arrays: list[np.ndarray]) -> bytes:
    out = hashlib.blake2b(digest_size=16)
    for a in arrays:
        out.update(str((a.dtype, a.shape)).encode())
        out.update(np.ascontiguousarray(a).tobytes())
    return out.digest()


def wrong_op(work: Callable[[], Any], cls: Any) -> str:
    """The first op of ``work`` whose result or gradient is not that of float64, or ""."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), watch(Values(cls)):
            warnings.simplefilter("ignore")
            work()
    except Found as first:
        return first.op
    except ERRORS:  # it failed before: the error is known
        return ""
    return ""


def unsteady_op(work: Callable[[], Any], cls: Any, times: int = 3) -> str:
    """The first op that gave other bits for the same inputs when ``work`` ran again, or ""."""
    known: dict[tuple[str, int, bytes], bytes] = {}
    for _ in range(times):
        trace = Bits(cls)
        with watch(trace):
            work()
        count: dict[tuple[str, bytes], int] = {}
        for op, given, out in trace.calls:
            n = count[op, given] = count.get((op, given), 0) + 1
            if known.setdefault((op, n, given), out) != out:
                return op
    return ""


class Calls(Observer):
    """The first call of each native kernel, with its arguments."""

    def __init__(self, cls: Any) -> None:
        self.mine = cls
        self.first: dict[str, tuple[Any, Any]] = {}

    def after(self, call: Call) -> None:
        if call.kind == "op" and call.cls is self.mine and call.path == "native":
            self.first.setdefault(call.op, (call.args, call.kwargs))


def leaking_op(work: Callable[[], Any], cls: Any, held: Callable[[], int]) -> str:
    """The op whose call, made again and again, leaves the most behind, or "".

    ``held()`` is what is counted: tensors alive, or bytes.
    """
    trace = Calls(cls)
    with watch(trace):
        work()
    grown: dict[str, int] = {}
    with no_grad():
        for op, (args, kwargs) in trace.first.items():
            method = getattr(args[0], op, None)
            if method is None or op.endswith("_"):
                continue
            before = held()
            for _ in range(5):
                method(*args[1:], **kwargs)
            if held() - before >= 5:
                grown[op] = held() - before
    return max(grown, key=grown.__getitem__) if grown else ""
