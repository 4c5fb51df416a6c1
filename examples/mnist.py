"""Train a small convolutional network on handwritten digits.

python examples/mnist.py                      MNIST, downloaded on first use
python examples/mnist.py --dataset digits     smaller digits, without a download
python examples/mnist.py --plot result.png    and draw what it has learned
python examples/mnist.py --images my-images.gz --labels my-labels.gz
python examples/mnist.py --smoke              a few steps only, to see that it runs
"""

import itertools
import os
import shlex
import signal
import sys
import time
from pathlib import Path

try:
    from mnist_options import check_arguments, complete, fail, parse_arguments
    from tqdm import tqdm

    import lightgrad as light
    import lightgrad.nn as nn
    from lightgrad.data import MNIST, DataLoader, Subset, digits, idx_pair, random_split
    from lightgrad.errors import (
        DataError,
        DeviceError,
        DownloadError,
        MissingLibraryError,
        StateDictError,
    )
except ModuleNotFoundError as error:
    sys.exit(f'mnist.py needs {error.name}; install it with: pip install -e ".[examples]"')


# ------------------------------------------------------------------ the networks


class CNN(nn.Module):
    """Simple convolutional neural network, for images of 28x28"""

    def __init__(self):
        nn.Module.__init__(self)
        # create convolutional layers
        self.c1 = nn.Conv2d(1, 8, kernel_size=3)
        self.c2 = nn.Conv2d(8, 16, kernel_size=3)
        # create classification layer
        self.l1 = nn.Linear(5 * 5 * 16, 10)

    def forward(self, x):
        # apply convolutions
        y = self.c1(x).max_pool().relu()
        y = self.c2(y).max_pool().relu()
        # classify
        y = self.l1(y.reshape(-1, 5 * 5 * 16))
        return y


class SmallCNN(nn.Module):
    """The same for images of 8x8, where padding saves the few pixels there are"""

    def __init__(self):
        nn.Module.__init__(self)
        self.c1 = nn.Conv2d(1, 32, kernel_size=3, padding=1)
        self.c2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.l1 = nn.Linear(2 * 2 * 64, 10)

    def forward(self, x):
        y = self.c1(x).max_pool().relu()
        y = self.c2(y).max_pool().relu()
        y = self.l1(y.reshape(-1, 2 * 2 * 64))
        return y


def build_model(data):
    """The network for these images, with an output for every label."""
    images, labels = data.tensors
    networks = {(1, 28, 28): CNN, (1, 8, 8): SmallCNN}
    shape = tuple(images.shape[1:])
    if shape not in networks:
        fail(f"the networks in {__file__} take images of 1x28x28 or 1x8x8, not {shape}")
    model = networks[shape]()
    classes = labels.max().item() + 1
    if classes > 10:
        model.l1 = nn.Linear(model.l1.weight.shape[1], classes)
    return model


# ------------------------------------------------------------------ the data


def load_data(args):
    """The whole data set, the part to train on and the part held out for testing."""
    test = None
    if args.dataset == "mnist":
        data, test = load_mnist(args)
    elif args.dataset == "digits":
        data = digits()
    else:
        data = idx_pair(args.images, args.labels)
    if args.holdout is not None or test is None:
        train, test = hold_out(data, args)
    else:
        train = data
    if args.smoke:
        train = Subset(train, range(min(256, len(train))))
        test = Subset(test, range(min(128, len(test))))
    return data, train, test


def load_mnist(args):
    """MNIST's images for training and for testing; the digits if it cannot be had."""
    given = os.environ.get("LIGHTGRAD_DATA")
    if given and MNIST.find(train=True) is None and MNIST.find(train=False) is not None:
        print("LIGHTGRAD_DATA has only the 10,000 test images of MNIST: splitting those.")
        args.holdout = args.holdout or 2000
        return MNIST(train=False), None
    download = not args.smoke
    try:
        train = MNIST(train=True, download=download)
    except (DownloadError, MissingLibraryError) as error:
        if args.resume:
            raise
        print(f"{error}\n\nNo MNIST, so this trains on the digits of scikit-learn instead.")
        args.dataset = "digits"
        return digits(), None
    try:
        return train, MNIST(train=False, download=download)
    except (DownloadError, MissingLibraryError):
        print("The test images of MNIST are missing: holding out some of the others.")
        return train, None


def hold_out(data, args):
    """Split off a number or a fraction of the images at random."""
    wanted = 0.2 if args.holdout is None else args.holdout
    count = wanted if isinstance(wanted, int) else round(wanted * len(data))
    if not 0 < count < len(data):
        fail(f"--holdout {wanted} of {len(data)} images leaves nothing to train on or to test on")
    return random_split(data, [len(data) - count, count], seed=args.seed)


def statistics(data):
    """Mean and standard deviation of all pixels."""
    images = data.batch(range(len(data)))[0]
    return {"mean": images.mean().item(), "std": images.std().item() or 1.0}


def standardize(x, progress, device):
    """Images on the device, their pixels around 0: a network learns faster from those."""
    return (x.to(device) - progress["mean"]) / progress["std"]


# ------------------------------------------------------------------ training


def train_epoch(model, optimizer, loader, progress, args, stop):
    """One epoch, or what is left of it; ends after the running step on Ctrl-C."""
    criterion = nn.CrossEntropyLoss()
    loader.epoch = progress["epoch"]  # with the seed, this decides the order
    done = progress["step"]
    with tqdm(
        desc=f"epoch {progress['epoch'] + 1}/{args.epochs}",
        total=len(loader.dataset),
        initial=done * args.batch_size,
        unit=" images",
        leave=False,
        disable=not sys.stderr.isatty(),
    ) as bar:
        for x, y in itertools.islice(loader, done, None):
            optimizer.zero_grad()
            scores = model(standardize(x, progress, args.device))
            loss = criterion(scores, y.to(args.device))
            loss.backward()
            optimizer.step()

            progress["loss"].append(loss.item())
            progress["step"] += 1
            bar.set_postfix_str(f"loss {progress['loss'][-1]:.4f}", refresh=False)
            bar.update(len(x))
            if stop.requested:
                return
    progress["epoch"] += 1
    progress["step"] = 0


def predict(model, data, progress, device):
    """The most likely class of every image."""
    model.eval()
    with light.no_grad():
        parts = [
            model(standardize(x, progress, device)).argmax(dim=1).tolist()
            for x, _ in DataLoader(data, batch_size=1000)
        ]
    model.train()
    return [label for part in parts for label in part]


def accuracy(model, data, progress, device):
    """The share of images that are classified right."""
    labels = [label for _, y in DataLoader(data, batch_size=1000) for label in y.tolist()]
    predicted = predict(model, data, progress, device)
    hits = [a == b for a, b in zip(predicted, labels, strict=True)]
    return sum(hits) / len(hits)


def train(model, optimizer, loader, test, progress, args, stop):
    """All epochs that are left; saves after each if asked to."""
    while progress["epoch"] < args.epochs and not stop.requested:
        begin, before = time.perf_counter(), progress["step"]
        train_epoch(model, optimizer, loader, progress, args, stop)
        if progress["step"]:
            break  # stopped inside the epoch
        seconds = time.perf_counter() - begin
        progress["accuracy"].append(accuracy(model, test, progress, args.device))

        losses = progress["loss"][-len(loader) :]
        images = len(loader.dataset) - before * args.batch_size
        print(
            f"epoch {progress['epoch']:2d}/{args.epochs}   loss {sum(losses) / len(losses):.4f}"
            f"   hold-out accuracy {progress['accuracy'][-1]:.2%}"
            f"   {max(images, 0) / seconds:8,.0f} images/s",
            flush=True,
        )
        if args.save:
            save(args.save, model, optimizer, progress, args)


class Stop:
    """Ctrl-C: finish the running step and stop; pressed again, stop at once."""

    def __init__(self):
        self.requested = False
        signal.signal(signal.SIGINT, self)

    def __call__(self, signum, frame):
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


# ------------------------------------------------------------------ saving and resuming

DEFAULT_CHECKPOINT = "mnist.checkpoint"

#: what must stay the same for a resumed training to be the same training
FIXED = ("dataset", "images", "labels", "holdout", "batch_size", "lr", "seed", "smoke")


def save(path, model, optimizer, progress, args):
    """Everything that is needed to go on."""
    settings = {name: getattr(args, name) for name in (*FIXED, "epochs")}
    light.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "progress": progress,
            "settings": settings,
        },
        path,
    )


def restore_settings(args):
    """Load a checkpoint and take over its settings, which nothing may contradict."""
    checkpoint = light.load(args.resume, device="cpu")  # the device may have gone, or be another
    if not isinstance(checkpoint, dict) or "progress" not in checkpoint:
        fail(f"{args.resume} was not saved by this script")
    settings = checkpoint["settings"]
    for name in FIXED:
        given = getattr(args, name)
        if given is not None and given != settings[name]:
            option = "--" + name.replace("_", "-")
            fail(f"{option} cannot change on --resume (it was {settings[name]}); leave it out")
        setattr(args, name, settings[name])
    if args.epochs is None:
        args.epochs = settings["epochs"]
    args.save = args.save or args.resume
    return checkpoint


def resume_command(path, args):
    """What to type to go on."""
    words = [sys.orig_argv[0], sys.argv[0], "--resume", str(path)]
    if args.device != "cpu":
        words += ["--device", args.device]
    if args.plot:
        words += ["--plot", args.plot]
    return shlex.join(words)


# ------------------------------------------------------------------ the program


def main():
    args = parse_arguments(__doc__)
    check_arguments(args)
    draw = None
    if args.plot:
        from mnist_plot import draw  # needs matplotlib: better to know now
    checkpoint = restore_settings(args) if args.resume else None
    complete(args)

    data, training, test = load_data(args)
    if args.epochs is None:
        args.epochs = 1 if args.smoke else 40 if args.dataset == "digits" else 8
    light.manual_seed(args.seed)
    model = build_model(data).to(args.device)
    optimizer = light.optim.Adam(model.parameters(), lr=args.lr)
    loader = DataLoader(training, batch_size=args.batch_size, shuffle=True, seed=args.seed)
    progress = {"epoch": 0, "step": 0, "loss": [], "accuracy": [], **statistics(training)}
    if checkpoint:
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        progress = checkpoint["progress"]
        if progress["epoch"] >= args.epochs:
            done = f"{args.resume} has already finished {progress['epoch']} epochs"
            fail(f"{done}; ask for more with --epochs")

    size = sum(p.numel() for p in model.parameters())
    name = Path(args.images).name if args.images else args.dataset
    print(f"{name}: {len(training):,} images to train on, {len(test):,} held out")
    print(f"{type(model).__name__} with {size:,} parameters on {args.device}", flush=True)
    stop = Stop()
    train(model, optimizer, loader, test, progress, args, stop)

    if stop.requested and progress["epoch"] < args.epochs:
        path = args.save or DEFAULT_CHECKPOINT
        save(path, model, optimizer, progress, args)
        print(f"\nStopped and saved. To go on:\n  {resume_command(path, args)}")
        sys.exit(130)
    print(f"final hold-out accuracy {progress['accuracy'][-1]:.2%}")
    if draw:
        predicted = predict(model, test, progress, args.device)
        draw(args.plot, model, progress, test, predicted, name)
        print(f"drew {args.plot}")


if __name__ == "__main__":
    try:
        main()
    except (DataError, DeviceError, MissingLibraryError, StateDictError, OSError) as error:
        fail(" ".join(str(error).split()))
    except KeyboardInterrupt:
        sys.exit(130)
