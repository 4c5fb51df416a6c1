"""Fit a damped oscillator to its measured motion, through the simulation itself.

    python examples/damped_oscillator.py
    python examples/damped_oscillator.py --plot oscillator.png

A mass of 1 kg hangs on a spring of stiffness k (N/m) in a medium of friction c
(kg/s).  It is pulled 1 m to the side and let go:

    x'' = -k x - c x',      x(0) = 1,  x'(0) = 0

Its position is measured for ten seconds, with errors of 2 cm.  Which k and c does
it have?  The equation is integrated in 1,000 steps of 10 ms, the squared distance
to the measurements is the loss, and backward() carries its gradient through all of
the steps back to k and c.  Nothing here is particular to this equation: any program
that computes positions from parameters can be fitted in this way.

The integrator is leapfrog, with velocities half a step before the positions: the
force changes the velocity, the velocity the position, in turn.  Friction multiplies
the velocity by exp(-c h), half of it before each push of the spring and half after.
k and c are fitted by their logarithms, so that they cannot become negative.
"""

import argparse
import sys
from pathlib import Path

try:
    import numpy as np
    from tqdm import tqdm

    import lightgrad as light
except ModuleNotFoundError as error:
    needs = 'install it with: pip install -e ".[examples]"'
    sys.exit(f"damped_oscillator.py needs {error.name}; {needs}")

STIFFNESS, FRICTION, ERROR = 4.0, 0.3, 0.02  # N/m, kg/s, m: the truth to be found
DURATION = 10.0  # seconds
GUESS = (3.0, 1.0)  # k and c to start from


def exact(times):
    """The solution of the equation in closed form."""
    rate = FRICTION / 2
    w = np.sqrt(STIFFNESS - rate**2)
    return np.exp(-rate * times) * (np.cos(w * times) + rate / w * np.sin(w * times))


def measure(steps, seed):
    """Noisy positions at the end of every step."""
    times = np.arange(1, steps + 1) * (DURATION / steps)
    noise = light.randn(steps, generator=light.Generator(seed), requires_grad=False)
    return light.tensor(exact(times), dtype=light.float64, requires_grad=False) + ERROR * noise


def simulate(stiffness, friction, steps):
    """The positions after each step, differentiable by both parameters."""
    h = DURATION / steps
    decay = (friction * -h).exp()
    kick = stiffness * h * decay.sqrt()  # half of the friction acts before the kick
    x = light.tensor(1.0, dtype=light.float64, requires_grad=False)
    v = kick * x / decay / 2  # at rest at t = 0, so half a kick the other way before
    positions = []
    for _ in range(steps):
        v = v * decay - kick * x
        x = x + v * h
        positions.append(x)
    return light.stack(positions)


def loss_of(parameters, measured):
    """The mean squared distance between simulation and measurement, in m^2."""
    stiffness, friction = parameters.exp()
    return ((simulate(stiffness, friction, len(measured)) - measured) ** 2).mean()


def fit(measured, iterations, rate):
    """Adam on the logarithms of k and c; everything that was tried."""
    parameters = light.tensor(np.log(GUESS))
    optimizer = light.optim.Adam([parameters], lr=rate)
    schedule = light.optim.lr_scheduler.CosineAnnealingLR(optimizer, iterations)
    history = []
    quiet = not sys.stderr.isatty()
    with tqdm(range(iterations), desc="fitting", leave=False, disable=quiet) as bar:
        try:
            for _ in bar:
                optimizer.zero_grad()
                loss = loss_of(parameters, measured)
                loss.backward()
                history.append((*np.exp(parameters.numpy()), loss.item()))
                optimizer.step()
                schedule.step()
                bar.set_postfix_str(f"loss {loss.item():.6f} m^2", refresh=False)
        except KeyboardInterrupt:  # what was found so far is still shown
            pass
    return np.exp(parameters.numpy()), np.array(history).reshape(-1, 3)


def draw(path, measured, found, history):
    """The motion measured and fitted, and the parameters on their way to the truth."""
    import matplotlib.pyplot as plt

    steps = len(measured)
    times = np.arange(1, steps + 1) * (DURATION / steps)
    with light.no_grad():
        first, last = (
            simulate(*light.tensor(np.array(pair)), steps).numpy() for pair in (GUESS, found)
        )
    figure, axes = plt.subplot_mosaic(
        [["motion", "motion"], ["parameters", "loss"]], figsize=(11, 7), layout="constrained"
    )
    motion = axes["motion"]
    motion.plot(times, measured.numpy(), ".", color="#8a929c", markersize=2.5, label="measured")
    motion.plot(times, first, "--", color="#d1373f", linewidth=1.2, label="first guess")
    motion.plot(times, last, color="#2f6db3", linewidth=2, label="fitted")
    motion.set(title="Damped oscillator", xlabel="time (s)", ylabel="position (m)")
    motion.legend(frameon=False, ncols=3)

    for name, i, truth, color in (
        ("stiffness k", 0, STIFFNESS, "#2f6db3"),
        ("friction c", 1, FRICTION, "#2a9d6f"),
    ):
        axes["parameters"].plot(history[:, i] / truth, color=color, linewidth=2, label=name)
    axes["parameters"].axhline(1, color="#222831", linewidth=0.8)
    axes["parameters"].set(title="Found / true", xlabel="iteration", yscale="log")
    axes["parameters"].set_yticks([0.5, 1, 2, 3], ["0.5", "1", "2", "3"])
    axes["parameters"].minorticks_off()
    axes["parameters"].legend(frameon=False)
    axes["loss"].plot(history[:, 2], color="#2f6db3", linewidth=2)
    axes["loss"].axhline(ERROR**2, color="#222831", linewidth=0.8)
    text = {"ha": "right", "va": "top", "xytext": (0, -3), "textcoords": "offset points"}
    axes["loss"].annotate("error of measurement", (len(history) - 1, ERROR**2), **text)
    axes["loss"].set(title="Mean squared distance (m²)", xlabel="iteration", yscale="log")
    axes["loss"].set_ylim(bottom=ERROR**2 / 2)
    figure.savefig(path, dpi=110)
    print(f"drew {path}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=1000, help="of the integration (1000)")
    parser.add_argument("--iterations", type=int, default=120, help="of the fit (120)")
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate of Adam (0.1)")
    parser.add_argument("--seed", type=int, default=0, help="of the errors of measurement (0)")
    parser.add_argument("--plot", metavar="PNG", help="draw the motion and the fit")
    parser.add_argument("--smoke", action="store_true", help="three iterations: a quick check")
    args = parser.parse_args()
    if args.steps < 50:
        parser.error(f"--steps must be at least 50, not {args.steps}: steps would be too coarse")
    if args.iterations < 1:
        parser.error(f"--iterations must be at least 1, not {args.iterations}")
    if not 0 < args.rate < float("inf"):
        parser.error(f"--rate must be above 0, not {args.rate}")
    if args.plot and not args.plot.lower().endswith((".png", ".pdf", ".svg")):
        parser.error(f"--plot {args.plot}: the name must end in .png, .pdf or .svg")
    if args.plot and not Path(args.plot).absolute().parent.is_dir():
        parser.error(f"--plot {args.plot}: that folder does not exist")
    if args.plot:  # better to know now
        try:
            import matplotlib
        except ModuleNotFoundError:
            sys.exit('--plot needs matplotlib; install it with: pip install -e ".[examples]"')
        matplotlib.use("Agg")  # a file, no window

    measured = measure(args.steps, args.seed)
    iterations = 3 if args.smoke else args.iterations
    found, history = fit(measured, iterations, args.rate)
    if len(history) < iterations:
        print(f"stopped after {len(history)} of {iterations} iterations")
    for name, value, truth in (
        ("stiffness", found[0], STIFFNESS),
        ("friction", found[1], FRICTION),
    ):
        print(f"{name:10s} {value:.5f}   truth {truth:.5f}   off by {value / truth - 1:+.3%}")
    if args.plot and len(history):
        draw(args.plot, measured, found, history)
    if len(history) < iterations:
        sys.exit(130)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"damped_oscillator.py: error: {error}")
