"""What the whole of a large history costs: its figures, and to write it out, in again, anew and away."""

from __future__ import annotations

import os
import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from host.client import Client
from host.evaluation.bench.corpus import InventedPage, Vocabulary
from host.evaluation.bench.figures import Figure, OnProgress, at_least, at_most, median, plain
from host.evaluation.bench.home import temporary_home
from host.storage.bare import time_bare_copy
from host.storage.bulk import BulkPage, begin_bulk, end_bulk, insert_bulk
from host.storage.database import Database, fold_log
from host.storage.vector_spaces import VectorSpace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from host.core.paths import Paths

PROFILE = "bench"
DIMENSIONS = 384
LARGE = 100_000
# What a person is to wait for, on a large history.
QUICK_MS = 1000
HELLO_MS = 300
# Of the speed of the engine's own copying.
SHARE = 0.8
LARGE_MB = 500
_TIMES = 5
_COPIES = 3
_BATCH = 1000
_SPACE = VectorSpace("invented", DIMENSIONS)
_NEWEST = 1_750_000_000_000
_HOUR_MS = 3_600_000
# Passages of two paragraphs have 180 words, as those of the product.
_PARAGRAPHS = 2

# What the debug page asks for as it opens.
PAGE_CALLS = (
    "store.stats",
    "store.health",
    "jobs.list",
    "models.list",
    "daemon.status",
    "daemon.latencies",
    "store.backups",
    "sql.schema",
    "sql.log",
)


def bench_store(on_progress: OnProgress, page_count: int = LARGE) -> list[Figure]:
    """Ask for figures of `page_count` invented pages, then copy, check, rewrite and clear their database.

    Copies are compared with a bare `VACUUM INTO` of the same file in the same run, each the median of three
    that take turns, so that a busy disk slows both.
    """
    with temporary_home(models=False) as paths:
        passages = fill_large(paths, page_count, on_progress)
        database = paths.database(PROFILE)
        size = database.stat().st_size / 1e6
        figures = [
            plain(
                "pages", page_count, "pages", f"{passages} passages with vectors of {DIMENSIONS} dimensions"
            ),
            plain("database", size, "MB"),
        ]
        began = time.perf_counter()
        with Client(profile_id=PROFILE, paths=paths) as client:
            figures.append(plain("first hello", _since(began), "ms", "starts the daemon, opens the database"))
            figures += _time_page(client, paths, on_progress)
            figures += _time_copies(client, database, size, on_progress)
            figures += _time_whole(client, size, on_progress)
    return figures


def fill_large(
    paths: Paths,
    count: int,
    on_progress: OnProgress,
    space: VectorSpace = _SPACE,
    profile_id: str = PROFILE,
) -> int:
    """Write invented pages with vectors of `space` straight into the database; returns how many passages."""
    made = _make_pages(Vocabulary().make_pages(count), space.dimensions)
    total = done = 0
    with Database(paths.database(profile_id)) as database:
        database.write(lambda connection: begin_bulk(connection, space))
        while batch := list(islice(made, _BATCH)):
            first_page, first_chunk = done + 1, total + 1
            total += database.write(
                lambda connection, batch=batch, page=first_page, chunk=first_chunk: insert_bulk(  # type: ignore[misc]
                    connection, page, chunk, batch
                )
            )
            done += len(batch)
            on_progress("filling the database", done, count)
        on_progress("full text", 0, 1)
        database.write(end_bulk)
        fold_log(database)
    return total


def _make_pages(pages: Iterable[InventedPage], dimensions: int) -> Iterator[BulkPage]:
    random = np.random.default_rng(7)
    for number, page in enumerate(pages):
        passages = tuple(
            "\n\n".join(page.paragraphs[at : at + _PARAGRAPHS])
            for at in range(0, len(page.paragraphs), _PARAGRAPHS)
        )
        vectors = random.standard_normal((len(passages) + 1, dimensions), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        yield BulkPage(page.url, page.title, passages, _NEWEST - number * _HOUR_MS, vectors)


def _time_page(client: Client, paths: Paths, on_progress: OnProgress) -> list[Figure]:
    """What the debug page asks for, each alone."""
    hellos = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        with Client(profile_id=PROFILE, paths=paths):
            hellos.append(_since(began))
    figures = [at_most("hello of another page", median(hellos), "ms", HELLO_MS, "median of 5")]
    for number, method in enumerate(each for each in PAGE_CALLS if each in client.hello["capabilities"]):
        on_progress(method, number, len(PAGE_CALLS))
        first, *times = [_time_call(client, method) for _ in range(_TIMES)]
        note = f"median of {len(times)}, after a first of {first:.0f} ms"
        figures.append(at_most(method, median(times), "ms", QUICK_MS, note))
    return figures


def _time_copies(client: Client, database: Path, size: float, on_progress: OnProgress) -> list[Figure]:
    """Copies by the product and by the engine alone, in turns."""
    seconds: dict[str, list[float]] = {"bare": [], "store.export": [], "store.backup": []}
    target = database.with_name("bare.db")
    for number in range(_COPIES):
        on_progress("copies", number, _COPIES)
        _settle()
        seconds["bare"].append(time_bare_copy(database, target))
        target.unlink()
        for method in ("store.export", "store.backup"):
            _settle()
            began = time.perf_counter()
            answer = client.call(method, _ignore)
            seconds[method].append(time.perf_counter() - began)
            Path((answer.get("backup") or answer)["path"]).unlink()
    bare = median(seconds["bare"])
    figures = [plain("bare VACUUM INTO", size / bare, "MB/s", "until it is durable")]
    for method in ("store.export", "store.backup"):
        took = median(seconds[method])
        figures += [
            plain(method, size / took, "MB/s", f"{took:.1f} s"),
            _judge(f"{method}, of the bare speed", bare / took, size),
        ]
    return figures


def _judge(name: str, share: float, size: float) -> Figure:
    """The share of the engine's own speed; of a small file it says more of waiting than of writing."""
    return at_least(name, share, "x", SHARE) if size > LARGE_MB else plain(name, share, "x")


def _time_whole(client: Client, size: float, on_progress: OnProgress) -> list[Figure]:
    """Everything else that is done with the whole, each once."""
    exported = Path(client.call("store.export", _ignore)["path"])
    figures = []
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("check, quick", "store.check", {"full": False}),
        ("check, full", "store.check", {"full": True}),
        ("vacuum", "store.vacuum", {}),
        ("export as lines of JSON", "store.export", {"format": "jsonl"}),
        ("clear", "store.clear", {}),
        ("import, replacing", "store.import", {"path": str(exported), "mode": "replace"}),
    )
    for number, (name, method, params) in enumerate(steps):
        on_progress(name, number, len(steps))
        _settle()
        began = time.perf_counter()
        client.call(method, _ignore, **params)
        took = time.perf_counter() - began
        figures.append(plain(name, took, "s", f"{size / took:.0f} MB/s of the database"))
    return figures


def _time_call(client: Client, method: str) -> float:
    began = time.perf_counter()
    client.call(method)
    return _since(began)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _settle() -> None:
    """Let the disk write what waits, so that nobody is charged for what came before."""
    if sys.platform != "win32":
        os.sync()


def _ignore(_: Any) -> None:
    pass
