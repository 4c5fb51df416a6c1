"""Saving nested dicts, lists and tuples of tensors, arrays and numbers in one file.

The file is an ``.npz``: one member per array, and a member ``lightgrad`` with the
rest as JSON.  Nothing in it is ever executed or unpickled.  In the JSON a number,
string or null stands for itself and anything else is an object whose ``kind`` says
what it is; a tensor that occurs twice is stored once and comes back as one tensor.
"""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from lightgrad.autograd import devices
from lightgrad.autograd.creation import place
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DataError, DeviceError

_TREE = "lightgrad"
_VERSION = 1


# ----------------------------------------------------------------- writing


def save(obj: Any, path: str | os.PathLike[str]) -> None:
    """Write ``obj`` to one file that `load` reads back.

    ``obj`` nests dicts, lists and tuples of tensors, arrays, dtypes, numbers,
    strings and None, as the state dicts of modules and optimizers do.  Dtypes,
    ``requires_grad``, tuples and the types of dict keys are kept; gradients and
    the graph are not.  The file appears whole or not at all.  What cannot be
    saved is a :class:`DataError` that names where it sits.  Source: torch.save.

    >>> import lightgrad as light, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.npz")
    ...     light.save({"w": light.ones(2), "step": (3, None)}, path)
    ...     light.load(path)
    {'w': tensor([1., 1.], requires_grad=True), 'step': (3, None)}
    """
    writer = _Writer()
    tree = {"version": _VERSION, "tree": writer.encode(obj, "obj")}
    text = json.dumps(tree, separators=(",", ":")).encode()
    members = {_TREE: np.frombuffer(text, np.uint8), **writer.arrays}
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    part = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.part")
    try:
        try:
            with open(part, "xb") as file:
                np.savez(file, allow_pickle=False, **members)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, target)
        finally:
            if os.path.exists(part):
                os.unlink(part)
    except OSError as error:
        raise DataError(f"save: cannot write {os.fspath(path)!r}: {error}") from error


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
            return obj
        if isinstance(obj, (AbstractTensor, np.ndarray, np.generic)):
            return self._leaf(obj, where)
        if isinstance(obj, np.dtype):
            return {"kind": "dtype", "value": obj.str}
        if isinstance(obj, (Mapping, list, tuple)):
            return self._container(obj, where)
        raise DataError(
            f"save: {where} is a {type(obj).__name__}, which cannot be saved; use dicts, lists "
            f"and tuples of tensors, arrays, numbers, strings and None"
        )

    def _container(self, obj: Any, where: str) -> dict[str, Any]:
        if id(obj) in self._open:
            raise DataError(f"save: {where} contains itself")
        self._open.add(id(obj))
        if isinstance(obj, Mapping):
            pairs = [
                [self._key(key, where), self.encode(value, f"{where}[{key!r}]")]
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
            return self.encode(key, f"the key {key!r} of {where}")
        raise DataError(
            f"save: {where} has the key {key!r} of type {type(key).__name__}; keys must be "
            f"strings, numbers, None or tuples of them"
        )

    def _leaf(self, obj: Any, where: str) -> dict[str, Any]:
        if id(obj) in self._known:
            return self._known[id(obj)][1]
        tensor = isinstance(obj, AbstractTensor)
        array = obj.numpy() if tensor else np.asarray(obj)
        if array.dtype.hasobject:
            raise DataError(
                f"save: {where} is an array of Python objects (dtype {array.dtype}), which "
                f"cannot be saved"
            )
        node: dict[str, Any] = {"kind": "array", "member": str(len(self.arrays))}
        if tensor:
            node |= {"kind": "tensor", "device": obj.device, "requires_grad": obj.requires_grad}
            if obj.name is not None:
                node["name"] = obj.name
        elif isinstance(obj, np.generic):
            node["kind"] = "scalar"
        self.arrays[node["member"]] = array
        self._known[id(obj)] = obj, node  # obj too: its id must stay its own
        return node


# ----------------------------------------------------------------- reading


#: what NumPy, zipfile and json raise on files that are cut off or damaged
_DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


def load(path: str | os.PathLike[str], device: Any = None, *, map_location: Any = None) -> Any:
    """Read what `save` wrote, with its tensors on ``device`` (by default, where they were).

    ``map_location`` is PyTorch's word for ``device``.

    A file that is missing, damaged, cut off or not lightgrad's is a
    :class:`DataError`.  Nothing in a file can run code.  Source: torch.load.

    >>> import lightgrad as light
    >>> light.load("missing.npz")
    Traceback (most recent call last):
    lightgrad.errors.DataError: load: cannot open 'missing.npz': No such file or directory
    """
    shown = repr(os.fspath(path))
    device = map_location if device is None else device
    try:
        file = open(path, "rb")  # noqa: SIM115  closed two lines on
    except OSError as error:
        raise DataError(f"load: cannot open {shown}: {error.strerror or error}") from error
    with file:
        members, head = _members(file, shown)
    version = head.get("version")
    if version != _VERSION:
        raise DataError(
            f"load: {shown} is of version {version!r}, and this lightgrad reads version {_VERSION}"
        )
    try:
        return _Reader(members, device).decode(head["tree"])
    except DeviceError:
        raise
    except _DAMAGE as error:
        raise _damaged(shown, error) from error


def _members(file: Any, shown: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    if file.read(4) != b"PK\x03\x04":
        raise DataError(f"load: {shown} is empty, or not a file that lightgrad.save wrote")
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as archive:
            if _TREE not in archive.files:
                raise DataError(f"load: {shown} is an archive that lightgrad.save did not write")
            members = {name: archive[name] for name in archive.files}
        head = json.loads(members.pop(_TREE).tobytes())
        if not isinstance(head, dict):
            raise TypeError("its description is not an object")
    except DataError:
        raise
    except _DAMAGE as error:
        raise _damaged(shown, error) from error
    return members, head


def _damaged(shown: str, error: Exception) -> DataError:
    return DataError(
        f"load: {shown} is damaged or cut off ({type(error).__name__}: {error}); "
        f"take another copy of it"
    )


class _Reader:
    """Turns JSON and arrays back into the object."""

    def __init__(self, members: dict[str, np.ndarray], device: Any) -> None:
        self._members = members
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
            return np.dtype(node["value"])
        member = node["member"]
        if member not in self._known:
            self._known[member] = self._leaf(kind, node, self._members[member])
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
            out = place(cls, array, node["requires_grad"])
        except DeviceError as error:
            if self._device is not None:
                raise
            raise DeviceError(
                f"load: a tensor was saved on the device {node['device']!r}, which cannot be used "
                f"here ({error}); pass device='cpu' to have it in the computer's own memory"
            ) from error
        out.name = node.get("name")
        return out

    def _class(self, saved: str) -> Any:
        if self._device is not None:
            return devices.find(self._device)
        if not devices.discover(saved):
            raise DeviceError(
                f"load: the tensors were saved on the device {saved!r}, which is not "
                f"registered here; pass device='cpu' to have them there"
            )
        return devices.find(saved)
