"""`ai-history categorize`."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, get_args

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.output import json_option, print_error, print_json, print_note, profile_option
from host.cli_commands.progress import show_tabs
from host.cli_commands.tab_lists import (
    LIST_FORMATS,
    BadLine,
    ListedTab,
    choose_list_format,
    open_list,
    read_list,
)
from host.cli_commands.tab_output import OutputFormat, open_writer
from host.client import Client
from host.core.errors import AppError, InvalidInput
from host.core.text import clean_line
from host.tabs.exchange import GroupBy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from host.cli_commands.tab_lists import ListFormat

# A person in a terminal asks once, so the model may take its time to load.
WAIT_MS = 60_000
BATCH = 200
# Characters of a batch, so that texts do not make it too large for the wire.
_BATCH_CHARACTERS = 1_000_000
MOST_GROUPED = 1000
_MOST_SHOWN = 20
_STDIN = "-"


@dataclass(frozen=True)
class _Order:
    """What is asked of the daemon with every batch."""

    engine: str | None
    threshold: float | None
    wait_ms: int


class _Entries:
    """The entries of a list; lines that are none are named as they come, and counted."""

    def __init__(self, stream: IO[str], chosen: ListFormat) -> None:
        self._found = read_list(stream, chosen)
        self.bad = 0

    def __iter__(self) -> Iterator[ListedTab]:
        for found in self._found:
            if isinstance(found, ListedTab):
                yield found
            else:
                self._name(found)

    def _name(self, line: BadLine) -> None:
        self.bad += line.last - line.first + 1
        if self.bad <= _MOST_SHOWN:
            print_error(str(line))


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--format", "named", type=click.Choice(LIST_FORMATS), help="Of the list; by default as its name ends."
)
@click.option("--engine", metavar="NAME", help="embedding, nli, instruction, words, or a model.")
@click.option(
    "--threshold", type=click.FloatRange(0, 1), help="How sure it must be; by default as the settings say."
)
@click.option("--group", "grouped", is_flag=True, help="Print groups.")
@click.option("--by", type=click.Choice(get_args(GroupBy)), help="What groups are made by.  [category]")
@click.option("--max-groups", type=click.IntRange(1, 100), help="At most so many groups.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file, .csv or .jsonl."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--wait/--no-wait", default=True, help="Whether to wait for a model that is still loading.")
@profile_option
@json_option
@click.pass_context
def categorize(
    context: click.Context,
    file: str,
    named: str | None,
    engine: str | None,
    threshold: float | None,
    grouped: bool,
    by: str | None,
    max_groups: int | None,
    output: Path | None,
    as_csv: bool,
    wait: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Say which category each tab of a list belongs into, with your categories and corrections.

    FILE holds an address and a title for each tab; - is standard input. Formats: csv (a header that names
    url, title and text in any order, or an address and a title in every row), jsonl (objects with url, title
    and text), lines (an address, and after a tab its title). Lines that are none of these are named, and the
    exit code is 1 in the end; the others are done. --json prints one JSON object a line.
    """
    if not grouped and (by or max_groups):
        message = "--by and --max-groups go with --group."
        raise click.UsageError(message)
    if grouped and (as_csv or output):
        message = "Groups are printed as text, or with --json."
        raise click.UsageError(message)
    chosen = _choose_output(output, as_csv=as_csv, as_json=as_json)
    source = None if file == _STDIN else Path(file)
    if source and output and output.exists() and output.samefile(source):
        message = "The list itself would be written over."
        raise click.UsageError(message)
    order = _Order(engine, threshold, WAIT_MS if wait else 0)
    with open_list(source) as stream, Client(profile_id=profile_id) as client:
        entries = _Entries(stream, choose_list_format(file, named))
        if grouped:
            _print_groups(client, entries, order, by or "category", max_groups, as_json=as_json)
        else:
            # A pipe with a name has no size, and no place in it can be told.
            size = (source.stat().st_size or None) if source else None
            with show_tabs(size) as report:
                _categorize(
                    client,
                    entries,
                    order,
                    output,
                    chosen,
                    lambda done: report(done, lambda: os.lseek(stream.fileno(), 0, os.SEEK_CUR)),
                )
    if entries.bad:
        print_error(f"{entries.bad} {'line was' if entries.bad == 1 else 'lines were'} not understood.")
        context.exit(1)


def _choose_output(output: Path | None, *, as_csv: bool, as_json: bool) -> OutputFormat:
    if as_csv and as_json:
        message = "Use either --csv or --json."
        raise click.UsageError(message)
    if as_csv or as_json:
        return "csv" if as_csv else "jsonl"
    if output is None:
        return "table"
    suffix = output.suffix.lower()
    if suffix == ".csv":
        return "csv"
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    message = f"The format cannot be told from the name {output}: add --csv or --json."
    raise click.UsageError(message)


def _categorize(
    client: Client,
    entries: Iterable[ListedTab],
    order: _Order,
    output: Path | None,
    chosen: OutputFormat,
    report: Callable[[int], None],
) -> None:
    done = 0
    try:
        with open_writer(output, chosen) as (writer, stream):
            for batch in _batch(entries):
                answer = call_patiently(client, "tabs.categorize", tabs=_to_items(batch), **vars(order))
                for tab, found in zip(batch, answer["tabs"], strict=True):
                    writer.write(tab, found)
                    done += 1
                # What is done is written, whatever becomes of the rest.
                stream.flush()
                report(done)
                if done == len(batch) and answer["engine"] == "words" and order.engine is None:
                    print_note("No model is there: addresses and words alone decide.")
    except BrokenPipeError:
        raise
    except OSError as error:
        _refuse_output(output, error)
    except (KeyboardInterrupt, AppError):
        if done:
            print_note(f"{done} tabs are done" + (f" and written to {output}." if output else "."))
        raise


def _refuse_output(output: Path | None, error: OSError) -> NoReturn:
    message = f"{output or 'Standard output'} cannot be written: {error.strerror}."
    raise InvalidInput(message) from error


def _print_groups(
    client: Client,
    entries: Iterable[ListedTab],
    order: _Order,
    by: str,
    max_groups: int | None,
    *,
    as_json: bool,
) -> None:
    tabs = list(itertools.islice(entries, MOST_GROUPED + 1))
    if len(tabs) > MOST_GROUPED:
        message = f"Groups are made of {MOST_GROUPED} tabs at most, and there are more."
        raise InvalidInput(message, fix="Leave out --group: each tab then gets its category.")
    answer = call_patiently(
        client, "tabs.group", tabs=_to_items(tabs), by=by, max_groups=max_groups, **vars(order)
    )
    groups = [
        {**_pick(group), "tabs": [_name(tabs[place]) for place in group["tab_ids"]]}
        for group in answer["groups"]
    ]
    ungrouped = [_name(tabs[place]) for place in answer["ungrouped"]]
    if as_json:
        print_json({"groups": groups, "ungrouped": ungrouped, "engine": answer["engine"]})
        return
    for group in groups:
        click.secho(f"{clean_line(group['name'])} ({len(group['tabs'])})", bold=True, nl=False)
        click.echo(f"  {clean_line(group['reason'])}")
        _print_tabs(group["tabs"])
    if ungrouped:
        click.secho(f"In no group ({len(ungrouped)})", bold=True)
        _print_tabs(ungrouped)


def _print_tabs(tabs: Iterable[dict[str, str]]) -> None:
    for tab in tabs:
        click.echo("  " + "  ".join(filter(None, (clean_line(tab["title"]), clean_line(tab["url"])))))


def _pick(group: dict[str, Any]) -> dict[str, Any]:
    return {name: group[name] for name in ("name", "color", "category", "reason")}


def _name(tab: ListedTab) -> dict[str, str]:
    return {"url": tab.url, "title": tab.title}


def _batch(entries: Iterable[ListedTab]) -> Iterator[list[ListedTab]]:
    batch: list[ListedTab] = []
    size = 0
    for tab in entries:
        batch.append(tab)
        size += len(tab.url) + len(tab.title) + len(tab.text)
        if len(batch) == BATCH or size > _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _to_items(tabs: Iterable[ListedTab]) -> list[dict[str, Any]]:
    return [
        {"id": place, "url": tab.address, "title": tab.title, **({"text": tab.text} if tab.text else {})}
        for place, tab in enumerate(tabs)
    ]
