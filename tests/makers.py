"""What tests put into a database, in as few words as a test needs, and how they wait."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING

from host.core.urls import split_domain, url_words
from host.storage import page_categories, pages, vector_gaps, vector_spaces
from host.storage.page_categories import PageCategory
from host.storage.pages import ChunkText, PageContent, PageVisit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw

    from host.storage.vector_spaces import StoredSpace

# A Friday in 2024; tests count their times from here.
NOON = 1_717_761_600_000
WAIT_S = 20.0


def make_visit(url: str, at: int = NOON, title: str = "", referrer_url: str | None = None) -> PageVisit:
    """A visit to `url`."""
    return PageVisit(
        url=url,
        domain=split_domain(url),
        url_words=url_words(url),
        visited_at=at,
        title=title,
        referrer_url=referrer_url,
    )


def make_content(text: str, title: str = "") -> PageContent:
    """What the reader would have made of a page."""
    return PageContent(title=title, text=text, content_hash=digest(title, text))


def make_chunk(position: int, text: str, heading: str = "") -> ChunkText:
    """A passage."""
    return ChunkText(position=position, heading=heading, text=text, text_hash=digest(heading, text))


def add_page(connection: apsw.Connection, url: str, text: str = "", title: str = "", at: int = NOON) -> int:
    """Store a page that was read; returns its id."""
    page_id = pages.record_visit(connection, make_visit(url, at, title))
    pages.store_content(connection, page_id, make_content(text, title), at)
    return page_id


def put_category(connection: apsw.Connection, page_ids: Sequence[int], category: str | None) -> int:
    """Say that pages were looked at, and where they belong, by a category's key; returns how many."""
    leads = page_categories.read_leads(connection, page_ids)
    found = [PageCategory(lead, category, 0.9) for lead in leads]
    return page_categories.store_categories(connection, found, "now")


def find_active(connection: apsw.Connection) -> StoredSpace:
    """The vector space that serves."""
    space = vector_spaces.find_space(connection, "active")
    assert space is not None
    return space


def find_unembedded(connection: apsw.Connection) -> list[int]:
    """The pages that lack a vector in the space that serves."""
    return vector_gaps.find_gaps(connection, find_active(connection))


def digest(*parts: str) -> str:
    """A digest of some text."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def wait_until(
    condition: Callable[[], object], what: str, timeout_s: float = WAIT_S, every_s: float = 0.01
) -> None:
    """Wait until `condition()` holds, looking again and again; fail when it does not in time."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            message = f"waited {timeout_s:.0f} s in vain: {what}"
            raise AssertionError(message)
        pause.wait(every_s)
