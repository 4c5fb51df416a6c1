"""Linear regression: how stiff is a spring, and how sure can we be?

    python examples/linear_regression.py
    python examples/linear_regression.py --plot spring.png

A spring is loaded with known forces F (newton) and its length l (millimetre) is
measured, each time with an error of the same spread.  Hooke's law is a line,

    l = l0 + s F

with the length at rest l0 and the compliance s.  The most likely line has the
least sum of squared errors E.  Three ways lead there:

1. gradient descent, which needs the gradient of E and many small steps;
2. Newton's method, which needs the matrix H of second derivatives too.  E is a
   parabola in (l0, s), so one step, -H^-1 grad E, leads to the bottom;
3. the formula of the textbook, (A^T A)^-1 A^T l, to compare with.

The curvature also tells how well the data fix the parameters: their covariance
is 2 v H^-1, v being the variance of the measurements around the line.
"""

import argparse
import sys
from pathlib import Path

try:
    import numpy as np

    import lightgrad as light
    from lightgrad.autograd.functional import grad, hessian, value_and_grad
except ModuleNotFoundError as error:
    sys.exit(f"linear_regression.py needs {error.name}; install it with: pip install -e .")

REST, COMPLIANCE, ERROR = 120.0, 4.5, 1.5  # mm, mm/N, mm


def double(values):
    """Constants in double precision."""
    return light.tensor(values, dtype=light.float64, requires_grad=False)


def measure(count, seed):
    """Forces from 0 to 10 N and the lengths measured."""
    noise = light.randn(count, generator=light.Generator(seed), requires_grad=False).double()
    force = light.linspace(0, 10, count, dtype=light.float64, requires_grad=False)
    return force, REST + COMPLIANCE * force + ERROR * noise


def squared_error(line, force, length):
    """Sum of the squared distances from the line, in mm^2."""
    return ((line[0] + line[1] * force - length) ** 2).sum()


def descend(force, length, steps, rate):
    """Gradient descent on the mean squared error; every line on the way."""
    line, count = double([length.mean().item(), 0.0]), len(force)
    path = [line]
    for step in range(steps):
        value, slope = value_and_grad(squared_error)(line, force, length)
        line = line - rate / count * slope
        path.append(line)
        if step % max(1, steps // 10) == 0:
            print(f"  step {step:4d}   mean squared error {value.item() / count:9.4f} mm^2")
    return path


def newton(force, length):
    """One step from zero, and the second derivatives."""
    start = double([0.0, 0.0])
    slope = grad(squared_error)(start, force, length)
    curvature = hessian(lambda line: squared_error(line, force, length), start)
    step = np.linalg.solve(curvature.numpy(), slope.numpy())
    return start - double(step), curvature


def draw(path, force, length, lines, best, covariance):
    """The measurements with the line and its uncertainty; the way of the descent."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        sys.exit('--plot needs matplotlib; install it with: pip install -e ".[examples]"')
    matplotlib.use("Agg")  # a file, no window
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    x = np.linspace(0, 10, 50)
    design = np.stack([np.ones_like(x), x], axis=1)
    y = design @ best
    spread = 2 * np.sqrt(((design @ covariance) * design).sum(1))
    label = "line, ±2 standard errors"
    left.fill_between(x, y - spread, y + spread, color="#2f6db3", alpha=0.25, label=label)
    left.plot(x, y, color="#2f6db3", linewidth=2)
    left.plot(force.numpy(), length.numpy(), "o", color="#222831", markersize=4, label="measured")
    left.set(title="Length of a loaded spring", xlabel="force (N)", ylabel="length (mm)")
    left.legend(frameon=False)

    way = np.array([line.tolist() for line in lines])
    low, high = way.min(0), way.max(0)
    margin = 0.15 * (high - low) + 0.1
    grid = [np.linspace(a - m, b + m, 80) for a, b, m in zip(low, high, margin, strict=True)]
    rest, compliance = np.meshgrid(*grid)
    f, lengths = force.numpy(), length.numpy()
    errors = ((rest[..., None] + compliance[..., None] * f - lengths) ** 2).mean(-1)
    right.contour(rest, compliance, np.log(errors), 14, cmap="Greys_r", linewidths=0.8)
    right.plot(*way.T, "-o", color="#d1373f", markersize=2.5, linewidth=1, label="descent")
    right.plot(*best, "*", color="#2a9d6f", markersize=15, label="Newton, one step")
    right.set(title="The way down", xlabel="length at rest (mm)", ylabel="compliance (mm/N)")
    right.legend(frameon=False)
    figure.savefig(path, dpi=110)
    print(f"drew {path}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=40, help="number of measurements (40)")
    parser.add_argument("--steps", type=int, default=1000, help="steps of the descent (1000)")
    parser.add_argument("--rate", type=float, default=0.02, help="step size (0.02)")
    parser.add_argument("--seed", type=int, default=0, help="of the errors of measurement (0)")
    parser.add_argument("--plot", metavar="PNG", help="draw the line and the way down")
    parser.add_argument("--smoke", action="store_true", help="ten steps: a quick check")
    args = parser.parse_args()
    if args.points < 3:
        parser.error(f"--points must be at least 3, not {args.points}")
    if args.steps < 1:
        parser.error(f"--steps must be at least 1, not {args.steps}")
    if not 0 < args.rate <= 0.025:
        parser.error(f"--rate must be above 0 and at most 0.025, not {args.rate}: it would diverge")
    if args.plot and not args.plot.lower().endswith((".png", ".pdf", ".svg")):
        parser.error(f"--plot {args.plot}: the name must end in .png, .pdf or .svg")
    if args.plot and not Path(args.plot).absolute().parent.is_dir():
        parser.error(f"--plot {args.plot}: that folder does not exist")

    force, length = measure(args.points, args.seed)
    lines = descend(force, length, 10 if args.smoke else args.steps, args.rate)
    best, curvature = newton(force, length)
    design = np.stack([np.ones(args.points), force.numpy()], axis=1)
    formula = np.linalg.lstsq(design, length.numpy(), rcond=None)[0]
    print("                       rest (mm)   compliance (mm/N)")
    for name, line in (("descent", lines[-1]), ("Newton", best), ("formula", formula)):
        print(f"{name:18s}  {line[0]:12.6f}  {line[1]:18.6f}")

    variance = squared_error(best, force, length).item() / (args.points - 2)
    covariance = 2 * variance * np.linalg.inv(curvature.numpy())
    errors = np.sqrt(np.diag(covariance))
    print(f"{'standard error':18s}  {errors[0]:12.6f}  {errors[1]:18.6f}")
    print(f"{'truth':18s}  {REST:12.6f}  {COMPLIANCE:18.6f}")
    if args.plot:
        draw(args.plot, force, length, lines, best.numpy(), covariance)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"linear_regression.py: error: {error}")
