"""One training from labelled tabs to an adapter with a record of how it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from host.classify.calibration import fit_temperature, softmax
from host.finetune.data_files import describe_files
from host.finetune.known_categories import (
    name_categories,
    read_dataset_categories,
    read_default_categories,
)
from host.finetune.row_files import read_rows
from host.finetune.teaching import find_few, make_teaching
from host.finetune.training_folder import TRAINING_FILE
from host.models.json_files import write_object
from host.models.lora.trainer import train_adapter

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row
    from host.models.lora.base import BaseModel
    from host.models.lora.options import TrainOptions
    from host.models.lora.trainer import Teaching, Trained

# Of a model that is right about everything that it is examined with any temperature would do.
_COOLEST, _HOTTEST = 0.05, 20.0
_MOST_SAMPLES = 10
LOG_FILE = "training.log"


@dataclass(frozen=True)
class TrainingData:
    """What a model is taught with.

    Attributes:
        rows: that it is taught.
        examined: that it is validated with.
        categories: in their order.
        files: where the rows were read, as `host.finetune.data_files.describe_files` says it.
    """

    rows: Sequence[Row] = field(repr=False)
    examined: Sequence[Row] = field(repr=False)
    categories: Sequence[KnownCategory]
    files: dict[str, dict[str, str]] = field(default_factory=dict)


def read_training_data(rows: Path, examined: Path) -> TrainingData:
    """Read what a model is to be taught.

    The categories are those that `dataset_stats.json` beside the rows names; without one, those of the rows,
    the seven that everybody has first.

    Raises:
        InvalidInput: a file is not there or damaged, or there are no categories.
    """
    taught, kept = read_rows(rows), read_rows(examined)
    categories = read_dataset_categories(rows.parent)
    if categories is None:
        order = [one.name for one in read_default_categories()]
        names = {row.category for row in (*taught, *kept) if row.category}
        categories = name_categories(
            sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))
        )
    return TrainingData(taught, kept, categories, describe_files(rows, examined))


def train_model(
    base: BaseModel,
    data: TrainingData,
    options: TrainOptions,
    folder: Path,
    *,
    resume: bool = False,
    merge: bool = False,
    force: bool = False,
    on_progress: Callable[[dict[str, Any]], None] = lambda _: None,
    cancelled: threading.Event | None = None,
) -> dict[str, Any]:
    """Train, calibrate on what it was not taught, try samples, and write `training.json`.

    Args:
        base: the model.
        data: what it is taught.
        options: how.
        folder: of the training.
        resume: go on with what an earlier call has left.
        merge: also write the whole model, in safetensors.
        force: also when there seems not to be enough memory.
        on_progress: told {stage, share, step, steps, loss, remaining_s}.
        cancelled: stops it; what it has learned is kept.

    Returns:
        What stands in `training.json`.

    Raises:
        AppError: as `make_teaching` and `train_adapter` say.
        OSError: the folder cannot be written to.
    """
    teaching = make_teaching(
        data.rows, data.examined, data.categories, most_rows=options.most_rows, seed=options.seed
    )
    record = {
        "base": {
            "name": base.name,
            "id": base.id,
            "gguf": str(base.gguf) if base.gguf else None,
            "folder": str(base.folder) if base.folder else None,
            "architecture": base.architecture,
        },
        "options": asdict(options),
        "categories": [one.name for one in data.categories],
        "category_list": [one.to_json() for one in data.categories],
        "data": data.files,
        "none_label": teaching.labels[-1],
        "prompt": "short",
        "rows": len(teaching.lessons),
        "examined": len(teaching.examined),
        "notes": find_few(data.rows, data.categories),
        "finished": False,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_object(folder / TRAINING_FILE, record)
    trained = train_adapter(
        base,
        teaching,
        options,
        folder,
        resume=resume,
        merge=merge,
        force=force,
        on_progress=on_progress,
        cancelled=cancelled,
        log_file=folder / LOG_FILE,
    )
    record |= {**trained.facts, **_examine(trained, teaching), "finished": True}
    write_object(folder / TRAINING_FILE, record)
    return record


def _examine(trained: Trained, teaching: Teaching) -> dict[str, Any]:
    """Calibration, accuracy and samples, from the scores of what the model was not taught."""
    right = np.array([number for _, number in teaching.examined], dtype=np.int64)
    fitted = fit_temperature(trained.scores, right.tolist())
    temperature = round(min(_HOTTEST, max(_COOLEST, fitted)), 3)
    found = trained.scores.argmax(axis=1)
    samples = [
        {
            "tab": item,
            "category": teaching.labels[number],
            "answer": teaching.labels[int(found[place])],
            "confidence": round(float(np.max(softmax(trained.scores[place], temperature))), 3),
        }
        for place, (item, number) in enumerate(teaching.examined[:_MOST_SAMPLES])
    ]
    return {
        "calibration": {"bias": 0.0, "temperature": temperature},
        "accuracy": round(float(np.mean(found == right)), 4),
        "samples": samples,
    }
