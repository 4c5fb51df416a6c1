"""Downloads with checksums, from whichever mirror answers."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightgrad.data.optional import load
from lightgrad.errors import DataError, DownloadError

_TIMEOUT = 20  # seconds without a byte


def cache_folder() -> Path:
    """Where this system keeps what can be downloaded again."""
    return Path(_pooch().os_cache("lightgrad"))


def fetch(name: str, md5: str, folder: Path, mirrors: Sequence[str], progress: bool) -> Path:
    """One file from the first mirror that has it whole.

    It is downloaded beside its place and moved there once its checksum is
    right; what an earlier run has finished is not downloaded again.
    """
    pooch = _pooch()
    pooch.get_logger().setLevel(logging.WARNING)
    failures = []
    for mirror in mirrors:
        bar: Any = _progress_bar(name) if progress else False
        try:
            return Path(
                pooch.retrieve(
                    mirror.rstrip("/") + "/" + name,
                    known_hash=f"md5:{md5}",
                    fname=name,
                    path=folder,
                    downloader=pooch.HTTPDownloader(
                        progressbar=bar, timeout=_TIMEOUT, chunk_size=1 << 16
                    ),
                )
            )
        except Exception as error:
            failures.append(f"\n  {mirror}: {_reason(error, folder)}")
        finally:
            if bar is not False:
                bar.close()
    tried = "".join(failures) or " no mirrors given"
    raise DownloadError(f"{name} could not be downloaded:{tried}")


def _reason(error: Exception, folder: Path) -> str:
    """A failed download in one line."""
    web: Any = load("requests.exceptions", "requests", "downloading")
    if isinstance(error, web.HTTPError):
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, web.Timeout):
        return f"no answer within {_TIMEOUT} seconds"
    if isinstance(error, web.SSLError):
        return f"the secure connection failed ({error})"
    if isinstance(error, web.ChunkedEncodingError):
        return "the connection broke before the file was complete"
    if isinstance(error, web.ConnectionError):
        return "no connection (refused, or no network)"
    if isinstance(error, web.RequestException):
        return str(error)
    if isinstance(error, ValueError) and "hash" in str(error):
        return f"wrong checksum ({str(error).partition('known hash: ')[2].partition('. ')[0]})"
    if isinstance(error, OSError):
        raise DataError(
            f"{folder} cannot be written ({error.strerror or error}); "
            f"make room or choose another folder with root="
        ) from error
    raise error


def _progress_bar(name: str) -> Any:
    try:
        tqdm = load("tqdm", "tqdm", "a progress bar").tqdm
    except ImportError:
        return False  # worth no error: the download works without
    # pooch sets the real total, but a bar without one has no truth value
    return tqdm(desc=name, total=1, unit="B", unit_scale=True, disable=not sys.stderr.isatty())


def _pooch() -> Any:
    return load("pooch", "pooch", "downloading data")


def from_environment(name: str) -> str:
    """The value of an environment variable, without surrounding blanks."""
    return os.environ.get(name, "").strip()
