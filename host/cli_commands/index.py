"""`ai-history index`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from host.cli_commands.index_sources import Item, read_sources
from host.cli_commands.output import json_option, make_progress, print_json, print_note, profile_option
from host.client import Client
from host.core.clock import now_ms
from host.core.errors import AppError, Forbidden, InvalidInput
from host.models.offline import OFFLINE_VARIABLE, is_offline

if TYPE_CHECKING:
    from collections.abc import Sequence

# What hello may say of no page by itself; it concerns all that follow.
_FATAL = ("not_ready", "disk_full", "database_locked")


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE_OR_URL_LIST...")
@click.option("--url", help="The web address of the one file that is named, where it does not tell it.")
@click.option("--no-fetch", is_flag=True, help="Take addresses in without fetching their pages.")
@profile_option
@json_option
def index(
    sources: tuple[str, ...], url: str | None, no_fetch: bool, profile_id: str | None, as_json: bool
) -> None:
    """Take saved pages and lists of addresses into your history.

    A source is a saved page (.html), a folder of them, a text with one web address a line, exported
    bookmarks, a .jsonl file of {url, title, html or text, visited_at}, a web address, or - for a list on the
    standard input. Pages of addresses are fetched from the web, one after the other, because you ask for
    it. What is excluded in the settings is neither fetched nor stored. Doing it again changes nothing.
    """
    if url is not None and len(sources) > 1:
        message = "--url is the address of one file."
        raise click.UsageError(message)
    items = list(read_sources(sources, url))
    if not items:
        message = "Nothing to index was found there."
        raise InvalidInput(message, fix="Name saved pages, lists of addresses, or web addresses.")
    _check_network(items, no_fetch=no_fetch)
    outcomes: list[dict[str, Any]] = []
    with Client(profile_id=profile_id) as client, make_progress() as progress:
        task = progress.add_task("Indexing", total=len(items))
        for item in items:
            outcome = _index(client, item, no_fetch=no_fetch)
            outcomes.append(outcome)
            if not as_json and outcome["status"] in ("failed", "skipped"):
                progress.console.print(
                    f"{item.source}: {outcome['status']}, {outcome['reason']}", markup=False
                )
            progress.advance(task)
    _report(outcomes, as_json=as_json)


def _check_network(items: Sequence[Item], *, no_fetch: bool) -> None:
    if is_offline() and not no_fetch and any(_needs_fetch(item) for item in items):
        message = f"{OFFLINE_VARIABLE}=1 is set, so no page is fetched."
        raise Forbidden(message, fix="Unset it, or take the addresses alone: --no-fetch")


def _needs_fetch(item: Item) -> bool:
    return item.url is not None and item.html is None and item.text is None


def _index(client: Client, item: Item, *, no_fetch: bool) -> dict[str, Any]:
    """Take one page in; what became of it: {source, url, status, reason?}."""
    said = {"source": item.source, "url": item.url}
    if item.url is None:
        reason = (
            "it does not say its web address; name it with --url"
            if item.html or item.text
            else "no web address"
        )
        return {**said, "status": "failed", "reason": reason}
    try:
        stored = client.call("pages.stored", url=item.url) if _needs_fetch(item) else {"captured": True}
        if not stored["captured"]:
            return {**said, "status": "skipped", "reason": stored["reason"]}
        return {**said, **_capture(client, item, no_fetch=no_fetch)}
    except AppError as error:
        if error.kind in _FATAL:
            raise
        return {**said, "status": "failed", "reason": error.message}


def _capture(client: Client, item: Item, *, no_fetch: bool) -> dict[str, Any]:
    visited_at = item.visited_at or now_ms()
    page: dict[str, Any] = {"url": item.url, "title": item.title, "html": item.html, "text": item.text}
    if _needs_fetch(item):
        if no_fetch:
            return _import(client, item, visited_at)
        from host.cli_commands.fetching import fetch_page

        fetched = fetch_page(str(item.url))
        page["url"] = fetched.url
        page["html" if fetched.is_html else "text"] = fetched.content
    result = client.call("pages.capture", **page, visited_at=visited_at, transition="index")
    return {key: result[key] for key in ("status", "reason") if result.get(key)}


def _import(client: Client, item: Item, visited_at: int) -> dict[str, Any]:
    entry = {"url": item.url, "title": item.title, "last_visit_at": visited_at, "visit_count": 1}
    counts = client.call("pages.import", items=[entry])
    if counts["skipped"]:
        return {"status": "skipped", "reason": "not taken in"}
    return {"status": "stored" if counts["added"] else "unchanged"}


def _report(outcomes: list[dict[str, Any]], *, as_json: bool) -> None:
    counts = Counter(outcome["status"] for outcome in outcomes)
    if as_json:
        print_json({"counts": dict(counts), "pages": outcomes})
    else:
        names = ("stored", "updated", "unchanged", "skipped", "failed")
        click.echo(", ".join(f"{counts[name]} {name}" for name in names if counts[name]))
        if counts["stored"] or counts["updated"]:
            print_note("Found by words at once, by meaning in a while: ai-history status")
    if counts["failed"] == len(outcomes):
        raise click.exceptions.Exit(1)
