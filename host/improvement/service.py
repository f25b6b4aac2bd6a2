"""Trains a model from a person's corrections while nobody needs the computer, and remembers how far it is."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError, NotReady
from host.core.log import describe_exception, get_logger
from host.improvement.attempt import GRACE_S, Attempt
from host.improvement.job import Job, JobFile, JobState, can_go_on, end_job
from host.improvement.leftovers import forget_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from host.improvement.readiness import Readiness
    from host.improvement.surroundings import Surroundings
    from host.workers.client import Worker

JOB_FILE = "job.json"
FOLDER_PREFIX = "improve-"
# How many rows are made beside the corrections. With fewer a model is taught no templates, and is hardly
# better than what is there.
SAMPLES = 10_000
POLL_S = 2.0
AGAIN_S = 30.0
# How long its process may take to leave things in order when the daemon ends.
CLOSING_S = 3.0
# The same when its person has switched everything off: what is done so far is kept all the same.
OFF_S = 0.5
# How often it is looked whether that is so, or whether it was cancelled.
STEP_S = 0.25
# After that many deaths of its process something is wrong that no other try mends.
MOST_DEATHS = 3
# A training that has failed goes on where it was; when it fails again and again, its folder is to blame.
MOST_FAILURES = 3
# So long a process stays for a training that waits: a person's absence begins long after the browser's end.
KEPT_S = 6 * 3600.0
# How long a caller waits for a training to have ended.
PATIENCE_S = 60.0
# In which corrections are read.
FIRST_STAGE = "dataset"
_log = get_logger("improvement")


class Improvement:
    """One training at a time. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        make_worker: Callable[[], Worker],
        surroundings: Surroundings,
        readiness: Readiness,
        *,
        knows: Callable[[str], Callable[[Mapping[str, Any]], bool]] = lambda _: lambda _row: False,
        poll_s: float = POLL_S,
        again_s: float = AGAIN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wire it; what was left of an earlier process goes on after `start`.

        Args:
            folder: of all trainings; the job is remembered in it.
            make_worker: makes the process that trains; see the package.
            surroundings: say when there is something to wait for.
            readiness: says whether there is something to train with.
            knows: for a profile, what says of a row of its person whether that is remembered still.
            poll_s: how often they are asked.
            again_s: how long it rests when its process has died.
            clock: seconds.
        """
        self._folder = folder
        self._make_worker = make_worker
        self._surroundings = surroundings
        self._readiness = readiness
        self._knows = knows
        self._poll_s = poll_s
        self._again_s = again_s
        self._clock = clock
        self._wanted_at = clock()
        self._file = JobFile(folder / JOB_FILE)
        self._changed = threading.Condition()
        self._beginning = threading.Lock()
        self._job = self._file.read()
        self._thread: threading.Thread | None = None
        self._cancelling = False
        self._outdated = False
        self._closed = False

    @property
    def job(self) -> Job:
        """The job as it is now."""
        with self._changed:
            return self._job

    @property
    def needs_process(self) -> bool:
        """Whether this process is to live on for it, though nothing else needs it."""
        job = self.job
        if job.state == "running" or not job.active:
            return job.active
        lately = self._clock() - self._wanted_at < KEPT_S
        return lately and not self._surroundings.is_paused(job.profile)

    def start(self) -> None:
        """Go on with what an earlier process was at, once there is nothing to wait for."""
        with self._changed:
            if self._job.active:
                state: JobState = "paused" if self._job.begun else "waiting"
                # Whoever wanted it at once may not sit there any more.
                self._keep(replace(self._job, state=state, now=False, remaining_s=None))
                self._start_thread()

    def improve(self, profile: str, model: str | None = None, *, now: bool = False) -> Job:
        """Have a training begin; one that is under way stays the one.

        Args:
            profile: whose corrections are learned from.
            model: what to train; the smallest that can be trained by default.
            now: wait for nothing.

        Raises:
            ModelUnavailable: something is not installed that it needs.
            NotFound: the model is not installed.
            InvalidInput: the model cannot be trained, or there is too little to learn from.
            NotReady: the daemon is on its way out.
        """
        with self._beginning:
            self._wanted_at = self._clock()
            under_way = self._hurry(now=now)
            return under_way or self._begin(profile, self._readiness.require(profile, model), now=now)

    def consider(self, profile: str) -> bool:
        """Begin by itself when enough was corrected since the last training. Returns whether it did."""
        if self.job.active:
            return False
        try:
            return self._readiness.has_new(profile, self.job.started_at or 0) and self.improve(profile).active
        except AppError as error:
            _log.info("no training was begun: %s", error.kind)
            return False

    def describe(self, profile: str | None) -> Job:
        """The job for a person; without one, what it would need."""
        job = self.job
        return replace(job, text=self._readiness.tell(profile)) if job.state == "none" else job

    def find_hindrance(self, profile: str) -> str | None:
        """Why no training could be begun from a profile's corrections, for a person; None when one could."""
        return self._readiness.explain(profile)

    def forget(self, profile: str) -> None:
        """Delete what a person does not want remembered any more from a training that has not ended.

        One that was taught it begins anew. One that has come to its end keeps no rows of the person.

        Args:
            profile: of the person.
        """
        with self._changed:
            job = self._job
            if not job.folder or job.profile != profile or not (job.active or job.state == "failed"):
                return
            gone = forget_rows(Path(job.folder), self._knows(profile))
            # Its process may be reading what was forgotten just now, to write it down.
            reading = job.state == "running" and job.stage in (None, FIRST_STAGE)
            if job.state == "running" and (gone or reading):
                self._outdated = True
                self._changed.notify_all()

    def cancel(self) -> Job:
        """End the training and delete what it has half made; waits until that is done.

        Raises:
            NotReady: its process does not end; it is ended all the same, a little later.
        """
        with self._changed:
            if not self._job.active or self._closed:
                return self._job
            self._cancelling = True
            self._start_thread()
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: not self._job.active or self._closed, PATIENCE_S):
                message = "The training has not ended yet."
                raise NotReady(message, fix="Look again in a minute: ai-history finetune improve --status")
            return self._job

    def close(self) -> None:
        """End its process; what is done stays done, and the next process goes on with it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _hurry(self, *, now: bool) -> Job | None:
        """The training under way, which waits for nothing any more when that is asked."""
        with self._changed:
            if self._closed:
                message = "AI History is ending."
                raise NotReady(message, fix="Try again.")
            if self._job.active and now and not self._job.now:
                self._keep(replace(self._job, now=True))
            return self._job if self._job.active else None

    def _begin(self, profile: str, base: str, *, now: bool) -> Job:
        with self._changed:
            before = self._job
            name = f"{FOLDER_PREFIX}{datetime.now(UTC):%Y%m%d-%H%M%S}"
            job = Job(
                state="waiting",
                text="It begins soon.",
                started_at=now_ms(),
                folder=str(self._folder / name),
                base=base,
                profile=profile,
                now=now,
                kept=before.folder if before.report else before.kept,
            )
            if before.failures < MOST_FAILURES and can_go_on(before, job):
                # What was said since then is not in it, and counts for the next one.
                job = replace(
                    job,
                    folder=before.folder,
                    started_at=before.started_at,
                    share=before.share,
                    begun=before.begun,
                    failures=before.failures,
                )
            self._keep(job)
            self._clear_old()
            self._start_thread()
            return self._job

    def _start_thread(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="improvement", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            while self._take_turn():
                pass
        except Exception as error:  # noqa: BLE001 - written down; a person sees that it failed
            _log.error("a training ended by %s", describe_exception(error))
            with self._changed:
                self._thread = None
            self._finish("failed", f"It failed with {type(error).__name__}.")

    def _take_turn(self) -> bool:
        """Wait for a while, or train while nothing is in the way. Returns whether there is more to do."""
        with self._changed:
            if self._cancelling and self._job.active:
                self._drop()
            if self._closed or not self._job.active:
                self._cancelling = False
                self._thread = None
                return False
            job = self._job
        off = self._surroundings.is_off(job.profile)
        reason = None if job.now and not off else self._surroundings.explain_wait(job.profile, running=False)
        if reason is None:
            self._train(job)
            return True
        with self._changed:
            state: JobState = "paused" if job.begun else "waiting"
            if not self._cancelling and (self._job.state, self._job.text) != (state, reason):
                self._keep(replace(self._job, state=state, text=reason, remaining_s=None))
            self._rest(self._poll_s)
        return True

    def _rest(self, seconds: float) -> None:
        """Wait for the next look, or until something is asked; the lock is held."""
        now = self._job.now
        self._changed.wait_for(lambda: self._closed or self._cancelling or self._job.now != now, seconds)

    def _train(self, job: Job) -> None:
        worker = self._make_worker()
        with self._changed:
            self._outdated = False
            running = replace(self._job, state="running", text="It is being trained.", stage=None, begun=True)
            self._keep(running)
        header = {"folder": job.folder, "base": job.base, "profile": job.profile, "samples": SAMPLES}
        attempt = Attempt(worker, header, self._hear)
        busy = 0
        rounds = itertools.count(1)
        often = max(1, round(self._poll_s / STEP_S))
        off = False
        while not attempt.wait(min(self._poll_s, STEP_S)):
            off = self._surroundings.is_off(job.profile)
            with self._changed:
                halt = off or self._closed or self._cancelling or self._outdated
                now = self._job.now
            if not halt and next(rounds) % often:
                continue
            reason = None if now else self._surroundings.explain_wait(job.profile, running=True)
            # One moment is no reason to give up what is in memory.
            busy = busy + 1 if reason else 0
            if halt or busy > 1:
                break
        attempt.end(CLOSING_S if self._closed else OFF_S if off else GRACE_S)
        self._wanted_at = self._clock()
        if self._outdated and job.folder:
            forget_rows(Path(job.folder), self._knows(job.profile))
        self._settle(attempt)

    def _settle(self, attempt: Attempt) -> None:
        """Take what came of an attempt."""
        if attempt.answer is not None:
            self._take_answer(attempt.answer)
        elif attempt.died:
            with self._changed:
                deaths = self._job.deaths + 1
                self._keep(replace(self._job, state="paused", text="Its process ended.", deaths=deaths))
                self._rest(self._again_s)
            if deaths >= MOST_DEATHS:
                self._finish(
                    "failed", f"Its process ended {deaths} times; perhaps there is too little memory."
                )
        elif attempt.error is not None:
            error = attempt.error
            self._finish("failed", f"{error.message} {error.fix}" if error.fix else error.message)
        else:
            with self._changed:
                self._keep(replace(self._job, state="paused", remaining_s=None))

    def _take_answer(self, answer: Mapping[str, Any]) -> None:
        report = answer.get("report")
        text = str(answer.get("text") or "It came to its end.")
        state: JobState = "deployed" if answer.get("state") == "deployed" else "refused"
        self._finish(state, text, report if isinstance(report, str) else None)

    def _hear(self, value: Mapping[str, Any]) -> None:
        stage, share, left, text = (value.get(key) for key in ("stage", "share", "remaining_s", "text"))
        with self._changed:
            if self._job.state != "running":
                return
            before = self._job
            self._job = replace(
                before,
                stage=stage if isinstance(stage, str) else before.stage,
                share=min(1.0, max(0.0, float(share))) if isinstance(share, int | float) else before.share,
                remaining_s=max(0.0, float(left)) if isinstance(left, int | float) else None,
                text=text if isinstance(text, str) and text else before.text,
            )
            if self._job.stage != before.stage:
                self._file.write(self._job)

    def _finish(self, state: JobState, text: str, report: str | None = None) -> None:
        with self._changed:
            failed = state == "failed"
            if self._job.folder and not failed:
                forget_rows(Path(self._job.folder))
            share = self._job.share if failed else 1.0
            ended = end_job(self._job, state, text, now_ms())
            failures = self._job.failures + failed
            self._keep(replace(ended, report=report, share=share, failures=failures))

    def _drop(self) -> None:
        """Give the job up, with what lies in its folder; the lock is held."""
        if self._job.folder:
            shutil.rmtree(self._job.folder, ignore_errors=True)
        ended = end_job(self._job, "cancelled", "It was cancelled; nothing has changed.", now_ms())
        self._keep(replace(ended, folder=None, share=None))

    def _clear_old(self) -> None:
        """Delete the folders of earlier jobs but for the last one with a report; the lock is held."""
        wanted = {Path(name) for name in (self._job.folder, self._job.kept) if name}
        for folder in self._folder.glob(f"{FOLDER_PREFIX}*"):
            if folder not in wanted:
                shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, job: Job) -> None:
        """Make it the job; the lock is held."""
        self._job = job
        self._file.write(job)
        self._changed.notify_all()
