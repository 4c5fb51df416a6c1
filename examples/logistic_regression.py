"""Logistic regression: the probability of yes or no, by plain gradient descent.

    python examples/logistic_regression.py
    python examples/logistic_regression.py --plot logistic.png

Each observation x has an answer y that is 1 or 0.  The model scores it with a
weighted sum, and the sigmoid turns the score into a probability:

    p(x) = sigmoid(x . b + c),      sigmoid(s) = 1 / (1 + exp(-s))

The likelihood of all the answers is the product of p where y = 1 and of 1 - p
where y = 0.  Minus its logarithm is the binary cross entropy, a sum over the
observations, and the gradient of that leads downhill to the most likely b and c.

The three observations can be separated by a line, so there is no best b: the
longer the descent, the more certain the model.
"""

import argparse
import sys
from pathlib import Path

try:
    import lightgrad as light
    from lightgrad.autograd.functional import value_and_grad
except ModuleNotFoundError as error:
    sys.exit(f"logistic_regression.py needs {error.name}; install it with: pip install -e .")


def double(values):
    """Constants in double precision."""
    return light.tensor(values, dtype=light.float64, requires_grad=False)


X = double([[5, 2], [-1, 0], [5, 2]])
Y = double([1, 0, 1])


def predict(parameters, x):
    """The probability of a 1 for every row of x."""
    return (x @ parameters["b"] + parameters["c"]).sigmoid()


def loss(parameters):
    """Minus the logarithm of the likelihood: binary cross entropy, summed."""
    return light.binary_cross_entropy(predict(parameters, X), Y, reduction="sum")


def descend(steps, rate):
    """Gradient descent from zeros; the parameters and the loss before every step."""
    parameters = {"b": double([0, 0]), "c": double(0)}
    losses = []
    for step in range(steps):
        value, gradient = value_and_grad(loss)(parameters)
        parameters = {name: parameters[name] - rate * gradient[name] for name in parameters}
        losses.append(value.item())
        if step % max(1, steps // 10) == 0:
            print(f"  step {step:4d}   loss {losses[-1]:.5f}")
    return parameters, losses


def draw(path, parameters, losses):
    """The loss on the way down, and the probability over the plane of observations."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        sys.exit('--plot needs matplotlib; install it with: pip install -e ".[examples]"')
    matplotlib.use("Agg")  # a file, no window
    import matplotlib.pyplot as plt
    import numpy as np

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    left.plot(losses, color="#2f6db3", linewidth=2)
    left.set(title="Binary cross entropy", xlabel="step", ylabel="sum over the data", yscale="log")
    left.grid(axis="y", color="#e6e8eb")

    across, up = np.meshgrid(np.linspace(-3, 7, 101), np.linspace(-2, 4, 61))
    points = double(np.stack([across.ravel(), up.ravel()], axis=1))
    chance = predict(parameters, points).numpy().reshape(across.shape)
    image = right.contourf(across, up, chance, np.linspace(0, 1, 21), cmap="RdBu", alpha=0.75)
    right.contour(across, up, chance, [0.5], colors="#222831", linewidths=1.5)
    for label, color in ((1, "#1d4e89"), (0, "#a4161a")):
        chosen = X.numpy()[Y.numpy() == label]
        again = " (twice)" if len(chosen) > 1 else ""
        style = {"s": 90, "color": color, "edgecolor": "white", "zorder": 3}
        right.scatter(*chosen.T, label=f"y = {label}{again}", **style)
    right.set(title="Probability of y = 1; the line is one half", xlabel="$x_1$", ylabel="$x_2$")
    right.legend(loc="upper left")
    figure.colorbar(image, ax=right, ticks=[0, 0.25, 0.5, 0.75, 1])
    figure.savefig(path, dpi=110)
    print(f"drew {path}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=1000, help="number of steps (1000)")
    parser.add_argument("--rate", type=float, default=0.01, help="step size (0.01)")
    parser.add_argument("--plot", metavar="PNG", help="draw the loss and the probabilities")
    parser.add_argument("--smoke", action="store_true", help="ten steps: a quick check")
    args = parser.parse_args()
    if args.steps < 1:
        parser.error(f"--steps must be at least 1, not {args.steps}")
    if not 0 < args.rate < float("inf"):
        parser.error(f"--rate must be above 0, not {args.rate}")
    if args.plot and not args.plot.lower().endswith((".png", ".pdf", ".svg")):
        parser.error(f"--plot {args.plot}: the name must end in .png, .pdf or .svg")
    if args.plot and not Path(args.plot).absolute().parent.is_dir():
        parser.error(f"--plot {args.plot}: that folder does not exist")

    parameters, losses = descend(10 if args.smoke else args.steps, args.rate)
    print(f"b = {parameters['b'].tolist()}, c = {parameters['c'].item()}")
    print("predictions", "  ".join(f"{p:.5f}" for p in predict(parameters, X).tolist()))
    if args.plot:
        draw(args.plot, parameters, losses)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"logistic_regression.py: error: {error}")
