"""`ai-history delete-all`: everything that is kept here goes, and what that was is said."""

from __future__ import annotations

from typing import Any

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.model_choice import is_interactive
from host.cli_commands.output import format_bytes, json_option, print_json, print_table
from host.client import Client

_WORDS = "delete all data"
_QUESTION = (
    "This deletes every page, visit, conversation, summary, category and setting of every browser profile,"
    " with all backups, models and logs. It cannot be undone.\nAI History begins anew with its own settings:"
    " sites that you left out yourself are left out no more.\nWrite"
)


@click.command("delete-all")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def delete_all(yes: bool, as_json: bool) -> None:
    """Delete everything that AI History keeps on this computer.

    Files that you exported stay. The program stays, too: python3 -m host.install --uninstall removes it.
    """
    if not yes:
        if not is_interactive():
            message = "Nobody can be asked here: say --yes to delete everything."
            raise click.UsageError(message)
        said = click.prompt(f"{_QUESTION} “{_WORDS}” to go on", default="", show_default=False, err=True)
        if said.strip().lower() != _WORDS:
            raise click.Abort
    with Client() as client:
        receipt = call_patiently(client, "store.delete_all", confirm=_WORDS)
    if as_json:
        print_json(receipt)
        return
    print_table(("deleted", "files", "size", "where"), [_describe(item) for item in receipt["removed"]])
    click.echo(
        f"{format_bytes(receipt['total_bytes'])} were deleted. AI History begins anew when it is used, with"
        " the settings that it comes with: sites that you left out yourself are left out no more."
    )
    for item in receipt["left"]:
        click.echo(f"Left: {item['path']} ({item['why']})", err=True)


def _describe(item: dict[str, Any]) -> tuple[object, ...]:
    return item["what"], item["files"], format_bytes(item["bytes"]), item["path"]
