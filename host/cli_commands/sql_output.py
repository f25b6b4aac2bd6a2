"""How rows of a statement look on a terminal, and as CSV and JSON."""

from __future__ import annotations

import csv
import sys
from typing import Any

import click

from host.cli_commands.output import print_json, print_table

# A cell of a table; the whole of it is in the other forms.
_LONGEST = 200
_FIRST_VALUES = 4


def print_rows(answer: dict[str, Any], form: str) -> None:
    """Print the rows of an answer to `sql.run`; `form` is table, csv or json."""
    if form == "json":
        print_json(answer)
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer["columns"])
        writer.writerows([show_cell(cell) for cell in row] for row in answer["rows"])
    elif answer["columns"]:
        rows = ([_shorten(show_cell(cell)) for cell in row] for row in answer["rows"])
        print_table(answer["columns"], rows)


def show_cell(cell: Any) -> str:
    """A cell as text."""
    if cell is None:
        return ""
    if not isinstance(cell, dict):
        return str(cell)
    kind = cell.get("kind")
    if kind == "text":
        return f"{cell['value']}…"
    if kind == "blob":
        return f"x'{cell['hex']}'" + (
            "" if len(cell["hex"]) == 2 * cell["bytes"] else f"… {cell['bytes']} bytes"
        )
    if kind == "vector":
        first = ", ".join(f"{value:.4g}" for value in cell["values"][:_FIRST_VALUES])
        return f"[{first}, … {cell['dimensions']}]"
    return str(cell.get("value", ""))


def _shorten(text: str) -> str:
    """On one line, without what could steer a terminal."""
    line = "".join(character if character.isprintable() else " " for character in text[: _LONGEST + 1])
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def print_plan(steps: list[dict[str, Any]]) -> None:
    """The steps of a plan, each below the one that it belongs to."""
    depth: dict[int, int] = {}
    for step in steps:
        depth[step["id"]] = depth.get(step["parent"], -1) + 1
        click.echo("  " * depth[step["id"]] + step["detail"])


def say_changes(answer: dict[str, Any]) -> str:
    """How many rows a statement changes, by table."""
    changed = answer.get("changed") or 0
    parts = [f"{change['rows']} in {change['table']}" for change in answer.get("changes") or []]
    return f"{changed} row{'' if changed == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")
