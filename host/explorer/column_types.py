"""What a column of a result holds, as narrow a type as fits all of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A `long` is an integer that a floating-point number cannot hold exactly.
NULL, INTEGER, LONG, REAL, TEXT, BLOB = "null", "integer", "long", "real", "text", "blob"
_KINDS = {int: INTEGER, float: REAL, str: TEXT, bytes: BLOB}
_EXACT = 2**53
_WIDER = {frozenset((INTEGER, LONG)): LONG, frozenset((INTEGER, REAL)): REAL}


def widen_types(types: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """The types that hold what they held so far and these rows, too.

    Integers and reals together are reals as long as nothing is lost; whatever else does not go together is
    text.

    Args:
        types: of the columns so far, NULL for those that had no value yet.
        rows: more rows.
    """
    found = list(types)
    for row in rows:
        for place, value in enumerate(row):
            if value is not None and found[place] != TEXT:
                found[place] = _join(found[place], value)
    return found


def show_as_text(value: Any) -> str | None:
    """A value of a column of texts: numbers as digits, blobs as hexadecimal."""
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _join(kind: str, value: Any) -> str:
    new = _KINDS[type(value)]
    if new == INTEGER and not -_EXACT <= value <= _EXACT:
        new = LONG
    if kind in (NULL, new):
        return new
    return _WIDER.get(frozenset((kind, new)), TEXT)
