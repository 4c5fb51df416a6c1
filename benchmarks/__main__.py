"""``python -m benchmarks [case ...]``: progress on stderr, the table on stdout."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

from benchmarks import cases, plot, report, runner, sizes


def options(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    known = runner.known_peers()
    parser.add_argument("cases", nargs="*", metavar="case", help=f"of {', '.join(cases.MODULES)}")
    parser.add_argument("--peers", help=f"comma separated, of {', '.join(known)} (all)")
    parser.add_argument("--device", choices=("cpu", "opencl"), default="cpu", help="(cpu)")
    parser.add_argument("--repeats", type=int, default=15, help="blocks per library (15)")
    parser.add_argument("--threads", type=int, default=2, help="threads per library (2)")
    parser.add_argument(
        "--sizes", action="store_true", help="sweep the sizes of the cases that have several"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--markdown", metavar="FILE", help="write the table to this file too")
    parser.add_argument("--plot", metavar="FILE", help="draw them: .png, .svg or .pdf")
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
    if found.plot and not importlib.util.find_spec("matplotlib"):
        parser.error("--plot needs matplotlib: pip install matplotlib")
    swept = [n for n in cases.MODULES if hasattr(cases.load(n), "SWEEP")]
    if found.sizes and (fixed := [n for n in found.cases if n not in swept]):
        parser.error(f"no sizes to sweep in {', '.join(fixed)}; only in {', '.join(swept)}")
    fits = [n for n in cases.MODULES if found.device in cases.devices(cases.load(n))]
    found.cases = found.cases or (swept if found.sizes else fits)
    return found


def say(text: str) -> None:
    """One line of progress, rewritten in place on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    chosen = options(argv)
    if chosen.list:
        for name in chosen.cases:
            print(f"{name:12} {cases.load(name).SUMMARY}")
        return 0
    rows: list[report.Row] = []
    failed = 0
    for name in chosen.cases:
        print(f"{name}: {cases.load(name).SUMMARY}", file=sys.stderr)
        try:
            rows += runner.run(name, chosen, say)
        except (runner.Disagreement, runner.WorkerError) as error:
            failed = 1
            print(f"error: {error}", file=sys.stderr)
        except KeyboardInterrupt:  # what is measured is not lost
            failed = 130
            print(f"stopped in {name}", file=sys.stderr)
            break
        say("")
    if chosen.sizes:
        rows += sizes.conclusions(rows)
    print(report.table(rows))
    if chosen.json:
        report.write_json(chosen.json, rows)
    if chosen.markdown:
        Path(chosen.markdown).write_text(report.markdown(rows) + "\n", encoding="utf-8")
    if chosen.plot and chosen.sizes:
        plot.cost(rows, sizes.limits(say), chosen.plot)
    elif chosen.plot:
        plot.ratios(rows, chosen.plot)
    return failed


if __name__ == "__main__":
    sys.exit(main())
