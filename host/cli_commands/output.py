"""What commands print: data on stdout, errors and progress on stderr, colours on terminals only."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDE = 10_000


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_error(message: str, fix: str | None = None) -> None:
    """An error and what to do about it, on stderr."""
    click.secho(f"Error: {message}", fg="red", err=True)
    if fix:
        click.echo(f"  {fix}", err=True)


def print_note(message: str) -> None:
    """Something worth knowing that is not the answer, on stderr."""
    click.secho(message, fg="yellow", err=True)


def print_table(columns: Iterable[str], rows: Iterable[Iterable[object]], title: str | None = None) -> None:
    """A table on stdout. In a pipe nothing is cut to the width of a screen."""
    columns = list(columns)
    table = Table(title=title, show_edge=False, pad_edge=False, show_header=any(columns), box=None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    width = None if sys.stdout.isatty() else _WIDE
    Console(highlight=False, width=width, markup=False).print(table)


def make_progress() -> Progress:
    """A progress bar on stderr; none in a pipe."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def format_time(milliseconds: int | None) -> str:
    """A time for a person, in their own zone."""
    if not milliseconds:
        return "never"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def format_bytes(size: float) -> str:
    """A size for a person."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


profile_option = click.option(
    "--profile", "profile_id", metavar="ID", help="Browser profile; by default the one used last."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
