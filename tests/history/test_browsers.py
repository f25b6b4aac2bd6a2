"""Histories of other browsers, in small real databases of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.errors import InvalidInput, StorageError
from host.history.browsers import find_histories, read_history
from host.storage.foreign_history import HistoryItem, read_foreign_history

if TYPE_CHECKING:
    from pathlib import Path

NOON_MS = 1_700_000_000_000
NOON_WEBKIT = (NOON_MS + 11_644_473_600_000) * 1000
NOON_APPLE = NOON_MS / 1000 - 978_307_200
CHAIN_END = 0x20000000
_INSERT_VISIT = {
    3: "INSERT INTO history_visits VALUES (?,?,?)",
    5: "INSERT INTO history_visits VALUES (?,?,?,?,?)",
}


def make(path: Path, statements: str, *rows: tuple[str, list[tuple[object, ...]]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = apsw.Connection(str(path))
    connection.execute(statements)
    for statement, values in rows:
        connection.executemany(statement, values)
    connection.close()
    return path


def make_chrome(path: Path) -> Path:
    return make(
        path,
        """CREATE TABLE urls (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, visit_count INTEGER,
           typed_count INTEGER, last_visit_time INTEGER, hidden INTEGER);
           CREATE TABLE visits (id INTEGER PRIMARY KEY, url INTEGER, visit_time INTEGER, from_visit INTEGER,
           transition INTEGER, segment_id INTEGER, visit_duration INTEGER);""",
        (
            "INSERT INTO urls VALUES (?,?,?,?,0,?,?)",
            [
                (1, "https://a.example/", "A\x00 page", 2, NOON_WEBKIT, 0),
                (2, "https://redirect.example/", "", 1, NOON_WEBKIT, 0),
                (3, "https://frame.example/", "", 1, NOON_WEBKIT, 1),
                (4, "https://old.example/", "Expired visits", 7, NOON_WEBKIT - 10_000_000, 0),
                (5, "chrome://settings/", "Settings", 1, NOON_WEBKIT, 0),
                (6, "https://never.example/", "Bookmarked only", 0, 0, 0),
            ],
        ),
        (
            "INSERT INTO visits VALUES (NULL,?,?,0,?,0,0)",
            [
                (1, NOON_WEBKIT - 5_000_000, CHAIN_END | 0x10000000),
                (1, NOON_WEBKIT, CHAIN_END | 1),
                (2, NOON_WEBKIT, 0x10000000),
                (3, NOON_WEBKIT, CHAIN_END | 3),
                (5, NOON_WEBKIT, CHAIN_END),
            ],
        ),
    )


def make_firefox(path: Path) -> Path:
    return make(
        path,
        """CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT, title TEXT, visit_count INTEGER,
           hidden INTEGER, last_visit_date INTEGER);
           CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, place_id INTEGER, visit_date INTEGER,
           visit_type INTEGER);""",
        (
            "INSERT INTO moz_places VALUES (?,?,?,?,?,?)",
            [
                (1, "https://a.example/", "A page", 1, 0, NOON_MS * 1000),
                (2, "https://b.example/", None, 1, 1, NOON_MS * 1000),
                (3, "https://frame.example/", None, 1, 0, NOON_MS * 1000),
                (4, "place:sort=8", None, 1, 0, NOON_MS * 1000),
                (5, "https://bookmark.example/", "Never seen", 0, 0, None),
            ],
        ),
        (
            "INSERT INTO moz_historyvisits VALUES (NULL,?,?,?)",
            [(place, NOON_MS * 1000, kind) for place, kind in ((1, 1), (2, 6), (3, 8), (4, 1))],
        ),
    )


def make_safari(
    path: Path, *, columns: str = ", load_successful INTEGER, redirect_destination INTEGER"
) -> Path:
    rows: list[tuple[object, ...]] = [
        (1, NOON_APPLE - 60, "Old title", 1, None),
        (1, NOON_APPLE, "A page", 1, None),
        (2, NOON_APPLE, "", 1, 3),
        (3, NOON_APPLE - 1, "", 0, None),
    ]
    count = 5 if columns else 3
    return make(
        path,
        f"""CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT, visit_count INTEGER);
            CREATE TABLE history_visits (history_item INTEGER, visit_time REAL, title TEXT{columns});""",
        (
            "INSERT INTO history_items VALUES (?,?,?)",
            [(1, "https://a.example/", 2), (2, "https://short.example/", 1), (3, "https://fail.example/", 1)],
        ),
        (_INSERT_VISIT[count], [row[:count] for row in rows]),
    )


def test_chrome_gives_pages_that_were_seen_and_not_their_redirects_and_frames(tmp_path: Path) -> None:
    assert list(read_history(make_chrome(tmp_path / "History"))) == [
        HistoryItem("https://a.example/", "A page", NOON_MS, 2),
        HistoryItem("https://old.example/", "Expired visits", NOON_MS - 10_000, 7),
    ]


def test_firefox_gives_visited_places_only(tmp_path: Path) -> None:
    assert list(read_history(make_firefox(tmp_path / "places.sqlite"))) == [
        HistoryItem("https://a.example/", "A page", NOON_MS, 1)
    ]


def test_safari_gives_the_latest_title_and_leaves_out_what_did_not_load(tmp_path: Path) -> None:
    assert list(read_history(make_safari(tmp_path / "History.db"))) == [
        HistoryItem("https://a.example/", "A page", NOON_MS, 2)
    ]


def test_an_older_safari_file_without_the_later_columns_is_read(tmp_path: Path) -> None:
    items = read_history(make_safari(tmp_path / "History.db", columns=""))
    hosts = {"https://a.example/", "https://short.example/", "https://fail.example/"}
    assert {item.url for item in items} == hosts


def test_a_running_browsers_log_is_read_and_its_files_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    path = make_chrome(folder / "History")
    browser = apsw.Connection(str(path))
    browser.execute("PRAGMA journal_mode = WAL")
    browser.execute(
        "INSERT INTO urls VALUES (9, 'https://new.example/', 'New', 1, 0, ?, 0)", (NOON_WEBKIT + 1000,)
    )
    browser.execute("INSERT INTO visits VALUES (NULL, 9, ?, 0, ?, 0, 0)", (NOON_WEBKIT + 1000, CHAIN_END))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    urls = [item.url for item in read_history(path)]
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    browser.close()
    assert urls[0] == "https://new.example/"
    assert before == after


def test_a_browser_that_holds_its_lock_does_not_matter(tmp_path: Path) -> None:
    path = make_chrome(tmp_path / "History")
    browser = apsw.Connection(str(path))
    browser.execute("BEGIN EXCLUSIVE")
    assert len(list(read_history(path))) == 2
    browser.close()


def test_a_title_in_a_broken_encoding_does_not_end_the_reading(tmp_path: Path) -> None:
    path = make_chrome(tmp_path / "History")
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE urls SET title = CAST(X'66FF6F' AS TEXT) WHERE id = 1")
    connection.close()
    assert next(iter(read_foreign_history(path))).title == "f\ufffdo"


@pytest.mark.parametrize("content", [b"", b"this is no database at all, only text" * 50])
def test_a_file_that_is_no_history_is_refused_with_a_fix(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "History"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        list(read_history(path))
    assert caught.value.fix


def test_another_database_is_refused_with_a_fix(tmp_path: Path) -> None:
    path = make(tmp_path / "History", "CREATE TABLE cookies (name TEXT)")
    with pytest.raises(InvalidInput, match="not the history") as caught:
        list(read_history(path))
    assert caught.value.fix


def test_a_damaged_history_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = make_chrome(tmp_path / "History")
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[page:] = b"\xa5" * (len(data) - page)
    path.write_bytes(bytes(data))
    with pytest.raises(StorageError) as caught:
        list(read_history(path))
    assert caught.value.fix


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no file"):
        list(read_history(tmp_path / "History"))


def test_a_file_that_may_not_be_read_tells_what_to_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_safari(tmp_path / "History.db")

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("host.history.browsers.reading.shutil.copyfile", refuse)
    with pytest.raises(InvalidInput) as caught:
        list(read_history(path))
    assert "Full Disk Access" in str(caught.value.fix)


LINUX = {
    ".config/google-chrome/Default/History": ("chrome", "Default"),
    ".config/google-chrome/Profile 1/History": ("chrome", "Work"),
    ".config/BraveSoftware/Brave-Browser/Default/History": ("brave", "Default"),
    ".var/app/com.microsoft.Edge/config/microsoft-edge/Default/History": ("edge", "Default"),
    "snap/chromium/common/chromium/Default/History": ("chromium", "Default"),
    ".config/vivaldi/Default/History": ("vivaldi", "Default"),
    ".mozilla/firefox/abc.default-release/places.sqlite": ("firefox", "default-release"),
    "snap/firefox/common/.mozilla/firefox/xyz.default/places.sqlite": ("firefox", "default"),
}
MAC = {
    "Library/Application Support/Google/Chrome/Default/History": ("chrome", "Default"),
    "Library/Application Support/Microsoft Edge/Default/History": ("edge", "Default"),
    "Library/Application Support/Firefox/Profiles/abc.default/places.sqlite": ("firefox", "default"),
    "Library/Safari/History.db": ("safari", "Default"),
}
WINDOWS = {
    "AppData/Local/Google/Chrome/User Data/Default/History": ("chrome", "Default"),
    "AppData/Local/Vivaldi/User Data/Default/History": ("vivaldi", "Default"),
    "AppData/Roaming/Mozilla/Firefox/Profiles/abc.default/places.sqlite": ("firefox", "default"),
}


@pytest.mark.parametrize(("system", "places"), [("linux", LINUX), ("darwin", MAC), ("win32", WINDOWS)])
def test_histories_are_found_where_each_system_keeps_them(
    tmp_path: Path, system: str, places: dict[str, tuple[str, str]]
) -> None:
    for place in [*places, ".config/google-chrome/System Profile/History"]:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    state = tmp_path / ".config/google-chrome/Local State"
    state.write_text('{"profile": {"info_cache": {"Profile 1": {"name": "Work"}}}}', encoding="utf-8")
    found = find_histories(home=tmp_path, system=system, environment={})
    assert {
        item.path.relative_to(tmp_path).as_posix(): (item.browser, item.profile) for item in found
    } == places


def test_no_browser_is_no_error(tmp_path: Path) -> None:
    assert find_histories(home=tmp_path, system="linux", environment={}) == []
