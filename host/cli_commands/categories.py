"""`ai-history categories` and `ai-history corrections`: what tabs are sorted into, and what was learned."""

from __future__ import annotations

from typing import Any, get_args

import click

from host.cli_commands.output import (
    format_time,
    json_option,
    print_json,
    print_table,
    profile_option,
)
from host.client import Client
from host.core.errors import NotFound
from host.core.text import clean_line
from host.tabs.exchange import Colour

_LONGEST = 70


@click.group()
def categories() -> None:
    """Show and change what tabs and pages are sorted into."""


@categories.command("list")
@profile_option
@json_option
def list_categories(profile_id: str | None, as_json: bool) -> None:
    """Show every category."""
    with Client(profile_id=profile_id) as client:
        found = client.call("categories.list")
    if as_json:
        print_json(found)
        return
    rows = [
        (
            clean_line(item["name"]),
            "" if item["enabled"] else "off",
            item["colour"],
            item["corrections"],
            clean_line(item["description"], limit=_LONGEST),
        )
        for item in found["categories"]
    ]
    print_table(("category", "", "colour", "corrections", "holds"), rows)


@categories.command("set")
@click.argument("name")
@click.option("--rename", metavar="NAME", help="Another name; what was learned stays.")
@click.option("--description", metavar="TEXT", help="What belongs into it.")
@click.option(
    "--example",
    "examples",
    multiple=True,
    metavar="TEXT",
    help="Title of a tab, or a site, that belongs into it; may be repeated. Replaces those there were.",
)
@click.option("--colour", type=click.Choice(get_args(Colour)), help="Of its group.")
@click.option("--on/--off", "enabled", default=None, help="Whether tabs are sorted into it.")
@profile_option
def set_category(
    name: str,
    rename: str | None,
    description: str | None,
    examples: tuple[str, ...],
    colour: str | None,
    enabled: bool | None,
    profile_id: str | None,
) -> None:
    """Change a category, or make a new one; what is not named stays as it is."""
    change: dict[str, Any] = {
        "name": name,
        "description": description,
        "examples": list(examples) or None,
        "colour": colour,
        "enabled": enabled,
    }
    with Client(profile_id=profile_id) as client:
        if rename is not None:
            change |= {"key": _find_key(client, name), "name": rename}
        change = {key: value for key, value in change.items() if value is not None}
        client.call("categories.set", categories=[change])
    click.echo(f"Set: {rename or name}")


@categories.command()
@click.argument("name")
@profile_option
def remove(name: str, profile_id: str | None) -> None:
    """Remove a category of your own; one that came with the program can be switched off."""
    with Client(profile_id=profile_id) as client:
        client.call("categories.set", remove=[name])
    click.echo(f"Removed: {name}")


@click.group()
def corrections() -> None:
    """Show and undo what you said about tabs."""


@corrections.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@profile_option
@json_option
def list_corrections(limit: int, profile_id: str | None, as_json: bool) -> None:
    """Show corrections, the latest first."""
    with Client(profile_id=profile_id) as client:
        found = client.call("tabs.corrections", limit=limit)
    if as_json:
        print_json(found)
        return
    if not found["corrections"]:
        click.echo("You have corrected nothing yet.")
        return
    rows = [
        (
            item["id"],
            clean_line(item["category"] or "none"),
            f"{item['weight']:.0%}",
            format_time(item["created_at"]),
            clean_line(item["title"] or item["url"], limit=_LONGEST),
        )
        for item in found["corrections"]
    ]
    print_table(("id", "belongs into", "counts", "since", "tab"), rows)


@corrections.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=click.IntRange(1))
@click.option("--all", "everything", is_flag=True, help="Every correction.")
@profile_option
def forget(ids: tuple[int, ...], everything: bool, profile_id: str | None) -> None:
    """Let corrections count no more."""
    if everything == bool(ids):
        message = "Say which corrections, or --all."
        raise click.UsageError(message)
    which: dict[str, Any] = {"all": True} if everything else {"ids": list(ids)}
    with Client(profile_id=profile_id) as client:
        forgotten = client.call("tabs.forget", **which)["forgotten"]
    click.echo(f"Forgotten: {forgotten}")


def _find_key(client: Client, name: str) -> str:
    for item in client.call("categories.list")["categories"]:
        if item["name"].casefold() == name.casefold():
            return str(item["key"])
    message = f"There is no category {name!r}."
    raise NotFound(message, fix="See which there are: ai-history categories list")
