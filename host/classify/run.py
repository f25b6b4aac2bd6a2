"""A run over many files: read in parallel, sent in batches that suit the model, kept as the answers come."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from host.classify.files import SkippedFile
from host.classify.heads import HEAD_BYTES, UnreadableFile, read_head
from host.classify.outputs import ClassifiedFile
from host.classify.resume import make_key
from host.core.errors import (
    AppError,
    Cancelled,
    Forbidden,
    ModelUnavailable,
    NotFound,
    NotReady,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.classify.classifier import Classification
    from host.classify.files import FoundFile
    from host.classify.resume import Journal

# A batch takes about this long, so that progress moves and little is lost.
BATCH_S = 1.0
FIRST_BATCH = 4
LARGEST_BATCH = 64
# One batch computes while the next one is on its way.
IN_FLIGHT = 2
READ_AHEAD = 512
LONGEST_TEXT = 100_000
# So many failures after each other say that it is not the files.
FAILURES_IN_A_ROW = 5
# How long an answer to a cancelled request is waited for.
CANCEL_S = 10.0
_TURN_S = 0.25
# Another file would not fare better.
_HOPELESS = (NotFound, ModelUnavailable, Forbidden, NotReady, Cancelled)


class TextClassifier(Protocol):
    """What puts texts into the categories of a run.

    One thread at a time uses it; `cancel` comes from another.
    """

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One answer a text, in their order."""

    def cancel(self) -> None:
        """Give up what is under way; it then raises `Cancelled`."""

    def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True)
class Item:
    """A file on its way: where it stands in the order, what the model reads, its key in the journal."""

    place: int
    file: FoundFile
    text: str = ""
    size: int = 0
    key: str = ""
    reason: str | None = None


@dataclass
class Outcome:
    """What came of a run, by place in the order of its files."""

    done: dict[int, ClassifiedFile] = field(default_factory=dict)
    skipped: dict[int, SkippedFile] = field(default_factory=dict)
    failed: dict[int, SkippedFile] = field(default_factory=dict)
    taken_over: int = 0

    def __len__(self) -> int:
        return len(self.done) + len(self.skipped) + len(self.failed)


class Run:
    """Classifies files. `outcome` can be read at any time, also after the run was interrupted."""

    def __init__(
        self,
        files: Sequence[FoundFile],
        *,
        make_classifier: Callable[[], TextClassifier],
        describe: Callable[[str, str], str],
        settings: dict[str, Any],
        journal: Journal | None = None,
        jobs: int = 4,
        max_bytes: int = HEAD_BYTES,
        in_flight: int = IN_FLIGHT,
        on_done: Callable[[Outcome], None] = lambda _outcome: None,
    ) -> None:
        """Prepare a run; `execute` does it.

        Args:
            files: in the order in which the results are wanted.
            make_classifier: makes one classifier for each batch that may be in flight.
            describe: from a file's name and the beginning of its text to what the model reads.
            settings: everything besides the file that a result depends on.
            journal: keeps results, and knows those of an interrupted run.
            jobs: files that are read at once.
            max_bytes: how much of each file is read.
            in_flight: batches that are asked for at once.
            on_done: called whenever files have been dealt with.
        """
        self.outcome = Outcome()
        self._files = files
        self._make_classifier = make_classifier
        self._describe = describe
        self._settings = settings
        self._journal = journal
        self._jobs = jobs
        self._max_bytes = max_bytes
        self._in_flight = in_flight
        self._on_done = on_done
        self._batch_size = FIRST_BATCH
        self._failures = 0
        self._stopping = threading.Event()
        self._classifiers: list[TextClassifier] = []
        self._idle: deque[TextClassifier] = deque()
        self._flying: set[Future[list[tuple[Item, Classification | AppError]]]] = set()

    def execute(self) -> Outcome:
        """Do it.

        Raises:
            AppError: the model cannot do it at all, whatever the file. What was done is in `outcome`.
            KeyboardInterrupt: it was interrupted; requests were taken back and what came was kept.
        """
        readers = ThreadPoolExecutor(self._jobs, thread_name_prefix="read")
        senders = ThreadPoolExecutor(self._in_flight, thread_name_prefix="classify")
        try:
            self._work(readers, senders)
        finally:
            self._stop(senders)
            readers.shutdown(cancel_futures=True)
        return self.outcome

    def _work(self, readers: ThreadPoolExecutor, senders: ThreadPoolExecutor) -> None:
        reading: deque[Future[Item]] = deque()
        ready: deque[Item] = deque()
        flying = self._flying
        waiting = deque(enumerate(self._files))
        while waiting or reading or ready or flying:
            while waiting and len(reading) < READ_AHEAD:
                reading.append(readers.submit(self._read, *waiting.popleft()))
            while reading and reading[0].done() and len(ready) < LARGEST_BATCH * self._in_flight:
                item = reading.popleft().result()
                if not self._settle(item):
                    ready.append(item)
            full = len(ready) >= self._batch_size or not (reading or waiting)
            if ready and full and len(flying) < self._in_flight:
                size = min(self._batch_size, len(ready))
                flying.add(senders.submit(self._send, [ready.popleft() for _ in range(size)]))
                continue
            # Without files to send, the next one to be read is waited for too.
            awaited: set[Future[Any]] = {*flying, *([] if full or not reading else [reading[0]])}
            if not awaited and reading:
                awaited = {reading[0]}
            landed, _ = wait(awaited, timeout=_TURN_S, return_when=FIRST_COMPLETED)
            for future in flying & landed:
                flying.remove(future)
                self._keep(future.result())

    def _read(self, place: int, file: FoundFile) -> Item:
        try:
            head = read_head(file.path, self._max_bytes)
        except UnreadableFile as error:
            return Item(place, file, reason=str(error))
        text = self._describe(file.name, head.text)[:LONGEST_TEXT]
        key = make_key(self._settings, file.name, head.size, text)
        return Item(place, file, text, head.size, key)

    def _settle(self, item: Item) -> bool:
        """Deal with a file that needs no model. Returns whether it is dealt with."""
        if item.reason is not None:
            self.outcome.skipped[item.place] = SkippedFile(item.file.name, item.reason)
        elif self._journal is not None and (known := self._journal.find(item.key)) is not None:
            self.outcome.done[item.place] = known
            self.outcome.taken_over += 1
        else:
            return False
        self._on_done(self.outcome)
        return True

    def _send(self, items: list[Item]) -> list[tuple[Item, Classification | AppError]]:
        """Ask for a batch; when it fails, for its files one by one."""
        classifier = self._take_classifier()
        try:
            started = time.monotonic()
            try:
                answers = classifier.classify([item.text for item in items])
            except _HOPELESS:
                raise
            except AppError as error:
                if len(items) == 1:
                    return [(items[0], error)]
                return [(item, self._send_one(classifier, item)) for item in items]
            self._adapt(len(items), time.monotonic() - started)
            return list(zip(items, answers, strict=True))
        finally:
            self._idle.append(classifier)

    def _send_one(self, classifier: TextClassifier, item: Item) -> Classification | AppError:
        if self._stopping.is_set():
            raise Cancelled("The run was stopped.")
        try:
            return classifier.classify([item.text])[0]
        except _HOPELESS:
            raise
        except AppError as error:
            return error

    def _take_classifier(self) -> TextClassifier:
        if self._stopping.is_set():
            raise Cancelled("The run was stopped.")
        try:
            return self._idle.popleft()
        except IndexError:
            made = self._make_classifier()
            self._classifiers.append(made)
            if self._stopping.is_set():
                made.cancel()
            return made

    def _adapt(self, count: int, seconds: float) -> None:
        """Choose the next size so that a batch takes about `BATCH_S`; it at most doubles."""
        fitting = int(count * BATCH_S / max(seconds, 1e-6))
        self._batch_size = max(1, min(fitting, 2 * count, LARGEST_BATCH))

    def _keep(self, answers: list[tuple[Item, Classification | AppError]]) -> None:
        for item, answer in answers:
            if isinstance(answer, AppError):
                self.outcome.failed[item.place] = SkippedFile(item.file.name, answer.message)
                self._failures += 1
                if self._failures >= FAILURES_IN_A_ROW:
                    raise answer
                continue
            self._failures = 0
            file = ClassifiedFile(
                path=item.file.name,
                category=answer.category,
                confidence=answer.confidence,
                scores=dict(answer.scores),
                bytes=item.size,
                reasoning=answer.reasoning,
                tokens=answer.tokens,
            )
            self.outcome.done[item.place] = file
            if self._journal is not None:
                self._journal.add(item.key, file)
        self._on_done(self.outcome)

    def _stop(self, senders: ThreadPoolExecutor) -> None:
        """Take back what is under way, keep what came all the same, and let go of the classifiers."""
        self._stopping.set()
        try:
            for classifier in list(self._classifiers):
                classifier.cancel()
            landed, _ = wait(self._flying, timeout=CANCEL_S)
            for future in landed:
                if not future.cancelled() and future.exception() is None:
                    self._flying.discard(future)
                    self._keep(future.result())
        finally:
            # Whoever still waits for an answer learns here that there will be none.
            for classifier in list(self._classifiers):
                classifier.close()
            senders.shutdown(cancel_futures=True)
