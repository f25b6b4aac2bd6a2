"""Training an adapter in a process of its own: start it, follow it, stop it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import InvalidInput, WorkerDied
from host.workers.client import Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.language import Message
    from host.models.lora.base import BaseModel
    from host.models.lora.options import TrainOptions

# Nights, not minutes.
_LONGEST_S = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Teaching:
    """What a model is taught, and examined with.

    Attributes:
        messages: the conversation; an item is put behind its last message.
        labels: the answers.
        lessons: an item and the number of its label each.
        examined: the same, of rows that it is not taught.
    """

    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    lessons: tuple[tuple[str, int], ...]
    examined: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Trained:
    """What came of a training.

    Attributes:
        facts: device, precision, tokens_per_s, took_s, steps, best_step, history, memory and so on.
        scores: log probabilities of the labels for what it was examined with, shape (rows, labels).
    """

    facts: dict[str, Any]
    scores: NDArray[np.float64]


def train_adapter(
    base: BaseModel,
    teaching: Teaching,
    options: TrainOptions,
    folder: Path,
    *,
    resume: bool = False,
    merge: bool = False,
    force: bool = False,
    on_progress: Callable[[dict[str, Any]], None] = lambda _value: None,
    cancelled: threading.Event | None = None,
    log_file: Path | None = None,
) -> Trained:
    """Train a LoRA adapter; it is put into `folder/adapter`, in peft's own form.

    Args:
        base: the model.
        teaching: what it is taught.
        options: how.
        folder: of the training; its state is kept there meanwhile.
        resume: go on with the state that was kept, if there is one.
        merge: also write the model with what it learned, into `folder/merged`.
        force: also when there seems not to be enough memory.
        on_progress: told {stage: "loading" | "training" | "validating" | "testing", share, ...}.
        cancelled: stops it; its state is kept.
        log_file: for what libraries print.

    Raises:
        Cancelled: it was stopped, and can be gone on with.
        InvalidInput: nothing to teach, too little memory, or a model that cannot be trained.
        WorkerDied: the process was ended, most often for its memory; it can be gone on with.
        WorkerError, ModelUnavailable, DiskFull: as they say; what was kept is as it was.
    """
    if not teaching.lessons or not teaching.examined:
        raise InvalidInput("There is nothing to train or to validate with.", fix="Make a larger dataset.")
    worker = Worker("training", "host.models.lora.training_worker", {}, log_file=log_file)
    header = {
        "base": {
            "name": base.name,
            "id": base.id,
            "gguf": str(base.gguf) if base.gguf else None,
            "folder": str(base.folder) if base.folder else None,
            "architecture": base.architecture,
        },
        "options": asdict(options),
        "folder": str(folder),
        "resume": resume,
        "merge": merge,
        "force": force,
    }
    payload = json.dumps(
        {
            "messages": [asdict(message) for message in teaching.messages],
            "labels": teaching.labels,
            "lessons": teaching.lessons,
            "examined": teaching.examined,
        }
    ).encode("utf-8")
    try:
        facts, data = worker.request(
            "train", header, payload, timeout=_LONGEST_S, on_progress=on_progress, cancelled=cancelled
        )
    except WorkerDied as error:
        raise WorkerDied(
            "The training was ended from outside, most often because the memory did not suffice.",
            fix="Go on with --resume; a smaller --batch-size or --gradient-checkpointing needs less memory.",
        ) from error
    finally:
        worker.close()
    shape = facts.pop("shape")
    return Trained(dict(facts), np.frombuffer(data, dtype=np.float64).reshape(shape))
