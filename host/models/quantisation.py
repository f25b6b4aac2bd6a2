"""The form of a model that answers fastest on this processor at equal quality: made once, reversible.

The original file is never touched. Other forms lie beside it in a folder, and only one of them stays.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from host.models.form_bench import FormBench
from host.models.model_forms import FOLDER, Choice, Measured

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Choice", "Measured", "choose_quantisation", "restore"]


def choose_quantisation(
    file: Path,
    folder: Path,
    *,
    threads: int | None = None,
    on_progress: Callable[[dict[str, object]], None] = lambda _value: None,
    cancelled: threading.Event | None = None,
    log_file: Path | None = None,
) -> Choice:
    """Make the other forms of a model, measure all, and keep the fastest of those that are as good.

    Each is made and compared in a process of its own: one that breaks down there is left out. The speed of
    those that are as good is then measured side by side.

    Args:
        file: GGUF as it was downloaded.
        folder: of the model.
        threads: to compute with; by default one for each physical core.
        on_progress: told {stage, form, share}.
        cancelled: gives up when it is set; the model is then as it was.
        log_file: for what the processes print.

    Raises:
        ModelUnavailable, WorkerDied: the original itself cannot be measured.
        DiskFull: there is no room for another form.
        Cancelled: it was given up.
    """
    bench = FormBench(file, folder / FOLDER, threads, on_progress, cancelled, log_file)
    try:
        return bench.choose()
    finally:
        bench.clear()


def restore(folder: Path) -> None:
    """Delete every form but the original.

    Args:
        folder: of the model.
    """
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
