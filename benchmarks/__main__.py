"""``python -m benchmarks [case ...]``: progress on stderr, the table on stdout."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from subprocess import CalledProcessError

from benchmarks import cases, plot, report, runner, sizes


def options(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description="Time lightgrad beside the libraries that are installed.  Progress and "
        "figures as they come go to stderr, the table to stdout.",
    )
    known = runner.known_peers()
    add = parser.add_argument
    add("cases", nargs="*", metavar="case", help=f"of {', '.join(cases.MODULES)} (all that fit)")
    add("--peers", help=f'comma separated, of {", ".join(known)} (all); "" for none')
    add("--device", choices=("cpu", "opencl"), default="cpu", help="where lightgrad runs (cpu)")
    add("--repeats", type=int, default=15, help="blocks of 0.1 s per library (15)")
    add("--threads", type=int, default=2, help="threads per library (2)")
    add("--sizes", action="store_true", help="sweep the sizes of the cases that have several")
    add("--json", metavar="FILE", help="write the figures to this file too")
    add("--markdown", metavar="FILE", help="write the table to this file too")
    add("--plot", metavar="FILE", help="draw them: .png, .svg or .pdf")
    add("--list", action="store_true", help="say what the cases and their peers are, and stop")
    found = parser.parse_args(argv)
    found.named = [p.strip() for p in (found.peers or "").split(",") if p.strip()]
    found.peers = known if found.peers is None else found.named
    for what, given, there in (
        ("case", found.cases, cases.MODULES),
        ("peer", found.peers, known),
    ):
        unknown = [name for name in given if name not in there]
        if unknown:
            parser.error(f"no {what} is called {', '.join(unknown)}; known: {', '.join(there)}")
    if found.repeats < 1 or found.threads < 1:
        parser.error("--repeats and --threads must be at least 1")
    for file in filter(None, (found.json, found.markdown, found.plot)):
        if not Path(file).absolute().parent.is_dir():
            parser.error(f"there is no folder for {file}")
    if found.plot and not found.plot.endswith((".png", ".svg", ".pdf")):
        parser.error(f"--plot writes .png, .svg or .pdf, not {found.plot}")
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


def measure(chosen: argparse.Namespace, rows: list[report.Row]) -> int:
    """Add the rows of all cases as they come; 0 if nothing went wrong."""
    failed = 0
    for name in chosen.cases:
        print(f"{name}: {cases.load(name).SUMMARY}", file=sys.stderr)
        try:
            for row in runner.run(name, chosen, say):
                rows.append(row)
                say("")
                figure = report.amount(row.value, row.unit) or row.note
                print(f"  {row.case} {row.peer}: {figure}", file=sys.stderr, flush=True)
        except (runner.Disagreement, runner.WorkerError, CalledProcessError) as error:
            failed = 1
            print(f"error in {name}: {error}", file=sys.stderr)
        except KeyboardInterrupt:  # what is measured is not lost
            print(f"stopped in {name}", file=sys.stderr)
            return 130
    return failed


def main(argv: list[str] | None = None) -> int:
    chosen = options(argv)
    if chosen.list:
        for name in chosen.cases:
            case = cases.load(name)
            against = f" [{', '.join(found)}]" if (found := cases.peers(case)) else ""
            print(f"{name:12} {case.SUMMARY}{against}")
        return 0
    rows: list[report.Row] = []
    failed = measure(chosen, rows)
    if not rows:
        return failed
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
