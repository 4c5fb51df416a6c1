"""Saving nested dicts, lists and tuples of tensors, arrays and numbers in one file.

The file is an ``.npz``: one member per array, and a member ``lightgrad`` with the
rest as JSON.  Nothing in it is ever executed or unpickled.  In the JSON a number,
string or null stands for itself and anything else is an object whose ``kind`` says
what it is; a tensor that occurs twice is stored once and comes back as one tensor.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from lightgrad import archive
from lightgrad.autograd.devices import registry
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.factories.creation import leaf_of
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DataError, DeviceError, DtypeError

_TREE = "lightgrad"
_VERSION = 1


# ----------------------------------------------------------------- writing


#: levels of containers in each other; both ways take some frames for each
_DEEPEST = 200


def save(obj: Any, path: str | bytes | os.PathLike[Any] | IO[bytes]) -> None:
    """Write ``obj`` to one file that `load` reads back: a path, or one open for writing bytes.

    ``obj`` nests dicts, lists and tuples of tensors, arrays, dtypes, numbers,
    strings and None, as the state dicts of modules and optimizers do.  Dtypes,
    ``requires_grad``, tuples and the types of dict keys are kept; gradients and
    the graph are not.  A file at ``path`` appears whole or not at all, with the
    rights of the one it replaces.  What cannot be saved is a
    :class:`DataError` that names where it sits.  Source: torch.save.

    >>> import lightgrad as light, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.npz")
    ...     light.save({"w": light.ones(2), "step": (3, None)}, path)
    ...     light.load(path)
    {'w': tensor([1., 1.], requires_grad=True), 'step': (3, None)}
    """
    if archive.is_path(obj) and isinstance(path, (Mapping, list, tuple, AbstractTensor)):
        raise DtypeError(f"save: the object comes first and the path second: save(object, {obj!r})")
    writer = _Writer()
    tree = {"version": _VERSION, "tree": writer.encode(obj, "obj")}
    text = json.dumps(tree, separators=(",", ":")).encode()
    archive.write(path, {_TREE: np.frombuffer(text, np.uint8), **writer.arrays})


def _shown(key: Any) -> str:
    try:
        return repr(key)
    except ValueError:  # an int of thousands of digits
        return f"<{type(key).__name__}>"


_ARRAYS = (np.ndarray, np.memmap)


class _Writer:
    """Turns an object into JSON, its arrays put aside."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._known: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._open: set[int] = set()  # containers around the present one

    def encode(self, obj: Any, where: str) -> Any:
        if obj is None or isinstance(obj, (str, bool)):
            return obj
        if type(obj) in (int, float):
            large = type(obj) is int and obj.bit_length() > 2000  # more than Python prints
            return {"kind": "int", "value": hex(obj)} if large else obj
        if isinstance(obj, (AbstractTensor, np.ndarray, np.generic)):
            return self._leaf(obj, where)
        if isinstance(obj, np.dtype) and np.dtype(obj.str) == obj:  # not one with fields
            return {"kind": "dtype", "value": obj.str}
        if isinstance(obj, (Mapping, list, tuple)):
            return self._container(obj, where)
        raise DataError(
            f"save: {where} is a {type(obj).__name__}, which cannot be saved; use "
            + ("its state_dict(), or " if hasattr(obj, "state_dict") else "")
            + "dicts, lists and tuples of tensors, arrays, numbers, strings and None"
        )

    def _container(self, obj: Any, where: str) -> dict[str, Any]:
        if id(obj) in self._open:
            raise DataError(f"save: {where} contains itself")
        if len(self._open) == _DEEPEST:
            raise DataError(
                f"save: {where[:40]}... is nested more than {_DEEPEST} levels deep; use fewer "
                f"containers in each other"
            )
        self._open.add(id(obj))
        if isinstance(obj, Mapping):
            pairs = [
                [self._key(key, where), self.encode(value, f"{where}[{_shown(key)}]")]
                for key, value in obj.items()
            ]
            node = {"kind": "dict", "items": pairs}
        else:
            kind = "tuple" if isinstance(obj, tuple) else "list"
            items = [self.encode(value, f"{where}[{i}]") for i, value in enumerate(obj)]
            node = {"kind": kind, "items": items}
        self._open.remove(id(obj))
        return node

    def _key(self, key: Any, where: str) -> Any:
        if key is None or isinstance(key, (str, int, float, tuple)):
            return self.encode(key, f"the key {_shown(key)} of {where}")
        raise DataError(
            f"save: {where} has the key {_shown(key)} of type {type(key).__name__}; keys must be "
            f"strings, numbers, None or tuples of them"
        )

    def _leaf(self, obj: Any, where: str) -> dict[str, Any]:
        if id(obj) in self._known:
            return self._known[id(obj)][1]
        tensor = isinstance(obj, AbstractTensor)
        if not tensor and not isinstance(obj, np.generic) and type(obj) not in _ARRAYS:
            raise DataError(
                f"save: {where} is a {type(obj).__name__}, of which all but the values would "
                f"be lost (a mask, say); save np.asarray() of it, and what else matters, apart"
            )
        array = obj._values() if tensor else np.asarray(obj)
        if array.dtype.hasobject:
            raise DataError(
                f"save: {where} is an array of Python objects (dtype {array.dtype}), which "
                f"cannot be saved"
            )
        node: dict[str, Any] = {"kind": "array", "member": str(len(self.arrays))}
        if tensor:
            node |= {
                "kind": "tensor",
                "device": str(obj.device),
                "requires_grad": obj.requires_grad,
            }
            if obj.name is not None:
                node["name"] = self.encode(obj.name, f"the name of {where}")
        elif isinstance(obj, np.generic):
            node["kind"] = "scalar"
        self.arrays[node["member"]] = array
        self._known[id(obj)] = obj, node  # obj too: its id must stay its own
        return node


# ----------------------------------------------------------------- reading


def load(
    path: str | bytes | os.PathLike[Any] | IO[bytes],
    device: Any = None,
    *,
    map_location: Any = None,
    weights_only: bool = True,
) -> Any:
    """Read what `save` wrote, with its tensors on ``device`` (by default, where they were).

    ``path`` may also be a file that is open for reading bytes.  ``map_location`` is
    PyTorch's word for ``device``; its ``weights_only=True`` is how files are always read.

    A file that is missing, damaged, cut off or not lightgrad's is a
    :class:`DataError`.  Nothing in a file can run code, and none takes more
    memory than it has bytes.  Source: torch.load.

    >>> import lightgrad as light
    >>> light.load("missing.npz")
    Traceback (most recent call last):
    lightgrad.errors.DataError: load: cannot open 'missing.npz': No such file or directory
    """
    if not weights_only:
        raise ArgumentError(
            "load: weights_only=False would let a file run code, which no file of lightgrad can; "
            "leave it away: dicts, lists and numbers are read beside tensors"
        )
    device = map_location if device is None else device
    shown = archive.shown(path)
    with archive.reading(path) as file:
        try:
            return _read(file, device, shown)
        except (DataError, DeviceError):
            raise
        except archive.DAMAGE as error:
            raise archive.damaged(shown, error) from error


def _read(file: archive.Archive, device: Any, shown: str) -> Any:
    if _TREE not in file:
        raise DataError(f"load: {shown} is an archive that lightgrad.save did not write")
    head = json.loads(file.take(_TREE).tobytes())
    if not isinstance(head, dict):
        raise TypeError("its description is not an object")
    version = head.get("version")
    if version != _VERSION:
        raise DataError(
            f"load: {shown} is of version {version!r}, and this lightgrad reads version {_VERSION}"
        )
    tree = _Reader(file, device).decode(head["tree"])
    file.check_empty()
    return tree


def _dtype(name: str) -> np.dtype[Any]:
    """One of NumPy's by the name that `save` wrote; it knows others, some of them programs."""
    try:
        dtype = np.dtype(name)
    except SyntaxError as error:
        raise ValueError(f"{name!r} is not a dtype: {error}") from error
    if dtype.str != name:
        raise ValueError(f"{name!r} is not a dtype")
    return dtype


class _Reader:
    """Turns JSON and arrays back into the object."""

    def __init__(self, file: archive.Archive, device: Any) -> None:
        self._file = file
        self._device = device
        self._known: dict[str, Any] = {}

    def decode(self, node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        kind = node["kind"]
        if kind == "dict":
            return {self.decode(key): self.decode(value) for key, value in node["items"]}
        if kind == "list":
            return [self.decode(value) for value in node["items"]]
        if kind == "tuple":
            return tuple(self.decode(value) for value in node["items"])
        if kind == "dtype":
            return _dtype(node["value"])
        if kind == "int":
            return int(node["value"], 16)
        member = node["member"]
        if member not in self._known:
            self._known[member] = self._leaf(kind, node, self._file.take(member))
        return self._known[member]

    def _leaf(self, kind: str, node: dict[str, Any], array: np.ndarray) -> Any:
        if kind == "array":
            return array
        if kind == "scalar":
            return array[()]
        if kind != "tensor":
            raise ValueError(f"unknown kind {kind!r}")
        array = array.astype(as_dtype(array.dtype), copy=False)
        cls = self._class(node["device"])
        try:
            out = leaf_of(cls, array, node["requires_grad"])
        except DeviceError as error:
            if self._device is not None:
                raise
            raise DeviceError(
                f"load: a tensor was saved on the device {node['device']!r}, which cannot be used "
                f"here ({error}); pass device='cpu' to have it in the computer's own memory"
            ) from error
        out.name = self.decode(node.get("name"))
        return out

    def _class(self, saved: str) -> Any:
        if self._device is not None:
            return registry.find(self._device)
        if not registry.discover(saved):
            raise DeviceError(
                f"load: the tensors were saved on the device {saved!r}, which is not "
                f"registered here; pass device='cpu' to have them there"
            )
        return registry.find(saved)
