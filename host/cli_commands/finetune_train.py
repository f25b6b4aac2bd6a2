"""`ai-history finetune train`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli_commands.examples import ExampleCommand
from host.cli_commands.finetune_options import (
    force_option,
    make_options,
    model_option,
    output_option,
    training_options,
)
from host.cli_commands.finetune_output import PlanNote, show_stages, wait_patiently
from host.cli_commands.output import json_option, print_json, print_note, print_table
from host.cli_commands.progress import say_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.models.lora.base import BaseModel
    from host.models.lora.options import TrainOptions

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    cls=ExampleCommand,
    examples=(
        "ai-history finetune train --train-data data/train.jsonl --output tabs-model",
        "ai-history finetune train --train-data data/train.jsonl --output tabs-model --resume",
    ),
)
@model_option
@click.option("--train-data", required=True, metavar="FILE", type=_FILE, help="The rows that are taught.")
@click.option(
    "--val-data",
    metavar="FILE",
    type=_FILE,
    help="The rows that it is validated with; by default `val` beside the others.",
)
@output_option("Folder of the training; by default one with the model's name and the date.")
@training_options
@click.option(
    "--merge", is_flag=True, help="Also write the whole model with what it learned, as safetensors."
)
@click.option("--resume", is_flag=True, help="Go on with the training that was begun in the folder.")
@force_option
@json_option
def train(
    base: str,
    train_data: Path,
    val_data: Path | None,
    folder: Path | None,
    merge: bool,
    resume: bool,
    force: bool,
    as_json: bool,
    **values: Any,
) -> None:
    """Teach a language model with labelled tabs (LoRA); it says what it needs before it starts.

    Ctrl-C stops it; what it has learned until then is kept, and --resume goes on with it.
    """
    from host.core.paths import find_paths
    from host.finetune.extra import require_extra
    from host.finetune.training_folder import name_folder
    from host.models.lora.base import find_base
    from host.models.store import ModelStore

    options = make_options(values)
    require_extra(("peft", "safetensors", "gguf"))
    paths = find_paths()
    model = find_base(base, ModelStore(paths.models))
    folder = folder or paths.data / "finetune" / name_folder(model.name, datetime.now(UTC).date())
    record = _train(model, (train_data, val_data), options, folder, merge=merge, resume=resume, force=force)
    if as_json:
        print_json({"folder": str(folder), **record})
    else:
        print_training(record)
        click.echo(f"\nThe adapter is in {folder / 'adapter'}.")
        print_note(f"Next: ai-history finetune convert --model {folder}")


def print_training(record: Mapping[str, Any]) -> None:
    """What came of a training: figures, the course of the validation, samples."""
    memory = record.get("memory") or {}
    rows = [
        ("model", record["base"]["name"]),
        ("rows", f"{record['rows']} taught, {record['examined']} to validate"),
        ("computed on", f"{record['device']}, {record['precision']}"),
        ("memory", f"{memory.get('peak', 0) / 1e9:.1f} GB ({memory.get('estimated', 0) / 1e9:.1f} expected)"),
        ("time", f"{say_time(record['took_s'])}, {record['tokens_per_s']:.0f} tokens a second"),
        ("steps", f"{record['steps']}, the best after {record['best_step']}"),
        ("right", f"{record['accuracy']:.1%} of the validation rows"),
    ]
    print_table(("", ""), rows)
    click.echo()
    print_table(
        ("tab", "is", "answer", "sure"),
        [
            (one["tab"], one["category"], one["answer"], f"{one['confidence']:.0%}")
            for one in record["samples"]
        ],
    )
    for note in record["notes"]:
        print_note(note)


def _train(
    model: BaseModel,
    files: tuple[Path, Path | None],
    options: TrainOptions,
    folder: Path,
    *,
    merge: bool,
    resume: bool,
    force: bool,
) -> dict[str, Any]:
    from host.finetune.training import read_training_data, train_model
    from host.finetune.training_folder import open_training

    train_data, val_data = files
    data = read_training_data(train_data, val_data or train_data.with_stem("val"))
    go_on = f"Go on with: the same command and --resume --output {folder}"
    plan = PlanNote()
    with open_training(folder, resume=resume), show_stages("Training") as bar:

        def report(value: Mapping[str, Any]) -> None:
            plan.take(value)
            bar(value)

        return wait_patiently(
            lambda cancelled: train_model(
                model,
                data,
                options,
                folder,
                resume=resume,
                merge=merge,
                force=force,
                on_progress=report,
                cancelled=cancelled,
            ),
            go_on,
        )
