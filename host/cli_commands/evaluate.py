"""`ai-history evaluate`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from host.chat.answerability import COEFFICIENTS_FILE
from host.cli_commands.classification_tables import print_categories, print_summary
from host.cli_commands.output import json_option, make_progress, print_json, print_note, print_table
from host.core.errors import InvalidInput
from host.evaluation.bench.models import bench_models
from host.evaluation.extraction import evaluate_extraction
from host.evaluation.refusal import RefusalScores, fit_all, judge_examples, write_coefficients
from host.evaluation.refusal_sets import REFUSAL_SET_NAMES, load_refusal_set
from host.evaluation.refusal_signs import Example, collect_examples
from host.evaluation.retrieval import MODES, RetrievalReport, measure_retrieval
from host.evaluation.retrieval_sets import SET_NAMES, load_set

if TYPE_CHECKING:
    from rich.progress import TaskID

folder_option = click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that holds the sets, each in a folder of its own (docs/ranking.md names them).",
)


@click.group()
def evaluate() -> None:
    """Measure quality: how well pages are read and found again, files classified and questions refused."""


@evaluate.command()
@folder_option
@click.option(
    "--set", "names", multiple=True, type=click.Choice(SET_NAMES), help="Only this set; repeatable."
)
@click.option(
    "--every", default=1, show_default=True, type=click.IntRange(1), help="Ask only each so-manieth query."
)
@json_option
def retrieval(folder: Path, names: tuple[str, ...], every: int, as_json: bool) -> None:
    """Search for what is known to be there, in all four modes, through the product itself."""
    reports: list[RetrievalReport] = []
    with make_progress() as progress:
        for name in names or SET_NAMES:
            task = progress.add_task(name, total=None)

            def report(what: str, done: int, total: int, task: TaskID = task, name: str = name) -> None:
                progress.update(task, description=f"{name}: {what}", completed=done, total=total)

            reports.append(measure_retrieval(load_set(name, folder), every=every, on_progress=report))
            progress.remove_task(task)
    if as_json:
        print_json([found.to_json() for found in reports])
        return
    for found in reports:
        _print_report(found)


@evaluate.command()
@folder_option
@json_option
def extraction(folder: Path, as_json: bool) -> None:
    """Compare the text that is read from pages with the text that should come out (article_extraction)."""
    report = evaluate_extraction(folder)
    if as_json:
        print_json(asdict(report))
        return
    rows = [
        ("AI History", f"{report.f1:.3f}", f"{report.precision:.3f}", f"{report.recall:.3f}"),
        (
            f"{report.published_library}, as published",
            f"{report.published_f1:.3f}",
            f"{report.published_precision:.3f}",
            f"{report.published_recall:.3f}",
        ),
    ]
    print_table(("", "F1", "precision", "recall"), rows, title=f"{report.pages} pages")
    click.echo(f"Time for a page: median {report.median_ms:.0f} ms, 95th percentile {report.p95_ms:.0f} ms.")


@evaluate.command()
@click.option("--model", "models", multiple=True, help="Only this model; repeatable.")
@click.option(
    "--path",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A source tree; repeatable. By default this project and an installed package.",
)
@click.option(
    "--limit", default=25, show_default=True, type=click.IntRange(1), help="Files of each category in a tree."
)
@json_option
def classification(models: tuple[str, ...], folders: tuple[Path, ...], limit: int, as_json: bool) -> None:
    """Classify files whose paths say what they are, with and without showing the path."""
    with make_progress() as progress:
        task = progress.add_task("classification", total=None)

        def report(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        reports = bench_models(report, models=models, folders=folders, with_names=(True, False), limit=limit)
    if as_json:
        print_json([found.to_json() for found in reports])
        return
    print_summary(reports)
    print_categories(reports)


@evaluate.command()
@folder_option
@click.option(
    "--set", "names", multiple=True, type=click.Choice(REFUSAL_SET_NAMES), help="Only this set; repeatable."
)
@click.option(
    "--every", default=1, show_default=True, type=click.IntRange(1), help="Ask only each so-manieth question."
)
@click.option(
    "--fit", is_flag=True, help="Write the coefficients that chat judges by anew; only with all questions."
)
@json_option
def refusal(folder: Path, names: tuple[str, ...], every: int, fit: bool, as_json: bool) -> None:
    """Tell questions that a history answers from those that it does not, also with their page taken away."""
    if fit and (names or every > 1):
        message = "Coefficients that chat is to judge by are fitted to all questions of all sets."
        raise InvalidInput(message, fix="Leave out --set and --every, or --fit.")
    sets = [load_refusal_set(name, folder, every=every) for name in names or REFUSAL_SET_NAMES]
    examples: list[Example] = []
    with make_progress() as progress:
        for one in sets:
            task = progress.add_task(one.name, total=None)

            def report(what: str, done: int, total: int, task: TaskID = task, name: str = one.name) -> None:
                progress.update(task, description=f"{name}: {what}", completed=done, total=total or None)

            examples += collect_examples(one, report)
            progress.remove_task(task)
    scores = judge_examples(examples)
    if fit:
        write_coefficients(fit_all(examples), COEFFICIENTS_FILE)
        print_note(f"Wrote {COEFFICIENTS_FILE}.")
    if as_json:
        print_json([found.to_json() for found in scores])
        return
    _print_refusal(scores)


def _print_refusal(scores: list[RefusalScores]) -> None:
    """A table for each way of judging."""

    def say(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    columns = ("set", "kind", "answerable", "others", "AUC", "answered", "refused", "balanced")
    for judge in dict.fromkeys(one.judge for one in scores):
        rows = [
            (
                one.set_name,
                one.kind,
                one.answerable,
                one.unanswerable,
                *map(say, (one.area, one.answered, one.refused, one.balanced)),
            )
            for one in scores
            if one.judge == judge
        ]
        print_table(columns, rows, title=judge)


def _print_report(report: RetrievalReport) -> None:
    rows = []
    for kind in report.kinds:
        for mode in MODES:
            scores = kind.scores[mode]
            rows.append(
                (
                    kind.kind,
                    kind.queries,
                    mode,
                    f"{scores.hit:.3f}",
                    f"{scores.reciprocal_rank:.3f}",
                    f"{scores.ndcg:.3f}",
                    f"{scores.recall:.3f}",
                    f"{kind.took_ms[mode]:.0f}",
                )
            )
    columns = ("kind", "queries", "mode", "hit@1", "MRR", "nDCG@10", "recall@10", "ms")
    print_table(columns, rows, title=f"{report.name}: {report.pages} pages")
    for kind in report.kinds:
        for measure, loss in kind.losses().items():
            click.echo(f"{report.name} {kind.kind}: hybrid-rerank is {loss:.3f} below the best in {measure}")
