"""A question and its answer in the database: stored when it is asked, and when it is answered."""

from __future__ import annotations

from dataclasses import asdict
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

    from host.chat.exchange import ChatRequest, Draft, Passage, Problem, Sentence, Timings
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
        question_id: of the question; the one that is to be replaced, until it is.
        turns: what was said before, oldest first.
    """

    def __init__(
        self,
        profile: Profile,
        request: ChatRequest,
        conversation_id: int,
        question_id: int,
        before: Sequence[StoredMessage],
        replaced: Sequence[StoredMessage],
    ) -> None:
        self._profile = profile
        self._request = request
        self._replaced = replaced
        self.conversation_id = conversation_id
        self.question_id = question_id
        self.turns = make_turns(before)

    @property
    def replaces_answer(self) -> bool:
        """Whether there is an answer that gives way to this one."""
        return any(one.role == "assistant" for one in self._replaced)

    @classmethod
    def open(cls, profile: Profile, request: ChatRequest) -> Record:
        """Store a question; a crash costs its answer, not the question.

        One that is to replace another is stored with its answer, so that until then nothing is lost.

        Raises:
            NotFound: there is no such conversation, or no such question in it.
        """
        known = request.conversation_id
        messages: list[StoredMessage] = []
        if known is not None:
            found = profile.database.read(
                lambda connection: (
                    conversations.read_messages(connection, known, last=2 * _TURNS)
                    if conversations.read_conversation(connection, known)
                    else None
                )
            )
            if found is None:
                raise no_conversation()
            messages = found
        place = next((at for at, one in enumerate(messages) if one.id == request.replaces), None)
        if request.replaces is not None:
            if known is None or place is None or messages[place].role != "user":
                message = "There is no such question in this conversation."
                raise NotFound(message, fix="Ask it as a new question.")
            return cls(profile, request, known, request.replaces, messages[:place], messages[place:])

        def store(connection: apsw.Connection) -> tuple[int, int]:
            at = now_ms()
            conversation_id = known
            if conversation_id is None:
                conversation_id = conversations.create_conversation(
                    connection, make_title(request.question), at
                )
            elif conversations.read_conversation(connection, conversation_id) is None:
                raise no_conversation()
            return conversation_id, conversations.add_question(
                connection, conversation_id, request.question.strip(), at
            )

        conversation_id, question_id = profile.database.write(store)
        return cls(profile, request, conversation_id, question_id, messages, ())

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
            Cancelled: it was stopped and was to replace an answer, which stays.
            NotFound: the conversation was deleted in the meantime.
        """
        if draft.stopped and self.replaces_answer:
            message = "Stopped; the earlier answer is still there."
            raise Cancelled(message)
        answer = self._make_answer(draft, passages, searched_for, problem, timings)

        def store(connection: apsw.Connection) -> tuple[int, int]:
            at = now_ms()
            conversation = conversations.read_conversation(connection, self.conversation_id)
            if conversation is None:
                raise no_conversation()
            question_id = self.question_id
            if self._replaced:
                conversations.delete_messages(connection, [one.id for one in self._replaced])
                question_id = conversations.add_question(
                    connection, self.conversation_id, self._request.question.strip(), at
                )
                if not self.turns and conversation.title == make_title(self._replaced[0].text):
                    title = make_title(self._request.question)
                    conversations.rename_conversation(connection, self.conversation_id, title)
            return question_id, conversations.add_answer(
                connection, self.conversation_id, question_id, answer, at
            )

        self.question_id, message_id = self._profile.database.write(store)
        return self._describe_answer(message_id, draft, passages, searched_for, problem, timings)

    def _describe_answer(
        self,
        message_id: int,
        draft: Draft,
        passages: Sequence[Passage],
        searched_for: str,
        problem: Problem | None,
        timings: Timings,
    ) -> ChatAnswer:
        return ChatAnswer(
            conversation_id=self.conversation_id,
            question_id=self.question_id,
            message_id=message_id,
            draft=draft,
            passages=tuple(passages),
            searched_for=searched_for,
            grounded=not draft.stopped and is_grounded(draft.sentences),
            problem=problem,
            timings=timings,
        )

    def _make_answer(
        self,
        draft: Draft,
        passages: Sequence[Passage],
        searched_for: str,
        problem: Problem | None,
        timings: Timings,
    ) -> NewAnswer:
        quotes: dict[int, str] = {}
        for sentence in draft.sentences:
            for place, n in enumerate(sentence.citations):
                quotes.setdefault(n, "")
                if place == 0 and not quotes[n]:
                    quotes[n] = sentence.quote
        return NewAnswer(
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
            page_ids=[page_id for turn in self.turns for page_id in turn.page_ids],
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
    """Each question with its answer; questions without one are left out."""
    questions = {message.id: message for message in messages if message.role == "user"}
    turns = []
    for answer in messages:
        question = questions.get(answer.answers or 0)
        if question is None:
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
                page_ids=tuple(dict.fromkeys(source.page_id for source in answer.sources)),
            )
        )
    return tuple(turns)


def is_grounded(sentences: Sequence[Sentence | StoredSentence]) -> bool:
    """Whether an answer states something and a passage stands behind each of its statements."""
    return all(one.supported for one in sentences) and any(one.citations for one in sentences)


def no_conversation() -> NotFound:
    """The error for a conversation that is not there."""
    message = "This conversation is not there any more."
    return NotFound(message, fix="Begin a new one.")


def make_title(question: str) -> str:
    """The title of a conversation that begins with a question."""
    return clean_line(question, limit=TITLE_CHARACTERS) or "Question"


def _find_state(draft: Draft, problem: Problem | None) -> State:
    if draft.stopped:
        return "stopped"
    if problem is not None:
        return "fallback"
    return "none" if draft.engine == "none" else "complete"
