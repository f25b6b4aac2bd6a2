"""Background work: reading pages that were stored raw, and making vectors. Gives way to people.

Every step is a row in the job table. A kill at any moment costs the batch in flight, which is done again.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from host.core.chunking import embedding_text
from host.core.clock import now_ms
from host.core.errors import AppError, NotReady, StorageError, WorkerDied
from host.core.log import describe_exception, get_logger
from host.history.capture import finish_staged
from host.history.throttle import Throttle
from host.storage import jobs, pages, vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import apsw
    import numpy as np
    from numpy.typing import NDArray

    from host.history.profiles import Profile
    from host.history.reader import Reading
    from host.storage.jobs import Job
    from host.storage.vectors import VectorSpace

# Texts that go to the model together: enough to fill it, few enough to end within a second or so.
EMBED_BATCH = 32
EXTRACT_BATCH = 8
IDLE_WAIT_S = 30.0
ERROR_WAIT_S = 5.0
# What stands for a page as a whole: its title and the beginning of its text.
LEAD_CHARACTERS = 600
_log = get_logger("indexing")


class PassageEmbedder(Protocol):
    """Makes vectors of passages; see `host.models.embedding.Embedder`."""

    @property
    def resting(self) -> bool:
        """Whether it failed lately and should be left alone."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 for each text."""


class RawPageReader(Protocol):
    """Reads stored raw pages; see `host.history.reader.Reader`."""

    def read_html(self, html: bytes, url: str, title: str, *, compressed: bool = False) -> Reading:
        """Read a page and wait for it."""


@dataclass(frozen=True)
class _Text:
    """Something to be embedded: a passage, or a page as a whole when there is no passage."""

    text: str
    page_id: int
    chunk_id: int | None


class Indexer:
    """One thread that works through the jobs of all open profiles."""

    def __init__(
        self,
        profiles: Callable[[], Iterable[Profile]],
        reader: RawPageReader,
        embedder: PassageEmbedder | None,
        space: VectorSpace | None,
        throttle: Throttle | None = None,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            profiles: those that are open.
            reader: for raw pages.
            embedder: None without a model: pages are then found by words only.
            space: the embedder's model and dimension.
            throttle: when to hold back.
        """
        self._profiles = profiles
        self._reader = reader
        self._embedder = embedder
        self._space = space
        self._throttle = throttle or Throttle()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        # After a death the pages of the batch go one by one, to find the one that causes it.
        self._single_rounds = 0
        self._interrupted = False
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def yield_to_person(self) -> None:
        """A person is searching: hold back for a moment."""
        self._throttle.note_person()

    def stop(self) -> None:
        """End after the batch in flight; its jobs are queued again if it does not finish."""
        self._stopping.set()
        self._wake.set()
        self._throttle.release()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def prepare(self, profile: Profile, *, anew: bool = False) -> bool:
        """Make the vector tables of a profile fit the model, and queue what it lacks.

        Args:
            profile: one that was just opened, for instance.
            anew: drop every vector first.

        Returns:
            whether there is a model and a place for vectors.
        """
        space = self._space
        if space is None or not profile.database.features.vectors:
            return False

        def create(connection: apsw.Connection) -> None:
            if vectors.create_tables(connection, space, anew=anew):
                ids = pages.find_unembedded(connection)
                jobs.add_jobs(connection, jobs.EMBED, ids, now_ms())

        profile.database.write(create)
        if anew:
            profile.codes.clear()
        self.wake()
        return True

    def run_once(self) -> bool:
        """Do one batch for each profile. Returns whether anything was done."""
        done = False
        # It stays so when anything is raised below.
        interrupted, self._interrupted = self._interrupted, True
        sick: StorageError | None = None
        for profile in self._profiles():
            if self._stopping.is_set():
                break
            if profile.paused:
                continue
            try:
                if interrupted:
                    # What a failure left "running" is run by nobody: this is the only thread that does.
                    profile.database.write(jobs.put_back_all, background=True)
                done |= self._extract(profile)
                done |= self._embed(profile)
            except StorageError as error:
                # The other profiles go on: their databases are whole, and their disk may have room.
                sick = error
        if sick is not None and not done:
            raise sick
        self._interrupted = sick is not None
        return done

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.run_once()
                wait = 0.0 if busy else IDLE_WAIT_S
            except NotReady:
                wait = ERROR_WAIT_S
            except StorageError as error:
                # Most often a full disk, which sqlite-vec does not call by its name.
                _log.error("background work waits: %s", error.kind)
                wait = IDLE_WAIT_S
            except Exception as error:  # noqa: BLE001 - the thread must outlive any one failure
                _log.error("background work failed: %s", describe_exception(error))
                wait = ERROR_WAIT_S
            if wait:
                self._wake.wait(wait)
            self._wake.clear()

    def _extract(self, profile: Profile) -> bool:
        taken = _take(profile, jobs.EXTRACT, EXTRACT_BATCH)
        for index, job in enumerate(taken):
            if self._stopping.is_set():
                _put_back(profile, taken[index:])
                break
            self._extract_one(profile, job)
        return bool(taken)

    def _extract_one(self, profile: Profile, job: Job) -> None:
        database = profile.database
        capture = database.read(lambda connection: jobs.read_capture(connection, job.page_id))
        page = database.read(lambda connection: pages.read_page(connection, page_id=job.page_id))
        if capture is None or page is None:
            database.write(lambda connection: jobs.finish_jobs(connection, [job]), background=True)
            return
        captured_at, html = capture
        try:
            # The stored title of a page that was read before may be that of its former text.
            title = page.title if page.captured_at is None else ""
            reading = self._reader.read_html(html, page.url, title, compressed=True)
        except AppError as error:
            _fail(profile, job, error.kind)
            return
        features = database.features

        def store(connection: apsw.Connection) -> None:
            finish_staged(connection, features, job.page_id, captured_at, reading)
            jobs.finish_jobs(connection, [job])

        database.write(store, background=True)

    def _embed(self, profile: Profile) -> bool:
        if self._embedder is None or self._space is None or not profile.database.features.vectors:
            return False
        if self._embedder.resting:
            return False
        taken = _take(profile, jobs.EMBED, 1 if self._single_rounds else EMBED_BATCH)
        if not taken:
            return False
        self._single_rounds = max(0, self._single_rounds - 1)
        try:
            finished = self._embed_pages(profile, taken)
        except WorkerDied as error:
            self._handle_death(profile, taken, error)
            raise
        except (StorageError, NotReady):
            # No page is to blame for a full disk.
            raise
        except AppError as error:
            for job in taken:
                _fail(profile, job, error.kind)
            return True
        if not finished:
            _put_back(profile, taken)
        return True

    def _handle_death(self, profile: Profile, taken: Sequence[Job], error: WorkerDied) -> None:
        """A page that kills the model again and again is given up; its neighbours are not blamed."""
        if len(taken) == 1:
            _fail(profile, taken[0], error.kind)
        else:
            self._single_rounds = len(taken)
            _put_back(profile, taken)

    def _embed_pages(self, profile: Profile, taken: Sequence[Job]) -> bool:
        """Make and store what these pages lack. Returns False when it was told to stop before the end."""
        database = profile.database
        texts = database.read(lambda connection: _collect_texts(connection, [job.page_id for job in taken]))
        # Texts of like length together: a batch costs as much as its longest.
        texts.sort(key=lambda text: len(text.text))
        for start in range(0, len(texts), EMBED_BATCH):
            self._throttle.wait(on_battery_allowed=profile.settings.index_on_battery)
            if self._stopping.is_set() or profile.paused:
                return False
            self._embed_batch(profile, texts[start : start + EMBED_BATCH])
        database.write(lambda connection: jobs.finish_jobs(connection, taken), background=True)
        return True

    def _embed_batch(self, profile: Profile, batch: Sequence[_Text]) -> None:
        if self._embedder is None or self._space is None:
            return
        model_id = self._space.model_id
        made = self._embedder.embed_passages([text.text for text in batch])

        def store(connection: apsw.Connection) -> None:
            for text, vector in zip(batch, made, strict=True):
                if text.chunk_id is None:
                    if not _is_current(connection, text):
                        continue
                    vectors.store_page_vector(connection, model_id, text.page_id, vector)
                else:
                    vectors.store_chunk_vectors(connection, model_id, [(text.chunk_id, text.page_id, vector)])

        profile.database.write(store, background=True)


def lead_text(title: str, url_words: str, content_text: str) -> str:
    """What is embedded for a page as a whole; a page that is known by name only has its address."""
    return f"{title}\n{content_text[:LEAD_CHARACTERS] or url_words}".strip()


def _is_current(connection: apsw.Connection, text: _Text) -> bool:
    """Whether a page still says what was embedded for it as a whole; if not, it is queued anew."""
    return any(
        lead_text(found.title, found.url_words, found.content_text) == text.text
        for found in pages.read_unembedded(connection, [text.page_id])
    )


def _collect_texts(connection: apsw.Connection, page_ids: Sequence[int]) -> list[_Text]:
    found: list[_Text] = []
    for waiting in pages.read_unembedded(connection, page_ids):
        if waiting.lead_missing:
            lead = lead_text(waiting.title, waiting.url_words, waiting.content_text)
            if lead:
                found.append(_Text(lead, waiting.page_id, None))
        found.extend(
            _Text(embedding_text(waiting.title, chunk.heading, chunk.text), waiting.page_id, chunk.id)
            for chunk in waiting.chunks
        )
    return found


def _take(profile: Profile, kind: str, limit: int) -> list[Job]:
    database = profile.database
    # Looked at by reading first: an idle round must not write.
    if not database.read(lambda connection: jobs.has_due_job(connection, kind, now_ms())):
        return []
    return database.write(
        lambda connection: jobs.take_jobs(connection, kind, limit, now_ms()), background=True
    )


def _fail(profile: Profile, job: Job, kind: str) -> None:
    profile.database.write(lambda connection: jobs.fail_job(connection, job, kind, now_ms()), background=True)


def _put_back(profile: Profile, taken: Sequence[Job]) -> None:
    # When the database is closing the rows stay "running", which opening it sets right.
    with contextlib.suppress(NotReady):
        profile.database.write(lambda connection: jobs.put_back_jobs(connection, taken), background=True)
