"""Files of records: what they begin and end with, and going through one from end to end."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from host.core.errors import DatabaseTooNew, InvalidInput
from host.storage.records import Source
from host.storage.records_copy import check_cancelled, open_copy
from host.storage.records_source import describe_source, read_records
from host.storage.vector_spaces import VectorSpace
from host.upkeep.records_checks import Fields, UnfitValueError
from host.upkeep.records_lines import read_lines, wrong_line
from host.upkeep.records_reading import read_record
from host.upkeep.records_writing import describe_record

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import apsw

    from host.storage.records import Record

FORMAT = "ai-history"
VERSION = 1
END = "end"
_EVERY_S = 0.2
# The most that sqlite-vec takes.
_MOST_DIMENSIONS = 8192

Report = dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """A file of records.

    Attributes:
        source: what it says of itself.
        read: goes through its records from the first to the last, as often as it is called; says before each
            how much of the file is behind it, 0 to 1.
    """

    source: Source
    read: Callable[[], Iterator[tuple[float, Record]]]


def make_header(source: Source, profile_id: str, made_at: int) -> dict[str, Any]:
    """The first line of a file."""
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "schema": source.schema,
        "made_at": made_at,
        "profile": profile_id,
    }
    if source.space is not None:
        header["vectors"] = {"model": source.space.model_id, "dimensions": source.space.dimensions}
    return header


def make_end(counts: dict[str, int]) -> dict[str, Any]:
    """The last line of a file: what lacks it was cut off."""
    return {"kind": END, "records": counts}


def read_header(values: dict[str, Any]) -> Source:
    """What a first line says.

    Raises:
        UnfitValueError: it is none of ours.
        DatabaseTooNew: a newer version has written it in another way.
    """
    fields = Fields(values, "header")
    if fields.value("format") != FORMAT:
        message = f'header.format must be "{FORMAT}"'
        raise UnfitValueError(message)
    version = fields.integer("version", 1, 2**31)
    if version > VERSION:
        message = f"This export (version {version}) was written by a newer AI History (this one: {VERSION})."
        raise DatabaseTooNew(message, fix="Update AI History, then try again.")
    space = None
    if fields.value("vectors") is not None:
        vectors = Fields(fields.value("vectors"), "header.vectors")
        space = VectorSpace(vectors.text("model", 200), vectors.integer("dimensions", 1, _MOST_DIMENSIONS))
    return Source(schema=fields.integer("schema", 0, 2**31, 0), space=space)


@contextmanager
def open_lines(path: Path, cancelled: threading.Event | None = None) -> Iterator[Opened]:
    """A file of JSON Lines.

    Raises:
        InvalidInput: while it is gone through: which line is wrong, and what was expected.
        DatabaseTooNew: a newer version has written it.
        Cancelled: while it is gone through.
    """
    size = max(1, path.stat().st_size)
    with path.open("rb") as file:
        number, values = next(read_lines(file), (1, {}))
        try:
            source = read_header(values)
        except UnfitValueError as error:
            raise wrong_line(number, str(error)) from None

        def read() -> Iterator[tuple[float, Record]]:
            file.seek(0)
            for record in _read_lines(file, source):
                check_cancelled(cancelled)
                yield file.tell() / size, record

        yield Opened(source, read)


def _read_lines(file: BinaryIO, source: Source) -> Iterator[Record]:
    ended = False
    number = 0
    for number, values in read_lines(file):
        if number == 1:
            continue
        if ended:
            raise wrong_line(number, "nothing is expected behind the end")
        if values.get("kind") == END:
            ended = True
            continue
        try:
            record = read_record(values, source.space)
        except UnfitValueError as error:
            raise wrong_line(number, str(error)) from None
        yield record
    if not ended:
        raise wrong_line(number + 1, 'the file ends too early: {"kind": "end"} is expected')


@contextmanager
def open_database(
    path: Path,
    folder: Path,
    *,
    key: bytes | None = None,
    on_share: Callable[[float], None] = lambda _share: None,
    cancelled: threading.Event | None = None,
) -> Iterator[Opened]:
    """A database of ours, of this schema or an older one; see `host.storage.records_copy.open_copy`."""
    with open_copy(path, folder, key=key, on_share=on_share, cancelled=cancelled) as connection:
        source = describe_source(connection)

        def read() -> Iterator[tuple[float, Record]]:
            pages = 0
            for record in _read_database(connection, source):
                check_cancelled(cancelled)
                pages += record.kind == "page"
                yield pages / max(1, source.pages), record

        yield Opened(source, read)


def _read_database(connection: apsw.Connection, source: Source) -> Iterator[Record]:
    """The records of a database, checked as if they came from a file of lines: it may be anybody's."""
    records = read_records(connection)
    while True:
        try:
            found = next(records, None)
            if found is None:
                return
            record = read_record(describe_record(found), source.space)
        except (UnfitValueError, ValueError, TypeError, RecursionError) as error:
            problem = str(error) if isinstance(error, UnfitValueError) else "a row cannot be read"
            message = f"This database does not fit: {problem}."
            raise InvalidInput(message, fix="Choose another copy of it.") from error
        yield record


class Reporter:
    """Tells how far one is, a few times a second."""

    def __init__(self, on_progress: Callable[[Report], None] | None) -> None:
        self._tell = on_progress
        self._told_at = float("-inf")
        self._stage = ""

    def report(self, stage: str, share: float, **more: Any) -> None:
        """Tell it, unless that was done a moment ago."""
        now = time.monotonic()
        if self._tell and (stage != self._stage or now - self._told_at >= _EVERY_S):
            self._told_at, self._stage = now, stage
            self._tell({"stage": stage, "share": round(min(1.0, share), 4), **more})
