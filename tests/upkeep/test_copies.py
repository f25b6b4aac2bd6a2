from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from host.core.errors import Cancelled, DiskFull, NotReady
from host.core.settings import Settings
from host.history.profiles import Profile
from host.storage import vector_spaces, vectors
from host.storage.connection import open_connection
from host.storage.copying import make_part, tell_nobody
from host.storage.database import Database
from host.storage.encryption import is_clear
from host.upkeep.backups import find_backups, hold_copies, make_backup
from host.upkeep.maintenance import vacuum_store
from host.upkeep.places import finish_part
from host.upkeep.store import Store
from tests.makers import add_page
from tests.upkeep.full_history import DIMENSIONS, dump, fill, read_urls

if TYPE_CHECKING:
    from pathlib import Path

    import apsw
    from numpy.typing import NDArray

    from host.storage.vectors import VectorHit
    from host.upkeep.copies import Format


def _ignore(_: object) -> None:
    pass


@pytest.fixture
def changed() -> list[str]:
    """The profiles that the store said have other rows."""
    return []


@pytest.fixture
def store(changed: list[str]) -> Store:
    """The store of a daemon without anything else."""
    return Store(lambda profile: changed.append(profile.id))


def _export(store: Store, profile: Profile, report: Any = _ignore) -> Path:
    return store.export(profile, "sqlite", None, report, threading.Event()).path


def _replace(store: Store, profile: Profile, path: Path, report: Any = _ignore) -> None:
    store.take_in(
        profile,
        path=str(path),
        upload_id=None,
        mode="replace",
        report=report,
        cancelled=threading.Event(),
    )


def test_what_takes_rows_away_is_told_to_whoever_is_taught_by_them(profile: Profile) -> None:
    lost: list[str] = []
    store = Store(lambda _: None, lambda each: lost.append(each.id))
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "words"))
    exported = _export(store, profile)
    backup = make_backup(profile, "asked").name
    store.take_in(
        profile,
        path=str(exported),
        upload_id=None,
        mode="merge",
        report=_ignore,
        cancelled=threading.Event(),
    )
    assert lost == []
    store.clear(profile, keep_settings=True, with_backups=False)
    _replace(store, profile, exported)
    store.restore(profile, name=backup, path=None, report=_ignore, cancelled=threading.Event())
    assert lost == ["tester"] * 3


@pytest.mark.parametrize("made_of", ["sqlite", "jsonl"])
def test_an_export_leaves_halves_of_others_alone_and_one_that_ends_costs_no_other_one(
    store: Store, profile: Profile, tmp_path: Path, made_of: Format
) -> None:
    fill(profile.database, 2)
    target = tmp_path / "mine.file"
    foreign = tmp_path / "mine.file.part"
    foreign.write_text("somebody else's", encoding="utf-8")
    elsewhere: list[Path] = []

    def end_another(_: object) -> None:
        if not elsewhere:
            elsewhere.append(make_part(target))
            elsewhere.append(finish_part(elsewhere[0], target))

    made = store.export(profile, made_of, str(target), end_another, threading.Event())
    assert foreign.read_text(encoding="utf-8") == "somebody else's"
    assert (elsewhere[1], made.path) == (target, tmp_path / "mine-2.file")
    assert made.bytes == made.path.stat().st_size > 0
    assert len(list(tmp_path.glob("*.part"))) == 1


def _count_free(connection: apsw.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchall()[0][0])


class _CancelsAt:
    """Cancels when the progress is told for the n-th time."""

    def __init__(self, times: int = 1) -> None:
        self.event = threading.Event()
        self._left = times

    def __call__(self, _: object) -> None:
        self._left -= 1
        if self._left <= 0:
            self.event.set()


def test_export_clear_and_import_give_the_same_rows_conversations_and_vectors(
    store: Store, profile: Profile, changed: list[str]
) -> None:
    fill(profile.database)
    before = profile.database.read(dump)
    assert all(before[table] for table in ("pages", "messages", "chunk_embeddings_vector_chunks00"))
    exported = _export(store, profile)
    store.clear(profile, keep_settings=False, with_backups=True)
    cleared = profile.database.read(dump)
    assert not any(cleared[table] for table in ("pages", "messages", "settings", "saved_queries"))
    _replace(store, profile, exported)
    assert profile.database.read(dump) == before
    assert changed == ["tester", "tester"]


def test_a_search_by_meaning_finds_the_same_after_a_round_trip(store: Store, profile: Profile) -> None:
    fill(profile.database)
    exported = _export(store, profile)
    before = _nearest(profile)
    store.clear(profile, keep_settings=True, with_backups=True)
    assert _nearest(profile) == []
    _replace(store, profile, exported)
    assert _nearest(profile) == before
    assert len(before) > 3


def _nearest(profile: Profile) -> list[VectorHit]:
    query: NDArray[np.float32] = np.ones(DIMENSIONS, dtype=np.float32) / np.sqrt(DIMENSIONS)

    def search(connection: apsw.Connection) -> list[VectorHit]:
        space = vector_spaces.find_space(connection, "active")
        if space is None:
            return []
        comparison = vectors.compare_codes(connection, profile.codes, space, query)
        assert comparison is not None
        return vectors.search_vectors(connection, comparison, 10)

    return profile.database.read(search)


def test_what_was_deleted_is_in_no_export_though_its_pages_are_still_in_the_file(
    store: Store, profile: Profile
) -> None:
    fill(profile.database, 60)
    profile.database.write(lambda connection: connection.execute("DELETE FROM pages").fetchall())
    assert profile.database.read(_count_free) > 0
    exported = _export(store, profile)
    connection = open_connection(exported, read_only=True)
    try:
        assert _count_free(connection) == 0
        assert read_urls(connection) == set()
    finally:
        connection.close()
    assert b"words of page" not in exported.read_bytes()


def test_a_file_that_is_written_for_a_person_is_theirs_alone(store: Store, profile: Profile) -> None:
    exported = _export(store, profile)
    assert exported.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in exported.parent.iterdir()] == [exported.name]


def test_a_restore_tells_what_it_is_doing(store: Store, profile: Profile) -> None:
    fill(profile.database)
    exported = _export(store, profile)
    told: list[dict[str, Any]] = []
    _replace(store, profile, exported, told.append)
    stages = list(dict.fromkeys(value["stage"] for value in told))
    assert stages == ["copying", "checking", "replacing"]


def test_an_export_tells_how_far_it_is(store: Store, profile: Profile) -> None:
    told: list[dict[str, Any]] = []
    exported = _export(store, profile, told.append)
    assert told[-1] == {"share": 1.0, "bytes": exported.stat().st_size}


@pytest.mark.parametrize("made_of", ["sqlite", "jsonl"])
def test_an_export_that_is_cancelled_leaves_no_file(store: Store, profile: Profile, made_of: Any) -> None:
    fill(profile.database)
    cancelled = threading.Event()
    cancelled.set()
    target = profile.database.path.parent / "mine"
    with pytest.raises(Cancelled):
        store.export(profile, made_of, str(target), _ignore, cancelled)
    assert not [file for file in target.parent.iterdir() if file.name.startswith("mine")]


def test_an_import_that_is_cancelled_changes_nothing(
    store: Store, profile: Profile, changed: list[str]
) -> None:
    fill(profile.database)
    exported = _export(store, profile)
    store.clear(profile, keep_settings=False, with_backups=True)
    fill(profile.database, name="other")
    before = profile.database.read(dump)
    changed.clear()
    cancels = _CancelsAt()
    with pytest.raises(Cancelled):
        store.take_in(
            profile,
            path=str(exported),
            upload_id=None,
            mode="replace",
            report=cancels,
            cancelled=cancels.event,
        )
    assert profile.database.read(dump) == before
    assert (changed, find_backups(profile)) == ([], [])
    assert not list(profile.database.path.parent.glob("recovery-*"))


def test_a_vacuum_that_is_cancelled_in_its_middle_changes_nothing(store: Store, profile: Profile) -> None:
    fill(profile.database, 60)
    before = profile.database.read(dump)
    asked: list[int] = []

    def ask() -> bool:
        # The first look is before the copying, the second in its middle.
        asked.append(1)
        return len(asked) > 1

    with pytest.raises(Cancelled):
        vacuum_store(profile, on_progress=tell_nobody, cancelled=ask)
    assert len(asked) == 2
    assert profile.database.read(dump) == before
    assert not list(profile.database.path.parent.glob("recovery-*"))


def test_a_vacuum_changes_no_row_and_gives_free_pages_back(store: Store, profile: Profile) -> None:
    fill(profile.database, 40)
    profile.database.write(lambda connection: connection.execute("DELETE FROM pages WHERE id > 3").fetchall())
    before = profile.database.read(dump)
    sizes = store.vacuum(profile, _ignore, threading.Event())
    assert sizes[1] < sizes[0]
    assert profile.database.read(dump) == before


def _do(store: Store, profile: Profile, doing: str, exported: Path) -> None:
    event = threading.Event()
    if doing == "export":
        store.export(profile, "sqlite", None, _ignore, event)
    elif doing == "backup":
        store.back_up(profile, None, _ignore, event)
    elif doing == "vacuum":
        store.vacuum(profile, _ignore, event)
    else:
        _replace(store, profile, exported)


@pytest.mark.parametrize("doing", ["export", "backup", "vacuum", "import"])
def test_where_there_is_no_room_nothing_is_begun(
    store: Store, profile: Profile, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    fill(profile.database)
    exported = _export(store, profile)
    before = profile.database.read(dump)
    real = shutil.disk_usage(profile.database.path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=20_000_000))
    with pytest.raises(DiskFull, match="not enough room"):
        _do(store, profile, doing, exported)
    assert profile.database.read(dump) == before
    assert find_backups(profile) == []


def test_an_encrypted_history_goes_out_in_clear_and_is_encrypted_again_as_it_comes_in(
    store: Store, tmp_path: Path
) -> None:
    key = os.urandom(32)
    with Database(tmp_path / "p" / "history.db", key=key) as database:
        profile = Profile("p", database, Settings.model_validate({}))
        fill(database)
        before = database.read(dump)
        exported = _export(store, profile)
        store.clear(profile, keep_settings=True, with_backups=True)
        _replace(store, profile, exported)
        store.vacuum(profile, _ignore, threading.Event())
        assert database.read(dump) == before
        assert is_clear(exported)
        kept = [backup.path for backup in (make_backup(profile, "asked"), *find_backups(profile))]
        assert len(kept) > 1
        for file in (database.path, *kept):
            assert b"words of page" not in file.read_bytes()
            assert not is_clear(file)


def test_one_copy_is_made_at_a_time(store: Store, profile: Profile) -> None:
    with hold_copies(profile), pytest.raises(NotReady, match="Another copy"):
        _export(store, profile)
    assert _export(store, profile).exists()


def test_a_profile_knows_the_settings_of_what_was_taken_in(store: Store, profile: Profile) -> None:
    profile.update_settings({"appearance.theme": "dark"})
    exported = _export(store, profile)
    profile.update_settings({"appearance.theme": "light"})
    _replace(store, profile, exported)
    assert profile.settings.theme == "dark"
