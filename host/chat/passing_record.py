"""A question that is answered and not kept: at no moment is anything of it in the database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.chat.record import Record, make_title, no_conversation
from host.core.clock import now_ms
from host.storage import conversations

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.chat.exchange import ChatAnswer, ChatRequest, Draft, Passage, Problem, Timings
    from host.history.profiles import Profile
    from host.storage.conversations import NewAnswer, StoredMessage

# No row has it.
NOWHERE = 0


class PassingRecord(Record):
    """Stands in for a `Record`, and stores nothing."""

    def __init__(self, profile: Profile, request: ChatRequest) -> None:
        super().__init__(profile, request, NOWHERE, NOWHERE, (), ())

    def close(
        self,
        draft: Draft,
        passages: Sequence[Passage],
        searched_for: str,
        problem: Problem | None,
        timings: Timings,
    ) -> ChatAnswer:
        """The answer as it would have been stored: without what quotes a page that is gone by now."""
        answer = self._make_answer(draft, passages, searched_for, problem, timings)
        try:
            self._profile.database.write(lambda connection: self._try_out(connection, answer))
        except _UndoneError as undone:
            passing = (undone.message, make_title(self._request.question))
        told = self._describe_answer(NOWHERE, draft, passages, searched_for, problem, timings)
        return replace(told, passing=passing)

    def _try_out(self, connection: apsw.Connection, answer: NewAnswer) -> None:
        """Store it in a transaction that is taken back, so that it comes out as any other.

        Raises:
            _UndoneError: always, with the answer.
        """
        at = now_ms()
        conversation_id = conversations.create_conversation(connection, "", at)
        question_id = conversations.add_question(connection, conversation_id, "", at)
        message_id = conversations.add_answer(connection, conversation_id, question_id, answer, at)
        message = conversations.read_message(connection, message_id)
        if message is None:
            raise no_conversation()
        raise _UndoneError(replace(message, id=NOWHERE, answers=NOWHERE))


class _UndoneError(Exception):
    """Takes a transaction back and brings the answer out of it."""

    def __init__(self, message: StoredMessage) -> None:
        super().__init__()
        self.message = message
