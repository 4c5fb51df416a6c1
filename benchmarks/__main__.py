"""``python -m benchmarks [case ...]``: progress on stderr, the table on stdout."""

from __future__ import annotations

import argparse
import sys

from benchmarks import cases, report, runner


def options(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    known = runner.known_peers()
    parser.add_argument("cases", nargs="*", metavar="case", help=f"of {', '.join(cases.MODULES)}")
    parser.add_argument("--peers", help=f"comma separated, of {', '.join(known)} (all)")
    parser.add_argument("--repeats", type=int, default=15, help="blocks per library (15)")
    parser.add_argument("--threads", type=int, default=2, help="threads per library (2)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--list", action="store_true", help="say what the cases are, and stop")
    found = parser.parse_args(argv)
    found.peers = known if found.peers is None else [p for p in found.peers.split(",") if p]
    for what, given, there in (
        ("case", found.cases, cases.MODULES),
        ("peer", found.peers, known),
    ):
        unknown = [name for name in given if name not in there]
        if unknown:
            parser.error(f"no {what} is called {', '.join(unknown)}; known: {', '.join(there)}")
    if found.repeats < 1 or found.threads < 1:
        parser.error("--repeats and --threads must be at least 1")
    return found


def say(text: str) -> None:
    """One line of progress, rewritten in place on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    chosen = options(argv)
    names = chosen.cases or list(cases.MODULES)
    if chosen.list:
        for name in names:
            print(f"{name:8} {cases.load(name).SUMMARY}")
        return 0
    rows: list[report.Row] = []
    for name in names:
        print(f"{name}: {cases.load(name).SUMMARY}", file=sys.stderr)
        try:
            rows += runner.run(name, chosen, say)
        except (runner.Disagreement, runner.WorkerError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        say("")
    print(report.table(rows))
    if chosen.json:
        report.write_json(chosen.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
