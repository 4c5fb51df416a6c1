"""How deadly is a dose?  A Bayesian answer by Hamiltonian Monte Carlo.

    python examples/bayesian_logistic.py
    python examples/bayesian_logistic.py --plot posterior.png
    python examples/bayesian_logistic.py --draws 20000 --chains 16      a long run

The data are a classic (C. I. Bliss, Annals of Applied Biology 22, 1935): eight groups
of beetles were exposed to carbon disulphide for five hours, each to another dose, and
the dead were counted.  Logistic regression gives a beetle's chance to die,

    p = sigmoid(a + b z),     z = the logarithm of the dose, standardized,

and k of the n beetles of a group die with probability ~ p^k (1 - p)^(n - k).  With a
prior, here a and b normal with mean 0 and standard deviation 5, Bayes' rule says how
plausible every (a, b) is after the data: the posterior.  We want averages over it.

Hamiltonian Monte Carlo draws from it like this.  Take minus the logarithm of the
posterior as a landscape, the potential energy U, and (a, b) as a ball in it.  Give the
ball a random push, let it roll for a while without friction, and note where it is.
Rolling needs the slope of U: the gradient.  Leapfrog steps keep the total energy
almost, and accepting the end with probability exp(-gain of energy) makes the draws
exactly right.  All chains roll side by side, as the rows of one matrix.

The first half as many draws again are a warm-up in which the step size is adapted.
Ctrl-C saves the draws so far, and --resume goes on as if nothing had happened.
"""

import argparse
import math
import shlex
import signal
import sys
from pathlib import Path

try:
    import numpy as np
    from tqdm import tqdm

    import lightgrad as light
    from lightgrad.autograd.functional import value_and_grad
    from lightgrad.errors import DataError
except ModuleNotFoundError as error:
    needs = 'install it with: pip install -e ".[examples]"'
    sys.exit(f"bayesian_logistic.py needs {error.name}; {needs}")

# log10 of the dose in mg/l, beetles in the group, dead beetles
DOSE = np.array([1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839])
BEETLES = np.array([59, 60, 62, 56, 63, 59, 62, 60])
DEAD = np.array([6, 13, 18, 28, 52, 53, 61, 60])
PRIOR = 5.0  # standard deviation of a and b before the data
LEAPS = 8  # leapfrog steps per draw
TARGET = 0.85  # acceptance that the warm-up aims at
CHECKPOINT = "bayesian_logistic.checkpoint"

# Posterior means of a, b and the median lethal dose (mg/l) by 64 chains of 5,000
# draws (--chains 64 --draws 5000 --seed 1), with their standard errors.
REFERENCE = {"a": (0.7494, 0.00035), "b": (2.1818, 0.00061), "LD50": (59.1178, 0.00103)}


def double(values):
    """Constants in double precision."""
    return light.tensor(values, dtype=light.float64, requires_grad=False)


CENTER, SCALE = DOSE.mean(), DOSE.std()
Z, N, K = double((DOSE - CENTER) / SCALE), double(BEETLES), double(DEAD)


def potential(position):
    """Minus the logarithm of the posterior of every chain, but for a constant.

    ``position`` is (chains, 2); the result is (chains,).
    """
    a, b = position[:, :1], position[:, 1:]
    score = a + b * Z  # (chains, groups)
    log_likelihood = (K * score.logsigmoid() + (N - K) * (-score).logsigmoid()).sum(1)
    log_prior = (position**2).sum(1) / (-2 * PRIOR**2)
    return -(log_likelihood + log_prior)


def summed(position):
    """One number to differentiate: no chain's energy depends on another's position."""
    energy = potential(position)
    return energy.sum(), energy


slope_and_energy = value_and_grad(summed, has_aux=True)


def roll(state, generator):
    """Push, roll, and accept or return: one draw of every chain."""
    position, slope, energy = state["position"], state["slope"], state["energy"]
    chains = len(position)
    options = {"generator": generator, "requires_grad": False, "dtype": light.float64}
    momentum = light.randn(chains, 2, **options)
    kinetic = (momentum**2).sum(1) / 2
    # a length of the roll that varies a little cannot fall in step with the landscape
    step = state["step"] * (0.8 + 0.4 * light.rand(1, **options).item())

    new, push = position, slope
    moving = momentum - step / 2 * push
    for leap in range(LEAPS):
        new = new + step * moving
        (_, new_energy), push = slope_and_energy(new)
        moving = moving - (step if leap < LEAPS - 1 else step / 2) * push
    gain = new_energy + (moving**2).sum(1) / 2 - energy - kinetic
    chance = (-gain).clamp(max=0).exp().nan_to_num(0.0)
    taken = light.rand(chains, **options) < chance

    state["position"] = light.where(taken.unsqueeze(1), new, position)
    state["slope"] = light.where(taken.unsqueeze(1), push, slope)
    state["energy"] = light.where(taken, new_energy, energy)
    return chance.mean().item()


def begin(chains, seed):
    """Chains that start far apart, so that one can see them meet."""
    generator = light.Generator(seed)
    position = 3 * light.randn(chains, 2, generator=generator, requires_grad=False).double()
    (_, energy), slope = slope_and_energy(position)
    return {
        "position": position,
        "slope": slope,
        "energy": energy,
        "step": 0.1,
        "random": generator.get_state(),
        "draws": [],  # a (chains, 2) array for each, with those of the warm-up
        "acceptance": [],
    }


def sample(state, warmup, draws):
    """Go on until there are ``draws`` after the warm-up; whether it came to that."""
    generator = light.Generator(0).set_state(state["random"])
    total, done = warmup + draws, len(state["draws"])
    quiet = not sys.stderr.isatty()
    stopped = []

    def stop(*_):  # after the running draw; a second Ctrl-C ends at once
        stopped.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, stop)
    chains = len(state["position"])
    print(f"{chains} chains, {warmup:,} draws of warm-up and {draws:,} after it", flush=True)
    with tqdm(total=total, initial=done, unit=" draws", leave=False, disable=quiet) as bar:
        for i in range(done, total):
            if stopped:
                return False
            chance = roll(state, generator)
            if i < warmup:  # Robbins-Monro: ever smaller corrections
                state["step"] *= math.exp((chance - TARGET) / math.sqrt(i + 1))
            state["draws"].append(state["position"].numpy())
            state["acceptance"].append(chance)
            state["random"] = generator.get_state()
            bar.update()
    return True


# ------------------------------------------------------------------ what the draws say


def quantities(draws):
    """a, b and the median lethal dose 10^x, where a + b z(x) = 0, of every draw."""
    a, b = draws[..., 0], draws[..., 1]
    return {"a": a, "b": b, "LD50": 10 ** (CENTER - SCALE * a / b)}


def effective_size(values):
    """How many independent draws (draws, chains) are worth.

    n / (1 + 2 sum of the autocorrelations), summed in pairs until a pair is negative
    (Geyer 1992); the variance between the chains counts as correlation.
    """
    count, chains = values.shape
    centered = values - values.mean(0)
    spectrum = np.fft.rfft(centered, 2 * count, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[:count].mean(1) / count
    within = covariance[0] * count / (count - 1)
    between = values.mean(0).var(ddof=1) if chains > 1 else 0.0
    whole = covariance[0] + between
    correlation = 1 - (within - covariance) / whole
    correlation[0] = 1
    pairs = correlation[: count // 2 * 2].reshape(-1, 2).sum(1)
    pairs = pairs[: int(np.argmax(pairs < 0)) or len(pairs)]
    return count * chains / max(2 * pairs.sum() - 1, 1 / math.log10(count * chains))


def disagreement(values):
    """Split R-hat: near 1 when the halves of all chains look alike (Gelman 1992)."""
    half = len(values) // 2
    parts = np.concatenate([values[:half], values[half : 2 * half]], axis=1)
    within = parts.var(0, ddof=1).mean()
    return math.sqrt((half - 1) / half + parts.mean(0).var(ddof=1) / within)


def report(draws):
    """A line for every quantity."""
    print("            mean      sd    standard error   effective draws   R-hat    long run")
    for name, values in quantities(draws).items():
        size, sd = effective_size(values), values.std()
        reference, _ = REFERENCE[name]
        print(
            f"{name:6s} {values.mean():9.4f} {sd:7.4f} {sd / math.sqrt(size):12.5f} "
            f"{size:16.0f} {disagreement(values):12.3f} {reference:11.4f}"
        )


def draw(path, draws, warmup):
    """The trace of every chain, the posterior, and the curve of mortality."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplot_mosaic(
        [["a", "a", "cloud"], ["b", "b", "curve"]], figsize=(13, 7), layout="constrained"
    )
    shown = draws[: warmup + 500]
    for i, name in enumerate("ab"):
        for chain in range(min(4, draws.shape[1])):
            axes[name].plot(shown[:, chain, i], linewidth=0.6, alpha=0.8)
        axes[name].axvspan(0, warmup, color="#8a929c", alpha=0.2, linewidth=0)
        axes[name].set(ylabel=name, xlim=(0, len(shown)))
        low, high = np.quantile(draws[warmup:, :, i], [0.0005, 0.9995])
        axes[name].set_ylim(low - 0.6 * (high - low), high + 0.6 * (high - low))
    axes["a"].set_title("Trace of four chains (grey: warm-up, left out of the results)")
    axes["b"].set_xlabel("draw")

    kept = draws[warmup:].reshape(-1, 2)
    axes["cloud"].hist2d(*kept.T, bins=40, cmap="Blues")
    axes["cloud"].set(title="Posterior", xlabel="a", ylabel="b")

    dose = np.linspace(1.66, 1.91, 120)
    some = kept[:: max(1, len(kept) // 2000)]
    chance = 1 / (1 + np.exp(-(some[:, :1] + some[:, 1:] * (dose - CENTER) / SCALE)))
    low, middle, high = np.quantile(chance, [0.025, 0.5, 0.975], axis=0)
    band = {"color": "#2f6db3", "alpha": 0.3, "label": "95% of the posterior"}
    axes["curve"].fill_between(10**dose, low, high, **band)
    axes["curve"].plot(10**dose, middle, color="#2f6db3", linewidth=2)
    axes["curve"].plot(10**DOSE, DEAD / BEETLES, "o", color="#222831", label="observed")
    axes["curve"].set(title="Mortality", xlabel="dose (mg/l)", ylabel="share that dies")
    axes["curve"].legend(frameon=False)
    figure.savefig(path, dpi=110)
    print(f"drew {path}")


# ------------------------------------------------------------------ the command line


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, help="per chain, after the warm-up (1000)")
    parser.add_argument("--chains", type=int, help="that run side by side (4)")
    parser.add_argument("--seed", type=int, help="of the random numbers (0)")
    parser.add_argument("--save", metavar="FILE", help="keep the draws for --resume")
    parser.add_argument("--resume", metavar="FILE", help="go on from saved draws")
    parser.add_argument("--plot", metavar="PNG", help="draw traces, posterior and mortality")
    parser.add_argument("--smoke", action="store_true", help="50 draws: a quick check")
    args = parser.parse_args()
    if args.draws is not None and args.draws < 10:
        parser.error(f"--draws must be at least 10, not {args.draws}")
    if args.chains is not None and args.chains < 1:
        parser.error(f"--chains must be at least 1, not {args.chains}")
    if args.resume and (args.chains, args.seed) != (None, None):
        parser.error("--chains and --seed cannot change on --resume; leave them out")
    if args.save and not Path(args.save).absolute().parent.is_dir():
        parser.error(f"--save {args.save}: that folder does not exist")
    if args.plot and not args.plot.lower().endswith((".png", ".pdf", ".svg")):
        parser.error(f"--plot {args.plot}: the name must end in .png, .pdf or .svg")
    if args.plot and not Path(args.plot).absolute().parent.is_dir():
        parser.error(f"--plot {args.plot}: that folder does not exist")
    return args


def main():
    args = parse_arguments()
    if args.plot:  # better to know now
        try:
            import matplotlib
        except ModuleNotFoundError:
            sys.exit('--plot needs matplotlib; install it with: pip install -e ".[examples]"')
        matplotlib.use("Agg")  # a file, no window

    if args.resume:
        saved = light.load(args.resume)
        state, warmup, draws = saved["state"], saved["warmup"], args.draws or saved["total"]
        state["draws"] = list(state["draws"])
    else:
        draws = args.draws or (50 if args.smoke else 1000)
        warmup = draws // 2
        state = begin(args.chains or 4, args.seed or 0)
    finished = sample(state, warmup, draws)

    path = args.save or args.resume or (None if finished else CHECKPOINT)
    if path:
        state["draws"] = np.array(state["draws"])
        light.save({"state": state, "warmup": warmup, "total": draws}, path)
    done = np.array(state["draws"])
    print(f"{max(0, len(done) - warmup):,} draws of each chain, step {state['step']:.3f}")
    if len(done) >= warmup + 10:
        print(f"acceptance {np.mean(state['acceptance'][warmup:]):.1%}")
        report(done[warmup:])
        if args.plot:
            draw(args.plot, done, warmup)
    if not finished:
        command = [sys.executable, sys.argv[0], "--resume", path]
        print(f"Stopped and saved. To go on:\n  {shlex.join(command)}")
        sys.exit(130)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (DataError, OSError) as error:
        sys.exit(f"bayesian_logistic.py: error: {error}")
