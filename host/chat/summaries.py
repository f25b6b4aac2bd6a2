"""A short summary for each page.

A model writes it where it was measured to write well, and only what the page supports is kept. Everywhere
else, and when that fails, the best sentences of the page are its summary.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from host.chat.cleaning import clean_title
from host.chat.engine_choice import can_write
from host.chat.summary_sentences import choose_summary, find_candidates
from host.chat.summary_writing import write_summary
from host.chat.word_vectors import add_words, make_word_vectors
from host.core.errors import AppError, Cancelled, InvalidInput, NotFound, StorageError
from host.core.log import get_logger
from host.storage import pages, summaries
from host.storage.summaries import StoredSummary

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from host.chat.evidence import TextEmbedder
    from host.chat.service import ChatModels
    from host.history.profiles import Profile
    from host.storage.pages import Chunk, Page
    from host.workers.client import Lane

# Who chose the sentences when no embedding model is there.
BY_WORDS = "words"
# Stands for the model of a page that was looked at and has nothing to be summarised.
NOBODY = "none"
# What shared words count beside meaning: for languages that the embedding model does not know they are all
# there is.
WORD_SHARE = 0.3
# Passages that a writing model may be shown.
_READ_CHUNKS = 12

Step = Literal["reading", "writing"]
_log = get_logger("summaries")


@dataclass(frozen=True)
class Summary:
    """A summary.

    Attributes:
        text: one or two sentences without markup.
        model: the language model that wrote it, the embedding model that chose its sentences, or `words`.
    """

    text: str
    model: str


class Summaries:
    """Makes summaries and keeps them; safe to use from several threads."""

    def __init__(self, models: ChatModels) -> None:
        """Wire it.

        Args:
            models: those of chat.
        """
        self._models = models

    @property
    def has_model(self) -> bool:
        """Whether a model is installed that chooses sentences."""
        return self._models.find_embedder() is not None

    def get(
        self,
        profile: Profile,
        page_id: int,
        *,
        again: bool = False,
        on_step: Callable[[Step], None] = lambda _step: None,
        cancelled: threading.Event | None = None,
    ) -> Summary:
        """The summary of a page, made now if there is none; a person waits for it.

        Args:
            profile: whose history.
            page_id: the page.
            again: make a new one in any case.
            on_step: is told what is being done.
            cancelled: stops it.

        Raises:
            NotFound: there is no such page.
            InvalidInput: the page has no text that could be summarised.
            Cancelled: it was taken back.
            StorageError: it could not be kept.
        """
        kept = profile.database.read(lambda connection: summaries.read_summary(connection, page_id))
        if kept is not None and kept.text and kept.model and not again:
            return Summary(kept.text, kept.model)
        page, chunks = _read(profile, page_id)
        if page is None:
            raise NotFound("There is no such page in the history.")
        made = self._make(profile, page, chunks, "interactive", cancelled, on_step)
        profile.database.write(lambda connection: _keep(connection, page, made))
        if made is None:
            raise InvalidInput(
                "This page has no sentences that could be summarised.",
                fix=None if page.content_text else "Visit the page again, so that its text is read.",
            )
        return made

    def make(self, profile: Profile, page_id: int, cancelled: threading.Event) -> None:
        """Make and keep the summary of a page behind everything that people wait for.

        Args:
            profile: whose history.
            page_id: the page; nothing is done when it is gone.
            cancelled: gives it up.

        Raises:
            Cancelled: it was given up.
            ModelUnavailable, WorkerDied, Timeout: the embedding model does not answer.
            StorageError: it could not be kept.
        """
        page, chunks = _read(profile, page_id)
        if page is None:
            return
        made = self._make(profile, page, chunks, "background", cancelled)
        profile.database.write(lambda connection: _keep(connection, page, made), background=True)

    def _make(
        self,
        profile: Profile,
        page: Page,
        chunks: list[Chunk],
        lane: Lane,
        cancelled: threading.Event | None,
        on_step: Callable[[Step], None] = lambda _step: None,
    ) -> Summary | None:
        on_step("reading")
        candidates = find_candidates(page.content_text, page.language)
        if not candidates:
            return None
        embedder = self._models.find_embedder()
        entry = self._models.find_writer()
        if entry is not None and can_write(entry) and profile.settings.chat_engine != "extractive":
            on_step("writing")
            text = self._write(entry.id, page, chunks, embedder, lane, cancelled)
            if text:
                return Summary(text, entry.id)
        return _choose(page, candidates, embedder, lane, cancelled)

    def _write(
        self,
        model_id: str,
        page: Page,
        chunks: list[Chunk],
        embedder: TextEmbedder | None,
        lane: Lane,
        cancelled: threading.Event | None,
    ) -> str:
        """What a model writes, "" where it cannot: sentences of the page do as well."""
        try:
            with self._models.lend_writer(model_id, cancelled or threading.Event()) as language:
                return write_summary(language, page, chunks, embedder, lane=lane, cancelled=cancelled)
        except (Cancelled, StorageError):
            raise
        except AppError as error:
            _log.warning("a summary was not written: %s", error.kind)
            return ""


def _choose(
    page: Page,
    candidates: list[str],
    embedder: TextEmbedder | None,
    lane: Lane,
    cancelled: threading.Event | None,
) -> Summary:
    title = clean_title(page.title)
    texts = [*candidates, title] if title else candidates
    model, vectors = BY_WORDS, None
    if embedder is not None:
        try:
            prefixed = [embedder.passage_prefix + text for text in texts]
            made = embedder.embed_texts(prefixed, lane=lane, cancelled=cancelled)
            vectors = add_words(made, texts, WORD_SHARE)
            model = embedder.model_id
        except Cancelled:
            raise
        except AppError as error:
            # Nobody waits for what is made in the background: that can be done better later.
            if lane == "background":
                raise
            _log.warning("a summary was chosen by words: %s", error.kind)
    if vectors is None:
        vectors = make_word_vectors(texts)
    count = len(candidates)
    return Summary(choose_summary(candidates, vectors[:count], vectors[count] if title else None), model)


def _read(profile: Profile, page_id: int) -> tuple[Page | None, list[Chunk]]:
    def read(connection: apsw.Connection) -> tuple[Page | None, list[Chunk]]:
        page = pages.read_page(connection, page_id=page_id)
        return page, pages.read_chunks(connection, page_id, limit=_READ_CHUNKS) if page else []

    return profile.database.read(read)


def _keep(connection: apsw.Connection, page: Page, made: Summary | None) -> None:
    stored = StoredSummary(made.text, made.model) if made else StoredSummary(None, NOBODY)
    summaries.store_summary(connection, page.id, page.content_hash, stored)
