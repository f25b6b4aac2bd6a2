"""Values of SQLite as cells: what JSON cannot hold, or a table should not, becomes an object."""

from __future__ import annotations

import array
import json
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

# JavaScript's numbers are exact up to here.
EXACT_INTEGER = 2**53
LONGEST_TEXT = 4000
SHORTEST_TEXT = 40
SHOWN_BYTES = 32
SHOWN_NUMBERS = 8
# Of one row, so that every row fits into an answer.
_ROW_BYTES = 400_000
_BYTES_OF_CHARACTER = 6


class CellMaker:
    """Makes the cells of one result."""

    def __init__(self, columns: int, dimensions: Collection[int]) -> None:
        """Prepare.

        Args:
            columns: how many a row has.
            dimensions: of vectors that the database holds; blobs of their length are shown as vectors.
        """
        room = _ROW_BYTES // (_BYTES_OF_CHARACTER * max(1, columns))
        self._longest = min(LONGEST_TEXT, max(SHORTEST_TEXT, room))
        self._sizes = {4 * number for number in dimensions}

    def make(self, value: object) -> Any:
        """The cell of a value: null, a number, a text, or an object with its `kind`."""
        if isinstance(value, str) and len(value) > self._longest:
            return {"kind": "text", "value": value[: self._longest], "length": len(value)}
        if isinstance(value, int) and not -EXACT_INTEGER <= value <= EXACT_INTEGER:
            return {"kind": "integer", "value": str(value)}
        if isinstance(value, float) and not math.isfinite(value):
            return {"kind": "real", "value": str(value)}
        if isinstance(value, bytes):
            vector = read_vector(value) if len(value) in self._sizes else None
            if vector is not None:
                return _show_vector(vector)
            return {"kind": "blob", "bytes": len(value), "hex": value[:SHOWN_BYTES].hex()}
        return value


def read_vector(data: bytes) -> array.array[float] | None:
    """The float32 numbers of a blob as sqlite-vec stores them; None when they cannot be a vector's."""
    numbers = array.array("f")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers if all(map(math.isfinite, numbers)) else None


def measure_cells(cells: list[Any]) -> int:
    """How many bytes a row takes in an answer."""
    return len(json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")) + 1


def cut_name(name: str, columns: int) -> str:
    """A column's name, short enough that all of them fit into an answer."""
    return name[: max(20, min(200, 20_000 // max(1, columns)))]


def _show_vector(numbers: array.array[float]) -> dict[str, Any]:
    return {
        "kind": "vector",
        "dimensions": len(numbers),
        "values": [round(number, 6) for number in numbers[:SHOWN_NUMBERS]],
        "norm": round(math.sqrt(sum(number * number for number in numbers)), 6),
        "bytes": 4 * len(numbers),
    }
