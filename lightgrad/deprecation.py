"""What is renamed or given up keeps working for one version, and warns."""

from __future__ import annotations

import warnings

from lightgrad.caller import user_frame
from lightgrad.errors import DeprecatedWarning


def deprecated(old: str, instead: str, *, gone: str) -> None:
    """Warn, at the user's line, that version ``gone`` will be without ``old``.

    It is called by what stands in for the old name: a function, a branch for an argument,
    or the ``__getattr__`` of a module.

    >>> import warnings
    >>> def twice(t):
    ...     deprecated("twice()", "t * 2", gone="9.0.0")
    ...     return t * 2
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     twice(4)
    8
    >>> print(told[0].message)
    twice() is deprecated and will be gone in lightgrad 9.0.0; use t * 2
    """
    frame = user_frame()
    # `warn` counts frames, and how many lie between here and the user differs from call to call.
    warnings.warn_explicit(
        f"{old} is deprecated and will be gone in lightgrad {gone}; use {instead}",
        DeprecatedWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__", "<unknown>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
