"""A question and its answer in the database: stored when it is asked, and when it is answered."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from host.chat.exchange import ChatAnswer, Turn
from host.core.clock import now_ms
from host.core.errors import Cancelled, NotFound
from host.core.text import clean_line
from host.storage import conversations
from host.storage.conversations import NewAnswer, StoredSentence, StoredSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.chat.exchange import ChatRequest, Draft, Passage, Problem, Timings
    from host.history.profiles import Profile
    from host.storage.conversations import State, StoredMessage

TITLE_CHARACTERS = 80
# Nearly always all of them: which turns a model is shown again follows from all (`context`), and with the
# oldest one gone it would have to read the others anew.
_TURNS = 200


class Record:
    """A question that waits for its answer.

    Attributes:
        conversation_id: of the conversation.
        question_id: of the question.
        turns: what was said before, oldest first.
    """

    def __init__(
        self,
        profile: Profile,
        request: ChatRequest,
        conversation_id: int,
        question_id: int,
        turns: tuple[Turn, ...],
    ) -> None:
        self._profile = profile
        self._request = request
        self.conversation_id = conversation_id
        self.question_id = question_id
        self.turns = turns

    @classmethod
    def open(cls, profile: Profile, request: ChatRequest) -> Record:
        """Store a question; a crash costs its answer, not the question.

        Raises:
            NotFound: there is no such conversation, or no such question in it.
        """
        turns: tuple[Turn, ...] = ()
        known = request.conversation_id
        if known is not None:
            messages = profile.database.read(
                lambda connection: (
                    conversations.read_messages(connection, known, last=2 * _TURNS)
                    if conversations.read_conversation(connection, known)
                    else None
                )
            )
            if messages is None:
                raise no_conversation()
            if request.replaces is not None:
                if all(one.id != request.replaces or one.role != "user" for one in messages):
                    message = "There is no such question in this conversation."
                    raise NotFound(message, fix="Ask it as a new question.")
                messages = [one for one in messages if one.id < request.replaces]
            turns = make_turns(messages)

        def store(connection: apsw.Connection) -> tuple[int, int]:
            at = now_ms()
            conversation_id = known
            if conversation_id is None:
                title = clean_line(request.question, limit=TITLE_CHARACTERS) or "Question"
                conversation_id = conversations.create_conversation(connection, title, at)
            elif conversations.read_conversation(connection, conversation_id) is None:
                raise no_conversation()
            return conversation_id, conversations.add_question(
                connection, conversation_id, request.question.strip(), at
            )

        conversation_id, question_id = profile.database.write(store)
        return cls(profile, request, conversation_id, question_id, turns)

    def close(
        self,
        draft: Draft,
        passages: Sequence[Passage],
        searched_for: str,
        problem: Problem | None,
        timings: Timings,
    ) -> ChatAnswer:
        """Store the answer. What it replaces goes in the same transaction.

        Raises:
            Cancelled: it was stopped before its first word and was to replace an answer, which stays.
        """
        if draft.stopped and not draft.sentences and self._request.replaces is not None:
            self.give_up()
            message = "The question was taken back; the earlier answer is still there."
            raise Cancelled(message)
        quotes: dict[int, str] = {}
        for sentence in draft.sentences:
            for place, n in enumerate(sentence.citations):
                quotes.setdefault(n, "")
                if place == 0 and not quotes[n]:
                    quotes[n] = sentence.quote
        answer = NewAnswer(
            state=_find_state(draft, problem),
            engine=draft.engine,
            model=draft.model,
            sentences=[
                StoredSentence(sentence.text, sentence.supported, sentence.citations)
                for sentence in draft.sentences
            ],
            sources=[
                StoredSource(
                    n=passage.n,
                    page_id=passage.page_id,
                    chunk_id=passage.chunk_id,
                    heading=passage.heading,
                    passage=passage.text,
                    quote=quotes.get(passage.n, ""),
                    cited=passage.n in quotes,
                )
                for passage in passages
            ],
            shown=draft.shown,
            raw=draft.raw,
            details=self._describe(draft, searched_for, problem, timings),
        )

        def store(connection: apsw.Connection) -> int:
            if conversations.read_conversation(connection, self.conversation_id) is None:
                raise no_conversation()
            if self._request.replaces is not None:
                conversations.delete_messages_from(
                    connection, self.conversation_id, self._request.replaces, before=self.question_id
                )
            return conversations.add_answer(
                connection, self.conversation_id, self.question_id, answer, now_ms()
            )

        message_id = self._profile.database.write(store)
        return ChatAnswer(
            conversation_id=self.conversation_id,
            question_id=self.question_id,
            message_id=message_id,
            draft=draft,
            passages=tuple(passages),
            searched_for=searched_for,
            grounded=all(sentence.supported for sentence in draft.sentences),
            problem=problem,
            timings=timings,
        )

    def give_up(self) -> None:
        """Take the question back where it was to replace another; else it stays, to be asked again."""
        if self._request.replaces is not None:
            self._profile.database.write(
                lambda connection: conversations.delete_messages_from(
                    connection, self.conversation_id, self.question_id
                )
            )

    def _describe(
        self, draft: Draft, searched_for: str, problem: Problem | None, timings: Timings
    ) -> dict[str, Any]:
        details: dict[str, Any] = {"timings": asdict(timings)}
        if searched_for != self._request.question:
            details["searched_for"] = searched_for
        if problem is not None:
            details["problem"] = asdict(problem)
        if draft.usage is not None:
            details["usage"] = asdict(draft.usage)
        return details


def make_turns(messages: Sequence[StoredMessage]) -> tuple[Turn, ...]:
    """Each question with the answer that follows it; questions without one are left out."""
    turns = []
    for question, answer in pairwise(messages):
        if question.role != "user" or answer.role != "assistant":
            continue
        cited = dict.fromkeys(n for sentence in answer.sentences for n in sentence.citations)
        titles = {source.n: source.title for source in answer.sources}
        turns.append(
            Turn(
                question=question.text,
                searched_for=str(answer.details.get("searched_for") or question.text),
                answer="".join(sentence.text for sentence in answer.sentences),
                titles=tuple(dict.fromkeys(titles[n] for n in cited if titles.get(n))),
                shown=answer.shown,
                raw=answer.raw,
            )
        )
    return tuple(turns)


def no_conversation() -> NotFound:
    """The error for a conversation that is not there."""
    message = "This conversation is not there any more."
    return NotFound(message, fix="Begin a new one.")


def _find_state(draft: Draft, problem: Problem | None) -> State:
    if draft.stopped:
        return "stopped"
    if problem is not None:
        return "fallback"
    return "none" if draft.engine == "none" else "complete"
