"""`ai-history sql`."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.model_choice import is_interactive
from host.cli_commands.output import format_bytes, json_option, print_json, print_note, profile_option
from host.cli_commands.progress import show_share
from host.cli_commands.sql_output import print_plan, print_rows, say_changes
from host.client import Client
from host.core.errors import AppError

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPORTED = ("csv", "json", "parquet")
# How the daemon begins what is to be done about a change that it refuses.
_SWITCH = "Write mode is off."


@click.command()
@click.argument("statement")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter (:name, or 1, 2, … of a ?); may be repeated.",
)
@click.option("--write", is_flag=True, help="Let it change rows. Asks first, and takes a backup.")
@click.option("--preview", is_flag=True, help="Only say how many rows it would change.")
@click.option(
    "--limit", default=1000, show_default=True, type=click.IntRange(0, 100_000), help="How many rows."
)
@click.option(
    "--timeout", default=30.0, show_default=True, type=click.FloatRange(0.001, 600), help="Seconds."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *_EXPORTED]),
    help="How to print the rows; by default as a table, and into a file as its ending says.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write all rows to this new file, however many there are (CSV, JSON or Parquet).",
)
@click.option("--explain", is_flag=True, help="Say how the engine would go about it, and do not run it.")
@click.option("-y", "--yes", is_flag=True, help="With --write: do not ask.")
@profile_option
@json_option
def sql(
    statement: str,
    parameters: tuple[str, ...],
    write: bool,
    preview: bool,
    limit: int,
    timeout: float,
    form: str | None,
    output: Path | None,
    explain: bool,
    yes: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Ask your history in SQL; - reads the statement from standard input.

    Reading is all that it can do unless --write is given. A VALUE that is a number or null is taken as one;
    in double quotes it is text.
    """
    if output is not None and (write or preview or explain):
        message = "--output goes with reading only."
        raise click.UsageError(message)
    if form == "parquet" and output is None:
        message = "Parquet needs a file: --output FILE"
        raise click.UsageError(message)
    if statement == "-":
        statement = sys.stdin.read()
    asked: dict[str, Any] = {"sql": statement, "params": _read_parameters(parameters)}
    shown = "json" if as_json else form or "table"
    with Client(profile_id=profile_id) as client, _name_option():
        if explain:
            _explain(client, asked, as_json=as_json)
        elif output is not None:
            _export(client, asked, output, form, as_json=as_json)
        elif write or preview:
            _change(client, {**asked, "limit": limit}, timeout, shown, keep=not preview, yes=yes)
        else:
            answer = _run(client, {**asked, "limit": limit}, timeout)
            print_rows(answer, shown)
            if answer["truncated"]:
                print_note("There are more rows: raise --limit, or write them all with --output FILE.")


@contextmanager
def _name_option() -> Iterator[None]:
    """Say which option a refused change needs: there is no switch in a terminal."""
    try:
        yield
    except AppError as error:
        if error.fix is not None and error.fix.startswith(_SWITCH):
            error.fix = "To change rows, say --write; a backup is taken first. --preview only counts them."
        raise


def _read_parameters(texts: tuple[str, ...]) -> dict[str, Any] | list[Any] | None:
    """Values by name; a list when they are named 1, 2, … in any order."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            message = f"{text!r} is not NAME=VALUE."
            raise click.BadParameter(message, param_hint="--param")
        found[name.lstrip(":@$")] = _read_value(value)
    if found and all(name.isdecimal() for name in found):
        wanted = [str(number) for number in range(1, len(found) + 1)]
        if set(found) != set(wanted):
            message = "Parameters by position are numbered from 1 without a gap."
            raise click.BadParameter(message, param_hint="--param")
        return [found[number] for number in wanted]
    return found or None


def _read_value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if value is None or isinstance(value, bool | int | float | str) else text


def _run(client: Client, asked: dict[str, Any], timeout: float, **more: Any) -> dict[str, Any]:
    return call_patiently(client, "sql.run", **asked, timeout_ms=max(1, round(timeout * 1000)), **more)


def _explain(client: Client, asked: dict[str, Any], *, as_json: bool) -> None:
    found = call_patiently(client, "sql.describe", **asked)
    if as_json:
        print_json(found)
    else:
        print_plan(found["plan"])


def _export(client: Client, asked: dict[str, Any], output: Path, form: str | None, *, as_json: bool) -> None:
    chosen = form or output.suffix.removeprefix(".")
    if chosen not in _EXPORTED:
        message = f"Say how to write it: --format {'|'.join(_EXPORTED)}"
        raise click.UsageError(message)
    with show_share("Writing") as report:
        made = call_patiently(
            client,
            "sql.export",
            lambda value: report({"stage": f"{value.get('rows', 0)} rows", "share": 0.0}),
            **asked,
            format=chosen,
            path=str(output.expanduser().absolute()),
        )
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made['path']}: {made['rows']} rows, {format_bytes(made['bytes'])}")


def _change(
    client: Client, asked: dict[str, Any], timeout: float, shown: str, *, keep: bool, yes: bool
) -> None:
    """Show what a statement would change, ask, and do it."""
    if keep and not yes and not is_interactive():
        message = "Nobody can be asked here: say --yes to change rows, or --preview to see how many."
        raise click.UsageError(message)
    if not keep or not yes:
        answer = _run(client, asked, timeout, write=True, preview=True)
        if not keep:
            print_rows(answer, shown)
            if shown != "json":
                click.echo(f"It would change {say_changes(answer)}.")
            return
        click.confirm(f"It changes {say_changes(answer)}. Keep that?", abort=True, err=True)
    answer = _run(client, asked, timeout, write=True)
    print_rows(answer, shown)
    if shown != "json":
        click.echo(f"Changed {say_changes(answer)}.")
    if answer.get("backup"):
        print_note(f"As it was before: {answer['backup']}")
