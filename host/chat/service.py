"""A question from its words to its stored answer: rewrite, find, weigh, answer, remember."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.chat import fallback
from host.chat.answerability import answers
from host.chat.engine_choice import choose_engine
from host.chat.evidence import gather_evidence
from host.chat.exchange import ChatAnswer, Draft, Problem, Sentence, Timings
from host.chat.extractive import compose_answer
from host.chat.marks import render_sentence
from host.chat.overview import compose_overview
from host.chat.plain_markdown import quote_statement
from host.chat.record import Record
from host.chat.retrieval import find_passages
from host.chat.rewriting import rewrite_question
from host.chat.topics import find_topic
from host.chat.written import write_answer
from host.core.errors import AppError, Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from host.chat.evidence import Evidence, TextEmbedder, TextEntailment
    from host.chat.exchange import ChatRequest, Passage, Turn
    from host.chat.listener import Listener
    from host.history.profiles import Profile
    from host.models.language import LanguageModel
    from host.models.registry import ModelEntry
    from host.search.service import Search


@dataclass(frozen=True)
class ChatModels:
    """The models that answers are made with; each is asked for when it is needed.

    Attributes:
        find_embedder: tells how near texts are; None when none is installed.
        find_entailment: tells whether a text says something; None when none is installed.
        find_writer: the instruction model chosen for chat; None when none is installed.
        lend_writer: that model for as long as the block lasts.
    """

    find_embedder: Callable[[], TextEmbedder | None]
    find_entailment: Callable[[], TextEntailment | None]
    find_writer: Callable[[], ModelEntry | None]
    lend_writer: Callable[[str, threading.Event], AbstractContextManager[LanguageModel]]


class Chat:
    """Answers questions from the pages of a profile; safe to use from several threads."""

    def __init__(self, search: Search, models: ChatModels) -> None:
        """Wire it.

        Args:
            search: finds the pages.
            models: make the answers.
        """
        self._search = search
        self._models = models

    def ask(
        self, profile: Profile, request: ChatRequest, listener: Listener, cancelled: threading.Event
    ) -> ChatAnswer:
        """Answer a question and remember both.

        A reader who stops it gets what there is so far. A model that fails costs the wording, never the
        sources: they are listed then, with the reason.

        Args:
            profile: whose history.
            request: the question.
            listener: is told how it goes.
            cancelled: stops it, also within a sentence.

        Raises:
            NotFound: there is no such conversation, or no such question to replace.
            Cancelled: it was stopped before there was anything, and was to replace an answer.
        """
        asking = _Asking(self._search, self._models, profile, request, listener, cancelled)
        return asking.run()


class _Asking:
    """One question on its way."""

    def __init__(
        self,
        search: Search,
        models: ChatModels,
        profile: Profile,
        request: ChatRequest,
        listener: Listener,
        cancelled: threading.Event,
    ) -> None:
        self._began = time.perf_counter()
        self._search = search
        self._models = models
        self._profile = profile
        self._request = request
        self._listener = listener
        self._cancelled = cancelled
        self._timings = Timings()
        self._passages: tuple[Passage, ...] = ()
        self._narrowed = not request.page_filter.empty
        self._problem: Problem | None = None

    def run(self) -> ChatAnswer:
        record = Record.open(self._profile, self._request)
        self._listener.on_begin(record.conversation_id, record.question_id)
        standalone = rewrite_question(self._request.question, record.turns)
        if standalone.text != self._request.question:
            self._listener.on_searched(standalone.text)
        try:
            topic = find_topic(standalone.text)
            draft = self._answer(standalone.text, topic, record.turns)
        except Cancelled:
            draft = Draft((), "none", stopped=True)
        except BaseException:
            record.give_up()
            raise
        self._timings = replace(self._timings, total_ms=self._elapsed_ms())
        return record.close(draft, self._passages, standalone.text, self._problem, self._timings)

    def _answer(self, question: str, topic: str | None, turns: Sequence[Turn]) -> Draft:
        self._listener.on_stage("searching")
        found = find_passages(
            self._search,
            self._profile,
            topic or question,
            page_filter=self._request.page_filter,
            zone=self._request.zone,
            wait_s=self._request.wait_s,
            check_cancelled=self._check_cancelled,
        )
        self._passages = found.passages
        self._narrowed = self._narrowed or bool(found.chips)
        self._timings = replace(self._timings, sources_ms=self._elapsed_ms())
        self._listener.on_sources(self._passages)
        if not self._passages:
            return self._tell(fallback.say_nothing_found((), narrowed=self._narrowed))
        self._listener.on_stage("reading")
        loading = next((part for part in found.degraded if part.part == "vector"), None)
        embedder = self._models.find_embedder()
        if embedder is None or loading is not None:
            self._problem = (
                Problem(
                    "model_loading" if loading.loading else "model_unavailable", loading.reason, loading.fix
                )
                if loading
                else fallback.NO_EMBEDDING_MODEL
            )
            return self._tell(fallback.list_results(self._passages))
        try:
            evidence = gather_evidence(
                topic or question,
                self._passages,
                embedder,
                entailment=self._models.find_entailment(),
                cancelled=self._cancelled,
                weights=found.weights,
            )
            self._check_cancelled()
            overview = compose_overview(evidence) if topic else ()
            if not overview and not answers(evidence):
                return self._tell(fallback.say_nothing_found(self._passages, narrowed=self._narrowed))
            return self._compose(question, turns, evidence, overview, embedder)
        except Cancelled:
            raise
        except AppError as error:
            return self._fall_back(error)

    def _compose(
        self,
        question: str,
        turns: Sequence[Turn],
        evidence: Evidence,
        overview: Sequence[Sentence],
        embedder: TextEmbedder,
    ) -> Draft:
        settings = self._profile.settings
        entry = self._models.find_writer()
        engine = choose_engine(self._request.engine or settings.chat_engine, entry)
        if engine == "extractive":
            self._listener.on_stage("writing")
            said = overview or _quote(compose_answer(evidence))
            return self._tell(Draft(tuple(said), "extractive", model=embedder.model_id))
        if entry is None:
            self._problem = fallback.NO_LANGUAGE_MODEL
            return self._tell(fallback.list_results(self._passages))
        with self._models.lend_writer(entry.id, self._cancelled) as language:
            return write_answer(
                language,
                question,
                self._passages,
                turns,
                evidence,
                system_prompt=settings.chat_system_prompt,
                omit_unsupported=settings.chat_unsupported == "omit",
                fresh=self._request.fresh,
                on_text=self._stream,
                on_writing=lambda: self._listener.on_stage("writing"),
                cancelled=self._cancelled,
            )

    def _fall_back(self, error: AppError) -> Draft:
        self._problem = fallback.explain(error)
        if self._timings.first_word_ms is not None:
            self._listener.on_reset()
        return self._tell(fallback.list_results(self._passages))

    def _tell(self, draft: Draft) -> Draft:
        for sentence in draft.sentences:
            self._stream(render_sentence(sentence))
        return draft

    def _stream(self, text: str) -> None:
        if self._timings.first_word_ms is None:
            self._timings = replace(self._timings, first_word_ms=self._elapsed_ms())
        self._listener.on_delta(text)

    def _check_cancelled(self) -> None:
        if self._cancelled.is_set():
            message = "The question was taken back."
            raise Cancelled(message)

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._began) * 1000


def _quote(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences of pages as Markdown that shows their words and nothing else."""
    return [
        replace(sentence, text=f"{' ' if place else ''}{quote_statement(sentence.text)}")
        for place, sentence in enumerate(sentences)
    ]
