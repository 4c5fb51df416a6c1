"""torch.utils.collect_env: what ``python -m lightgrad doctor`` says."""

import platform

import numpy

from lightgrad import __version__
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def get_pretty_env_info() -> str:
    """Versions and platform, a line each.  Source: torch.utils.collect_env."""
    return (
        f"lightgrad version: {__version__}\nOS: {platform.platform()}\n"
        f"Python version: {platform.python_version()}\nNumPy version: {numpy.__version__}"
    )
