"""The command line of ``python -m lightgrad.torch``."""

from __future__ import annotations

import argparse
import atexit
import os
import signal
import sys

import lightgrad
from lightgrad.errors import LightgradError
from lightgrad.torch._core import program
from lightgrad.torch._core.finder import install
from lightgrad.torch._core.reading import uses
from lightgrad.torch._core.report import Report
from lightgrad.torch._core.watching import watched

_EPILOG = """\
What follows the program is its own, as after "python". It is a script, a folder or an archive
with a __main__.py, "-m module", "-c code", or "-" for the standard input.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m lightgrad.torch",
        usage="%(prog)s [options] (script.py | -m module | -c code | -) [argument ...]",
        description="Run a program that imports torch on lightgrad, without PyTorch.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--device",
        metavar="NAME",
        help='what "cuda" means: opencl, opencl:1 or another backend; there is no cuda otherwise',
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="say at the end which names of torch are missing or differ, where, and what to do",
    )
    parser.add_argument("--no-run", action="store_true", help="report without running the program")
    parser.add_argument("--json", action="store_true", help="the report as a line of JSON")
    version = f"lightgrad {lightgrad.__version__}"
    parser.add_argument("--version", action="version", version=version)
    return parser


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """The options of the launcher, and the program with its arguments.

    >>> split(["--device", "opencl", "train.py", "--device", "cpu"])
    (['--device', 'opencl'], ['train.py', '--device', 'cpu'])
    """
    at = 0
    while at < len(argv) and argv[at].startswith("-") and argv[at] not in ("-m", "-c", "-"):
        at += 2 if argv[at] == "--device" else 1
    return argv[:at], argv[at:]


def main(argv: list[str]) -> int:
    """Run the command line; an error of the program is raised, for Python to show and end."""
    parser = _parser()
    mine, given = split(argv)
    options = parser.parse_args(mine)
    if not given or (given[0] in ("-m", "-c") and len(given) == 1):
        parser.error("which program? a script, -m module, -c code, or - for the standard input")
    try:
        install(options.device)
    except LightgradError as error:
        parser.error(str(error))
    if not (options.report or options.no_run):
        _run(given)
        return 0
    source, folder = program.source(given)
    read = uses(source, folder)
    if options.no_run:
        report = Report(read)
        print(report.as_json() if options.json else report.as_text())
        return int(report.lacks)
    with watched() as ran:
        try:
            _run(given)
        finally:
            sys.stdout.flush()
            report = Report(read, ran)
            if options.json:
                print(report.as_json())
            else:
                print(report.as_text(), file=sys.stderr)
    return 0


def _run(given: list[str]) -> None:
    interrupted: list[bool] = []
    atexit.register(_end, interrupted)  # before those of the program, so that it is called last
    try:
        program.run(program.prepare(given))
    except BaseException as error:
        program.show_without_ours(error)
        if isinstance(error, KeyboardInterrupt):
            interrupted.append(True)
        raise


def _end(interrupted: list[bool]) -> None:
    """After Ctrl-C end by the signal, as Python does, so that a shell knows."""
    if interrupted and os.name == "posix":
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
