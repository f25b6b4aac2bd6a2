from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

from host.core.errors import InvalidInput
from host.core.paths import HOME_VARIABLE
from host.storage.copying import make_part
from host.upkeep.places import (
    choose_target,
    exports_folder,
    find_free,
    find_source,
    finish_part,
    sweep_exports,
)

if TYPE_CHECKING:
    from host.core.paths import Paths

AT_S = 1_717_761_600.0


def test_files_go_to_the_home_where_one_is_set_and_to_the_downloads_otherwise(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exports_folder() == home.data.parent / "exports"
    monkeypatch.delenv(HOME_VARIABLE)
    assert exports_folder() == Path(platformdirs.user_downloads_dir())


def test_a_file_that_nobody_named_is_called_by_its_time_and_overwrites_nothing(home: Paths) -> None:
    first = choose_target(None, ".db", AT_S)
    assert first.parent == home.data.parent / "exports"
    assert first.name.startswith("ai-history-2024-06-0")
    first.write_bytes(b"there")
    second = choose_target(None, ".db", AT_S)
    assert second.name == f"{first.stem}-2.db"


def test_in_a_folder_that_a_person_named_a_free_name_is_found(tmp_path: Path) -> None:
    assert choose_target(str(tmp_path), ".jsonl", AT_S).parent == tmp_path


def test_a_file_that_a_person_named_is_taken_as_it_is_and_never_overwritten(tmp_path: Path) -> None:
    wanted = tmp_path / "mine.sqlite"
    assert choose_target(str(wanted), ".db", AT_S) == wanted
    wanted.write_bytes(b"there")
    with pytest.raises(InvalidInput, match="already"):
        choose_target(str(wanted), ".db", AT_S)


@pytest.mark.parametrize("path", ["mine.db", "./mine.db", ""])
def test_a_path_that_depends_on_where_one_stands_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="whole path"):
        choose_target(path, ".db", AT_S)
    with pytest.raises(InvalidInput, match="whole path"):
        find_source(path)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such folder"):
        choose_target(str(tmp_path / "none" / "mine.db"), ".db", AT_S)


def test_a_source_is_a_file_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "given.db"
    file.write_bytes(b"there")
    assert find_source(str(file)) == file
    for wrong in (tmp_path, tmp_path / "none", Path("/" + "x" * 5000)):
        with pytest.raises(InvalidInput, match="no such file"):
            find_source(str(wrong))


def test_a_free_name_has_the_least_number(tmp_path: Path) -> None:
    wanted = tmp_path / "a.db"
    assert find_free(wanted) == wanted
    wanted.touch()
    assert find_free(wanted).name == "a-2.db"


def test_a_file_whose_name_was_taken_meanwhile_gets_a_number(tmp_path: Path) -> None:
    wanted = tmp_path / "a.db"
    parts = [make_part(wanted) for _ in range(2)]
    for number, part in enumerate(parts):
        part.write_text(str(number), encoding="utf-8")
    assert [finish_part(part, wanted).name for part in parts] == ["a.db", "a-2.db"]
    assert wanted.read_text(encoding="utf-8") == "0"
    assert sorted(file.name for file in tmp_path.glob("a*")) == ["a-2.db", "a.db"]


def test_halves_that_a_kill_left_among_exports_are_swept_and_nothing_else_is(home: Paths) -> None:
    target = choose_target(None, ".db", AT_S)
    half = make_part(target)
    mine = [target.with_name(name) for name in ("holiday.iso.part", f"{target.name}.part", target.name)]
    for file in mine:
        file.write_bytes(b"mine")
    now = half.stat().st_mtime
    assert sweep_exports(now + 3600) == 0
    assert sweep_exports(now + 24 * 3600) == 1
    assert not half.exists()
    assert all(file.read_bytes() == b"mine" for file in mine)
