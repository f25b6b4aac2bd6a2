"""A person's own statements over the wire, in a process of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Callable

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
