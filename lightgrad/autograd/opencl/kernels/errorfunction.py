"""The error function in OpenCL C.

float32: polynomials, those of erfc being of the NumPy kernels (see there), because drivers compute
the builtin lane by lane.  float64: the builtin.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightgrad.autograd.cpu.kernels import errorfunction as fitted
from lightgrad.autograd.opencl.elementwise import Lanes

# erf = x P(x^2) / Q(x^2) within the edges, fitted for the smallest relative error; beyond that
# float32 cannot tell erf from one.
_EDGE = 3.92
_P32 = (
    2.0500764568012523e-06,
    2.8488402559160354e-04,
    3.7656760565762254e-03,
    5.2748907972837560e-02,
    1.9040784379581696e-01,
    1.1283791461288848,
)
_Q32 = (
    3.8091670298681100e-05,
    1.1625497268838208e-03,
    1.4969335951447449e-02,
    1.1410968308222443e-01,
    5.0207729872830550e-01,
    1.0,
)


def erf(t: Lanes, a: str) -> str:
    """:math:`\\frac{2}{\\sqrt\\pi} \\int_0^a e^{-t^2} dt`; to be used with `erf_helpers`."""
    return f"lg_erf_{t.name}({a})" if t.scalar == "float" else f"erf({a})"


def erfc(t: Lanes, a: str) -> str:
    """:math:`1 - \\operatorname{erf} a`, without the cancellation, with `erfc_helpers`."""
    return f"lg_erfc_{t.name}({a})" if t.scalar == "float" else f"erfc({a})"


def _horner(t: Lanes, coefficients: Sequence[float], x: str) -> str:
    """The polynomial, highest power first."""
    text = t.c(coefficients[0])
    for c in coefficients[1:]:
        text = f"({text} * {x} + {t.c(c)})"
    return text


def _within(t: Lanes, x: str, bound: float) -> str:
    """x between ``-bound`` and ``bound``; nan stays nan, other than with clamp."""
    low, high = t.c(-bound), t.c(bound)
    return t.choose(f"{x} > {high}", high, t.choose(f"{x} < {low}", low, x))


def erf_helpers(t: Lanes) -> str:
    """The function that `erf` calls."""
    if t.scalar != "float":
        return ""
    return f"""
{t.name} lg_erf_{t.name}({t.name} x) {{
  x = {_within(t, "x", _EDGE)};
  {t.name} z = x * x;
  {t.name} y = x * {_horner(t, _P32, "z")} / {_horner(t, _Q32, "z")};
  return {_within(t, "y", 1)};
}}"""


def erfc_helpers(t: Lanes) -> str:
    """The function that `erfc` calls: all three pieces, then the one that holds."""
    if t.scalar != "float":
        return ""
    one, f = t.c(1), fitted
    tail = t.choose(f"a < {t.c(0)}", f"{t.c(2)} - e * y", "e * y")
    return f"""
{t.name} lg_erfc_{t.name}({t.name} a) {{
  {t.name} x = fabs(a);
  x = {t.choose(f"x > {t.c(30)}", t.c(30), "x")};
  {t.name} s = x * x, z = {one} / s;
  {t.name} near = {one} - a * {_horner(t, f._A, "s")} / {_horner(t, f._B, "s")};
  {t.name} far = ({t.c(f._SQRPI)} - z * {_horner(t, f._P, "z")} / {_horner(t, f._Q, "z")}) / x;
  {t.name} y = {_horner(t, f._C, "x")} / {_horner(t, f._D, "x")};
  y = {t.choose(f"x > {t.c(4)}", "far", "y")};
  {t.name} e = exp(-s);
  e -= e * fma(x, x, -s);  // what rounding took from the square
  return {t.choose(f"x > {t.c(0.46875)}", tail, "near")};
}}"""


def normal_cdf_helpers(t: Lanes) -> str:
    """lg_cdf(a, e): the normal distribution function, given e = exp(-a a / 2)."""
    zero, one, half = t.c(0), t.c(1), t.c(0.5)
    head = f"{t.name} lg_cdf_{t.name}({t.name} a, {t.name} e)"
    if t.scalar != "float":
        return f"\n{head} {{ return {half} * erfc(a * {t.c(-(0.5**0.5))}); }}"
    return f"""
{head} {{
  {t.name} t = {one} / ({one} + {t.c(fitted.CDF_SLOPE)} * fabs(a));
  {t.name} y = e * {_horner(t, fitted.CDF_FIT, "t")};
  return {t.choose(f"a > {zero}", f"{one} - y", "y")};
}}"""
