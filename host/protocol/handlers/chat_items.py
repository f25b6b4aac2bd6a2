"""Answers as messages of the wire. Every link leads to a page that was found, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.chat.cleaning import clean_passage, clean_title
from host.chat.exchange import Problem, Sentence
from host.chat.links import is_web_address, make_link
from host.chat.marks import render_answer
from host.chat.record import is_grounded
from host.protocol import chat_messages as c

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import ChatAnswer, Passage
    from host.storage.conversations import StoredMessage


def to_sources(passages: Sequence[Passage]) -> list[c.SourceItem]:
    """Passages that were just found."""
    return [
        c.SourceItem(
            n=passage.n,
            page_id=passage.page_id,
            url=passage.url,
            title=passage.title,
            domain=passage.domain,
            passage=passage.text,
            heading=passage.heading,
            visited_at=passage.visited_at,
            favicon_url=passage.favicon_url,
        )
        for passage in passages
        if is_web_address(passage.url)
    ]


def to_answer(message: StoredMessage) -> c.AnswerItem:
    """An answer as it is stored."""
    sources = [source for source in message.sources if is_web_address(source.url)]
    known = {source.n for source in sources}
    sentences = [
        Sentence(
            sentence.text,
            tuple(n for n in sentence.citations if n in known),
            sentence.supported,
        )
        for sentence in message.sentences
    ]
    problem = message.details.get("problem")
    return c.AnswerItem(
        message_id=message.id,
        answer=render_answer(sentences),
        sentences=[
            c.SentenceItem(
                text=sentence.text,
                citations=list(sentence.citations),
                supported=sentence.supported,
                removed=stored.removed,
            )
            for sentence, stored in zip(sentences, message.sentences, strict=True)
        ],
        citations=[
            c.CitationItem(
                n=source.n,
                page_id=source.page_id,
                url=source.url,
                title=clean_title(source.title),
                quote=source.quote,
                link=make_link(source.url, source.quote),
            )
            for source in sources
            if source.cited
        ],
        sources=[
            c.SourceItem(
                n=source.n,
                page_id=source.page_id,
                url=source.url,
                title=clean_title(source.title),
                domain=source.domain,
                passage=clean_passage(source.passage),
                heading=clean_title(source.heading),
                visited_at=source.visited_at,
                favicon_url=source.favicon_url,
            )
            for source in sources
        ],
        grounded=message.state != "stopped" and is_grounded(message.sentences),
        state=message.state,
        engine=message.engine,
        model=message.model,
        problem=c.ProblemItem(**vars(Problem(**problem))) if problem else None,
        searched_for=str(message.details.get("searched_for", "")),
        created_at=message.created_at,
    )


def to_ask_result(answer: ChatAnswer, message: StoredMessage, title: str) -> c.AskResult:
    """The answer to `chat.ask`: what was stored, with the times it took."""
    usage, first_word_ms = answer.draft.usage, answer.timings.first_word_ms
    timings = c.TimingsItem(
        sources_ms=round(answer.timings.sources_ms, 2),
        first_word_ms=None if first_word_ms is None else round(first_word_ms, 2),
        total_ms=round(answer.timings.total_ms, 2),
        prompt_tokens=usage.prompt_tokens if usage else None,
        evaluated_tokens=usage.evaluated_tokens if usage else None,
        generated_tokens=usage.generated_tokens if usage else None,
        prompt_ms=round(usage.prompt_ms, 2) if usage else None,
        generation_ms=round(usage.generation_ms, 2) if usage else None,
    )
    return c.AskResult(
        **to_answer(message).model_dump(),
        conversation_id=answer.conversation_id,
        question_id=answer.question_id,
        title=title,
        timings=timings,
    )
