from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.clock import now_ms
from host.core.errors import DatabaseCorrupt, StorageError
from host.history.forgetting import select
from host.storage import conversations, saved_queries
from host.storage.database import Database
from host.storage.deletion import Selection, select_conversation
from host.storage.faults import is_passing
from host.storage.statistics import count_pages
from host.upkeep import backups, cleaning
from host.upkeep.cleaning import SET_ASIDE
from host.upkeep.clearing import clear_profile
from host.upkeep.forgetting import Forgetting
from host.upkeep.notes import FOLDER, has_notes, name_note, read_notes, write_note
from tests.makers import NOON, WAIT_S, add_page, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.history.profiles import Profile

WORD = "quagmirical"
PAGES = 40


@pytest.fixture
def forgetting() -> Iterator[Forgetting]:
    made = Forgetting(patience_s=WAIT_S)
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[Forgetting]:
    """Does not wait for backups."""
    made = Forgetting(patience_s=0.0)
    yield made
    made.close()


@pytest.fixture
def filled(profile: Profile) -> Profile:
    """Pages with a word each, and a backup of them."""
    profile.database.write(
        lambda c: [add_page(c, _address(n), f"{WORD}{n:03}", f"{WORD}{n:03}") for n in range(PAGES)]
    )
    backups.make_backup(profile, "asked")
    return profile


def _address(number: int) -> str:
    return f"https://{number}.example/"


def _folder(profile: Profile) -> Path:
    return profile.database.path.parent


def _holds(path: Path, number: int) -> bool:
    return f"{WORD}{number:03}".encode() in path.read_bytes()


def test_notes_that_are_dropped_while_others_read_them_cost_no_backup(
    filled: Profile, hasty: Forgetting
) -> None:
    with backups.hold_copies(filled):
        for number in range(PAGES // 2):
            hasty.forget(filled, select(urls=[_address(number)]))
    deadline = threading.Event()
    timer = threading.Timer(WAIT_S, deadline.set)
    timer.start()
    while has_notes(_folder(filled)) and not deadline.is_set():
        # As each hour of retention does, and each restoring.
        hasty.resume(filled)
    timer.cancel()
    timer.join()
    (backup,) = backups.find_backups(filled)
    assert not any(_holds(backup.path, number) for number in range(PAGES // 2))
    assert all(_holds(backup.path, number) for number in range(PAGES // 2, PAGES))


def test_many_notes_are_done_by_one_thread_in_one_opening_of_each_backup(
    filled: Profile, hasty: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    clean = cleaning.clean_backup

    def count(path: Path, key: bytes | None, notes: list[object]) -> None:
        opened.append(len(notes))
        clean(path, key, notes)  # type: ignore[arg-type]

    monkeypatch.setattr(cleaning, "clean_backup", count)
    before = threading.active_count()
    with backups.hold_copies(filled):
        for number in range(PAGES):
            hasty.forget(filled, select(urls=[_address(number)]))
        # The writer's own, and the cleaner.
        assert threading.active_count() <= before + 2
    hasty.finish(filled, WAIT_S)
    assert opened == [PAGES]


def test_a_note_that_the_system_does_not_hand_out_is_left_for_later(
    filled: Profile, hasty: Forgetting, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = write_note(name_note(_folder(filled), now_ms()), select(urls=[_address(1)]), (), now_ms())

    def refuse(path: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        assert read_notes(_folder(filled)) == []
        hasty.resume(filled)
        wait_until(lambda: not _is_at_work(), "it was tried")
    assert note.path.exists()
    (backup,) = backups.find_backups(filled)
    assert _holds(backup.path, 1)
    forgetting.finish(filled, WAIT_S)
    assert not _holds(backup.path, 1)
    assert _holds(backup.path, 2)


def _backup_of(profile: Profile) -> Path:
    return backups.make_backup(profile, "asked").path


def _is_at_work() -> bool:
    return any(thread.name == "forgetting" for thread in threading.enumerate())


def test_a_damaged_note_puts_the_backups_aside_until_something_is_deleted(
    filled: Profile, forgetting: Forgetting
) -> None:
    (backup,) = backups.find_backups(filled)
    (_folder(filled) / FOLDER).mkdir()
    (_folder(filled) / FOLDER / "1.json").write_text('{"half', encoding="utf-8")
    forgetting.finish(filled, WAIT_S)
    assert backups.find_backups(filled) == []
    kept = backup.path.parent / SET_ASIDE / backup.name
    with Database(kept) as database:
        assert database.read(count_pages) == PAGES
    assert filled.database.read(count_pages) == PAGES
    forgetting.forget(filled, select(urls=[_address(1)]))
    assert not kept.exists()
    again = kept.with_name("history-20240101-000000-asked.db")
    shutil.copyfile(_backup_of(filled), again)
    clear_profile(filled, keep_settings=True, with_backups=False)
    assert not again.exists()


def test_what_fails_after_the_deletion_does_not_keep_the_words_in_backups(
    filled: Profile, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> bool:
        message = "the log could not be folded"
        raise StorageError(message)

    (backup,) = backups.find_backups(filled)
    with monkeypatch.context() as patched:
        patched.setattr("host.history.forgetting.fold_log", fail)
        with pytest.raises(StorageError):
            forgetting.forget(filled, select(urls=[_address(1)]))
    forgetting.finish(filled, WAIT_S)
    assert filled.database.read(count_pages) == PAGES - 1
    assert not _holds(backup.path, 1)


def test_a_backup_that_somebody_is_at_is_kept_and_cleaned_later(
    filled: Profile, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host.storage.connection.BUSY_TIMEOUT_MS", 1)
    (backup,) = backups.find_backups(filled)
    other = apsw.Connection(str(backup.path))
    try:
        other.execute("BEGIN IMMEDIATE")
        found = forgetting.forget(filled, select(urls=[_address(1)]))
    finally:
        other.close()
    assert (found.cleaned, found.removed, found.waiting) == (0, 0, 1)
    assert has_notes(_folder(filled))
    forgetting.finish(filled, WAIT_S)
    assert not _holds(backup.path, 1)
    assert _holds(backup.path, 2)


def test_damage_stays_and_a_busy_file_does_not() -> None:
    for passing in (apsw.BusyError(), apsw.IOError(), apsw.FullError()):
        wrapped = StorageError("no")
        wrapped.__cause__ = passing
        assert is_passing(wrapped)
    wrapped = StorageError("no")
    wrapped.__cause__ = apsw.SQLError("no such table: pages")
    assert not is_passing(wrapped)
    assert not is_passing(DatabaseCorrupt("no"))
    assert is_passing(OSError(errno.EIO, "no"))


def test_a_backup_from_before_a_conversation_is_not_opened_for_it(
    filled: Profile, forgetting: Forgetting
) -> None:
    later = now_ms() + 2000

    def talk(connection: apsw.Connection) -> int:
        talk_id = conversations.create_conversation(connection, "tea", later)
        conversations.add_question(connection, talk_id, "Which tea?", later)
        return talk_id

    talk_id = filled.database.write(talk)
    (backup,) = backups.find_backups(filled)
    before = backup.path.stat().st_mtime_ns
    found = forgetting.forget(filled, filled.database.read(lambda c: select_conversation(c, talk_id)))
    assert (found.deleted.conversations, found.cleaned, found.waiting) == (1, 0, 0)
    assert not (_folder(filled) / FOLDER).exists()
    assert backup.path.stat().st_mtime_ns == before
    # Of an address nobody knows: it may have been deleted from the history alone.
    assert forgetting.forget(filled, select(urls=["https://elsewhere.example/"])).cleaned == 1
    assert forgetting.forget(filled, Selection()).cleaned == 0


def test_a_backup_from_before_the_clock_was_set_back_is_cleaned(
    filled: Profile, forgetting: Forgetting
) -> None:
    backup = backups.make_backup(filled, "asked", now_ms() + 86_400_000)
    assert forgetting.forget(filled, select(urls=[_address(1)])).cleaned == 2
    assert not _holds(backup.path, 1)


def test_a_fault_that_nobody_foresaw_does_not_keep_the_next_wish_waiting(
    filled: Profile, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "surprise"
        raise LookupError(message)

    with monkeypatch.context() as patched:
        patched.setattr(cleaning, "clean_backup", fail)
        found = forgetting.forget(filled, select(urls=[_address(1)]))
    assert (found.cleaned, found.waiting) == (0, 1)
    assert forgetting.forget(filled, select(urls=[_address(2)])).cleaned == 1
    (backup,) = backups.find_backups(filled)
    assert not _holds(backup.path, 1)
    assert not _holds(backup.path, 2)


def test_a_page_that_only_a_backup_has_leaves_it(filled: Profile, forgetting: Forgetting) -> None:
    filled.database.write(lambda c: c.execute("DELETE FROM pages WHERE url = ?", (_address(1),)))
    (backup,) = backups.find_backups(filled)
    assert _holds(backup.path, 1)
    assert forgetting.forget(filled, select(urls=[_address(1)])).cleaned == 1
    assert not _holds(backup.path, 1)


def test_a_forgotten_statement_is_nowhere_in_the_files(filled: Profile, forgetting: Forgetting) -> None:
    filled.database.write(lambda c: saved_queries.save_query(c, "Mine", "SELECT 'first-words'", NOON))
    filled.database.write(lambda c: saved_queries.save_query(c, "other", "SELECT 'others-words'", NOON))
    backups.make_backup(filled, "asked")
    filled.database.write(lambda c: saved_queries.save_query(c, "mine", "SELECT 'second-words'", NOON + 1))
    selection = Selection(queries=frozenset({"mine"}))
    note = write_note(name_note(_folder(filled), now_ms()), selection, (), now_ms())
    assert "mine" not in note.path.read_text(encoding="utf-8")
    # As the next process finds it: without the words.
    (read,) = read_notes(_folder(filled))
    names: set[str] = set()
    for each in backups.find_backups(filled):
        with Database(each.path) as backup:
            names |= backup.read(read.resolve).queries
    assert names == {"Mine"}
    note.drop()
    found = forgetting.forget(filled, selection)
    assert (found.deleted.queries, found.cleaned) == (1, 2)
    content = b"".join(file.read_bytes() for file in _folder(filled).rglob("*") if file.is_file())
    assert b"first-words" not in content
    assert b"second-words" not in content
    assert b"others-words" in content
