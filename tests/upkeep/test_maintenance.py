from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled, DiskFull
from host.storage import fulltext, soundness, vector_gaps
from host.storage.recovery import suspicion_path
from host.upkeep import maintenance
from host.upkeep.maintenance import Findings, check_store
from tests.makers import WAIT_S, find_active
from tests.upkeep.full_history import dump, fill

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile
    from host.storage.cancelling import Cancelling

# What a person read, wrote or said.
THEIRS = (
    "pages",
    "visits",
    "page_urls",
    "captures",
    "conversations",
    "messages",
    "answer_sentences",
    "citations",
    "tab_corrections",
    "categories",
    "settings",
    "saved_queries",
)


@pytest.fixture
def filled(profile: Profile) -> Profile:
    """A profile with five pages and all that belongs to them."""
    fill(profile.database)
    profile.database.write(lambda connection: connection.execute("DELETE FROM jobs").fetchall())
    return profile


def _check(profile: Profile, *, full: bool = True, repair: bool = False) -> Findings:
    return check_store(
        profile, full=full, repair=repair, on_stage=lambda _stage, _share: None, cancelled=lambda: False
    )


def _run(profile: Profile, *statements: str) -> None:
    def run(connection: apsw.Connection) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")
        try:
            for statement in statements:
                connection.execute(statement)
        finally:
            connection.execute("PRAGMA foreign_keys=ON")

    profile.database.maintain(run)


def _theirs(profile: Profile) -> dict[str, object]:
    rows = profile.database.read(dump)
    return {table: rows[table] for table in THEIRS}


def test_a_sound_history_has_no_problems_and_nothing_to_repair(filled: Profile) -> None:
    before = filled.database.read(dump)
    for full in (True, False):
        for repair in (False, True):
            assert _check(filled, full=full, repair=repair) == Findings([], [])
    assert filled.database.read(dump) == before


# What is wrong, the statements that make it so, and what is said.
WRONG = [
    (
        "words that no page has",
        ["INSERT INTO pages_fts (rowid, title, url_words, content_text) VALUES (1, 'xx', 'yy', 'zz')"],
        "full-text index",
    ),
    ("vectors of a passage that are gone", ["DELETE FROM chunk_embeddings WHERE chunk_id = 1"], "missing"),
    ("the vector of a page that is gone", ["DELETE FROM page_embeddings WHERE page_id = 1"], "missing"),
    ("a code that is gone", ["DELETE FROM vector_codes WHERE chunk_id = 2"], "stand for nothing"),
    ("a page without any vector", ["DELETE FROM vector_codes WHERE page_id = 3"], "stand for nothing"),
    (
        "codes of a passage that is gone",
        ["INSERT INTO vector_codes (page_id, chunk_id, code) VALUES (1, 4711, x'0000000000000000')"],
        "stand for nothing",
    ),
    (
        "passages of a page that is gone",
        [
            "INSERT INTO page_chunks (page_id, position, text, text_hash) VALUES (4711, 0, 'words', 'hash')",
        ],
        "page_chunks",
    ),
    (
        "jobs of a page that is gone",
        ["INSERT INTO jobs (kind, page_id, created_at) VALUES ('embed', 4711, 0)"],
        "jobs",
    ),
]


@pytest.mark.parametrize(
    ("statements", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_what_is_made_from_pages_is_found_and_mended_and_no_row_of_a_person_is_touched(
    filled: Profile, statements: list[str], said: str
) -> None:
    before = _theirs(filled)
    _run(filled, *statements)
    found = _check(filled)
    assert any(said in problem for problem in found.problems)
    assert found.repaired == []
    assert _theirs(filled) == before
    mended = _check(filled, repair=True)
    assert mended.repaired
    assert mended.problems == []
    assert _check(filled) == Findings([], [])
    assert _theirs(filled) == before
    assert filled.database.write(fulltext.check_index)


def test_pages_that_lack_a_vector_are_queued_for_it(filled: Profile) -> None:
    _run(filled, "DELETE FROM chunk_embeddings WHERE chunk_id IN (1, 2)")
    _check(filled, repair=True)
    queued = filled.database.read(
        lambda connection: connection.execute("SELECT kind, page_id FROM jobs").fetchall()
    )
    assert queued == [("embed", 1)]
    lacking = filled.database.read(lambda each: vector_gaps.find_gaps(each, find_active(each)))
    assert lacking == [1]


def test_a_persons_row_that_hangs_in_the_air_is_told_and_stays(filled: Profile) -> None:
    _run(filled, "INSERT INTO visits (page_id, visited_at) VALUES (4711, 1)")
    before = _theirs(filled)
    found = _check(filled, repair=True)
    assert found.problems == ["1 rows of visits refer to something that is gone."]
    assert _theirs(filled) == before


def test_an_index_that_lacks_a_row_is_found_by_a_full_check_and_made_anew(filled: Profile) -> None:
    change = "UPDATE sqlite_schema SET sql = {} WHERE name = 'pages_domain'"
    _run(
        filled,
        # While the index takes in no rows, one comes.
        "PRAGMA writable_schema=ON",
        change.format("sql || ' WHERE 0'"),
        "PRAGMA writable_schema=RESET",
        "UPDATE pages SET domain = 'elsewhere.example' WHERE id = 2",
        "PRAGMA writable_schema=ON",
        change.format("replace(sql, ' WHERE 0', '')"),
        "PRAGMA writable_schema=RESET",
    )
    before = _theirs(filled)
    assert any("missing from index" in problem for problem in _check(filled).problems)
    assert suspicion_path(filled.database.path).exists()
    mended = _check(filled, repair=True)
    assert mended == Findings([], ["The indexes of the tables were made anew."])
    assert _check(filled) == Findings([], [])
    assert _theirs(filled) == before
    assert not suspicion_path(filled.database.path).exists()


def test_damage_in_the_file_is_told_and_noted_for_the_next_start(
    filled: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundness, "check_file", lambda *_, **__: ["Tree 7 page 12: bad"])
    found = _check(filled, repair=True)
    assert found.problems[0] == "Tree 7 page 12: bad"
    assert "next start" in found.problems[1]
    assert suspicion_path(filled.database.path).exists()


def test_a_check_can_be_cancelled_between_its_parts_and_within_them(filled: Profile) -> None:
    for after in range(4):
        asked: list[int] = []

        def ask(asked: list[int] = asked, after: int = after) -> bool:
            asked.append(1)
            return len(asked) > after

        with pytest.raises(Cancelled):
            check_store(filled, full=True, repair=False, on_stage=lambda _stage, _share: None, cancelled=ask)
        assert len(asked) == after + 1


def test_a_check_tells_what_it_looks_at(filled: Profile) -> None:
    told: list[tuple[str, float]] = []
    check_store(
        filled,
        full=True,
        repair=False,
        on_stage=lambda stage, share: told.append((stage, share)),
        cancelled=lambda: False,
    )
    assert [stage for stage, _ in told] == ["file", "references", "full text", "vectors", "done"]
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_captured_pages_do_not_wait_while_full_text_is_compared(
    filled: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = soundness.index_agrees
    stored: list[bool] = []

    def compare(connection: apsw.Connection, *, cancelled: Cancelling) -> bool:
        thread = threading.Thread(
            target=filled.database.write,
            args=(lambda each: each.execute("UPDATE pages SET visit_count = visit_count + 1"),),
        )
        thread.start()
        thread.join(WAIT_S)
        stored.append(not thread.is_alive())
        return real(connection, cancelled=cancelled)

    monkeypatch.setattr(soundness, "index_agrees", compare)
    assert _check(filled).problems == []
    assert stored == [True]
    assert not list(filled.database.path.parent.glob("recovery-*"))


@pytest.mark.parametrize("wrong", [False, True])
def test_without_room_for_a_copy_full_text_is_compared_all_the_same(
    filled: Profile, monkeypatch: pytest.MonkeyPatch, wrong: bool
) -> None:
    if wrong:
        _run(filled, *WRONG[0][1])

    def fail(*_: object, **__: object) -> None:
        raise DiskFull("There is not enough room.")

    monkeypatch.setattr(maintenance, "copy_database", fail)
    assert bool(_check(filled).problems) == wrong
