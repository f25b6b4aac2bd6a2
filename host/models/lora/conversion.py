"""Turns a trained adapter into the files that llama.cpp loads, in a process of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from host.core.errors import Cancelled, InvalidInput
from host.models.disk_errors import tell_disk_errors
from host.models.json_files import read_object, write_object
from host.models.lora.whole_files import name_part
from host.workers.client import Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.workers.messages import Header

Kind = Literal["adapter", "merged"]
Quantisation = Literal["q4_0", "iq4_nl", "q4_k_m", "q8_0", "bf16", "f16", "f32"]
# What each kind of file can be written as.
QUANTISATIONS: dict[str, tuple[Quantisation, ...]] = {
    "adapter": ("f16", "f32"),
    "merged": ("q4_0", "iq4_nl", "q4_k_m", "q8_0", "bf16", "f16"),
}
FOLDER, RECORD = "gguf", "conversion.json"
_LONGEST_S = 6 * 3600.0
# The merged model in half precision, which every quantisation is made from.
_BETWEEN = "merged-between.gguf"


@dataclass(frozen=True)
class ConvertedFile:
    """A file that was made.

    Attributes:
        kind: "adapter" is put on the base model when it is loaded; "merged" is a model of its own.
        quantisation: of its weights.
        file: where it is.
        size: bytes.
        took_s: seconds that it took to make, the merging included.
    """

    kind: Kind
    quantisation: Quantisation
    file: Path
    size: int
    took_s: float

    def to_record(self) -> dict[str, Any]:
        """What `conversion.json` says of it; the file's name is seen from there."""
        return {
            "kind": self.kind,
            "quantisation": self.quantisation,
            "file": f"{self.file.parent.name}/{self.file.name}",
            "size": self.size,
            "took_s": round(self.took_s, 2),
        }


def convert(
    adapter_folder: Path,
    base_gguf: Path,
    folder: Path,
    kinds: Sequence[tuple[Kind, Quantisation]],
    *,
    on_progress: Callable[[dict[str, Any]], None] = lambda _value: None,
    cancelled: threading.Event | None = None,
    log_file: Path | None = None,
    threads: int | None = None,
) -> list[ConvertedFile]:
    """Write an adapter as GGUF files, and say in `conversion.json` which.

    A file has its name only when it is whole; what there was before stays until then. Files that were made
    before an error or a cancellation are whole, and stay.

    Args:
        adapter_folder: as peft has written it.
        base_gguf: the model that it was trained on.
        folder: of the training; the files come into `gguf/` in it.
        kinds: which files, each a kind and a quantisation of `QUANTISATIONS`.
        on_progress: told {stage: "adapter" | "merging" | "quantising", form, share: of everything, 0 to 1}.
        cancelled: gives up when it is set.
        log_file: for what the process prints.
        threads: to compute with; by default one for each physical core.

    Returns:
        The files, in the order of `kinds`.

    Raises:
        InvalidInput: the adapter or the model cannot be used, or they do not belong together.
        DiskFull: there is no room.
        ModelUnavailable, WorkerError: a library is missing, the folder cannot be written to, it died.
        Cancelled: it was given up.
    """
    for kind, quantisation in kinds:
        if quantisation not in QUANTISATIONS.get(kind, ()):
            raise InvalidInput(f"There is no {kind} file of the kind {quantisation}.")
    worker = Worker(
        "process that converts models",
        "host.models.lora.conversion_worker",
        {"threads": threads},
        log_file=log_file,
    )
    work = _Work(worker, adapter_folder, base_gguf, folder, _count_steps(kinds), on_progress, cancelled)
    try:
        return work.make_all(kinds)
    finally:
        worker.close()
        work.clear()


def read_converted(folder: Path) -> list[ConvertedFile]:
    """The files of a training that were converted and are still there.

    Args:
        folder: of the training.
    """
    record = read_object(folder / RECORD) or {}
    found = []
    for one in record.get("files") or []:
        kind, quantisation, name = (str(one.get(key)) for key in ("kind", "quantisation", "file"))
        if quantisation not in QUANTISATIONS.get(kind, ()) or not (folder / name).is_file():
            continue
        made = ConvertedFile(
            kind,  # type: ignore[arg-type]
            quantisation,
            folder / name,
            int(one.get("size") or 0),
            float(one.get("took_s") or 0.0),
        )
        found.append(made)
    return found


def _count_steps(kinds: Sequence[tuple[Kind, Quantisation]]) -> int:
    """An adapter is a step, a quantised model one, and the merging one for all of them."""
    merged = [quantisation for kind, quantisation in kinds if kind == "merged"]
    return len(kinds) - ("f16" in merged) + bool(merged)


class _Work:
    """One conversion under way."""

    def __init__(
        self,
        worker: Worker,
        adapter_folder: Path,
        base_gguf: Path,
        folder: Path,
        steps: int,
        on_progress: Callable[[dict[str, Any]], None],
        cancelled: threading.Event | None,
    ) -> None:
        self._worker = worker
        self._source: Header = {"adapter": str(adapter_folder), "base": str(base_gguf)}
        self._folder = folder
        self._steps = steps
        self._step = 0
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._targets: set[Path] = set()
        # A file that is being made and was not there before: the process may end it while it is given up.
        self._begun: Path | None = None
        self._merged: tuple[Path, float] | None = None

    def make_all(self, kinds: Sequence[tuple[Kind, Quantisation]]) -> list[ConvertedFile]:
        """Make every file; each is written down as soon as it is there."""
        with tell_disk_errors(self._folder, "folder"):
            (self._folder / FOLDER).mkdir(parents=True, exist_ok=True)
        halved = ("merged", "f16") in kinds
        made = []
        for kind, quantisation in kinds:
            target = self._folder / FOLDER / f"{kind}-{quantisation}.gguf"
            source, spent = self._merge(keep=halved) if kind == "merged" else (target, 0.0)
            began = time.perf_counter()
            if kind == "adapter":
                self._ask("adapter", "adapter", target, {**self._source, "precision": quantisation})
            elif quantisation != "f16":
                asked = {"source": str(source), "quantisation": quantisation}
                self._ask("quantise", "quantising", target, asked, form=quantisation)
            took = spent + time.perf_counter() - began
            made.append(ConvertedFile(kind, quantisation, target, target.stat().st_size, took))
            self._write_down(made)
        return made

    def clear(self) -> None:
        """Delete what is only half done or not wanted any more; the process is gone by now."""
        for target in self._targets:
            name_part(target).unlink(missing_ok=True)
        if self._begun is not None:
            self._begun.unlink(missing_ok=True)
        (self._folder / FOLDER / _BETWEEN).unlink(missing_ok=True)

    def _merge(self, *, keep: bool) -> tuple[Path, float]:
        """The merged model in half precision, and the seconds that it took; made once."""
        if self._merged is None:
            name = "merged-f16.gguf" if keep else _BETWEEN
            target, began = self._folder / FOLDER / name, time.perf_counter()
            self._ask("merge", "merging", target, self._source)
            self._merged = target, time.perf_counter() - began
        return self._merged

    def _ask(self, op: str, stage: str, target: Path, header: Header, form: str = "") -> None:
        self._targets.add(target)
        self._begun = None if target.exists() else target

        def report(value: Header) -> None:
            self._check_cancelled()
            self._tell(stage, form, float(value.get("share") or 0.0))

        self._check_cancelled()
        self._tell(stage, form, 0.0)
        asked = {**header, "target": str(target)}
        # No `cancelled` here: the answer of a process that is about to be ended is not waited for.
        self._worker.request(op, asked, timeout=_LONGEST_S, on_progress=report)
        self._begun = None
        self._step += 1
        self._tell(stage, form, 0.0)

    def _check_cancelled(self) -> None:
        if self._cancelled is not None and self._cancelled.is_set():
            raise Cancelled("The conversion was cancelled.")

    def _tell(self, stage: str, form: str, share: float) -> None:
        self._on_progress(
            {"stage": stage, "form": form, "share": min(1.0, (self._step + share) / self._steps)}
        )

    def _write_down(self, made: Sequence[ConvertedFile]) -> None:
        fresh = {one.file for one in made}
        others = [one for one in read_converted(self._folder) if one.file not in fresh]
        with tell_disk_errors(self._folder, "folder"):
            write_object(self._folder / RECORD, {"files": [one.to_record() for one in (*others, *made)]})
