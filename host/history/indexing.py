"""Background work: reading pages that were stored raw, and making vectors. Gives way to people.

Every step is a row in the job table. A kill at any moment costs the batch in flight, which is done again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from host.core.errors import AppError, ModelUnavailable, NotReady, StorageError
from host.core.log import describe_exception, get_logger
from host.history import job_queue
from host.history.capture import finish_staged
from host.history.policy import find_omission
from host.history.throttle import Throttle
from host.history.vector_work import VectorWork
from host.storage import jobs, pages, vector_spaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import apsw

    from host.history.profiles import Profile
    from host.history.reader import Reading
    from host.history.vector_work import PassageEmbedder
    from host.storage.jobs import Job
    from host.storage.vector_spaces import VectorSpace

EXTRACT_BATCH = 8
IDLE_WAIT_S = 30.0
ERROR_WAIT_S = 5.0
_log = get_logger("indexing")


class RawPageReader(Protocol):
    """Reads stored raw pages; see `host.history.reader.Reader`."""

    def read_html(self, html: bytes, url: str, title: str, *, compressed: bool = False) -> Reading:
        """Read a page and wait for it."""


class IdleWork(Protocol):
    """What is done when there is nothing else to do; see `host.chat.summaries.Summaries`."""

    def advance(self, profile: Profile) -> bool:
        """Do one short piece of it. Returns whether there was anything to do."""

    def interrupt(self) -> None:
        """Give up the piece under way: a person is waiting."""

    def close(self) -> None:
        """Give it up, and begin no other."""


class LightWork(IdleWork, Protocol):
    """What takes so little that it is done beside other people's work, after a pause, as vectors are made."""

    def is_waiting(self, profile: Profile) -> bool:
        """Whether there is anything to do."""


class _NoWork:
    def is_waiting(self, profile: Profile) -> bool:
        del profile
        return False

    def advance(self, profile: Profile) -> bool:
        del profile
        return False

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass


class Indexer:
    """One thread that works through the jobs of all open profiles."""

    def __init__(
        self,
        profiles: Callable[[], Iterable[Profile]],
        reader: RawPageReader,
        embedder_for: Callable[[str], PassageEmbedder | None] = lambda _model_id: None,
        wanted: Callable[[], VectorSpace | None] = lambda: None,
        throttle: Throttle | None = None,
        light_work: LightWork | None = None,
        idle_work: IdleWork | None = None,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            profiles: those that are open.
            reader: for raw pages.
            embedder_for: the model of that id, None when it is not installed (any more).
            wanted: the model that is to be searched with, and its dimension. None without a model: pages
                that have no vector yet are then found by words only.
            throttle: when to hold back.
            light_work: for when nothing waits to be read or embedded.
            idle_work: for when nothing at all waits, and nothing holds it back.
        """
        self._profiles = profiles
        self._reader = reader
        self._wanted = wanted
        self._throttle = throttle or Throttle()
        self._light_work = light_work or _NoWork()
        self._idle_work = idle_work or _NoWork()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._vectors = VectorWork(embedder_for, self._throttle, self._stopping.is_set)
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
        self._light_work.interrupt()
        self._idle_work.interrupt()

    def rest(self) -> None:
        """Give up what can be given up: its person has switched it off."""
        self._light_work.interrupt()
        self._idle_work.interrupt()

    def stop(self) -> None:
        """End after the batch in flight; its jobs are queued again if it does not finish."""
        self._stopping.set()
        self._wake.set()
        self._throttle.release()
        self._light_work.close()
        self._idle_work.close()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def prepare(self, profile: Profile, *, anew: bool = False) -> bool:
        """Make the vector spaces of a profile follow the wanted model; what is lacking is made meanwhile.

        Args:
            profile: one that was just opened, for instance.
            anew: drop every vector that serves, or is about to, first.

        Returns:
            whether there is a model and a place for vectors.
        """
        space = self._wanted()
        if space is None or not profile.database.features.vectors:
            return False

        def settle(connection: apsw.Connection) -> None:
            changed = vector_spaces.choose_space(connection, space)
            if anew:
                vector_spaces.restart_spaces(connection)
                jobs.delete_jobs(connection, jobs.EMBED, only_failed=True)
            if changed or anew:
                # They are about a space that was being built before.
                jobs.delete_jobs(connection, jobs.REEMBED)

        profile.database.write(settle)
        if anew:
            profile.codes.clear()
        self._vectors.note(profile)
        self.wake()
        return True

    def apply_choice(self) -> bool:
        """Another model is wanted: make every open profile follow, at once where its vectors are there.

        Returns:
            whether vectors are made anew now; those of the former model serve meanwhile.
        """
        begun = False
        for profile in self._profiles():
            if self.prepare(profile) and not self._vectors.take_over(profile):
                begun |= profile.database.read(_is_building)
        return begun

    def serving_models(self) -> frozenset[str]:
        """The models that queries of the open profiles are embedded with: not always the wanted one."""
        found = (
            profile.database.read(lambda connection: vector_spaces.find_space(connection, "active"))
            for profile in self._profiles()
            if profile.database.features.vectors
        )
        return frozenset(space.model_id for space in found if space is not None)

    def run_once(self) -> bool:
        """Do one batch for each profile. Returns whether anything was done."""
        done = False
        # It stays so when anything is raised below.
        interrupted, self._interrupted = self._interrupted, True
        sick: StorageError | ModelUnavailable | None = None
        for profile in self._profiles():
            if self._stopping.is_set():
                break
            if profile.resting:
                continue
            try:
                if interrupted:
                    # What a failure left "running" is run by nobody: this is the only thread that does.
                    profile.database.write(jobs.put_back_all, background=True)
                # What was read or embedded belongs to these rows, not to those of a file that comes after.
                with profile.database.steady():
                    done |= self._extract(profile)
                    done |= self._vectors.advance(profile)
            except (StorageError, ModelUnavailable) as error:
                # The other profiles go on: their disk may have room, and their model may load.
                sick = error
        if sick is not None and not done:
            raise sick
        if not done:
            done = self._work_lightly() or self._work_idly()
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
            except ModelUnavailable as error:
                _log.warning("making vectors waits: %s", error.kind)
                wait = ERROR_WAIT_S
            except Exception as error:  # noqa: BLE001 - the thread must outlive any one failure
                _log.error("background work failed: %s", describe_exception(error))
                wait = ERROR_WAIT_S
            if wait:
                self._wake.wait(wait)
            self._wake.clear()

    def _work_lightly(self) -> bool:
        """Do one piece of what takes little, after as long a pause as vectors would make."""
        for profile in self._profiles():
            if self._stopping.is_set() or profile.resting or not self._light_work.is_waiting(profile):
                continue
            self._throttle.wait(on_battery_allowed=profile.settings.index_on_battery)
            with profile.database.steady():
                if self._light_work.advance(profile):
                    return True
        return False

    def _work_idly(self) -> bool:
        """Do one piece of what can wait, unless anything at all holds back."""
        for profile in self._profiles():
            if self._stopping.is_set() or profile.resting:
                continue
            if self._throttle.pause_seconds(on_battery_allowed=profile.settings.index_on_battery) > 0:
                continue
            with profile.database.steady():
                if self._idle_work.advance(profile):
                    return True
        return False

    def _extract(self, profile: Profile) -> bool:
        taken = job_queue.take(profile, jobs.EXTRACT, EXTRACT_BATCH)
        for index, job in enumerate(taken):
            if self._stopping.is_set():
                job_queue.put_back(profile, taken[index:])
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
        if find_omission(profile.settings, page.url):
            # Excluded since it was captured; a backup that was restored may hold such pages.
            database.write(lambda connection: jobs.drop_waiting(connection, [job.page_id]), background=True)
            return
        captured_at, html = capture
        try:
            # The stored title of a page that was read before may be that of its former text.
            title = page.title if page.captured_at is None else ""
            reading = self._reader.read_html(html, page.url, title, compressed=True)
        except AppError as error:
            job_queue.fail(profile, job, error.kind)
            return
        features = database.features

        def store(connection: apsw.Connection) -> None:
            finish_staged(connection, features, job.page_id, captured_at, reading)
            jobs.finish_jobs(connection, [job])

        database.write(store, background=True)


def _is_building(connection: apsw.Connection) -> bool:
    return vector_spaces.find_space(connection, "building") is not None
