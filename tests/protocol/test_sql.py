"""A person's own statements over the wire, in a process of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.storage.vector_spaces import VectorSpace, activate_building, choose_space, find_space
from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


def _fill(services: Services, count: int) -> None:
    profile = services.profiles.open("tester")

    def add(connection: apsw.Connection) -> None:
        for number in range(count):
            add_page(connection, f"https://a.example/{number}", "Bread rises. " * 40, f"Page {number}")

    profile.database.write(add)


def test_rows_come_with_columns_parameters_and_a_plan(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    _fill(services[0], 3)
    found = wire.call(
        "sql.run",
        sql="SELECT id, title FROM pages WHERE title = :title -- one",
        params={"title": "Page 1"},
        plan=True,
    )
    assert found["columns"] == ["id", "title"]
    assert found["rows"] == [[2, "Page 1"]]
    assert (found["row_count"], found["truncated"], found["next_offset"]) == (1, False, None)
    assert found["plan"][0]["detail"].startswith("SCAN pages")


def test_a_result_is_asked_for_page_by_page(services: tuple[Services, Exchange], wire: Wire) -> None:
    _fill(services[0], 5)
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        found = wire.call("sql.run", sql="SELECT id FROM pages ORDER BY id", limit=2, offset=offset)
        seen += [row[0] for row in found["rows"]]
        assert found["truncated"] is (found["next_offset"] is not None)
        offset = found["next_offset"]
    assert seen == [1, 2, 3, 4, 5]


def test_an_answer_that_would_not_fit_into_a_frame_is_cut_and_goes_on(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    _fill(services[0], 1)
    sql = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 400)"
        " SELECT n, replace(hex(zeroblob(2000)), '0', 'ä') FROM c"
    )
    numbers: list[int] = []
    offset: int | None = 0
    answers = 0
    while offset is not None:
        found = wire.call("sql.run", sql=sql, limit=1000, offset=offset)
        numbers += [row[0] for row in found["rows"]]
        offset, answers = found["next_offset"], answers + 1
    assert numbers == list(range(1, 401))
    assert answers > 2


def test_the_next_statement_of_a_caller_ends_the_one_that_runs(
    wire: Wire, connect: Callable[[], Wire]
) -> None:
    other = connect()
    other.hello()
    wire.call("sql.schema")
    slow = wire.begin("sql.run", sql=ENDLESS, timeout_ms=60_000)
    elsewhere = other.begin("sql.run", sql=ENDLESS, timeout_ms=60_000)
    assert wire.call("sql.run", sql="SELECT 1")["rows"] == [[1]]
    assert wire.wait(slow)["error"]["data"]["kind"] == "cancelled"
    other.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": elsewhere}})
    assert other.wait(elsewhere)["error"]["data"]["kind"] == "cancelled"


def test_a_statement_ends_with_its_time_while_others_are_answered(
    wire: Wire, connect: Callable[[], Wire]
) -> None:
    other = connect()
    other.hello()
    slow = wire.begin("sql.run", sql=ENDLESS, timeout_ms=300)
    assert other.call("store.stats")["pages"] == 0
    error = wire.wait(slow)["error"]
    assert error["data"]["kind"] == "timeout"
    assert "LIMIT" in error["data"]["fix"]


def test_what_a_statement_asks_for_is_told_without_running_it(wire: Wire) -> None:
    found = wire.call("sql.describe", sql="DELETE FROM pages WHERE domain = :site AND id > ?")
    assert found["parameters"] == ["site", "2"]
    assert found["writes"] is True
    assert any("pages" in step["detail"] for step in found["plan"])


def test_the_schema_has_tables_with_counts_and_functions(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    _fill(services[0], 4)
    found = wire.call("sql.schema")
    tables = {table["name"]: table for table in found["tables"]}
    assert tables["pages"]["rows"] == 4
    assert {"name": "url", "type": "TEXT", "primary_key": False, "not_null": True} in tables["pages"][
        "columns"
    ]
    assert tables["pages_fts"]["kind"] == "virtual"
    assert tables["pages_fts"]["rows"] == 4
    assert tables["pages_fts_data"]["kind"] == "shadow"
    assert "embed" in {function["name"] for function in found["functions"]}
    assert found["active_vectors"] is None


def test_the_schema_names_the_vectors_of_the_model_that_serves_now(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    database = services[0].profiles.open("tester").database

    def change_model(connection: apsw.Connection) -> str:
        for model in ("first", "second"):
            choose_space(connection, VectorSpace(model, 4))
        activate_building(connection)
        space = find_space(connection, "active")
        assert space is not None
        return space.chunk_table

    table = database.write(change_model)
    assert table == "chunk_embeddings_2"
    found = wire.call("sql.schema")
    assert found["active_vectors"] == table
    usages = {function["name"]: function["usage"] for function in found["functions"]}
    assert f"FROM {table} WHERE" in usages["MATCH (vectors)"]
    sql = usages["MATCH (vectors)"].replace("embed('bread')", "'[1, 0, 0, 0]'")
    assert wire.call("sql.run", sql=sql)["columns"] == ["chunk_id", "distance"]


def test_a_change_is_tried_kept_after_a_backup_and_known_to_search_at_once(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    _fill(services[0], 3)
    asked = {"sql": "DELETE FROM pages WHERE id = ?", "params": [2], "write": True}
    tried = wire.call("sql.run", **asked, preview=True)
    assert (tried["committed"], tried["backup"]) == (False, None)
    assert {change["table"]: change["deleted"] for change in tried["changes"]}["pages"] == 1
    assert wire.call("search.query", query="bread", mode="text")["total"] == 3
    kept = wire.call("sql.run", **asked)
    assert kept["committed"] is True
    assert kept["backup"].startswith("history-")
    found = wire.call("search.query", query="bread", mode="text")
    assert {item["page_id"] for item in found["results"]} == {1, 3}
    refused = wire.ask("sql.run", sql="DELETE FROM pages")["error"]
    assert refused["data"] == {"kind": "invalid_input", "fix": refused["data"]["fix"]}
    assert "Write mode is off" in refused["data"]["fix"]


def test_statements_are_kept_by_name_and_forgotten(wire: Wire) -> None:
    wire.call("sql.save", name=" Sites ", sql="SELECT 1")
    wire.call("sql.save", name="all", sql="SELECT 2")
    kept = wire.call("sql.save", name="sites", sql="SELECT 3")["queries"]
    assert [(query["name"], query["sql"]) for query in kept] == [("all", "SELECT 2"), ("sites", "SELECT 3")]
    assert wire.call("sql.saved")["queries"] == kept
    left = wire.call("sql.forget", id=kept[0]["id"])["queries"]
    assert [query["name"] for query in left] == ["sites"]
    assert wire.ask("sql.forget", id=999)["error"]["data"]["kind"] == "not_found"
    assert wire.ask("sql.save", name="  ", sql="SELECT 1")["error"]["data"]["kind"] == "invalid_input"


def test_a_forgotten_statement_is_in_no_backup(services: tuple[Services, Exchange], wire: Wire) -> None:
    wire.call("sql.save", name="mine", sql="SELECT 'quagmirical'")
    wire.call("sql.save", name="mine", sql="SELECT 'zephyrously'")
    folder = services[0].profiles.open("tester").database.path.parent
    assert b"quagmirical" not in b"".join(file.read_bytes() for file in folder.glob("history.db*"))
    wire.call("store.backup")
    wire.call("sql.forget", id=wire.call("sql.saved")["queries"][0]["id"])
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.parent.name == "backups" for file in files)
    assert b"zephyrously" not in b"".join(file.read_bytes() for file in files)


def test_a_whole_result_is_written_into_a_file_on_this_computer(wire: Wire, tmp_path: Path) -> None:
    made = wire.call("sql.export", sql="SELECT 'a' AS b", format="csv", path=str(tmp_path / "rows.csv"))
    assert (made["rows"], made["path"]) == (1, str(tmp_path / "rows.csv"))
    assert (tmp_path / "rows.csv").read_bytes() == b"b\r\na\r\n"
