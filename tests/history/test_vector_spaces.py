"""Whatever happens to a history while its model is changed: what always holds, and what holds at the end."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from host.core.paths import Paths
from host.history.capture import Capture, CapturedPage
from host.history.forgetting import forget, select
from host.history.indexing import Indexer
from host.history.library import HistoryEntry, import_entries
from host.history.profiles import Profiles
from host.history.throttle import Throttle
from host.history.vector_work import lead_text
from host.storage import jobs, vector_gaps, vector_spaces, vectors
from tests.history.stand_ins import InstantReader, Models, died, embed_words
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw

    from host.storage.vector_spaces import StoredSpace

NAMES = st.sampled_from(["one", "two", "three", "four"])
NUMBERS = st.integers(0, 11)
WORDS = st.sampled_from(["green tea", "black tea", "coffee", "red wine\nwhite wine"])


class _Killed(BaseException):
    """The process ends here."""


class ChangingModels(RuleBasedStateMachine):
    """Captures, deletions, choices, work, failures and kills in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        root = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.paths = Paths(root / "data", root / "models", root / "log", root / "run", root / "config.toml")
        self.paths.create()
        self.models = Models(one=16, two=32, three=16, four=64)
        self.at = NOON

    @initialize(model_id=NAMES)
    def begin(self, model_id: str) -> None:
        self.models.want(model_id)
        self._open()

    def _open(self) -> None:
        throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
        self.profiles = Profiles(self.paths)
        self.profile = self.profiles.open("tester")
        self.indexer = Indexer(
            self.profiles.opened, InstantReader(), self.models.find, lambda: self.models.wanted, throttle
        )
        self.indexer.prepare(self.profile)

    @rule(number=NUMBERS, words=WORDS)
    def capture(self, number: int, words: str) -> None:
        self.at += 1
        html = "".join(f"<p>{line} {number}</p>" for line in words.splitlines())
        page = CapturedPage(f"https://{number}.example/", self.at, f"Page {number}", html=html)
        assert Capture(InstantReader()).capture(self.profile, page).status != "skipped"

    @rule(number=NUMBERS, title=st.sampled_from(["", "Tea", "Coffee"]))
    def visit(self, number: int, title: str) -> None:
        self.at += 1
        Capture(InstantReader()).visit(
            self.profile, CapturedPage(f"https://{number}.example/", self.at, title)
        )

    @rule(number=NUMBERS, title=st.sampled_from(["Wine", "Milk"]))
    def learn_of(self, number: int, title: str) -> None:
        import_entries(self.profile, [HistoryEntry(f"https://{number}.example/", title, NOON, 1)])

    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        forget(self.profile, select(urls=[f"https://{number}.example/"]))

    @rule()
    def delete_all(self) -> None:
        forget(self.profile, select(everything=True))

    @rule(model_id=NAMES)
    def choose(self, model_id: str) -> None:
        if model_id in self.models.installed:
            self.models.want(model_id)
            self.indexer.apply_choice()

    @rule(model_id=NAMES)
    def remove(self, model_id: str) -> None:
        wanted = self.models.wanted
        if wanted is not None and wanted.model_id != model_id:
            self.models.installed.pop(model_id, None)

    @rule()
    def rebuild(self) -> None:
        self.indexer.prepare(self.profile, anew=True)

    @rule(steps=st.integers(1, 4))
    def work(self, steps: int) -> None:
        for _ in range(steps):
            self.indexer.run_once()

    @rule(number=NUMBERS)
    def delete_while_it_works(self, number: int) -> None:
        self._interfere(lambda: self.delete(number))

    @rule(number=NUMBERS, words=WORDS)
    def capture_while_it_works(self, number: int, words: str) -> None:
        self._interfere(lambda: self.capture(number, words))

    @rule(model_id=NAMES)
    def choose_while_it_works(self, model_id: str) -> None:
        self._interfere(lambda: self.choose(model_id))

    @rule()
    def let_the_model_die(self) -> None:
        with contextlib.suppress(type(died())):
            self._interfere(lambda: (_ for _ in ()).throw(died()))

    @rule()
    def kill(self) -> None:
        with contextlib.suppress(_Killed):
            self._interfere(lambda: (_ for _ in ()).throw(_Killed()))
        self.profiles.close()
        self._open()

    @precondition(lambda self: hasattr(self, "profile"))
    @invariant()
    def no_row_points_at_what_is_gone(self) -> None:
        assert self.profile.database.read(_find_dangling) == []

    @precondition(lambda self: hasattr(self, "profile"))
    @invariant()
    def the_space_that_serves_answers_for_all_that_it_holds(self) -> None:
        def read(connection: apsw.Connection) -> tuple[set[int], set[int]]:
            space = find_active(connection)
            query = embed_words("tea", space.dimensions)
            comparison = vectors.compare_codes(connection, self.profile.codes, space, query)
            assert comparison is not None
            found = {hit.page_id for hit in vectors.search_vectors(connection, comparison, 10_000)}
            return found, _embedded(connection, space)

        found, embedded = self.profile.database.read(read)
        assert found == embedded

    @rule()
    def run_dry(self) -> None:
        profile = self.profile
        # What failed is due only later; nobody waits for that here.
        profile.database.write(jobs.retry_failed_jobs)
        while self.indexer.run_once():
            pass
        spaces = profile.database.read(vector_spaces.read_spaces)
        active = profile.database.read(find_active)
        assert active.space == self.models.wanted
        assert sorted(space.role for space in spaces) in (["active"], ["active", "kept"])
        assert profile.database.read(lambda connection: vector_gaps.find_gaps(connection, active)) == []
        assert profile.database.read(jobs.count_jobs) == []
        progress = profile.database.read(lambda connection: vector_gaps.count_progress(connection, active))
        assert progress.done == progress.total
        assert profile.database.read(lambda connection: _find_stale(connection, active)) == []

    def teardown(self) -> None:
        if hasattr(self, "profile"):
            self.run_dry()
            self.profiles.close()
        self.stack.close()

    def _interfere(self, action: Callable[[], object]) -> None:
        """Do something in the middle of the next batch, whichever model that is for."""

        def once(_: Sequence[str]) -> None:
            for embedder in self.models.installed.values():
                embedder.before = lambda _texts: None
            action()

        for embedder in self.models.installed.values():
            embedder.before = once
        try:
            self.indexer.run_once()
        finally:
            for embedder in self.models.installed.values():
                embedder.before = lambda _texts: None


def _find_stale(connection: apsw.Connection, space: StoredSpace) -> list[int]:
    """Pages whose vector as a whole is not that of what they say now."""
    found = []
    for page_id, data in connection.execute(f"SELECT page_id, embedding FROM {space.page_table}").fetchall():  # noqa: S608
        lead = vector_gaps.read_lead(connection, page_id)
        assert lead is not None
        if not np.allclose(
            np.frombuffer(data, dtype=np.float32), embed_words(lead_text(lead), space.dimensions)
        ):
            found.append(page_id)
    return found


def _embedded(connection: apsw.Connection, space: StoredSpace) -> set[int]:
    rows = connection.execute(f"SELECT DISTINCT page_id FROM {space.code_table}")  # noqa: S608
    return {int(row[0]) for row in rows}


def _find_dangling(connection: apsw.Connection) -> list[str]:
    """Tables of any space with a row for a page or a passage that is not there, or without its other half."""
    found = []
    # No deletion reaches tables without a space, so they must be empty.
    free = {f"vector_codes{suffix}" for suffix in ("", "_2", "_3", "_4", "_5", "_6")}
    free &= {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema")}
    free -= {space.code_table for space in vector_spaces.read_spaces(connection)}
    for table in free:
        found += [table] * len(connection.execute(f"SELECT 1 FROM {table}").fetchall())  # noqa: S608
    for space in vector_spaces.read_spaces(connection):
        questions = {
            space.chunk_table: f"SELECT chunk_id FROM {space.chunk_table} EXCEPT SELECT id FROM page_chunks",  # noqa: S608
            space.page_table: f"SELECT page_id FROM {space.page_table} EXCEPT SELECT id FROM pages",  # noqa: S608
            space.code_table: (
                f"SELECT page_id, chunk_id FROM {space.code_table} EXCEPT"  # noqa: S608
                " SELECT * FROM (SELECT page_id, id FROM page_chunks UNION SELECT id, 0 FROM pages)"
            ),
            "halves": (
                f"SELECT chunk_id FROM {space.code_table} WHERE chunk_id <> 0"  # noqa: S608
                f" EXCEPT SELECT chunk_id FROM {space.chunk_table}"
            ),
        }
        found += [f"{space} {name}" for name, sql in questions.items() if connection.execute(sql).fetchall()]
    return found


TestChangingModels = ChangingModels.TestCase
TestChangingModels.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
