"""The durable queue of what is still to be done for a page. A row survives any kill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

MAX_ATTEMPTS = 5
_FIRST_RETRY_MS = 5_000

EXTRACT = "extract"
# Vectors for the space that serves, and for the one that is being built.
EMBED = "embed"
REEMBED = "reembed"
# A summary. It may wait for days: what waits for it is not counted as waiting to be found.
SUMMARISE = "summarise"


@dataclass(frozen=True)
class Job:
    """One thing to do for one page."""

    id: int
    kind: str
    page_id: int
    attempts: int


@dataclass(frozen=True)
class JobCount:
    """How many jobs of a kind are in a state, and the newest error among them."""

    kind: str
    state: str
    count: int
    error: str | None


def add_job(connection: apsw.Connection, kind: str, page_id: int, now_ms: int, delay_ms: int = 0) -> None:
    """Queue a job, due after `delay_ms`; one that is there already is made due again."""
    connection.execute(
        "INSERT INTO jobs (kind, page_id, created_at, run_after) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (kind, page_id) DO UPDATE"
        " SET state = 'queued', attempts = 0, run_after = excluded.run_after, error = NULL",
        (kind, page_id, now_ms, now_ms + delay_ms if delay_ms else 0),
    )


def add_jobs(connection: apsw.Connection, kind: str, page_ids: Iterable[int], now_ms: int) -> None:
    """Queue one job for each page."""
    for page_id in page_ids:
        add_job(connection, kind, page_id, now_ms)


def queue_pages(connection: apsw.Connection, kind: str, page_ids: Iterable[int]) -> None:
    """Queue one job for each of these pages that is still there and has none, those visited last first."""
    connection.executemany(
        "INSERT OR IGNORE INTO jobs (kind, page_id, created_at)"
        " SELECT ?, id, last_visit_at FROM pages WHERE id = ?",
        [(kind, page_id) for page_id in page_ids],
    )


def delete_jobs(connection: apsw.Connection, kind: str, *, only_failed: bool = False) -> None:
    """Forget the jobs of a kind, or those of them that were given up."""
    state = " AND state = 'failed'" if only_failed else ""
    connection.execute(f"DELETE FROM jobs WHERE kind = ?{state}", (kind,))


def adopt_reembedding(connection: apsw.Connection) -> None:
    """The space that was being built serves now: what it still waits for is what `EMBED` means."""
    delete_jobs(connection, EMBED, only_failed=True)
    connection.execute("UPDATE OR IGNORE jobs SET kind = ? WHERE kind = ?", (EMBED, REEMBED))
    delete_jobs(connection, REEMBED)


def has_open_job(connection: apsw.Connection, kind: str) -> bool:
    """Whether a job of this kind is queued, for now or later, or running."""
    rows = connection.execute("SELECT 1 FROM jobs WHERE kind = ? AND state <> 'failed' LIMIT 1", (kind,))
    return bool(rows.fetchall())


def has_due_job(connection: apsw.Connection, kind: str, now_ms: int) -> bool:
    """Whether `take_jobs` would find anything."""
    rows = connection.execute(
        "SELECT 1 FROM jobs WHERE kind = ? AND state = 'queued' AND run_after <= ? LIMIT 1", (kind, now_ms)
    )
    return bool(rows.fetchall())


def take_jobs(connection: apsw.Connection, kind: str, limit: int, now_ms: int) -> list[Job]:
    """Mark up to `limit` due jobs as running, newest pages first, and return them."""
    rows = connection.execute(
        "SELECT id, kind, page_id, attempts FROM jobs WHERE kind = ? AND state = 'queued' AND run_after <= ?"
        " ORDER BY created_at DESC, id DESC LIMIT ?",
        (kind, now_ms, limit),
    ).fetchall()
    taken = [Job(*row) for row in rows]
    connection.executemany("UPDATE jobs SET state = 'running' WHERE id = ?", [(job.id,) for job in taken])
    return taken


def finish_jobs(connection: apsw.Connection, jobs: Sequence[Job]) -> None:
    """Remove jobs that are done. One that was queued anew while it ran stays."""
    connection.executemany("DELETE FROM jobs WHERE id = ? AND state = 'running'", [(job.id,) for job in jobs])


def put_back_jobs(connection: apsw.Connection, jobs: Sequence[Job]) -> None:
    """Queue jobs again that were interrupted through no fault of theirs."""
    connection.executemany(
        "UPDATE jobs SET state = 'queued' WHERE id = ? AND state = 'running'", [(job.id,) for job in jobs]
    )


def put_back_all(connection: apsw.Connection) -> None:
    """Queue every job again that is marked as running, when nothing runs."""
    connection.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")


def fail_job(connection: apsw.Connection, job: Job, error: str, now_ms: int) -> None:
    """Note a failure: again later, each time after twice as long, until it is given up."""
    attempts = job.attempts + 1
    state = "failed" if attempts >= MAX_ATTEMPTS else "queued"
    connection.execute(
        "UPDATE jobs SET state = ?, attempts = ?, run_after = ?, error = ? WHERE id = ?",
        (state, attempts, now_ms + _FIRST_RETRY_MS * 2**attempts, error, job.id),
    )


def retry_failed_jobs(connection: apsw.Connection) -> int:
    """Queue every failed job again; returns how many."""
    connection.execute(
        "UPDATE jobs SET state = 'queued', attempts = 0, run_after = 0, error = NULL"
        " WHERE state = 'failed' OR (state = 'queued' AND run_after > 0)"
    )
    return int(connection.changes())


def count_jobs(connection: apsw.Connection) -> list[JobCount]:
    """The queue by kind and state."""
    rows = connection.execute(
        "SELECT kind, state, count(*), max(error) FROM jobs GROUP BY kind, state ORDER BY 1, 2"
    )
    return [JobCount(*row) for row in rows]


def store_capture(connection: apsw.Connection, page_id: int, captured_at: int, html: bytes) -> None:
    """Keep a page as it came until the reader has been through it."""
    connection.execute("INSERT OR REPLACE INTO captures VALUES (?, ?, ?)", (page_id, captured_at, html))


def read_capture(connection: apsw.Connection, page_id: int) -> tuple[int, bytes] | None:
    """(captured at, compressed page) or None."""
    rows = connection.execute(
        "SELECT captured_at, html FROM captures WHERE page_id = ?", (page_id,)
    ).fetchall()
    return (int(rows[0][0]), bytes(rows[0][1])) if rows else None


def read_capture_time(connection: apsw.Connection, page_id: int) -> int | None:
    """When the raw page that waits to be read was captured, or None when none waits."""
    rows = connection.execute("SELECT captured_at FROM captures WHERE page_id = ?", (page_id,)).fetchall()
    return int(rows[0][0]) if rows else None


def delete_capture_before(connection: apsw.Connection, page_id: int, captured_at: int) -> None:
    """Forget a raw page, and the job to read it, when a reading as new or newer is about to be stored."""
    connection.execute("DELETE FROM captures WHERE page_id = ? AND captured_at <= ?", (page_id, captured_at))
    if connection.changes():
        connection.execute("DELETE FROM jobs WHERE kind = ? AND page_id = ?", (EXTRACT, page_id))


def list_waiting(connection: apsw.Connection) -> list[tuple[int, str]]:
    """(page id, address) of every page that something waits for, under each of its addresses."""
    rows = connection.execute(
        "WITH waiting (page_id) AS (SELECT page_id FROM jobs UNION SELECT page_id FROM captures)"
        " SELECT page_id, pages.url FROM waiting JOIN pages ON pages.id = page_id"
        " UNION SELECT waiting.page_id, page_urls.url FROM waiting"
        " JOIN page_urls ON page_urls.page_id = waiting.page_id"
    )
    return [(int(page_id), str(url)) for page_id, url in rows]


def drop_waiting(connection: apsw.Connection, page_ids: Iterable[int]) -> None:
    """Forget the raw pages and the jobs of these pages. The caller folds the write-ahead log afterwards."""
    named = [(page_id,) for page_id in page_ids]
    connection.executemany("DELETE FROM captures WHERE page_id = ?", named)
    connection.executemany("DELETE FROM jobs WHERE page_id = ?", named)
