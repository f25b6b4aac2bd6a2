"""`ai-history import`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli_commands.output import json_option, make_progress, print_json, print_note, profile_option
from host.client import Client
from host.core.errors import AppError, NotFound
from host.history.browsers import BROWSER_NAMES, HistoryItem, find_histories, read_history
from host.history.profiles import DEFAULT_PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 1000


@click.command("import")
@click.option("--browser", type=click.Choice(sorted(BROWSER_NAMES)), help="Only this browser.")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A browser's history file.",
)
@click.option("--list", "only_list", is_flag=True, help="Only say which history files there are.")
@profile_option
@json_option
def import_history(
    browser: str | None,
    file: Path | None,
    only_list: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Bring in titles and addresses from your browsers' own history files.

    Each file is copied first, so a running browser is not disturbed. Importing again adds what is new.
    """
    sources = _find_sources(browser, file)
    if only_list:
        _print_sources(sources, as_json=as_json)
        return
    if not sources:
        message = "No browser history was found on this computer."
        raise NotFound(message, fix="Name one: ai-history import --file PATH")
    done: list[dict[str, Any]] = []
    failed = 0
    with Client(profile_id=profile_id) as client:
        if client.hello["database"]["profile_id"] == DEFAULT_PROFILE and profile_id is None:
            print_note(
                "No browser has connected yet, so this goes to a profile that only the terminal sees. "
                "Load the extension first to search it in the browser too."
            )
        for name, path in sources:
            try:
                done.append({"source": name, "file": str(path), **_import_file(client, name, path)})
            except AppError as error:
                failed += 1
                print_note(f"{name}: {error.message} {error.fix or ''}".strip())
    if as_json:
        print_json({"imported": done})
    else:
        for counts in done:
            click.echo(
                f"{counts['source']}: {counts['added']} added, {counts['updated']} updated, "
                f"{counts['skipped']} skipped"
            )
    if failed and not done:
        raise click.exceptions.Exit(1)


def _find_sources(browser: str | None, file: Path | None) -> list[tuple[str, Path]]:
    if file is not None:
        return [(file.name, file)]
    return [
        (f"{found.browser} ({found.profile})", found.path)
        for found in find_histories()
        if browser is None or found.browser == browser
    ]


def _print_sources(sources: list[tuple[str, Path]], *, as_json: bool) -> None:
    if as_json:
        print_json([{"source": name, "file": str(path)} for name, path in sources])
        return
    for name, path in sources:
        click.echo(f"{name}: {path}")


def _import_file(client: Client, name: str, path: Path) -> dict[str, int]:
    totals = {"added": 0, "updated": 0, "skipped": 0}
    with make_progress() as progress:
        task = progress.add_task(name, total=None)
        for batch in _batches(read_history(path)):
            counts = client.call("pages.import", items=[_to_wire(item) for item in batch])
            for key in totals:
                totals[key] += counts[key]
            progress.update(task, advance=len(batch))
    return totals


def _batches(items: Iterator[HistoryItem]) -> Iterator[list[HistoryItem]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _to_wire(item: HistoryItem) -> dict[str, Any]:
    return {
        "url": item.url,
        "title": item.title,
        "last_visit_at": item.last_visit_at,
        "visit_count": item.visit_count,
    }
