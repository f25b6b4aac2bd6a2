"""JSON Lines from a stranger: one line at a time, none of them able to fill the memory."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

# The longest page that can be captured has 64 MiB; it is here twice, as a whole and in passages.
MAX_LINE_BYTES = 256 << 20
# A page of 20 MB has some 20,000 passages of a handful of values each.
MAX_VALUES = 2_000_000
# A line that is shorter cannot hold values enough to matter.
_HARMLESS_BYTES = 1 << 20
_MAX_DIGITS = 400


def wrong_line(number: int, problem: str) -> InvalidInput:
    """The error for a line that is not what it should be: which it is, and what was expected."""
    # No class of its own: on the wire the error's kind stands for its class.
    return InvalidInput(
        f"Line {number}: {problem}.", fix="Mend that line, or choose another copy of the file."
    )


def read_lines(file: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file, each with the number of its line, from 1; empty lines are passed over.

    Args:
        file: at its beginning.

    Raises:
        InvalidInput: a line is too long, no UTF-8, or no JSON object.
    """
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise wrong_line(number, f"it is longer than {MAX_LINE_BYTES >> 20} MiB")
        if line.strip():
            yield number, parse_line(line, number)


def parse_line(line: bytes, number: int) -> dict[str, Any]:
    """The JSON object that a line is.

    Raises:
        InvalidInput: it is none, or it is deeper, or has more values, than anything that is written here.
    """
    if len(line) > _HARMLESS_BYTES and _has_too_many(line):
        raise wrong_line(number, "it has too many values")
    try:
        found = json.loads(
            line.decode("utf-8"), parse_constant=_refuse, parse_float=_parse_float, parse_int=_parse_int
        )
    except UnicodeDecodeError:
        raise wrong_line(number, "it is not in UTF-8") from None
    except RecursionError:
        raise wrong_line(number, "it is nested too deeply") from None
    except ValueError:
        raise wrong_line(number, "a JSON object is expected") from None
    if not isinstance(found, dict):
        raise wrong_line(number, "a JSON object is expected")
    return found


def _has_too_many(line: bytes) -> bool:
    """Whether a line holds more values than `MAX_VALUES`, by what stands outside its strings."""
    bare = line.replace(b"\\\\", b"").replace(b'\\"', b"")
    if bare.count(b'"') > 4 * MAX_VALUES:
        return True
    outside = b"".join(bare.split(b'"')[::2])
    return outside.count(b",") + outside.count(b"[") + outside.count(b"{") > MAX_VALUES


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text[:20])
    return value


def _parse_int(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(text[:20])
    return int(text)
