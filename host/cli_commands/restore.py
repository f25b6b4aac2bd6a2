"""`ai-history restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.model_choice import is_interactive
from host.cli_commands.output import format_time, json_option, print_json, print_table, profile_option
from host.cli_commands.progress import show_share
from host.client import Client
from host.core.errors import NotFound


@click.command()
@click.argument("source", metavar="NAME_OR_PATH")
@click.option("--merge", is_flag=True, help="Add it to your history instead of replacing that.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before the history is replaced.")
@profile_option
@json_option
def restore(source: str, merge: bool, yes: bool, profile_id: str | None, as_json: bool) -> None:
    """Bring a backup, or an exported file, back.

    NAME_OR_PATH is a backup's name (ai-history backup --list), a database, or lines of JSON. What is there
    now is replaced, and kept as a backup; with --merge both are united, and nothing that is there is lost.
    """
    with Client(profile_id=profile_id) as client:
        name, path = _find_source(client, source)
        if not merge and not yes:
            _ask(client, path)
        with show_share("Merging" if merge else "Restoring") as report:
            if merge or name is None:
                mode = "merge" if merge else "replace"
                done = call_patiently(client, "store.import", report, path=str(path), mode=mode)
            else:
                done = call_patiently(client, "store.restore", report, name=name)
    if as_json:
        print_json(done)
    else:
        _print_result(done)


def _find_source(client: Client, source: str) -> tuple[str | None, Path]:
    """The name of a backup, or None, and its path.

    Raises:
        NotFound: there is neither a backup nor a file of this name.
    """
    for item in client.call("store.backups")["backups"]:
        if item["name"] == source:
            return str(item["name"]), Path(item["path"])
    path = Path(source).expanduser().absolute()
    if not path.is_file():
        message = f"There is no backup and no file called {source}."
        raise NotFound(message, fix="Run: ai-history backup --list")
    return None, path


def _ask(client: Client, path: Path) -> None:
    if not is_interactive():
        message = "Nobody can be asked here: say --yes to replace the history, or --merge to add to it."
        raise click.UsageError(message)
    stats = client.call("store.stats")
    written = format_time(round(path.stat().st_mtime * 1000))
    click.echo(
        f"Your history ({stats['pages']} pages) with its conversations and settings is replaced by what is\n"
        f"in {path.name} of {written}. What is there now is kept as a backup.",
        err=True,
    )
    click.confirm("Replace it?", abort=True, err=True)


def _print_result(done: dict[str, Any]) -> None:
    kinds = sorted({*done["added"], *done["updated"], *done["skipped"]})
    if done["mode"] == "replace":
        rows = [(kind.replace("_", " "), done["added"][kind]) for kind in kinds if done["added"].get(kind)]
        print_table(("", "rows"), rows)
        if done.get("backup"):
            click.echo(f"What was there before: {done['backup']}")
        if done.get("kept_settings"):
            click.echo(f"Not taken from the file, which permits more: {', '.join(done['kept_settings'])}")
        return
    print_table(
        ("", "added", "updated", "already there"),
        [
            (kind.replace("_", " "), *(done[what].get(kind, 0) for what in ("added", "updated", "skipped")))
            for kind in kinds
        ],
    )
