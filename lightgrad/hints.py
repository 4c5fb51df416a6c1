"""What somebody who asks a tensor for something it lacks may have meant."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from lightgrad.errors import DtypeError, LightgradError

#: what users of other libraries reach for, and what it is called here
OTHER_WORDS = {
    "cuda": "; use .to(device): light.backends() lists the devices.",
    "astype": "; use .to(dtype).",
    "type": "; use .dtype to read it and .to(dtype) to change it.",
    "is_cuda": "; use .device, the name of the device.",
    "new_zeros": "; use light.zeros() with device= and dtype=.",
    "new_ones": "; use light.ones() with device= and dtype=.",
    "new_tensor": "; use light.tensor() with device= and dtype=.",
}
_DEVICES = "; a device is a name, such as 'cpu' or 'opencl': light.backends() lists them"
_DEFAULT = "; floats are float32 unless dtype= says otherwise; a module changes with double()"
_NUMPYS = "; NumPy's functions take x.detach(), without a gradient"
#: and what they look for in a module
OTHER_NAMES = {
    "cuda": _DEVICES,
    "device": _DEVICES,
    "set_default_device": _DEVICES,
    "set_default_dtype": _DEFAULT,
    "get_default_dtype": _DEFAULT,
    "inference_mode": "; use light.no_grad()",
    "FloatTensor": "; use light.tensor()",
    "LongTensor": "; use light.tensor() with dtype=light.int64",
    "func": "; use light.autograd.functional",
    "is_tensor": "; use isinstance(x, light.Tensor)",
    "utils": "; there are light.data, with the DataLoader, and light.nn.utils",
    "linalg": _NUMPYS,
    "fft": _NUMPYS,
    "inf": "; use math.inf",
    "nan": "; use math.nan",
    "pi": "; use math.pi",
    "finfo": "; use np.finfo()",
    "iinfo": "; use np.iinfo()",
}


def hint(where: object, attribute: str) -> str:
    """The end of the sentence that says that an object has no such attribute.

    >>> hint({}, "valeus")
    "; did you mean 'values'?"
    """
    if attribute in OTHER_WORDS:
        return OTHER_WORDS[attribute]
    nearest = near(attribute, dir(where))
    return f"; did you mean {nearest!r}?" if nearest else "."


def near(name: str, names: Iterable[str]) -> str:
    """The one of some names that somebody who wrote ``name`` may have meant, or nothing.

    >>> near("sofmax", ["softmax", "Softmin"]), near("adam", ["Adam"]), near("x", ["softmax"])
    ('softmax', 'Adam', '')
    """
    import difflib  # only to explain a mistake; imports must stay quick

    public = [n for n in names if n[0] != "_"]
    same = [n for n in public if n.lower() == name.lower()]
    close = same or difflib.get_close_matches(name, public, n=1, cutoff=0.75)
    return close[0] if close else ""


#: the operands of a method, by their number beside the tensor
_OPERANDS = ("no arguments", "one operand, a tensor or a number")


def calling(op: str, function: Any, operands: int | None = None) -> str:
    """A qualified name for the method of an op, with which Python's errors say how to call it.

    >>> def halve(t, times=1): ...
    >>> halve.__qualname__ = calling("halve", halve)
    >>> halve(1, 2, 3)
    Traceback (most recent call last):
        ...
    TypeError: halve (its arguments are times): halve() takes from 1 to 2 positional arguments \
but 3 were given
    """
    if operands is not None:
        takes = f"it takes {_OPERANDS[operands]}"
    else:
        code = function.__code__
        several = bool(code.co_flags & 4)  # it has *args, whose name comes last
        names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount + several]
        takes = f"its arguments are {', '.join(names)}" if names else f"it takes {_OPERANDS[0]}"
    return f"{op} ({takes}): {op}"


def named(op: str, composite: Any) -> None:
    """Let Python's errors say how to call an op that is made of others."""
    while hasattr(composite, "__wrapped__"):
        composite = composite.__wrapped__
    if getattr(composite, "__name__", "") == op and composite.__module__.startswith("lightgrad."):
        composite.__qualname__ = calling(op, composite)


def misused(error: Exception, name: str, function: Any, args: Any, kwargs: Any) -> Exception:
    """The error of a call: with the arguments that there are, if it does not fit them."""
    if isinstance(error, LightgradError):
        return error
    below = error.__traceback__ is None or error.__traceback__.tb_next is not None
    if below or not isinstance(error, TypeError):  # raised by what was called, not by the call
        return not_single(error, name, function, args, kwargs)
    return misfitting(name, error, function)


#: what NumPy says of an array where Python needs one value
_OF_ARRAYS = ("truth value of an array", "arrays can be converted", "integer scalar arrays")


def not_single(error: Exception, name: str, function: Any, args: Any, kwargs: Any) -> Exception:
    """The error of an array where one value is meant, with its name; any other as it is."""
    if not any(words in str(error) for words in _OF_ARRAYS):
        return error
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    named = {**given, **given.pop("kwargs", {})}
    arrays = [k for k, v in named.items() if hasattr(v, "__array_interface__")]
    if not arrays:
        return error
    return DtypeError(
        f"{name}: {' and '.join(arrays)} must not be an array: one value is meant, of Python's own"
    )


def unfit(error: TypeError, what: str, given: str) -> Exception:
    """The error of a function of the user's that does not take what it is called with."""
    if error.__traceback__ is None or error.__traceback__.tb_next is not None:
        return error  # of its own
    return DtypeError(f"{what} is called with {given}: {error}")


def misfitting(name: str, error: TypeError, function: Any) -> DtypeError:
    """Python's words about a call that does not fit, and the arguments that there are."""
    names = list(inspect.signature(function).parameters)[1:]  # all but the tensor, or self
    text = str(error).partition("() ")[2] or str(error)
    text = text.partition(". Did you mean")[0]  # Python's own guess, since 3.13
    wrong = text.rpartition(" keyword argument ")[2].strip("'")
    nearest = near(wrong, names)
    hint = f"; did you mean {nearest!r}?" if nearest and nearest != wrong else ""
    return DtypeError(f"{name}: {text}{hint} (its arguments are {', '.join(names)})")


#: annotations of options that have one value
_SINGLE = frozenset(("bool", "float", "int", "str"))


def check_arguments(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise where a class of lightgrad is called with arguments that it does not have."""
    if cls.__module__.startswith("lightgrad."):
        signature = inspect.signature(cls.__init__)  # type: ignore[misc]
        try:
            given = signature.bind(None, *args, **kwargs).arguments
        except TypeError as error:
            raise misfitting(cls.__name__, error, cls.__init__) from None  # type: ignore[misc]
        for name, value in given.items():
            kind = signature.parameters[name].annotation
            if hasattr(value, "__array_interface__") and value.shape and kind in _SINGLE:
                raise DtypeError(f"{cls.__name__}: {name} must be one {kind}, not {value!r}")


#: modules of lightgrad where a name may be that was looked for in another
ELSEWHERE = (
    "lightgrad",
    "lightgrad.nn",
    "lightgrad.optim",
    "lightgrad.optim.lr_scheduler",
    "lightgrad.data",
    "lightgrad.errors",
)


def public(names: dict[str, Any], *more: str) -> list[str]:
    """A module's ``__all__``: what is named there, apart from modules and ``_x``, and ``more``.

    >>> public({"exp": len, "_log": max, "sys": sys}, "nn")
    ['exp', 'nn']
    """
    own = {n for n, value in names.items() if n[0] != "_" and not isinstance(value, type(sys))}
    return sorted({*own, *more})


def lookup(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module: what may have been meant, there or in another module."""

    def __getattr__(name: str) -> Any:
        raise missing(module, name)

    return __getattr__


def missing(module: str, name: str) -> AttributeError:
    """The error of a module that has no such attribute."""
    text = f"module {module!r} has no attribute {name!r}"
    if name[0] == "_":
        return AttributeError(text)
    if module in ("lightgrad", "lightgrad.nn") and name in OTHER_NAMES:
        return AttributeError(text + OTHER_NAMES[name], name=name, obj=None)
    for other in ELSEWHERE:  # rather the very name in another module
        if other != module and name in import_module(other).__all__:
            home = f"{other.replace('lightgrad', 'light')}.{name}"
            return AttributeError(f"{text}; there is {home}", name=name, obj=None)
    nearest = near(name, dir(sys.modules[module]))
    # without the module Python adds no guess of its own
    said = f"{text}; did you mean {nearest!r}?" if nearest else text
    return AttributeError(said, name=name, obj=None)
