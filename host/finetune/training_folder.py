"""The folder of a training: which one is meant, and what lies where in it."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput, NotReady
from host.core.lock import ProcessLock
from host.finetune.pipeline_state import STATE_FILE
from host.models.json_files import read_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

TRAIN_FILE, VALIDATION_FILE, STATISTICS_FILE = "train.jsonl", "val.jsonl", "dataset_stats.json"
TRAINING_FILE, CONVERSION_FILE = "training.json", "conversion.json"
EVALUATION_FILE, REPORT_FILE = "evaluation.json", "report.md"
LOCK_FILE = "pipeline.lock"
ADAPTER, CHECKPOINTS, GGUF, PLOTS = "adapter", "checkpoints", "gguf", "plots"
# What a training leaves; what else lies in a folder is not ours.
_OF_TRAINING = (TRAINING_FILE, ADAPTER, CHECKPOINTS)


def name_folder(base: str, today: date) -> str:
    """What the folder of a training is called by default.

    Args:
        base: name of the model that is taught.
        today: when.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", base).strip("-.") or "model"
    return f"{name}-{today.isoformat()}"


def choose_folder(parent: Path, base: str, today: date) -> Path:
    """The folder for a pipeline that was given none: the last one that was not finished, or a new one.

    One that was finished is taken only by name: another training would delete what it holds.

    Args:
        parent: holds the folders of all trainings.
        base: name of the model that is taught.
        today: names a new one.
    """
    own = name_folder(base, today)
    name = own.removesuffix(f"-{today.isoformat()}")
    known = re.compile(re.escape(name) + r"-(\d{4}-\d\d-\d\d)(?:-(\d{1,9}))?")
    dated = [
        (found, folder) for folder in parent.glob(f"{name}-*") if (found := known.fullmatch(folder.name))
    ]
    latest = max(dated, key=lambda each: (each[0][1], int(each[0][2] or 1)), default=None)
    if latest is not None and _was_begun(latest[1]):
        return latest[1]
    number = 1
    while _holds_something(folder := parent / (own if number == 1 else f"{own}-{number}")):
        number += 1
    return folder


def check_folder(folder: Path) -> None:
    """Make sure that a pipeline may work in a folder.

    Raises:
        InvalidInput: it is a file, or has things in it that no pipeline has put there.
    """
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is no folder."
        raise InvalidInput(message, fix="Choose another: --output DIR")
    if not folder.is_dir() or (folder / STATE_FILE).exists():
        return
    if [path for path in folder.iterdir() if path.name != LOCK_FILE]:
        message = f"{folder} holds something else already."
        raise InvalidInput(message, fix="Choose a new or empty folder: --output DIR")


@contextmanager
def open_training(folder: Path, *, resume: bool) -> Iterator[None]:
    """Hold a folder while one training is at work in it.

    Args:
        folder: of the training; made when it is not there.
        resume: whether it goes on with what is there; else there must be nothing.

    Raises:
        InvalidInput: there is a training and it is not to be gone on with, or there is none.
        NotReady: another run is at work there.
    """
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is no folder."
        raise InvalidInput(message, fix="Choose another: --output DIR")
    if resume and is_trained(folder):
        message = f"The training in {folder} has come to its end."
        raise InvalidInput(message, fix=f"Make files of it: ai-history finetune convert --model {folder}")
    if resume and not any((folder / name).exists() for name in _OF_TRAINING):
        message = f"There is no training in {folder} to go on with."
        raise InvalidInput(message, fix="Begin one without --resume, or name its folder: --output DIR")
    if not resume and has_training(folder):
        message = f"There is a training in {folder} already."
        raise InvalidInput(message, fix="Go on with it: --resume. Or choose another folder: --output DIR")
    with hold_folder(folder):
        yield


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Have a folder for oneself; the system gives it back when this process dies.

    Raises:
        NotReady: another run is at work there.
        OSError: the folder cannot be written to.
    """
    lock = ProcessLock(folder / LOCK_FILE)
    if not lock.acquire():
        message = f"Another run is at work in {folder}."
        raise NotReady(message, fix="Wait for its end, or choose another folder: --output DIR")
    try:
        yield
    finally:
        lock.release()


def has_training(folder: Path) -> bool:
    """Whether something was learned in a folder, if only in part; a refused training has learned nothing."""
    checkpoints = folder / CHECKPOINTS
    return (folder / ADAPTER).exists() or (checkpoints.is_dir() and any(checkpoints.iterdir()))


def is_trained(folder: Path) -> bool:
    """Whether a training in a folder came to its end."""
    found = read_object(folder / TRAINING_FILE)
    return found is not None and found.get("finished") is True and (folder / ADAPTER).is_dir()


def forget_training(folder: Path) -> None:
    """Delete what a training has left, so that the next one begins anew.

    Raises:
        OSError: it cannot be deleted.
    """
    for name in _OF_TRAINING:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _holds_something(folder: Path) -> bool:
    return folder.exists() and not (
        folder.is_dir() and all(path.name == LOCK_FILE for path in folder.iterdir())
    )


def _was_begun(folder: Path) -> bool:
    """Whether a pipeline has begun in a folder and not come to its end."""
    found = read_object(folder / STATE_FILE)
    return found is not None and found.get("finished") is not True
