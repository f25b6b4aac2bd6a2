"""The steps of a fine-tuning one after another: what is done is not done again, what was begun goes on."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.errors import AppError, Cancelled, DiskFull, StorageError
from host.finetune.pipeline_state import PipelineState, StepRecord, digest_of
from host.finetune.steps import StepProgress, StepWork
from host.finetune.training_folder import hold_folder
from host.models.sources import is_full

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from host.finetune.steps import Step, Values


@dataclass(frozen=True)
class PipelineProgress:
    """How far a pipeline is.

    Attributes:
        current: how far its step is.
        number, count: which step of how many, from 1.
        share: of the whole, 0 to 1.
    """

    current: StepProgress
    number: int
    count: int
    share: float


@dataclass(frozen=True)
class StepResult:
    """A step in the summary.

    Attributes:
        name: of it.
        text: what came of it.
        took_s: seconds that it took, when it was done.
        skipped: it had been done before.
        values: what it left for later ones.
    """

    name: str
    text: str
    took_s: float
    skipped: bool
    values: Values


class Pipeline:
    """Steps over one folder."""

    def __init__(self, folder: Path, steps: Sequence[Step]) -> None:
        """Describe it; nothing is done yet.

        Args:
            folder: of the training; made when it is not there.
            steps: in order; each needs only such as stand before it.
        """
        self._folder = folder
        self._steps = list(steps)

    def run(
        self,
        options: Mapping[str, Any],
        *,
        fresh: bool = False,
        on_progress: Callable[[PipelineProgress], None] = lambda _: None,
        cancelled: threading.Event | None = None,
    ) -> list[StepResult]:
        """Do what is not done yet.

        Args:
            options: what was asked for, kept beside the records for whoever looks.
            fresh: do everything again.
            on_progress: told how far it is.
            cancelled: stops it when it is set; what is done stays done.

        Returns:
            What came of each step.

        Raises:
            NotReady: another run is at work in the folder.
            Cancelled: it was stopped.
            DiskFull: there was no room; what was done before is as it was.
            StorageError: the folder cannot be written to.
            AppError: a step failed; a later run begins with it.
        """
        cancelled = cancelled or threading.Event()
        try:
            with hold_folder(self._folder):
                state = PipelineState(self._folder)
                if fresh:
                    state.forget(step.name for step in self._steps)
                state.open_run(dict(options))
                results = self._go_through(state, on_progress, cancelled)
                state.close_run(step.name for step in self._steps)
                return results
        except OSError as error:
            raise _explain(error, self._folder) from error

    def _go_through(
        self,
        state: PipelineState,
        on_progress: Callable[[PipelineProgress], None],
        cancelled: threading.Event,
    ) -> list[StepResult]:
        results: list[StepResult] = []
        whole = sum(step.weight for step in self._steps)
        before = 0.0
        highest = 0.0
        for number, step in enumerate(self._steps, 1):

            def tell(value: StepProgress, step: Step = step, number: int = number) -> None:
                nonlocal highest
                share = (before + step.weight * value.share) / whole  # noqa: B023 - told while it stands
                # A step that does several things begins each of them at nothing.
                highest = max(highest, share)
                on_progress(PipelineProgress(value, number, len(self._steps), highest))

            if cancelled.is_set():
                message = "It was stopped."
                raise Cancelled(message)
            results.append(self._take(step, state, results, tell, cancelled))
            before += step.weight
        return results

    def _take(
        self,
        step: Step,
        state: PipelineState,
        results: Sequence[StepResult],
        tell: Callable[[StepProgress], None],
        cancelled: threading.Event,
    ) -> StepResult:
        """One step: skipped when it is done and nothing that it stands on has changed."""
        digest = digest_of(
            {
                "step": step.name,
                "inputs": step.inputs(),
                "before": {name: _fingerprint(state, name) for name in step.needs},
            }
        )
        record = state.find(step.name)
        same = record is not None and record.digest == digest
        if record is not None and same and record.state == "done" and state.is_whole(step.name):
            return _to_result(step.name, record, skipped=True)
        again = record is not None and same and record.state != "done"
        state.begin(step.name, digest)
        earlier = {result.name: result.values for result in results}
        work = StepWork(step.name, self._folder, earlier, again, cancelled, tell)
        began = time.monotonic()
        try:
            work.report()
            outcome = step.run(work)
            took_s = time.monotonic() - began
            state.finish(step.name, outcome.text, outcome.values, outcome.files, took_s, final=outcome.final)
        except Cancelled:
            state.interrupt(step.name, time.monotonic() - began)
            raise
        except AppError as error:
            state.interrupt(step.name, time.monotonic() - began, error.message)
            raise
        return _to_result(step.name, state.find(step.name), skipped=False)


def _fingerprint(state: PipelineState, name: str) -> str:
    record = state.find(name)
    return record.fingerprint if record is not None else ""


def _to_result(name: str, record: StepRecord | None, *, skipped: bool) -> StepResult:
    if record is None:
        message = f"Nothing is known of the step {name}."
        raise StorageError(message)
    return StepResult(name, record.text, record.took_s, skipped, record.values)


def _explain(error: OSError, folder: Path) -> StorageError:
    if is_full(error):
        message = f"The disk that holds {folder} is full."
        fix = "Free some space on it and run the same command again: what is done stays done."
        return DiskFull(message, fix=fix)
    message = f"The folder {folder} cannot be used ({type(error).__name__})."
    return StorageError(message, fix="Choose a folder that you may write to: --output DIR")
