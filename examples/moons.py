"""Tell two interleaved half moons apart with a small network.

    python examples/moons.py
    python examples/moons.py --plot moons.png    and draw the regions it has learned

A perceptron with two hidden layers of 16 learns 100 points of make_moons, with a
max-margin loss, a little L2 and a learning rate that falls from step to step.
"""

import argparse
import sys
from pathlib import Path

try:
    from sklearn.datasets import make_moons
    from tqdm import trange

    import lightgrad as light
    import lightgrad.nn as nn
except ModuleNotFoundError as error:
    sys.exit(f'moons.py needs {error.name}; install it with: pip install -e ".[examples]"')

STEPS, POINTS = 100, 100
WEIGHT_DECAY = 1e-4
MARGIN = 0.5  # what is drawn around the points
SIDE = 40  # rows and columns of the regions in text


def load_points(seed, device):
    """Points in the plane, and -1 for the upper moon, 1 for the lower."""
    points, moon = make_moons(n_samples=POINTS, noise=0.1, random_state=seed)
    x = light.tensor(points, dtype=light.float32, device=device, requires_grad=False)
    y = light.tensor(moon * 2 - 1, dtype=light.float32, device=device, requires_grad=False)
    return x, y


def build_model():
    """Weights larger than the default: 100 steps are few to grow them in."""
    model = nn.MLP(2, 16, 16, 1)
    for name, p in model.named_parameters():
        nn.init.zeros_(p) if name.endswith("bias") else nn.init.uniform_(p, -1, 1)
    return model


def objective(model, x, y):
    """How far points are on the wrong side of the margin, plus a price on large weights."""
    scores = model(x).reshape(-1)
    data_loss = (1 - y * scores).relu().mean()
    penalty = sum((p * p).sum() for p in model.parameters())
    accuracy = ((scores > 0) == (y > 0)).float().mean()
    return data_loss + WEIGHT_DECAY * penalty, accuracy.item()


def train(model, x, y, steps):
    """Plain gradient descent on all points at once; the loss and accuracy of every step."""
    optim = light.optim.SGD(model.parameters(), lr=1.0)
    schedule = light.optim.lr_scheduler.LambdaLR(optim, lambda k: 1 - 0.9 * k / STEPS)
    history = []
    for k in trange(steps, desc="training", leave=False, disable=not sys.stderr.isatty()):
        optim.zero_grad()
        loss, accuracy = objective(model, x, y)
        loss.backward()
        optim.step()
        schedule.step()
        history.append((loss.item(), accuracy))
        if k % 10 == 0 or k == steps - 1:
            print(f"step {k:3d}   loss {history[-1][0]:.4f}   accuracy {accuracy:.0%}")
    return history


def scores_on_grid(model, x, columns, rows):
    """The model's scores from left to right and, in rows, from top to bottom."""
    low, high = x.amin(dim=0) - MARGIN, x.amax(dim=0) + MARGIN
    (left, bottom), (right, top) = low.tolist(), high.tolist()
    across = light.linspace(left, right, columns)
    down = light.linspace(top, bottom, rows)
    grid = light.stack([across.repeat(rows), down.repeat_interleave(columns)], dim=1)
    with light.no_grad():
        return model(grid.to(x.device)).reshape(rows, columns), (left, right, bottom, top)


def regions(model, x):
    """What the model says of each place: . for one moon, * for the other."""
    scores, _ = scores_on_grid(model, x, SIDE, SIDE)
    return "\n".join(" ".join("*" if s > 0 else "." for s in row) for row in scores.tolist())


def plot(path, model, x, y):
    """The regions in colour, the border and the margin as lines, and the points."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        sys.exit('--plot needs matplotlib; install it with: pip install -e ".[examples]"')
    matplotlib.use("Agg")  # a file, no window
    import matplotlib.pyplot as plt

    scores, extent = scores_on_grid(model, x, 300, 240)
    values, moon = scores.numpy(), y.numpy() > 0
    figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
    axes.imshow(values, cmap="RdBu_r", vmin=-8, vmax=8, extent=extent, alpha=0.7, aspect="auto")
    axes.contour(
        values,
        levels=[-1, 0, 1],
        colors="#222831",
        linestyles=["dashed", "solid", "dashed"],
        linewidths=[0.8, 1.8, 0.8],
        extent=extent,
        origin="upper",
    )
    for kind, colour, label in ((~moon, "#2f6db3", "upper moon"), (moon, "#d1373f", "lower moon")):
        first, second = x.numpy()[kind].T
        axes.scatter(first, second, color=colour, edgecolor="white", s=55, label=label)
    axes.set_title("What the network has learned; dashed: the margin", loc="left", weight="bold")
    axes.legend(loc="upper right")
    axes.spines[:].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the points and the weights (0)"
    )
    parser.add_argument("--device", default="cpu", help="cpu, opencl or opencl:1 (default: cpu)")
    parser.add_argument("--plot", metavar="FILE", help="draw the regions: .png, .pdf or .svg")
    parser.add_argument(
        "--smoke", action="store_true", help="a few steps only, to see that it runs"
    )
    args = parser.parse_args()
    try:
        light.empty(1, device=args.device)
    except light.errors.DeviceError as error:
        parser.error(str(error))
    if not 0 <= args.seed < 2**32:
        parser.error(f"--seed must be from 0 to {2**32 - 1}, not {args.seed}")
    if args.plot:
        path = Path(args.plot)
        if path.suffix.lower() not in (".png", ".pdf", ".svg"):
            parser.error(f"--plot {args.plot}: the name must end in .png, .pdf or .svg")
        if not path.absolute().parent.is_dir():
            parser.error(f"--plot {args.plot}: the folder {path.parent} does not exist")
    return args


def main():
    args = parse_arguments()
    light.manual_seed(args.seed)
    x, y = load_points(args.seed, args.device)
    model = build_model().to(args.device)
    print(f"{POINTS} points, {sum(p.numel() for p in model.parameters())} parameters")
    train(model, x, y, 5 if args.smoke else STEPS)
    loss, accuracy = objective(model, x, y)
    print(f"\nafter training: loss {loss.item():.4f}, accuracy {accuracy:.0%}\n")
    print(regions(model, x))
    if args.plot:
        plot(args.plot, model, x, y)
        print(f"\ndrawn into {args.plot}")


if __name__ == "__main__":
    main()
