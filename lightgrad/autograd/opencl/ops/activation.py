"""OpenCL kernels of activation functions."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import Op
from lightgrad.autograd.opencl.kernels.errorfunction import normal_cdf_helpers
from lightgrad.autograd.opencl.ops.table import activation, binary, kernel_of, slope, unary
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import activation as rules


def sigmoid(t: Any, a: str) -> str:
    """:math:`1 / (1 + e^{-a})`."""
    return f"({t.c(1)} / ({t.c(1)} + exp(-{a})))"


unary(rules.sigmoid, sigmoid)
binary(rules.sigmoid_backward, lambda t, g, y: f"({g} * ({y} * ({t.c(1)} - {y})))")


def positive(t: Any, a: str, yes: str, no: str) -> str:
    return t.choose(f"{a} > {t.c(0)}", yes, no)


_DENSITY = 1 / math.sqrt(2 * math.pi)
_C, _K = math.sqrt(2 / math.pi), 0.044715


def _gelu_helpers(t: Any) -> str:
    return f"""{normal_cdf_helpers(t)}
{t.name} lg_gelu_{t.name}({t.name} a) {{
  return a * lg_cdf_{t.name}(a, exp({t.c(-0.5)} * a * a));
}}"""


def _gelu_slope_helpers(t: Any) -> str:
    return f"""{normal_cdf_helpers(t)}
{t.name} lg_gelu_slope_none_{t.name}({t.name} a) {{
  {t.name} e = exp({t.c(-0.5)} * a * a);
  return lg_cdf_{t.name}(a, e) + a * ({t.c(_DENSITY)} * e);
}}"""


def _tanh_cdf(t: Any, a: str) -> str:
    """(1 + tanh u) / 2, which is the sigmoid of 2 u."""
    return sigmoid(t, f"({a} * ({t.c(2 * _C)} + {t.c(2 * _C * _K)} * {a} * {a}))")


def _tanh_helpers(t: Any) -> str:
    return f"""
{t.name} lg_gelu_slope_{t.name}({t.name} a) {{
  a = {t.choose(f"a > {t.c(20)}", t.c(20), t.choose(f"a < {t.c(-20)}", t.c(-20), "a"))};
  {t.name} s = {_tanh_cdf(t, "a")};
  {t.name} steep = a * ({t.c(2 * _C)} + {t.c(6 * _C * _K)} * a * a);  // 2 a u'
  return s * ({t.c(1)} + steep * ({t.c(1)} - s));
}}"""


_GELU = {
    "none": Op("gelu", lambda t, a: f"lg_gelu_{t.name}({a})", None, _gelu_helpers),
    "tanh": Op("gelu", lambda t, a: f"({a} * {_tanh_cdf(t, a)})"),
}
_GELU_SLOPE = {
    "none": Op(
        "gelu_backward",
        lambda t, g, a: f"({g} * lg_gelu_slope_none_{t.name}({a}))",
        None,
        _gelu_slope_helpers,
    ),
    "tanh": Op(
        "gelu_backward",
        lambda t, g, a: f"({g} * lg_gelu_slope_{t.name}({a}))",
        None,
        _tanh_helpers,
    ),
}


@kernel_of(rules.gelu)
def gelu(ctx: Any, t: OpenCLTensor, approximate: str) -> OpenCLTensor:
    return type(t)(record(_GELU[approximate], (t._data,), t._data.dtype))


@kernel_of(rules.gelu_backward)
def gelu_backward(ctx: Any, g: OpenCLTensor, t: OpenCLTensor, approximate: str) -> OpenCLTensor:
    return type(t)(record(_GELU_SLOPE[approximate], (g._data, t._data), t._data.dtype))


def _silu_helpers(t: Any) -> str:
    return f"""
{t.name} lg_silu_slope_{t.name}({t.name} a) {{
  {t.name} s = {sigmoid(t, "a")};
  return s * ({t.c(1)} + a * ({t.c(1)} - s));
}}"""


activation(rules.silu, lambda t, a: f"({a} * {sigmoid(t, a)})")
slope(
    rules.silu_backward,
    lambda t, g, a: f"({g} * lg_silu_slope_{t.name}({a}))",
    helpers=_silu_helpers,
)


def _log1p_exp(t: Any, a: str) -> str:
    """ln(1 + e^a) without overflow."""
    return f"(log1p(exp(-fabs({a}))) + {positive(t, a, a, t.c(0))})"


def _logistic_helpers(t: Any) -> str:
    """The sigmoid, which keeps its digits where e^-z is too large."""
    return f"""
{t.name} lg_logistic_{t.name}({t.name} z) {{
  {t.name} e = exp({t.choose(f"z > {t.c(40)}", t.c(40), "z")});
  return e / ({t.c(1)} + e);
}}"""


activation(
    rules.softplus,
    lambda t, a, beta, threshold: t.choose(
        f"{a} * {beta} > {threshold}", a, f"{_log1p_exp(t, f'({a} * {beta})')} / {beta}"
    ),
)
slope(
    rules.softplus_backward,
    lambda t, g, a, beta, threshold: t.choose(
        f"{a} * {beta} > {threshold}", g, f"{g} * lg_logistic_{t.name}({a} * {beta})"
    ),
    helpers=_logistic_helpers,
)
activation(rules.logsigmoid, lambda t, a: f"(-{_log1p_exp(t, f'(-{a})')})")
slope(
    rules.logsigmoid_backward,
    lambda t, g, a: f"({g} * lg_logistic_{t.name}(-{a}))",
    helpers=_logistic_helpers,
)


def _mish_helpers(t: Any) -> str:
    return f"""
{t.name} lg_mish_{t.name}({t.name} a) {{
  {t.name} e = exp({t.choose(f"a > {t.c(40)}", t.c(40), "a")}), n = e * (e + {t.c(2)});
  return a * (n / (n + {t.c(2)}));
}}"""


def _mish_slope_helpers(t: Any) -> str:
    return f"""
{t.name} lg_mish_slope_{t.name}({t.name} a) {{
  a = {t.choose(f"a > {t.c(40)}", t.c(40), "a")};
  {t.name} e = exp(a), n = e * (e + {t.c(2)}), m = n + {t.c(2)};
  return n / m + a * ({t.c(4)} * (e * (e + {t.c(1)}) / m / m));
}}"""


activation(rules.mish, lambda t, a: f"lg_mish_{t.name}({a})", helpers=_mish_helpers)
slope(
    rules.mish_backward,
    lambda t, g, a: f"({g} * lg_mish_slope_{t.name}({a}))",
    helpers=_mish_slope_helpers,
)


def _at_corners(t: Any, a: str, low: str, high: str, between: str) -> str:
    """By where a lies to -3 and 3; NaN lies between."""
    return t.choose(f"{a} <= {t.c(-3)}", low, t.choose(f"{a} >= {t.c(3)}", high, between))


activation(
    rules.hardswish,
    lambda t, a: f"({a} * {_at_corners(t, a, t.c(0), t.c(1), f'(({a} + {t.c(3)}) / {t.c(6)})')})",
)
slope(
    rules.hardswish_backward,
    lambda t, g, a: _at_corners(t, a, t.c(0), g, f"{g} * ({a} / {t.c(3)} + {t.c(0.5)})"),
)
