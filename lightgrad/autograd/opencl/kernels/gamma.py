"""The derivatives of the gamma function's logarithm, and the inverse error function, in OpenCL C.

The series are those of the NumPy kernels (see there); each number is computed by itself.
"""

from __future__ import annotations

import math

from lightgrad.autograd.cpu.kernels import gamma as fitted
from lightgrad.autograd.opencl.elementwise import Lanes, each_lane


def digamma(t: Lanes, a: str) -> str:
    """:math:`\\frac{d}{da} \\ln \\Gamma(a)`, with `digamma_helpers`."""
    return each_lane(t, f"lg_digamma_{t.scalar}", a)


def digamma_helpers(t: Lanes) -> str:
    """The function that `digamma` calls."""
    T = t.scalar
    return f"""
{T} lg_digamma_{T}({T} a) {{
  {T} y = 0, w = a;
  if (a == 0) return copysign(({T})INFINITY, -a);
  if (a < 0) {{
    {T} r = a - rint(a);
    if (r == 0) return NAN;
    y = -({T}){math.pi!r} / tan(({T}){math.pi!r} * r);
    w = 1 - a;
  }}
  for (; w < 10; w += 1) y -= 1 / w;
  {T} z = 1 / (w * w);
  {T} s = z * (({T})1 / 12 - z * (({T})1 / 120 - z * (({T})1 / 252 - z * (({T})1 / 240
    - z * (({T})1 / 132 - z * ({T})691 / 32760)))));
  return y + (log(w) - ({T})0.5 / w - s);
}}"""


def zeta_sum(t: Lanes, a: str, n: str) -> str:
    """:math:`(-1)^{n+1} n! \\sum_k (a + k)^{-n-1}`, with `zeta_sum_helpers`."""
    return each_lane(t, f"lg_zeta_sum_{t.scalar}", a, n)


def zeta_sum_helpers(t: Lanes) -> str:
    """The function that `zeta_sum` calls."""
    T = t.scalar
    series = ", ".join(
        f"({T}){b / math.factorial(2 * k)!r}" for k, b in enumerate(fitted.BERNOULLI, 1)
    )
    return f"""
{T} lg_zeta_sum_{T}({T} a, {T} n) {{
  {T} series[] = {{{series}}};
  {T} s = n + 1, y = 0, w = a, rising = s, sign = -1;
  for (int i = 0; i < 1010 && w < 10; i++, w += 1) y += pow(w, -s);
  y += pow(w, -n) / n + pow(w, -s) / 2;
  for (int k = 1; k <= {len(fitted.BERNOULLI)}; k++) {{
    y += series[k - 1] * rising * pow(w, 1 - s - 2 * k);
    rising *= (s + 2 * k - 1) * (s + 2 * k);
  }}
  for (int k = 1; k <= n; k++) {{ y *= k; sign = -sign; }}
  return a == INFINITY ? 0 : sign * y;
}}"""


def erfinv(t: Lanes, a: str) -> str:
    """The number whose error function is a, with `erfinv_helpers`."""
    return each_lane(t, f"lg_erfinv_{t.scalar}", a)


def erfinv_helpers(t: Lanes) -> str:
    """The function that `erfinv` calls."""
    T = t.scalar

    def polynomial(coefficients: tuple[float, ...], x: str) -> str:
        text = f"({T}){coefficients[0]!r}"
        for c in coefficients[1:]:
            text = f"({text} * {x} + ({T}){c!r})"
        return text

    return f"""
{T} lg_erfinv_{T}({T} a) {{
  {T} x = fabs(a), w = -log((1 - x) * (1 + x)), y;
  if (!(x < 1)) return x == 1 ? copysign(({T})INFINITY, a) : ({T})NAN;
  if (w < 5) {{ w -= ({T})2.5; y = x * {polynomial(fitted.NEAR, "w")}; }}
  else {{ w = sqrt(w) - 3; y = x * {polynomial(fitted.TAIL, "w")}; }}
  for (int i = 0; i < 2; i++) {{
    {T} off = x < ({T})0.5 ? erf(y) - x : 1 - x - erfc(y);
    {T} step = off / (({T}){2 / math.sqrt(math.pi)!r} * exp(-y * y));
    y -= step / (1 + y * step);
  }}
  return copysign(y, a);
}}"""


def divisor_helpers(t: Lanes) -> str:
    """lg_gcd(a, b): the greatest common divisor of integers."""
    return """
long lg_gcd(long a, long b) {
  while (b) { long r = a % b; a = b; b = r; }
  return a < 0 ? -a : a;
}
long lg_lcm(long a, long b) {
  long d = lg_gcd(a, b), y = d ? a / d * b : 0;
  return y < 0 ? -y : y;
}"""
