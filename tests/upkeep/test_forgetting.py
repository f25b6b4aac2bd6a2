from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.core.clock import now_ms
from host.core.errors import InvalidInput, NotReady, StorageError
from host.history.forgetting import select
from host.storage import conversations, migrations, saved_queries
from host.storage.connection import open_connection
from host.storage.database import Database
from host.storage.deletion import Deleted, Selection, delete_selected, select_conversation, select_said
from host.storage.statistics import count_pages
from host.storage.tab_corrections import NewCorrection, add_correction
from host.storage.time_range import Span
from host.upkeep import backups
from host.upkeep.forgetting import Forgetting
from host.upkeep.notes import FOLDER, name_note, read_notes, write_note
from tests.makers import NOON, WAIT_S, add_page, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile
    from tests.upkeep.encrypted_home import EncryptedHome

WORDS = ("quagmirical", "zephyrously", "xenolithics", "brachiopodal")
HOUR = 3_600_000


@pytest.fixture
def forgetting() -> Iterator[Forgetting]:
    made = Forgetting(patience_s=WAIT_S)
    yield made
    made.close()


@pytest.fixture
def filled(profile: Profile) -> Profile:
    """A page for each word, an hour apart, and what was said of its tab; then a backup."""

    def store(connection: apsw.Connection) -> None:
        for number, word in enumerate(WORDS):
            at = NOON + number * HOUR
            url = f"https://{word}.example/{word}"
            add_page(connection, url, f"the {word} text", f"Title {word}", at)
            add_correction(connection, NewCorrection(url, f"Tab {word}", "dev", None, at))
            # And one of an address that no page has.
            lone = f"https://www.{word}.example/lone"
            add_correction(connection, NewCorrection(lone, f"Lone {word}", "dev", None, at))

    profile.database.write(store)
    backups.make_backup(profile, "asked")
    return profile


def _folder(profile: Profile) -> Path:
    return profile.database.path.parent


def _find_words(profile: Profile) -> set[str]:
    """The words that any file of the profile holds: database, logs, backups, notes."""
    content = b"".join(file.read_bytes() for file in _folder(profile).rglob("*") if file.is_file())
    return {word for word in WORDS if word.encode() in content}


def _backup(profile: Profile) -> Path:
    (found,) = backups.find_backups(profile)
    return found.path


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (
            select(urls=[f"https://{WORDS[0]}.example/{WORDS[0]}", f"https://www.{WORDS[0]}.example/lone"]),
            {1, 2, 3},
        ),
        (select(domain=f"{WORDS[0]}.example"), {1, 2, 3}),
        (select(from_ms=NOON + HOUR, to_ms=NOON + 2 * HOUR), {0, 2, 3}),
        (Selection(before=NOON + 2 * HOUR), {2, 3}),
    ],
    ids=["address", "site", "span", "retention"],
)
def test_what_is_forgotten_is_nowhere_in_the_files_and_the_rest_is_in_the_backup(
    filled: Profile, forgetting: Forgetting, selection: Selection, left: set[int]
) -> None:
    assert _find_words(filled) == set(WORDS)
    found = forgetting.forget(filled, selection)
    assert (found.cleaned, found.removed, found.waiting) == (1, 0, 0)
    wanted = {WORDS[number] for number in left}
    assert _find_words(filled) == wanted
    content = _backup(filled).read_bytes()
    assert {word for word in WORDS if word.encode() in content} == wanted
    with Database(_backup(filled)) as backup:
        assert backup.read(count_pages) == len(wanted)
    assert not list((_folder(filled) / FOLDER).iterdir())


def test_when_everything_is_forgotten_the_backups_are_gone(filled: Profile, forgetting: Forgetting) -> None:
    found = forgetting.forget(filled, select(everything=True))
    assert (found.deleted.pages, found.cleaned, found.removed) == (len(WORDS), 0, 1)
    assert backups.find_backups(filled) == []
    assert _find_words(filled) == set()


def test_saved_statements_are_not_touched(filled: Profile, forgetting: Forgetting) -> None:
    filled.database.write(lambda c: saved_queries.save_query(c, "mine", "SELECT 1", NOON))
    forgetting.forget(filled, select(everything=True))
    assert [one.name for one in filled.database.read(saved_queries.read_queries)] == ["mine"]


def test_a_backup_of_an_older_schema_is_brought_up_to_date_and_cleaned(
    filled: Profile, forgetting: Forgetting
) -> None:
    old = _backup(filled)
    old.unlink()
    connection = open_connection(old, read_only=False)
    migrations.migrate(connection, migrations.load_steps()[:4])
    connection.execute(
        "INSERT INTO pages (url, domain, title, first_visit_at, last_visit_at) VALUES (?1, ?1, ?1, 5, 5)",
        (WORDS[0],),
    )
    connection.close()
    found = forgetting.forget(filled, Selection(before=NOON + 1))
    assert (found.cleaned, found.removed) == (1, 0)
    assert WORDS[0] not in _find_words(filled)
    with Database(old) as backup:
        assert backup.read(count_pages) == 0


def test_a_backup_that_cannot_be_cleaned_is_deleted_and_that_is_said(
    filled: Profile, forgetting: Forgetting
) -> None:
    backups.make_backup(filled, "write", NOON)
    damaged = backups.find_backups(filled)[0].path
    damaged.write_bytes(damaged.read_bytes()[:20_000])
    found = forgetting.forget(filled, select(domain=f"{WORDS[0]}.example"))
    assert (found.cleaned, found.removed) == (1, 1)
    assert len(backups.find_backups(filled)) == 1
    assert WORDS[0] not in _find_words(filled)


def test_a_backup_of_a_newer_version_is_deleted(filled: Profile, forgetting: Forgetting) -> None:
    connection = open_connection(_backup(filled), read_only=False)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('schema_version', '999')")
    connection.execute("PRAGMA user_version=999")
    connection.close()
    assert forgetting.forget(filled, select(domain=f"{WORDS[0]}.example")).removed == 1
    assert backups.find_backups(filled) == []


def test_what_was_not_done_before_a_kill_is_done_by_the_next_process(
    filled: Profile, forgetting: Forgetting
) -> None:
    selection = select(domain=f"{WORDS[0]}.example")
    write_note(name_note(_folder(filled), NOON), selection, (), now_ms())
    (note,) = (_folder(filled) / FOLDER).iterdir()
    assert WORDS[0] not in note.read_text(encoding="utf-8")
    forgetting.resume(filled)
    wait_until(lambda: not note.exists(), "the backup is cleaned")
    assert WORDS[0].encode() not in _backup(filled).read_bytes()
    assert WORDS[1].encode() in _backup(filled).read_bytes()


def test_a_backup_that_is_being_made_meanwhile_is_cleaned_as_soon_as_it_is_there(
    filled: Profile, forgetting: Forgetting
) -> None:
    hasty = Forgetting(patience_s=0.0)
    with backups.hold_copies(filled):
        found = hasty.forget(filled, select(domain=f"{WORDS[0]}.example"))
        assert found.deleted.pages == 1
        assert (found.cleaned, found.waiting) == (0, 1)
        assert WORDS[0].encode() in _backup(filled).read_bytes()
    forgetting.finish(filled)
    wait_until(lambda: not read_notes(_folder(filled)), "it is done")
    assert WORDS[0] not in _find_words(filled)
    hasty.close()


def test_a_backup_is_not_put_to_use_while_something_is_to_be_forgotten_in_it(
    filled: Profile, forgetting: Forgetting
) -> None:
    with backups.hold_copies(filled):
        Forgetting(patience_s=0.0).forget(filled, select(domain=f"{WORDS[0]}.example"))
        with pytest.raises(NotReady):
            forgetting.finish(filled, timeout_s=0.05)
    wait_until(lambda: WORDS[0] not in _find_words(filled), "it is cleaned")


def test_a_deletion_that_the_database_refuses_leaves_no_note(
    filled: Profile, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        message = "no"
        raise StorageError(message)

    monkeypatch.setattr("host.storage.deletion.pages.delete_pages", refuse)
    with pytest.raises(StorageError):
        forgetting.forget(filled, select(domain=f"{WORDS[0]}.example"))
    assert read_notes(_folder(filled)) == []


def test_a_note_means_the_same_as_what_it_was_made_of(filled: Profile) -> None:
    span = Span(5, 9)
    url = f"https://{WORDS[0]}.example/{WORDS[0]}"
    wanted = Selection(frozenset({url}), f"{WORDS[1]}.example", span, True, 3, False)
    note = write_note(name_note(_folder(filled), NOON), wanted, ("https://other.example/",), NOON)
    (read,) = read_notes(_folder(filled))
    assert read == note
    assert read.known is None
    assert filled.database.read(read.resolve) == wanted


def test_without_backups_there_is_no_note_and_nothing_to_wait_for(
    profile: Profile, forgetting: Forgetting
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/"))
    assert forgetting.forget(profile, select(domain="a.example")).deleted.pages == 1
    assert not (_folder(profile) / FOLDER).exists()
    with pytest.raises(InvalidInput):
        select()


def test_two_deletions_at_once_both_reach_the_backup(filled: Profile, forgetting: Forgetting) -> None:
    threads = [
        threading.Thread(target=lambda word=word: forgetting.forget(filled, select(domain=f"{word}.example")))
        for word in WORDS[:2]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert _find_words(filled) == set(WORDS[2:])


def test_backups_of_an_encrypted_history_are_cleaned_with_its_key_and_older_ones_without(
    world: EncryptedHome, forgetting: Forgetting
) -> None:
    world.open().database.write(lambda c: add_page(c, "https://a.example/", "tea", "Tea"))
    clear = world.add_backup("history-20240101-000000-asked.db")
    world.enable("a passphrase of mine")
    profile = world.open()
    sealed = world.add_backup("history-20240102-000000-asked.db", profile.database.key)
    for path, key in ((clear, profile.database.key), (sealed, profile.database.key)):
        with Database(path, key=key) as backup:
            assert backup.read(count_pages) == 1
    found = forgetting.forget(profile, select(domain="a.example"))
    assert (found.cleaned, found.removed) == (2, 0)
    for path in (clear, sealed):
        with Database(path, key=profile.database.key) as backup:
            assert backup.read(count_pages) == 0


def test_a_conversation_and_a_correction_that_are_deleted_leave_the_backup_too(
    profile: Profile, forgetting: Forgetting
) -> None:
    def fill(connection: apsw.Connection) -> tuple[list[int], list[int]]:
        talks, said = [], []
        for number, word in enumerate(WORDS[:2]):
            talks.append(conversations.create_conversation(connection, word, NOON + number))
            conversations.add_question(connection, talks[-1], f"What is {word}?", NOON + number)
        for word in WORDS[2:]:
            new = NewCorrection(f"https://{word}.example/", word, "dev", None, NOON)
            said.append(add_correction(connection, new))
        return talks, said

    talks, said = profile.database.write(fill)
    backups.make_backup(profile, "asked")
    # Its beginning is told anew when an earlier question is forgotten; it is the same conversation.
    profile.database.write(
        lambda c: c.execute("UPDATE conversations SET created_at = 5 WHERE id = ?", talks[:1])
    )
    chosen = profile.database.read(lambda c: select_conversation(c, talks[0]))
    found = forgetting.forget(profile, chosen)
    assert (found.deleted.conversations, found.cleaned) == (1, 1)
    assert _find_words(profile) == set(WORDS[1:])
    found = forgetting.forget(profile, profile.database.read(lambda c: select_said(c, said[:1])))
    assert (found.deleted.corrections, found.cleaned) == (1, 1)
    assert _find_words(profile) == {WORDS[1], WORDS[3]}
    forgetting.forget(profile, Selection(all_conversations=True))
    forgetting.forget(profile, Selection(all_said=True))
    assert _find_words(profile) == set()


def test_a_note_of_ids_means_nothing_in_a_database_from_elsewhere(filled: Profile) -> None:
    chosen = Selection(conversations=frozenset({(1, 5)}), asked=frozenset({(1, 5)}), said=frozenset({(1, 5)}))
    note = write_note(name_note(_folder(filled), NOON), chosen, (), NOON)
    deleted = filled.database.write(lambda c: delete_selected(c, filled.database.features, note.resolve(c)))
    assert deleted == Deleted()
