"""What the record of a training says of the rows and the categories; the training itself is made up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from host.finetune import training
from host.finetune.candidates import find_candidates
from host.finetune.data_files import read_known_data
from host.finetune.rows import Row
from host.finetune.training import read_training_data, train_model
from host.models.lora.base import find_base
from host.models.lora.options import TrainOptions
from host.models.lora.trainer import Teaching, Trained
from tests.finetune.training_folders import TALKER, write_data, write_training

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.store import ModelStore

ROWS = [
    Row(f"{name} {number}", f"https://{number}.{name.lower()}.example/", name)
    for name in ("Code", "Cats")
    for number in range(4)
]
LISTED = [
    {"key": "dev", "name": "Code", "description": "what I write", "examples": ["forge.example"]},
    {"key": "", "name": "Cats", "description": "pets", "examples": ["Purring"]},
]


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> list[Teaching]:
    """What was to be taught; everything is answered with the first label."""
    calls: list[Teaching] = []

    def train(_: object, teaching: Teaching, *__: Any, **___: Any) -> Trained:
        calls.append(teaching)
        scores = np.tile(np.arange(len(teaching.labels), 0.0, -1.0), (len(teaching.examined), 1))
        return Trained({"device": "cpu"}, scores)

    monkeypatch.setattr(training, "train_adapter", train)
    return calls


def test_the_record_of_a_training_names_its_rows_and_describes_its_categories(
    talker: ModelStore, taught: list[Teaching], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_data(data, ROWS, ROWS[:2])
    (data / "dataset_stats.json").write_text(json.dumps({"categories": LISTED}), encoding="utf-8")
    folder = write_training(tmp_path / "run")
    read = read_training_data(data / "train.jsonl", data / "val.jsonl")
    record = train_model(find_base(TALKER, talker), read, TrainOptions(), folder)
    assert len(taught) == 1
    assert record["category_list"] == LISTED
    assert json.loads((folder / "training.json").read_text(encoding="utf-8")) == record
    # What the dataset's folder says later is of another dataset.
    (data / "dataset_stats.json").unlink()
    found = find_candidates(str(folder), talker)
    assert found.categories is not None
    assert [one.to_json() for one in found.categories] == LISTED
    known = read_known_data(record, folder)
    assert (known.taught, known.held_out, known.objections) == (tuple(ROWS), tuple(ROWS[:2]), ())
