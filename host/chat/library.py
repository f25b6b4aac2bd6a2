"""Conversations as they are kept: listing, finding, reading, renaming."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.chat.record import no_conversation
from host.core.errors import InvalidInput
from host.core.text import clean_line
from host.storage import conversations

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile
    from host.storage.conversations import Conversation, StoredMessage

SNIPPET_CHARACTERS = 160
LONGEST_TITLE = 120


@dataclass(frozen=True)
class FoundConversation:
    """A conversation of a list, and where the words stand that it was looked for with."""

    conversation: Conversation
    snippet: str


@dataclass(frozen=True)
class KeptConversation:
    """A conversation with its messages, oldest first."""

    conversation: Conversation
    messages: list[StoredMessage]


def find_conversations(
    profile: Profile, query: str = "", *, limit: int = 50, offset: int = 0
) -> tuple[list[FoundConversation], int]:
    """Conversations, the latest first.

    Args:
        profile: whose.
        query: words that title, questions and answers hold, in any order; empty finds all.
        limit: the most to give.
        offset: how many to pass over.

    Returns:
        those, and how many there are in all.
    """
    words = query.casefold().split()

    def find(connection: apsw.Connection) -> list[FoundConversation]:
        found = []
        for conversation in conversations.list_conversations(connection):
            # There are few, and a person's own: looking through them costs less than an index of their words.
            lines = conversations.read_words(connection, conversation.id) if words else []
            said = "\n".join([conversation.title, *lines]).casefold()
            if all(word in said for word in words):
                found.append(FoundConversation(conversation, _cut_snippet(lines, words)))
        return found

    found = profile.database.read(find)
    return found[offset : offset + limit], len(found)


def get_conversation(profile: Profile, conversation_id: int) -> KeptConversation:
    """A conversation with everything that was said.

    Raises:
        NotFound: there is no such conversation.
    """

    def read(connection: apsw.Connection) -> KeptConversation | None:
        conversation = conversations.read_conversation(connection, conversation_id)
        if conversation is None:
            return None
        return KeptConversation(conversation, conversations.read_messages(connection, conversation_id))

    found = profile.database.read(read)
    if found is None:
        raise no_conversation()
    return found


def get_answer(profile: Profile, message_id: int) -> tuple[StoredMessage, str]:
    """One message, and the title of its conversation.

    Raises:
        NotFound: there is none.
    """

    def read(connection: apsw.Connection) -> tuple[StoredMessage, str] | None:
        message = conversations.read_message(connection, message_id)
        conversation = conversations.read_conversation_of(connection, message_id)
        return (message, conversation.title) if message and conversation else None

    found = profile.database.read(read)
    if found is None:
        raise no_conversation()
    return found


def rename_conversation(profile: Profile, conversation_id: int, title: str) -> Conversation:
    """Give a conversation another title.

    Raises:
        InvalidInput: nothing of the title can be seen.
        NotFound: there is no such conversation.
    """
    cleaned = clean_line(title, limit=LONGEST_TITLE)
    if not cleaned:
        message = "A title needs at least one letter."
        raise InvalidInput(message)

    def rename(connection: apsw.Connection) -> Conversation | None:
        conversations.rename_conversation(connection, conversation_id, cleaned)
        return conversations.read_conversation(connection, conversation_id)

    renamed = profile.database.write(rename)
    if renamed is None:
        raise no_conversation()
    return renamed


def _cut_snippet(lines: list[str], words: list[str]) -> str:
    """The line that holds most of the words, cut around the first of them."""
    if not words or not lines:
        return ""
    best = max(lines, key=lambda line: sum(word in line.casefold() for word in words))
    line = " ".join(best.split())
    places = [place for word in words if (place := line.casefold().find(word)) >= 0]
    begin = max(0, min(places, default=0) - SNIPPET_CHARACTERS // 4)
    return clean_line(line[begin : begin + SNIPPET_CHARACTERS])
