"""``python -m lightgrad fuzz``: random programs, compared among oracles."""

import argparse
import difflib
import json
import secrets
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TextIO

from lightgrad.conformance.target import load
from lightgrad.errors import LightgradError
from lightgrad.fuzz import table
from lightgrad.fuzz.coverage import Coverage
from lightgrad.fuzz.draw import FLAVOURS, draw
from lightgrad.fuzz.oracles import Disagreement, Judge
from lightgrad.fuzz.program import Program
from lightgrad.fuzz.script import blamed, write_script
from lightgrad.fuzz.shrink import shrink

_TEXT = """Draw random programs from the op table, run them on a device, and ask four oracles
whether the numbers, the gradients and the refusals are right: the same program in float64 on
NumPy, differences of its values, the CPU if the device is another, and torch if it is installed.
A disagreement beyond rounding is made short and written to a file. The exit code is 1 if there is
one. Program K of a seed is the same everywhere: --seed S --start K --programs 1 runs it again."""


# Long: a line per option.
def add_command(commands: Any) -> None:
    """Add ``fuzz`` to the commands of ``python -m lightgrad``."""
    parser = commands.add_parser(
        "fuzz", help="find wrong numbers with random programs", description=_TEXT
    )
    add = parser.add_argument
    add(
        "--device",
        default="cpu",
        metavar="NAME",
        help="cpu (default), opencl, opencl:1, or your own: its name, or package.module:Class",
    )
    add("--programs", type=_count, metavar="N", help="how many programs (default 1000)")
    add("--seconds", type=_seconds, metavar="S", help="for how long, instead")
    add(
        "--seed",
        type=_from_zero,
        metavar="N",
        help="of the draw; a fresh one is drawn and printed without it",
    )
    add(
        "--start",
        type=_from_zero,
        default=0,
        metavar="K",
        help="the number of the first program (default 0)",
    )
    add(
        "--ops",
        type=_list,
        default=(),
        metavar="LIST",
        help="patterns of ops to draw: conv*,matmul",
    )
    add("--dtypes", type=_dtypes, default=(), metavar="LIST", help="dtypes to draw: float16,int64")
    add(
        "--mostly",
        choices=sorted(set(FLAVOURS)),
        default="",
        help="what all programs are about: views (and changes of them in place), training, ...",
    )
    add(
        "--oracles",
        type=_oracles,
        default=(),
        metavar="LIST",
        help="float64,differences,cpu,torch (all)",
    )
    add(
        "--most",
        type=_count,
        default=20,
        metavar="N",
        help="stop after so many disagreements (default 20)",
    )
    add(
        "--out",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where scripts are written (default .)",
    )
    add("--json", type=Path, metavar="FILE", help="write everything to a file as JSON")
    add("--quiet", action="store_true", help="no table of coverage at the end")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def _from_zero(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not {text!r}")
    return seconds


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _of(names: tuple[str, ...]) -> Any:
    def read(text: str) -> tuple[str, ...]:
        wrong = [part for part in _list(text) if part not in names]
        if wrong:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(names)}")
        return _list(text)

    return read


_dtypes = _of((*table.FLOATS, *table.WHOLE))
_oracles = _of(("float64", "differences", "cpu", "torch"))


def _known(pattern: str) -> None:
    """Refuses a pattern that matches no op, beside others that may."""
    names = list(table.by_op())
    if any(fnmatchcase(name, pattern) for name in names):
        return
    close = difflib.get_close_matches(pattern, names, 3, 0.4)
    hint = f"; close to it: {', '.join(close)}" if close else ""
    raise LightgradError(f"no op of the table matches {pattern!r} of --ops{hint}")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 if nothing disagrees, 1 if something does, 2 if it could not be run as asked."""
    try:
        judge = Judge(load(args.device), args.oracles)
        if not judge.oracles:
            raise LightgradError(
                f"nobody is left to ask of --oracles {','.join(args.oracles)}: cpu is for another "
                f"--device than cpu, and torch has to be installed"
            )
        for pattern in args.ops:
            _known(pattern)
        cells = table.cells(args.ops, args.dtypes)
        if not cells:
            raise LightgradError(
                f"no op of the table matches --ops {','.join(args.ops) or '*'} and --dtypes "
                f"{','.join(args.dtypes)}"
            )
        args.out.mkdir(parents=True, exist_ok=True)  # rather than when something is found
        if args.json:
            args.json.touch()
    except (LightgradError, OSError) as error:
        print(f"fuzz: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nfuzz: stopped before the first program", file=sys.stderr)
        return 2
    seed = secrets.randbelow(10**6) if args.seed is None else args.seed
    print(f"seed {seed}, device {args.device}, oracles {', '.join(judge.oracles)}")
    session = Session(args, judge, seed)
    try:
        session.work()
    except KeyboardInterrupt:
        print("\nstopped; so far:")
    return session.report(cells)


class Session:
    """Programs one after the other, and what came of them."""

    def __init__(self, args: argparse.Namespace, judge: Judge, seed: int) -> None:
        self.args, self.judge, self.seed = args, judge, seed
        self.coverage = Coverage()
        self.found: list[dict[str, Any]] = []
        self.began = time.monotonic()

    def work(self) -> None:
        """Until there are enough programs, seconds or disagreements."""
        args = self.args
        last = args.start + (args.programs or (10**12 if args.seconds else 1000))
        progress = Progress(sys.stderr)
        number = args.start
        while number < last and len(self.found) < args.most:
            spent = time.monotonic() - self.began
            if args.seconds and spent > args.seconds:
                break
            program = draw(self.seed, number, args.ops, args.dtypes, args.mostly)
            outcome, said = self.judge.judge(program)
            self.coverage.add(program, outcome)
            if said:
                progress.clear()
                self._take(program, said[0])
            number += 1
            progress.show(number - args.start, len(self.found), spent)
        progress.clear()

    def _take(self, program: Program, said: Disagreement) -> None:
        """Shrink it, write it down, and say so."""
        try:
            program, said = shrink(program, self.judge, said)
        except KeyboardInterrupt:  # what was found stays, as long as it is
            self._write(program, said)
            raise
        self._write(program, said)

    def _write(self, short: Program, said: Disagreement) -> None:
        path = write_script(self.args.out, short, said, self.args.device)
        op = blamed(short, said)
        print(
            f"program {short.number}: {op}: {said}\n  {len(short.steps)} steps in {path}",
            flush=True,
        )
        self.found.append(
            {
                "seed": self.seed,
                "program": short.number,
                "op": op,
                "oracle": said.oracle,
                "what": said.what,
                "detail": said.detail,
                "script": str(path),
            }
        )

    def report(self, cells: list[table.Cell]) -> int:
        """The table, the counts, JSON; returns the exit code."""
        if not self.args.quiet:
            print(self.coverage.text(cells))
        seconds = time.monotonic() - self.began
        again = f"--seed {self.seed} --start {self.args.start}"
        print(
            f"{self.coverage.programs} programs in {seconds:.0f} s, "
            f"{_disagreements(len(self.found))}; again: {again}"
        )
        if self.args.json:
            everything = {
                "seed": self.seed,
                "start": self.args.start,
                "device": self.args.device,
                "oracles": self.judge.oracles,
                "seconds": seconds,
                "found": self.found,
                "coverage": self.coverage.as_dict(cells),
            }
            self.args.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
        return 1 if self.found else 0


def _disagreements(n: int) -> str:
    return f"{n} disagreement{'s' * (n != 1)}"


class Progress:
    """A line that is written over, or now and then a new one where there is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.terminal = stream, stream.isatty()
        self.last = time.monotonic()

    def show(self, programs: int, disagreements: int, seconds: float) -> None:
        now = time.monotonic()
        if now - self.last < (1 if self.terminal else 20):
            return
        self.last = now
        line = f"{programs} programs, {_disagreements(disagreements)}, {seconds:.0f} s"
        self.stream.write(f"\r{line}\x1b[K" if self.terminal else f"{line}\n")
        self.stream.flush()

    def clear(self) -> None:
        if self.terminal:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
