"""`ai-history bench`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli_commands.bench_chat import ChatBench, print_chat
from host.cli_commands.bench_options import set_options
from host.cli_commands.bench_tabs import TabsBench, TabsResult, print_tabs
from host.cli_commands.classification_tables import print_categories, print_summary
from host.cli_commands.output import json_option, make_progress, print_json, print_table
from host.evaluation.bench.capture import bench_capture
from host.evaluation.bench.chat_speed import bench_chat_speed
from host.evaluation.bench.embed import bench_embed
from host.evaluation.bench.encryption import bench_encryption
from host.evaluation.bench.language import bench_language
from host.evaluation.bench.machine import describe_machine
from host.evaluation.bench.models import bench_models
from host.evaluation.bench.search import bench_search
from host.evaluation.bench.start import bench_start
from host.evaluation.bench.store import LARGE, bench_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.evaluation.bench.figures import Figure, OnProgress
    from host.evaluation.bench.models import ModelReport
    from host.evaluation.chat_report import ChatReport

NAMES = ("start", "capture", "search", "embed", "language", "chat-speed")
SEARCHED = 10_000
# These take minutes or need data that is not part of the project, so only who names them gets them.
STORE = "store"
ENCRYPTION = "encryption"
MODELS = "models"
CHAT = "chat"
TABS = "tabs"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice((*NAMES, STORE, ENCRYPTION, MODELS, CHAT, TABS)))
@click.option(
    "--pages",
    type=click.IntRange(100),
    help=f"Pages that are searched (by default {SEARCHED}), or are in the database of `store` ({LARGE}).",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Also write the JSON to this file."
)
@click.option(
    "--model", "models", multiple=True, help="For `models`, `chat` and `tabs`: only this one; repeatable."
)
@click.option(
    "--path",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="For `models`: a source tree to classify; repeatable.",
)
@set_options
@json_option
def bench(
    names: tuple[str, ...],
    pages: int | None,
    output: Path | None,
    models: tuple[str, ...],
    folders: tuple[Path, ...],
    folder: Path | None,
    sets: tuple[str, ...],
    engine: str,
    every: int,
    parts: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure speed and memory: start, capture, search, embed, language, chat-speed; without a name all.

    `encryption` opens, searches and captures in the same history in clear and encrypted, in turns.
    `store` copies, checks and clears the database of a large history, beside what SQLite takes by itself.
    `models` classifies the files of source trees with every installed model that can, and compares them.
    `chat` asks questions whose answers are known, and says how often they are right and refused rightly.
    `tabs` sorts tabs whose categories are known with every installed model, groups windows by topic, and
    counts what five corrections change.

    Runs in a temporary home with a daemon of its own; your history is not touched.
    """
    runs: dict[str, Callable[[OnProgress], list[Figure]]] = {
        "start": bench_start,
        "capture": bench_capture,
        "search": partial(bench_search, page_count=pages or SEARCHED),
        "embed": bench_embed,
        "language": bench_language,
        ENCRYPTION: partial(bench_encryption, page_count=pages or SEARCHED),
        STORE: partial(bench_store, page_count=pages or LARGE),
        "chat-speed": partial(bench_chat_speed, page_count=pages or SEARCHED),
    }
    results = _Results()
    chosen = {
        MODELS: lambda report: results.models.extend(bench_models(report, models=models, folders=folders)),
        CHAT: lambda report: results.chats.extend(ChatBench(folder, sets, engine, models, every).run(report)),
        TABS: lambda report: results.tabs.append(
            TabsBench(folder, sets, engine, models, every, parts).run(report)
        ),
    }
    with make_progress() as progress:
        for name in names or NAMES:
            task = progress.add_task(name, total=None)

            def report(what: str, done: int, total: int, task: object = task, name: str = name) -> None:
                progress.update(task, description=f"{name}: {what}", completed=done, total=total)  # type: ignore[arg-type]

            if name in chosen:
                chosen[name](report)
            else:
                results.figures[name] = runs[name](report)
            progress.remove_task(task)
    document = results.to_json()
    if output:
        output.write_text(json.dumps(document, indent=2), encoding="utf-8")
    if as_json:
        print_json(document)
        return
    results.print()


@dataclass
class _Results:
    """What the benches found."""

    machine: dict[str, Any] = field(default_factory=describe_machine)
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    models: list[ModelReport] = field(default_factory=list)
    chats: list[ChatReport] = field(default_factory=list)
    tabs: list[TabsResult] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        document: dict[str, Any] = {
            "machine": self.machine,
            "figures": {name: [one.to_json() for one in figures] for name, figures in self.figures.items()},
        }
        if self.models:
            document["models"] = [one.to_json() for one in self.models]
        if self.chats:
            document["chat"] = [one.to_json() for one in self.chats]
        if self.tabs:
            document["tabs"] = self.tabs[-1].to_json()
        return document

    def print(self) -> None:
        """As tables."""
        _print_figures(self.machine, self.figures)
        if self.models:
            print_summary(self.models)
            print_categories(self.models)
        print_chat(self.chats)
        for one in self.tabs:
            print_tabs(one)


def _print_figures(machine: dict[str, Any], found: dict[str, list[Figure]]) -> None:
    click.echo(
        f"Machine: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}"
    )
    for name, figures in found.items():
        rows = [
            (figure.name, f"{figure.value:g} {figure.unit}", figure.target or "", _mark(figure), figure.note)
            for figure in figures
        ]
        print_table(("figure", "value", "target", "", "how"), rows, title=name)


def _mark(figure: Figure) -> str:
    return "" if figure.ok is None else "ok" if figure.ok else "MISSED"
