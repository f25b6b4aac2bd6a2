"""The categories of one profile. Each function runs inside the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw


@dataclass(frozen=True)
class StoredCategory:
    """A category as a person left it.

    Attributes:
        key: names it for ever.
        name: what a person sees; no two are the same but for capitals.
        description: what belongs into it; None for a built-in one means as it comes with the program.
        colour: of its group.
        examples: titles of tabs and addresses of sites that belong into it.
        enabled: whether anything is sorted into it.
        builtin: whether it came with the program.
        position: its place among all, from 0.
        updated_at: when it was changed last, UTC milliseconds; 0 for never.
    """

    key: str
    name: str
    description: str | None = None
    colour: str = "grey"
    examples: tuple[str, ...] = ()
    enabled: bool = True
    builtin: bool = False
    position: int = 0
    updated_at: int = 0


BUILT_IN = tuple(
    StoredCategory(key=name.lower(), name=name, colour=colour, builtin=True, position=position)
    for position, (name, colour) in enumerate(
        (
            ("Dev", "blue"),
            ("Social", "pink"),
            ("Entertainment", "red"),
            ("Work", "green"),
            ("Cloud", "cyan"),
            ("Shopping", "orange"),
            ("News", "purple"),
        )
    )
)


def read_categories(connection: apsw.Connection) -> list[StoredCategory]:
    """All categories in their order, also those that are switched off."""
    rows = connection.execute(
        "SELECT key, name, description, colour, examples, enabled, builtin, position, updated_at"
        " FROM categories ORDER BY position, key"
    )
    return [
        StoredCategory(
            key=key,
            name=name,
            description=description,
            colour=colour,
            examples=_read_examples(examples),
            enabled=bool(enabled),
            builtin=bool(builtin),
            position=position,
            updated_at=updated_at,
        )
        for key, name, description, colour, examples, enabled, builtin, position, updated_at in rows
    ]


def read_category_names(connection: apsw.Connection) -> dict[str, str]:
    """The names of all categories by key."""
    return dict(connection.execute("SELECT key, name FROM categories ORDER BY position").fetchall())


def write_categories(connection: apsw.Connection, categories: Sequence[StoredCategory]) -> None:
    """Make the categories these, in this order; `position` is set to their place.

    A built-in one that is not among them stays away until it is written again (see `BUILT_IN`). What was said
    about tabs of a category that is gone stays, counts no more, and counts again when a category of that key
    comes back. Pages of it have no category from now on and are looked at again.

    Args:
        connection: inside a transaction.
        categories: all there are to be.

    Raises:
        InvalidInput: two have the same key, or the same name but for capitals.
    """
    for what, values in (
        ("key", [category.key for category in categories]),
        ("name", [category.name.casefold() for category in categories]),
    ):
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            message = f"Two categories have the same {what}: {min(twice)}."
            raise InvalidInput(message)
    kept = {category.key for category in categories}
    gone = [category.key for category in read_categories(connection) if category.key not in kept]
    # All at once: two that change names with each other never share one.
    connection.execute("DELETE FROM categories")
    connection.executemany(
        "INSERT INTO categories"
        " (key, name, description, colour, examples, enabled, builtin, position, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                category.key,
                category.name,
                category.description,
                category.colour,
                json.dumps(list(category.examples), ensure_ascii=False),
                category.enabled,
                category.builtin,
                position,
                category.updated_at,
            )
            for position, category in enumerate(categories)
        ],
    )
    _forget_pages(connection, gone)


def remove_category(connection: apsw.Connection, key: str) -> bool:
    """Remove one of a person's own; for what becomes of its pages see `write_categories`.

    Returns:
        whether there was one. A built-in category is not removed: it can be switched off.
    """
    connection.execute("DELETE FROM categories WHERE key = ? AND NOT builtin", (key,))
    removed = bool(connection.changes())
    if removed:
        _forget_pages(connection, [key])
    return removed


def _forget_pages(connection: apsw.Connection, keys: Sequence[str]) -> None:
    connection.executemany(
        "UPDATE pages SET category = NULL, category_confidence = NULL, category_stamp = NULL"
        " WHERE category = ?",
        [(key,) for key in keys],
    )


def _read_examples(text: str) -> tuple[str, ...]:
    loaded = json.loads(text)
    return tuple(str(entry) for entry in loaded) if isinstance(loaded, list) else ()
