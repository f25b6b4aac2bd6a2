"""`ai-history finetune pipeline`."""

from __future__ import annotations

from dataclasses import replace
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
from host.cli_commands.output import json_option, print_json, print_note, print_table, profile_option
from host.cli_commands.progress import say_time
from host.finetune.pipeline_defaults import QUANTISATIONS

if TYPE_CHECKING:
    import threading

    from host.finetune.pipeline import PipelineProgress
    from host.finetune.pipeline_options import PipelineOptions
    from host.finetune.pipeline_run import PipelineResult

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_QUANTISATIONS = ("q4_0", "iq4_nl", "q4_k_m", "q8_0", "bf16", "f16")


@click.command(
    cls=ExampleCommand,
    examples=(
        "ai-history finetune pipeline --model smollm2-135m-instruct --samples 10000",
        "ai-history finetune pipeline --output tabs-model --own",
    ),
)
@model_option
@click.option(
    "--base",
    "gguf",
    metavar="ID_OR_PATH",
    help="For a model that is not installed: the same one as an installed model or a GGUF file.",
)
@click.option(
    "--samples",
    default=10_000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Rows of the dataset, training and validation together.",
)
@click.option(
    "--split",
    default=0.8,
    show_default=True,
    type=click.FloatRange(0.05, 0.95),
    help="Share of them that is taught.",
)
@click.option(
    "--categories",
    "category_file",
    metavar="FILE",
    type=_FILE,
    help="Categories, keywords, sites and title patterns of your own (TOML).",
)
@click.option(
    "--own/--no-own",
    "own",
    default=False,
    help="Mix in your corrections and the pages of sites that you named; they stay on this computer.",
)
@output_option("Folder for everything; by default a new one, or the last one that was not finished.")
@click.option(
    "--resume/--fresh",
    "resume",
    default=True,
    show_default=True,
    help="Go on with what is done in the folder, or do everything again.",
)
@training_options
@click.option(
    "--quantize",
    "quantisations",
    multiple=True,
    default=QUANTISATIONS,
    show_default=True,
    type=click.Choice(_QUANTISATIONS),
    help="Forms of the merged model; repeatable. The adapter is always made.",
)
@click.option(
    "--test-data", metavar="FILE", type=_FILE, help="Tabs to examine with, whose category is known."
)
@click.option("--skip-deploy", is_flag=True, help="Only measure; what sorts tabs stays as it is.")
@force_option
@profile_option
@json_option
def pipeline(folder: Path | None, resume: bool, as_json: bool, **values: Any) -> None:
    """Do everything: dataset, training, conversion, evaluation, and the better model goes live.

    What is done is not done again: after Ctrl-C, or when something failed, the same command goes on. At most
    8000 rows of the dataset are taught, unless --max-samples says another number. Exit code 0 when it came to
    a decision, whichever.
    """
    from host.finetune.pipeline_run import run_pipeline

    options = _read_options(values)
    chosen: list[Path] = [folder] if folder else []
    plan = PlanNote()
    with show_stages("Starting") as bar:

        def note_folder(found: Path) -> None:
            chosen[:] = [found]
            print_note(f"Folder: {found}")

        def report(value: PipelineProgress) -> None:
            current = value.current
            plan.take(current.facts)
            bar(
                {
                    "name": f"{value.number} of {value.count}, {current.step}",
                    "share": current.share,
                    "stage": current.stage,
                    "loss": current.loss,
                    "remaining_s": current.remaining_s,
                }
            )

        def work(cancelled: threading.Event) -> PipelineResult:
            return run_pipeline(
                options,
                folder,
                fresh=not resume,
                on_folder=note_folder,
                on_progress=report,
                cancelled=cancelled,
            )

        result = wait_patiently(work, lambda: _say_how_to_go_on(chosen))
    if as_json:
        print_json(result.to_json())
    else:
        _print(result)


def _read_options(values: dict[str, Any]) -> PipelineOptions:
    from host.finetune.dataset import DatasetOptions
    from host.finetune.pipeline_options import MOST_ROWS, PipelineOptions

    training = make_options(values)
    if training.most_rows is None:
        training = replace(training, most_rows=MOST_ROWS)
    dataset = DatasetOptions(samples=values["samples"], split=values["split"], hard=True, seed=values["seed"])
    return PipelineOptions(
        base=values["base"],
        gguf=values["gguf"],
        dataset=dataset,
        category_file=values["category_file"],
        own=values["own"],
        training=training,
        quantisations=tuple(dict.fromkeys(values["quantisations"])),
        test_data=values["test_data"].absolute() if values["test_data"] else None,
        deploy=not values["skip_deploy"],
        force=values["force"],
        profile_id=values["profile_id"],
    )


def _say_how_to_go_on(chosen: list[Path]) -> str:
    where = f"; its folder: --output {chosen[0]}" if chosen else ""
    return f"Go on with the same command{where}"


def _print(result: PipelineResult) -> None:
    rows = [
        (step.name, step.text, "done before" if step.skipped else say_time(step.took_s))
        for step in result.steps
    ]
    print_table(("step", "what came of it", "time"), rows)
    for step in result.steps:
        for warning in (*step.values.get("warnings", ()), *step.values.get("notes", ())):
            print_note(warning)
    click.echo(f"\n{result.state.capitalize()}: {result.text}")
    click.echo(f"Report: {result.report}")
