"""Layouts, memory formats and quantization schemes: names that programs pass on.

Every tensor of lightgrad is dense, so they change nothing but what is asked for by name.
"""

from __future__ import annotations

from typing import Any


class _Word:
    """A name in torch's namespace, of which there is one object."""

    __slots__ = ("_name",)
    __module__ = "torch"
    _name: str

    def __new__(cls, *args: Any) -> Any:
        raise TypeError(f"cannot create 'torch.{cls.__name__}' instances")

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> Any:
        return word, (self._name,)


class layout(_Word):
    """How a tensor lies in memory.  Source: torch.layout."""

    __slots__ = ()
    __module__ = "torch"


class memory_format(_Word):
    """In which order the elements of a dense tensor lie.  Source: torch.memory_format."""

    __slots__ = ()
    __module__ = "torch"


class qscheme(_Word):
    """How a quantized tensor is scaled.  Source: torch.qscheme."""

    __slots__ = ()
    __module__ = "torch"


_KINDS: dict[type[_Word], str] = {
    layout: "strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc jagged _mkldnn",
    memory_format: "contiguous_format channels_last channels_last_3d preserve_format",
    qscheme: "per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric "
    "per_channel_affine_float_qparams",
}


def _made(kind: type[_Word], name: str) -> Any:
    word = object.__new__(kind)
    word._name = name
    return word


#: every such name, and what it stands for
WORDS: dict[str, Any] = {
    name: _made(kind, name) for kind, names in _KINDS.items() for name in names.split()
}


def word(name: str) -> Any:
    """The object of this name.

    >>> word("strided")
    torch.strided
    """
    return WORDS[name]


strided, sparse_coo = WORDS["strided"], WORDS["sparse_coo"]
contiguous_format, preserve_format = WORDS["contiguous_format"], WORDS["preserve_format"]
channels_last, channels_last_3d = WORDS["channels_last"], WORDS["channels_last_3d"]
