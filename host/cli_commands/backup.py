"""`ai-history backup`."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.output import (
    format_bytes,
    format_time,
    json_option,
    print_json,
    print_table,
    profile_option,
)
from host.cli_commands.progress import show_share
from host.client import Client

# Why a backup was made, in words.
_REASONS = {
    "asked": "asked for",
    "schedule": "by schedule",
    "write": "before a change by SQL",
    "replace": "before it was replaced",
}


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--list", "only_list", is_flag=True, help="Only say which backups there are.")
@profile_option
@json_option
def backup(path: Path | None, only_list: bool, profile_id: str | None, as_json: bool) -> None:
    """Make a backup of your history.

    It goes to the backups beside the database, from which what you forget later is forgotten, too. With PATH,
    a new file or a folder that gets one, it is an export: in clear, also of an encrypted history, and out of
    reach.
    """
    if only_list and path is not None:
        message = "Use either PATH or --list."
        raise click.UsageError(message)
    with Client(profile_id=profile_id) as client:
        if only_list:
            _list(client, as_json=as_json)
            return
        target = None if path is None else str(path.expanduser().absolute())
        with show_share("Copying") as report:
            made = call_patiently(client, "store.backup", report, path=target)
    if as_json:
        print_json(made)
    else:
        clear = ", not encrypted" if made["elsewhere"] else ""
        click.echo(f"{made['backup']['path']}: {format_bytes(made['backup']['bytes'])}{clear}")


def _list(client: Client, *, as_json: bool) -> None:
    found = client.call("store.backups")
    if as_json:
        print_json(found)
        return
    rows = [
        (
            item["name"],
            format_time(item["made_at"]),
            format_bytes(item["bytes"]),
            _REASONS.get(item["reason"], item["reason"]),
        )
        for item in found["backups"]
    ]
    if rows:
        print_table(("name", "made", "size", "why"), rows)
    else:
        click.echo("There is no backup yet: ai-history backup")
    if found.get("next_at"):
        click.echo(f"The next one is made by itself: {format_time(found['next_at'])}")
