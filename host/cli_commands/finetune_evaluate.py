"""`ai-history finetune evaluate`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from host.cli_commands.output import json_option, make_progress, print_json, print_note, print_table
from host.core.errors import ModelUnavailable
from host.core.paths import find_paths

if TYPE_CHECKING:
    from host.finetune.figures import EngineFigures
    from host.finetune.judging import Judgement

_NOTHING = "–"
_COLUMNS = (
    "engine", "macro-F1", "forced", "kappa", "calibration error", "coverage", "mean", "p95", "tokens/s",
    "file", "memory",
)  # fmt: skip


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    required=True,
    metavar="DIR|FILE|ID",
    help="A folder of `finetune train`, a GGUF file, or an installed model; repeatable.",
)
@click.option(
    "--test-data",
    metavar="FILE|SET",
    help="Labelled tabs (.jsonl, .json, .csv, .tsv) or a set of `bench tabs`. By default the project's own"
    " set, and what you said of tabs that were not trained with.",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that holds the sets of `bench tabs`, and lists of domains to compare with.",
)
@click.option("--base", metavar="ID", help="The installed model that a GGUF file was trained from.")
@click.option("--against", metavar="ID", help="Compare with this installed model, not the one in use.")
@click.option("--plot", is_flag=True, help="Draw pictures, too (PNG).")
@click.option("--benchmark", is_flag=True, help="Measure time, tokens a second and memory, too.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where report.md, evaluation.json and plots go; by default the folder of the training.",
)
@json_option
def evaluate(
    models: tuple[str, ...],
    test_data: str | None,
    folder: Path | None,
    base: str | None,
    against: str | None,
    plot: bool,
    benchmark: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Measure models beside their base, the engine in use, and lists of sites, on tabs they never saw.

    Says whether a model sorts tabs better than what does it now, by more than chance. Runs in a temporary
    home with a daemon of its own; your history is not touched.
    """
    from host.finetune.examination import prepare
    from host.finetune.judged_files import describe_judged
    from host.finetune.judging import judge
    from host.finetune.report import make_document, write_report

    found = prepare(models, test_data, folder=folder, base=base)
    facts = describe_judged(found.candidates, test_data)
    with make_progress() as progress:
        task = progress.add_task("evaluate", total=None)

        def report(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        judgement = judge(
            found.candidates,
            found.test,
            against,
            corrections=found.corrections,
            benchmark=benchmark,
            folder=folder,
            on_progress=report,
        )
    command = _write_command(models, test_data, plot=plot, benchmark=benchmark)
    place = output or found.folder or find_paths().data / "finetune" / "evaluation"
    page = write_report(judgement, place, training=found.training, command=command, plot=plot, facts=facts)
    if as_json:
        print_json({**make_document(judgement, command, facts), "report": str(page)})
    else:
        _print(judgement)
        click.echo(f"Report: {page}")
    answered = {one.name for one in judgement.measured.engines}
    if not any(one.name in answered for one in found.candidates):
        message = "None of the models could be measured."
        raise ModelUnavailable(message, fix="The report says why.")


def _print(judgement: Judgement) -> None:
    rows = [_describe(one) for one in judgement.measured.engines]
    test = judgement.test
    print_table(_COLUMNS, rows, title=f"{test.name}: {len(test.tabs)} tabs")
    for note in test.notes:
        print_note(note)
    for failure in judgement.measured.failures:
        print_note(f"{failure.name} could not be measured: {failure.reason}")
    for verdict in judgement.gains.values():
        click.echo(verdict.words)
    click.echo(judgement.words)


def _describe(one: EngineFigures) -> tuple[str, ...]:
    quality = one.report.quality
    return (
        one.name,
        f"{quality.macro_f1:.3f}",
        _NOTHING if quality.macro_f1_forced is None else f"{quality.macro_f1_forced:.3f}",
        f"{quality.kappa:.3f}",
        _NOTHING if one.role == "peer" else f"{quality.calibration_error:.3f}",
        f"{quality.coverage * 100:.0f} %",
        _NOTHING if one.mean_ms is None else f"{one.mean_ms:.1f} ms",
        _NOTHING if one.p95_ms is None else f"{one.p95_ms:.1f} ms",
        _NOTHING if one.tokens_per_s is None else f"{one.tokens_per_s:.0f}",
        f"{one.file_bytes / 1e6:.0f} MB" if one.file_bytes else _NOTHING,
        f"{one.resident_bytes / 1e6:.0f} MB" if one.resident_bytes else _NOTHING,
    )


def _write_command(models: tuple[str, ...], test_data: str | None, *, plot: bool, benchmark: bool) -> str:
    """The command as somebody else would repeat it: of paths only the names."""
    words = ["ai-history", "finetune", "evaluate"]
    for model in models:
        words += ["--model", Path(model).name or model]
    if test_data:
        words += ["--test-data", Path(test_data).name]
    words += [name for name, wanted in (("--plot", plot), ("--benchmark", benchmark)) if wanted]
    return shlex.join(words)
