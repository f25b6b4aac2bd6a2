"""The shapes of chat: questions, answers with their sources, conversations, and summaries of pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from host.protocol.messages import PageId, Params, Result, SearchFilters

RowId = Annotated[int, Field(ge=1, le=2**62)]
Engine = Literal["written", "extractive", "results", "none"]
MessageState = Literal["complete", "stopped", "none", "fallback", "waiting"]


class AskParams(Params):
    """A question to the history."""

    question: str = Field(min_length=1, max_length=4000)
    conversation_id: RowId | None = Field(
        None, description="goes on with this one; without it a new one begins"
    )
    filters: SearchFilters | None = None
    replaces: RowId | None = Field(
        None,
        description="a question of the conversation: once this is answered, that one and what follows go",
    )
    engine: Literal["auto", "written", "extractive"] | None = Field(
        None, description="who answers; by default as `chat.engine` says"
    )
    fresh: bool = Field(False, description="another wording than last time is wanted")
    timezone: str | None = Field(None, max_length=100, description="of the reader, for dates in words")
    wait_ms: int = Field(0, ge=0, le=60_000, description="how long to wait for the embedding model to load")
    keep: bool = Field(
        True, description="false: neither the question nor the answer is stored, and ids in the answer are 0"
    )

    @model_validator(mode="after")
    def _check(self) -> AskParams:
        if not self.keep and self.conversation_id is not None:
            message = "what is not kept cannot go on with a conversation"
            raise ValueError(message)
        if not self.question.strip():
            message = "the question is empty"
            raise ValueError(message)
        if self.replaces is not None and self.conversation_id is None:
            message = "replaces needs conversation_id"
            raise ValueError(message)
        return self


class SourceItem(Result):
    """A numbered passage that was found for a question."""

    n: int
    page_id: int
    url: str
    title: str
    domain: str
    passage: str = Field(description="the passage as it was stored")
    heading: str = ""
    visited_at: int
    favicon_url: str | None = None


class CitationItem(Result):
    """A passage that the answer stands on."""

    n: int
    page_id: int
    url: str
    title: str
    quote: str = Field(description="the sentence of the passage that says so")
    link: str = Field(description="the address with a text fragment that leads to the quote")


class SentenceItem(Result):
    """A sentence of an answer; joined without anything between them they are the answer without its marks."""

    text: str
    citations: list[int]
    supported: bool = Field(description="whether some passage says so")
    removed: bool = Field(False, description="its page was deleted from the history, and its words with it")


class ProblemItem(Result):
    """Why an answer is not what was wanted, and what to do about it."""

    kind: str
    reason: str
    fix: str | None = None


class TimingsItem(Result):
    """Milliseconds since the question came, and the tokens of a language model."""

    sources_ms: float
    first_word_ms: float | None = None
    total_ms: float
    prompt_tokens: int | None = None
    evaluated_tokens: int | None = Field(None, description="those that were not known from earlier")
    generated_tokens: int | None = None
    prompt_ms: float | None = None
    generation_ms: float | None = None


class AnswerItem(Result):
    """An answer with all that it stands on."""

    message_id: int
    answer: str = Field(description="Markdown, with marks such as [1]; [?] where no passage says so")
    sentences: list[SentenceItem]
    citations: list[CitationItem]
    sources: list[SourceItem] = Field(description="all passages found, cited or not")
    grounded: bool = Field(description="it states something, and a passage supports every sentence")
    state: MessageState
    engine: Engine
    model: str | None = None
    problem: ProblemItem | None = None
    searched_for: str = Field("", description="what was searched, when that is not the question")
    created_at: int


class AskResult(AnswerItem):
    """The answer to `chat.ask`.

    Streams before it: {conversation_id, question_id}, {stage: searching|reading|writing},
    {searched_for}, {sources}, {delta} (pieces of `answer`), {reset: true} (what was streamed is void).
    """

    conversation_id: int
    question_id: int
    title: str
    timings: TimingsItem


class ChatListParams(Params):
    """Which conversations."""

    query: str = Field("", max_length=1000, description="words that its title, questions or answers hold")
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0)


class ConversationItem(Result):
    """A conversation without its messages."""

    conversation_id: int
    title: str
    created_at: int
    updated_at: int
    questions: int
    snippet: str = Field("", description="where the words of the query stand")


class ChatListResult(Result):
    """Conversations, the latest first."""

    conversations: list[ConversationItem]
    total: int


class ConversationParams(Params):
    """One conversation."""

    conversation_id: RowId


class RenameParams(ConversationParams):
    """Another title."""

    title: str = Field(min_length=1, max_length=120)


class ChatDeleteParams(Params):
    """One conversation, or all."""

    conversation_id: RowId | None = None
    all: bool = False

    @model_validator(mode="after")
    def _check(self) -> ChatDeleteParams:
        if (self.conversation_id is None) == (not self.all):
            message = "say which conversation, or all"
            raise ValueError(message)
        return self


class ChatDeleteResult(Result):
    """How many conversations were deleted."""

    deleted: int


class MessageItem(Result):
    """A question, and its answer unless it never came."""

    question_id: int
    question: str
    created_at: int
    answer: AnswerItem | None = None


class ConversationResult(ConversationItem):
    """A conversation with its messages, oldest first; the newest ones, when a frame cannot hold all."""

    messages: list[MessageItem]
    left_out: int = Field(0, description="questions at the beginning that are not in `messages`")


class ExportParams(ConversationParams):
    """A conversation to be written out."""

    format: Literal["markdown"] = "markdown"
    timezone: str | None = Field(None, max_length=100, description="of the reader, for the dates")
    offset: int = Field(0, ge=0, description="where to go on, as `next_offset` said")


class ExportResult(Result):
    """A conversation as a file."""

    filename: str
    text: str = Field(description="as much as a frame holds")
    next_offset: int | None = Field(None, description="there is more from here")


class SummaryParams(Params):
    """The page to summarise."""

    page_id: PageId
    again: bool = Field(False, description="make a new one where there is one already")


class SummaryResult(Result):
    """A short summary of a page."""

    summary: str
    model: str = Field(description="the language model that wrote it, or the one that chose its sentences")
