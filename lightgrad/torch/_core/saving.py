"""``torch.save``: files as PyTorch writes them."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from typing import Any, ClassVar

import numpy as np

from lightgrad.autograd.dtypes import as_dtype
from lightgrad.errors import DataError, DtypeError
from lightgrad.torch._core.classes import Tensor
from lightgrad.torch._core.devices import device
from lightgrad.torch._core.dtypes import NAMES as ALL
from lightgrad.torch._core.dtypes import DType
from lightgrad.torch._core.parameter import is_parameter
from lightgrad.torch._core.sizes import Size
from lightgrad.torch._core.storages import NAMES, shown


class _Name:
    """What the file is to call ``module.name``."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Nothing: pickle wants what it calls to be callable."""


class _Memory:
    """Stands in the pickle for memory, which lies beside it."""

    def __init__(self, pid: tuple[Any, ...]) -> None:
        self.pid = pid


_TENSOR = _Name("torch._utils", "_rebuild_tensor_v2")
_PARAMETER = _Name("torch._utils", "_rebuild_parameter")
_SIZE, _DEVICE = _Name("torch", "Size"), _Name("torch", "device")
_DTYPES = {d.name: _Name("torch", d.name) for d in ALL.values()}
_KINDS = {name: _Name("torch", name) for name in NAMES.values()}


_Plain: Any = pickle._Pickler


class Pickler(_Plain):
    """Writes a pickle, and puts the memory of tensors aside."""

    dispatch: ClassVar[Any] = dict(_Plain.dispatch)

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.records: list[np.ndarray] = []
        self._keys: dict[Any, str] = {}
        self._held: list[Any] = []

    def _save_name(self, obj: _Name) -> None:
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        self.memoize(obj)

    dispatch[_Name] = _save_name

    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if type(obj) is _Memory else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, Size):
            return _SIZE, (tuple(obj),)
        if isinstance(obj, device):
            return _DEVICE, ((obj.type,) if obj.index is None else (obj.type, obj.index))
        return NotImplemented

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        obj = _DTYPES[obj.name] if isinstance(obj, DType) else obj
        return super().save(obj, save_persistent_id)

    def _tensor(self, t: Any) -> tuple[Any, ...]:
        owner, offset, stride = shown(t)
        dtype = as_dtype(t.dtype)
        place = owner.__array_interface__["data"][0], owner.nbytes, dtype
        if owner.nbytes == 0:
            place = id(t), 0, dtype
        key = self._keys.get(place)
        if key is None:
            key = self._keys[place] = str(len(self.records))
            self.records.append(owner)
            self._held.append(t)
        where = "cpu" if isinstance(t._data, np.ndarray) else str(t.device)
        count = owner.nbytes // dtype.itemsize
        memory = _Memory(("storage", _KINDS[NAMES[dtype]], key, where, count))
        wants = bool(t.requires_grad) and not is_parameter(t)
        plain: Any = _TENSOR, (memory, offset, tuple(t.shape), stride, wants, OrderedDict())
        if not is_parameter(t):
            return plain
        return _PARAMETER, (t.detach(), bool(t.requires_grad), OrderedDict())


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object to a file that PyTorch reads too.  Source: torch.save.

    >>> import io, lightgrad.torch as torch
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2), "step": 3}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.]), 'step': 3}
    """
    if not isinstance(f, (str, bytes, os.PathLike)) and not hasattr(f, "write"):
        raise DtypeError(
            f"save: expected a path or a file that is open for writing, found a "
            f"{type(f).__name__}; the object comes first: torch.save(obj, path)"
        )
    text = io.BytesIO()
    pickler = Pickler(text, pickle_protocol)
    try:
        pickler.dump(obj)
    except RecursionError as error:
        raise DataError("save: the object is nested too deeply; save parts of it") from error
    with zipfile.ZipFile(f, "w") as file:
        _put(file, "data.pkl", text.getbuffer())
        _put(file, "byteorder", b"little")
        for key, array in enumerate(pickler.records):
            flat = array.reshape(-1, order="A").view(np.uint8)
            if np.little_endian is False:
                flat = array.reshape(-1, order="A").byteswap().view(np.uint8)
            _put(file, f"data/{key}", flat.data)
        _put(file, "version", b"3\n")


def _put(file: zipfile.ZipFile, name: str, data: Any) -> None:
    info = zipfile.ZipInfo(f"archive/{name}")  # of 1980: the same object gives the same bytes
    with file.open(info, "w", force_zip64=len(data) > 1 << 31) as member:
        member.write(data)
