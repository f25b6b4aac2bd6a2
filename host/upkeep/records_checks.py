"""Taking values out of an object from a stranger, each with what it must be."""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Years 1 to 9999.
EARLIEST_MS = -62_135_596_800_000
LATEST_MS = 253_402_300_799_999


class UnfitValueError(ValueError):
    """A value is not what it must be; the message names it, and never quotes it."""


class Fields:
    """The values of one object; what nobody asks for is passed over."""

    def __init__(self, values: Any, where: str) -> None:
        """Hold on to an object.

        Args:
            values: what should be an object.
            where: its name in messages.
        """
        if not isinstance(values, dict):
            message = f"{where} must be an object"
            raise UnfitValueError(message)
        self._values = values
        self.where = where

    def has(self, name: str) -> bool:
        """Whether there is such a value, null or not."""
        return name in self._values

    def value(self, name: str) -> Any:
        """A value as it is; None when there is none."""
        return self._values.get(name)

    def text(self, name: str, limit: int, default: str | None = None) -> str:
        """A text; without a `default` there must be one."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise self.unfit(name, "must be text")
        if len(value) > limit:
            raise self.unfit(name, f"must not be longer than {limit} characters")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise self.unfit(name, "must be whole Unicode characters") from None
        return value

    def optional_text(self, name: str, limit: int) -> str | None:
        """A text, or None."""
        return None if self._values.get(name) is None else self.text(name, limit)

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(name, 100, default)
        if value not in choices:
            raise self.unfit(name, f"must be one of: {', '.join(sorted(choices))}")
        return value

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        value = self._values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.unfit(name, f"must be a whole number from {low} to {high}")
        return value

    def time(self, name: str) -> int:
        """A time in UTC milliseconds."""
        return self.integer(name, EARLIEST_MS, LATEST_MS)

    def optional_time(self, name: str) -> int | None:
        """A time in UTC milliseconds, or None."""
        return None if self._values.get(name) is None else self.time(name)

    def share(self, name: str) -> float | None:
        """A number from 0 to 1, or None."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise self.unfit(name, "must be a number from 0 to 1")
        return float(value) if math.isfinite(value) else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise self.unfit(name, "must be true or false")
        return value

    def data(self, name: str, limit: int) -> bytes:
        """Bytes: as they are, or in base64."""
        value = self._values.get(name)
        if isinstance(value, str):
            try:
                value = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                raise self.unfit(name, "must be base64") from None
        if not isinstance(value, bytes) or len(value) > limit:
            raise self.unfit(name, f"must be base64 of at most {limit} bytes")
        return value

    def items(self, name: str, limit: int) -> list[Any]:
        """A list; an empty one when there is none."""
        value = self._values.get(name, [])
        if not isinstance(value, list) or len(value) > limit:
            raise self.unfit(name, f"must be a list of at most {limit}")
        return value

    def objects(self, name: str, limit: int) -> Iterator[Fields]:
        """The objects of a list."""
        for place, values in enumerate(self.items(name, limit)):
            yield Fields(values, f"{self.where}.{name}[{place}]")

    def texts(self, name: str, count: int, limit: int) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(
            Fields({"text": value}, f"{self.where}.{name}[{place}]").text("text", limit)
            for place, value in enumerate(self.items(name, count))
        )

    def integers(self, name: str, count: int, low: int, high: int) -> tuple[int, ...]:
        """The whole numbers of a list, each once."""
        found = tuple(
            Fields({"number": value}, f"{self.where}.{name}[{place}]").integer("number", low, high)
            for place, value in enumerate(self.items(name, count))
        )
        if len(set(found)) != len(found):
            raise self.unfit(name, "must not have a number twice")
        return found

    def unfit(self, name: str, problem: str) -> UnfitValueError:
        """The error for a value that is wrong in another way, to be raised."""
        return UnfitValueError(f"{self.where}.{name} {problem}")
