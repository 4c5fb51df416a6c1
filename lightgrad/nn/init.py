"""Initial values: each function overwrites a tensor in place and returns it.

Nothing is recorded.  ``generator`` is a ``lightgrad.Generator``; without one the
default generator (``lightgrad.manual_seed``) is used.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lightgrad.autograd import shapes
from lightgrad.autograd.devices import registry
from lightgrad.autograd.dtypes import as_dtype, default, float64, int64, is_float
from lightgrad.autograd.factories import creation
from lightgrad.autograd.generator import draw as draw_from
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.out import factory
from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from lightgrad.hints import lookup
from lightgrad.nn.given_up import given_up
from lightgrad.nn.state import write

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]


@factory
def empty(shape: tuple[int, ...], device: Any = None, dtype: Any = None) -> AbstractTensor:
    """A new parameter whose values are still to be set."""
    cls = registry.find("cpu" if device is None else device)
    dtype = default() if dtype is None else cls._dtype_of(dtype)
    if not is_float(dtype):
        raise DtypeError(f"a parameter needs a floating dtype, not {dtype.name}")
    new: AbstractTensor = cls.empty(shape, dtype=dtype, requires_grad=True)
    return new


def default_(weight: AbstractTensor, bias: AbstractTensor | None) -> None:
    """What Linear and the convolutions begin with: uniform within 1/sqrt(fan_in)."""
    kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in = _fans("default", weight)[0]
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        uniform_(bias, -bound, bound)


def _target(op: str, tensor: Any) -> AbstractTensor:
    if not isinstance(tensor, AbstractTensor):
        raise DtypeError(f"{op}: expected a tensor, not {type(tensor).__name__}")
    if not is_float(as_dtype(tensor.dtype)):
        raise DtypeError(f"{op}: expected a floating tensor, not {tensor.dtype}")
    return tensor


@no_grad()
def _set(tensor: AbstractTensor, source: AbstractTensor) -> AbstractTensor:
    write(tensor, source)
    return tensor


def uniform_(
    tensor: AbstractTensor, a: float = 0.0, b: float = 1.0, generator: Any = None
) -> AbstractTensor:
    """Uniform in [a, b).  Source: torch.nn.init.uniform_.

    >>> import lightgrad as light
    >>> w = light.nn.init.uniform_(light.zeros(100), -1, 1)
    >>> bool((w.abs() <= 1).all())
    True
    """
    with no_grad():
        _target("uniform_", tensor).uniform_(a, b, generator=generator)
    return tensor


def normal_(
    tensor: AbstractTensor, mean: float = 0.0, std: float = 1.0, generator: Any = None
) -> AbstractTensor:
    """Normal with a mean and a standard deviation.  Source: torch.nn.init.normal_.

    >>> import lightgrad as light
    >>> light.nn.init.normal_(light.zeros(2, 3), std=0.02).shape
    (2, 3)
    """
    with no_grad():
        _target("normal_", tensor).normal_(mean, std, generator=generator)
    return tensor


def constant_(tensor: AbstractTensor, val: float) -> AbstractTensor:
    """One value everywhere.  Source: torch.nn.init.constant_.

    >>> import lightgrad as light
    >>> light.nn.init.constant_(light.zeros(2), 0.5).tolist()
    [0.5, 0.5]
    """
    return _set(tensor, tensor._filled(val))


def ones_(tensor: AbstractTensor) -> AbstractTensor:
    """Ones.  Source: torch.nn.init.ones_.

    >>> import lightgrad as light
    >>> light.nn.init.ones_(light.zeros(2)).tolist()
    [1.0, 1.0]
    """
    return constant_(tensor, 1)


def zeros_(tensor: AbstractTensor) -> AbstractTensor:
    """Zeros.  Source: torch.nn.init.zeros_.

    >>> import lightgrad as light
    >>> light.nn.init.zeros_(light.ones(2)).tolist()
    [0.0, 0.0]
    """
    return constant_(tensor, 0)


def eye_(tensor: AbstractTensor) -> AbstractTensor:
    """The identity matrix.  Source: torch.nn.init.eye_.

    >>> import lightgrad as light
    >>> light.nn.init.eye_(light.zeros(2, 2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    t = _target("eye_", tensor)
    if t.ndim != 2:
        raise ShapeError(f"eye_: only a matrix can be the identity, not shape {t.shape}")
    n, m = t.shape
    return _set(t, creation.eye(n, m, dtype=t.dtype, requires_grad=False))


def _fans(op: str, tensor: AbstractTensor) -> tuple[int, int]:
    """The number of inputs to, and of outputs from, one unit of a weight."""
    t = _target(op, tensor)
    if t.ndim < 2:
        raise ShapeError(
            f"{op}: fan in and out need a weight of at least 2 dimensions, not shape {t.shape}"
        )
    field = shapes.numel(t.shape[2:])
    return t.shape[1] * field, t.shape[0] * field


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which to scale a deviation before a nonlinearity.

    Source: torch.nn.init.calculate_gain.

    >>> import lightgrad as light
    >>> round(light.nn.init.calculate_gain("leaky_relu", 0.2), 4)
    1.3868
    """
    gains = dict.fromkeys(("linear", "sigmoid"), 1.0)
    gains |= {f"conv{kind}{n}d": 1.0 for kind in ("", "_transpose") for n in (1, 2, 3)}
    slope = 0.01 if param is None else float(param)
    gains |= {
        "tanh": 5 / 3,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1 + slope**2)),
        "selu": 0.75,
    }
    if nonlinearity not in gains:
        raise ArgumentError(
            f"calculate_gain: no gain is known for {nonlinearity!r}; known: {', '.join(gains)}"
        )
    return gains[nonlinearity]


def xavier_uniform_(
    tensor: AbstractTensor, gain: float = 1.0, generator: Any = None
) -> AbstractTensor:
    """Uniform within :math:`gain \\sqrt{6 / (fan_{in} + fan_{out})}`.

    Source: Glorot and Bengio 2010; torch.nn.init.xavier_uniform_.

    >>> import lightgrad as light
    >>> w = light.nn.init.xavier_uniform_(light.zeros(3, 3))
    >>> bool((w.abs() <= 1).all())
    True
    """
    fan_in, fan_out = _fans("xavier_uniform_", tensor)
    bound = math.sqrt(3) * (gain * math.sqrt(2 / max(fan_in + fan_out, 1)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(
    tensor: AbstractTensor, gain: float = 1.0, generator: Any = None
) -> AbstractTensor:
    """Normal with std :math:`gain \\sqrt{2 / (fan_{in} + fan_{out})}`.

    Source: Glorot and Bengio 2010; torch.nn.init.xavier_normal_.

    >>> import lightgrad as light
    >>> light.nn.init.xavier_normal_(light.zeros(3, 4)).shape
    (3, 4)
    """
    fan_in, fan_out = _fans("xavier_normal_", tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2 / max(fan_in + fan_out, 1)), generator)


def _kaiming_std(op: str, tensor: AbstractTensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f"{op}: mode must be 'fan_in' or 'fan_out', not {mode!r}")
    fan = _fans(op, tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan, 1))


def kaiming_uniform_(
    tensor: AbstractTensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> AbstractTensor:
    """Uniform within :math:`gain \\sqrt{3 / fan}`; a is the slope of a leaky relu.

    Source: He et al. 2015; torch.nn.init.kaiming_uniform_.

    >>> import lightgrad as light
    >>> w = light.nn.init.kaiming_uniform_(light.zeros(5, 6))
    >>> bool((w.abs() <= 1).all())
    True
    """
    bound = math.sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: AbstractTensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> AbstractTensor:
    """Normal with std :math:`gain / \\sqrt{fan}`; a is the slope of a leaky relu.

    Source: He et al. 2015; torch.nn.init.kaiming_normal_.

    >>> import lightgrad as light
    >>> light.nn.init.kaiming_normal_(light.zeros(3, 4), nonlinearity="relu").shape
    (3, 4)
    """
    std = _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, std, generator)


def trunc_normal_(
    tensor: AbstractTensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> AbstractTensor:
    """Normal, with what falls outside [a, b] drawn again.  Source: torch.nn.init.trunc_normal_.

    >>> import lightgrad as light
    >>> w = light.nn.init.trunc_normal_(light.zeros(100), std=3.0)
    >>> bool((w.abs() <= 2).all())
    True
    """
    if not a < b or std <= 0:
        raise ArgumentError(f"trunc_normal_: needs a < b and std > 0, not a={a}, b={b}, std={std}")
    low, high = (math.erf((x - mean) / (std * math.sqrt(2))) for x in (a, b))
    if high - low < 0.01:
        raise ArgumentError(
            f"trunc_normal_: [{a}, {b}] holds less than half a percent of a normal with mean "
            f"{mean} and std {std}"
        )
    t = normal_(tensor, mean, std, generator)
    with no_grad():
        while True:
            outside = (t.lt(a)).logical_or(t.gt(b))
            if not bool(outside.any()):
                return t
            _set(t, normal_(t._copied(), mean, std, generator).where(outside, t))


def orthogonal_(tensor: AbstractTensor, gain: float = 1.0, generator: Any = None) -> AbstractTensor:
    """Rows (or columns, whichever are fewer) orthogonal and of length ``gain``.

    The weight counts as a matrix (first, all others).  Drawn by orthonormalising
    normal vectors.  Source: Saxe et al. 2013; torch.nn.init.orthogonal_.

    >>> import lightgrad as light
    >>> w = light.nn.init.orthogonal_(light.zeros(2, 3)).detach()
    >>> bool((w @ w.T - light.eye(2, requires_grad=False)).abs().max() < 1e-5)
    True
    """
    t = _target("orthogonal_", tensor)
    if t.ndim < 2:
        raise ShapeError(f"orthogonal_: needs at least 2 dimensions, not shape {t.shape}")
    rows, columns = t.shape[0], shapes.numel(t.shape[1:])
    with no_grad():
        draw: Any = type(t).zeros((rows, columns), dtype=t.dtype, requires_grad=False)
        draw = draw.normal_(0, 1, generator=generator).to(float64)
        draw = draw if rows < columns else draw.T
        matrix: Any = draw._filled(0)
        for i in range(draw.shape[0]):  # Gram-Schmidt, each vector twice for accuracy
            v, basis = draw[i], matrix[:i]
            for _ in range(2 if i else 0):
                v = v - basis.matmul(v).matmul(basis)
            matrix[i] = v / (v * v).sum().sqrt()
        matrix = matrix if rows < columns else matrix.T
        return _set(t, (matrix * float(gain)).reshape(t.shape))


def sparse_(
    tensor: AbstractTensor, sparsity: float, std: float = 0.01, generator: Any = None
) -> AbstractTensor:
    """Normal, with a share of zeros in each column of a matrix.

    Source: Martens 2010; torch.nn.init.sparse_.

    >>> import lightgrad as light
    >>> w = light.nn.init.sparse_(light.zeros(4, 3), sparsity=0.5)
    >>> (w == 0).sum(0).tolist()
    [2, 2, 2]
    """
    t = _target("sparse_", tensor)
    if t.ndim != 2:
        raise ShapeError(f"sparse_: only a matrix can be sparse, not shape {t.shape}")
    normal_(t, 0.0, std, generator)
    with no_grad():
        for column in range(t.shape[1]):
            order = draw_from(type(t), "permutation", t.shape[:1], int64, generator)
            t[order[: math.ceil(sparsity * t.shape[0])], column] = 0
    return t


def dirac_(tensor: AbstractTensor, groups: int = 1) -> AbstractTensor:
    """The weight of a convolution, of 1 to 3 axes, that gives its input again.

    Source: torch.nn.init.dirac_.

    >>> import lightgrad as light
    >>> light.nn.init.dirac_(light.zeros(2, 2, 3))[1].tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    t = _target("dirac_", tensor)
    if t.ndim not in (3, 4, 5) or t.shape[0] % groups:
        raise ShapeError(
            f"dirac_: needs 3, 4 or 5 dimensions, the first divisible by {groups} groups, not "
            f"shape {t.shape}"
        )
    zeros_(t)
    each, middle = t.shape[0] // groups, tuple(n // 2 for n in t.shape[2:])
    with no_grad():
        for group in range(groups):
            for i in range(min(each, t.shape[1])):
                t[(group * each + i, i) + middle] = 1  # noqa: RUF005
    return t


# the names that torch gave up
constant = given_up(constant_)
dirac = given_up(dirac_)
eye = given_up(eye_)
kaiming_normal = given_up(kaiming_normal_)
kaiming_uniform = given_up(kaiming_uniform_)
normal = given_up(normal_)
orthogonal = given_up(orthogonal_)
sparse = given_up(sparse_)
uniform = given_up(uniform_)
xavier_normal = given_up(xavier_normal_)
xavier_uniform = given_up(xavier_uniform_)

if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
