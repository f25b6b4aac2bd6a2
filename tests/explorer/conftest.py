"""The explorer over a real database, without a daemon: statements run in a real process."""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from host.explorer.service import Explorer
from host.explorer.statements import Page, Statement
from host.upkeep.places import choose_target
from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

    from host.core.errors import AppError
    from host.explorer.exporting import Format
    from host.explorer.statements import Exported
    from host.history.profiles import Profile

NOON_S = 1_717_761_600.0
CALLER = "tester"


@dataclass
class Bench:
    """Asks the explorer of a test's profile.

    Attributes:
        embedded: texts that a vector was made of.
        backups: how many were taken.
        taken_in: changes after which caches were dropped.
        taking_in_fails: what dropping them raises.
    """

    profile: Profile
    explorer: Explorer | None = None
    embedded: list[str] = field(default_factory=list)
    backups: int = 0
    taken_in: int = 0
    taking_in_fails: AppError | None = None

    @property
    def service(self) -> Explorer:
        """The explorer."""
        assert self.explorer is not None
        return self.explorer

    def run(
        self,
        sql: str,
        params: Any = None,
        *,
        timeout_s: float = 20.0,
        limit: int = 1000,
        offset: int = 0,
        cancelled: threading.Event | None = None,
        caller: str = CALLER,
    ) -> dict[str, Any]:
        """Run a statement that reads."""
        return self.service.run(
            self.profile,
            Statement(sql, params, timeout_s),
            Page(limit, offset),
            caller=caller,
            cancelled=cancelled or threading.Event(),
        )

    def rows(self, sql: str, params: Any = None) -> list[list[Any]]:
        """The rows of a statement that reads."""
        found: list[list[Any]] = self.run(sql, params)["rows"]
        return found

    def change(self, sql: str, params: Any = None, *, preview: bool = False) -> dict[str, Any]:
        """Run a statement that changes rows."""
        return self.service.change(
            self.profile,
            Statement(sql, params, 20.0),
            Page(),
            preview=preview,
            caller=CALLER,
            cancelled=threading.Event(),
        )

    def export(
        self,
        sql: str,
        form: Format,
        path: str | None = None,
        *,
        progress: list[dict[str, int]] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Exported:
        """Write a result into a file."""
        return self.service.export(
            self.profile,
            Statement(sql),
            form,
            path,
            on_progress=(progress if progress is not None else []).append,
            cancelled=cancelled or threading.Event(),
        )


@pytest.fixture
def bench(profile: Profile) -> Iterator[Bench]:
    """An explorer over an empty profile."""
    made = Bench(profile)

    def embed(_: Profile, text: str) -> bytes:
        made.embedded.append(text)
        return struct.pack("<4f", float(len(text)), 0.0, 0.0, 1.0)

    def back_up(_: Profile) -> str:
        made.backups += 1
        return f"backup-{made.backups}.db"

    def take_in(_: Profile) -> None:
        made.taken_in += 1
        if made.taking_in_fails:
            raise made.taking_in_fails

    made.explorer = Explorer(
        embed, back_up, take_in, lambda path, suffix: choose_target(path, suffix, NOON_S)
    )
    yield made
    made.explorer.close()


@pytest.fixture
def pages(profile: Profile) -> int:
    """Three pages; returns how many."""

    def add(connection: apsw.Connection) -> None:
        for number, text in enumerate(("Bread rises.", "日本のパン", 'A "quoted"\nline'), start=1):
            add_page(connection, f"https://a.example/{number}", text, f"Page {number}")

    profile.database.write(add)
    return 3
