"""Lists of addresses and titles, read line by line: CSV, JSON Lines, or plain lines."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ListFormat = Literal["csv", "jsonl", "lines"]
LIST_FORMATS: tuple[ListFormat, ...] = get_args(ListFormat)
# A longer line is no entry of a list; it is passed over without being held in memory.
LONGEST_LINE = 4 * 1024**2
LONGEST_URL = 65_536
_LONGEST_TITLE = 2000
_LONGEST_TEXT = 4000
_SUFFIXES: dict[str, ListFormat] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]+(?:[:/?#]\S*)?")
_COLUMNS = ("url", "title", "text")


@dataclass(frozen=True)
class ListedTab:
    """An entry of a list.

    Attributes:
        line: where it begins, from 1.
        url: as it stands in the list; "" where there is only a title.
        title, text: the same, cut to what a model may look at.
    """

    line: int
    url: str
    title: str = ""
    text: str = ""

    @property
    def address(self) -> str:
        """The address as a browser has it: `example.org/a` is one of the web."""
        return self.url if not self.url or _SCHEME.match(self.url) else f"https://{self.url}"


@dataclass(frozen=True)
class BadLine:
    """A line that is no entry.

    Attributes:
        first, last: the lines from 1, both included.
        reason: why, as the end of a sentence.
    """

    first: int
    last: int
    reason: str

    def __str__(self) -> str:
        where = f"Line {self.first}" if self.first == self.last else f"Lines {self.first} to {self.last}"
        return f"{where}: {self.reason}."


def choose_list_format(name: str, named: str | None) -> ListFormat:
    """The format of a list: as named, else as the file's suffix says, else plain lines."""
    for known in LIST_FORMATS:
        if named == known:
            return known
    return _SUFFIXES.get(Path(name).suffix.lower(), "lines")


@contextmanager
def open_list(file: Path | None) -> Iterator[io.TextIOWrapper]:
    """The text of a list, of standard input for None.

    UTF-8, or UTF-16 with its byte order mark; bytes that are neither become a replacement mark.
    """
    with open(sys.stdin.fileno() if file is None else file, "rb", closefd=file is not None) as source:
        start = source.peek(2)[:2]
        encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
        with io.TextIOWrapper(source, encoding=encoding, errors="replace", newline="") as stream:
            yield stream


def read_list(stream: IO[str], chosen: ListFormat) -> Iterator[ListedTab | BadLine]:
    """The entries of a list in their order; blank lines are none.

    Args:
        stream: opened with `newline=""`.
        chosen: the format.

    Returns:
        Entries, and lines that are none with their reason; never more than one of them is in memory.
    """
    lines = _Lines(stream)
    if chosen == "csv":
        return _read_csv(lines)
    return _read_lines(lines, _parse_json if chosen == "jsonl" else _parse_line)


class _NoEntryError(Exception):
    """A line that is no entry, and why."""


class _Lines:
    """The lines of a text, each within bounds; knows where it is."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        whole = len(line) < LONGEST_LINE or line.endswith(("\n", "\r"))
        if whole:
            return line
        while rest := self._stream.readline(LONGEST_LINE):
            if rest.endswith(("\n", "\r")):
                break
        message = "is too long"
        raise _NoEntryError(message)


def _read_lines(lines: _Lines, parse: Callable[[str], tuple[str, str, str]]) -> Iterator[ListedTab | BadLine]:
    while True:
        try:
            line = next(lines).strip("\r\n")
            if line.strip():
                yield _check(lines.number, *parse(line))
        except StopIteration:
            return
        except _NoEntryError as error:
            yield BadLine(lines.number, lines.number, str(error))


def _read_csv(lines: _Lines) -> Iterator[ListedTab | BadLine]:
    rows = csv.reader(lines, strict=True)
    columns: dict[str, int] | None = None
    while True:
        first = lines.number + 1
        try:
            row = next(rows)
            if not any(cell.strip() for cell in row):
                continue
            if columns is None:
                names = [cell.strip().casefold() for cell in row]
                if "url" in names:
                    columns = {name: names.index(name) for name in _COLUMNS if name in names}
                    continue
                columns = {"url": 0, "title": 1}
            cells = {name: row[place] for name, place in columns.items() if place < len(row)}
            yield _check(first, *(cells.get(name, "") for name in _COLUMNS))
        except StopIteration:
            return
        except _NoEntryError as error:
            yield BadLine(first, lines.number, str(error))
        except csv.Error as error:
            yield BadLine(first, max(first, lines.number), f"is no row of CSV ({error})")


def _parse_line(line: str) -> tuple[str, str, str]:
    url, _, title = line.partition("\t")
    return url, title, ""


def _parse_json(line: str) -> tuple[str, str, str]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = "is no JSON"
        raise _NoEntryError(message) from error
    if not isinstance(value, dict):
        message = "is no JSON object"
        raise _NoEntryError(message)
    found = []
    for name in _COLUMNS:
        part = value.get(name)
        if part is not None and not isinstance(part, str):
            message = f"{name} is no text"
            raise _NoEntryError(message)
        found.append(part or "")
    return found[0], found[1], found[2]


def _check(line: int, url: str, title: str, text: str) -> ListedTab:
    url, title = url.strip(), title.strip()
    if not url and not title:
        message = "has neither an address nor a title"
        raise _NoEntryError(message)
    if len(url) > LONGEST_URL:
        message = f"its address has more than {LONGEST_URL} characters"
        raise _NoEntryError(message)
    if url and not _SCHEME.match(url) and not _BARE_HOST.fullmatch(url):
        message = "does not begin with an address"
        raise _NoEntryError(message)
    return ListedTab(line, _clean(url), _clean(title[:_LONGEST_TITLE]), _clean(text[:_LONGEST_TEXT]))


def _clean(text: str) -> str:
    """Half of a surrogate pair, as JSON may hold, cannot be sent or written."""
    return text.encode("utf-8", "replace").decode("utf-8")
