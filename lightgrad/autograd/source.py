"""Which line of the user's program is running: the innermost one outside this package."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

#: a file and a line of it
Line = tuple[str, int]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


@lru_cache(maxsize=4096)
def _is_ours(file: str) -> bool:
    return file.startswith(_PACKAGE)


def user_line() -> Line:
    """File and line of the call that led into lightgrad.

    >>> user_line()[1]
    1
    """
    frame = sys._getframe(1)
    while True:
        code = frame.f_code
        if not _is_ours(code.co_filename):
            return code.co_filename, frame.f_lineno
        if frame.f_back is None:
            return code.co_filename, frame.f_lineno
        frame = frame.f_back


def at(line: Line) -> str:
    """The line as messages and tables show it, from the working directory if it is below."""
    file, number = line
    here = os.getcwd() + os.sep
    return f"{file.removeprefix(here)}:{number}"
