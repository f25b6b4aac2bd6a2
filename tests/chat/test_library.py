from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.chat import library
from host.core.errors import InvalidInput, NotFound
from host.history.forgetting import forget
from host.storage import conversations
from host.storage.conversations import NewAnswer, StoredSentence
from host.storage.deletion import Selection, select_conversation
from tests.makers import NOON

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile


def _talk(profile: Profile, title: str, question: str, answer: str, at: int = NOON) -> int:
    def store(connection: apsw.Connection) -> int:
        made = conversations.create_conversation(connection, title, at)
        asked = conversations.add_question(connection, made, question, at)
        said = [StoredSentence(answer, supported=True)]
        conversations.add_answer(connection, made, asked, NewAnswer("complete", "none", None, said, []), at)
        return made

    return profile.database.write(store)


def test_conversations_are_found_by_words_of_title_question_and_answer(profile: Profile) -> None:
    cats = _talk(profile, "Cats", "How long do they sleep?", "Sixteen hours, mostly by day.")
    _talk(profile, "Dogs", "How far do they run?", "Ten miles.")

    for query in ("cats", "SLEEP", "sixteen hours", "day cats", "  long "):
        found, total = library.find_conversations(profile, query)
        assert [one.conversation.id for one in found][-1:] == [cats], query
        assert total == len(found)
    assert "Sixteen" in library.find_conversations(profile, "mostly")[0][0].snippet


def test_a_query_that_nothing_holds_finds_nothing(profile: Profile) -> None:
    _talk(profile, "Cats", "How long?", "Long.")

    assert library.find_conversations(profile, "cats zebra") == ([], 0)


def test_the_list_is_given_page_by_page(profile: Profile) -> None:
    made = [_talk(profile, f"T{number}", "q", "a", NOON + number) for number in range(5)]

    found, total = library.find_conversations(profile, limit=2, offset=1)

    assert total == 5
    assert [one.conversation.id for one in found] == [made[3], made[2]]


def test_a_renamed_conversation_has_its_new_title(profile: Profile) -> None:
    made = _talk(profile, "Old", "q", "a")

    assert library.rename_conversation(profile, made, "  New\n title ").title == "New title"
    assert library.get_conversation(profile, made).conversation.title == "New title"


def test_a_title_that_cannot_be_seen_is_refused(profile: Profile) -> None:
    made = _talk(profile, "Old", "q", "a")

    with pytest.raises(InvalidInput):
        library.rename_conversation(profile, made, " \u2060 ")


def test_one_conversation_or_all_are_deleted(profile: Profile) -> None:
    made = [_talk(profile, f"T{number}", "q", "a") for number in range(3)]

    first = profile.database.read(lambda connection: select_conversation(connection, made[0]))
    assert forget(profile, first).conversations == 1
    assert forget(profile, first).conversations == 0
    assert forget(profile, Selection(all_conversations=True)).conversations == 2
    assert library.find_conversations(profile) == ([], 0)


def test_a_conversation_that_is_gone_is_said_to_be(profile: Profile) -> None:
    for act in (library.get_conversation, partial(library.rename_conversation, title="x")):
        with pytest.raises(NotFound, match="not there"):
            act(profile, 7)
