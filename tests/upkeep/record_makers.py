"""Histories that have something of everything, what there is in one, and any page that may come."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from host.core.urls import canonicalize_url, split_domain, url_words
from host.history.reader import hash_text
from host.storage import categories, conversations, fulltext, jobs, migrations, pages, vector_spaces, vectors
from host.storage import settings as stored_settings
from host.storage.categories import BUILT_IN, StoredCategory
from host.storage.connection import Features, open_connection
from host.storage.conversations import NewAnswer, StoredSentence, StoredSource
from host.storage.pages import ChunkText, PageContent, PageVisit
from host.storage.records import AddressRecord, PageRecord, PassageRecord, RawPage, VisitRecord
from host.storage.saved_queries import save_query
from host.storage.tab_corrections import NewCorrection, add_correction
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, find_active, put_category

if TYPE_CHECKING:
    import apsw

SIZE = 64
SPACE = VectorSpace("words", SIZE)
OWN = StoredCategory(key="own-bread", name="Bread", description="Loaves", colour="yellow", updated_at=NOON)

# What is in each table, without row ids.
CONTENTS = {
    "pages": "SELECT url, domain, title, url_words, content_text, summary, favicon_url, language, author,"
    " published_at, content_hash, captured_at, first_visit_at, last_visit_at, visit_count, summary_model,"
    " category, category_confidence, category_stamp FROM pages ORDER BY url",
    "page_urls": "SELECT page_urls.url, pages.url, page_urls.last_visit_at FROM page_urls"
    " JOIN pages ON pages.id = page_id ORDER BY 1",
    "visits": "SELECT url, visits.visited_at, visits.transition, before.visited_at FROM visits"
    " JOIN pages ON pages.id = visits.page_id LEFT JOIN visits AS before ON before.id = visits.from_visit"
    " ORDER BY 1, 2",
    "page_chunks": "SELECT url, position, heading, text, text_hash FROM page_chunks"
    " JOIN pages ON pages.id = page_id ORDER BY 1, 2",
    "captures": "SELECT url, captures.captured_at, html FROM captures JOIN pages ON pages.id = page_id"
    " ORDER BY 1",
    "settings": "SELECT key, value FROM settings ORDER BY 1",
    "categories": "SELECT * FROM categories ORDER BY key",
    "tab_corrections": "SELECT url, page_url, host, title, category, origin, created_at FROM tab_corrections"
    " ORDER BY 1, 7",
    "conversations": "SELECT title, created_at, updated_at FROM conversations ORDER BY created_at, title",
    "messages": "SELECT title, role, text, shown, raw, state, engine, model, details, messages.created_at,"
    " answers IS NULL FROM messages JOIN conversations ON conversations.id = conversation_id"
    " ORDER BY title, messages.created_at, messages.id",
    "answer_sentences": "SELECT created_at, position, answer_sentences.text, supported, removed"
    " FROM answer_sentences JOIN messages ON messages.id = message_id ORDER BY 1, 2",
    "citations": "SELECT messages.created_at, n, url, position, citations.heading, passage, quote, cited"
    " FROM citations JOIN messages ON messages.id = message_id JOIN pages ON pages.id = citations.page_id"
    " LEFT JOIN page_chunks ON page_chunks.id = chunk_id ORDER BY 1, 2",
    "sentence_citations": "SELECT answer_sentences.text, n, place FROM sentence_citations"
    " JOIN answer_sentences ON answer_sentences.id = sentence_id JOIN citations ON citations.id = citation_id"
    " ORDER BY 1, 2",
    "message_pages": "SELECT messages.created_at, url FROM message_pages"
    " JOIN messages ON messages.id = message_id JOIN pages ON pages.id = page_id ORDER BY 1, 2",
    "saved_queries": "SELECT name, sql, updated_at FROM saved_queries ORDER BY 1",
    "growth": "SELECT * FROM growth ORDER BY 1",
}
# Of a space with the tables of the first slot.
VECTORS = {
    "chunk_embeddings": "SELECT url, position, embedding FROM chunk_embeddings"
    " JOIN page_chunks ON page_chunks.id = chunk_id JOIN pages ON pages.id = page_id ORDER BY 1, 2",
    "page_embeddings": "SELECT url, embedding FROM page_embeddings"
    " JOIN pages ON pages.id = page_id ORDER BY 1",
    "vector_codes": "SELECT url, coalesce(position, -1), code FROM vector_codes"
    " JOIN pages ON pages.id = vector_codes.page_id LEFT JOIN page_chunks ON page_chunks.id = chunk_id"
    " ORDER BY 1, 2",
}


def read_contents(connection: apsw.Connection, *, with_vectors: bool = False) -> dict[str, list[Any]]:
    """What is in every table."""
    wanted = {**CONTENTS, **VECTORS} if with_vectors else CONTENTS
    return {table: connection.execute(query).fetchall() for table, query in wanted.items()}


def make_vector(*parts: str) -> Any:
    """A vector of length 1 that is always the same for the same words."""
    seed = int.from_bytes(hashlib.sha256("\0".join(parts).encode("utf-8")).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=SIZE)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def add_page(
    connection: apsw.Connection, url: str, title: str, texts: list[str], at: int = NOON, referrer: str = ""
) -> int:
    """A page with a passage for each text, and its vectors."""
    visit = PageVisit(
        url, split_domain(url), url_words(url), at, title, "link", referrer or None, (f"{url}?utm_x=1",)
    )
    page_id = pages.record_visit(connection, visit)
    text = "\n".join(texts)
    content = PageContent(
        title, text, hash_text(title, text), "en", "Somebody", at - 5, "https://i.example/i"
    )
    pages.store_content(connection, page_id, content, at)
    chunks = [ChunkText(n, "Part", one, hash_text(title, "Part", one)) for n, one in enumerate(texts)]
    pages.replace_chunks(connection, Features(), page_id, chunks)
    space = find_active(connection)
    vectors.store_page_vector(connection, space, page_id, make_vector(title))
    rows = [(one.id, page_id, make_vector(one.text)) for one in pages.read_chunks(connection, page_id)]
    vectors.store_chunk_vectors(connection, space, rows)
    return page_id


def add_conversation(connection: apsw.Connection, question: str, page_id: int, at: int = NOON) -> int:
    """A conversation whose answer quotes a page; returns its id."""
    conversation_id = conversations.create_conversation(connection, question, at)
    question_id = conversations.add_question(connection, conversation_id, question, at + 1)
    chunk = pages.read_chunks(connection, page_id)[0]
    source = StoredSource(1, page_id, chunk.id, "Part", chunk.text, chunk.text[:5], cited=True)
    answer = NewAnswer(
        state="complete",
        engine="extractive",
        model=None,
        sentences=[
            StoredSentence(f"It says so: {question}", supported=True, citations=(1,)),
            StoredSentence(f"Nobody knows: {question}", supported=False),
        ],
        sources=[source],
        shown="shown",
        raw="raw",
        details={"timings": {"total_ms": 1.5}, "searched_for": "so"},
        page_ids=[page_id],
    )
    conversations.add_answer(connection, conversation_id, question_id, answer, at + 2)
    return conversation_id


def fill(connection: apsw.Connection, place: str = "a") -> None:
    """Something of everything; `place` tells two such histories apart."""
    vector_spaces.choose_space(connection, SPACE)
    first = add_page(connection, f"https://{place}.example/one", "One 🍞", ["Bread rises.", "Crust 黒パン."])
    second = add_page(
        connection,
        f"https://{place}.example/two",
        "Two",
        ["Tea\u2028brews."],
        NOON + 9,
        f"https://{place}.example/one",
    )
    pages.record_visit(
        connection, PageVisit("https://seen.example/", "seen.example", "seen example", NOON, f"Seen {place}")
    )
    connection.execute(
        "UPDATE pages SET summary = 'In short', summary_model = 'extractive' WHERE id = ?", (first,)
    )
    categories.write_categories(connection, [*BUILT_IN, OWN])
    put_category(connection, [first], "own-bread")
    put_category(connection, [second], None)
    jobs.store_capture(connection, second, NOON + 20, zlib.compress(b"<p>unread</p>"))
    jobs.add_job(connection, jobs.EXTRACT, second, NOON)
    stored_settings.store_settings(connection, {"appearance.theme": "dark"})
    add_correction(connection, NewCorrection(f"https://{place}.example/tab", "Tab", "own-bread", None, NOON))
    add_conversation(connection, f"What of {place}?", first)
    save_query(connection, f"mine {place}", "SELECT 1", NOON)
    connection.execute("INSERT INTO growth VALUES ('2024-06-07', 3, 4096)")


def open_memory() -> apsw.Connection:
    """An empty history in memory."""
    connection = open_connection(Path(":memory:"), read_only=False)
    migrations.migrate(connection)
    fulltext.create_index(connection)
    vector_spaces.choose_space(connection, SPACE)
    return connection


# Everything but halves of characters, which no UTF-8 has.
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_times = st.integers(NOON, NOON + 3)


@st.composite
def any_page(draw: st.DrawFn, urls: st.SearchStrategy[str] | None = None) -> PageRecord:
    """A page as an export may have it: read, or known by name only; with vectors, or without."""
    known = urls if urls is not None else st.integers(0, 10**6).map(lambda n: f"https://any.example/{n}")
    url = canonicalize_url(draw(known))
    first = draw(_times)
    last = draw(st.integers(first, NOON + 3))
    title, text = draw(any_text), draw(any_text)
    captured_at = draw(st.none() | _times)
    visits = draw(st.lists(st.integers(first, last), unique=True, max_size=3).map(sorted))
    # The same words have the same passages.
    texts = [] if captured_at is None else [text[:9], text[9:]][: len(text) % 3]
    unread_at = draw(st.none() | _times)
    return PageRecord(
        url=url,
        first_visit_at=first,
        last_visit_at=last,
        visit_count=draw(st.integers(len(visits), 9)),
        title=title,
        text="" if captured_at is None else text,
        language=None if captured_at is None else "en",
        content_hash=None if captured_at is None else hash_text(title, text),
        captured_at=captured_at,
        addresses=(
            AddressRecord(f"{url}?utm_source=x", last),
            AddressRecord("https://shared.example/", first),
        ),
        visits=tuple(VisitRecord(at, draw(st.sampled_from(["link", "typed", None]))) for at in visits),
        passages=tuple(
            PassageRecord(
                n, "", one, hash_text(title, "", one), draw(st.none() | st.just(make_vector(one).tobytes()))
            )
            for n, one in enumerate(texts)
        ),
        lead=make_vector(title).tobytes() if draw(st.booleans()) else None,
        lead_known=True,
        unread=None if unread_at is None else RawPage(unread_at, zlib.compress(str(unread_at).encode())),
    )
