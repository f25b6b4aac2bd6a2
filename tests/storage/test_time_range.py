from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.storage import conversations, jobs, pages, vector_spaces, vectors
from host.storage.addresses import remember_addresses
from host.storage.connection import Features
from host.storage.conversations import NewAnswer, StoredSentence, StoredSource
from host.storage.database import fold_log
from host.storage.deletion import Deleted, Selection, delete_selected
from host.storage.imports import ImportedPage, import_pages
from host.storage.time_range import Span
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, add_page, find_active, make_chunk, make_content, make_visit

if TYPE_CHECKING:
    import apsw

    from host.storage.database import Database
    from host.storage.pages import Page

HOUR = 3_600_000
LAST_HOUR = Span(NOON, NOON + HOUR)
URL = "https://a.example/quagmire"
WORD = "zephyrously"
VECTOR = np.full(16, 0.25, dtype=np.float32)


def _forget(database: Database, *, questions: bool = True, span: Span = LAST_HOUR) -> Deleted:
    deleted = database.write(
        lambda connection: delete_selected(
            connection, database.features, Selection(span=span, questions=questions)
        )
    )
    fold_log(database)
    return deleted


def _read(database: Database, url: str = URL) -> Page | None:
    return database.read(lambda connection: pages.read_page(connection, url=url))


def _visit(database: Database, at: int, url: str = URL) -> None:
    database.write(lambda connection: pages.record_visit(connection, make_visit(url, at)))


def _visited_at(database: Database) -> list[int]:
    return [
        row[0]
        for row in database.read(lambda c: c.execute("SELECT visited_at FROM visits ORDER BY 1").fetchall())
    ]


def _read_with_everything(connection: apsw.Connection, at: int, *, text: str = WORD) -> int:
    """A page as it is after a reading, a vector, a summary and a category."""
    vector_spaces.choose_space(connection, VectorSpace("model", 16))
    page_id = add_page(connection, URL, f"the {text} text", f"Title {text}", at)
    pages.replace_chunks(connection, Features(), page_id, [make_chunk(0, f"a {text} passage")])
    (chunk,) = pages.read_chunks(connection, page_id)
    vectors.store_chunk_vectors(connection, find_active(connection), [(chunk.id, page_id, VECTOR)])
    vectors.store_page_vector(connection, find_active(connection), page_id, VECTOR)
    connection.execute(
        "UPDATE pages SET summary = ?, summary_model = 'm', category = 'dev', category_stamp = 's'",
        (f"About {text}.",),
    )
    return page_id


def _files(database: Database) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(database.path.parent.iterdir()) if file.is_file())


def test_a_page_first_visited_in_that_time_goes(database: Database) -> None:
    database.write(lambda connection: _read_with_everything(connection, NOON + 5))
    _visit(database, NOON + 7)
    assert WORD.encode() in _files(database)
    found = _forget(database)
    assert (found.pages, found.visits) == (1, 0)
    assert found.addresses == {URL}
    assert _read(database) is None
    assert WORD.encode() not in _files(database)


@pytest.mark.parametrize(
    ("others", "first", "last"), [([-9], -9, -9), ([HOUR], HOUR, HOUR), ([-9, HOUR], -9, HOUR)]
)
def test_a_page_with_other_visits_keeps_them_and_no_others(
    database: Database, others: list[int], first: int, last: int
) -> None:
    for moment in (*others, 0, 5):
        _visit(database, NOON + moment)
    assert _forget(database) == Deleted(visits=2)
    assert _visited_at(database) == [NOON + moment for moment in others]
    page = _read(database)
    assert page is not None
    assert (page.first_visit_at, page.last_visit_at) == (NOON + first, NOON + last)
    assert page.visit_count == len(others)


def test_what_was_read_of_a_known_page_in_that_time_is_nowhere_in_the_files(database: Database) -> None:
    _visit(database, NOON - HOUR)
    database.write(lambda connection: _read_with_everything(connection, NOON + 5))
    raw = zlib.compress(f"<p>{WORD}</p>".encode())
    database.write(lambda connection: jobs.store_capture(connection, 1, NOON + 6, raw))
    assert VECTOR.tobytes() in _files(database)
    assert _forget(database).pages == 0
    page = _read(database)
    assert page is not None
    assert (page.title, page.content_text, page.summary, page.category) == ("", "", None, None)
    assert page.captured_at is None
    content = _files(database)
    for gone in (WORD.encode(), raw, VECTOR.tobytes()):
        assert gone not in content
    counted = database.read(lambda c: c.execute("SELECT kind FROM jobs").fetchall())
    assert counted == [(jobs.EMBED,)], "it is to be found by its address"


def test_what_was_read_of_a_page_at_another_time_stays(database: Database) -> None:
    database.write(lambda connection: _read_with_everything(connection, NOON - HOUR))
    _visit(database, NOON + 5)
    assert _forget(database).visits == 1
    page = _read(database)
    assert page is not None
    assert page.content_text == f"the {WORD} text"
    assert database.read(lambda connection: len(pages.read_chunks(connection, page.id))) == 1


def test_a_visit_that_came_from_a_forgotten_one_does_not_say_so_any_more(database: Database) -> None:
    _visit(database, NOON - HOUR)
    _visit(database, NOON + 5)
    later = make_visit("https://b.example/", NOON + 2 * HOUR, referrer_url=URL)
    database.write(lambda connection: pages.record_visit(connection, later))
    assert database.read(lambda c: c.execute("SELECT count(from_visit) FROM visits").fetchall()) == [(1,)]
    _forget(database)
    assert database.read(lambda c: c.execute("SELECT count(from_visit) FROM visits").fetchall()) == [(0,)]


def test_an_address_seen_in_that_time_only_is_forgotten_and_the_page_is_not(database: Database) -> None:
    _visit(database, NOON - HOUR)
    tracked = f"{URL}?from={WORD}"

    def visit(connection: apsw.Connection) -> None:
        page_id = pages.record_visit(connection, make_visit(URL, NOON + 5))
        remember_addresses(connection, page_id, (tracked,), NOON + 5)

    database.write(visit)
    _forget(database)
    assert database.read(lambda c: c.execute("SELECT url, last_visit_at FROM page_urls").fetchall()) == [
        (URL, NOON - HOUR)
    ]
    assert WORD.encode() not in _files(database)


def test_an_imported_page_whose_only_known_visit_is_in_that_time_goes(database: Database) -> None:
    items = [
        ImportedPage(f"https://{number}.example/", "x", "x", "T", NOON + at, 9)
        for number, at in enumerate((-5, 5, HOUR))
    ]
    database.write(lambda connection: import_pages(connection, items))
    assert _forget(database).pages == 1
    assert _read(database, "https://1.example/") is None


def test_an_imported_visit_of_that_time_is_not_told_by_a_page_that_was_seen_again(database: Database) -> None:
    for at in (5, HOUR + 5):
        item = ImportedPage(URL, "a.example", "", "T", NOON + at, 2)
        database.write(lambda connection, item=item: import_pages(connection, [item]))  # type: ignore[misc]
    _forget(database)
    page = _read(database)
    assert page is not None
    assert page.first_visit_at == NOON + HOUR + 5


def _ask(connection: apsw.Connection, text: str, at: int, conversation: int | None = None) -> int:
    if conversation is None:
        conversation = conversations.create_conversation(connection, text, at)
    question = conversations.add_question(connection, conversation, text, at)
    answer = NewAnswer(
        "complete", "written", "m", [StoredSentence(f"About {text}.", supported=False)], [],
        shown=f"earlier: {text}", raw=f"raw {text}", details={"searched_for": text},
    )  # fmt: skip
    conversations.add_answer(connection, conversation, question, answer, at + 1)
    return conversation


def test_what_was_asked_in_that_time_goes_with_its_answers(database: Database) -> None:
    kept = database.write(lambda connection: _ask(connection, "oolong", NOON - HOUR))
    database.write(lambda connection: _ask(connection, "brachiopods", NOON + 5))
    database.write(lambda connection: _ask(connection, WORD, NOON + 6, kept))
    assert _forget(database).questions == 2
    (left,) = database.read(conversations.list_conversations)
    assert (left.id, left.title, left.questions, left.updated_at) == (kept, "oolong", 1, NOON - HOUR + 1)
    content = _files(database)
    assert b"brachiopods" not in content
    assert WORD.encode() not in content
    assert b"About oolong." in content


def test_a_conversation_that_goes_on_is_called_by_what_is_left_and_its_model_was_given_no_more(
    database: Database,
) -> None:
    begun = database.write(lambda connection: _ask(connection, WORD, NOON + 5))

    def go_on(connection: apsw.Connection) -> None:
        _ask(connection, "oolong", NOON + 2 * HOUR, begun)
        connection.execute("UPDATE messages SET shown = ? WHERE created_at > ?", (f"{WORD}?", NOON + HOUR))

    database.write(go_on)
    assert _forget(database).questions == 1
    (left,) = database.read(conversations.list_conversations)
    assert (left.title, left.created_at) == ("oolong", NOON + 2 * HOUR)
    assert WORD.encode() not in _files(database)


def test_questions_stay_when_that_is_wanted_without_the_words_of_what_was_read_then(
    database: Database,
) -> None:
    _visit(database, NOON - HOUR)
    page_id = database.write(lambda connection: _read_with_everything(connection, NOON + 5))

    def ask(connection: apsw.Connection) -> int:
        conversation = conversations.create_conversation(connection, "oolong", NOON + 6)
        question = conversations.add_question(connection, conversation, "oolong", NOON + 6)
        source = StoredSource(1, page_id, 1, "", f"a {WORD} passage", WORD, cited=True)
        said = [
            StoredSentence(f"It says {WORD}.", supported=True, citations=(1,)),
            StoredSentence("And tea.", supported=True),
        ]
        answer = NewAnswer("complete", "written", "m", said, [source], shown=WORD, raw=WORD)
        conversations.add_answer(connection, conversation, question, answer, NOON + 7)
        return conversation

    conversation = database.write(ask)
    assert _forget(database, questions=False).questions == 0
    _, answer = database.read(lambda connection: conversations.read_messages(connection, conversation))
    assert [(one.text, one.removed) for one in answer.sentences] == [("", True), ("And tea.", False)]
    assert answer.sources == ()
    assert WORD.encode() not in _files(database)


def test_the_same_text_read_again_later_is_known_to_be_new(database: Database) -> None:
    _visit(database, NOON - HOUR)
    page_id = database.write(lambda connection: _read_with_everything(connection, NOON + 5))
    _forget(database)

    def read_again(connection: apsw.Connection) -> None:
        pages.store_content(connection, page_id, make_content("tea", "Tea"), NOON + 2 * HOUR)

    database.write(read_again)
    page = _read(database)
    assert page is not None
    assert (page.title, page.content_text) == ("Tea", "tea")
