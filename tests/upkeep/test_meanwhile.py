from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import NotReady
from host.history.forgetting import select
from host.upkeep.backups import find_backups, make_backup
from host.upkeep.forgetting import Forgetting
from host.upkeep.notes import FOLDER
from host.upkeep.store import Store
from tests.makers import add_page
from tests.upkeep.full_history import read_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from host.history.profiles import Profile

GONE = "https://secret.example/"
OTHERS = ["https://0.example/", "https://1.example/"]


@pytest.fixture
def forgetting() -> Iterator[Forgetting]:
    made = Forgetting(patience_s=0.0)
    yield made
    made.close()


@pytest.fixture
def store() -> Store:
    return Store(lambda _: None)


@pytest.fixture
def filled(profile: Profile) -> Profile:
    profile.database.write(lambda connection: [add_page(connection, url, "text") for url in [GONE, *OTHERS]])
    return profile


def _take_in(store: Store, profile: Profile, path: Path, at: str, do: Callable[[], object]) -> None:
    """Replace the history by a file, and do something at a stage of it."""
    left = [do]

    def report(value: dict[str, object]) -> None:
        if value.get("stage") == at and left:
            left.pop()()

    store.restore(profile, name=None, path=str(path), report=report, cancelled=threading.Event())
    assert not left


def _forget(forgetting: Forgetting, profile: Profile) -> None:
    assert forgetting.forget(profile, select(urls=[GONE])).deleted.anything


@pytest.mark.parametrize("at", ["copying", "checking", "replacing"])
def test_what_is_forgotten_while_a_backup_is_restored_does_not_come_back(
    store: Store, filled: Profile, forgetting: Forgetting, at: str
) -> None:
    backup = make_backup(filled, "asked").path
    _take_in(store, filled, backup, at, lambda: _forget(forgetting, filled))
    assert sorted(filled.database.read(read_urls)) == OTHERS
    forgetting.finish(filled)
    for each in find_backups(filled):
        assert GONE.encode() not in each.path.read_bytes()


def test_what_is_forgotten_just_before_the_exchange_does_not_come_back(
    store: Store, filled: Profile, forgetting: Forgetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = make_backup(filled, "asked").path
    real = filled.database.replace

    def replace(*args: object, **kwargs: object) -> None:
        _forget(forgetting, filled)
        real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(filled.database, "replace", replace)
    store.restore(filled, name=None, path=str(backup), report=lambda _: None, cancelled=threading.Event())
    assert sorted(filled.database.read(read_urls)) == OTHERS


def test_what_is_forgotten_while_lines_are_taken_in_does_not_come_back(
    store: Store, filled: Profile, forgetting: Forgetting
) -> None:
    exported = store.export(filled, "jsonl", None, lambda _: None, threading.Event()).path
    _take_in(store, filled, exported, "replacing", lambda: _forget(forgetting, filled))
    assert sorted(filled.database.read(read_urls)) == OTHERS


def test_what_was_forgotten_before_a_file_from_elsewhere_was_taken_in_comes_back_with_it(
    store: Store, filled: Profile, forgetting: Forgetting
) -> None:
    exported = store.export(filled, "sqlite", None, lambda _: None, threading.Event()).path
    _forget(forgetting, filled)
    store.restore(filled, name=None, path=str(exported), report=lambda _: None, cancelled=threading.Event())
    assert sorted(filled.database.read(read_urls)) == [*OTHERS, GONE]


def test_nothing_is_replaced_when_nobody_can_say_what_was_forgotten_meanwhile(
    store: Store, filled: Profile
) -> None:
    backup = make_backup(filled, "asked").path
    folder = filled.database.path.parent / FOLDER

    def damage() -> None:
        folder.mkdir(exist_ok=True)
        (folder / "1-damaged.json").write_text("{", encoding="utf-8")

    era = filled.database.era
    with pytest.raises(NotReady, match="meanwhile"):
        _take_in(store, filled, backup, "checking", damage)
    assert filled.database.era == era
    assert [each.name for each in find_backups(filled)] == [backup.name]
