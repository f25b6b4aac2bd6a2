"""A result as JSON: an array of objects, one a line."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class JsonFile:
    """Writes rows; integers are exact, blobs are hexadecimal, infinite numbers are texts."""

    def __init__(self, path: Path, columns: Sequence[str], _types: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._names = name_apart(columns)
        self._before = "[\n"

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows."""
        for row in rows:
            item = dict(zip(self._names, map(_show, row), strict=True))
            self._file.write(self._before + json.dumps(item, ensure_ascii=False))
            self._before = ",\n"

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.tell()

    def close(self) -> None:
        """Finish the file."""
        # Without a row nothing has been opened yet.
        self._file.write("[]\n" if self._before == "[\n" else "\n]\n")
        self._file.close()


def name_apart(columns: Sequence[str]) -> list[str]:
    """The columns' names, those that come again with a number: id, id_2."""
    names: list[str] = []
    for column in columns:
        name, number = column, 2
        while name in names:
            name, number = f"{column}_{number}", number + 1
        names.append(name)
    return names


def _show(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
