"""A program that Python would run as ``script.py``, ``-m module``, ``-c code`` or ``-``."""

from __future__ import annotations

import io
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from pkgutil import get_importer
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple

from lightgrad.caller import PACKAGE
from lightgrad.torch._core.reading import Source, located

#: flags of Python with which it puts nothing in front of `sys.path`
_SAFE = sys.flags.isolated or getattr(sys.flags, "safe_path", False)


class Program(NamedTuple):
    """Code, and the module `__main__` that it is to run in."""

    code: CodeType
    module: ModuleType


def prepare(given: list[str]) -> Program:
    """Set `sys.argv`, `sys.path` and `__main__` as Python would, and compile the program.

    ``given`` is what would follow ``python`` on the command line.
    """
    target, *rest = given
    if target == "-m":
        name, *rest = rest
        sys.argv[:] = ["-m", *rest]
        return _module(name)
    if target in ("-c", "-"):
        text = rest.pop(0) if target == "-c" else sys.stdin.read()
        sys.argv[:] = [target, *rest]
        _first_on_path("")
        if target == "-c":
            return _main(compile(text, "<string>", "exec", dont_inherit=True))
        code = compile(text, "<stdin>", "exec", dont_inherit=True)
        return _main(code, __file__="<stdin>")
    sys.argv[:] = given
    path = os.path.abspath(target)
    importer = get_importer(path)
    if os.path.isdir(path) or (importer is not None and os.path.isfile(path)):
        return _folder(path, importer)  # or an archive of one
    return _script(path)


def source(given: list[str]) -> tuple[Source, str]:
    """The text of a program, and the folder of its modules; nothing is run or imported."""
    target, *rest = given
    if target == "-c":
        return Source(rest[0], "<string>"), os.getcwd()
    if target == "-":
        text = sys.stdin.read()
        sys.stdin = io.StringIO(text)  # for who runs it
        return Source(text, "<stdin>"), os.getcwd()
    if target == "-m":
        name, folder = rest[0], os.getcwd()
        found = [*located(f"{name}.__main__", folder), *located(name, folder)]
    else:
        path = os.path.abspath(target)
        name, folder = os.path.basename(path).removesuffix(".py"), os.path.dirname(path)
        if os.path.isdir(path):
            name, folder = "__main__", path
        found = list(located(name, folder))
    if not found:
        raise SystemExit(f"{sys.executable}: no text of {' '.join(given[:2])} to report on")
    return found[0], folder


def _script(file: str) -> Program:
    try:
        with io.open_code(file) as opened:
            text = opened.read()
    except OSError as error:
        print(
            f"{sys.executable}: can't open file {file!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    _first_on_path(os.path.dirname(os.path.realpath(file)))
    code = compile(text, file, "exec", dont_inherit=True)
    loader = SourceFileLoader("__main__", file)
    return _main(code, __file__=file, __loader__=loader, __cached__=None)


def _module(name: str) -> Program:
    """What ``python -m name`` runs; the working directory is first on the path already."""
    spec = _found(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name = f"{name}.__main__"
        spec = _found(name)
    get_code = getattr(spec and spec.loader, "get_code", None)
    if spec is None or get_code is None:
        raise SystemExit(f"{sys.executable}: No module named {name}")
    sys.argv[0] = spec.origin or name
    return _of(spec, get_code(spec.name), spec.parent)


def _found(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            return None
        raise


def _folder(path: str, importer: Any) -> Program:
    spec = importer and importer.find_spec("__main__")
    if spec is None:
        raise SystemExit(f"{sys.executable}: can't find '__main__' module in {path!r}")
    _first_on_path(path)
    return _of(spec, spec.loader.get_code("__main__"), "")


def _of(spec: ModuleSpec, code: CodeType, package: str | None) -> Program:
    names = {"__file__": spec.origin, "__loader__": spec.loader, "__package__": package}
    return _main(code, __spec__=spec, __cached__=spec.cached, **names)


def _main(code: CodeType, **names: Any) -> Program:
    module = ModuleType("__main__")
    vars(module).update(__builtins__=sys.modules["builtins"], **names)
    sys.modules["__main__"] = module
    return Program(code, module)


def _first_on_path(folder: str) -> None:
    """Put a folder where that of ``python -m lightgrad.torch`` is, the working directory."""
    if not _SAFE:
        sys.path[0] = folder


def run(program: Program) -> None:
    """Run it; the traceback of an error begins where the program does."""
    exec(program.code, vars(program.module))


def show_without_ours(error: BaseException) -> None:
    """Let Python show an error that is about to end it without the frames of the launcher."""
    hook = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, tb: Any) -> None:
        shown = _without_ours(tb)
        hook(kind, error.with_traceback(shown), shown)

    sys.excepthook = excepthook


def _without_ours(tb: TracebackType | None) -> TracebackType | None:
    """A traceback from the first frame of the program on."""
    launcher = (os.path.join(PACKAGE, "torch", "_core", "program.py"), __file__)
    last = None
    at = tb
    while at is not None:
        if at.tb_frame.f_code.co_filename in launcher:
            last = at
        at = at.tb_next
    return last.tb_next if last is not None else tb
