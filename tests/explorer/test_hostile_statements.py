"""No statement of a person changes a byte in read-only mode, runs on after its time, or holds up anybody."""

from __future__ import annotations

import hashlib
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import AppError
from host.core.settings import Settings
from host.explorer.service import Explorer
from host.explorer.statements import Page, Statement
from host.history.profiles import Profile
from host.storage import vector_spaces
from host.storage.database import Database
from host.storage.vector_spaces import VectorSpace
from host.storage.vectors import store_chunk_vectors
from tests.explorer.hostile_statements import ALL, fill_in
from tests.explorer.sql_reference import DOCUMENT, put_in
from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

    from tests.explorer.hostile_statements import Hostile

PAGES = 300
VECTORS = 2000
DIMENSIONS = 384
# After its limit: for the process to be ended, on a machine that is busy with other things.
PATIENCE_S = 15.0


@dataclass
class World:
    """A history, an explorer over it, and a folder that has to stay empty."""

    profile: Profile
    explorer: Explorer
    empty: Path

    def digest(self) -> dict[str, str]:
        """The files of the database, but for the list of who reads it."""
        files = [path for path in self.profile.database.path.parent.iterdir() if path.suffix != ".db-shm"]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def run(self, one: Hostile) -> str:
        """Run a statement and put its answer into a line."""
        statement = Statement(fill_in(one.sql, str(self.empty)), one.params, one.limit_s)
        try:
            answer = self.explorer.run(
                self.profile, statement, Page(), caller=one.sql, cancelled=threading.Event()
            )
        except AppError as error:
            return f"{error.kind}: {error.message}"
        return f"rows: {answer['rows'][0] if answer['rows'] else 'none'}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all statements: none of them leaves a trace."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "empty").mkdir()

    def fill(connection: apsw.Connection) -> None:
        for number in range(PAGES):
            add_page(
                connection, f"https://a.example/{number}", "Bread rises with yeast. " * 50, f"Page {number}"
            )
        vector_spaces.choose_space(connection, VectorSpace("all-minilm", DIMENSIONS))
        space = vector_spaces.find_space(connection, "active")
        assert space is not None
        numbers = range(1, VECTORS + 1)
        connection.executemany(
            "INSERT INTO page_chunks (id, page_id, position, text, text_hash) VALUES (?, 1, ?, '', '')",
            [(number, number) for number in numbers],
        )
        made = np.random.default_rng(7).standard_normal((VECTORS, DIMENSIONS)).astype(np.float32)
        store_chunk_vectors(connection, space, zip(numbers, [1] * VECTORS, made, strict=True))

    with Database(folder / "tester" / "history.db") as database:
        database.write(fill)
        explorer = Explorer(
            lambda _profile, text: struct.pack("<4f", float(len(text)), 0.0, 0.0, 1.0),
            back_up=lambda _profile: pytest.fail("nothing is changed here"),
            on_change=lambda _profile: pytest.fail("nothing is changed here"),
            choose_target=lambda _path, _suffix: pytest.fail("nothing is written here"),
        )
        yield World(Profile("tester", database, Settings()), explorer, folder / "empty")
        explorer.close()


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Where statements run while somebody else asks for something."""
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.mark.parametrize("one", ALL, ids=[f"{place}-{one.tries}" for place, one in enumerate(ALL)])
def test_a_hostile_statement_gets_what_the_table_says_and_leaves_no_trace(
    world: World, pool: ThreadPoolExecutor, one: Hostile
) -> None:
    before = world.digest()
    running = pool.submit(world.run, one)
    counted = world.profile.database.read(
        lambda connection: connection.execute("SELECT count(*) FROM pages").fetchall()
    )
    assert counted == [(PAGES,)]
    assert running.result(timeout=one.limit_s + PATIENCE_S) == one.got
    assert world.digest() == before
    assert list(world.empty.iterdir()) == []


def test_there_are_sixty_statements_or_more() -> None:
    assert len({one.sql for one in ALL}) >= 60


def test_the_document_has_these_statements_and_functions() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert put_in(document) == document, "run: python -m tests.explorer.sql_reference"
