from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from host.storage.database import Database
from tests.makers import NOON, WAIT_S, add_page, wait_until

if TYPE_CHECKING:
    from tests.processes import Installation
    from tests.wire import Wire

WORD = "quagmirical"
CONFIRM = "delete all data"
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


def _fill(installation: Installation) -> Wire:
    for profile in ("one", "tester"):
        wire = installation.connect(profile)
        wire.call("pages.visit", url=f"https://{profile}.example/{WORD}", title=WORD, visited_at=NOON)
    wire.call("store.backup")
    wire.call("settings.update", values={"capture.excluded_sites": [f"{WORD}.example"]})
    (installation.paths.models / "tiny").mkdir()
    (installation.paths.models / "tiny" / "model.gguf").write_bytes(b"x" * 1000)
    installation.paths.config_file.write_text("[daemon]\nidle_exit_minutes = 5\n", encoding="utf-8")
    exports = installation.home / "exports"
    exports.mkdir()
    (exports / "ai-history-2026-01-01-101010.db").write_bytes(b"mine")
    return wire


def _check_receipt(installation: Installation, receipt: dict[str, Any]) -> None:
    what = [item["what"] for item in receipt["removed"]]
    for named in ("history of one", "history of tester", "backups of tester", "model", "settings", "log"):
        assert named in what, named
    assert receipt["total_bytes"] == sum(item["bytes"] for item in receipt["removed"])
    (left,) = receipt["left"]
    assert (left["what"], left["why"]) == ("export", "You exported it, so it is yours.")
    paths = installation.paths
    assert not any(folder.exists() for folder in (paths.data, paths.models, paths.config_file))


def _find_word(installation: Installation) -> list[str]:
    files = [file for file in installation.home.rglob("*") if file.is_file()]
    return [file.name for file in files if WORD.encode() in file.read_bytes()]


def test_everything_is_deleted_the_daemon_ends_and_the_next_one_begins_anew(
    installation: Installation,
) -> None:
    process = installation.start_daemon()
    wire = _fill(installation)
    assert _find_word(installation)
    refused = wire.ask("store.delete_all", confirm="yes")["error"]
    assert refused["code"] == -32602
    assert _find_word(installation)
    number = wire.begin("store.delete_all", confirm=CONFIRM)
    receipt = wire.wait(number)["result"]
    assert process.wait(WAIT_S) == 0
    _check_receipt(installation, receipt)
    assert _find_word(installation) == []
    told = []
    while not wire.others.empty():
        told.append(wire.others.get())
    shares = [
        one["params"]["value"]["share"]
        for one in told
        if one["method"] == "$/progress" and one["params"]["token"] == number
    ]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    installation.disconnect()

    installation.start_daemon()
    again = installation.connect()
    assert again.call("store.stats")["pages"] == 0
    assert again.call("pages.stored", url=f"https://{WORD}.example/")["captured"]
    assert again.call("store.backups")["backups"] == []


def test_it_waits_for_nobody_who_reads(installation: Installation) -> None:
    with Database(installation.paths.data / "tester" / "history.db") as database:
        database.write(
            lambda c: [add_page(c, f"https://{n}.example/", f"{WORD} " * 400) for n in range(3000)]
        )
    process = installation.start_daemon()
    busy, wire = installation.connect("tester"), installation.connect("tester")
    export = busy.begin("store.export", format="jsonl")
    busy.others.get(timeout=WAIT_S)
    endless = busy.begin("sql.run", sql=ENDLESS, timeout_ms=60_000)
    receipt = wire.wait(wire.begin("store.delete_all", confirm=CONFIRM))["result"]
    assert "history of tester" in [item["what"] for item in receipt["removed"]]
    assert receipt["left"] == []
    for number in (export, endless):
        assert busy.wait(number)["error"]
    assert process.wait(WAIT_S) == 0
    assert _find_word(installation) == []


def test_a_terminal_asks_once_and_says_what_was_deleted(installation: Installation) -> None:
    process = installation.start_daemon()
    _fill(installation)
    command = [sys.executable, "-m", "host.cli", "delete-all"]
    refused = subprocess.run(
        command, env=installation.environment, capture_output=True, text=True, check=False, input=""
    )
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert _find_word(installation)
    done = subprocess.run(
        [*command, "--yes", "--json"],
        env=installation.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    _check_receipt(installation, json.loads(done.stdout))
    wait_until(lambda: process.poll() == 0, "the daemon has ended")
    assert _find_word(installation) == []


def test_a_deletion_by_time_over_the_wire_says_what_it_took_and_from_how_many_backups(
    installation: Installation,
) -> None:
    installation.start_daemon()
    wire = installation.connect()
    for at in (NOON - 5, NOON + 5):
        wire.call("pages.visit", url="https://known.example/", title="Known", visited_at=at)
    wire.call("pages.visit", url=f"https://{WORD}.example/", title=WORD, visited_at=NOON + 6)
    wire.call("store.backup")
    found = wire.call("pages.delete", from_=NOON, to=NOON + 10)
    assert found == {
        "deleted": 1, "visits": 1, "questions": 0,
        "backups_cleaned": 1, "backups_removed": 0, "backups_waiting": 0,
    }  # fmt: skip
    assert _find_word(installation) == []
    (backup,) = wire.call("store.backups")["backups"]
    restored = wire.call("store.restore", name=backup["name"])
    assert restored["mode"] == "replace"
    assert wire.call("store.stats")["pages"] == 1
    assert wire.call("pages.stored", url="https://known.example/")["visited_at"] == [NOON - 5]


def test_a_cleared_history_is_nowhere_in_the_files(installation: Installation) -> None:
    installation.start_daemon()
    wire = installation.connect()
    wire.call("pages.visit", url=f"https://{WORD}.example/", title=WORD, visited_at=NOON)
    wire.call("store.backup")
    wire.call("store.clear", backups=True)
    assert _find_word(installation) == []
