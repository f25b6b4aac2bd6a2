"""SQL functions of our own for people: a text as a vector, a time as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import apsw

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TEXTS = 8
LONGEST_TEXT = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownTextError(Exception):
    """A text wants a vector that is not at hand; whoever runs the statement makes it and runs it again.

    Attributes:
        text: the text.
    """

    def __init__(self, text: str) -> None:
        super().__init__("a text without its vector")
        self.text = text


def add_functions(connection: apsw.Connection, vectors: Mapping[str, bytes]) -> None:
    """Register `embed` and `datetime_ms`.

    Args:
        connection: for a person's statements.
        vectors: float32 numbers of the texts that were embedded so far.
    """

    def embed(text: object) -> bytes | None:
        if text is None:
            return None
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
            message = f"embed() takes a text of 1 to {LONGEST_TEXT:,} characters."
            raise InvalidInput(message, fix="As in: embed('how bread rises')")
        if text not in vectors:
            if len(vectors) >= MOST_TEXTS:
                message = f"embed() makes vectors of {MOST_TEXTS} texts in a statement, not more."
                raise InvalidInput(
                    message, fix="The stored vectors are in chunk_embeddings and page_embeddings."
                )
            raise UnknownTextError(text)
        return vectors[text]

    connection.create_scalar_function("embed", embed, 1, deterministic=True)
    connection.create_scalar_function(
        "datetime_ms", show_time, 1, deterministic=True, flags=apsw.SQLITE_INNOCUOUS
    )


def split_vectors(texts: list[str], data: bytes) -> dict[str, bytes]:
    """The vectors of some texts from where they lie one after the other."""
    size = len(data) // len(texts) if texts else 0
    return {text: data[place * size : (place + 1) * size] for place, text in enumerate(texts)}


def show_time(milliseconds: object) -> str | None:
    """A time of the database (milliseconds since 1970, UTC) as `2026-11-21 10:30:00`, UTC."""
    if not isinstance(milliseconds, int | float):
        return None
    try:
        return (_EPOCH + timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError):
        return None
