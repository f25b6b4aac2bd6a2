"""How long a search takes over a history of many pages, alone and while pages are being indexed."""

from __future__ import annotations

import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, get_args

import numpy as np

from host.client import Client
from host.core.chunking import split_text
from host.core.errors import ModelUnavailable, StorageError
from host.core.settings import SearchMode
from host.evaluation.bench.corpus import InventedPage, Vocabulary
from host.evaluation.bench.figures import Figure, OnProgress, at_most, median, percentile, plain
from host.evaluation.bench.home import find_daemon, temporary_home
from host.history.reader import hash_text
from host.models.installed import find_embedding_model
from host.storage import pages, vector_spaces, vectors
from host.storage.bare import time_bare_searches
from host.storage.database import Database
from host.storage.pages import ChunkText, PageContent, PageVisit
from host.storage.vector_spaces import VectorSpace

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw
    from numpy.typing import NDArray

    from host.core.paths import Paths
    from host.storage.connection import Features

QUERIES = 150
MEDIAN_LIMIT_MS = 60
P95_LIMIT_MS = 120
PROFILE = "bench"
_BATCH = 200
_NEWEST = 1_750_000_000_000
_HOUR_MS = 3_600_000


def bench_search(on_progress: OnProgress, page_count: int) -> list[Figure]:
    """Search `page_count` invented pages over the wire in every mode.

    Vectors are random of length 1: an exact scan takes as long for those as for real ones. The query is
    embedded by the real model each time (no query occurs twice, so no cache helps).
    """
    figures: list[Figure] = []
    with temporary_home(models=True) as paths:
        model = find_embedding_model(paths.models)
        if model is None:
            message = "No embedding model is installed."
            raise ModelUnavailable(message, fix="Run: python3 -m host.install")
        vocabulary = Vocabulary()
        space = VectorSpace(model.model_id, model.dimensions)
        chunks = fill_history(paths, vocabulary, page_count, space, on_progress)
        figures.append(plain("pages", page_count, "pages", f"{chunks} passages"))
        with Client(profile_id=PROFILE, paths=paths) as client:
            client.call("search.query", query="warm up", wait_ms=60_000)
            for mode in get_args(SearchMode):
                times = _time_queries(client, vocabulary.make_queries(QUERIES), mode, on_progress)
                figures += _judge(mode, times)
            typed = _time_typing(client, vocabulary.make_queries(40))
            figures += [
                plain("keystroke, text at once, median", median(typed), "ms"),
                plain("keystroke, text at once, 95th percentile", percentile(typed, 0.95), "ms"),
            ]
            figures += _time_while_indexing(client, vocabulary, on_progress)
            daemon = find_daemon(paths)
            if daemon:
                figures.append(
                    plain("daemon, resident", daemon.memory_info().rss / 1024**2, "MB", "workers apart")
                )
        figures += _compare_with_engine(paths, vocabulary, model.dimensions)
    return figures


def _judge(mode: SearchMode, times: list[float]) -> list[Figure]:
    middle, slow = median(times), percentile(times, 0.95)
    note = f"{len(times)} different queries, with the query's embedding"
    if mode == "hybrid-rerank":
        return [
            at_most(f"{mode}, median", middle, "ms", MEDIAN_LIMIT_MS, note),
            at_most(f"{mode}, 95th percentile", slow, "ms", P95_LIMIT_MS, note),
        ]
    return [plain(f"{mode}, median", middle, "ms"), plain(f"{mode}, 95th percentile", slow, "ms")]


def fill_history(
    paths: Paths, vocabulary: Vocabulary, count: int, space: VectorSpace, on_progress: OnProgress
) -> int:
    """Write the pages straight into the database: indexing them for real would take an hour."""
    random = np.random.default_rng(7)
    made = iter(vocabulary.make_pages(count))
    total = 0
    with Database(paths.database(PROFILE)) as database:
        database.write(lambda connection: vector_spaces.choose_space(connection, space))
        done = 0
        while batch := list(islice(made, _BATCH)):
            store = partial(
                _store, features=database.features, batch=batch, first=done, space=space, random=random
            )
            total += database.write(store)
            done += len(batch)
            on_progress("filling the database", done, count)
    return total


def _store(
    connection: apsw.Connection,
    features: Features,
    batch: Iterable[InventedPage],
    first: int,
    space: VectorSpace,
    random: np.random.Generator,
) -> int:
    stored = 0
    serving = vector_spaces.find_space(connection, "active")
    if serving is None or serving.space != space:
        message = "The vectors of this history are not those of the model in use."
        raise StorageError(message)
    for number, page in enumerate(batch, start=first):
        at = _NEWEST - number * _HOUR_MS
        words = page.url.replace("/", " ")
        page_id = pages.record_visit(
            connection, PageVisit(page.url, page.url.split("/")[2], words, at, page.title)
        )
        pages.store_content(connection, page_id, PageContent(page.title, page.text, str(number), "en"), at)
        passages = split_text(page.text)
        pages.replace_chunks(
            connection,
            features,
            page_id,
            [ChunkText(item.position, "", item.text, hash_text(page.title, item.text)) for item in passages],
        )
        rows = pages.read_chunks(connection, page_id)
        made = _unit_vectors(random, len(rows) + 1, space.dimensions)
        vectors.store_chunk_vectors(
            connection, serving, [(row.id, page_id, made[place]) for place, row in enumerate(rows)]
        )
        vectors.store_page_vector(connection, serving, page_id, made[-1])
        stored += len(rows)
    return stored


def _unit_vectors(random: np.random.Generator, count: int, dimensions: int) -> NDArray[np.float32]:
    made = random.standard_normal((count, dimensions)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def _time_queries(client: Client, queries: list[str], mode: str, on_progress: OnProgress) -> list[float]:
    times = []
    for number, query in enumerate(queries):
        on_progress(mode, number, len(queries))
        began = time.perf_counter()
        client.call("search.query", query=query, mode=mode)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _time_typing(client: Client, queries: list[str]) -> list[float]:
    """Each query letter by letter from the second on, as the page asks while a person types."""
    times = []
    for query in queries:
        for length in range(2, min(len(query), 14) + 1):
            began = time.perf_counter()
            client.call("search.query", query=query[:length], mode="text")
            times.append((time.perf_counter() - began) * 1000)
    return times


def _time_while_indexing(client: Client, vocabulary: Vocabulary, on_progress: OnProgress) -> list[Figure]:
    """The same while captured pages wait for their vectors and the indexer is at work."""
    for number, page in enumerate(vocabulary.make_pages(150)):
        client.call(
            "pages.capture",
            url=f"{page.url}/new",
            title=page.title,
            html=page.to_html(),
            visited_at=_NEWEST + number,
        )
    waiting = client.call("store.stats")["pending_jobs"]
    text = _time_queries(client, vocabulary.make_queries(60), "text", on_progress)
    hybrid = _time_queries(client, vocabulary.make_queries(60), "hybrid-rerank", on_progress)
    note = (
        f"{waiting} pages were waiting for vectors, {client.call('store.stats')['pending_jobs']} at the end"
    )
    return [
        plain("while indexing: text, 95th percentile", percentile(text, 0.95), "ms", note),
        plain("while indexing: hybrid-rerank, median", median(hybrid), "ms", note),
        plain("while indexing: hybrid-rerank, 95th percentile", percentile(hybrid, 0.95), "ms", note),
    ]


def _compare_with_engine(paths: Paths, vocabulary: Vocabulary, dimensions: int) -> list[Figure]:
    expressions = [
        " OR ".join(f'"{word}"' for word in query.split()) for query in vocabulary.make_queries(40)
    ]
    vector = _unit_vectors(np.random.default_rng(1), 1, dimensions)[0]
    words, scans = time_bare_searches(paths.database(PROFILE), expressions, vector, 100)
    return [
        plain("bare FTS5, median", median(words), "ms", "the same kind of query, every word, 100 hits"),
        plain("bare sqlite-vec exact scan, median", median(scans), "ms", "100 nearest"),
    ]
