"""`ai-history export`, `backup`, `restore` and `sql`, with a daemon of its own."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from host.client import Client
from tests.cli.test_terminal import Terminal
from tests.makers import NOON
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended

PAGES = 3


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A daemon with nothing in it."""
    made = Installation(tmp_path_factory.mktemp("own"))
    made.start_daemon()
    yield made
    made.close()


@pytest.fixture
def profile_id(installation: Installation, request: pytest.FixtureRequest) -> str:
    """A profile of the test's own, with some pages."""
    made = f"p{abs(hash(request.node.name))}"
    with Client(paths=installation.paths, profile_id=made) as client:
        for number in range(PAGES):
            url = f"https://bread.example/{number}"
            client.call("pages.visit", url=url, title=f"No. {number}", visited_at=NOON + number)
    return made


@pytest.fixture
def history(
    installation: Installation, profile_id: str, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """Runs a command of `ai-history` in that profile."""
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: run(*arguments, "--profile", profile_id, program="ai-history")


def _read(ended: Ended) -> Any:
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def _count(history: Callable[..., Ended]) -> int:
    return int(_read(history("sql", "SELECT count(*) FROM pages", "--json"))["rows"][0][0])


@pytest.mark.parametrize("suffix", [".db", ".jsonl"])
def test_what_is_exported_and_lost_is_brought_back(
    history: Callable[..., Ended], tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"mine{suffix}"
    made = _read(history("export", file, "--json"))
    assert (made["path"], made["bytes"]) == (str(file), file.stat().st_size)
    assert history("sql", "DELETE FROM pages WHERE title <> 'No. 1'", "--write", "--yes").code == 0
    assert _count(history) == 1
    restored = _read(history("restore", file, "--yes", "--json"))
    assert restored["mode"] == "replace"
    assert _count(history) == PAGES
    assert restored["backup"] in [
        item["path"] for item in _read(history("backup", "--list", "--json"))["backups"]
    ]


@pytest.mark.parametrize("suffix", [".db", ".jsonl"])
def test_a_file_is_added_to_what_is_there_and_again_changes_nothing(
    history: Callable[..., Ended], tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"mine{suffix}"
    history("export", file)
    history("sql", "DELETE FROM pages WHERE title = 'No. 1'", "--write", "--yes")
    assert _read(history("restore", file, "--merge", "--json"))["added"]["page"] == 1
    again = _read(history("restore", file, "--merge", "--json"))
    assert (again["added"], again["updated"], again["skipped"]["page"]) == ({}, {}, PAGES)
    assert "already there" in history("restore", file, "--merge").out


def test_an_export_goes_to_a_folder_by_a_name_of_its_own_and_overwrites_nothing(
    history: Callable[..., Ended], installation: Installation, tmp_path: Path
) -> None:
    exports = installation.home / "exports"
    assert _read(history("export", "--json"))["path"].startswith(str(exports))
    first = _read(history("export", tmp_path, "--format", "jsonl", "--json"))["path"]
    assert first.startswith(str(tmp_path))
    ended = history("export", first)
    assert ended.code == 1
    assert "already" in ended.err


def test_a_backup_is_made_listed_and_brought_back(history: Callable[..., Ended]) -> None:
    assert "no backup yet" in history("backup", "--list").out
    name = _read(history("backup", "--json"))["backup"]["name"]
    assert name in history("backup", "--list").out
    history("sql", "DELETE FROM pages", "--write", "--yes")
    assert _read(history("restore", name, "--yes", "--json"))["mode"] == "replace"
    assert _count(history) == PAGES
    history("sql", "DELETE FROM pages WHERE title = 'No. 2'", "--write", "--yes")
    assert _read(history("restore", name, "--merge", "--json"))["added"]["page"] == 1


def test_without_a_person_nothing_is_replaced_or_changed(
    history: Callable[..., Ended], tmp_path: Path
) -> None:
    file = tmp_path / "mine.db"
    history("export", file)
    for arguments in (("restore", file), ("sql", "DELETE FROM pages", "--write")):
        ended = history(*arguments)
        assert ended.code == 2
        assert "--yes" in ended.err
    assert _count(history) == PAGES


def test_a_file_that_cannot_be_used_is_told_in_words(history: Callable[..., Ended], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"format":"ai-history","version":1}\n{"kind":"page"}\n', encoding="utf-8")
    for arguments, told in (
        (("restore", "nowhere", "--yes"), "no backup and no file"),
        (("restore", wrong, "--yes"), "Line 2: page.url must be text"),
        (("restore", wrong, "--merge"), "Line 2: page.url must be text"),
        (("restore", __file__, "--yes"), "neither a database nor an export"),
    ):
        ended = history(*arguments)
        assert ended.code == 1
        assert told in ended.err
    assert _count(history) == PAGES


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_a_person_is_asked_once_with_what_is_replaced(
    history: Callable[..., Ended], profile_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.db"
    history("export", file)
    history("sql", "DELETE FROM pages WHERE title = 'No. 1'", "--write", "--yes")
    for answer, pages in (("n", PAGES - 1), ("y", PAGES)):
        with closing(Terminal("restore", file, "--profile", profile_id, module="host.cli")) as terminal:
            terminal.wait_for("2 pages")
            terminal.wait_for("Replace it?")
            terminal.type(answer)
            assert terminal.end() == (0 if answer == "y" else 1)
        assert _count(history) == pages


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_a_person_is_asked_with_the_rows_that_would_change(
    history: Callable[..., Ended], profile_id: str
) -> None:
    statement = "UPDATE pages SET title = 'new' WHERE title > 'No. 0'"
    for answer, changed in (("n", 0), ("y", 2)):
        with closing(
            Terminal("sql", statement, "--write", "--profile", profile_id, module="host.cli")
        ) as terminal:
            terminal.wait_for("in pages")
            terminal.wait_for("Keep that?")
            terminal.type(answer)
            assert terminal.end() == (0 if answer == "y" else 1)
        found = _read(history("sql", "SELECT count(*) FROM pages WHERE title = 'new'", "--json"))
        assert found["rows"] == [[changed]]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_who_deletes_everything_is_told_that_exclusions_go_too(history: Callable[..., Ended]) -> None:
    with closing(Terminal("delete-all", module="host.cli")) as terminal:
        terminal.wait_for("sites that you left out yourself are left out no more")
        terminal.type("no")
        assert terminal.end() == 1
    assert _count(history) == PAGES


def test_rows_are_printed_as_a_table_as_csv_and_as_json(history: Callable[..., Ended]) -> None:
    statement = "SELECT title, visit_count AS visits FROM pages WHERE title = :title OR last_visit_at = :at"
    parameters = ("--param", "title=No. 0", "--param", f"at={NOON + 2}")
    asked = ("sql", f"{statement} ORDER BY 1", *parameters)
    rows = list(csv.reader(io.StringIO(history(*asked, "--format", "csv").out)))
    assert rows == [["title", "visits"], ["No. 0", "1"], ["No. 2", "1"]]
    assert _read(history(*asked, "--json"))["rows"] == [["No. 0", 1], ["No. 2", 1]]
    assert history(*asked).out.splitlines()[0].split() == ["title", "visits"]


def test_values_may_be_numbers_nothing_or_text_and_may_go_by_position(history: Callable[..., Ended]) -> None:
    asked = ("sql", "SELECT typeof(?), typeof(?), typeof(?), typeof(?)", "--json")
    values = ("--param", "2=null", "--param", "1=7", "--param", '4="7"', "--param", "3=seven")
    assert _read(history(*asked, *values))["rows"] == [["integer", "null", "text", "text"]]
    assert history(*asked, "--param", "2=1").code == 2
    assert history(*asked, "--param", "nothing").code == 2


def test_a_statement_comes_from_standard_input(
    history: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT 'from a file'"))
    assert _read(history("sql", "-", "--json"))["rows"] == [["from a file"]]


def test_more_rows_than_the_limit_are_told(history: Callable[..., Ended]) -> None:
    ended = history("sql", "SELECT title FROM pages", "--limit", "2", "--format", "csv")
    assert len(ended.out.splitlines()) == 3
    assert "--output" in ended.err


def test_a_plan_and_a_preview_change_nothing(history: Callable[..., Ended]) -> None:
    assert "pages" in history("sql", "DELETE FROM pages", "--explain").out
    ended = history("sql", "DELETE FROM pages", "--preview")
    assert f"{PAGES} in pages" in ended.out
    assert _count(history) == PAGES


def test_a_change_without_leave_names_the_option_that_gives_it(history: Callable[..., Ended]) -> None:
    for more in ((), ("--output", "rows.csv")):
        ended = history("sql", "DELETE FROM pages", *more)
        assert ended.code == 1
        assert "--write" in ended.err
        assert "Switch it on" not in ended.err
    assert _count(history) == PAGES


def test_a_write_says_what_it_changed_and_where_the_backup_is(history: Callable[..., Ended]) -> None:
    ended = history("sql", "UPDATE pages SET title = 'x'", "--write", "--yes")
    assert "Changed 3 rows" in ended.out
    assert "history-" in ended.err


def test_all_rows_go_into_a_file_whatever_the_limit(history: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    made = _read(history("sql", "SELECT title FROM pages", "--limit", "1", "--output", file, "--json"))
    assert (made["path"], made["rows"]) == (str(file), PAGES)
    assert len(file.read_text(encoding="utf-8").splitlines()) == PAGES + 1
    assert history("sql", "SELECT 1", "--output", tmp_path / "rows.txt").code == 2
    assert history("sql", "SELECT 1", "--output", file).code == 1


def test_reading_cannot_write_and_errors_are_told(history: Callable[..., Ended]) -> None:
    for statement in ("DELETE FROM pages", "ATTACH 'x' AS y", "SELECT nothing FROM nowhere"):
        ended = history("sql", statement)
        assert ended.code == 1
        assert ended.err.startswith("Error: ")
    assert _count(history) == PAGES


def test_an_exported_database_is_one_for_any_tool(history: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "mine.db"
    history("export", file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM pages").fetchall() == [(PAGES,)]


def test_cells_that_a_table_cannot_hold_are_shown_in_short(history: Callable[..., Ended]) -> None:
    ended = history(
        "sql", "SELECT x'00ff' AS b, 9223372036854775807 AS n, NULL AS e, 9e999 AS r", "--format", "csv"
    )
    rows = list(csv.reader(io.StringIO(ended.out)))
    assert rows[1][0].startswith("x'00ff'")
    assert rows[1][1:] == ["9223372036854775807", "", "inf"]
