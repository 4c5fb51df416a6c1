"""The picture that `mnist.py --plot` draws."""

import sys

import numpy as np

try:
    import matplotlib
except ModuleNotFoundError:
    sys.exit('--plot needs matplotlib; install it with: pip install -e ".[examples]"')
matplotlib.use("Agg")  # a file, no window
import matplotlib.pyplot as plt

INK, SOFT, BLUE, GREEN, RED = "#222831", "#8a929c", "#2f6db3", "#2a9d6f", "#d1373f"
ROWS, COLUMNS = 6, 8
STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": "#e6e8eb",
}


def draw(path, model, progress, test, predictions, name):
    """Curves of loss and accuracy, the filters of the first layer, and predictions."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(14, 8.2), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12, wspace=0.04, hspace=0.04)
        left, right = figure.subfigures(1, 2, width_ratios=(1, 1.25))
        curves, filters = left.subfigures(2, 1, height_ratios=(2.2, 1))
        top, bottom = curves.subplots(2, 1, sharex=True)
        draw_loss(top, progress)
        draw_accuracy(bottom, progress)
        draw_filters(filters, model)
        draw_predictions(right, test, predictions)
        figure.suptitle(
            f"{name}: hold-out accuracy {progress['accuracy'][-1]:.2%}",
            fontsize=16,
            fontweight="bold",
        )
        figure.savefig(path, dpi=110)
        plt.close(figure)


def draw_loss(axes, progress):
    """The loss of every step, faint, and its mean over some neighbours."""
    loss = np.array(progress["loss"])
    epochs = np.arange(1, len(loss) + 1) / len(loss) * len(progress["accuracy"])
    window = max(1, len(loss) // 40)
    smooth = np.convolve(loss, np.ones(window) / window, mode="valid")
    axes.plot(epochs, loss, color=BLUE, alpha=0.2, linewidth=0.8, label="each step")
    axes.plot(epochs[window - 1 :], smooth, color=BLUE, linewidth=2, label=f"mean of {window}")
    axes.set(title="Training loss", ylabel="cross-entropy", yscale="log")
    axes.grid(axis="y")
    axes.legend(frameon=False, loc="upper right")


def draw_accuracy(axes, progress):
    """The accuracy after every epoch."""
    percent = 100 * np.array(progress["accuracy"])
    epochs = np.arange(1, len(percent) + 1)
    axes.plot(epochs, percent, color=GREEN, linewidth=2, marker="o", markersize=4)
    axes.set(title="Hold-out accuracy", xlabel="epoch", ylabel="percent right")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y")


def draw_filters(figure, model):
    """The weights of the first layer, on one scale around zero."""
    weights = model.c1.weight.detach().cpu().numpy()[:, 0]
    limit = np.abs(weights).max()
    columns = 4 if len(weights) <= 8 else 8
    grid = figure.subplots(-(-len(weights) // columns), columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, weight in zip(grid.flat, weights, strict=False):
        image = axes.imshow(weight, cmap="RdBu_r", vmin=-limit, vmax=limit)
    caption(figure, "Filters of the first layer")
    bar = figure.colorbar(image, ax=grid, shrink=0.9, aspect=12, pad=0.03)
    bar.outline.set_visible(False)
    bar.set_ticks([-limit, 0, limit], labels=[f"{-limit:.1f}", "0", f"{limit:.1f}"])


def draw_predictions(figure, test, predictions):
    """Some wrong ones first, in red with the true label, then right ones."""
    truth = np.array([int(test[i][1]) for i in range(len(test))])
    wrong = np.flatnonzero(truth != predictions)
    right = np.flatnonzero(truth == predictions)
    bad = wrong[: 2 * COLUMNS]
    chosen = [*bad, *right[: ROWS * COLUMNS - len(bad)]]
    grid = figure.subplots(ROWS, COLUMNS)
    for axes in grid.flat:
        axes.axis("off")
    for axes, i in zip(grid.flat, chosen, strict=False):
        axes.imshow(test[int(i)][0].numpy()[0], cmap="gray_r", vmin=0, vmax=1)
        miss = truth[i] != predictions[i]
        text = f"{predictions[i]}, not {truth[i]}" if miss else f"{predictions[i]}"
        axes.set_title(
            text,
            color=RED if miss else INK,
            loc="center",
            fontsize=10,
            fontweight="bold" if miss else "normal",
            pad=4,
        )
    shown = ", in red" if len(bad) else ""
    if len(bad) < len(wrong):
        shown = f", {len(bad)} of them here in red"
    caption(figure, f"Predictions: {len(wrong):,} of {len(truth):,} wrong{shown}")


def caption(figure, text):
    """A title like those of the axes, for a group of them."""
    figure.suptitle(text, x=0.02, ha="left", fontsize=12, fontweight="bold")
