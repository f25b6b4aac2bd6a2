"""A result as CSV: RFC 4180, UTF-8 without a mark at its beginning.

Values are written as they are. A text that begins with = + - or @ is no formula here, and a spreadsheet that
takes it for one has to be told that the column is text: to change the values would spoil them for programs.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class CsvFile:
    """Writes rows; NULL and an empty text are both an empty field, blobs are hexadecimal."""

    def __init__(self, path: Path, columns: Sequence[str], _types: Sequence[str]) -> None:
        # The csv module ends lines itself.
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows."""
        self._writer.writerows([_show(value) for value in row] for row in rows)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.tell()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _show(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
