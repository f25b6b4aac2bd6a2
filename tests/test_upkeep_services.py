"""What is done with whole databases, wired to the parts that hold on to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.upkeep_services import make_store
from tests.makers import add_page

if TYPE_CHECKING:
    from host.history.profiles import Profile


class _Indexer:
    """Notes what it is told."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def prepare(self, profile: Profile) -> None:
        self._told.append(f"indexer looks at {profile.id}")

    def wake(self) -> None:
        self._told.append("indexer wakes")


def test_clearing_tells_the_training_the_search_and_the_indexer(profile: Profile) -> None:
    told: list[str] = []
    store = make_store(
        lambda each: told.append(f"search forgets {each.id}"),
        _Indexer(told),  # type: ignore[arg-type]
        lambda name: told.append(f"training forgets {name}"),
    )
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "words"))
    store.clear(profile, keep_settings=True, with_backups=False)
    assert told == [
        "training forgets tester",
        "search forgets tester",
        "indexer looks at tester",
        "indexer wakes",
    ]
