"""What encryption at rest costs: the same history in clear and encrypted, asked in turns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.client import Client
from host.core.errors import ModelUnavailable
from host.evaluation.bench.corpus import Vocabulary
from host.evaluation.bench.figures import Figure, OnProgress, median, percentile, plain
from host.evaluation.bench.home import stop_daemon, temporary_home, wait_for_reader
from host.evaluation.bench.store import PROFILE, fill_large
from host.models.installed import find_embedding_model
from host.storage.bare import time_bare_scan
from host.storage.connection import open_connection
from host.storage.encryption import make_key
from host.storage.reencryption import write_copy
from host.storage.vector_spaces import VectorSpace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.core.paths import Paths

ENCRYPTED = "bench-encrypted"
MODES = ("text", "vector", "hybrid-rerank")
QUERIES = 100
CAPTURES = 60
OPENINGS = 50
READER_TIMEOUT_S = 30.0
_PASSPHRASE = "a passphrase of the bench"  # noqa: S105 - of an invented history
_AT = 1_760_000_000_000


def bench_encryption(on_progress: OnProgress, page_count: int) -> list[Figure]:
    """Open, search and capture in `page_count` invented pages, in clear and encrypted, each in turns."""
    with temporary_home(models=True) as paths:
        model = find_embedding_model(paths.models)
        if model is None:
            message = "No embedding model is installed."
            raise ModelUnavailable(message, fix="Run: python3 -m host.install")
        vocabulary = Vocabulary()
        space = VectorSpace(model.model_id, model.dimensions)
        fill_large(paths, page_count, on_progress, space)
        clear, encrypted = paths.database(PROFILE), paths.database(ENCRYPTED)
        encrypted.parent.mkdir(mode=0o700)
        # Both are compact copies: encrypting makes one, and the pages of a file that has grown lie otherwise.
        for target in (encrypted, clear.with_name("compact.db")):
            write_copy(clear, None, target, None)
        target.replace(clear)
        before = clear.stat().st_size
        figures = [plain("database", before / 1e6, "MB", f"{page_count} pages")]
        figures += _time_opening(clear, on_progress)
        figures += _convert(paths, before, on_progress)
        figures.append(_compare("size of the file", before / 1e6, encrypted.stat().st_size / 1e6, "MB"))
        figures += _time_work(paths, vocabulary, on_progress)
    return figures


def _time_opening(clear: Path, on_progress: OnProgress) -> list[Figure]:
    """A connection with its first answer, as each thread that reads has one; and a look at every vector."""
    on_progress("opening", 0, 1)
    key = make_key()
    other = clear.with_name("copy.db")
    write_copy(clear, None, other, key)
    times: dict[bytes | None, list[float]] = {None: [], key: []}
    scans: dict[bytes | None, list[float]] = {None: [], key: []}
    for number in range(OPENINGS):
        for path, with_key in ((clear, None), (other, key)):
            began = time.perf_counter()
            open_connection(path, read_only=True, key=with_key).close()
            times[with_key].append(_since(began))
            if number < OPENINGS // 10:
                scans[with_key].append(time_bare_scan(path, with_key))
    other.unlink()
    return [
        _compare("opening a connection", median(times[None]), median(times[key]), "ms"),
        _compare("reading every passage", median(scans[None]), median(scans[key]), "ms"),
    ]


def _convert(paths: Paths, size: int, on_progress: OnProgress) -> list[Figure]:
    """Encrypt, decrypt and encrypt again; then lock it by ending the daemon, and unlock it."""
    took = {}
    with Client(profile_id=ENCRYPTED, paths=paths) as client:
        for method in ("encryption.enable", "encryption.disable", "encryption.enable"):
            on_progress(method, 0, 1)
            began = time.perf_counter()
            client.call(method, _ignore, passphrase=_PASSPHRASE)
            took[method] = time.perf_counter() - began
    stop_daemon(paths)
    with Client(profile_id=ENCRYPTED, paths=paths) as client:
        began = time.perf_counter()
        client.call("encryption.unlock", passphrase=_PASSPHRASE)
        unlocking = _since(began)
    stop_daemon(paths)
    rate = size / 1e6
    return [
        plain(f"{name}, whole database", took[method], "s", f"{rate / took[method]:.0f} MB/s, checked")
        for name, method in (("encrypt", "encryption.enable"), ("decrypt", "encryption.disable"))
    ] + [plain("unlock with a passphrase", unlocking, "ms", "scrypt, once each time the daemon starts")]


def _time_work(paths: Paths, vocabulary: Vocabulary, on_progress: OnProgress) -> list[Figure]:
    with (
        Client(profile_id=PROFILE, paths=paths) as plain_one,
        Client(profile_id=ENCRYPTED, paths=paths) as other,
    ):
        other.call("encryption.unlock", passphrase=_PASSPHRASE)
        clients = {"clear": plain_one, "encrypted": other}
        plain_one.call("search.query", query="the model is warmed up", wait_ms=60_000)
        other.call("search.query", query="the codes are read")
        figures = []
        for mode in MODES:
            times: dict[str, list[float]] = {name: [] for name in clients}
            for number, query in enumerate(vocabulary.make_queries(QUERIES)):
                on_progress(mode, number, QUERIES)
                for name, client in _in_turns(clients, number):
                    # The model is asked each time: no query occurs twice, and no page has the last word.
                    times[name].append(_time_query(client, f"{query} qx{number}{name[0]}", mode))
            figures += _compare_times(f"search, {mode}", times)
        figures += _time_captures(clients, vocabulary, on_progress)
    return figures


def _time_captures(
    clients: dict[str, Client], vocabulary: Vocabulary, on_progress: OnProgress
) -> list[Figure]:
    times: dict[str, list[float]] = {name: [] for name in clients}
    for client in clients.values():
        client.call("jobs.pause")
    wait_for_reader(clients["clear"], READER_TIMEOUT_S)
    for number, page in enumerate(vocabulary.make_pages(CAPTURES)):
        on_progress("capture", number, CAPTURES)
        html = page.to_html(100_000)
        for name, client in _in_turns(clients, number):
            began = time.perf_counter()
            client.call(
                "pages.capture", url=f"{page.url}/new", title=page.title, html=html, visited_at=_AT + number
            )
            times[name].append(_since(began))
    return _compare_times("capture of 100 KB", times)


def _in_turns(clients: dict[str, Client], number: int) -> list[tuple[str, Client]]:
    """Now the one first, now the other, so that neither finds what the other has warmed."""
    pairs = list(clients.items())
    return pairs if number % 2 == 0 else pairs[::-1]


def _time_query(client: Client, query: str, mode: str) -> float:
    began = time.perf_counter()
    client.call("search.query", query=query, mode=mode)
    return _since(began)


def _compare_times(name: str, times: dict[str, list[float]]) -> list[Figure]:
    measures: tuple[tuple[str, Callable[[list[float]], float]], ...] = (
        ("median", median),
        ("95th percentile", lambda found: percentile(found, 0.95)),
    )
    return [
        _compare(f"{name}, {what}", measure(times["clear"]), measure(times["encrypted"]), "ms")
        for what, measure in measures
    ]


def _compare(name: str, clear: float, encrypted: float, unit: str) -> Figure:
    return plain(name, encrypted / clear, "x", f"{encrypted:.2f} {unit} beside {clear:.2f} in clear")


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _ignore(_: object) -> None:
    pass
