"""``python -m lightgrad <command>``: doctor looks at this machine, fuzz for wrong numbers."""

from __future__ import annotations

import argparse
import sys

from lightgrad import doctor
from lightgrad.fuzz import cli as fuzz


def main(argv: list[str] | None = None) -> int:
    """Run a command of the command line; returns its exit code."""
    parser = argparse.ArgumentParser("python -m lightgrad", description="Tools for this machine.")
    commands = parser.add_subparsers(required=True, metavar="command")
    doctor.add_command(commands)
    fuzz.add_command(commands)
    args = parser.parse_args(argv)
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
