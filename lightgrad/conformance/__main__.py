"""``python -m lightgrad.conformance``: the ladder from the command line."""

import argparse
import sys
from pathlib import Path

from lightgrad.conformance import kernels
from lightgrad.conformance import report as reports
from lightgrad.conformance.runner import Stopped, run
from lightgrad.conformance.target import Target
from lightgrad.errors import LightgradError


def main(argv: list[str] | None = None) -> int:
    """Exit code 0 if every level passed, 1 if not, 2 if it could not be run as asked.

    >>> main(["cpu", "--level", "1"])
    conformance of cpu: passed, ...
    0
    """
    parser = _parser()
    args = parser.parse_args(argv)
    if args.backend is None and not args.kernels:
        parser.error("a backend is needed, for instance mypackage:NewTensor")
    try:
        if args.kernels:
            print(kernels.as_text(args.backend, args.ops), end="")
            return 0
        Target(args.backend)  # its errors, before the work
        for path in filter(None, (args.json, args.html)):
            path.touch()
        progress = None if args.only else sys.stderr
        report = run(args.backend, args.level, progress, args.ops, args.only)
    except (LightgradError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except Stopped as stopped:  # what is known by then is not lost
        report = stopped.report
        print()
    if args.json:
        args.json.write_text(reports.as_json(report), encoding="utf-8")
    if args.html:
        args.html.write_text(reports.as_html(report), encoding="utf-8")
    print(reports.summary(report))
    return 0 if report.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m lightgrad.conformance",
        description="Climb the conformance ladder with a backend.",
    )
    parser.add_argument(
        "backend", nargs="?", help="package.module:Class, or a registered name such as cpu"
    )
    parser.add_argument(
        "--level", type=int, default=10, metavar="N", choices=range(1, 11), help="up to this level"
    )
    parser.add_argument("--ops", metavar="PATTERNS", help="only of these ops: sum,conv*")
    parser.add_argument("--only", metavar="CHECK", help="only the check of this name")
    parser.add_argument(
        "--kernels", action="store_true", help="list the kernels a backend may have, and stop"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page to look at")
    return parser


if __name__ == "__main__":
    sys.exit(main())
