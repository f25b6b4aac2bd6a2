"""Pages, their visits and their passages. Each function runs inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.storage import addresses, vector_spaces, vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

    from host.storage.connection import Features
    from host.storage.filters import PageFilter


@dataclass(frozen=True)
class PageContent:
    """What the reader made of a page; times in UTC milliseconds."""

    title: str
    text: str
    content_hash: str
    language: str | None = None
    author: str | None = None
    published_at: int | None = None
    favicon_url: str | None = None


@dataclass(frozen=True)
class PageVisit:
    """One visit to a page; `visited_at` in UTC milliseconds.

    Attributes:
        url: the canonical one, which names the page.
        addresses: others under which it was visited or is known.
    """

    url: str
    domain: str
    url_words: str
    visited_at: int
    title: str = ""
    transition: str | None = None
    referrer_url: str | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChunkText:
    """A passage to be stored; `text_hash` covers what is embedded (title, heading and text)."""

    position: int
    heading: str
    text: str
    text_hash: str


@dataclass(frozen=True)
class Chunk:
    """A stored passage."""

    id: int
    page_id: int
    position: int
    heading: str
    text: str


@dataclass(frozen=True)
class Page:
    """A stored page without its passages; times in UTC milliseconds."""

    id: int
    url: str
    domain: str
    title: str
    content_text: str
    summary: str | None
    favicon_url: str | None
    language: str | None
    author: str | None
    published_at: int | None
    content_hash: str | None
    captured_at: int | None
    first_visit_at: int
    last_visit_at: int
    visit_count: int
    category: str | None = None


_PAGE_COLUMNS = ", ".join(Page.__dataclass_fields__)


def record_visit(connection: apsw.Connection, visit: PageVisit) -> int:
    """Write down that a page was visited; the same visit twice counts once.

    Returns:
        the page's id.
    """
    known = addresses.find_by_address(connection, (visit.url, *visit.addresses))
    if known is not None:
        page_id = known
    else:
        connection.execute(
            "INSERT INTO pages (url, domain, url_words, title, first_visit_at, last_visit_at, visit_count)"
            " VALUES (?, ?, ?, ?, ?, ?, 0)",
            (visit.url, visit.domain, visit.url_words, visit.title, visit.visited_at, visit.visited_at),
        )
        page_id = connection.last_insert_rowid()
    addresses.remember_addresses(connection, page_id, (visit.url, *visit.addresses), visit.visited_at)
    origin = None
    if visit.referrer_url:
        rows = connection.execute(
            "SELECT visits.id FROM visits JOIN pages ON pages.id = visits.page_id"
            " WHERE pages.url = ? AND visited_at <= ? ORDER BY visited_at DESC LIMIT 1",
            (visit.referrer_url, visit.visited_at),
        ).fetchall()
        origin = rows[0][0] if rows else None
    before = connection.total_changes()
    connection.execute(
        "INSERT OR IGNORE INTO visits (page_id, visited_at, transition, from_visit) VALUES (?, ?, ?, ?)",
        (page_id, visit.visited_at, visit.transition, origin),
    )
    if connection.total_changes() > before:
        # An import has counted the visits up to its last one already.
        connection.execute(
            "UPDATE pages SET visit_count = visit_count + iif(?1 <= last_visit_at AND visit_count >"
            " (SELECT count(*) FROM visits WHERE page_id = ?2) - 1, 0, 1),"
            " last_visit_at = max(last_visit_at, ?1), first_visit_at = min(first_visit_at, ?1) WHERE id = ?2",
            (visit.visited_at, page_id),
        )
    # A title that arrives after the visit fills an empty one; captured pages keep what the reader found.
    if visit.title:
        connection.execute(
            "UPDATE pages SET title = ?1, category_stamp = NULL"
            " WHERE id = ?2 AND captured_at IS NULL AND title <> ?1",
            (visit.title, page_id),
        )
        if connection.changes():
            vector_spaces.mark_outdated(connection, page_id)
    return page_id


def find_visited(connection: apsw.Connection, visit: PageVisit) -> Page | None:
    """The page that a visit belongs to, when it is known under any of the visit's addresses."""
    page_id = addresses.find_by_address(connection, (visit.url, *visit.addresses))
    return None if page_id is None else read_page(connection, page_id=page_id)


def store_content(connection: apsw.Connection, page_id: int, content: PageContent, captured_at: int) -> None:
    """Replace what a page says. Full text follows by its triggers."""
    connection.execute(
        "UPDATE pages SET title = ?, content_text = ?, content_hash = ?, language = ?, author = ?,"
        " published_at = ?, favicon_url = coalesce(?, favicon_url), captured_at = ?, summary = NULL,"
        " summary_model = NULL, category_stamp = NULL"
        " WHERE id = ?",
        (
            content.title,
            content.text,
            content.content_hash,
            content.language,
            content.author,
            content.published_at,
            content.favicon_url,
            captured_at,
            page_id,
        ),
    )
    vector_spaces.mark_outdated(connection, page_id)


def store_favicon(connection: apsw.Connection, page_id: int, favicon_url: str) -> None:
    """Remember a page's icon before its text is known."""
    connection.execute("UPDATE pages SET favicon_url = ? WHERE id = ?", (favicon_url, page_id))


def touch_capture(connection: apsw.Connection, page_id: int, captured_at: int) -> None:
    """Note that a page was seen again with the same content."""
    connection.execute("UPDATE pages SET captured_at = ? WHERE id = ?", (captured_at, page_id))


def replace_chunks(
    connection: apsw.Connection, features: Features, page_id: int, chunks: Sequence[ChunkText]
) -> int:
    """Make the passages of a page these, keeping the rows (and vectors) of those that did not change.

    Returns:
        how many passages are new and wait for a vector.
    """
    kept: dict[str, list[int]] = {}
    rows = connection.execute(
        "SELECT id, text_hash FROM page_chunks WHERE page_id = ? ORDER BY position", (page_id,)
    )
    for chunk_id, text_hash in rows:
        kept.setdefault(text_hash, []).append(int(chunk_id))
    added = 0
    for chunk in chunks:
        same = kept.get(chunk.text_hash)
        if same:
            connection.execute(
                "UPDATE page_chunks SET position = ? WHERE id = ?", (chunk.position, same.pop(0))
            )
        else:
            connection.execute(
                "INSERT INTO page_chunks (page_id, position, heading, text, text_hash)"
                " VALUES (?, ?, ?, ?, ?)",
                (page_id, chunk.position, chunk.heading, chunk.text, chunk.text_hash),
            )
            added += 1
    gone = [chunk_id for ids in kept.values() for chunk_id in ids]
    if features.vectors:
        vectors.delete_chunk_vectors(connection, gone)
    connection.executemany("DELETE FROM page_chunks WHERE id = ?", [(chunk_id,) for chunk_id in gone])
    return added


def read_page(
    connection: apsw.Connection, *, page_id: int | None = None, url: str | None = None
) -> Page | None:
    """One page by id or by canonical URL."""
    if page_id is not None:
        rows = connection.execute(f"SELECT {_PAGE_COLUMNS} FROM pages WHERE id = ?", (page_id,))
    else:
        rows = connection.execute(f"SELECT {_PAGE_COLUMNS} FROM pages WHERE url = ?", (url,))
    found = rows.fetchall()
    return Page(*found[0]) if found else None


def read_pages(connection: apsw.Connection, page_ids: Sequence[int]) -> dict[int, Page]:
    """Many pages by id."""
    found: dict[int, Page] = {}
    for batch in _batches(page_ids):
        marks = ",".join("?" * len(batch))
        rows = connection.execute(f"SELECT {_PAGE_COLUMNS} FROM pages WHERE id IN ({marks})", batch)
        found.update((int(row[0]), Page(*row)) for row in rows)
    return found


def read_visits(connection: apsw.Connection, page_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(last visit in UTC milliseconds, number of visits) by page id."""
    found: dict[int, tuple[int, int]] = {}
    for batch in _batches(page_ids):
        marks = ",".join("?" * len(batch))
        rows = connection.execute(
            f"SELECT id, last_visit_at, visit_count FROM pages WHERE id IN ({marks})",
            batch,
        )
        found.update((int(page_id), (int(last), int(count))) for page_id, last, count in rows)
    return found


def find_newest(connection: apsw.Connection, page_filter: PageFilter, limit: int) -> list[int]:
    """The pages that pass the filter, last visited first."""
    # No list of all pages that pass: of one category, an index has them in this order already.
    conditions, values = page_filter.to_conditions()
    rows = connection.execute(
        f"SELECT id FROM pages WHERE {conditions} ORDER BY last_visit_at DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    return [int(row[0]) for row in rows]


def read_chunks(connection: apsw.Connection, page_id: int, offset: int = 0, limit: int = -1) -> list[Chunk]:
    """The passages of one page in order."""
    rows = connection.execute(
        "SELECT id, page_id, position, heading, text FROM page_chunks WHERE page_id = ?"
        " ORDER BY position LIMIT ? OFFSET ?",
        (page_id, limit, offset),
    )
    return [Chunk(*row) for row in rows]


def read_chunks_by_id(connection: apsw.Connection, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
    """Passages by id."""
    found: dict[int, Chunk] = {}
    for batch in _batches(chunk_ids):
        marks = ",".join("?" * len(batch))
        rows = connection.execute(
            f"SELECT id, page_id, position, heading, text FROM page_chunks WHERE id IN ({marks})",
            batch,
        )
        found.update((int(row[0]), Chunk(*row)) for row in rows)
    return found


def find_page_ids(
    connection: apsw.Connection,
    *,
    urls: Sequence[str] = (),
    domain: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    everything: bool = False,
) -> list[int]:
    """The pages that a deletion names: by URL, by domain (with those below it), by last visit, or all."""
    if everything:
        return [int(row[0]) for row in connection.execute("SELECT id FROM pages")]
    found = addresses.find_all_by_address(connection, urls)
    if domain:
        escaped = domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = connection.execute(
            "SELECT id FROM pages WHERE domain = ? OR domain LIKE ? ESCAPE '\\'", (domain, f"%.{escaped}")
        )
        found.update(int(row[0]) for row in rows)
    if from_ms is not None or to_ms is not None:
        begin = from_ms if from_ms is not None else -(2**62)
        end = to_ms if to_ms is not None else 2**62
        rows = connection.execute(
            "SELECT id FROM pages WHERE last_visit_at >= ? AND last_visit_at < ?", (begin, end)
        )
        found.update(int(row[0]) for row in rows)
    return sorted(found)


def delete_pages(connection: apsw.Connection, features: Features, page_ids: Sequence[int]) -> int:
    """Remove pages with their visits, passages, vectors, jobs and full text.

    Returns:
        how many pages there were. The caller folds the write-ahead log afterwards.
    """
    deleted = 0
    for batch in _batches(page_ids):
        marks = ",".join("?" * len(batch))
        if features.vectors:
            rows = connection.execute(f"SELECT id FROM page_chunks WHERE page_id IN ({marks})", batch)
            vectors.delete_chunk_vectors(connection, [int(row[0]) for row in rows])
            vectors.delete_page_vectors(connection, batch)
        connection.execute(f"DELETE FROM pages WHERE id IN ({marks})", batch)
        deleted += connection.changes()
    return deleted


def find_pages_before(connection: apsw.Connection, last_visit_before: int) -> list[int]:
    """Pages whose last visit is older than this, for retention by age."""
    rows = connection.execute("SELECT id FROM pages WHERE last_visit_at < ?", (last_visit_before,))
    return [int(row[0]) for row in rows]


def find_oldest_after(connection: apsw.Connection, count: int) -> int:
    """A moment, UTC milliseconds, before which at least `count` pages were visited last, or all."""
    rows = connection.execute(
        "SELECT last_visit_at FROM pages ORDER BY last_visit_at LIMIT 1 OFFSET ?", (count - 1,)
    ).fetchall()
    if not rows:
        rows = connection.execute("SELECT coalesce(max(last_visit_at), 0) FROM pages").fetchall()
    return int(rows[0][0]) + 1


def _batches(ids: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    for start in range(0, len(ids), size):
        yield tuple(ids[start : start + size])
