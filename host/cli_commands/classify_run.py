"""What `classify` does once its options are read: find, choose, classify, write."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from host.classify.categories import load_categories, load_default_categories
from host.classify.document import describe_document
from host.classify.files import Found, find_files
from host.classify.outputs import Results, choose_format, save_results
from host.classify.resume import Journal, name_partial
from host.classify.run import IN_FLIGHT, Outcome, Run
from host.cli_commands import remote
from host.cli_commands.classify_output import (
    LineStream,
    print_found,
    print_results,
    print_summary,
    say_interrupted,
)
from host.cli_commands.daemon_classifier import DaemonClassifier, connect
from host.cli_commands.model_choice import choose_model, fetch_model, load_model
from host.cli_commands.output import print_note
from host.cli_commands.progress import show_files
from host.core.errors import AppError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from host.classify.classifier import Category
    from host.classify.files import Selection
    from host.classify.run import TextClassifier


_T = TypeVar("_T")


@dataclass(frozen=True)
class Order:
    """The options of one command, as they were given."""

    inputs: tuple[Path, ...]
    output: Path | None
    model: str | None
    categories: Path | None
    format_name: str | None
    resume: bool
    selection: Selection
    max_bytes: int
    jobs: int
    reasoning: bool
    provider: str | None
    api_key_env: str | None
    remote_model: str | None
    assume_yes: bool
    as_json: bool


@dataclass(frozen=True)
class Judge:
    """What decides: its name in the results, what its answers depend on, and how one is made."""

    name: str
    settings: dict[str, Any]
    make: Callable[[], TextClassifier]
    in_flight: int = IN_FLIGHT


def carry_out(order: Order, *, dry_run: bool) -> None:
    """Do what was ordered.

    Raises:
        click.ClickException: the order cannot be understood.
        AppError: it cannot be done.
    """
    chosen = _checked(lambda: choose_format(order.output, "json" if order.as_json else order.format_name))
    if order.as_json and order.output:
        chosen = _checked(lambda: choose_format(order.output, order.format_name))
    categories = (
        _checked(partial(load_categories, order.categories))
        if order.categories
        else load_default_categories()
    )
    found = _find(order)
    if dry_run:
        print_found(found, as_json=order.as_json)
        return
    judge = (
        _choose(order, categories, len(found.files)) if found.files else Judge(order.model or "", {}, _refuse)
    )
    began = time.monotonic()
    names = [category.name for category in categories]

    def collect(outcome: Outcome) -> Results:
        return make_results(found, outcome, judge.name, names, time.monotonic() - began)

    if order.output is None:
        streamed = chosen == "jsonl" and not sys.stdout.isatty()
        lines = LineStream(sys.stdout if streamed else None)
        outcome = _run(order, found, judge, None, lines.follow)
        results = collect(outcome)
        if not streamed:
            named = order.as_json or order.format_name
            print_results(results, chosen if named or not sys.stdout.isatty() else None)
    else:
        with _journal(order.output, restart=not order.resume) as journal:
            results = collect(_run(order, found, judge, journal, lambda _outcome: None))
            try:
                save_results(results, chosen, order.output)
            except OSError as error:
                raise InvalidInput(f"{order.output} cannot be written: {error.strerror}.") from error
    print_summary(results, order.output, as_json=order.as_json)
    if results.failed:
        raise click.exceptions.Exit(1)


def make_results(
    found: Found, outcome: Outcome, model: str, categories: Sequence[str], took_s: float
) -> Results:
    """The results in the order of the files, whatever the order in which they came."""
    return Results(
        model=model,
        categories=categories,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        root=str(found.root),
        files=[outcome.done[place] for place in sorted(outcome.done)],
        skipped=sorted([*found.skipped, *outcome.skipped.values()], key=lambda item: item.path),
        failed=[outcome.failed[place] for place in sorted(outcome.failed)],
        took_s=round(took_s, 3),
    )


def _find(order: Order) -> Found:
    own = [order.output, name_partial(order.output)] if order.output else []
    return find_files(order.inputs, order.selection, without=own)


def _choose(order: Order, categories: Sequence[Category], files: int) -> Judge:
    settings = {"categories": [asdict(category) for category in categories], "reasoning": order.reasoning}
    if order.provider is not None:
        model_name = order.remote_model or order.model
        there = remote.choose_remote(
            order.provider, order.api_key_env, model_name, files, assume_yes=order.assume_yes
        )
        lend = partial(there.lend, categories, reasoning=order.reasoning)
        asked = {**settings, "model": there.name, "provider": there.url}
        return Judge(there.name, asked, lend, remote.IN_FLIGHT)
    with connect() as client:
        model = choose_model(client, order.model)
        fetch_model(client, model, assume_yes=order.assume_yes)
        if sys.stderr.isatty():
            load_model(client, model)
    make = partial(DaemonClassifier, model["id"], categories, reasoning=order.reasoning)
    return Judge(model["id"], {**settings, "model": model["id"]}, make)


def _run(
    order: Order,
    found: Found,
    judge: Judge,
    journal: Journal | None,
    on_done: Callable[[Outcome], None],
) -> Outcome:
    with show_files(len(found.files)) as report:

        def follow(outcome: Outcome) -> None:
            report(len(outcome))
            on_done(outcome)

        run = Run(
            found.files,
            make_classifier=judge.make,
            describe=describe_document,
            settings=judge.settings,
            journal=journal,
            jobs=order.jobs,
            max_bytes=order.max_bytes,
            in_flight=judge.in_flight,
            on_done=follow,
        )
        try:
            outcome = run.execute()
        except (KeyboardInterrupt, AppError):
            say_interrupted(len(run.outcome), len(found.files), order.output)
            raise
    if outcome.taken_over:
        print_note(f"{outcome.taken_over} results were taken over from a run that was interrupted.")
    return outcome


@contextmanager
def _journal(output: Path, *, restart: bool) -> Iterator[Journal | None]:
    if output.exists() and not output.is_file():
        # A terminal or a pipe is written to once, and nothing can stand beside it.
        yield None
        return
    journal = Journal(output, restart=restart)
    finished = False
    try:
        yield journal
        finished = True
    finally:
        journal.close(finished=finished)


def _checked(read: Callable[[], _T]) -> _T:
    """What an option says; an option that cannot be understood is wrong usage."""
    try:
        return read()
    except InvalidInput as error:
        raise click.UsageError(" ".join(filter(None, (error.message, error.fix)))) from error


def _refuse() -> TextClassifier:
    message = "There is nothing to classify."
    raise InvalidInput(message)
