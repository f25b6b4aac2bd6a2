"""Laying a page from elsewhere over a history. Each function runs inside the caller's transaction.

Both ways round the same comes out, and a second time nothing changes: of what a page says the later capture
counts, of times the earliest and the latest, of visits and addresses all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.urls import split_domain, url_words
from host.storage import jobs, pages, vector_spaces
from host.storage.pages import ChunkText, PageContent
from host.storage.records_vectors import adopt_vectors

if TYPE_CHECKING:
    import apsw

    from host.storage.connection import Features
    from host.storage.records import AddressRecord, PageRecord
    from host.storage.vector_spaces import VectorSpace

Outcome = Literal["added", "updated", "skipped"]


@dataclass(frozen=True)
class Merging:
    """What is known while records are laid over a history.

    Attributes:
        features: of the history.
        now_ms: UTC milliseconds, for what is queued.
        space: what the records' vectors were made with.
        exact: the history is a new one, which is to be what the records say.
        keys: by a category's key in the records, its key in the history.
    """

    features: Features
    now_ms: int
    space: VectorSpace | None = None
    exact: bool = False
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    """A page as the history has it."""

    id: int
    title: str
    content_hash: str | None
    captured_at: int | None
    first_visit_at: int
    last_visit_at: int
    visit_count: int
    favicon_url: str | None
    summary_model: str | None
    category_stamp: str | None


_KNOWN_COLUMNS = ", ".join(_Known.__dataclass_fields__)


def merge_page(connection: apsw.Connection, merging: Merging, record: PageRecord) -> Outcome:
    """Add a page, or what is newer or more of it."""
    rows = connection.execute(f"SELECT {_KNOWN_COLUMNS} FROM pages WHERE url = ?", (record.url,)).fetchall()
    if not rows:
        page_id = _add(connection, merging, record)
        _add_surroundings(connection, page_id, record)
        _take_passages(connection, merging, page_id, record)
        _take_unread(connection, page_id, record, None)
        if not adopt_vectors(connection, merging.features, merging.space, page_id, record):
            jobs.add_job(connection, jobs.EMBED, page_id, merging.now_ms)
        return "added"
    known = _Known(*rows[0])
    before = connection.total_changes()
    _add_surroundings(connection, known.id, record)
    _widen_times(connection, known, record)
    if _takes_over(known, record):
        _replace_content(connection, merging, known, record)
    elif known.captured_at is None and record.captured_at is None:
        _choose_title(connection, merging, known, record)
    if _says_the_same(connection, known.id, record):
        _fill_gaps(connection, known.id, record)
        adopt_vectors(connection, merging.features, merging.space, known.id, record)
    _take_unread(connection, known.id, record, known.captured_at)
    return "updated" if connection.total_changes() > before else "skipped"


def _add(connection: apsw.Connection, merging: Merging, record: PageRecord) -> int:
    category, stamp = _translate_category(merging, record)
    connection.execute(
        "INSERT INTO pages (url, domain, url_words, title, content_text, summary, summary_model,"
        " favicon_url, language, author, published_at, content_hash, captured_at, first_visit_at,"
        " last_visit_at, visit_count, category, category_confidence, category_stamp)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.url,
            split_domain(record.url),
            url_words(record.url),
            record.title,
            record.text,
            record.summary,
            record.summary_model,
            record.favicon_url,
            record.language,
            record.author,
            record.published_at,
            record.content_hash,
            record.captured_at,
            record.first_visit_at,
            record.last_visit_at,
            record.visit_count,
            category,
            record.category_confidence if stamp else None,
            stamp,
        ),
    )
    return int(connection.last_insert_rowid())


def _add_surroundings(connection: apsw.Connection, page_id: int, record: PageRecord) -> None:
    """Addresses and visits: those of both."""
    for address in record.addresses:
        _add_address(connection, page_id, record.url, address)
    connection.executemany(
        "INSERT INTO visits (page_id, visited_at, transition) VALUES (?, ?, ?)"
        " ON CONFLICT (page_id, visited_at) DO UPDATE SET transition = excluded.transition"
        " WHERE excluded.transition < coalesce(transition, char(1114111))",
        [(page_id, visit.at, visit.transition) for visit in record.visits],
    )


def _add_address(connection: apsw.Connection, page_id: int, url: str, address: AddressRecord) -> None:
    """An address belongs to the page that was visited under it last."""
    rows = connection.execute(
        "SELECT page_id, page_urls.last_visit_at, pages.url FROM page_urls"
        " JOIN pages ON pages.id = page_id WHERE page_urls.url = ?",
        (address.url,),
    ).fetchall()
    if rows:
        owner, visited_at, owner_url = rows[0]
        later = (address.last_visit_at, url) > (visited_at, owner_url)
        if not later or (owner == page_id and address.last_visit_at <= visited_at):
            return
    connection.execute(
        "INSERT OR REPLACE INTO page_urls (url, page_id, last_visit_at) VALUES (?, ?, ?)",
        (address.url, page_id, address.last_visit_at),
    )


def _widen_times(connection: apsw.Connection, known: _Known, record: PageRecord) -> None:
    """The earliest and the latest visit, and a count that is no smaller than what either side knows."""
    rows = connection.execute("SELECT count(*) FROM visits WHERE page_id = ?", (known.id,)).fetchall()
    merged = (
        min(known.first_visit_at, record.first_visit_at),
        max(known.last_visit_at, record.last_visit_at),
        max(known.visit_count, record.visit_count, int(rows[0][0])),
    )
    if merged != (known.first_visit_at, known.last_visit_at, known.visit_count):
        connection.execute(
            "UPDATE pages SET first_visit_at = ?, last_visit_at = ?, visit_count = ? WHERE id = ?",
            (*merged, known.id),
        )


def _takes_over(known: _Known, record: PageRecord) -> bool:
    """Whether what the record says was captured later; at the same moment, either side chooses alike."""
    if record.captured_at is None:
        return False
    if known.captured_at is None:
        return True
    return (record.captured_at, record.content_hash or "") > (known.captured_at, known.content_hash or "")


def _replace_content(
    connection: apsw.Connection, merging: Merging, known: _Known, record: PageRecord
) -> None:
    captured_at = record.captured_at or 0
    if record.content_hash == known.content_hash:
        pages.touch_capture(connection, known.id, captured_at)
    else:
        content = PageContent(
            title=record.title,
            text=record.text,
            content_hash=record.content_hash or "",
            language=record.language,
            author=record.author,
            published_at=record.published_at,
            favicon_url=record.favicon_url,
        )
        pages.store_content(connection, known.id, content, captured_at)
        category, stamp = _translate_category(merging, record)
        connection.execute(
            "UPDATE pages SET category = ?, category_confidence = ?, category_stamp = ? WHERE id = ?",
            (category, record.category_confidence if stamp else None, stamp, known.id),
        )
        _take_passages(connection, merging, known.id, record)
        jobs.add_job(connection, jobs.EMBED, known.id, merging.now_ms)
    jobs.delete_capture_before(connection, known.id, captured_at)


def _choose_title(connection: apsw.Connection, merging: Merging, known: _Known, record: PageRecord) -> None:
    """Of pages that are known by name only, the name that was seen last."""
    ours = (bool(known.title), known.last_visit_at, known.title)
    if (bool(record.title), record.last_visit_at, record.title) <= ours or record.title == known.title:
        return
    connection.execute(
        "UPDATE pages SET title = ?, category_stamp = NULL WHERE id = ?", (record.title, known.id)
    )
    vector_spaces.mark_outdated(connection, known.id)
    jobs.add_job(connection, jobs.EMBED, known.id, merging.now_ms)


def _says_the_same(connection: apsw.Connection, page_id: int, record: PageRecord) -> bool:
    rows = connection.execute("SELECT title, content_hash FROM pages WHERE id = ?", (page_id,)).fetchall()
    return bool(rows[0] == (record.title, record.content_hash))


def _fill_gaps(connection: apsw.Connection, page_id: int, record: PageRecord) -> None:
    """What was made of the same words on the other side, where there is nothing yet."""
    if record.favicon_url is not None:
        connection.execute(
            "UPDATE pages SET favicon_url = ? WHERE id = ? AND favicon_url IS NULL",
            (record.favicon_url, page_id),
        )
    if record.summary_model is not None:
        connection.execute(
            "UPDATE pages SET summary = ?, summary_model = ? WHERE id = ? AND summary_model IS NULL",
            (record.summary, record.summary_model, page_id),
        )


def _translate_category(merging: Merging, record: PageRecord) -> tuple[str | None, str | None]:
    """The page's category and stamp here; a category that is not here leaves it to be looked at."""
    if record.category is None:
        return None, record.category_stamp
    category = merging.keys.get(record.category)
    return category, record.category_stamp if category is not None else None


def _take_passages(connection: apsw.Connection, merging: Merging, page_id: int, record: PageRecord) -> None:
    chunks = [
        ChunkText(passage.position, passage.heading, passage.text, passage.text_hash)
        for passage in record.passages
    ]
    pages.replace_chunks(connection, merging.features, page_id, chunks)


def _take_unread(
    connection: apsw.Connection, page_id: int, record: PageRecord, captured_at: int | None
) -> None:
    """A page that nobody has read yet, unless there is a reading, or another such page, as new."""
    unread = record.unread
    if unread is None:
        return
    newest = (captured_at, record.captured_at, jobs.read_capture_time(connection, page_id))
    if all(at is None or at < unread.captured_at for at in newest):
        jobs.store_capture(connection, page_id, unread.captured_at, unread.html)
        jobs.add_job(connection, jobs.EXTRACT, page_id, unread.captured_at)
