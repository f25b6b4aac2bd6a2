"""Labelled tabs in files: JSONL, JSON or CSV, by the ending of the name."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from host.core.errors import InvalidInput
from host.core.text import clean_line
from host.finetune.rows import Row, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Format = Literal["jsonl", "json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
_COLUMNS = tuple(field.name for field in fields(Row))
_SOURCES: tuple[Source, ...] = get_args(Source)
_NEEDED = ("title", "url", "category")
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no", ""}


def write_rows(rows: Sequence[Row], form: Format) -> str:
    """The text of a file that holds these rows; `read_rows` reads it back."""
    plain = [asdict(row) for row in rows]
    if form == "jsonl":
        return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in plain)
    if form == "json":
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
    target = io.StringIO()
    writer = csv.DictWriter(target, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    # An empty cell is a tab of no category: CSV knows no null.
    writer.writerows(
        {**each, "category": each["category"] or "", "hard": str(each["hard"]).lower()} for each in plain
    )
    return target.getvalue()


def read_rows(path: Path) -> list[Row]:
    """Read labelled tabs.

    Args:
        path: ends in .jsonl, .json (a list) or .csv (with a line of names). Each row needs title, url and
            category; an empty category or null is "none of these".

    Raises:
        InvalidInput: it is not there, is no such file, or has a row that is none; the message names the line.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        message = (
            f"{path} is no file of rows: its name must end in {', '.join(f'.{one}' for one in FORMATS)}."
        )
        raise InvalidInput(message, fix="Make one with: ai-history finetune dataset --output DIR")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise InvalidInput(message, fix="Make one with: ai-history finetune dataset --output DIR") from error
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 text."
        raise InvalidInput(message, fix="Save it as UTF-8.") from error
    readers = {"jsonl": _read_lines, "json": _read_list, "csv": _read_table}
    rows = [_make_row(raw, f"{path}, {where}") for where, raw in readers[form](text, path)]
    if not rows:
        message = f"{path} holds no rows."
        raise InvalidInput(message, fix="Make the dataset anew: ai-history finetune dataset --force")
    return rows


def _read_lines(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    # A title may hold characters that `splitlines` takes for line ends.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                message = f"{path}, line {number}: this is not JSON."
                raise InvalidInput(message, fix="Every line is one JSON object.") from error


def _read_list(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        message = f"{path}, line {line}: this is not JSON."
        raise InvalidInput(message, fix="The file is one list of objects.") from error
    if not isinstance(found, list):
        message = f"{path} is no list of rows."
        raise InvalidInput(message, fix="The file is one list of objects.")
    yield from ((f"row {number}", each) for number, each in enumerate(found, 1))


def _read_table(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [name for name in _NEEDED if name not in (_read_names(reader, path) or ())]
    if missing:
        message = f"{path} has no column {missing[0]!r}."
        raise InvalidInput(message, fix=f"Its first line must name {', '.join(_NEEDED)}.")
    try:
        for row in reader:
            if None in row:
                message = f"{path}, line {reader.line_num}: there are more cells than columns."
                raise InvalidInput(message, fix="Put cells that hold a comma into double quotes.")
            yield f"line {reader.line_num}", {key: cell for key, cell in row.items() if cell is not None}
    except csv.Error as error:
        message = f"{path}, line {reader.line_num}: {error}."
        raise InvalidInput(
            message, fix="Put cells that hold a comma or a line end into double quotes."
        ) from error


def _read_names(reader: csv.DictReader[str], path: Path) -> Sequence[str] | None:
    try:
        return reader.fieldnames
    except csv.Error as error:
        message = f"{path}, line 1: {error}."
        raise InvalidInput(message, fix=f"Its first line must name {', '.join(_NEEDED)}.") from error


def _make_row(raw: Any, where: str) -> Row:
    if not isinstance(raw, dict):
        message = f"{where}: a row is an object with {', '.join(_NEEDED)}."
        raise InvalidInput(message)
    if missing := [name for name in _NEEDED if name not in raw]:
        message = f"{where}: {missing[0]!r} is missing."
        raise InvalidInput(message, fix=f"Every row needs {', '.join(_NEEDED)}.")
    for name in ("title", "url", "category", "language", "source", "group"):
        if not isinstance(raw.get(name, ""), str) and not (name == "category" and raw[name] is None):
            message = f"{where}: {name!r} must be text."
            raise InvalidInput(message)
    row = Row(
        title=clean_line(raw["title"]),
        url=clean_line(raw["url"]),
        category=clean_line(raw["category"] or "") or None,
        language=raw.get("language") or "en",
        source=raw.get("source") or "written",
        group=raw.get("group", ""),
        hard=_read_truth(raw.get("hard", False), where),
    )
    if row.source not in _SOURCES:
        message = f"{where}: there is no source {row.source!r}."
        raise InvalidInput(message, fix=f"Choose from: {', '.join(_SOURCES)}.")
    if not row.title and not row.url:
        message = f"{where}: title and url are both empty."
        raise InvalidInput(message)
    return row


def _read_truth(value: Any, where: str) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        message = f"{where}: 'hard' must be true or false."
        raise InvalidInput(message)
    return word in _TRUE
