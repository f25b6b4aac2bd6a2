"""`ai-history export`."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.output import format_bytes, json_option, print_json, profile_option
from host.cli_commands.progress import show_share
from host.client import Client

_LINES = ".jsonl"


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["sqlite", "jsonl"]),
    help=f"A database, or lines of JSON; by default a database, unless PATH ends in {_LINES}.",
)
@profile_option
@json_option
def export(path: Path | None, form: str | None, profile_id: str | None, as_json: bool) -> None:
    """Write all of your history to a file.

    PATH is a new file, or a folder that gets one; by default your downloads folder. Nothing is overwritten.
    Everything that is remembered is in it: pages with their texts, visits, conversations, settings. It is in
    clear, also when your history is encrypted.
    """
    chosen = form or ("jsonl" if path is not None and path.suffix == _LINES else "sqlite")
    target = None if path is None else str(path.expanduser().absolute())
    with Client(profile_id=profile_id) as client, show_share("Exporting") as report:
        made = call_patiently(client, "store.export", report, format=chosen, path=target)
    if as_json:
        print_json(made)
        return
    pages = made["rows"].get("page", made["rows"].get("pages", 0))
    click.echo(f"{made['path']}: {format_bytes(made['bytes'])}, {pages} pages")
