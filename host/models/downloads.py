"""Downloads as the daemon sees them: one for each model, however many ask for it, in a process apart."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.core.errors import AppError, Cancelled, Forbidden, ModelUnavailable, WorkerDied
from host.models.registry import ModelEntry, describe_entry, read_entry
from host.models.sources import FIRST_WAIT_S
from host.models.transfers import Transfer
from host.workers.client import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from host.models.metadata import Installed
    from host.models.store import ModelStore
    from host.workers.messages import Header

__all__ = ["Downloads", "Transfer"]

NAME = "model download"
# Large models over slow lines; a download that stands still ends itself.
LONGEST_S = 7 * 24 * 3600.0
LOOK_S = 60.0
# How long a download may take to stop by itself before its process is ended.
GRACE_S = 0.6
POLL_S = 0.05


@dataclass
class _Job:
    """One download, for all who want it."""

    entry: ModelEntry
    allow_remote_code: str | None
    transfer: Transfer
    waiting: int = 0
    number: int = 0
    error: AppError | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class Downloads:
    """Fetches models, one after another, in a process that lives only as long as there is one to fetch."""

    def __init__(
        self, store: ModelStore, log_file: Path | None = None, *, first_wait_s: float = FIRST_WAIT_S
    ) -> None:
        """Set up; no process is started yet.

        Args:
            store: where models are kept.
            log_file: gets what the process says on its way down.
            first_wait_s: seconds before the second try of something that broke off.
        """
        self._store = store
        config = {
            "folder": str(store.folder),
            "shipped": [describe_entry(entry) for entry in store.shipped.values()],
            "first_wait_s": first_wait_s,
        }
        self._worker = Worker(NAME, "host.models.download_worker", config, log_file=log_file)
        self._changed = threading.Condition()
        self._jobs: dict[str, _Job] = {}
        # Whose turn it is; together they would only share one line.
        self._turn = threading.Lock()
        self._fetching: _Job | None = None
        self._users = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The download process, when there is one."""
        return self._worker.pid

    def under_way(self) -> dict[str, Transfer]:
        """The downloads under way, and how far each is."""
        with self._changed:
            return {model_id: job.transfer for model_id, job in self._jobs.items()}

    def cancel(self, model_id: str) -> bool:
        """Stop a download for all who wait for it, and wait until it has stopped.

        Returns:
            Whether there was one.
        """
        with self._changed:
            job = self._jobs.get(model_id)
        if job is None:
            return False
        self._stop(job)
        return True

    def download(
        self,
        model_id: str,
        *,
        allow_remote_code: str | None = None,
        on_progress: Callable[[Transfer], None] = lambda _: None,
        cancelled: threading.Event | None = None,
    ) -> Installed:
        """Make sure that a model is installed and whole, and wait for it.

        Who asks for a model that is being fetched joins that download. It is stopped when all who joined
        have gone; what came is kept for the next time.

        Args:
            model_id: the model.
            allow_remote_code: the repository whose Python code the user has allowed, by name.
            on_progress: called in this thread.
            cancelled: set when this caller wants it no more.

        Raises:
            NotFound: there is no such model.
            Cancelled: this caller went, or the daemon is stopping.
            Forbidden: the model brings code that was not allowed.
            DiskFull: the disk has no room for it.
            ModelUnavailable: no source delivered it.
            WorkerDied: the download process died; the next request goes on where it stopped.
        """
        entry = self._store.find_entry(model_id)
        while True:
            job = self._join(entry, allow_remote_code, cancelled)
            try:
                self._follow(job, on_progress, cancelled)
            finally:
                self._leave(job)
            # What another has not allowed, this caller may have.
            own = job.allow_remote_code == allow_remote_code or allow_remote_code is None
            if own or not isinstance(job.error, Forbidden):
                break
        if job.error is not None:
            raise type(job.error)(job.error.message, fix=job.error.fix)
        installed = self._store.find(model_id)
        if installed is None:
            message = f"The model {model_id} was changed while it was being installed."
            raise ModelUnavailable(message, fix="Try again.")
        return installed

    def describe(
        self,
        source: str,
        *,
        id: str | None = None,  # noqa: A002 - the name on the wire
        type: str | None = None,  # noqa: A002
        cancelled: threading.Event | None = None,
    ) -> ModelEntry:
        """Find out what a model of the user's own is; nothing is installed or put in.

        Args:
            source: a folder, a GGUF file, or owner/name[@revision][:file.gguf] at the hub.
            id: its name here; made from the source's by default.
            type: what it can do; found out by default.
            cancelled: set when it is wanted no more.

        Raises:
            InvalidInput: the source cannot be used, and why.
            ModelUnavailable: the hub does not give it.
            Cancelled.
        """
        header = {"source": source, "name": id, "type": type}
        with self._use_worker():
            answer, _ = self._worker.request(
                "describe", header, timeout=LOOK_S, lane="interactive", cancelled=cancelled
            )
        return read_entry(answer["model"])

    def close(self) -> None:
        """Stop every download and the process."""
        with self._changed:
            self._closed = True
            jobs = list(self._jobs.values())
            for job in jobs:
                job.cancelled.set()
        self._worker.stop()
        for job in jobs:
            job.ended.wait()
        self._worker.stop()

    def _join(
        self, entry: ModelEntry, allow_remote_code: str | None, cancelled: threading.Event | None
    ) -> _Job:
        with self._changed:
            while not self._closed:
                job = self._jobs.get(entry.id)
                if job is None:
                    job = _Job(entry, allow_remote_code, Transfer(0, entry.size))
                    self._jobs[entry.id] = job
                    self._users += 1
                    name = f"download-{entry.id}"
                    threading.Thread(target=self._run, args=(job,), name=name, daemon=True).start()
                if not job.cancelled.is_set():
                    job.waiting += 1
                    return job
                # It is on its way out; after it comes another.
                self._changed.wait(POLL_S)
                if cancelled is not None and cancelled.is_set():
                    raise _say_cancelled()
        raise _say_cancelled()

    def _follow(
        self, job: _Job, on_progress: Callable[[Transfer], None], cancelled: threading.Event | None
    ) -> None:
        seen = -1
        while True:
            with self._changed:
                if job.number == seen and not job.ended.is_set():
                    self._changed.wait(POLL_S)
                changed, seen, transfer = job.number != seen, job.number, job.transfer
            if cancelled is not None and cancelled.is_set() and not job.ended.is_set():
                raise _say_cancelled()
            if changed:
                on_progress(transfer)
            elif job.ended.is_set():
                return

    def _leave(self, job: _Job) -> None:
        with self._changed:
            job.waiting -= 1
            if job.waiting or job.ended.is_set():
                return
            job.cancelled.set()
        self._stop(job)

    def _stop(self, job: _Job) -> None:
        job.cancelled.set()
        # In the middle of a silent connection it hears nothing; whatever it has written is kept.
        if not job.ended.wait(GRACE_S):
            with self._changed:
                if self._fetching is job:
                    self._worker.stop()
            job.ended.wait()

    def _run(self, job: _Job) -> None:
        try:
            self._wait_for_turn(job)
            try:
                self._fetch(job)
            finally:
                with self._changed:
                    self._fetching = None
                self._turn.release()
        except AppError as error:
            job.error = _say_cancelled() if job.cancelled.is_set() else error
        except BaseException as error:
            job.error = ModelUnavailable(f"The download failed with {type(error).__name__}.")
            raise
        finally:
            self._release_worker()
            with self._changed:
                del self._jobs[job.entry.id]
                job.ended.set()
                self._changed.notify_all()

    def _wait_for_turn(self, job: _Job) -> None:
        while not self._turn.acquire(timeout=POLL_S):
            if job.cancelled.is_set():
                raise _say_cancelled()
            note = "waiting for another download"
            if job.transfer.note != note:
                self._publish(job, Transfer(0, job.transfer.total, note=note))

    def _fetch(self, job: _Job) -> None:
        def hear(value: Header) -> None:
            self._publish(job, Transfer(**value))

        with self._changed:
            self._fetching = job
        try:
            self._worker.request(
                "download",
                {"model": describe_entry(job.entry), "allow_remote_code": job.allow_remote_code},
                timeout=LONGEST_S,
                lane="loading",
                on_progress=hear,
                cancelled=job.cancelled,
            )
        except WorkerDied as death:
            raise WorkerDied(
                f"The download of {job.entry.id} stopped: its process ended.",
                fix="Try again; what was fetched is kept.",
            ) from death

    def _publish(self, job: _Job, transfer: Transfer) -> None:
        with self._changed:
            job.transfer = transfer
            job.number += 1
            self._changed.notify_all()

    @contextlib.contextmanager
    def _use_worker(self) -> Iterator[None]:
        with self._changed:
            self._users += 1
        try:
            yield
        finally:
            self._release_worker()

    def _release_worker(self) -> None:
        """End the process when nobody needs it: it would only hold memory."""
        with self._changed:
            self._users -= 1
            if self._users == 0:
                self._worker.stop()


def _say_cancelled() -> Cancelled:
    return Cancelled("The download was cancelled. What was fetched is kept for the next time.")
