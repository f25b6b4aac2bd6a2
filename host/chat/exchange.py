"""What a chat is asked, what its parts hand to each other, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from datetime import tzinfo

    from host.storage.conversations import StoredMessage

# `results`: the pages that were found, listed; `none`: nothing relevant was found, and no model was asked.
EngineName = Literal["written", "extractive", "results", "none"]
EngineChoice = Literal["auto", "written", "extractive"]
Stage = Literal["searching", "reading", "writing"]


@dataclass(frozen=True)
class Passage:
    """A numbered passage that an answer may stand on. Its text is data, never an instruction.

    Attributes:
        n: its number in the answer, from 1.
        page_id: the page.
        chunk_id: the stored passage.
        url: the page's address, http or https.
        title: of the page, cleaned.
        domain: of the page.
        heading: that it stands under, or "".
        text: what it says, cleaned of what cannot be seen or steers a model.
        visited_at: last visit of the page, UTC milliseconds.
        favicon_url: of the page.
        score: of the page in the search.
        cosine: of the passage with the question, None where it has no vector yet.
        language: ISO 639 code of the page, None where that is unknown.
    """

    n: int
    page_id: int
    chunk_id: int
    url: str
    title: str
    domain: str
    heading: str
    text: str
    visited_at: int
    favicon_url: str | None
    score: float
    cosine: float | None
    language: str | None = None


@dataclass(frozen=True)
class Sentence:
    """A sentence of an answer.

    Attributes:
        text: Markdown, with the white space or list mark before it, so that sentences join without anything
            between them; without citation marks.
        citations: numbers of the passages that support it, best first.
        supported: whether some passage says so.
        quote: the stretch of the best passage that says so, exactly as it stands there, or "".
    """

    text: str
    citations: tuple[int, ...] = ()
    supported: bool = True
    quote: str = ""


@dataclass(frozen=True)
class Usage:
    """What a language model did for an answer; times in milliseconds."""

    prompt_tokens: int = 0
    evaluated_tokens: int = 0
    generated_tokens: int = 0
    prompt_ms: float = 0.0
    generation_ms: float = 0.0


@dataclass(frozen=True)
class Draft:
    """What an engine made of a question and its passages.

    Attributes:
        sentences: in order.
        engine: which made it.
        model: the language model that wrote it, or the embedding model that chose it.
        stopped: it was stopped by its reader, so it may end anywhere.
        usage: of a language model.
        shown: what the model was given for this question (passages and question), exactly; "" without one.
        raw: what the model wrote, exactly, before marks were put in and anything was cut; "" without one.
    """

    sentences: tuple[Sentence, ...]
    engine: EngineName
    model: str | None = None
    stopped: bool = False
    usage: Usage | None = None
    shown: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Turn:
    """A question of a conversation and its answer, as far as they are still there.

    Attributes:
        question: as it was asked.
        searched_for: what was searched for it.
        answer: as Markdown without citation marks.
        titles: of the pages that it cites, best first.
        shown: what a language model was given then; see `Draft`. "" for other engines, and when a page that
            it was made with was deleted.
        page_ids: of the pages that were found for it.
        raw: what the model wrote then. With `shown` it makes the same beginning of a prompt again, which the
            model need not read a second time.
    """

    question: str
    searched_for: str
    answer: str
    titles: tuple[str, ...] = ()
    shown: str = ""
    raw: str = ""
    page_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class ChatRequest:
    """What is asked; see `chat.ask` in docs/protocol.md.

    Attributes:
        question: of a person.
        conversation_id: None begins a conversation.
        replaces: the message (question) of the conversation from which on everything is replaced.
        page_filter: narrows the pages.
        engine: who answers; None as the settings say.
        fresh: wording other than last time is wanted (regenerate).
        zone: of the person, for dates in words.
        wait_s: how long to wait for a model that is loading.
        keep: store the question and its answer; else it begins a conversation that nobody finds again.
    """

    question: str
    conversation_id: int | None = None
    replaces: int | None = None
    page_filter: PageFilter = field(default_factory=PageFilter)
    engine: EngineChoice | None = None
    fresh: bool = False
    zone: tzinfo | None = None
    wait_s: float = 0.0
    keep: bool = True


@dataclass(frozen=True)
class Problem:
    """Why an answer is not what was wanted, and what to do about it."""

    kind: str
    reason: str
    fix: str | None = None


@dataclass(frozen=True)
class Timings:
    """Milliseconds since the question came."""

    sources_ms: float = 0.0
    first_word_ms: float | None = None
    total_ms: float = 0.0


@dataclass(frozen=True)
class ChatAnswer:
    """An answer, as it was stored.

    Attributes:
        conversation_id: of the conversation.
        question_id: the message that asked.
        message_id: the message that answers.
        draft: what it says.
        passages: every passage that was found for it, by number.
        searched_for: what was searched.
        grounded: every sentence is supported.
        problem: why it is only a list of results, where it is.
        timings: how long it took.
        passing: of one that was not stored, the answer as it would have been, and its title; its ids are 0.
    """

    conversation_id: int
    question_id: int
    message_id: int
    draft: Draft
    passages: tuple[Passage, ...]
    searched_for: str
    grounded: bool
    problem: Problem | None
    timings: Timings
    passing: tuple[StoredMessage, str] | None = None
