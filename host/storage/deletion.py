"""What a person wants forgotten, and taking it out of a database: the open one, or a backup of it.

Runs inside the caller's transaction. The caller folds the write-ahead log afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.storage import pages, tab_corrections
from host.storage.asked_questions import forget_questions
from host.storage.conversations import delete_conversations
from host.storage.saved_queries import delete_named_query
from host.storage.time_range import Span, find_touched, forget_span

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

    from host.storage.connection import Features


# An id, and when it was made, UTC milliseconds.
Stamp = tuple[int, int]


@dataclass(frozen=True)
class Selection:
    """What is to be forgotten; several ways together mean all of them.

    Attributes:
        urls: pages by address, as they are and canonical.
        site: a host, with those below it.
        span: what was done in a span of time.
        questions: with it, what was asked in chat in that time.
        before: pages last visited before this time, UTC milliseconds.
        everything: every page.
        conversations: (id, begun at) of conversations, and
        asked: (id, asked at) of questions, whose whole conversations go.
        said: (id, said at) of what was said about tabs.
        queries: names of saved statements.
        all_conversations: every conversation.
        all_said: everything that was said about tabs.
    """

    urls: frozenset[str] = frozenset()
    site: str | None = None
    span: Span | None = None
    questions: bool = False
    before: int | None = None
    everything: bool = False
    conversations: frozenset[Stamp] = frozenset()
    asked: frozenset[Stamp] = frozenset()
    said: frozenset[Stamp] = frozenset()
    queries: frozenset[str] = frozenset()
    all_conversations: bool = False
    all_said: bool = False

    @property
    def about_pages(self) -> bool:
        """Whether it names pages."""
        return bool(self.urls or self.site or self.span or self.before is not None or self.everything)

    @property
    def since(self) -> int | None:
        """When the first of it was made, UTC milliseconds; None where nobody knows."""
        if self.about_pages or self.queries or self.all_conversations or self.all_said:
            return None
        # A conversation whose first questions were forgotten began earlier than it says, but what is left of
        # it did not.
        return min((at for _, at in (*self.conversations, *self.asked, *self.said)), default=None)


@dataclass(frozen=True)
class Deleted:
    """What was forgotten.

    Attributes:
        pages: that are gone.
        visits: that are gone from pages which stay.
        questions: that were asked in chat.
        corrections: what was said about tabs, beside those of the pages.
        conversations: that are gone as a whole because they were named.
        queries: saved statements.
        addresses: of the pages that are gone.
    """

    pages: int = 0
    visits: int = 0
    questions: int = 0
    corrections: int = 0
    conversations: int = 0
    queries: int = 0
    addresses: frozenset[str] = frozenset()

    @property
    def anything(self) -> bool:
        """Whether anything was."""
        return any(
            (self.pages, self.visits, self.questions, self.corrections, self.conversations, self.queries)
        )


def count_selected(connection: apsw.Connection, selection: Selection) -> int:
    """How many pages a deletion would delete, or take visits from."""
    named = pages.find_page_ids(
        connection, urls=sorted(selection.urls), domain=selection.site, everything=selection.everything
    )
    touched = find_touched(connection, selection.span) if selection.span else []
    old = pages.find_pages_before(connection, selection.before) if selection.before is not None else []
    return len({*named, *touched, *old})


def delete_selected(connection: apsw.Connection, features: Features, selection: Selection) -> Deleted:
    """Delete what is selected, with everything that was derived from it."""
    span = selection.span
    questions = forget_questions(connection, span) if span and selection.questions else 0
    gone, visits = forget_span(connection, features, span) if span else ([], 0)
    named = pages.find_page_ids(
        connection, urls=sorted(selection.urls), domain=selection.site, everything=selection.everything
    )
    old = pages.find_pages_before(connection, selection.before) if selection.before is not None else []
    page_ids = sorted({*gone, *named, *old})
    addresses = frozenset() if selection.everything else _read_addresses(connection, page_ids)
    corrections = tab_corrections.delete_named_corrections(
        connection,
        urls=selection.urls,
        domain=selection.site,
        from_ms=span.begin if span else None,
        to_ms=span.end if span else None,
        everything=selection.everything,
    )
    corrections += _delete_said(connection, selection)
    conversations = _delete_conversations(connection, selection)
    deleted = pages.delete_pages(connection, features, page_ids)
    if selection.before is not None:
        corrections += tab_corrections.delete_corrections_before(connection, selection.before)
    queries = sum(delete_named_query(connection, name) for name in selection.queries)
    return Deleted(deleted, visits, questions, corrections, conversations, queries, addresses)


def select_conversation(connection: apsw.Connection, conversation_id: int) -> Selection:
    """A conversation by itself, to be found in a backup as it was then; nothing when there is none."""
    begun = connection.execute(
        "SELECT id, created_at FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchall()
    asked = connection.execute(
        "SELECT id, created_at FROM messages WHERE conversation_id = ? AND role = 'user'", (conversation_id,)
    ).fetchall()
    return Selection(conversations=frozenset(begun), asked=frozenset(asked))


def select_said(connection: apsw.Connection, ids: Iterable[int]) -> Selection:
    """Some of what was said about tabs; what is not there is left out."""
    found: set[Stamp] = set()
    for correction_id in ids:
        rows = connection.execute("SELECT id, created_at FROM tab_corrections WHERE id = ?", (correction_id,))
        found.update((int(row[0]), int(row[1])) for row in rows)
    return Selection(said=frozenset(found))


def read_all_addresses(connection: apsw.Connection) -> Iterable[str]:
    """Every address in a database that a deletion may name."""
    rows = connection.execute(
        "SELECT url FROM pages UNION SELECT url FROM page_urls"
        " UNION SELECT url FROM tab_corrections UNION SELECT page_url FROM tab_corrections"
    )
    for (url,) in rows:
        yield str(url)


def read_all_hosts(connection: apsw.Connection) -> Iterable[str]:
    """Every host in a database that a deletion may name."""
    for (host,) in connection.execute(
        "SELECT DISTINCT domain FROM pages UNION SELECT host FROM tab_corrections"
    ):
        yield str(host)


def _delete_conversations(connection: apsw.Connection, selection: Selection) -> int:
    if selection.all_conversations:
        return delete_conversations(connection, None)
    named: set[int] = set()
    # Ids alone may be another's in a database that was taken in from elsewhere.
    for sql, stamps in (
        ("SELECT id FROM conversations WHERE id = ? AND created_at = ?", selection.conversations),
        ("SELECT conversation_id FROM messages WHERE id = ? AND created_at = ?", selection.asked),
    ):
        for stamp in stamps:
            named.update(int(row[0]) for row in connection.execute(sql, stamp))
    return sum(delete_conversations(connection, one) for one in named)


def _delete_said(connection: apsw.Connection, selection: Selection) -> int:
    if selection.all_said:
        return tab_corrections.delete_all_corrections(connection)
    named = [
        int(row[0])
        for stamp in selection.said
        for row in connection.execute("SELECT id FROM tab_corrections WHERE id = ? AND created_at = ?", stamp)
    ]
    return tab_corrections.delete_corrections(connection, named) if named else 0


def _read_addresses(connection: apsw.Connection, page_ids: Iterable[int]) -> frozenset[str]:
    found: set[str] = set()
    for page_id in page_ids:
        rows = connection.execute(
            "SELECT url FROM pages WHERE id = ?1 UNION SELECT url FROM page_urls WHERE page_id = ?1",
            (page_id,),
        )
        found.update(str(url) for (url,) in rows)
    return frozenset(found)
