"""A person's history as records: out into a file of JSON Lines, and in again beside or instead of another."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from host.core.clock import now_ms
from host.core.errors import InvalidInput
from host.core.settings import Settings, merge_settings
from host.storage.encryption import is_clear, looks_encrypted
from host.storage.records import PageRecord, Record, SettingRecord
from host.storage.records_copy import check_cancelled
from host.storage.records_merge import make_history, merge_record
from host.storage.records_pages import Merging, Outcome
from host.storage.records_source import describe_source, read_records
from host.storage.records_vectors import begin_space
from host.storage.replacement import make_workspace, sync, translate_file_errors
from host.upkeep.records_checks import UnfitValueError
from host.upkeep.records_exclusions import leave_out
from host.upkeep.records_files import (
    Opened,
    Report,
    Reporter,
    make_end,
    make_header,
    open_database,
    open_lines,
    read_header,
)
from host.upkeep.records_lines import MAX_LINE_BYTES, parse_line
from host.upkeep.records_writing import describe_record, write_line

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile

Format = Literal["sqlite", "jsonl"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_FIRST_LINE_BYTES = 65_536
# What is written in one transaction: a capture waits some 50 ms behind it, unless a page is larger.
_BATCH_CHARACTERS = 300_000
_BATCH_RECORDS = 200


@dataclass(frozen=True)
class MergeResult:
    """How many records of which kind were new, newer or more, and already there."""

    added: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)


def detect_format(file: Path) -> Format:
    """Whether a file is a database, in clear or encrypted, or an export of ours, by how it begins.

    Args:
        file: anything.

    Raises:
        InvalidInput: it is neither.
        DatabaseTooNew: it is an export that a newer version has written in another way.
    """
    with translate_file_errors():
        if is_clear(file):
            return "sqlite"
        with file.open("rb") as data:
            line = data.readline(_FIRST_LINE_BYTES)
    try:
        read_header(parse_line(line, 1))
    except (InvalidInput, UnfitValueError) as error:
        if looks_encrypted(file):
            return "sqlite"
        message = "This file is neither a database nor an export of AI History."
        raise InvalidInput(message, fix="Choose a file that AI History has exported.") from error
    return "jsonl"


def export_records(
    profile: Profile,
    target: Path,
    *,
    vectors: bool = True,
    on_progress: Callable[[Report], None] | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, int]:
    """Write a whole history, as it is at one moment, into a file of JSON Lines.

    Args:
        profile: whose.
        target: the file; what is there is overwritten. Only its owner may read it.
        vectors: with those of the model that serves, so that they need not be made anew.
        on_progress: gets {stage, share, bytes} a few times a second.
        cancelled: set to end early.

    Returns:
        how many records of each kind there are.

    Raises:
        Cancelled, DiskFull, StorageError: there is no file.
    """
    reporter = Reporter(on_progress)

    def export(connection: apsw.Connection) -> dict[str, int]:
        connection.execute("BEGIN")
        try:
            return _write(connection, profile.id, target, reporter, cancelled, vectors=vectors)
        finally:
            connection.execute("ROLLBACK")

    try:
        with translate_file_errors():
            return profile.database.read(export)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _write(
    connection: apsw.Connection,
    profile_id: str,
    target: Path,
    reporter: Reporter,
    cancelled: threading.Event | None,
    *,
    vectors: bool,
) -> dict[str, int]:
    source = describe_source(connection, vectors=vectors)
    counts: Counter[str] = Counter()
    with os.fdopen(os.open(target, _NEW, 0o600), "wb") as file:
        file.write(write_line(make_header(source, profile_id, now_ms())))
        for record in read_records(connection, vectors=vectors):
            check_cancelled(cancelled)
            file.write(_make_line(record))
            counts[record.kind] += 1
            reporter.report("writing", counts[PageRecord.kind] / max(1, source.pages), bytes=file.tell())
        file.write(write_line(make_end(dict(counts))))
        file.flush()
        os.fsync(file.fileno())
    return dict(counts)


def _make_line(record: Record) -> bytes:
    values = describe_record(record)
    line = write_line(values)
    if len(line) > MAX_LINE_BYTES:
        # Nobody could read it back. Vectors are made anew.
        for passage in values.get("passages", ()):
            passage.pop("vector", None)
        line = write_line(values)
    return line


def merge_file(
    profile: Profile,
    file: Path,
    *,
    on_progress: Callable[[Report], None] | None = None,
    cancelled: threading.Event | None = None,
) -> MergeResult:
    """Lay a database or an export over a history; what is there stays, and a second time nothing changes.

    All of the file is looked at first, so that one that is wrong changes nothing. Ended in between, whole
    records are there, and another run does the rest. The caller lets the profile read its settings anew and
    wakes the indexer.

    Args:
        profile: whose history.
        file: a file of JSON Lines, or a database of this schema or an older one.
        on_progress: gets {stage, share} a few times a second; stages are copying, checking, merging.
        cancelled: set to end early.

    Returns:
        what was done, by kind of record. What is of sites that the settings exclude is skipped.

    Raises:
        InvalidInput: which line of the file is wrong, and what was expected.
        DatabaseTooNew: a newer version has written it.
        Cancelled, DiskFull, StorageError.
    """
    reporter = Reporter(on_progress)
    database = profile.database
    counts: dict[Outcome, Counter[str]] = {"added": Counter(), "updated": Counter(), "skipped": Counter()}
    with ExitStack() as stack:
        opened = _open(profile, file, stack, reporter, cancelled)
        for share, _ in opened.read():
            reporter.report("checking", share)
        merging = Merging(database.features, now_ms(), opened.source.space)
        stack.enter_context(database.steady())
        for batch in _make_batches(opened.read()):
            wanted = []
            for _, record in batch:
                let_in = leave_out(record, profile.settings)
                if let_in is not None:
                    wanted.append(let_in)
                else:
                    counts["skipped"][record.kind] += 1
            outcomes = database.write(partial(_merge, merging, wanted), background=True)
            for record, outcome in zip(wanted, outcomes, strict=True):
                counts[outcome][record.kind] += 1
            reporter.report("merging", batch[-1][0])
    return MergeResult(*(dict(counts[outcome]) for outcome in ("added", "updated", "skipped")))


def build_from_records(
    file: Path,
    new_database: Path,
    *,
    key: bytes | None = None,
    on_progress: Callable[[Report], None] | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, int]:
    """Make a new database of a file of JSON Lines.

    Args:
        file: the export.
        new_database: where the database goes; nothing is there yet. It has no log beside it afterwards.
        key: to encrypt it with, 32 bytes.
        on_progress: gets {stage, share} a few times a second.
        cancelled: set to end early.

    Returns:
        how many records of each kind are in it.

    Raises:
        InvalidInput, DatabaseTooNew, Cancelled, DiskFull, StorageError: there is no new database.
    """
    reporter = Reporter(on_progress)
    counts: Counter[str] = Counter()
    with (
        open_lines(file, cancelled) as opened,
        make_history(new_database, key=key, cancelled=cancelled) as new,
    ):
        merging = Merging(new.features, now_ms(), opened.source.space, exact=True)
        new.write(lambda connection: begin_space(connection, new.features, opened.source.space))
        for batch in _make_batches(opened.read()):
            records = [record for _, record in batch if _is_setting_known(record)]
            new.write(partial(_merge, merging, records))
            counts.update(record.kind for record in records)
            reporter.report("reading", batch[-1][0])
        reporter.report("indexing", 1.0)
    sync(new_database)
    return dict(counts)


def _merge(merging: Merging, records: Iterable[Record], connection: apsw.Connection) -> list[Outcome]:
    return [merge_record(connection, merging, record) for record in records]


def _open(
    profile: Profile,
    file: Path,
    stack: ExitStack,
    reporter: Reporter,
    cancelled: threading.Event | None,
) -> Opened:
    if detect_format(file) == "jsonl":
        return stack.enter_context(open_lines(file, cancelled))
    folder = stack.enter_context(make_workspace(profile.database.path))
    return stack.enter_context(
        open_database(
            file,
            folder,
            key=None if is_clear(file) else profile.database.key,
            on_share=lambda share: reporter.report("copying", share),
            cancelled=cancelled,
        )
    )


def _make_batches(records: Iterator[tuple[float, Record]]) -> Iterator[list[tuple[float, Record]]]:
    batch: list[tuple[float, Record]] = []
    weight = 0
    for each in records:
        batch.append(each)
        weight += _weigh(each[1])
        if weight >= _BATCH_CHARACTERS or len(batch) >= _BATCH_RECORDS:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _weigh(record: Record) -> int:
    """About how many characters have to be written for a record."""
    if not isinstance(record, PageRecord):
        return 500
    return len(record.text) + sum(
        len(passage.text) + len(passage.vector or b"") for passage in record.passages
    )


def _is_setting_known(record: Record) -> bool:
    """Whether a setting is one of this version and fits; other records always."""
    if not isinstance(record, SettingRecord):
        return True
    defaults = Settings.model_validate({})
    try:
        merge_settings(defaults, {record.key: record.value})
    except InvalidInput:
        return False
    return True
