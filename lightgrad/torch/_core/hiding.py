"""Libraries that only ask whether PyTorch is there go on seeing none.

What can be judged is who imports: by the module of the frame that does, and while a module of such
a library runs for the first time, by taking the names out of `sys.modules`.  What cannot be judged
is a look into `sys.modules` later on: there is torch then, once the program has imported it. Those
who look there ask next whether something is a ``torch.Tensor``, and only tensors are.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from types import FrameType, ModuleType
from typing import Any

#: installed packages that do something else if PyTorch is there, and need it for nothing
QUIET = frozenset(
    re.findall(
        r"\w+",
        """
        array_api_compat array_api_extra array_api_strict astropy catboost cupy cvxpy dask datasets
        distributed flax gensim geopandas huggingface_hub imblearn jax jaxlib joblib keras lightgbm
        matplotlib mlflow narwhals networkx nltk numba numexpr numpy optax optuna pandas patsy
        plotly polars pyarrow pymc pytensor ray safetensors scipy seaborn shap skimage sklearn spacy
        sparse statsmodels sympy tables tensorflow thinc tokenizers transformers wandb xarray
        xgboost
        """,
    )
)
_INSTALLED = re.compile(r"[/\\](site|dist)-packages[/\\]")


def quiet(name: str, file: str | None) -> bool:
    """Whether a module sees no torch; what is itself called torch was asked for.

    >>> libraries = "/usr/lib/python3/site-packages"
    >>> quiet("sklearn.utils", f"{libraries}/sklearn/utils/__init__.py")
    True
    >>> quiet("scipy.torch", f"{libraries}/scipy/torch.py"), quiet("datasets", "data.py")
    (False, False)
    """
    root, *parts = name.split(".")
    return root in QUIET and "torch" not in parts and bool(_INSTALLED.search(file or ""))


def hidden() -> bool:
    """Whether who imports now sees no torch: the innermost frame outside the standard library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if name not in _BETWEEN and name.partition(".")[0] not in sys.stdlib_module_names:
            return quiet(name, frame.f_globals.get("__file__"))
        frame = frame.f_back
    return False


#: whose frames lie between the import system and who imports
_BETWEEN = (__name__, f"{__package__}.finder")


def only_asked() -> bool:
    """Whether the import system is asked for a spec, and not to import."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "_find_and_load":
        if frame.f_globals.get("__name__") == "importlib.util":
            return True
        frame = frame.f_back
    return False


_find_spec = importlib.util.find_spec


def start(home: Callable[[str], Any]) -> None:
    """Let `importlib.util.find_spec` answer such libraries that there is no torch."""

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if home(name) and hidden() else _find_spec(name, package)

    importlib.util.find_spec = find_spec


def stop() -> None:
    """Put the function back."""
    importlib.util.find_spec = _find_spec


def running(
    spec: ModuleSpec, around: Callable[[ModuleType], AbstractContextManager[None]]
) -> ModuleSpec:
    """Let a module run inside a context manager when it is imported."""
    loader = spec.loader
    if isinstance(loader, (SourceFileLoader, ExtensionFileLoader)):
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            with around(module):
                run(module)

        loader.exec_module = exec_module  # type: ignore[method-assign]
    return spec
