"""OpenCL kernels of relu and its relatives."""

from __future__ import annotations

from lightgrad.autograd.opencl.ops.activation import positive
from lightgrad.autograd.opencl.ops.table import activation, binary, slope, unary
from lightgrad.autograd.ops import relu as rules

unary(rules.relu, lambda t, a: t.choose(f"{a} < {t.c(0)}", t.c(0), a))  # nan stays nan
binary(rules.relu_backward, lambda t, g, y: t.choose(f"{y} <= {t.c(0)}", t.c(0), g))

activation(rules.leaky_relu, lambda t, a, k: positive(t, a, a, f"{a} * {k}"))
slope(rules.leaky_relu_backward, lambda t, g, a, k: positive(t, a, g, f"{g} * {k}"))
activation(
    rules.hardtanh,
    lambda t, a, low, high: t.choose(f"{a} < {low}", low, t.choose(f"{a} > {high}", high, a)),
)
slope(
    rules.hardtanh_backward,
    lambda t, g, a, low, high: t.choose(f"({a} <= {low}) | ({a} >= {high})", t.c(0), g),
)
activation(
    rules.exponential_linear,
    lambda t, a, alpha, scale, rate: positive(
        t, a, f"{a} * {scale}", f"expm1({a} * {rate}) * ({alpha} * {scale})"
    ),
)
slope(
    rules.exponential_linear_backward,
    lambda t, g, a, alpha, scale, rate: positive(
        t, a, f"{g} * {scale}", f"exp({a} * {rate}) * ({alpha} * {scale} * {rate}) * {g}"
    ),
)
