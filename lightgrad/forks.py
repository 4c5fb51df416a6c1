"""What becomes of locks and drivers in a process that is forked from this one.

A forked child has the memory of its parent and none of its threads: a lock that another
thread held stays locked for ever, and a driver waits for threads that are gone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import RLock
from typing import Any

from lightgrad.errors import DeviceError


def lock() -> Any:
    """A reentrant lock that is open in a forked child: nobody else holds it during the fork."""
    made = RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=made.acquire, after_in_parent=made.release, after_in_child=made.release
        )
    return made


def in_child(function: Callable[[], object]) -> None:
    """Call ``function`` in every child that is forked from this process."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=function)


def lost(what: str) -> DeviceError:
    """The error of a child that needs what its parent had."""
    return DeviceError(
        f"{what} was in use before this process was forked from its parent, and its driver does "
        f"not survive that; start the process with multiprocessing.get_context('spawn') or "
        f"'forkserver', or use {what} in the child only, and the CPU in the parent"
    )


class Lost:
    """Stands in a child where its parent had a lock or a queue: whatever it is asked, it raises."""

    def __init__(self, what: str) -> None:
        self.__dict__["_what"] = what

    def __getattr__(self, name: str) -> Any:
        raise lost(self._what)

    def __enter__(self) -> None:
        raise lost(self._what)

    def __exit__(self, *_: object) -> None: ...
