from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.history.capture import Capture, CapturedPage
from host.history.stored_page import describe_stored
from host.storage import conversations, jobs, pages, vector_spaces, vectors
from host.storage.conversations import NewAnswer, StoredSource
from host.storage.tab_corrections import NewCorrection, add_correction
from host.storage.vector_spaces import VectorSpace
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile
    from tests.history.stand_ins import InstantReader

URL = "https://a.example/tea"
TRACKED = f"{URL}?utm_source=mail"


def test_everything_that_belongs_to_a_page_is_told_under_any_of_its_addresses(
    profile: Profile, reader: InstantReader
) -> None:
    capture = Capture(reader)
    capture.capture(profile, CapturedPage(TRACKED, NOON, "Tea", html="<p>green tea</p><p>from hills</p>"))
    capture.visit(profile, CapturedPage(URL, NOON + 60_000))

    def add(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, VectorSpace("model", 16))
        vector = np.full(16, 0.25, dtype=np.float32)
        chunks = pages.read_chunks(connection, 1)
        space = find_active(connection)
        vectors.store_chunk_vectors(connection, space, [(chunk.id, 1, vector) for chunk in chunks])
        vectors.store_page_vector(connection, space, 1, vector)
        connection.execute("UPDATE pages SET summary = 'About tea.', category = 'dev'")
        add_correction(connection, NewCorrection(TRACKED, "Tea", "dev", None, NOON))
        conversation = conversations.create_conversation(connection, "Tea?", NOON)
        question = conversations.add_question(connection, conversation, "Tea?", NOON)
        source = StoredSource(1, 1, chunks[0].id, "", "green tea", "green tea", cited=True)
        answer = NewAnswer("complete", "extractive", None, [], [source])
        conversations.add_answer(connection, conversation, question, answer, NOON)

    profile.database.write(add)
    for url in (URL, TRACKED, f"{URL}#part"):
        found = describe_stored(profile, url)
        assert found.page is not None
        assert found.record is not None
        assert (found.page.id, found.page.visit_count, found.page.summary) == (1, 2, "About tea.")
        assert found.record.visits == (NOON + 60_000, NOON)
        assert set(found.record.addresses) == {URL, TRACKED}
        assert (found.record.passages, found.record.vectors) == (2, 3)
        assert found.record.jobs == (jobs.EMBED,)
        assert found.record.quoted_in == 1
        assert (found.category, found.corrections) == ("Dev", 1)
        assert found.refusal is None


def test_an_address_of_which_nothing_is_stored_says_so_and_whether_it_would_be(profile: Profile) -> None:
    found = describe_stored(profile, "https://unknown.example/")
    assert (found.page, found.record, found.refusal) == (None, None, None)
    profile.update_settings({"capture.excluded_sites": ["unknown.example"]})
    assert describe_stored(profile, "https://unknown.example/x").refusal == "excluded"
    assert describe_stored(profile, "chrome://settings/").refusal == "unsupported_url"
    assert describe_stored(profile, "http://192.168.0.1/").refusal == "local"
    profile.update_settings({"capture.enabled": False})
    assert describe_stored(profile, "https://fine.example/").refusal == "disabled"


def test_what_was_said_of_an_address_without_a_page_is_told(profile: Profile) -> None:
    said = NewCorrection("https://lone.example/", "Lone", "dev", None, NOON)
    profile.database.write(lambda c: add_correction(c, said))
    assert describe_stored(profile, "https://lone.example/").corrections == 1


def test_a_page_that_was_looked_at_and_has_no_words_has_no_vector(profile: Profile) -> None:
    def add(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, VectorSpace("model", 16))
        connection.execute(
            "INSERT INTO pages (url, domain, first_visit_at, last_visit_at) VALUES (?, 'a', 0, 0)", (URL,)
        )
        vectors.store_page_vector(connection, find_active(connection), 1, None)

    profile.database.write(add)
    found = describe_stored(profile, URL)
    assert found.record is not None
    assert found.record.vectors == 0
