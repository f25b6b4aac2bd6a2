"""A question from its words to its stored answer: rewrite, find, weigh, answer, remember."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.chat import fallback
from host.chat.answerability import answers
from host.chat.engine_choice import choose_engine
from host.chat.evidence import Evidence, gather_evidence
from host.chat.exchange import Draft, Timings
from host.chat.extractive import compose_answer
from host.chat.marks import render_sentence
from host.chat.overview import compose_listing, compose_overview
from host.chat.passing_record import PassingRecord
from host.chat.plain_markdown import quote_statement
from host.chat.record import Record
from host.chat.retrieval import find_passages
from host.chat.rewriting import rewrite_question
from host.chat.topics import read_want
from host.chat.written import write_answer
from host.core.clock import now_ms
from host.core.errors import AppError, Cancelled, ModelLoading, ModelUnavailable
from host.search.query_language import parse_query
from host.search.service import local_zone

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from host.chat.evidence import TextEmbedder, TextEntailment
    from host.chat.exchange import ChatAnswer, ChatRequest, Passage, Problem, Sentence, Turn
    from host.chat.listener import Listener
    from host.chat.retrieval import Found
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
        """Answer a question and remember both, unless the request says otherwise.

        A reader who stops it gets what there is so far. A model that fails costs the wording, never the
        sources: they are listed then, with the reason.

        Args:
            profile: whose history.
            request: the question.
            listener: is told how it goes.
            cancelled: stops it, also within a sentence.

        Raises:
            NotFound: there is no such conversation, or no such question to replace.
            Cancelled: it was stopped, and was to replace an answer, which is still there.
            ModelUnavailable, WorkerDied, Timeout: it was to replace an answer, which is still there, because
                nothing but a list of pages could be made.
        """
        asking = _Asking(self._search, self._models, profile, request, listener, cancelled)
        # An answer must not be written into a database that took the place of the one that was asked.
        with profile.database.steady():
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
        self._keeps = False

    def run(self) -> ChatAnswer:
        record = self._open_record()
        self._keeps = record.replaces_answer
        standalone = rewrite_question(self._request.question, record.turns)
        if standalone.text != self._request.question:
            self._listener.on_searched(standalone.text)
        try:
            draft = self._answer(standalone.text, record.turns)
        except Cancelled:
            draft = Draft((), "none", stopped=True)
        self._timings = replace(self._timings, total_ms=self._elapsed_ms())
        return record.close(draft, self._passages, standalone.text, self._problem, self._timings)

    def _open_record(self) -> Record:
        if not self._request.keep:
            return PassingRecord(self._profile, self._request)
        record = Record.open(self._profile, self._request)
        self._listener.on_begin(record.conversation_id, record.question_id)
        return record

    def _answer(self, question: str, turns: Sequence[Turn]) -> Draft:
        want = read_want(question, self._find_dates(question))
        self._listener.on_stage("searching")
        found = find_passages(
            self._search,
            self._profile,
            want.search,
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
        try:
            if want.kind == "time":
                return self._list_pages()
            embedder = self._find_embedder(found)
            evidence = gather_evidence(
                found.asked or want.about,
                self._passages,
                embedder,
                entailment=self._models.find_entailment(),
                cancelled=self._cancelled,
                weights=found.weights,
            )
            self._check_cancelled()
            overview = compose_overview(evidence) if want.kind == "subject" else ()
            if not overview and not answers(evidence):
                draft = fallback.say_nothing_found(self._passages, narrowed=self._narrowed)
            else:
                draft = self._compose(question, turns, evidence, overview, embedder)
            if evidence.degraded is not None:
                raise evidence.degraded
            # What a language model wrote was streamed while it came.
            return self._tell(draft) if self._timings.first_word_ms is None else draft
        except Cancelled:
            raise
        except AppError as error:
            return self._fall_back(error)

    def _find_dates(self, question: str) -> list[tuple[int, int]]:
        parsed = parse_query(question, now_ms(), self._request.zone or local_zone())
        return [(chip.start, chip.end) for chip in parsed.chips if chip.kind == "date"]

    def _find_embedder(self, found: Found) -> TextEmbedder:
        """The model that passages are judged with.

        Raises:
            ModelUnavailable: there is none, or it is not ready.
        """
        for part in found.degraded:
            if part.part == "vector":
                raise (ModelLoading if part.loading else ModelUnavailable)(part.reason, fix=part.fix)
        embedder = self._models.find_embedder()
        if embedder is None:
            raise fallback.no_embedding_model()
        return embedder

    def _list_pages(self) -> Draft:
        self._listener.on_stage("writing")
        return self._tell(Draft(compose_listing(Evidence("", self._passages, None)), "extractive"))

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
            return Draft(tuple(said), "extractive", model=embedder.model_id)
        if entry is None:
            raise fallback.no_language_model()
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
        if self._keeps:
            raise error
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
