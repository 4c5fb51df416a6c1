"""``import torch`` finds `lightgrad.torch`: one module object under both names, while installed."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from lightgrad.autograd.devices import registry
from lightgrad.errors import ConflictError, DeviceError
from lightgrad.torch._core import barred, children, devices, hiding
from lightgrad.torch._core.differs import fact

#: packages that programs import, and what they get
ALIASES = {"torch": "lightgrad.torch", "torchvision": "lightgrad.torchvision"}


def home(name: str) -> str | None:
    """The module of lightgrad that is found under a name.

    >>> home("torch.nn"), home("torch_geometric")
    ('lightgrad.torch.nn', None)
    """
    root, dot, rest = name.partition(".")
    return ALIASES[root] + dot + rest if root in ALIASES else None


class _Alias:
    """Loads a module of lightgrad under its other name."""

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(home(spec.name) or "")
        spec.loader_state = module.__spec__
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Give the module its own spec again, not that of the alias; it has been run already."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state
        for name in list(sys.modules):  # what it has imported
            if name.startswith(f"{module.__name__}."):
                _add_alias(name)


class _Finder:
    """Stands first among the finders."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        real = home(name)
        if real is None:
            return _later(name, path, target)
        if hiding.hidden():
            if hiding.only_asked():
                return None
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        loaded = sys.modules.get(real)
        found = loaded.__spec__ if loaded is not None else find_spec(real)
        if found is None and loaded is None:
            loaded = barred.barred_module(name)
        if found is None and loaded is None:
            known = fact(name)
            remedy = f": {known.text}" if known else ""
            raise ModuleNotFoundError(f"No module named {name!r} in lightgrad{remedy}", name=name)
        spec = ModuleSpec(name, _Alias)  # type: ignore[arg-type]
        if found is not None:  # a module that no file has made has no spec
            spec.origin = found.origin
            spec.submodule_search_locations = found.submodule_search_locations
        return spec


def _later(name: str, path: Any, target: Any) -> ModuleSpec | None:
    """What the other finders find, if it is to run otherwise than it would; else nothing."""
    around = None
    if name in children.SPAWNING:
        around = children.taught
    elif name.startswith(_OURS):
        around = _named
    elif name.partition(".")[0] in hiding.QUIET and _aliased():
        around = aside
    if around is None:
        return None
    others = (f for f in sys.meta_path if f is not _Finder and hasattr(f, "find_spec"))
    specs = (finder.find_spec(name, path, target) for finder in others)
    spec = next(filter(None, specs), None)
    if spec is None or (around is aside and not hiding.quiet(name, spec.origin)):
        return spec
    return hiding.running(spec, around)


_OURS = tuple(f"{real}." for real in ALIASES.values())


@contextmanager
def _named(module: ModuleType) -> Iterator[None]:
    """Give a module of lightgrad that is imported inside its other name too."""
    yield
    _add_alias(module.__name__)
    if module.__name__ == f"{_OURS[0]}nn.modules":
        _call_classes("")


def _add_alias(name: str) -> None:
    """A module that is there is there by its other name, as it would be in PyTorch."""
    for alias, real in ALIASES.items():
        if name.startswith(f"{real}.") and not name.startswith(f"{real}._"):
            sys.modules.setdefault(alias + name.removeprefix(real), sys.modules[name])


def _call_classes(prefix: str) -> None:
    """Let classes say that they are where PyTorch has them, or again that they are here."""
    modules = sys.modules.get(f"{_OURS[0]}_core.modules")
    if modules is not None and hasattr(modules, "called"):
        modules.called(prefix)


def _aliased() -> dict[str, ModuleType]:
    return {name: module for name, module in list(sys.modules.items()) if home(name)}


@contextmanager
def aside(module: ModuleType | None = None) -> Iterator[None]:
    """Take the aliases out of `sys.modules` for a while."""
    taken = _aliased()
    for name in taken:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.modules.update(taken)


def install(device: str | None = None) -> None:
    """Let ``import torch`` find lightgrad in this process, and in those that it starts.

    With ``device="opencl"``, or another backend's name, "cuda" means that device.  Real PyTorch
    may be installed, but must not be imported yet.

    >>> import lightgrad.torch
    >>> install()
    >>> import torch.nn as nn
    >>> nn is lightgrad.torch.nn
    True
    >>> uninstall()
    """
    for name, real in ALIASES.items():
        there = sys.modules.get(name)
        if there is not None and there is not sys.modules.get(real):
            where = getattr(there, "__file__", None)
            raise ConflictError(
                f"{name} is imported already, from {where}; start the program with "
                f"python -m lightgrad.torch, or call lightgrad.torch.install() before whatever "
                f"imports {name}"
            )
    _mean(device)
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
        hiding.start(home)
        children.start(install, device)
        _call_classes("")


def uninstall() -> None:
    """Let ``import torch`` find what it found before; modules that have it keep it."""
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)
        hiding.stop()
        children.stop()
        _call_classes("lightgrad.")
    for name, module in _aliased().items():
        if module is sys.modules.get(home(name) or ""):
            del sys.modules[name]
    devices.MEANS.pop("cuda", None)


@contextmanager
def installed(device: str | None = None) -> Iterator[None]:
    """A block inside which ``import torch`` finds lightgrad.

    >>> with installed():
    ...     import torch
    >>> torch.__name__
    'lightgrad.torch'
    """
    before, meant = _Finder in sys.meta_path, dict(devices.MEANS)
    install(device)
    try:
        yield
    finally:
        if not before:
            uninstall()
        devices.MEANS.clear()
        devices.MEANS.update(meant)


def _mean(device: str | None) -> None:
    """Let "cuda" mean a backend; the number chooses among the devices of OpenCL."""
    if device is None:
        return
    name, _, number = device.partition(":")
    if name == "cpu":
        return
    if not registry.discover(name):
        known = ", ".join(registry.names())
        raise DeviceError(f"no device is called {device!r}; known: {known}")
    if number:
        registry.lookup(device)  # an error tells which devices there are
        os.environ["LIGHTGRAD_OPENCL_DEVICE"] = number
    devices.mean("cuda", name)
