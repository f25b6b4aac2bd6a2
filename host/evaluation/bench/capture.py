"""How long a page takes until it is durable, beside the bare engine writing the same text."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from host.client import Client
from host.evaluation.bench.corpus import Vocabulary
from host.evaluation.bench.figures import Figure, OnProgress, at_most, median, percentile, plain
from host.evaluation.bench.home import temporary_home, wait_for_reader
from host.storage.bare import time_bare_inserts

PAGES = 200
PAGE_BYTES = 100_000
WARM_UP = 10
LIMIT_MS = 50
READER_TIMEOUT_S = 30.0


def bench_capture(on_progress: OnProgress) -> list[Figure]:
    """Capture pages of 100 KB over the wire, one after the other, while nothing else is done."""
    pages = list(Vocabulary().make_pages(PAGES))
    times = []
    with temporary_home(models=False) as paths, Client(profile_id="bench", paths=paths) as client:
        # Pages that come while the reader is still starting are only stored; those are not what is measured.
        wait_for_reader(client, READER_TIMEOUT_S)
        for number, page in enumerate(pages[:WARM_UP]):
            client.call(
                "pages.capture", url=f"https://warm.example/{number}", html=page.to_html(), visited_at=1
            )
        for number, page in enumerate(pages):
            on_progress("capture", number, PAGES)
            html = page.to_html(PAGE_BYTES)
            began = time.perf_counter()
            client.call(
                "pages.capture",
                url=page.url,
                title=page.title,
                html=html,
                visited_at=1_700_000_000_000 + number,
            )
            times.append((time.perf_counter() - began) * 1000)
        read = (
            PAGES
            + WARM_UP
            - sum(job["count"] for job in client.call("jobs.list")["jobs"] if job["kind"] == "extract")
        )
        bare = time_bare_inserts(Path(paths.run) / "bare.db", [page.text for page in pages])
    note = f"{PAGES} pages of {PAGE_BYTES // 1000} KB, {psutil.cpu_count()} cores"
    return [
        plain("read and searchable at once", read / (PAGES + WARM_UP), "x", "share of the pages"),
        plain("capture, median", median(times), "ms", note),
        at_most("capture, 95th percentile", percentile(times, 0.95), "ms", LIMIT_MS, note),
        plain(
            "the same, beside FTS5 insert and fsync alone",
            median(times) / median(bare),
            "x",
            "median / median",
        ),
    ]
