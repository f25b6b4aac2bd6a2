"""A result as Parquet, in row groups; its columns are typed by what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from host.explorer.column_types import TEXT, show_as_text
from host.explorer.json_file import name_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_ARROW = {
    # Nothing in it: as good as any.
    "null": pa.string,
    "integer": pa.int64,
    "long": pa.int64,
    "real": pa.float64,
    "text": pa.string,
    "blob": pa.binary,
}


class ParquetFile:
    """Writes rows; each call of `write` makes a row group."""

    def __init__(self, path: Path, columns: Sequence[str], types: Sequence[str]) -> None:
        self._types = types
        names = name_apart(columns)
        self._schema = pa.schema(
            [pa.field(name, _ARROW[kind]()) for name, kind in zip(names, types, strict=True)]
        )
        self._file = path.open("wb")
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add a row group."""
        columns = list(zip(*rows, strict=True))
        if not columns:
            return
        arrays = []
        for values, kind, field in zip(columns, self._types, self._schema, strict=True):
            fitting = [show_as_text(value) for value in values] if kind == TEXT else values
            arrays.append(pa.array(fitting, type=field.type))
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.tell()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        self._file.close()
