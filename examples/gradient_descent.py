"""Gradient descent on a small expression, in three forms that give the same numbers.

    python examples/gradient_descent.py

First by hand, then with an optimizer, then with a module that holds the tensors.
"""

import argparse
import sys

try:
    import lightgrad as light
    import lightgrad.nn as nn
except ModuleNotFoundError as error:
    sys.exit(f"gradient_descent.py needs {error.name}; install it with: pip install -e .")


def report(epoch, epochs, y):
    """Print the objective ten times on the way down."""
    if epoch % max(1, epochs // 10) == 0 or epoch == epochs - 1:
        print(f"  step {epoch:4d}   objective {y.sum().item():10.3f}")


def by_hand(epochs, lr, seed):
    light.manual_seed(seed)
    # create tensors
    a = light.uniform(-1, 1, shape=(10, 10))
    b = light.uniform(-1, 1, shape=(10, 10))
    c = light.uniform(-1, 1, shape=(10, 10))
    # objective to minimize
    f = lambda: (a.tanh() + b.sigmoid()) @ (c.relu() - a.sigmoid())  # noqa: E731

    for epoch in range(epochs):
        # y is a matrix: allow_fill starts from ones, so the sum of y is minimized
        y = f()
        y.backward(allow_fill=True)
        report(epoch, epochs, y)

        # the update itself must not be recorded
        with light.no_grad():
            a -= lr * a.grad
            b -= lr * b.grad
            c -= lr * c.grad

        # gradients add up until they are reset
        a.zero_grad()
        b.zero_grad()
        c.zero_grad()
    return f().sum().item()


def with_an_optimizer(epochs, lr, seed):
    light.manual_seed(seed)
    a = light.uniform(-1, 1, shape=(10, 10))
    b = light.uniform(-1, 1, shape=(10, 10))
    c = light.uniform(-1, 1, shape=(10, 10))
    f = lambda: (a.tanh() + b.sigmoid()) @ (c.relu() - a.sigmoid())  # noqa: E731

    # the optimizer resets the gradients and updates the tensors
    optim = light.optim.SGD([a, b, c], lr=lr)
    for epoch in range(epochs):
        optim.zero_grad()
        y = f()
        y.backward(allow_fill=True)
        optim.step()
        report(epoch, epochs, y)
    return f().sum().item()


class SimpleModule(nn.Module):
    """A module that holds a few parameters."""

    def __init__(self):
        nn.Module.__init__(self)
        self.a = light.uniform(-1, 1, shape=(10, 10))
        self.b = light.uniform(-1, 1, shape=(10, 10))
        self.c = light.uniform(-1, 1, shape=(10, 10))

    def forward(self):
        return (self.a.tanh() + self.b.sigmoid()) @ (self.c.relu() - self.a.sigmoid())


def with_a_module(epochs, lr, seed):
    light.manual_seed(seed)
    # any tensor attribute is a parameter
    f = SimpleModule()
    optim = light.optim.SGD(f.parameters(), lr=lr)
    for epoch in range(epochs):
        optim.zero_grad()
        y = f()
        y.backward(allow_fill=True)
        optim.step()
        report(epoch, epochs, y)
    return f().sum().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100, help="number of steps (100)")
    parser.add_argument("--lr", type=float, default=0.1, help="step size (0.1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the initial tensors (0)")
    parser.add_argument("--smoke", action="store_true", help="five steps: a quick check")
    args = parser.parse_args()
    if args.epochs < 1:
        parser.error(f"--epochs must be at least 1, not {args.epochs}")
    if not 0 < args.lr < float("inf"):
        parser.error(f"--lr must be above 0, not {args.lr}")
    epochs = 5 if args.smoke else args.epochs

    for form in (by_hand, with_an_optimizer, with_a_module):
        print(form.__name__.replace("_", " "))
        final = form(epochs, args.lr, args.seed)
        print(f"  at the end  objective {final:10.3f}\n")


if __name__ == "__main__":
    main()
