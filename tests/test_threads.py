"""Kernels in pieces on several threads, and the number of threads."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.cpu import threads
from lightgrad.autograd.cpu.threads import parallel
from lightgrad.errors import ArgumentError
from tests.helpers import python

pytestmark = pytest.mark.usefixtures("four_threads")


def blas_threads() -> int:
    knob = threads._blas()
    if knob is None:
        pytest.skip("NumPy's BLAS does not let us set its threads")
    return knob[1]()


# ----------------------------------------------------------------- the number


@pytest.mark.parametrize("n", [1, 2, 7, np.int64(3)])
def test_number_is_kept(n):
    light.set_num_threads(n)
    assert light.get_num_threads() == n
    assert type(light.get_num_threads()) is int


@pytest.mark.parametrize("wrong", [0, -1, 1.0, "2", None, True])
def test_wrong_number(wrong):
    with pytest.raises(ArgumentError, match=r"set_num_threads: expected a positive integer, not "):
        light.set_num_threads(wrong)
    assert light.get_num_threads() == 4


@pytest.mark.parametrize("value, expected", [("3", 3), ("2,4", 2), (" 5 ", 5)])
def test_default_is_the_environments(value, expected):
    script = "import lightgrad as light; print(light.get_num_threads())"
    assert python(script, OMP_NUM_THREADS=value) == str(expected)


@pytest.mark.parametrize("value", ["", "0", "many", "-1"])
def test_default_is_the_number_of_cores(value):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    script = "import lightgrad as light; print(light.get_num_threads())"
    assert python(script, OMP_NUM_THREADS=value) == str(cores)


def test_blas_gets_the_number():
    light.set_num_threads(3)
    assert blas_threads() == 3
    light.set_num_threads(1)
    assert blas_threads() == 1


def test_blas_without_a_knob(monkeypatch):
    monkeypatch.setattr(threads, "_blas", lambda: None)
    light.set_num_threads(2)
    done: list[int] = []
    parallel(done.append, range(5))
    assert sorted(done) == [0, 1, 2, 3, 4]


# ----------------------------------------------------------------- pieces


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_every_piece_runs_once(count, n):
    light.set_num_threads(n)
    for _ in range(20):
        done: list[int] = []
        parallel(done.append, iter(range(count)))
        assert sorted(done) == list(range(count))


def test_pieces_run_at_the_same_time():
    together = threading.Barrier(4, timeout=20)
    parallel(lambda _: together.wait(), range(4))


def test_one_thread_keeps_to_the_caller_and_the_order():
    light.set_num_threads(1)
    seen = []
    parallel(lambda i: seen.append((i, threading.get_ident())), range(4))
    assert seen == [(i, threading.get_ident()) for i in range(4)]


@pytest.mark.parametrize("n", [1, 4])
def test_blas_has_one_thread_in_a_piece(n):
    before = blas_threads()
    light.set_num_threads(n)
    seen = []
    parallel(lambda _: seen.append(blas_threads()), range(6))
    assert seen == [1] * 6
    assert blas_threads() == n
    light.set_num_threads(before)


def test_number_changed_by_a_piece_holds_afterwards():
    parallel(lambda _: light.set_num_threads(3), range(2))
    assert light.get_num_threads() == 3
    assert blas_threads() == 3


def test_errstate_of_the_caller():
    zeros = np.zeros(2)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        parallel(lambda part: np.divide(1.0, zeros), range(4))
    with np.errstate(divide="ignore"):
        parallel(lambda part: np.divide(1.0, zeros), range(4))


@pytest.mark.parametrize("bad", [0, 3, 7])
@pytest.mark.parametrize("n", [1, 4])
def test_exception_comes_out(bad, n):
    light.set_num_threads(n)

    def fail(i: int) -> None:
        if i == bad:
            raise KeyError(i)

    before = threads.one_blas_thread.depth
    with pytest.raises(KeyError, match=str(bad)):
        parallel(fail, range(8))
    assert threads.one_blas_thread.depth == before == 0
    done: list[int] = []
    parallel(done.append, range(8))  # the pool is free again
    assert sorted(done) == list(range(8))


def test_exception_keeps_nothing_alive():
    class Array(np.ndarray):
        pass

    def call() -> weakref.ref:
        array = np.zeros(3).view(Array)

        def fail(i: int) -> None:
            array[i] = i
            raise ValueError

        with pytest.raises(ValueError):
            parallel(fail, range(3))
        return weakref.ref(array)

    gc.disable()
    try:
        kept = call()
        deadline = time.monotonic() + 60
        while kept() is not None and time.monotonic() < deadline:
            time.sleep(0.01)  # a thread may still be on its way to see that nothing is left
    finally:
        gc.enable()
    gc.collect()
    assert kept() is None


def test_nested_calls():
    done: list[tuple[int, int]] = []
    parallel(lambda i: parallel(lambda j: done.append((i, j)), range(3)), range(4))
    assert sorted(done) == [(i, j) for i in range(4) for j in range(3)]


def squares(a: np.ndarray) -> np.ndarray:
    out = np.empty_like(a)
    parallel(lambda i: np.matmul(a[i], a[i], out=out[i]), range(len(a)))
    return out


def test_calls_from_several_threads():
    results: list[np.ndarray] = []
    source = np.random.default_rng(0).standard_normal((16, 40, 40)).astype(np.float32)

    def user() -> None:
        for _ in range(30):
            results.append(squares(source))

    users = [threading.Thread(target=user) for _ in range(4)]
    for thread in users:
        thread.start()
    for thread in users:
        thread.join(30)
    assert len(results) == 120
    assert all(np.array_equal(results[0], other) for other in results)
    assert threads.one_blas_thread.depth == 0


# ----------------------------------------------------------------- where none can be started


@pytest.mark.parametrize("possible", [0, 1, 2])
def test_pieces_run_where_few_threads_can_be_started(pool_of, possible):
    tried = pool_of(possible)
    for _ in range(5):
        done: list[int] = []
        parallel(done.append, range(20))
        assert sorted(done) == list(range(20))
    assert len(tried) == possible + 1  # it is not tried again and again
    barrier = threading.Barrier(possible + 1, timeout=20)
    parallel(lambda _: barrier.wait(), range(possible + 1))


def test_import_starts_no_thread_and_no_executor():
    script = (
        "import sys, threading, lightgrad\n"
        "print(threading.active_count(), 'concurrent.futures' in sys.modules)"
    )
    assert python(script) == "1 False"


# ----------------------------------------------------------------- processes

USE = """
import os, sys, time
import lightgrad as light
from lightgrad.autograd.cpu.threads import parallel
light.set_num_threads(3)
def use():
    done = []
    parallel(done.append, range(6))
    assert sorted(done) == list(range(6))
use()
"""


def test_exit_does_not_wait():
    script = USE + (
        "import threading\n"
        "def stuck():\n"
        "    parallel(lambda _: time.sleep(600), range(2))\n"
        "threading.Thread(target=stuck, daemon=True).start()\n"
        "time.sleep(0.1)\n"
        "print('done')"
    )
    start = time.monotonic()
    assert python(script) == "done"
    assert time.monotonic() - start < 300


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_child_has_a_pool_of_its_own():
    script = USE + (
        "import threading, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "threading.Thread(target=parallel, args=(lambda _: time.sleep(0.5), range(3)),"
        " daemon=True).start()\n"
        "time.sleep(0.1)\n"  # the fork happens while the pool is in use
        "pid = os.fork()\n"
        "if not pid:\n"
        "    barrier = threading.Barrier(3, timeout=20)\n"
        "    parallel(lambda _: barrier.wait(), range(3))\n"
        "    use()\n"
        "    os._exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "use()"
    )
    assert python(script) == "0"


OTHERS = """
import _thread
from lightgrad.autograd.cpu import threads
threads._let_blas_sleep = lambda: print("restarted")
threads.set_num_threads(2)
gate = _thread.allocate_lock()
gate.acquire()
{start}
threads.parallel(lambda piece: None, range(4))
print("done")
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="nobody tells the threads")
@pytest.mark.parametrize(
    ("start", "printed"),
    [("", ["restarted", "done"]), ("_thread.start_new_thread(gate.acquire, ())", ["done"])],
)
def test_blas_is_restarted_only_if_no_other_thread_can_be_in_it(start, printed):
    blas_threads()  # or skip
    # the module `threading` does not know threads made by `_thread` or by other languages
    assert python(OTHERS.format(start=start), OMP_NUM_THREADS="2").split() == printed
