"""Taking pages in: a page is acknowledged when it is durable, and read at once when that is quick."""

from __future__ import annotations

import zlib
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from host.core.clock import now_ms
from host.core.errors import AppError
from host.core.log import describe_exception, get_logger
from host.core.text import clean_line
from host.core.urls import canonicalize_url, split_domain, url_words
from host.history.canonical_link import find_canonical_link
from host.history.policy import find_refusal
from host.history.reader import MAX_TITLE, Reading, finish
from host.storage import jobs, pages
from host.storage.pages import PageVisit

if TYPE_CHECKING:
    import apsw

    from host.history.policy import Refusal
    from host.history.profiles import Profile
    from host.storage.connection import Features
    from host.workers.children import Reply

# The reader gets this long before the raw page is stored instead and read afterwards. Together with
# the commit it keeps the acknowledgement of an ordinary page within 50 ms (docs/benchmarks.md).
READ_WAIT_S = 0.030
# Longer pages are never waited for: sending them to the reader costs more than storing them.
WAIT_UP_TO_BYTES = 600_000
_COMPRESSION = 1
# A reading that is late most often arrives within this time; only then is the raw page read again.
LATE_MS = 10_000

Status = Literal["stored", "updated", "unchanged", "skipped"]
_log = get_logger("capture")


class PageReader(Protocol):
    """Turns pages into text; see `host.history.reader.Reader`."""

    @property
    def ready(self) -> bool:
        """Whether a page would be looked at now; when not, it begins to get ready."""

    def submit_html(self, html: bytes, url: str, *, compressed: bool = False) -> Future[Reply]:
        """Begin to read a page."""

    def read_text(self, text: str, title: str, language: str | None) -> Reading:
        """Make passages of plain text."""


@dataclass(frozen=True)
class CapturedPage:
    """A page as a caller sends it; see `pages.capture` in docs/protocol.md."""

    url: str
    visited_at: int
    title: str = ""
    html: str | None = None
    text: str | None = None
    language: str | None = None
    favicon_url: str | None = None
    transition: str | None = None
    referrer: str | None = None
    canonical_url: str | None = None
    has_password: bool = False
    incognito: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a page."""

    page_id: int | None
    status: Status
    reason: str | None = None


class Capture:
    """Stores captured pages and visits."""

    def __init__(self, reader: PageReader, wake_indexer: object = None) -> None:
        self._reader = reader
        self._wake = wake_indexer if callable(wake_indexer) else lambda: None

    def capture(self, profile: Profile, page: CapturedPage) -> Outcome:
        """Remember a page with what it says.

        Args:
            profile: whose history.
            page: the page with `html` or `text`; with neither only the visit is remembered.

        Returns:
            the outcome, once it is durable.

        Raises:
            DiskFull, StorageError: nothing was stored.
        """
        visit = make_visit(page)
        refusal = _find_refusal(profile, page, visit)
        if refusal:
            return Outcome(None, "skipped", refusal)
        try:
            if page.html is not None:
                outcome = self._capture_html(profile, page, visit)
            elif page.text is not None:
                reading = self._reader.read_text(page.text, page.title, page.language)
                outcome = store_reading(profile, visit, reading, page.visited_at, page.favicon_url)
            else:
                outcome = _store_visit(profile, visit)
        finally:
            self._wake()
        return outcome

    def visit(self, profile: Profile, page: CapturedPage) -> Outcome:
        """Remember that a page was visited, by address and title only."""
        visit = make_visit(page)
        refusal = _find_refusal(profile, page, visit)
        if refusal:
            return Outcome(None, "skipped", refusal)
        outcome = _store_visit(profile, visit)
        self._wake()
        return outcome

    def _capture_html(self, profile: Profile, page: CapturedPage, visit: PageVisit) -> Outcome:
        html = (page.html or "").encode("utf-8", errors="replace")
        future: Future[Reply] | None = None
        if len(html) <= WAIT_UP_TO_BYTES and self._reader.ready:
            try:
                future = self._reader.submit_html(html, visit.url)
                reading = finish(future.result(READ_WAIT_S), page.title)
            except FutureTimeout:
                pass
            except AppError as error:
                # The reader will be started again; the raw page waits for it.
                _log.warning("reading a page failed: %s", describe_exception(error))
            else:
                return store_reading(profile, visit, reading, page.visited_at, page.favicon_url)
        # While a reading is on its way, the job that would make it anew holds back.
        delay_ms = LATE_MS if future is not None and not future.done() else 0
        outcome = self._stage(profile, page, visit, zlib.compress(html, _COMPRESSION), delay_ms)
        if future is not None:
            page_id = outcome.page_id or 0
            future.add_done_callback(lambda late: _finish_late(profile, page, page_id, late))
        return outcome

    def _stage(
        self, profile: Profile, page: CapturedPage, visit: PageVisit, compressed: bytes, delay_ms: int
    ) -> Outcome:
        """Keep the raw page, durably, for the `extract` job."""

        def store(connection: apsw.Connection) -> Outcome:
            if refusal := _find_new_refusal(profile, visit):
                return Outcome(None, "skipped", refusal)
            before = pages.find_visited(connection, visit)
            page_id = pages.record_visit(connection, visit)
            jobs.store_capture(connection, page_id, page.visited_at, compressed)
            jobs.add_job(connection, jobs.EXTRACT, page_id, now_ms(), delay_ms=delay_ms)
            favicon_url = _keep_favicon(page.favicon_url)
            if favicon_url:
                pages.store_favicon(connection, page_id, favicon_url)
            known = before is not None and before.captured_at is not None
            return Outcome(page_id, "updated" if known else "stored")

        return profile.database.write(store)


def _find_refusal(profile: Profile, page: CapturedPage, visit: PageVisit) -> Refusal | None:
    """Why it may not be remembered: neither under its own address nor under that which it names."""
    refusal = find_refusal(profile, page.url, incognito=page.incognito, has_password=page.has_password)
    return refusal or find_refusal(profile, visit.url)


def _find_new_refusal(profile: Profile, visit: PageVisit) -> Refusal | None:
    """The same once more, just before it is written: its person may have said so while the page was read."""
    return next(filter(None, (find_refusal(profile, url) for url in (visit.url, *visit.addresses))), None)


def _store_visit(profile: Profile, visit: PageVisit) -> Outcome:
    """Store a visit without text; a page that was never read is found by its title and address."""

    def store(connection: apsw.Connection) -> Outcome:
        if refusal := _find_new_refusal(profile, visit):
            return Outcome(None, "skipped", refusal)
        before = pages.find_visited(connection, visit)
        page_id = pages.record_visit(connection, visit)
        if before is None or before.captured_at is None:
            jobs.add_job(connection, jobs.EMBED, page_id, now_ms())
        return Outcome(page_id, "stored" if before is None else "unchanged")

    return profile.database.write(store)


def _keep_favicon(url: str | None) -> str | None:
    return url if url and url.startswith(("http://", "https://")) else None


def _finish_late(profile: Profile, page: CapturedPage, page_id: int, late: Future[Reply]) -> None:
    """Store a reading that came after the raw page was stored. If it failed, the job does it."""
    features = profile.database.features
    try:
        reading = finish(late.result(), page.title)
        profile.database.write(
            lambda connection: finish_staged(connection, features, page_id, page.visited_at, reading),
            background=True,
        )
    except AppError as error:
        _log.info("a late reading was left to its job: %s", error.kind)


def finish_staged(
    connection: apsw.Connection, features: Features, page_id: int, captured_at: int, reading: Reading
) -> None:
    """Store what a raw page said, and forget the raw page; inside the caller's transaction.

    Nothing happens when the raw page is gone: it was deleted by its owner, or replaced by a newer one.
    """
    if jobs.read_capture_time(connection, page_id) != captured_at:
        return
    current = pages.read_page(connection, page_id=page_id)
    if current is not None and current.content_hash == reading.content.content_hash:
        pages.touch_capture(connection, page_id, captured_at)
    else:
        apply_reading(connection, features, page_id, reading, captured_at)
    jobs.delete_capture_before(connection, page_id, captured_at)


def make_visit(page: CapturedPage) -> PageVisit:
    """The visit in a captured page, under its canonical URL."""
    link = page.canonical_url or (find_canonical_link(page.html, page.url) if page.html else None)
    url = canonicalize_url(page.url, link)
    return PageVisit(
        url=url,
        domain=split_domain(url),
        url_words=url_words(url),
        visited_at=page.visited_at,
        title=clean_line(page.title, limit=MAX_TITLE),
        transition=page.transition,
        referrer_url=canonicalize_url(page.referrer) if page.referrer else None,
        addresses=(canonicalize_url(page.url), page.url),
    )


def store_reading(
    profile: Profile, visit: PageVisit, reading: Reading, captured_at: int, favicon_url: str | None
) -> Outcome:
    """Store a visit and what its page says, in one transaction."""
    features = profile.database.features

    def store(connection: apsw.Connection) -> Outcome:
        if refusal := _find_new_refusal(profile, visit):
            return Outcome(None, "skipped", refusal)
        before = pages.find_visited(connection, visit)
        page_id = pages.record_visit(connection, visit)
        jobs.delete_capture_before(connection, page_id, captured_at)
        if before is not None and before.content_hash == reading.content.content_hash:
            pages.touch_capture(connection, page_id, captured_at)
            return Outcome(page_id, "unchanged")
        if before is not None and before.captured_at is not None and before.captured_at > captured_at:
            # An older reading that arrives late must not replace a newer one.
            return Outcome(page_id, "unchanged")
        apply_reading(connection, features, page_id, reading, captured_at, favicon_url)
        known = before is not None and before.captured_at is not None
        return Outcome(page_id, "updated" if known else "stored")

    return profile.database.write(store)


def apply_reading(
    connection: apsw.Connection,
    features: Features,
    page_id: int,
    reading: Reading,
    captured_at: int,
    favicon_url: str | None = None,
) -> None:
    """Write what a page says and queue its vectors; inside the caller's transaction."""
    content = replace(reading.content, favicon_url=_keep_favicon(favicon_url))
    pages.store_content(connection, page_id, content, captured_at)
    pages.replace_chunks(connection, features, page_id, reading.chunks)
    jobs.add_job(connection, jobs.EMBED, page_id, now_ms())
