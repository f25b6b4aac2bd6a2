"""Giving pages out, and importing them by title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import Forbidden, InvalidInput, NotFound
from host.core.text import clean_line
from host.core.urls import (
    canonicalize_url,
    is_capturable,
    split_domain,
    url_words,
)
from host.history.policy import find_omission
from host.history.reader import MAX_TITLE
from host.storage import jobs, pages
from host.storage.addresses import find_by_address, read_last_visit
from host.storage.categories import read_category_names
from host.storage.imports import ImportCounts, ImportedPage, import_pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

    from host.history.profiles import Profile
    from host.storage.pages import Chunk, Page


@dataclass(frozen=True)
class HistoryEntry:
    """A page as a browser's own history knows it; time in UTC milliseconds."""

    url: str
    title: str
    last_visit_at: int
    visit_count: int


@dataclass(frozen=True)
class FoundPage:
    """A page and some of its passages.

    Attributes:
        page: all but the passages.
        chunks: those that were asked for.
        chunk_count: how many there are.
        url_last_visit_at: the last visit under exactly the address that was asked for, where it is known.
        category: name of its category.
    """

    page: Page
    chunks: tuple[Chunk, ...]
    chunk_count: int
    url_last_visit_at: int | None
    category: str | None = None


def import_entries(
    profile: Profile, entries: Iterable[HistoryEntry], *, background: bool = False
) -> ImportCounts:
    """Add pages by title and address. The same entries again change nothing.

    Entries that settings exclude, and addresses that are not http or https, count as skipped.

    Raises:
        Forbidden: nothing is to be remembered now.
    """
    if profile.capture_paused or not profile.settings.capture_enabled:
        how = "switched off" if not profile.settings.capture_enabled else "paused"
        message = f"AI History is {how}, so nothing is imported."
        raise Forbidden(message, fix="Let it remember pages again, and start the import anew.")
    wanted: dict[str, ImportedPage] = {}
    skipped = 0
    settings = profile.settings
    for entry in entries:
        if not is_capturable(entry.url) or find_omission(settings, entry.url):
            skipped += 1
            continue
        url = canonicalize_url(entry.url)
        same = wanted.get(url)
        if same:
            skipped += 1
        wanted[url] = ImportedPage(
            url=url,
            domain=split_domain(url),
            url_words=url_words(url),
            title=clean_line(entry.title, limit=MAX_TITLE) or (same.title if same else ""),
            last_visit_at=max(entry.last_visit_at, same.last_visit_at if same else entry.last_visit_at),
            visit_count=max(entry.visit_count, 1) + (same.visit_count if same else 0),
            addresses=((entry.url, entry.last_visit_at), *(same.addresses if same else ())),
        )

    def store(connection: apsw.Connection) -> ImportCounts:
        counts = import_pages(connection, wanted.values())
        jobs.add_jobs(connection, jobs.EMBED, counts.page_ids, now_ms())
        return counts

    counts = profile.database.write(store, background=background)
    counts.skipped += skipped
    return counts


def get_page(profile: Profile, *, page_id: int | None, url: str | None, offset: int, limit: int) -> FoundPage:
    """A page with some of its passages.

    Args:
        profile: whose history.
        page_id: the page, or
        url: any address under which it was visited.
        offset: how many passages to pass over.
        limit: how many to give.

    Raises:
        InvalidInput: neither id nor URL given.
        NotFound: there is no such page.
    """
    if page_id is None and url is None:
        message = "Give page_id or url."
        raise InvalidInput(message)

    def read(connection: apsw.Connection) -> FoundPage | None:
        known, visited_at = page_id, None
        if url is not None:
            visited_at = read_last_visit(connection, url)
            known = find_by_address(connection, (url, canonicalize_url(url))) if known is None else known
        page = pages.read_page(connection, page_id=known) if known is not None else None
        if page is None:
            return None
        chunks = pages.read_chunks(connection, page.id)
        category = read_category_names(connection).get(page.category or "")
        return FoundPage(page, tuple(chunks[offset : offset + limit]), len(chunks), visited_at, category)

    found = profile.database.read(read)
    if found is None:
        message = "This page is not in your history."
        raise NotFound(message)
    return found
