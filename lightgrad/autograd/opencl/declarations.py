"""The functions of OpenCL that kernels call, declared as a C compiler wants them.

Clang's header ``opencl-c.h`` declares 14,000, and PoCL reads all of them before each kernel: a
tenth of a second of processor time, most of what a small kernel costs, and much of it again when
the kernel is in PoCL's cache already.  With `WITHOUT_HEADER` the header is empty; `of` declares
what one kernel calls, as the header does, so that the compiled kernel is the same.

Each name has all its scalar overloads: with one missing, C would convert the arguments to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

#: a build option: the header takes itself for already read
WITHOUT_HEADER = "-D_OPENCL_H_"

_INTEGERS = {"char": "uchar", "short": "ushort", "int": "uint", "long": "ulong"}
#: and the integers that comparisons of them give
_FLOATS = {"float": "int", "double": "long", "half": "short"}
_TYPES = (*_INTEGERS, *_INTEGERS.values(), *_FLOATS)
#: extensions that types need
_NEEDS = {"double": "cl_khr_fp64", "half": "cl_khr_fp16"}
#: lanes of vectors; one with others, as in vectors of 3, is not called by another's declaration
_WIDTHS = ("", "2", "4", "8", "16")

#: where memory may be that is written
_SPACES = ("__global", "__local", "__private")

_CONST, _PURE, _CONVERGENT = "const", "pure", "convergent"
#: result, arguments, attribute and the scalar types that these depend on
Signature = tuple[str, str, str, tuple[str, ...]]
Signatures = Callable[[], Iterator[Signature]]


def _maps(arguments: int) -> Signatures:
    """Of floats, the result too."""

    def signatures() -> Iterator[Signature]:
        for t in _FLOATS:
            for w in _WIDTHS:
                yield f"{t}{w}", ", ".join([f"{t}{w}"] * arguments), _CONST, (t,)

    return signatures


def _asks() -> Iterator[Signature]:
    """Of a float; the result is a truth."""
    for t, mask in _FLOATS.items():
        for w in _WIDTHS:
            yield f"{mask}{w}" if w else "int", f"{t}{w}", _CONST, (t,)


def _pairs() -> Iterator[Signature]:
    for t in _FLOATS:
        for w in _WIDTHS:
            for space in _SPACES:
                yield f"{t}{w}", f"{t}{w}, {space} {t}{w} *", "", (t,)


def _extremes() -> Iterator[Signature]:
    for t in _TYPES:
        for w in _WIDTHS:
            yield f"{t}{w}", f"{t}{w}, {t}{w}", _CONST, (t,)
            if w:
                yield f"{t}{w}", f"{t}{w}, {t}", _CONST, (t,)


def _magnitudes() -> Iterator[Signature]:
    for signed, unsigned in _INTEGERS.items():
        for w in _WIDTHS:
            yield f"{unsigned}{w}", f"{signed}{w}", _CONST, (signed,)
            yield f"{unsigned}{w}", f"{unsigned}{w}", _CONST, (signed,)


def _high_products() -> Iterator[Signature]:
    for pair in _INTEGERS.items():
        for t in pair:
            for w in _WIDTHS:
                yield f"{t}{w}", f"{t}{w}, {t}{w}", _CONST, (t,)


def _choices() -> Iterator[Signature]:
    masks = {t: pair for pair in _INTEGERS.items() for t in pair}
    masks |= {t: (mask, _INTEGERS[mask]) for t, mask in _FLOATS.items()}
    for t in _TYPES:
        for mask in masks[t]:
            for w in _WIDTHS:
                yield f"{t}{w}", f"{t}{w}, {t}{w}, {mask}{w}", _CONST, (t,)


def _truths() -> Iterator[Signature]:
    for t in _INTEGERS:
        for w in _WIDTHS:
            yield "int", f"{t}{w}", _CONST, (t,)


def _conversions(to: str, width: str) -> Signatures:
    def signatures() -> Iterator[Signature]:
        for t in _TYPES:
            yield f"{to}{width}", f"{t}{width}", _CONST, (t, to)

    return signatures


def _loads(width: str) -> Signatures:
    def signatures() -> Iterator[Signature]:
        for t in _TYPES:
            for space in (*_SPACES, "__constant"):
                yield f"{t}{width}", f"size_t, const {space} {t} *", _PURE, (t,)

    return signatures


def _stores(width: str) -> Signatures:
    def signatures() -> Iterator[Signature]:
        for t in _TYPES:
            for space in _SPACES:
                yield "void", f"{t}{width}, size_t, {space} {t} *", "", (t,)

    return signatures


def _one(result: str, arguments: str, attribute: str) -> Signatures:
    return lambda: iter([(result, arguments, attribute, ())])


_OF_ONE = (
    "acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp2 exp10 expm1 fabs floor "
    "lgamma log log10 log1p log2 rint round rsqrt sin sinh sqrt tan tanh trunc"
)
_OF_TWO = "atan2 copysign fmod hypot nextafter pow remainder"
#: of each function, its overloads
FUNCTIONS: dict[str, Signatures] = {
    **dict.fromkeys(_OF_ONE.split(), _maps(1)),
    **dict.fromkeys(_OF_TWO.split(), _maps(2)),
    **dict.fromkeys(("fma", "mad"), _maps(3)),
    **dict.fromkeys(("isfinite", "isinf", "isnan"), _asks),
    "sincos": _pairs,
    **dict.fromkeys(("max", "min"), _extremes),
    **dict.fromkeys(("all", "any"), _truths),
    "abs": _magnitudes,
    "mul_hi": _high_products,
    "select": _choices,
    **{f"convert_{t}{w}": _conversions(t, w) for t in _TYPES for w in _WIDTHS},
    **{f"vload{w}": _loads(w) for w in _WIDTHS[1:]},
    **{f"vstore{w}": _stores(w) for w in _WIDTHS[1:]},
    **dict.fromkeys(
        ("get_global_id", "get_global_size", "get_group_id", "get_local_id", "get_local_size"),
        _one("size_t", "uint", _CONST),
    ),
    "barrier": _one("void", "cl_mem_fence_flags", _CONVERGENT),
}


def of(source: str) -> str:
    """Declarations of the functions whose names occur in the text of a kernel."""
    return "".join(map(_declared, sorted(FUNCTIONS.keys() & set(re.findall(r"\w+", source)))))


@cache
def _declared(name: str) -> str:
    lines = []
    for result, arguments, attribute, types in FUNCTIONS[name]():
        text = f"{result} __attribute__((overloadable, {attribute})) {name}({arguments});\n"
        for extension in sorted({_NEEDS[t] for t in types if t in _NEEDS}):
            text = f"#ifdef {extension}\n{text}#endif\n"
        lines.append(text.replace(", ))", "))"))
    return "".join(lines)
