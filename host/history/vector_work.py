"""Making vectors, one step at a time: for the space that serves, then for one that is being built beside it.

A space that is being built takes over once it lacks nothing but what was given up. A space that nobody wants
any more is emptied little by little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from host.core.chunking import embedding_text
from host.core.errors import AppError, ModelUnavailable, NotReady, StorageError, WorkerDied, WorkerError
from host.history import job_queue
from host.storage import jobs, vector_gaps, vector_spaces, vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw
    import numpy as np
    from numpy.typing import NDArray

    from host.history.profiles import Profile
    from host.history.throttle import Throttle
    from host.storage.jobs import Job
    from host.storage.vector_gaps import Lead
    from host.storage.vector_spaces import StoredSpace

# Texts that go to the model together: enough to fill it, few enough to end within a second or so.
EMBED_BATCH = 32
# Pages that are queued in one transaction when a space lacks many.
QUEUED_AT_ONCE = 2000
# What stands for a page as a whole: its title and the beginning of its text.
LEAD_CHARACTERS = 600


class PassageEmbedder(Protocol):
    """Makes vectors of passages; see `host.models.embedding.Embedder`."""

    @property
    def resting(self) -> bool:
        """Whether it failed lately and should be left alone."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 for each text."""


@dataclass(frozen=True)
class _Text:
    """Something to be embedded: a passage, or a page as a whole when there is no passage."""

    text: str
    page_id: int
    chunk_id: int | None


class VectorWork:
    """What the indexer does about vectors; used by its thread only, except `take_over` and `note`."""

    def __init__(
        self,
        embedder_for: Callable[[str], PassageEmbedder | None],
        throttle: Throttle,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._embedder_for = embedder_for
        self._throttle = throttle
        self._is_stopping = is_stopping
        # After a death the pages of the batch go one by one, to find the one that causes it.
        self._single_rounds = {jobs.EMBED: 0, jobs.REEMBED: 0}
        self._unchecked: set[str] = set()

    def note(self, profile: Profile) -> None:
        """A profile was opened, or its spaces changed: look for what has no vector and no job."""
        self._unchecked.add(profile.id)

    def advance(self, profile: Profile) -> bool:
        """Do one step for a profile. Returns whether there was anything to do."""
        if not profile.database.features.vectors:
            return False
        active, building = profile.database.read(_find_spaces)
        if active is None:
            return False
        if self._embed(profile, active, jobs.EMBED) or self._check(profile, active):
            return True
        if building is not None and (
            self._embed(profile, building, jobs.REEMBED)
            or self.take_over(profile)
            or _top_up(profile, building, jobs.REEMBED)
        ):
            return True
        return _empty_leaving(profile)

    def take_over(self, profile: Profile) -> bool:
        """Let the space that is being built serve if it is complete, or if the one before it cannot.

        Returns:
            whether it serves now.
        """
        database = profile.database
        active, building = database.read(_find_spaces)
        if active is None or building is None or self._embedder_for(building.model_id) is None:
            return False
        # Half an index is better than one that nobody can ask.
        forced = self._embedder_for(active.model_id) is None
        if not forced and database.read(lambda connection: _is_unfinished(connection, building)):
            return False

        def switch(connection: apsw.Connection) -> bool:
            spaces = _find_spaces(connection)
            if spaces != (active, building):
                return False
            # Something may have been captured since the first look, which kept no writer waiting.
            if not forced and _is_unfinished(connection, building):
                return False
            vector_spaces.activate_building(connection)
            jobs.adopt_reembedding(connection)
            return True

        if not database.write(switch, background=True):
            return False
        profile.codes.clear()
        self.note(profile)
        return True

    def _check(self, profile: Profile, active: StoredSpace) -> bool:
        """Look, once, for what the space that serves lacks without a job, and for what it has too much."""
        if profile.id not in self._unchecked:
            return False
        # Taken off before the look, so that what is noted meanwhile is not lost.
        self._unchecked.discard(profile.id)
        again = True
        try:
            again = _top_up(profile, active, jobs.EMBED) or _sweep_orphans(profile)
        finally:
            if again:
                self._unchecked.add(profile.id)
        return again

    def _embed(self, profile: Profile, space: StoredSpace, kind: str) -> bool:
        embedder = self._embedder_for(space.model_id)
        if embedder is None or embedder.resting:
            return False
        taken = job_queue.take(profile, kind, 1 if self._single_rounds[kind] else EMBED_BATCH)
        if not taken:
            return False
        self._single_rounds[kind] = max(0, self._single_rounds[kind] - 1)
        try:
            finished = self._embed_pages(profile, space, embedder, taken)
        except WorkerDied as error:
            self._handle_death(profile, taken, error)
            raise
        except (StorageError, NotReady, ModelUnavailable):
            # No page is to blame for a full disk, nor for a model that does not load.
            raise
        except AppError as error:
            for job in taken:
                job_queue.fail(profile, job, error.kind)
            return True
        if not finished:
            job_queue.put_back(profile, taken)
        return True

    def _handle_death(self, profile: Profile, taken: Sequence[Job], error: WorkerDied) -> None:
        """A page that kills the model again and again is given up; its neighbours are not blamed."""
        if len(taken) == 1:
            job_queue.fail(profile, taken[0], error.kind)
        else:
            self._single_rounds[taken[0].kind] = len(taken)
            job_queue.put_back(profile, taken)

    def _embed_pages(
        self, profile: Profile, space: StoredSpace, embedder: PassageEmbedder, taken: Sequence[Job]
    ) -> bool:
        """Make and store what these pages lack. Returns False when it was told to stop before the end."""
        database = profile.database
        page_ids = [job.page_id for job in taken]
        texts, blank = database.read(lambda connection: _collect_texts(connection, space, page_ids))
        # Texts of like length together: a batch costs as much as its longest.
        texts.sort(key=lambda text: len(text.text))
        for start in range(0, len(texts), EMBED_BATCH):
            self._throttle.wait(on_battery_allowed=profile.settings.index_on_battery)
            if self._is_stopping() or profile.resting:
                return False
            _embed_batch(profile, space, embedder, texts[start : start + EMBED_BATCH])

        def finish(connection: apsw.Connection) -> None:
            if vector_spaces.is_held(connection, space):
                for text in blank:
                    if _is_current(connection, text):
                        vectors.store_page_vector(connection, space, text.page_id, None)
            jobs.finish_jobs(connection, taken)

        database.write(finish, background=True)
        return True


def lead_text(lead: Lead) -> str:
    """What is embedded for a page as a whole; a page that is known by name only has its address."""
    return f"{lead.title}\n{lead.content_text[:LEAD_CHARACTERS] or lead.url_words}".strip()


def _find_spaces(connection: apsw.Connection) -> tuple[StoredSpace | None, StoredSpace | None]:
    """The space that serves and the one that is being built."""
    return vector_spaces.find_space(connection, "active"), vector_spaces.find_space(connection, "building")


def _is_unfinished(connection: apsw.Connection, space: StoredSpace) -> bool:
    if jobs.has_open_job(connection, jobs.REEMBED):
        return True
    return bool(vector_gaps.find_gaps(connection, space, 1, without_job=jobs.REEMBED))


def _top_up(profile: Profile, space: StoredSpace, kind: str) -> bool:
    """Queue some of what a space lacks and what has no job. Returns whether there was any."""
    database = profile.database
    # Read first: looking through a long history must not keep writers waiting.
    found = database.read(
        lambda connection: vector_gaps.find_gaps(connection, space, QUEUED_AT_ONCE, without_job=kind)
    )
    if found:
        database.write(lambda connection: jobs.queue_pages(connection, kind, found), background=True)
    return bool(found)


def _sweep_orphans(profile: Profile) -> bool:
    database = profile.database
    if not database.read(vectors.find_orphans):
        return False
    database.write(vectors.delete_orphans, background=True)
    return True


def _empty_leaving(profile: Profile) -> bool:
    database = profile.database
    if not any(space.role == "leaving" for space in database.read(vector_spaces.read_spaces)):
        return False
    return database.write(vectors.empty_leaving, background=True)


def _embed_batch(
    profile: Profile, space: StoredSpace, embedder: PassageEmbedder, batch: Sequence[_Text]
) -> None:
    made = embedder.embed_passages([text.text for text in batch])
    if made.shape != (len(batch), space.dimensions):
        message = f"{space.model_id} made vectors of another length than before."
        raise WorkerError(message)

    def store(connection: apsw.Connection) -> None:
        # It may have been emptied, and its tables given to another, while these were made.
        if not vector_spaces.is_held(connection, space):
            return
        for text, vector in zip(batch, made, strict=True):
            if text.chunk_id is not None:
                vectors.store_chunk_vectors(connection, space, [(text.chunk_id, text.page_id, vector)])
            elif _is_current(connection, text):
                vectors.store_page_vector(connection, space, text.page_id, vector)

    profile.database.write(store, background=True)


def _is_current(connection: apsw.Connection, text: _Text) -> bool:
    """Whether a page still says what was embedded for it as a whole; if not, it is queued anew."""
    lead = vector_gaps.read_lead(connection, text.page_id)
    return lead is not None and lead_text(lead) == text.text


def _collect_texts(
    connection: apsw.Connection, space: StoredSpace, page_ids: Sequence[int]
) -> tuple[list[_Text], list[_Text]]:
    """What is to be embedded of these pages, and the pages that say nothing as a whole."""
    found: list[_Text] = []
    blank: list[_Text] = []
    for gap in vector_gaps.read_gaps(connection, space, page_ids):
        if gap.lead_missing:
            lead = _Text(lead_text(gap.lead), gap.page_id, None)
            (found if lead.text else blank).append(lead)
        found.extend(
            _Text(embedding_text(gap.lead.title, chunk.heading, chunk.text), gap.page_id, chunk.id)
            for chunk in gap.chunks
        )
    return found, blank
