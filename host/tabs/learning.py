"""What a person says of tabs and categories: kept, listed, taken back. It counts from the next answer on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import InvalidInput
from host.core.urls import find_host
from host.storage import tab_corrections
from host.storage.tab_corrections import NewCorrection
from host.tabs.categories import (
    NO_CATEGORY,
    CategoryChange,
    change_categories,
    find_category,
    read_tab_categories,
)
from host.tabs.exchange import Correction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.history.profiles import Profile
    from host.tabs.exchange import TabCategory


def read_corrections(connection: apsw.Connection, limit: int, offset: int = 0) -> list[Correction]:
    """Corrections that count, the latest first."""
    return [
        Correction(row.id, row.url, row.title, row.category, row.origin, row.created_at)
        for row in tab_corrections.read_corrections(connection, limit, offset)
    ]


def correct_tab(profile: Profile, *, url: str, title: str, category: str | None, origin: str | None) -> int:
    """Learn where a tab belongs; it counts from the next answer on.

    Args:
        profile: who said so.
        url: of the tab.
        title: of the tab.
        category: name or key of a category; None or "none" for none of them.
        origin: where it had been put.

    Returns:
        the correction's id.

    Raises:
        InvalidInput: there is no such category.
    """
    # Another address may hold a whole page ("data:"), or is this browser's affair only.
    url = url.strip() if find_host(url) and url.strip().lower().startswith(("http://", "https://")) else ""
    if not url and not title.strip():
        raise InvalidInput("A correction needs a tab's address on the web, or its title.")

    def store(connection: apsw.Connection) -> int:
        categories = read_tab_categories(connection)
        key = _find_key(categories, category)
        # Where it came from may be gone by now; that is no reason not to learn.
        known = {name.casefold(): each.key for each in categories for name in (each.key, each.name)}
        correction = NewCorrection(url, title, key, known.get((origin or "").casefold()), now_ms())
        return tab_corrections.add_correction(connection, correction)

    return profile.database.write(store)


def list_corrections(
    profile: Profile, *, limit: int, offset: int
) -> tuple[list[Correction], list[TabCategory], int]:
    """Corrections that count, the latest first; all categories; and how many corrections there are."""

    def read(connection: apsw.Connection) -> tuple[list[Correction], list[TabCategory], int]:
        return (
            read_corrections(connection, limit, offset),
            read_tab_categories(connection),
            sum(tab_corrections.count_corrections(connection).values()),
        )

    return profile.database.read(read)


def list_categories(profile: Profile) -> list[tuple[TabCategory, int]]:
    """All categories in their order, each with how many corrections speak for it."""

    def read(connection: apsw.Connection) -> list[tuple[TabCategory, int]]:
        counts = tab_corrections.count_corrections(connection)
        return [(each, counts.get(each.key, 0)) for each in read_tab_categories(connection)]

    return profile.database.read(read)


def set_categories(
    profile: Profile,
    changes: Sequence[CategoryChange],
    *,
    remove: Sequence[str] = (),
    reset: bool = False,
) -> None:
    """Change, add and remove categories; see `host.tabs.categories.change_categories`."""
    profile.database.write(
        lambda connection: change_categories(connection, changes, remove=remove, reset=reset, now_ms=now_ms())
    )


def _find_key(categories: Sequence[TabCategory], name: str | None) -> str | None:
    if name is None or name.strip().casefold() in NO_CATEGORY:
        return None
    return find_category(categories, name).key
