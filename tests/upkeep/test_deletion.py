from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.history.profiles import Profiles
from host.upkeep import backups
from host.upkeep.deletion import LEAVING, Receipt, delete_everything, finish_deletion
from tests.makers import add_page

if TYPE_CHECKING:
    from host.core.paths import Paths

WORD = b"quagmirical"


@pytest.fixture
def home_with_everything(home: Paths) -> Paths:
    """Two histories, one of them with a backup, a training, a model, settings and logs; nothing is open."""
    profiles = Profiles(home)
    for name in ("one", "two"):
        profile = profiles.open(name)
        profile.database.write(lambda c: add_page(c, "https://a.example/", WORD.decode(), WORD.decode()))
    backups.make_backup(profiles.open("one"), "asked")
    profiles.close()
    for file in (
        home.data / "one" / "history.damaged-20240101-000000.db",
        home.data / "finetune" / "improve-1" / "train.jsonl",
        home.models / "tiny" / "model.gguf",
        home.models / ".partial" / "half" / "part",
        home.log / "host.log",
        home.config_file,
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(WORD * 10)
    return home


def _find_files(paths: Paths) -> list[str]:
    root = paths.data.parent
    return sorted(
        str(file.relative_to(root)) for file in root.rglob("*") if file.is_file() and "run" not in file.parts
    )


def _sum(receipt: Receipt) -> int:
    return sum(one.files for one in receipt.removed)


def test_nothing_is_left_and_the_receipt_says_what_there_was(home_with_everything: Paths) -> None:
    files = _find_files(home_with_everything)
    size = sum((home_with_everything.data.parent / file).stat().st_size for file in files)
    stages: list[tuple[str, float]] = []
    receipt = delete_everything(
        home_with_everything, None, on_progress=lambda stage, share: stages.append((stage, share))
    )
    assert _find_files(home_with_everything) == []
    assert receipt.left == []
    assert _sum(receipt) == len(files)
    assert sum(one.bytes for one in receipt.removed) == size
    assert [one.what for one in receipt.removed] == [
        "training", "backups of one", "history of one", "history of two", "settings", "log",
        "unfinished downloads", "model",
    ]  # fmt: skip
    assert all(not Path(one.path).exists() for one in receipt.removed)
    shares = [share for _, share in stages]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_words_are_overwritten_before_they_are_deleted(home_with_everything: Paths, tmp_path: Path) -> None:
    history = home_with_everything.data / "one" / "history.db"
    kept = tmp_path / "another name"
    os.link(history, kept)
    delete_everything(home_with_everything, None)
    assert kept.read_bytes() == bytes(kept.stat().st_size)


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs a right there")
def test_what_a_link_points_to_is_not_touched(home_with_everything: Paths, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine", encoding="utf-8")
    (home_with_everything.data / "one" / "link").symlink_to(elsewhere)
    (home_with_everything.models / "linked").symlink_to(elsewhere)
    receipt = delete_everything(home_with_everything, None)
    assert receipt.left == []
    assert (elsewhere / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs a right there")
def test_models_that_are_linked_in_as_a_whole_stay_where_they_are(home: Paths, tmp_path: Path) -> None:
    elsewhere = tmp_path / "models"
    (elsewhere / "tiny").mkdir(parents=True)
    (elsewhere / "tiny" / "model.gguf").write_bytes(b"x")
    home.models.rmdir()
    home.models.symlink_to(elsewhere)
    delete_everything(home, None)
    assert not home.models.is_symlink()
    assert (elsewhere / "tiny" / "model.gguf").exists()


def test_what_was_exported_is_left_and_named(home_with_everything: Paths, tmp_path: Path) -> None:
    exports = tmp_path / "Downloads"
    exports.mkdir()
    (exports / "ai-history-2026-01-01-101010.db").write_bytes(b"1234")
    (exports / "holiday.jpg").write_bytes(b"1")
    receipt = delete_everything(home_with_everything, exports)
    (left,) = receipt.left
    assert (left.what, left.bytes, Path(left.path).exists()) == ("export", 4, True)
    assert left.why
    assert (exports / "holiday.jpg").exists()


def test_what_the_system_does_not_let_go_is_left_and_says_why(
    home_with_everything: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.rmtree

    def refuse(path: Path) -> None:
        if path.name == "two" or (path / "two").exists():
            raise PermissionError(13, "Permission denied")
        real(path)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    receipt = delete_everything(home_with_everything, None)
    (left,) = receipt.left
    assert left.what == "history of two"
    assert Path(left.path).is_dir()
    assert "Permission denied" in (left.why or "")
    assert "history of one" in [one.what for one in receipt.removed]


def test_keys_go_first_and_one_that_does_not_is_named(home_with_everything: Paths) -> None:
    def forget() -> list[tuple[str, str | None]]:
        assert (home_with_everything.data / "one" / "history.db").exists()
        return [("key of one", None), ("key of two", "The keyring did not answer.")]

    receipt = delete_everything(home_with_everything, None, forget_keys=forget)
    assert receipt.removed[0].path == "key of one"
    assert [(one.path, one.why) for one in receipt.left] == [("key of two", "The keyring did not answer.")]


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_a_deletion_that_was_killed_is_finished_at_the_next_start(
    home_with_everything: Paths, moved: int
) -> None:
    paths = home_with_everything
    for folder in (paths.data, paths.models, paths.log)[:moved]:
        folder.rename(folder.with_name(f"{folder.name}{LEAVING}-1"))
    finish_deletion(paths)
    assert not list(paths.data.parent.glob(f"*{LEAVING}*"))
    assert not paths.data.exists()
    assert paths.log.exists() == (moved < 3)


def test_an_installation_with_nothing_in_it_has_an_empty_receipt(home: Paths) -> None:
    assert delete_everything(home, home.data / "nowhere") == Receipt()
    finish_deletion(home)
