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
from lightgrad.torch._core import children, devices, hiding
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
        # what it has imported has both names too, as it would have in PyTorch
        names = {real: name for name, real in ALIASES.items() if real == module.__name__}
        for real, alias in names.items():
            for name, loaded in list(sys.modules.items()):
                if name.startswith(f"{real}.") and not name.startswith(f"{real}._"):
                    sys.modules.setdefault(alias + name.removeprefix(real), loaded)


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
        found = find_spec(real)
        if found is None:
            known = fact(name)
            remedy = f": {known.text}" if known else ""
            raise ModuleNotFoundError(f"No module named {name!r} in lightgrad{remedy}", name=name)
        spec = ModuleSpec(name, _Alias, origin=found.origin)  # type: ignore[arg-type]
        spec.submodule_search_locations = found.submodule_search_locations
        return spec


def _later(name: str, path: Any, target: Any) -> ModuleSpec | None:
    """What the other finders find, if it is to run otherwise than it would; else nothing."""
    spawning = name in children.SPAWNING
    if not spawning and (name.partition(".")[0] not in hiding.QUIET or not _aliased()):
        return None
    others = (f for f in sys.meta_path if f is not _Finder and hasattr(f, "find_spec"))
    specs = (finder.find_spec(name, path, target) for finder in others)
    spec = next(filter(None, specs), None)
    if spawning and spec:
        return hiding.running(spec, children.taught)
    return hiding.running(spec, aside) if spec and hiding.quiet(name, spec.origin) else spec


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


def uninstall() -> None:
    """Let ``import torch`` find what it found before; modules that have it keep it."""
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)
        hiding.stop()
        children.stop()
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
