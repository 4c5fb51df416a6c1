"""torch.nn.functional."""

from lightgrad.nn.functional import *
from lightgrad.torch._core.missing import lookup as _lookup


class _Reduction:
    """How PyTorch counts the ways to reduce a loss."""

    _NUMBERS = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}  # noqa: RUF012

    @classmethod
    def get_enum(cls, reduction: str) -> int:
        """The number of a way.

        >>> _Reduction.get_enum("mean")
        1
        """
        if reduction not in cls._NUMBERS:
            raise ValueError(f"{reduction} is not a valid value for reduction")
        return cls._NUMBERS[reduction]


__getattr__ = _lookup(__name__)
