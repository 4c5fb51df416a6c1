"""``python -m lightgrad <command>``: doctor looks at this machine, fuzz for wrong numbers."""

from __future__ import annotations

import argparse
import os
import sys

from lightgrad import doctor
from lightgrad.fuzz import cli as fuzz


def main(argv: list[str] | None = None) -> int:
    """Run a command of the command line; returns its exit code."""
    parser = argparse.ArgumentParser("python -m lightgrad", description="Tools for this machine.")
    commands = parser.add_subparsers(metavar="command")
    doctor.add_command(commands)
    fuzz.add_command(commands)
    args = parser.parse_args(argv)
    if "run" not in args:
        parser.print_help(sys.stderr)
        return 2
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 2
    except BrokenPipeError:  # who reads the output has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


if __name__ == "__main__":
    sys.exit(main())
