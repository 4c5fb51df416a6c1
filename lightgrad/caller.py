"""Which line of the user's program is running: the innermost one outside this package."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from types import FrameType

#: a file and a line of it
Line = tuple[str, int]

#: where the files of lightgrad are
PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


#: stands between a user's import of a name and the `__getattr__` of the module that has it
_IMPORT = "<frozen importlib"


@lru_cache(maxsize=4096)
def _is_ours(file: str) -> bool:
    return file.startswith((PACKAGE, _IMPORT))


def user_frame() -> FrameType:
    """The frame of the call that led into lightgrad; the outermost one if all are its own."""
    frame = sys._getframe(1)
    while _is_ours(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_line() -> Line:
    """File and line of the call that led into lightgrad.

    >>> user_line()[1]
    1
    """
    frame = user_frame()
    return frame.f_code.co_filename, frame.f_lineno


def at(line: Line) -> str:
    """The line as messages and tables show it, from the working directory if it is below."""
    file, number = line
    here = os.getcwd() + os.sep
    return f"{file.removeprefix(here)}:{number}"
