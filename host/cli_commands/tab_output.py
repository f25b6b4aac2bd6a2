"""Where the tabs of a list belong, written as it becomes known: a table, JSON Lines or CSV."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

import click

from host.core.text import clean_line, truncate_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.cli_commands.tab_lists import ListedTab

OutputFormat = Literal["table", "jsonl", "csv"]
_DIGITS = 4
_NONE = "–"
# Programs for tables take a cell that begins so for a formula, and some formulas start programs.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NARROWEST = 60


class TabWriter(Protocol):
    """Writes one tab after the other."""

    def write(self, tab: ListedTab, answer: dict[str, Any]) -> None:
        """A tab, and what `tabs.categorize` says of it."""


@contextmanager
def open_writer(file: Path | None, chosen: OutputFormat) -> Iterator[tuple[TabWriter, IO[str]]]:
    """What writes to a file, or to standard output.

    Args:
        file: it is written anew.
        chosen: the format.

    Raises:
        OSError: the file cannot be written.
    """
    if file is None:
        yield _make_writer(sys.stdout, chosen), sys.stdout
        return
    with file.open("w", encoding="utf-8", newline="") as stream:
        yield _make_writer(stream, chosen), stream


def _make_writer(stream: IO[str], chosen: OutputFormat) -> TabWriter:
    if chosen == "table":
        return _TableWriter(stream)
    return _LineWriter(stream) if chosen == "jsonl" else _CsvWriter(stream)


class _LineWriter:
    """JSON Lines."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, tab: ListedTab, answer: dict[str, Any]) -> None:
        """See `TabWriter`."""
        value = {
            "line": tab.line,
            "url": tab.url,
            "title": tab.title,
            "category": answer["category"],
            "confidence": round(answer["confidence"], _DIGITS),
            "alternatives": [
                {"category": other["category"], "confidence": round(other["confidence"], _DIGITS)}
                for other in answer["alternatives"]
            ],
            "reason": answer["reason"],
        }
        self._stream.write(json.dumps(value, ensure_ascii=False) + "\n")


class _CsvWriter:
    """CSV with a header."""

    def __init__(self, stream: IO[str]) -> None:
        # Standard output makes its own line ends; a file is opened so that it makes none.
        self._writer = csv.writer(stream, lineterminator="\n" if stream is sys.stdout else "\r\n")
        self._writer.writerow(["url", "title", "category", "confidence", "reason"])

    def write(self, tab: ListedTab, answer: dict[str, Any]) -> None:
        """See `TabWriter`."""
        cells = [tab.url, tab.title, answer["category"] or ""]
        confidence = round(answer["confidence"], _DIGITS)
        self._writer.writerow([*map(_guard, cells), confidence, _guard(answer["reason"])])


class _TableWriter:
    """Lines for a person; those for a terminal are as wide as it is."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._width = max(_NARROWEST, shutil.get_terminal_size().columns) if stream.isatty() else None
        self._print("category", "sure", "tab")

    def write(self, tab: ListedTab, answer: dict[str, Any]) -> None:
        """See `TabWriter`."""
        title, url = clean_line(tab.title), clean_line(tab.url)
        self._print(
            answer["category"] or _NONE, f"{answer['confidence']:.0%}", "  ".join(filter(None, (title, url)))
        )

    def _print(self, category: str, sure: str, tab: str) -> None:
        line = f"{truncate_text(clean_line(category), 20):<20} {sure:>5}  {tab}"
        click.echo(truncate_text(line, self._width - 1) if self._width else line, file=self._stream)


def _guard(cell: str) -> str:
    """Text that no program for tables takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
