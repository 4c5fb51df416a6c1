"""What a tensor says of its elements and its memory: element_size, stride, is_nonzero."""

from __future__ import annotations

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import root_of
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op

# ----------------------------------------------------------------- elements


@op()
def nelement(t: Tensor) -> int:
    """Another name of ``numel``.  Source: torch.Tensor.nelement.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).nelement()
    6
    """
    return t.numel()


@op()
def ndimension(t: Tensor) -> int:
    """Another name of ``dim``.  Source: torch.Tensor.ndimension.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).ndimension()
    2
    """
    return t.ndim


@op()
def element_size(t: Tensor) -> int:
    """The bytes of one element.  Source: torch.Tensor.element_size.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).element_size()
    4
    """
    return as_dtype(t.dtype).itemsize


@op()
def is_nonzero(t: Tensor) -> bool:
    """Whether the one element is not zero.  Source: torch.is_nonzero.

    >>> import lightgrad as light
    >>> light.tensor([0.5]).is_nonzero()
    True
    """
    if t.numel() != 1:
        raise ShapeError(f"is_nonzero: expected one element, not shape {t.shape}; use any()")
    return bool(t.item())


@op()
def is_floating_point(t: Tensor) -> bool:
    """Whether the elements are floats.  Source: torch.is_floating_point.

    >>> import lightgrad as light
    >>> light.zeros(2).is_floating_point()
    True
    """
    return as_dtype(t.dtype).kind == "f"


@op()
def is_signed(t: Tensor) -> bool:
    """Whether elements may be negative.  Source: torch.is_signed.

    >>> import lightgrad as light
    >>> light.zeros(2, dtype="uint8").is_signed()
    False
    """
    return as_dtype(t.dtype).kind in "if"


@op()
def is_complex(t: Tensor) -> bool:
    """Whether the elements are complex numbers, which they never are.  Source: torch.is_complex.

    >>> import lightgrad as light
    >>> light.zeros(2).is_complex()
    False
    """
    return False


@op()
def is_same_size(t: Tensor, other: Tensor) -> bool:
    """Whether the shapes are equal.  Source: torch.is_same_size.

    >>> import lightgrad as light
    >>> light.zeros(2).is_same_size(light.zeros(3))
    False
    """
    return t.shape == other.shape


# ----------------------------------------------------------------- memory


@op()
def stride(t: Tensor, dim: int | None = None) -> tuple[int, ...] | int:
    """How many elements apart neighbours of an axis lie in memory.  Source: torch.Tensor.stride.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).stride(), light.zeros(2, 3).T.stride(0)
    ((3, 1), 1)
    """
    steps = _steps(t)
    return steps if dim is None else steps[shapes.axis("stride", dim, t.ndim)]


def _steps(t: Tensor) -> shapes.Shape:
    """The strides in elements; those of the order of indices, where a device says nothing."""
    given = None if t.is_contiguous() else getattr(t._data, "strides", None)
    if given is None:
        sizes = [max(n, 1) for n in t.shape]
        return tuple(shapes.numel(sizes[i + 1 :]) for i in range(t.ndim))
    return tuple(step // _bytes_of_step(t) for step in given)


def _bytes_of_step(t: Tensor) -> int:
    """What the strides of the raw array count: bytes, as NumPy does, or elements."""
    return int(getattr(t._data, "itemsize", 1))


@op()
def storage_offset(t: Tensor) -> int:
    """How many elements after the beginning of its memory it begins.

    Source: torch.Tensor.storage_offset.

    >>> import lightgrad as light
    >>> light.arange(5)[2:].storage_offset()
    2
    """
    offset = getattr(t._data, "offset", None)
    if isinstance(offset, int):
        return offset
    here, start = _place(t), _place(root_of(t))
    return 0 if here is None or start is None else (here - start) // _bytes_of_step(t)


@op()
def data_ptr(t: Tensor) -> int:
    """A number that tensors have in common that begin at one place in memory.

    Source: torch.Tensor.data_ptr.

    >>> import lightgrad as light
    >>> x = light.arange(3)
    >>> x.view(3, 1).data_ptr() == x.data_ptr() != x[1:].data_ptr()
    True
    """
    return _address(t) if t.numel() else 0


def _address(t: Tensor) -> int:
    """Where the data lie: in the memory of the host, or behind an object that stands for them."""
    place = _place(t)
    if place is not None:
        return place
    block = getattr(t._data, "block", None)
    return id(t._data if block is None else block) + int(getattr(t._data, "offset", 0) or 0)


def _place(t: Tensor) -> int | None:
    """The address that the raw array tells, as NumPy's do; None where it says nothing."""
    told = getattr(t._data, "__array_interface__", None)
    return None if told is None else int(told["data"][0])


# ----------------------------------------------------------------- as if complex


def _real(t: Tensor) -> Tensor:
    """The tensor itself, as its numbers are real.  Source: torch.Tensor.real."""
    return t


def _imag(t: Tensor) -> Tensor:
    """An error: the numbers are real.  Source: torch.Tensor.imag."""
    raise DtypeError(f"imag: the numbers are real, of dtype {t.dtype}; use zeros_like()")


for _name in ("conj", "conj_physical", "resolve_conj", "resolve_neg"):

    def _made(t: Tensor) -> Tensor:
        return t

    _made.__doc__ = f"""The tensor itself, as its numbers are real.  Source: torch.{_name}.

    >>> import lightgrad as light
    >>> light.arange(2).{_name}()
    tensor([0, 1])
    """
    op(_name)(renamed(_made, _name))

AbstractTensor.real = property(_real)  # type: ignore[method-assign, assignment]
AbstractTensor.imag = property(_imag)  # type: ignore[method-assign, assignment]
