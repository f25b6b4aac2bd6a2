"""The process that improves the categorizer in the background: `python -m host.finetune.job_worker`."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from host.evaluation.bench.home import remove_home
from host.finetune.examined_home import HOME
from host.finetune.pipeline_options import PipelineOptions
from host.finetune.pipeline_run import PipelineResult, run_pipeline
from host.finetune.training_folder import hold_folder
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.finetune.pipeline import PipelineProgress
    from host.workers.messages import Header
    from host.workers.server import Report, Task

# So that the daemon does not take what this asks for a person at work.
_CLIENT = "background"
# Added to the niceness that the daemon has; its children inherit it.
_NICENESS = 15
_WORDS = {
    "dataset": "Making examples",
    "train": "Teaching the model",
    "convert": "Making a file of the model",
    "evaluate": "Comparing it with what sorts tabs now",
    "deploy": "Deciding",
}
# What is read of the past to guess how long the rest takes.
_LEAST_SHARE, _LEAST_S = 0.02, 20.0


def load(_config: Header, _report: Report) -> Mapping[str, Operation]:
    """Step back behind everything else that runs."""
    lower_priority()

    def run(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        """{folder, base, profile, samples, options} -> {state: "deployed" | "refused", text, report}."""
        folder = Path(header["folder"])
        remove_left_home(folder)
        options = PipelineOptions.from_json(
            {
                **(header.get("options") or {}),
                "base": header.get("base"),
                "samples": header.get("samples") or 10_000,
                "profile_id": header.get("profile") or None,
                "own": True,
                "keep_rows": True,
                "client": _CLIENT,
            }
        )
        result = run_pipeline(
            options,
            folder,
            on_progress=tell_progress(task.progress),
            cancelled=task.cancelled,
        )
        return describe(result), b""

    return {"run": run}


def remove_left_home(folder: Path) -> None:
    """Delete the home in which a process that was killed had engines examined, if there is one.

    Args:
        folder: of the training.

    Raises:
        NotReady: another run is at work in the folder, perhaps in that home.
    """
    home = folder / HOME
    if home.is_dir():
        with hold_folder(folder):
            remove_home(home)


def lower_priority() -> None:
    """Have the system prefer every other program, for the processor and for the disk."""
    process = psutil.Process()
    with contextlib.suppress(psutil.Error, OSError, AttributeError):
        if sys.platform == "win32":
            process.nice(psutil.IDLE_PRIORITY_CLASS)
        else:
            os.nice(_NICENESS)
    if hasattr(process, "ionice"):
        idle = getattr(psutil, "IOPRIO_CLASS_IDLE", getattr(psutil, "IOPRIO_VERYLOW", None))
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            process.ionice(idle)


def tell_progress(
    send: Callable[[Header], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[PipelineProgress], None]:
    """What takes a pipeline's reports and sends them on as {stage, share, remaining_s, text}.

    Args:
        send: takes each of them.
        clock: seconds.
    """
    began: list[tuple[float, float]] = []

    def tell(value: PipelineProgress) -> None:
        now = clock()
        # What an earlier run has done took none of this one's time.
        if not began:
            began.append((now, value.share))
        first, share = began[0]
        remaining = None
        if value.share - share >= _LEAST_SHARE and now - first >= _LEAST_S:
            remaining = (now - first) / (value.share - share) * (1.0 - value.share)
        step = value.current.step
        send(
            {
                "stage": step,
                "share": value.share,
                "remaining_s": remaining,
                "text": f"{_WORDS.get(step, step)} (step {value.number} of {value.count}).",
            }
        )

    return tell


def describe(result: PipelineResult) -> Header:
    """What the daemon is answered."""
    return {
        "state": "deployed" if result.state == "deployed" else "refused",
        "text": result.text,
        "report": str(result.report),
        "folder": str(result.folder),
    }


if __name__ == "__main__":
    serve(load)
