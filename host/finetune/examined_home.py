"""A throw-away home that has a person's categories and what they said before, to ask engines in."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.client import Client
from host.evaluation.bench.home import stop_daemon, temporary_home
from host.evaluation.history import PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from host.core.paths import Paths
    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row


@dataclass(frozen=True)
class ExaminedHome:
    """An open home.

    Attributes:
        paths: where it is.
    """

    paths: Paths

    @contextlib.contextmanager
    def open_fresh(self) -> Iterator[Client]:
        """A new daemon: it has seen no tab, and holds no model that is not needed.

        What one engine has computed must not make the next one look faster.
        """
        stop_daemon(self.paths)
        with Client(profile_id=PROFILE, paths=self.paths) as client:
            yield client


@contextlib.contextmanager
def open_examined_home(
    categories: Sequence[KnownCategory], corrections: Sequence[Row] = ()
) -> Iterator[ExaminedHome]:
    """Make a home with the models that are installed; it is gone afterwards.

    Args:
        categories: all that it is to have.
        corrections: what its person said of tabs, none of which is asked about later.
    """
    with temporary_home(models=True) as paths:
        with Client(profile_id=PROFILE, paths=paths) as client:
            set_categories(client, categories)
            for row in corrections:
                client.call("tabs.correct", url=row.url, title=row.title, category=row.category or "none")
        yield ExaminedHome(paths)


def set_categories(client: Client, categories: Sequence[KnownCategory]) -> None:
    """Give a new home exactly these categories: those of the seven that are not among them are off."""
    wanted = {one.key for one in categories if one.key}
    changes: list[dict[str, Any]] = [
        {"key": item["key"], "enabled": False}
        for item in client.call("categories.list")["categories"]
        if item["builtin"] and item["key"] not in wanted
    ]
    for one in categories:
        change: dict[str, Any] = {"name": one.name, "enabled": True}
        if one.key:
            change["key"] = one.key
        elif one.description:
            change["description"] = one.description
        changes.append(change)
    client.call("categories.set", categories=changes)
