"""A whole result into a file, a batch of rows at a time. Runs in the explorer's process."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol

from host.core.errors import InvalidInput
from host.explorer.column_types import NULL, widen_types
from host.explorer.csv_file import CsvFile
from host.explorer.json_file import JsonFile
from host.storage.replacement import sync, translate_file_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from host.storage.explorer_running import Prepared, Run

Format = Literal["csv", "json", "parquet"]
Batch = list[tuple[Any, ...]]

# What a batch holds at most; for Parquet, a row group.
BATCH_ROWS = 20_000
BATCH_BYTES = 16 * 1024 * 1024
_PROGRESS_S = 0.2
_BYTES_OF_NUMBER = 8


class ResultFile(Protocol):
    """A file that takes rows."""

    def __init__(self, path: Path, columns: Sequence[str], types: Sequence[str]) -> None: ...

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def close(self) -> None:
        """Finish the file."""


def export_result(
    run: Run, params: Any, form: Format, path: Path, on_progress: Callable[[dict[str, int]], None]
) -> dict[str, int]:
    """Write every row of a statement's result.

    Args:
        run: the statement, on a connection that only reads.
        params: by name or by position.
        form: of the file.
        path: the file; what is there is overwritten.
        on_progress: told {rows, bytes} a few times a second.

    Returns:
        {rows, bytes}.

    Raises:
        InvalidInput: no statement with a result, or the format is not installed.
        DiskFull, StorageError: the file could not be written.
        whatever `Run` raises.
    """
    make = _choose(form)
    prepared = run.prepare()
    if not prepared.columns:
        message = "The statement has no result that could be written."
        raise InvalidInput(message, fix="Write a statement that returns rows, as SELECT does.")
    types = [NULL] * len(prepared.columns)
    with run.hold_snapshot(), translate_file_errors():
        while True:
            export = _Export(make, prepared.columns, types, path, on_progress)
            with run.guard():
                wider = export.write_all(_gather(run, prepared, params))
            if wider is None:
                return export.told
            # The types are the file's from its beginning, so it begins again.
            types = wider


class _Export:
    def __init__(
        self,
        make: type[ResultFile],
        columns: list[str],
        types: list[str],
        path: Path,
        on_progress: Callable[[dict[str, int]], None],
    ) -> None:
        self._make, self._columns, self._types, self._path = make, columns, types, path
        self._typed = make not in (CsvFile, JsonFile)
        self._on_progress = on_progress
        self._told_at = time.monotonic()
        self.told = {"rows": 0, "bytes": 0}

    def write_all(self, batches: Iterator[Batch]) -> list[str] | None:
        """Write everything; returns wider types where a later batch does not fit those of the first."""
        first = next(batches, [])
        if self._typed:
            self._types = widen_types(self._types, first)
        file = self._make(self._path, self._columns, self._types)
        try:
            self._write(file, first)
            for batch in batches:
                wider = widen_types(self._types, batch) if self._typed else self._types
                if wider != self._types:
                    return wider
                self._write(file, batch)
        finally:
            file.close()
        sync(self._path)
        self.told["bytes"] = self._path.stat().st_size
        return None

    def _write(self, file: ResultFile, batch: Batch) -> None:
        file.write(batch)
        self.told = {"rows": self.told["rows"] + len(batch), "bytes": file.size}
        if time.monotonic() - self._told_at >= _PROGRESS_S:
            self._told_at = time.monotonic()
            self._on_progress(self.told)


def _choose(form: Format) -> type[ResultFile]:
    if form == "csv":
        return CsvFile
    if form == "json":
        return JsonFile
    if find_spec("pyarrow") is None:
        message = "Parquet files need a part of AI History that is not installed."
        raise InvalidInput(message, fix="Run: python3 -m host.install --extra parquet")
    from host.explorer.parquet_file import ParquetFile

    return ParquetFile


def _gather(run: Run, prepared: Prepared, params: Any) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for row in run.iterate(prepared, params):
        batch.append(row)
        size += sum(len(value) if isinstance(value, str | bytes) else _BYTES_OF_NUMBER for value in row)
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
