"""Worker processes of a loader: each has a copy of the data set and makes every n-th batch."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import random
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from lightgrad.autograd.cpu.threads import set_num_threads
from lightgrad.errors import LoaderError
from lightgrad.torch._core.fetch import fetcher
from lightgrad.torch._core.stream import default_generator

#: seconds between looks at whether the other process still lives
_LOOK = 2.0
_END = "end"


class WorkerInfo:
    """What a worker process knows of itself.  Source: torch.utils.data.get_worker_info."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)

    def __repr__(self) -> str:
        names = ("id", "num_workers", "seed", "dataset")
        return f"WorkerInfo({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


_INFO: list[WorkerInfo | None] = [None]


def get_worker_info() -> WorkerInfo | None:
    """``id``, ``num_workers``, ``seed`` and ``dataset`` in a worker process; else None.

    Source: torch.utils.data.get_worker_info.
    """
    return _INFO[0]


class Failure:
    """An exception of a worker, with its traceback as text."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind, self.where = type(error), where
        self.text = "".join(traceback.format_exception(error))

    def reraise(self) -> None:
        """Raise the same exception here."""
        text = f"Caught {self.kind.__name__} {self.where}.\nOriginal {self.text}"
        if self.kind is KeyError:
            text = _Lines(text)
        try:
            error = self.kind(text)
        except Exception as odd:  # it wants other arguments
            raise LoaderError(text) from odd
        raise error


class _Lines(str):
    """Text that a KeyError shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _tasks(pipe: Any, parent: int) -> Iterator[Any]:
    """What the loader sends.  It is received by a thread, so sending never waits for results."""
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def receive() -> None:
        try:
            while True:
                while not pipe.poll(_LOOK):
                    if os.getppid() != parent:
                        os._exit(1)
                task = pipe.recv()
                arrived.put(task)
                if task is None:
                    return
        except (EOFError, OSError):
            arrived.put(None)

    threading.Thread(target=receive, daemon=True).start()
    return iter(arrived.get, None)


def work(
    pipe: Any, how: tuple[Any, ...], number: int, total: int, base: int, start: Any, parent: int
) -> None:
    """The life of a worker process."""
    set_num_threads(1)
    seed = base + number
    random.seed(seed)
    default_generator.manual_seed(seed)
    np.random.seed(np.random.SeedSequence([number, base]).generate_state(4))
    dataset = how[0]
    _INFO[0] = WorkerInfo(id=number, num_workers=total, seed=seed, dataset=dataset)
    where = f"in DataLoader worker process {number}"
    fetch: Any = None
    for task in _tasks(pipe, parent):
        result: Any
        try:
            if not task:
                fetch = None  # another epoch
                continue
            if start is not None:
                start(number)
                start = None
            if fetch is None:
                fetch = fetcher(*how)
            result = fetch(*task)
        except StopIteration:
            result = _END
        except Exception as error:
            result = Failure(error, where)
        try:
            pipe.send(result)
        except Exception as error:
            pipe.send(Failure(error, where))


class Workers:
    """The worker processes of a loader and what each still owes."""

    def __init__(self, loader: Any, base: int) -> None:
        context = loader.multiprocessing_context or multiprocessing
        how = loader.dataset, loader._kind, loader.collate_fn, loader.drop_last
        self._timeout = loader.timeout or None
        self.ahead = loader.prefetch_factor * loader.num_workers
        self._pipes, self._processes = [], []
        for number in range(loader.num_workers):
            mine, theirs = context.Pipe()
            args = theirs, how, number, loader.num_workers, base, loader.worker_init_fn, os.getpid()
            process = context.Process(target=work, args=args, daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(mine)
            self._processes.append(process)

    def epoch(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """The batches of an epoch, in order."""
        owed: deque[int] = deque()
        ended = [False] * len(self._pipes)
        turn = 0

        def send() -> None:
            nonlocal turn
            for _ in range(len(ended)):
                number, turn = turn, (turn + 1) % len(ended)
                if not ended[number]:
                    with contextlib.suppress(StopIteration):
                        self._send(number, (next(tasks),))
                        owed.append(number)
                    return

        for _ in range(self.ahead):
            send()
        return self._results(owed, ended, send)

    def _results(self, owed: deque[int], ended: list[bool], send: Any) -> Iterator[Any]:
        try:
            while owed:
                number = owed.popleft()
                result = self._receive(number)
                if isinstance(result, str) and result == _END:
                    ended[number] = True
                    send()
                    continue
                send()
                if isinstance(result, Failure):
                    result.reraise()
                yield result
        finally:
            for number in owed:  # an epoch that is left half way
                with contextlib.suppress(LoaderError):
                    self._receive(number)

    def _send(self, number: int, task: Any) -> None:
        try:
            self._pipes[number].send(task)
        except OSError as error:
            raise self._dead(number) from error

    def _receive(self, number: int) -> Any:
        pipe, left = self._pipes[number], self._timeout
        try:
            while not pipe.poll(_LOOK if left is None else min(left, _LOOK)):
                if not self._processes[number].is_alive() and not pipe.poll(0):
                    raise self._dead(number)
                if left is not None and (left := left - _LOOK) <= 0:
                    raise LoaderError(f"DataLoader timed out after {self._timeout} seconds")
            return pipe.recv()
        except (EOFError, ConnectionError) as error:
            raise self._dead(number) from error

    def _dead(self, number: int) -> LoaderError:
        process = self._processes[number]
        process.join(1)
        return LoaderError(
            f"DataLoader worker (pid {process.pid}) exited unexpectedly with exit code "
            f"{process.exitcode}; num_workers=0 shows the error where it happens"
        )

    def restart(self) -> None:
        """Begin another epoch with the same processes."""
        for number in range(len(self._pipes)):
            self._send(number, ())

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.send(None)
        for process in self._processes:
            process.join(0.5)
            if process.is_alive():
                process.terminate()
        for pipe in self._pipes:
            pipe.close()
        self._pipes, self._processes = [], []

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()
