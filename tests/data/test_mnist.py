"""MNIST: found in folders, downloaded from mirrors; every failure says what helps.

The mirrors are servers on this machine.
"""

import gzip
import hashlib
import http.server
import os
import socket
import threading

import numpy as np
import pytest

from lightgrad.data import MNIST, mnist
from lightgrad.errors import DataError, DownloadError
from tests.data.idx_files import drawn_digits, write_pair

OFFICIAL = os.environ.get("LIGHTGRAD_DATA")  # before the fixture hides it


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch, tmp_path):
    monkeypatch.delenv("LIGHTGRAD_DATA", raising=False)
    monkeypatch.delenv("LIGHTGRAD_MIRRORS", raising=False)
    monkeypatch.setattr(mnist.web, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with two small files, whose checksums count as the official ones."""
    folder = tmp_path / "served"
    folder.mkdir()
    pair = write_pair(folder, *drawn_digits(20), prefix="train")
    sums = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in pair}
    monkeypatch.setattr(mnist, "FILES", {**mnist.FILES, True: sums})
    return folder


@pytest.fixture
def serve():
    """Start servers; ``serve(folder)`` returns (address, list of requested names)."""
    running = []

    def start(folder, change=lambda data: data):
        requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                requests.append(name)
                path = folder / name
                if not path.is_file():
                    self.send_error(404)
                    return
                whole = path.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(change(whole))

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/mnist/", requests

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port():
    """An address nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}/"


def test_download_then_cache(files, serve, tmp_path):
    address, requests = serve(files)
    root = tmp_path / "root"
    data = MNIST(root, mirrors=[address])
    images, labels = drawn_digits(20)
    np.testing.assert_allclose(data.tensors[0].numpy()[:, 0], images / 255, rtol=1e-6)
    assert data.tensors[1].tolist() == labels.tolist()
    assert len(requests) == 2
    assert sorted(p.name for p in root.iterdir()) == sorted(mnist.FILES[True])
    MNIST(root, mirrors=[closed_port()])
    MNIST(root, download=False)
    assert len(requests) == 2


def test_default_folder_is_the_cache(files, serve, tmp_path, monkeypatch):
    address, _ = serve(files)
    monkeypatch.setenv("LIGHTGRAD_MIRRORS", f"{closed_port()} {address}")
    assert len(MNIST()) == 20
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == sorted(mnist.FILES[True])


def test_second_mirror_after_404(files, serve, tmp_path):
    empty, asked = serve(tmp_path / "nothing")
    good, _ = serve(files)
    assert len(MNIST(tmp_path / "root", mirrors=[empty, good])) == 20
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1] + b"!", r"wrong checksum \(expected md5:\w+ but got \w+\)"),
        (lambda data: data[:100], "the connection broke before the file was complete"),
    ],
    ids=["changed", "cut off"],
)
def test_damaged_downloads_are_never_kept(files, serve, tmp_path, change, message):
    bad, _ = serve(files, change)
    root = tmp_path / "root"
    with pytest.raises(DownloadError, match=message) as caught:
        MNIST(root, mirrors=[bad])
    assert bad in str(caught.value)
    assert list(root.iterdir()) == []
    good, _ = serve(files)
    assert len(MNIST(root, mirrors=[bad, good])) == 20


def test_running_again_goes_on(files, serve, tmp_path):
    first, second = mnist.FILES[True]
    moved = files / second
    whole = moved.read_bytes()
    moved.unlink()
    address, requests = serve(files)
    with pytest.raises(DownloadError, match=second):
        MNIST(tmp_path / "root", mirrors=[address])
    moved.write_bytes(whole)
    assert len(MNIST(tmp_path / "root", mirrors=[address])) == 20
    assert requests == [first, second, second]


def test_every_mirror_and_every_remedy_is_named(files, serve, tmp_path):
    empty, _ = serve(tmp_path / "nothing")
    closed = closed_port()
    with pytest.raises(DownloadError) as caught:
        MNIST(tmp_path / "root", mirrors=[empty, closed])
    text = str(caught.value)
    assert f"{empty}: the server answers 404" in text
    assert f"{closed}: no connection" in text
    for remedy in ("LIGHTGRAD_DATA", "--images", "--labels", "idx_pair", "digits()"):
        assert remedy in text


def test_not_found_without_download(files, tmp_path):
    with pytest.raises(DownloadError, match=r"train-images.* not found.*LIGHTGRAD_DATA"):
        MNIST(tmp_path, download=False)
    assert MNIST.find(tmp_path) is None


@pytest.mark.parametrize("style", ["packed", "plain", "dotted"])
def test_lightgrad_data_comes_first_and_is_taken_as_it_is(tmp_path, monkeypatch, style):
    images, labels = drawn_digits(7)
    packed = write_pair(tmp_path, images, labels, prefix="t10k")
    if style != "packed":
        for path in packed:
            plain = path.name.removesuffix(".gz")
            name = plain if style == "plain" else plain.replace("-idx", ".idx")
            (tmp_path / name).write_bytes(gzip.decompress(path.read_bytes()))
            path.unlink()
    monkeypatch.setenv("LIGHTGRAD_DATA", str(tmp_path))
    data = MNIST(train=False, mirrors=[closed_port()])
    assert data.tensors[1].tolist() == labels.tolist()


def test_lightgrad_data_without_the_files_goes_on(files, serve, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("LIGHTGRAD_DATA", str(tmp_path / "empty"))
    address, _ = serve(files)
    assert len(MNIST(tmp_path / "root", mirrors=[address])) == 20


def test_lightgrad_data_that_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTGRAD_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="LIGHTGRAD_DATA names .*nowhere, which is not a folder"):
        MNIST()


def test_a_changed_file_in_the_cache_is_not_used_nor_overwritten(files, serve, tmp_path):
    address, requests = serve(files)
    name = next(iter(mnist.FILES[True]))
    root = tmp_path / "root"
    root.mkdir()
    (root / name).write_bytes(b"mine")
    with pytest.raises(DataError, match=rf"{name}: wrong checksum: expected MD5 .* delete the"):
        MNIST(root, mirrors=[address])
    assert (root / name).read_bytes() == b"mine" and requests == []


def test_a_folder_that_cannot_be_made(files, serve, tmp_path):
    address, _ = serve(files)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"file.* cannot be written .*root="):
        MNIST(tmp_path / "file" / "root", mirrors=[address])


def test_the_official_test_set_if_it_is_here(monkeypatch):
    if not OFFICIAL:
        pytest.skip("LIGHTGRAD_DATA is not set")
    monkeypatch.setenv("LIGHTGRAD_DATA", OFFICIAL)
    if MNIST.find(train=False) is None:
        pytest.skip("LIGHTGRAD_DATA has no t10k files")
    x, y = MNIST(train=False).tensors
    assert x.shape == (10000, 1, 28, 28) and y[:5].tolist() == [7, 2, 1, 0, 4]
    np.testing.assert_allclose(x.mean().item(), 0.1325, atol=1e-4)
