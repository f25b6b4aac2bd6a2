from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from host.storage.recovery import suspicion_path
from tests.makers import NOON, WAIT_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Installation
    from tests.wire import Wire

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be overwritten there")
BLOCK = 8192


def _fill(wire: Wire) -> None:
    items = [
        {
            "url": f"https://{n}.example/{'p' * 300}",
            "title": f"Kettle {n}",
            "last_visit_at": NOON,
            "visit_count": 1,
        }
        for n in range(2000)
    ]
    wire.call("pages.import", items=items)


def _overwrite(path: Path, start: int, blocks: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(byte % 251 for byte in range(blocks * BLOCK)))


def test_a_database_damaged_while_nothing_ran_is_set_aside_and_said_in_hello(
    installation: Installation,
) -> None:
    process = installation.start_daemon()
    wire = installation.connect()
    _fill(wire)
    wire.call("daemon.stop")
    assert process.wait(WAIT_S) == 0
    installation.disconnect()
    path = installation.paths.database("tester")
    _overwrite(path, 0, 1)
    damaged = path.read_bytes()
    installation.start_daemon()
    database = installation.connect(None).hello()["database"]
    assert (path.parent / database["recovered_from"]).read_bytes() == damaged
    # The other profile is nobody's damage.
    assert installation.connect(None).hello("other")["database"]["recovered_from"] is None


def test_damage_met_while_searching_is_told_and_mended_at_the_next_start(installation: Installation) -> None:
    process = installation.start_daemon()
    wire = installation.connect()
    _fill(wire)
    wire.call("daemon.stop")
    assert process.wait(WAIT_S) == 0
    installation.disconnect()
    path = installation.paths.database("tester")
    _overwrite(path, path.stat().st_size // 2 // BLOCK * BLOCK, 12)

    process = installation.start_daemon()
    wire = installation.connect()
    error = wire.ask("pages.delete", all=True)["error"]
    assert error["data"]["kind"] == "database_corrupt"
    assert "ai-history daemon stop" in error["data"]["fix"]
    assert suspicion_path(path).exists()
    # Nothing was deleted by halves.
    checks = {check["name"]: check for check in wire.call("doctor")["checks"]}
    assert not checks["Database"]["ok"]
    wire.call("daemon.stop")
    assert process.wait(WAIT_S) == 0
    installation.disconnect()

    installation.start_daemon()
    wire = installation.connect(None)
    database = wire.hello()["database"]
    assert database["recovered_from"]
    assert 500 <= database["pages"] <= 2000
    assert wire.call("search.query", query="kettle", mode="text")["results"]
    checks = {check["name"]: check for check in wire.call("doctor")["checks"]}
    assert checks["Database"]["ok"]
    assert checks["Full-text index"]["ok"]
