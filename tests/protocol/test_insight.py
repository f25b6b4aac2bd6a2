from __future__ import annotations

from typing import TYPE_CHECKING

from tests.makers import NOON, wait_until

if TYPE_CHECKING:
    from host.core.paths import Paths
    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire

    Made = tuple[Services, Exchange]

WORD = "zephyrously"


def _open(made: Made) -> Wire:
    wire = made[1].connect()
    wire.hello()
    text = f"<title>Tea</title><p>{WORD} brewed green tea, and more of it.</p>"
    wire.call("pages.capture", url="https://a.example/", title="Tea", html=text, visited_at=NOON)
    return wire


def test_a_search_that_is_to_be_explained_says_what_it_ran(services: Made) -> None:
    wire = _open(services)
    answer = wire.call("search.query", query=WORD, explain=True)
    assert answer["results"]
    texts = [statement["sql"] for statement in answer["statements"]]
    assert any("MATCH ?" in text for text in texts)
    assert {statement["kind"] for statement in answer["statements"]} == {"read"}
    assert not any(WORD in text for text in texts)
    # The explorer takes each as it stands.
    for text in texts:
        described = wire.call("sql.describe", sql=text)
        assert not described["writes"]
        assert bool(described["parameters"]) == ("?" in text)
    assert wire.call("search.query", query=WORD)["statements"] is None


def test_the_statements_of_a_search_are_found_by_its_request(services: Made) -> None:
    wire = _open(services)
    explained = wire.call("search.query", query=WORD, explain=True)
    number = wire.begin("search.query", query=WORD)
    wire.wait(number)
    own = wire.call("sql.log", request=str(number))["statements"]
    assert own
    assert {item["method"] for item in own} == {"search.query"}
    by_key = wire.call("sql.log", request=explained["request"])["statements"]
    assert [item["sql"] for item in by_key] == [item["sql"] for item in explained["statements"]]
    assert {item["n"] for item in own}.isdisjoint(item["n"] for item in by_key)


def test_a_request_of_the_same_number_by_somebody_else_is_another(services: Made) -> None:
    wire = _open(services)
    other = services[1].connect()
    other.hello()
    number = wire.begin("search.query", query=WORD)
    wire.wait(number)
    assert wire.call("sql.log", request=str(number))["statements"]
    assert not other.call("sql.log", request=str(number))["statements"]


def test_what_a_capture_writes_in_another_thread_is_named_after_it(services: Made) -> None:
    wire = _open(services)
    found = wire.call("sql.log", method_="pages.capture")["statements"]
    assert {"write"} <= {item["kind"] for item in found}
    assert len({item["request"] for item in found}) == 1
    assert any(item["sql"].startswith("INSERT INTO pages ") and item["rows"] == 1 for item in found)


def test_what_the_indexer_does_is_of_the_background(services: Made) -> None:
    wire = _open(services)
    indexer = services[0].indexer
    indexer.start()
    try:
        wait_until(
            lambda: wire.call("sql.log", method_="background")["statements"], "the indexer looks for work"
        )
    finally:
        indexer.stop()
    found = wire.call("sql.log", method_="background")["statements"]
    assert {item["request"] for item in found} == {""}
    assert any("FROM jobs" in item["sql"] for item in found)


def test_values_come_only_on_demand_and_are_forgotten_when_it_ends(services: Made) -> None:
    wire = _open(services)
    wire.call("search.query", query=WORD)
    log = wire.call("sql.log")
    assert not log["keeps_parameters"]
    assert all(item["parameters"] is None for item in log["statements"])
    # What was not kept cannot be asked for afterwards.
    first = wire.call("sql.log", parameters=True)
    assert first["keeps_parameters"]
    assert all(item["parameters"] is None for item in first["statements"])
    wire.call("search.query", query=WORD)
    shown = wire.call("sql.log", parameters=True)["statements"]
    assert any(WORD in str(item["parameters"]) for item in shown)
    # Somebody else who looks meanwhile is not shown them, and does not switch it off.
    plain = wire.call("sql.log")
    assert plain["keeps_parameters"]
    assert all(item["parameters"] is None for item in plain["statements"])
    assert not wire.call("sql.log", parameters=False)["keeps_parameters"]
    again = wire.call("sql.log", parameters=True)["statements"]
    assert all(item["parameters"] is None for item in again)
    wire.call("sql.log", parameters=False)


def test_only_what_is_new_is_told_to_who_looks_again(services: Made) -> None:
    wire = _open(services)
    last = wire.call("sql.log")["statements"][-1]["n"]
    assert wire.call("sql.log", after=last)["statements"] == []
    wire.call("search.query", query=WORD)
    new = wire.call("sql.log", after=last, limit=3)["statements"]
    assert len(new) == 3
    assert all(item["n"] > last for item in new)


def test_latencies_tell_of_the_methods_that_were_asked(services: Made) -> None:
    wire = _open(services)
    wire.ask("chat.get", conversation_id=99)
    found = {item["method"]: item for item in wire.call("daemon.latencies")["methods"]}
    assert found["pages.capture"]["count"] == 1
    assert found["chat.get"]["failed"] == 1
    assert found["hello"]["recent_ms"]


def test_logs_are_read_by_name(services: Made, home: Paths) -> None:
    wire = services[1].connect()
    assert wire.call("daemon.log")["lines"] == []
    (home.log / "host.log").write_text("one\ntwo\nthree\n", encoding="utf-8")
    found = wire.call("daemon.log", lines=2)
    assert (found["name"], found["lines"], found["names"]) == ("host", ["two", "three"], ["host"])
    refused = wire.ask("daemon.log", name="../config")
    assert refused["error"]["data"]["fix"] == "There are: host."


def test_health_names_each_index_with_one_thing_to_do_about_it(services: Made) -> None:
    wire = _open(services)
    sound = wire.call("store.health")
    assert {part["name"] for part in sound["parts"]} >= {"Full text", "Queue", "Free space"}
    assert all(part["ok"] for part in sound["parts"])
    assert sound["growth"][-1]["pages"] == 1
    profile = services[0].profiles.open("tester")
    profile.database.write(lambda c: c.execute("DELETE FROM pages_fts_docsize"))
    (broken,) = [part for part in wire.call("store.health")["parts"] if not part["ok"]]
    assert (broken["name"], broken["rows"], broken["expected"]) == ("Full text", 0, 1)
    # The action does what it says.
    wire.call(broken["action"]["method"], **broken["action"]["params"])
    assert all(part["ok"] for part in wire.call("store.health")["parts"])


def test_sizes_are_told_table_by_table(services: Made) -> None:
    wire = _open(services)
    tables = {table["name"]: table["bytes"] for table in wire.call("store.sizes")["tables"]}
    assert tables["pages"] > 0
    assert tables["pages_fts"] > 0
