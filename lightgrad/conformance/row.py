"""A row of the op table: an op, calls of it, and what is known about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lightgrad.conformance.case import Call, Case, Sized, call
from lightgrad.conformance.samples import between
from lightgrad.errors import DtypeError, ShapeError


@dataclass(frozen=True, eq=False)
class Fault:
    """A call that must fail, the exception class and a pattern its text must match."""

    sample: Call
    error: type[Exception]
    match: str


def fault(match: str, *args: Any, error: type[Exception] = ShapeError, **kwargs: Any) -> Fault:
    """A call that must fail, written like one behind what its error says."""
    return Fault(call(*args, **kwargs), error, match)


def wrong(match: str, *args: Any, **kwargs: Any) -> Fault:
    """A call that must fail because of a dtype or a type."""
    return fault(match, *args, error=DtypeError, **kwargs)


@dataclass(frozen=True, eq=False)
class Row:
    """An op with samples of one kind; an op may have several rows.

    The arrays of a sample, also inside lists, become tensors: those of float64 in every
    floating dtype, integers and bools as they are.  `samples.domain` says what they hold.
    """

    op: str
    samples: tuple[Call, ...]
    name: str = ""  # a key of its own where rows of one op are called in different ways
    fn: Callable[..., Any] | None = None  # how to call it; else the tensor method named `op`
    reference: Callable[..., Any] | None = None  # NumPy's own function
    grad: bool = True  # gradients of float inputs are to be right
    gradgrad: bool = True  # and second gradients
    smooth: bool = True  # False: at kinks, ties or nan, where differences say nothing
    #: a result depends only on the elements at its place: shapes may vary, and broadcast
    elementwise: bool = False
    loose: float = 1.0  # a factor on tolerances
    #: the kernels it leads to, where `op` itself is made of other ops
    kernels: tuple[str, ...] = ()
    #: calls that grow with n; a pair if they need their own factor on tolerances
    sized: tuple[Callable[[int], Any] | tuple[Callable[[int], Any], float], ...] = ()
    faults: tuple[Fault, ...] = ()
    needs: str = ""  # a dtype that a device may refuse, with an error that names it
    level: int = 0  # of the kit; 0: that of the family
    family: str = ""  # the file, set when rows are collected

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """The op, called with tensors in the place of arrays."""
        if self.fn is not None:
            return self.fn(*args, **kwargs)
        return getattr(args[0], self.op)(*args[1:], **kwargs)

    def cases(self) -> Iterator[Case]:
        """The samples, each with what the row says; of elementwise ones, 0-d and empty later."""
        for sample in self.samples:
            edge = self.level == 2 and any(not (a.ndim and a.size) for a in sample.arrays)
            yield Case(
                self.op,
                sample,
                3 if edge else self.level,
                self.fn,
                self.reference,
                self.grad,
                self.gradgrad,
                self.smooth,
                self.loose,
                self.kernels,
                self.elementwise,
            )

    def sizes(self) -> Iterator[Sized]:
        """The calls that grow."""
        for made in self.sized:
            arguments, loose = made if isinstance(made, tuple) else (made, self.loose)
            yield Sized(self.op, _called(arguments), loose, self.fn)


def _called(arguments: Callable[[int], Any]) -> Callable[[int], Call]:
    def made(n: int) -> Call:
        given = arguments(n)
        return given if isinstance(given, Call) else call(*given)

    return made


def row(op: str, *samples: Call | tuple[Any, ...], **options: Any) -> Row:
    """A row, its samples written as calls; a tuple stands for positional arguments.

    >>> row("sum", (1.5, 0), call(1.5, keepdim=True)).samples[1].kwargs
    {'keepdim': True}
    """
    calls = tuple(s if isinstance(s, Call) else call(*s) for s in samples)
    for several in ("sized", "faults", "kernels"):
        options[several] = tuple(options.get(several, ()))
    return Row(op, calls, options.pop("name", op), **options)


def function(
    op: str, low: float, high: float, reference: Any = None, *samples: Any, **options: Any
) -> Row:
    """A row of a function of each number, on an interval where it is smooth."""
    inside = [(between(low, high, *shape),) for shape in ((3, 4), (2, 3, 5), (), (1,), (0, 2))]
    options.setdefault("sized", [lambda n: (between(low, high, n),)])
    return row(op, *inside, *samples, reference=reference, elementwise=True, **options)
