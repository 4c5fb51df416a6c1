"""Several processor cores for one kernel.

NumPy works on one core, except in matrix products, and lets go of the interpreter lock
meanwhile.  `parallel` cuts a kernel into pieces for several threads.  A hand-over takes some
10 us, and up to 50 us where the core sleeps: it pays for kernels above some 200 us.

Results must not depend on the number of threads, nor on which of them was faster.  So whoever
cuts a kernel decides by sizes alone where it is cut, wherever that changes how numbers are
rounded (a sum in parts is another sum), each piece writes to a place of its own, and BLAS
works with one thread in every piece, also where the pieces run one after the other.  Its own
threads round differently for each number of them, so nobody calls it for a large product
but through `products`, or in a block of `one_blas_thread`.
"""

from __future__ import annotations

import ctypes
import operator
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import lru_cache
from itertools import count
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np

from lightgrad.errors import ArgumentError

__all__ = ["blas_library", "get_num_threads", "one_blas_thread", "parallel", "set_num_threads"]

_Piece = TypeVar("_Piece")

#: where OpenBLAS keeps its number of threads, by the ways in which it is built for NumPy
_KNOBS = (
    ("scipy_openblas_set_num_threads64_", "scipy_openblas_get_num_threads64_"),
    ("scipy_openblas_set_num_threads", "scipy_openblas_get_num_threads"),
    ("openblas_set_num_threads64_", "openblas_get_num_threads64_"),
    ("openblas_set_num_threads", "openblas_get_num_threads"),
)


def _default() -> int:
    """The number of threads to begin with: OMP_NUM_THREADS, else the cores of this process."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if first.isdecimal() and int(first):
        return int(first)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_threads = _default()


@lru_cache(maxsize=1)
def blas_library() -> Any:
    """The library of NumPy's core, through which its BLAS is called; None if out of reach."""
    try:
        return ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return None


@lru_cache(maxsize=1)
def _blas() -> tuple[Callable[[int], Any], Callable[[], int]] | None:
    """The functions that set and tell the threads of NumPy's BLAS; None if out of reach."""
    library = blas_library()
    for setter, getter in _KNOBS:
        if hasattr(library, setter) and hasattr(library, getter):
            return getattr(library, setter), getattr(library, getter)
    return None


def _tasks() -> int:
    """How many threads the process has, Python's and others; 0 where nobody tells."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0


def _let_blas_sleep() -> None:
    """Have OpenBLAS's threads wait for 0.1 ms after a product, not 26 ms, before they sleep.

    They wait in a loop, on the cores that the pool then needs: a kernel in pieces that followed
    a matrix product was seen to take twice as long, no less than on one core.  OpenBLAS reads
    how long they wait (a power of two, in ticks of the clock) when it starts them.  A thread
    that is in a product meanwhile would wait for ever, so there must be no other.
    """
    name, library, knob = "OPENBLAS_THREAD_TIMEOUT", blas_library(), _blas()
    needed = ("openblas_read_env", "blas_thread_shutdown_", "blas_thread_init")
    if knob is None or name in os.environ or not all(hasattr(library, n) for n in needed):
        return
    before = knob[1]()
    os.environ[name] = "18"
    try:
        library.openblas_read_env()
    finally:
        del os.environ[name]
    library.blas_thread_shutdown_()
    library.blas_thread_init()
    knob[0](before)


def get_num_threads() -> int:
    """How many threads a kernel of the CPU backend may use; see `set_num_threads`.

    >>> get_num_threads() >= 1
    True
    """
    return _threads


def set_num_threads(n: int) -> None:
    """Let kernels of the CPU backend use ``n`` threads, the caller's among them.

    At first it is the environment variable OMP_NUM_THREADS, else the number of cores that
    this process may use.  The threads of NumPy's BLAS are set too, and results are the same
    bits for every ``n``, if that is an OpenBLAS that can be reached, as in NumPy's own wheels
    for Linux.  Another BLAS is left alone, has environment variables, and may round its matrix
    products differently for each number of threads.

    Source: ``torch.set_num_threads``.

    >>> before = get_num_threads()
    >>> set_num_threads(1)
    >>> get_num_threads()
    1
    >>> set_num_threads(before)
    """
    global _threads
    try:
        number = 0 if isinstance(n, bool) else operator.index(n)
    except TypeError:
        number = 0
    if number < 1:
        raise ArgumentError(f"set_num_threads: expected a positive integer, not {n!r}")
    with one_blas_thread.lock:
        _threads = number
        if one_blas_thread.depth:
            one_blas_thread.before = number
        elif knob := _blas():
            knob[0](number)


class _Hold:
    """Keeps BLAS to one thread while at least one thread is in a block of it."""

    def __init__(self) -> None:
        self.lock, self.depth, self.before = threading.Lock(), 0, 1

    def after_fork(self) -> None:
        """Start anew in a forked child: nobody is in a block there, and the lock may be held."""
        if self.depth and (knob := _blas()):
            knob[0](self.before)
        self.__init__()  # type: ignore[misc]

    def __enter__(self) -> None:
        if knob := _blas():
            with self.lock:
                if not self.depth:
                    self.before = knob[1]()
                    if self.before != 1:
                        knob[0](1)
                self.depth += 1

    def __exit__(self, *_: object) -> None:
        if knob := _blas():
            with self.lock:
                self.depth -= 1
                if not self.depth and self.before != 1:
                    knob[0](self.before)


class _Job:
    """One call of `parallel`: pieces that threads take until there are none."""

    __slots__ = ("done", "error", "finished", "function", "pieces", "total")

    def __init__(self, function: Callable[[Any], object], pieces: list[Any]) -> None:
        self.function, self.pieces, self.total = function, deque(pieces), len(pieces)
        self.finished, self.done = count(1), threading.Lock()
        self.error: BaseException | None = None
        self.done.acquire()

    def run(self) -> None:
        """Take pieces until there are none; who finishes the last one says so."""
        while True:
            try:
                piece = self.pieces.popleft()
            except IndexError:
                return
            try:
                if self.error is None:
                    self.function(piece)
            except BaseException as error:
                self.error = error
            if next(self.finished) == self.total:
                self.done.release()


class _Pool:
    """Threads that wait for jobs; as many as were ever needed at once and could be started."""

    def __init__(self) -> None:
        self.busy, self.size, self.most = threading.Lock(), 0, sys.maxsize
        self.waiting: SimpleQueue[tuple[Any, _Job]] = SimpleQueue()

    def ask(self, helpers: int, job: _Job) -> None:
        """Let ``helpers`` threads look at a job, under the caller's context (NumPy's errstate)."""
        global _restless
        if _restless:
            _restless = False
            if (
                _tasks() == self.size + one_blas_thread.before
            ):  # the caller's, the pool's and BLAS's own
                _let_blas_sleep()
        while self.size < min(helpers, self.most):
            # a daemon: it holds nothing that an exit would have to wait for
            helper = threading.Thread(target=self._work, name="lightgrad", daemon=True)
            try:
                helper.start()
            except RuntimeError:  # in a browser none can, in a container so many
                self.most = self.size
            else:
                self.size += 1
        for _ in range(min(helpers, self.size)):
            self.waiting.put((copy_context(), job))

    def _work(self) -> None:
        waiting = self.waiting
        while True:
            context, job = waiting.get()
            context.run(job.run)
            del context, job  # the arrays of a kernel are not kept until the next one


_pool, one_blas_thread = _Pool(), _Hold()
_restless = True


def parallel(function: Callable[[_Piece], object], pieces: Iterable[_Piece]) -> None:
    """Run ``function(piece)`` for every piece, on this thread and those of a pool, in any order.

    Returns when all are done.  The first exception is raised again here, and pieces that had
    not begun by then are left out.  Where the pool is in use already, by another thread or by
    the kernel that this call is part of, the pieces run one after the other.

    >>> import numpy as np
    >>> a, b = np.arange(6.0), np.empty(6)
    >>> parallel(lambda part: np.sqrt(a[part], out=b[part]), [slice(0, 3), slice(3, 6)])
    >>> b.round(1)
    array([0. , 1. , 1.4, 1.7, 2. , 2.2])
    """
    pieces = list(pieces)
    helpers = min(_threads, len(pieces)) - 1
    with one_blas_thread:
        pool = _pool
        if helpers > 0 and pool.busy.acquire(blocking=False):
            try:
                job = _Job(function, pieces)
                pool.ask(helpers, job)
                job.run()
                job.done.acquire()
            finally:
                pool.busy.release()
            error, job.error = job.error, None
            if error is not None:
                try:
                    raise error
                finally:
                    del error  # which holds this frame
        else:
            for piece in pieces:
                function(piece)


def _after_fork() -> None:
    """Start anew in a forked child, which has no threads and whose locks may be held."""
    global _pool
    _pool = _Pool()
    one_blas_thread.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
