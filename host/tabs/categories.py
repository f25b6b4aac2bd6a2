"""A profile's categories: the seven that come with the program as their user left them, and own ones."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from host.core.errors import InvalidInput
from host.core.text import clean_line
from host.core.urls import find_host
from host.storage import categories as stored
from host.storage.categories import StoredCategory
from host.tabs.exchange import Colour, TabCategory

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

MOST_CATEGORIES = 50
_SITE = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[:/]\S*)?", re.IGNORECASE)
_COLOURS: tuple[Colour, ...] = get_args(Colour)
# These stand for "none of the categories" where a category is named.
NO_CATEGORY = ("", "none", "none of these")


@dataclass(frozen=True)
class CategoryChange:
    """How a category is to be; None leaves a thing as it is.

    Attributes:
        key: of a category that exists, to rename it.
        name: of it; names the category where there is no key, and a new one where there is none of that name.
        description, examples, colour, enabled: see `TabCategory`; sites may stand among the examples.
    """

    key: str | None = None
    name: str | None = None
    description: str | None = None
    examples: tuple[str, ...] | None = None
    colour: Colour | None = None
    enabled: bool | None = None


def read_tab_categories(connection: apsw.Connection) -> list[TabCategory]:
    """All of a profile's categories, in their order."""
    return [_complete(row) for row in stored.read_categories(connection)]


def change_categories(
    connection: apsw.Connection,
    changes: Sequence[CategoryChange],
    *,
    remove: Sequence[str] = (),
    reset: bool = False,
    now_ms: int,
) -> None:
    """Change, add and remove categories, all or none.

    Args:
        connection: inside a transaction.
        changes: applied in their order.
        remove: names or keys of a user's own.
        reset: first make the seven as they came; own ones stay.
        now_ms: UTC milliseconds.

    Raises:
        InvalidInput: a name is taken, a category to be removed is unknown or built in, or there are too many.
    """
    rows = stored.read_categories(connection)
    if reset:
        own = [row for row in rows if not row.builtin]
        builtin_names = {row.name.casefold() for row in stored.BUILT_IN}
        taken = next((row.name for row in own if row.name.casefold() in builtin_names), None)
        if taken is not None:
            message = f"Your own category {taken!r} has the name of a default one."
            raise InvalidInput(message, fix="Rename it first.")
        rows = [*stored.BUILT_IN, *own]
    for name in remove:
        row = _find(rows, name)
        if row is None:
            raise unknown_category(name)
        if row.builtin:
            raise InvalidInput(f"{row.name} came with the program.", fix="Switch it off instead.")
        rows = [each for each in rows if each is not row]
    for change in changes:
        rows = _apply(rows, change, now_ms)
    own_names = [row.name.casefold() for row in rows]
    twice = next((row.name for row in rows if own_names.count(row.name.casefold()) > 1), None)
    if twice is not None:
        raise InvalidInput(f"There is already a category {twice!r}.", fix="Choose another name.")
    if len(rows) > MOST_CATEGORIES:
        message = f"There can be {MOST_CATEGORIES} categories at most."
        raise InvalidInput(message, fix="Remove one that you do not need.")
    stored.write_categories(connection, rows)


def find_category(categories: Sequence[TabCategory], name: str) -> TabCategory:
    """A category by its name (capitals do not count) or key.

    Raises:
        InvalidInput: there is none.
    """
    wanted = name.strip().casefold()
    for category in categories:
        if category.name.casefold() == wanted:
            return category
    for category in categories:
        if category.key == wanted:
            return category
    raise unknown_category(name)


def unknown_category(name: str) -> InvalidInput:
    """The error for a name that no category has."""
    return InvalidInput(
        f"There is no category {clean_line(name, limit=60)!r}.", fix="categories.list names them all."
    )


def _find(rows: Sequence[StoredCategory], name: str) -> StoredCategory | None:
    wanted = name.strip().casefold()
    by_name = (row for row in rows if row.name.casefold() == wanted)
    return next(by_name, None) or next((row for row in rows if row.key == wanted), None)


def _apply(rows: list[StoredCategory], change: CategoryChange, now_ms: int) -> list[StoredCategory]:
    name = clean_line(change.name) if change.name is not None else None
    if name is not None and (not name or name.casefold() in NO_CATEGORY):
        raise InvalidInput("A category needs a name of its own.", fix="Choose another name.")
    if change.key is not None:
        row = next((each for each in rows if each.key == change.key), None)
        if row is None:
            raise unknown_category(change.key)
    else:
        row = next((each for each in rows if name and each.name.casefold() == name.casefold()), None)
    new = row or StoredCategory(
        key=_make_key(name or "", rows), name=name or "", colour=_choose_colour(rows), position=len(rows)
    )
    examples = change.examples
    changed = replace(
        new,
        # Named by its name, a category keeps the capitals that it has.
        name=name if name and (change.key is not None or row is None) else new.name,
        description=new.description if change.description is None else change.description.strip(),
        colour=change.colour or new.colour,
        examples=new.examples if examples is None else tuple(filter(None, map(clean_line, examples))),
        enabled=new.enabled if change.enabled is None else change.enabled,
        updated_at=now_ms,
    )
    return [changed if each is row else each for each in rows] if row is not None else [*rows, changed]


def _complete(row: StoredCategory) -> TabCategory:
    """A stored category with what comes with the program, and its examples told apart."""
    sites = tuple(example for example in row.examples if _SITE.fullmatch(example))
    description = row.description
    if description is None:
        description = _read_descriptions().get(row.key, "")
    return TabCategory(
        key=row.key,
        name=row.name,
        description=description,
        colour=row.colour if row.colour in _COLOURS else "grey",
        examples=tuple(example for example in row.examples if example not in sites),
        sites=tuple(_trim_site(site) for site in sites),
        enabled=row.enabled,
        builtin=row.builtin,
    )


def _trim_site(address: str) -> str:
    """A site as it is compared: host without `www.`, lower case, and the path that was said with it."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    host = find_host(parts.geturl()).removeprefix("www.")
    return host + parts.path.rstrip("/")


@cache
def _read_descriptions() -> dict[str, str]:
    text = resources.files("host.tabs").joinpath("default_categories.json").read_text(encoding="utf-8")
    return {entry["key"]: entry["description"] for entry in json.loads(text)}


def _make_key(name: str, rows: Sequence[StoredCategory]) -> str:
    """A key out of a name that no category has; it stays when the name changes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").casefold()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "own"
    taken = {row.key for row in rows} | {row.key for row in stored.BUILT_IN} | set(NO_CATEGORY)
    key, number = f"own-{base}", 2
    while key in taken:
        key, number = f"own-{base}-{number}", number + 1
    return key


def _choose_colour(rows: Sequence[StoredCategory]) -> Colour:
    """The colour that the fewest categories have."""
    used = [row.colour for row in rows]
    return min(_COLOURS, key=used.count)
