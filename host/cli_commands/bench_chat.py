"""`ai-history bench chat`, and its figures as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from host.cli_commands.output import print_note, print_table
from host.core.errors import InvalidInput
from host.evaluation.chat import choose_engines, measure_chat
from host.evaluation.chat_sets import load_chat_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.chat_report import ChatReport, Spread

_NOTHING = "–"
# No model writes so many words a second.
_AT_ONCE = 2000


@dataclass(frozen=True)
class ChatBench:
    """What `bench chat` is to do.

    Attributes:
        folder: holds the sets.
        sets: names of `CHAT_SET_NAMES`; none for clapnq.
        engine: one of `BENCH_ENGINES`, or `all`.
        models: instruction models that write; none for the one in use.
        every: only each so-manieth question is asked.
    """

    folder: Path | None
    sets: tuple[str, ...]
    engine: str
    models: tuple[str, ...]
    every: int

    def run(self, on_progress: OnProgress) -> list[ChatReport]:
        """Measure.

        Raises:
            InvalidInput: no folder was named, or the data is not in it.
        """
        if self.folder is None:
            message = "`bench chat` needs the folder that holds the sets of questions."
            raise InvalidInput(message, fix="Say --data FOLDER; docs/ranking.md says where they are from.")
        if not self.folder.is_dir():
            message = f"There is no folder {self.folder}."
            raise InvalidInput(
                message, fix="Say --data FOLDER; docs/ranking.md says where the sets are from."
            )
        sets = [load_chat_set(name, self.folder) for name in self.sets or ("clapnq",)]
        engines = choose_engines(self.engine, self.models)
        reports: list[ChatReport] = []
        for wanted in sets:

            def report(what: str, done: int, total: int, name: str = wanted.name) -> None:
                on_progress(f"{name}: {what}", done, total)

            reports += measure_chat(wanted.thin_out(self.every), engines, report)
        return reports


def print_chat(reports: Iterable[ChatReport]) -> None:
    """A table for each set, with a column for each engine."""
    by_set: dict[str, list[ChatReport]] = {}
    for report in reports:
        by_set.setdefault(report.set_name, []).append(report)
    for name, of_set in by_set.items():
        first = of_set[0]
        columns = [f"{one.engine}\n{one.model or ''}" for one in of_set]
        rows = [(label, *(say(one) for one in of_set)) for label, say in _ROWS]
        # A title of the table would be folded to its width.
        click.echo(
            f"{name}: {first.pages} pages, {first.answerable} questions that they answer,"
            f" {first.unanswerable} others"
        )
        print_table(("", *columns), rows)
        for one in of_set:
            if one.failed:
                print_note(
                    f"{one.engine}: {one.failed} questions got a list of pages ({', '.join(one.problems)})."
                )


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value * 100:.1f} %"


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _times(value: Spread | None) -> str:
    return _NOTHING if value is None else f"{value.median:.0f} / {value.p95:.0f} ms"


def _pace(words_per_s: float | None) -> str:
    """Words a second; sentences that were ready before the first was sent have no pace."""
    if words_per_s is None:
        return _NOTHING
    return "at once" if words_per_s > _AT_ONCE else f"{words_per_s:.0f}"


_ROWS: tuple[tuple[str, Callable[[ChatReport], str]], ...] = (
    ("cites the gold passage", lambda one: _share(one.gold_cited)),
    ("cites it first", lambda one: _share(one.gold_first)),
    ("citation precision", lambda one: _number(one.citation_precision)),
    ("citation recall", lambda one: _number(one.citation_recall)),
    ("token F1, of the answered", lambda one: _number(one.f1_answered)),
    ("token F1, of all", lambda one: _number(one.f1)),
    ("ROUGE-L, of the answered", lambda one: _number(one.rouge_l_answered)),
    ("ROUGE-L, of all", lambda one: _number(one.rouge_l)),
    ("holds a reference word for word", lambda one: _share(one.held)),
    ("correct refusals", lambda one: _share(one.correct_refusals)),
    ("wrong refusals", lambda one: _share(one.wrong_refusals)),
    ("balanced accuracy", lambda one: _number(one.balanced_accuracy)),
    ("sentences unsupported", lambda one: _share(one.unsupported)),
    ("links elsewhere", lambda one: str(one.foreign_links)),
    ("answers unlike their stream", lambda one: str(one.torn_streams)),
    ("to the sources, median / p95", lambda one: _times(one.sources_ms)),
    ("to the first word", lambda one: _times(one.first_word_ms)),
    ("to the end", lambda one: _times(one.total_ms)),
    ("words a second", lambda one: _pace(one.words_per_s)),
)
