"""One measuring of the forms of a model: the files it makes, the processes it starts."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from host.core.errors import AppError, Cancelled, DiskFull, Timeout
from host.models.memory import find_available
from host.models.model_forms import ORIGINAL, Choice, Measured, choose_form
from host.workers.client import Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from host.workers.messages import Header

# Forms that processors have good kernels for: llama.cpp's number for the kind of file, and how many times
# larger than the original it can become (an original of two bits a weight is the smallest there is).
FORMS = {"Q8_0": (7, 4.3), "Q6_K": (18, 3.4), "Q4_0": (2, 2.3)}
# Of the free memory, for all forms at once.
_MEMORY_SHARE = 0.6
# For the largest vocabularies there are.
_REFERENCE_LIMIT = 350 * 1024**2
_SPARE_DISK = 128 * 1024**2
_START_S, _STEP_S, _MAKE_S = 60.0, 0.1, 3600.0


class FormBench:
    """Makes the other forms of a model and measures all."""

    def __init__(
        self,
        file: Path,
        folder: Path,
        threads: int | None,
        on_progress: Callable[[dict[str, object]], None],
        cancelled: threading.Event | None,
        log_file: Path | None,
    ) -> None:
        """Prepare; see `host.models.quantisation.choose_quantisation`. Nothing is made yet."""
        self._file = file
        self._folder = folder
        self._threads = threads
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._log_file = log_file
        self._reference = folder / "reference.part.npy"
        self._steps = 2 * len(FORMS) + 2
        self._step = 0

    def choose(self) -> Choice:
        """Measure everything; the file that is kept is at its place afterwards."""
        self.clear()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._check_disk(0.0)
        original = self._measure(ORIGINAL, self._file)
        tried = self._clock([original, *(self._try(form, original) for form in FORMS)])
        best = choose_form(tried)
        return Choice(best.form, self._keep(best.form), tried)

    def clear(self) -> None:
        """Delete what is not finished, also what an earlier run that was killed has left."""
        for part in self._folder.glob("*.part*"):
            part.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _try(self, form: str, original: Measured) -> Measured:
        number, growth = FORMS[form]
        self._tell("making", form)
        target = self._part(form)
        try:
            self._check_disk(growth)
            if original.size * growth > find_available():
                return Measured(form, failure="it may not fit into memory")
            self._ask("make", {"source": str(self._file), "target": str(target), "form": number})
            measured = self._measure(form, target)
        except (Cancelled, DiskFull):
            raise
        except AppError as error:
            target.unlink(missing_ok=True)
            return Measured(form, failure=error.message)
        if not measured.is_equal_to(original):
            target.unlink(missing_ok=True)
        return measured

    def _measure(self, form: str, file: Path) -> Measured:
        self._tell("comparing", form)
        quality = self._ask("compare", {"file": str(file), "reference": str(self._reference)})
        return Measured(
            form,
            file.stat().st_size,
            divergence=quality["divergence"],
            agreement=quality["agreement"],
            loss=quality["loss"],
        )

    def _clock(self, tried: list[Measured]) -> list[Measured]:
        """Measure the speed of those that are as good as the original, side by side."""
        self._tell("measuring", ORIGINAL)
        equal = [one for one in tried if one.is_equal_to(tried[0])]
        together = sum(one.size for one in equal) < find_available() * _MEMORY_SHARE
        asked = {"files": [str(self._find(one.form)) for one in equal], "together": together}
        speeds = dict(zip((one.form for one in equal), self._ask("clock", asked)["speeds"], strict=True))
        return [
            replace(one, prompt_rate=speeds[one.form][0], generation_rate=speeds[one.form][1])
            if one.form in speeds
            else one
            for one in tried
        ]

    def _keep(self, form: str) -> Path:
        """Put the file of a form to its place, and delete every other."""
        target = self._folder / f"{self._file.stem}.{form}.gguf"
        for other in self._folder.glob("*.gguf"):
            if other != target:
                other.unlink()
        if form == ORIGINAL:
            return self._file
        part = self._part(form)
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(target)
        return target

    def _find(self, form: str) -> Path:
        return self._file if form == ORIGINAL else self._part(form)

    def _part(self, form: str) -> Path:
        return self._folder / f"{self._file.stem}.{form}.part"

    def _check_disk(self, growth: float) -> None:
        needed = int(self._file.stat().st_size * growth) + _REFERENCE_LIMIT + _SPARE_DISK
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise DiskFull(
                f"There is no room on the disk for another form of the model:"
                f" {needed // 10**6} MB are needed, {free // 10**6} MB are free.",
                fix="Free some space, and try again; the model works as it is.",
            )

    def _tell(self, stage: str, form: str) -> None:
        self._step += 1
        self._on_progress({"stage": stage, "form": form, "share": min(1.0, self._step / self._steps)})

    def _start(self) -> Worker:
        return Worker(
            "process that measures models",
            "host.models.quantisation_worker",
            {"threads": self._threads},
            log_file=self._log_file,
        )

    def _ask(self, op: str, header: Header) -> Header:
        worker = self._start()
        try:
            return self._wait(worker, op, header)
        finally:
            worker.stop()

    def _wait(self, worker: Worker, op: str, header: Header) -> Header:
        """The answer. A process that is not wanted any more is ended: some of its work cannot be stopped."""
        future = worker.submit(op, header, timeout=_START_S)
        for _ in range(int(_MAKE_S / _STEP_S)):
            if self._cancelled is not None and self._cancelled.is_set():
                raise Cancelled("The measuring was cancelled.")
            try:
                return future.result(_STEP_S)[0]
            except TimeoutError:
                continue
        raise Timeout("The measuring of the model took too long.")
