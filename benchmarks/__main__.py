"""``python -m benchmarks [case ...]``: progress on stderr, the table on stdout."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from benchmarks import against, cases, plot, report, runner, sizes

HOW = f"""\
how it is measured, the same for every library and version:
  Each has a process of its own, with --threads threads (OMP_NUM_THREADS and its
  relatives in the environment; torch.set_num_threads), and none is bound to a core.
  The first step, which may compile or fill caches, is not timed: its results are
  compared.  Then they take turns with blocks of about {runner.BLOCK} s, {runner.PAUSE} s
  apart.  Before a block Python's garbage collector runs and one step is taken that
  is not timed; in the block the collector is on, as Python starts it.

--against: another version of lightgrad (a clone, a work tree, an unpacked sdist) is
  run in turns with this one and, as a control, with this one once more.  All three
  processes are started anew --starts times.  Intervals are 95% of a bootstrap of
  starts and blocks.  "not slower": that of new / old begins at {against.NOT_SLOWER:g} or below;
  "undecided": it is wider than {against.USELESS:g}, or the control's is, or leaves out 1.

Ctrl-C and SIGTERM end it early: what is measured by then is printed and written.
"""


class Stopped(KeyboardInterrupt):
    """SIGTERM, treated as Ctrl-C is."""


def options(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description="Time lightgrad beside the libraries that are installed.  Progress and "
        "figures as they come go to stderr, the table to stdout.",
        epilog=HOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = runner.known_peers()
    add = parser.add_argument
    add("cases", nargs="*", metavar="case", help=f"of {', '.join(cases.MODULES)} (all that fit)")
    add("--peers", help=f'comma separated, of {", ".join(known)} (all); "" for none')
    add("--device", choices=("cpu", "opencl"), default="cpu", help="where lightgrad runs (cpu)")
    add("--against", metavar="PATH", help="compare with the lightgrad in this folder, no library")
    add("--repeats", type=int, help="blocks of 0.1 s per library (15; 30 with --against)")
    add("--starts", type=int, help=f"of each process, with --against ({against.STARTS})")
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
    _against(parser, found)
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


def _against(parser: argparse.ArgumentParser, found: argparse.Namespace) -> None:
    """What ``--against`` excludes, and the defaults that depend on it."""
    if found.against is None:
        if found.starts is not None:
            parser.error("--starts is for --against")
        found.repeats = 15 if found.repeats is None else found.repeats
        return
    taken = {"--peers": found.named, "--sizes": found.sizes, "--plot": found.plot}
    if wrong := [name for name, given in taken.items() if given]:
        parser.error(f"{', '.join(wrong)}: not with --against")
    found.repeats = against.REPEATS if found.repeats is None else found.repeats
    found.starts = min(against.STARTS, found.repeats) if found.starts is None else found.starts
    if not 1 <= found.starts <= max(1, found.repeats):
        parser.error("--starts must be at least 1, and at most --repeats")
    if not found.cases:
        found.cases = [n for n in cases.MODULES if against.fits(cases.load(n))]


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM raises :class:`Stopped` in the block."""

    def stop(number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough, figures are being written
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def say(text: str) -> None:
    """One line of progress, rewritten in place on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measure(
    names: list[str],
    run: Callable[[str], Iterator[Any]],
    figures: Callable[[Any], str],
    rows: list[Any],
) -> int:
    """Add the rows of all cases as they come; 0 if nothing went wrong."""
    failed = 0
    for name in names:
        print(f"{name}: {cases.load(name).SUMMARY}", file=sys.stderr)
        try:
            for row in run(name):
                rows.append(row)
                say("")
                print(f"  {row.case} {figures(row)}", file=sys.stderr, flush=True)
        except (runner.Disagreement, runner.WorkerError, CalledProcessError) as error:
            failed = 1
            print(f"error in {name}: {error}", file=sys.stderr)
        except KeyboardInterrupt as stopped:  # what is measured is not lost
            print(f"stopped in {name}", file=sys.stderr)
            return 143 if isinstance(stopped, Stopped) else 130
    return failed


def _write(chosen: argparse.Namespace, rows: list[report.Row]) -> None:
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


def beside_libraries(chosen: argparse.Namespace) -> int:
    rows: list[report.Row] = []
    failed = measure(
        chosen.cases,
        lambda name: runner.run(name, chosen, say),
        lambda row: f"{row.peer}: {report.amount(row.value, row.unit) or row.note}",
        rows,
    )
    if rows:
        _write(chosen, rows)
    return failed


def beside_another(chosen: argparse.Namespace) -> int:
    try:
        tree = against.checked(chosen.against)
    except against.NotACheckout as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    rows: list[against.Row] = []
    failed = measure(
        chosen.cases,
        lambda name: against.run(name, tree, chosen, say),
        lambda row: " ".join(filter(None, against.cells([row])[0][1:])),
        rows,
    )
    if rows:
        print(against.table(rows))
        if chosen.json:
            against.write_json(chosen.json, tree, chosen, rows)
        if chosen.markdown:
            text = against.markdown(rows) + "\n"
            Path(chosen.markdown).write_text(text, encoding="utf-8")
    return failed


def main(argv: list[str] | None = None) -> int:
    chosen = options(argv)
    if chosen.list:
        for name in chosen.cases:
            case = cases.load(name)
            others = f" [{', '.join(found)}]" if (found := cases.peers(case)) else ""
            print(f"{name:12} {case.SUMMARY}{others}")
        return 0
    with stopped_by_sigterm():
        return beside_libraries(chosen) if chosen.against is None else beside_another(chosen)


if __name__ == "__main__":
    sys.exit(main())
