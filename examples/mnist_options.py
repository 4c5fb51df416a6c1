"""The command line of `mnist.py`: its options, and what it says to wrong ones."""

import argparse
import sys
from pathlib import Path

import lightgrad as light


def number_or_fraction(text):
    """2000 -> int, 0.2 -> float"""
    try:
        value = float(text) if "." in text else int(text)
    except ValueError:
        value = 0
    if value <= 0 or (isinstance(value, float) and value >= 1):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number of images nor a fraction like 0.2"
        )
    return value


def positive(kind):
    """A number above zero."""

    def convert(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is not a positive {kind.__name__}")
        return value

    return convert


def parse_arguments(description):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.error = fail
    data = parser.add_argument_group("data")
    data.add_argument(
        "--dataset",
        choices=("mnist", "digits"),
        help="MNIST (the default; looked for in the folder LIGHTGRAD_DATA, then downloaded), "
        "or the 1,797 digits of 8x8 that come with scikit-learn",
    )
    data.add_argument("--images", metavar="FILE", help="your own images, an IDX file (.gz or not)")
    data.add_argument("--labels", metavar="FILE", help="and their labels, an IDX file")
    data.add_argument(
        "--holdout",
        type=number_or_fraction,
        metavar="N",
        help="images to keep out of the training and test on, as a number or a fraction (MNIST: "
        "its own test images; else 0.2)",
    )
    training = parser.add_argument_group("training")
    training.add_argument(
        "--epochs", type=positive(int), metavar="N", help="passes over the data (8; digits: 40)"
    )
    training.add_argument(
        "--batch-size", type=positive(int), metavar="N", help="images per step (64)"
    )
    training.add_argument(
        "--lr", type=positive(float), metavar="X", help="learning rate of Adam (0.002)"
    )
    training.add_argument(
        "--seed", type=int, metavar="N", help="of the weights, the split and the order (0)"
    )
    training.add_argument(
        "--device",
        default="cpu",
        help=f"one of: {', '.join(devices())}, or opencl:1 for another one (default: cpu)",
    )
    results = parser.add_argument_group("results")
    results.add_argument("--save", metavar="FILE", help="save a checkpoint after every epoch")
    results.add_argument(
        "--resume", metavar="FILE", help="go on from a checkpoint, and save to it again"
    )
    results.add_argument(
        "--plot", metavar="PNG", help="draw curves, filters and predictions into a picture"
    )
    results.add_argument(
        "--smoke", action="store_true", default=None, help="a few steps only, to see that it runs"
    )
    return parser.parse_args()


def devices():
    return light.autograd.devices.registry.names()


def check_arguments(args):
    """Complain now about what would fail only after the training."""
    if bool(args.images) != bool(args.labels):
        fail("--images and --labels go together")
    if args.images and args.dataset:
        fail("--dataset and --images exclude each other")
    if args.images:  # a checkpoint may be resumed from another folder
        args.images, args.labels = (str(Path(p).absolute()) for p in (args.images, args.labels))
    if args.device.partition(":")[0] not in devices():
        fail(f"--device {args.device} is not known; there is: {', '.join(devices())}")
    light.empty(1, device=args.device)  # a device that is missing says so
    for path in filter(None, (args.save, args.plot)):
        if not Path(path).absolute().parent.is_dir():
            fail(f"{path}: the folder {Path(path).parent} does not exist")
    if args.save and Path(args.save).is_dir():
        fail(f"--save {args.save} is a folder; name a file in it")
    if args.plot and Path(args.plot).suffix.lower() not in (".png", ".pdf", ".svg"):
        fail(f"--plot {args.plot}: the name must end in .png, .pdf or .svg")


def complete(args):
    """Fill in what neither the command line nor a checkpoint has said."""
    args.dataset = args.dataset or ("idx" if args.images else "mnist")
    args.batch_size = args.batch_size or 64
    args.lr = args.lr or 2e-3
    args.seed = args.seed or 0
    args.smoke = bool(args.smoke)


def fail(message):
    """One line, and the exit code of wrong usage."""
    print(f"mnist.py: error: {message}", file=sys.stderr)
    sys.exit(2)
