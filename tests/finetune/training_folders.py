"""The folder of a training as the other steps leave it, with tiny files that llama.cpp loads."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.finetune.row_files import write_rows
from host.models.placing import place_model
from host.models.registry import LocalSource, ModelEntry, ModelFile
from tests.tiny_adapters import merge_adapter, write_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.finetune.rows import Row
    from host.models.store import ModelStore

TALKER = "tiny-talker"


def install_talker(store: ModelStore) -> None:
    """Put in an instruction model of a few hundred kilobytes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tiny.gguf"
        write_language_model(file, "smollm2")
        content = file.read_bytes()
        entry = ModelEntry(
            TALKER,
            "Tiny",
            "instruction",
            "gguf",
            "MIT",
            2048,
            len(content),
            0,
            files=(ModelFile(file.name, len(content), hashlib.sha256(content).hexdigest()),),
            sources=(LocalSource(str(file)),),
            added=True,
        )
        place_model(store, entry, file, {"quantisation": {"kept": "as it came", "file": None}})


def write_data(folder: Path, taught: Sequence[Row], held_out: Sequence[Row]) -> Path:
    """Write the rows that a training was made from beside it."""
    for name, rows in (("train.jsonl", taught), ("val.jsonl", held_out)):
        (folder / name).write_text(write_rows(rows, "jsonl"), encoding="utf-8")
    return folder


def write_training(folder: Path, *, names: Sequence[str] = ("Dev", "My cats"), **values: Any) -> Path:
    """Write the folder; `values` stand in its record instead of the usual ones."""
    files = folder / "gguf"
    files.mkdir(parents=True)
    model = folder / "base.gguf"
    write_language_model(model, "smollm2")
    write_adapter(files / "adapter-f16.gguf")
    merge_adapter(model, files / "merged-q4_0.gguf")
    record = {
        "base": {"id": TALKER, "gguf": None, "folder": None, "architecture": "llama"},
        "categories": list(names),
        "prompt": "short",
        "history": [
            {"step": step, "train_loss": 2 / step, "val_loss": 2.2 / step, "val_accuracy": step / 5}
            for step in (1, 2, 3)
        ],
        "finished": True,
        **values,
    }
    (folder / "training.json").write_text(json.dumps(record), encoding="utf-8")
    listed = [
        {"kind": "adapter", "quantisation": "f16", "file": "gguf/adapter-f16.gguf"},
        {"kind": "merged", "quantisation": "q4_0", "file": "gguf/merged-q4_0.gguf"},
    ]
    (folder / "conversion.json").write_text(json.dumps({"files": listed}), encoding="utf-8")
    return folder
