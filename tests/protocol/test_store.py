from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.protocol.handlers import jobs as jobs_handlers
from host.protocol.handlers import store as store_handlers
from host.storage.database import Database
from host.upkeep import uploads
from tests.makers import NOON, WAIT_S, wait_until
from tests.upkeep.full_history import read_urls

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.core.paths import Paths
    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def _capture(wire: Wire, name: str, text: str = "green tea from the hills") -> None:
    wire.call(
        "pages.capture",
        url=f"https://{name}.example/",
        title=name,
        html=f"<p>{text} {name}</p>",
        visited_at=NOON,
    )


def _titles(wire: Wire, query: str = "tea") -> list[str]:
    return sorted(item["title"] for item in wire.call("search.query", query=query)["results"])


def test_export_clear_and_import_bring_everything_back(wire: Wire, home: Paths) -> None:
    _capture(wire, "one")
    _capture(wire, "two")
    exported = wire.call("store.export")
    file = Path(exported["path"])
    assert file.parent == home.data.parent / "exports"
    assert exported["bytes"] == file.stat().st_size
    assert exported["rows"]["pages"] == 2
    cleared = wire.call("store.clear")
    assert (cleared["pages"], cleared["conversations"]) == (2, 0)
    assert _titles(wire) == []
    imported = wire.call("store.import", path=str(file), mode="replace")
    assert (imported["mode"], imported["format"], imported["added"]["pages"]) == ("replace", "sqlite", 2)
    assert _titles(wire) == ["one", "two"]


def test_lines_of_json_are_an_export_as_well(wire: Wire) -> None:
    _capture(wire, "one")
    exported = wire.call("store.export", format="jsonl")
    assert exported["path"].endswith(".jsonl")
    wire.call("store.clear")
    imported = wire.call("store.import", path=exported["path"], mode="replace")
    assert (imported["mode"], imported["format"]) == ("replace", "jsonl")
    assert _titles(wire) == ["one"]


@pytest.mark.parametrize("made_of", ["sqlite", "jsonl"])
def test_an_import_beside_what_is_there_changes_none_of_it(wire: Wire, made_of: str) -> None:
    _capture(wire, "one")
    exported = wire.call("store.export", format=made_of)
    wire.call("store.clear")
    _capture(wire, "two")
    merged = wire.call("store.import", path=exported["path"])
    assert (merged["mode"], merged["format"], merged["backup"]) == ("merge", made_of, None)
    assert _titles(wire) == ["one", "two"]
    again = wire.call("store.import", path=exported["path"])
    assert sum(again["added"].values()) == 0
    assert _titles(wire) == ["one", "two"]


def test_a_file_that_came_in_pieces_is_imported_and_then_gone(wire: Wire, home: Paths) -> None:
    _capture(wire, "one")
    data = Path(wire.call("store.export")["path"]).read_bytes()
    wire.call("store.clear")
    upload_id, received = None, 0
    while received < len(data):
        piece = base64.b64encode(data[received : received + 50_000]).decode()
        answer = wire.call("store.upload", upload_id=upload_id, offset=received, data=piece)
        upload_id, received = answer["upload_id"], answer["received"]
    wire.call("store.import", upload_id=upload_id, mode="replace")
    assert _titles(wire) == ["one"]
    assert not list((home.data / "tester" / "uploads").iterdir())
    error = wire.ask("store.import", upload_id=upload_id)["error"]
    assert error["data"]["kind"] == "not_found"


def test_a_file_that_is_not_wanted_any_more_is_gone(wire: Wire, home: Paths) -> None:
    piece = base64.b64encode(b"words of a page").decode()
    upload_id = wire.call("store.upload", data=piece)["upload_id"]
    for _ in range(2):
        dropped = wire.call("store.upload", upload_id=upload_id, drop=True)
        assert dropped == {"upload_id": upload_id, "received": 0}
    assert not list((home.data / "tester" / "uploads").iterdir())


def test_a_first_piece_that_is_taken_back_leaves_no_file(
    wire: Wire, home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, received, go_on = uploads.receive_piece, threading.Event(), threading.Event()

    def receive(*args: Any) -> tuple[str, int]:
        told = real(*args)
        received.set()
        assert go_on.wait(WAIT_S)
        return told

    monkeypatch.setattr(store_handlers, "receive_piece", receive)
    request = wire.begin("store.upload", data=base64.b64encode(b"words of a page").decode())
    assert received.wait(WAIT_S)
    wire.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": request}})
    # Messages are read one after the other.
    wire.call("store.backups")
    go_on.set()
    assert wire.wait(request)["error"]["data"]["kind"] == "cancelled"
    assert not list((home.data / "tester" / "uploads").iterdir())


def test_forgetting_every_page_forgets_files_that_were_handed_over(wire: Wire, home: Paths) -> None:
    wire.call("store.upload", data=base64.b64encode(b"words of a page").decode())
    wire.call("pages.delete", all=True)
    assert not list((home.data / "tester" / "uploads").iterdir())


def test_a_backup_brings_back_what_was_there_and_what_came_since_becomes_one_itself(wire: Wire) -> None:
    _capture(wire, "one")
    answer = wire.call("store.backup")
    backup = answer["backup"]
    assert not answer["elsewhere"]
    assert (backup["reason"], backup["bytes"]) == ("asked", Path(backup["path"]).stat().st_size)
    _capture(wire, "two")
    restored = wire.call("store.restore", name=backup["name"])
    assert _titles(wire) == ["one"]
    listed = wire.call("store.backups")
    assert [item["reason"] for item in listed["backups"]] == ["replace", "asked"]
    assert restored["backup"] == listed["backups"][0]["path"]
    wire.call("store.restore", name=listed["backups"][0]["name"])
    assert _titles(wire) == ["one", "two"]
    left = wire.call("store.drop_backup", name=backup["name"])["backups"]
    assert backup["name"] not in [item["name"] for item in left]
    assert wire.ask("store.restore", name=backup["name"])["error"]["data"]["kind"] == "not_found"


def test_a_backup_may_be_put_anywhere_and_overwrites_nothing(wire: Wire, tmp_path: Path) -> None:
    _capture(wire, "one")
    target = tmp_path / "mine.db"
    answer = wire.call("store.backup", path=str(target))
    made = answer["backup"]
    assert answer["elsewhere"]
    assert made["path"] == str(target)
    assert wire.call("store.backups")["backups"] == []
    error = wire.ask("store.backup", path=str(target))["error"]
    assert error["data"]["kind"] == "invalid_input"
    wire.call("store.clear")
    wire.call("store.restore", path=str(target))
    assert _titles(wire) == ["one"]


@pytest.mark.parametrize("backups", [False, True])
def test_clearing_keeps_settings_and_saved_statements_and_says_what_became_of_the_backups(
    wire: Wire, backups: bool
) -> None:
    wire.call("settings.update", values={"appearance.theme": "dark"})
    wire.call("sql.save", name="mine", sql="SELECT 1")
    _capture(wire, "one")
    wire.call("store.backup")
    cleared = wire.call("store.clear", backups=backups)
    assert cleared["backups"] == (0 if backups else 1)
    assert len(wire.call("store.backups")["backups"]) == cleared["backups"]
    values = {item["key"]: item["value"] for item in wire.call("settings.get")["settings"]}
    assert values["appearance.theme"] == "dark"
    assert [query["name"] for query in wire.call("sql.saved")["queries"]] == ["mine"]
    wire.call("store.clear", keep_settings=False)
    values = {item["key"]: item["value"] for item in wire.call("settings.get")["settings"]}
    assert values["appearance.theme"] == "system"
    assert wire.call("sql.saved")["queries"] == []


def test_the_database_is_checked_and_made_smaller(wire: Wire) -> None:
    for number in range(30):
        _capture(wire, f"n{number}", f"words {number} " * 2000)
    wire.call("pages.delete", all=True)
    checked = wire.call("store.check")
    assert checked == {"ok": True, "problems": [], "repaired": []}
    done = wire.call("store.vacuum")
    assert done["after_bytes"] < done["before_bytes"]
    assert wire.call("store.check", full=False)["ok"]


def test_full_text_is_made_anew_and_taken_back_it_is_as_it_was(
    wire: Wire, services: tuple[Services, Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    _capture(wire, "one")
    assert wire.call("store.rebuild")["rebuilt"] == ["fulltext"]
    assert wire.others.get(timeout=WAIT_S)["params"]["value"] == {"stage": "full text"}
    monkeypatch.setattr(jobs_handlers, "rebuild_index", lambda each: each.execute(ENDLESS).fetchall())
    blocked = wire.begin("store.rebuild")
    wire.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": blocked}})
    assert wire.wait(blocked)["error"]["data"]["kind"] == "cancelled"
    assert _titles(wire) == ["one"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("store.import", {}),
        ("store.import", {"path": "/nowhere", "upload_id": "0" * 32}),
        ("store.import", {"path": "/nowhere/at/all"}),
        ("store.import", {"path": "relative.db"}),
        ("store.restore", {}),
        ("store.export", {"path": "/nowhere/at/all.db"}),
        ("store.export", {"path": "relative.db"}),
        ("store.upload", {"data": "!!"}),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(wire: Wire, method: str, params: dict[str, Any]) -> None:
    error = wire.ask(method, **params)["error"]
    assert error["data"]["kind"] == "invalid_input"
    assert error["message"].endswith(".")


def test_a_search_after_an_import_knows_nothing_of_what_was_there(
    wire: Wire, services: tuple[Services, Exchange], tmp_path: Path
) -> None:
    _capture(wire, "one")
    with Database(tmp_path / "other" / "history.db"):
        pass
    wire.call("store.import", path=str(tmp_path / "other" / "history.db"), mode="replace")
    assert _titles(wire) == []
    assert wire.call("store.stats")["pages"] == 0


class _Browser:
    """Captures pages one after the other until it is told to stop."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.acknowledged: list[str] = []
        self.errors: list[Any] = []
        self.stopping = threading.Event()
        self._wire, self._name = wire, name
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while not self.stopping.is_set():
            url = f"https://{self._name}.example/{len(self.acknowledged)}"
            answer = self._wire.ask("pages.capture", url=url, html=f"<p>tea {url}</p>", visited_at=NOON)
            if "error" in answer:
                self.errors.append(answer["error"])
                return
            self.acknowledged.append(url)


def wait_for_more(browsers: list[_Browser]) -> None:
    """Wait until some pages more are captured."""

    def count() -> int:
        return sum(len(browser.acknowledged) for browser in browsers)

    before = count()
    wait_until(lambda: count() > before + 5, "more is captured")


def test_pages_captured_during_restores_and_vacuums_are_stored_or_in_the_backup_and_none_fails(
    wire: Wire, connect: Callable[[], Wire]
) -> None:
    backup = wire.call("store.backup")["backup"]["name"]
    browsers = []
    for name in ("one", "two"):
        other = connect()
        other.hello("tester")
        browsers.append(_Browser(other, name))
    kept: set[str] = set()
    try:
        for _ in range(2):
            wait_for_more(browsers)
            wire.call("store.vacuum")
            restored = wire.call("store.restore", name=backup)
            with Database(Path(restored["backup"])) as former:
                kept |= former.read(read_urls)
    finally:
        for browser in browsers:
            browser.stopping.set()
            browser.thread.join(WAIT_S)
    assert [browser.errors for browser in browsers] == [[], []]
    for browser in browsers:
        for url in browser.acknowledged:
            assert url in kept or wire.call("pages.get", url=url)["url"] == url


def test_a_process_that_reads_for_the_explorer_lets_go_of_a_file_that_is_exchanged(wire: Wire) -> None:
    _capture(wire, "one")
    count = {"sql": "SELECT count(*) FROM pages"}
    assert wire.call("sql.run", **count)["rows"] == [[1]]
    wire.call("store.clear")
    assert wire.call("sql.run", **count)["rows"] == [[0]]
    wire.call("store.vacuum")
    assert wire.call("sql.run", **count)["rows"] == [[0]]


def test_two_profiles_have_backups_of_their_own(wire: Wire, connect: Callable[[], Wire]) -> None:
    _capture(wire, "one")
    wire.call("store.backup")
    other = connect()
    other.hello("other")
    assert other.call("store.backups")["backups"] == []
