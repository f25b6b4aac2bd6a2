from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from host.protocol.framing import MAX_OUTBOUND, encode_frame
from host.protocol.methods import METHODS
from tests.makers import NOON, WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire


def _capture(wire: Wire, url: str, text: str, title: str = "", **more: object) -> Any:
    return wire.call("pages.capture", url=url, title=title, html=f"<p>{text}</p>", visited_at=NOON, **more)


def test_every_method_of_the_table_is_answered(wire: Wire, services: tuple[Services, Exchange]) -> None:
    assert services[1].dispatcher.methods == sorted(METHODS)
    assert wire.hello()["capabilities"] == sorted(METHODS)


def test_a_captured_page_is_found_read_and_deleted_over_the_wire(wire: Wire) -> None:
    stored = _capture(wire, "https://a.example/tea", "green tea from the hills", "Tea")
    assert stored["status"] == "stored"
    found = wire.call("search.query", query="hills", explain=True)
    (item,) = found["results"]
    assert (item["page_id"], item["url"], item["title"]) == (
        stored["page_id"],
        "https://a.example/tea",
        "Tea",
    )
    start, end = item["highlights"][0]
    assert item["snippet"].encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == "hills"
    assert item["why"]
    page = wire.call("pages.get", page_id=stored["page_id"])
    assert page["content_text"] == "green tea from the hills"
    assert [passage["text"] for passage in page["passages"]] == ["green tea from the hills"]
    assert page["next_passage"] is None
    assert wire.call("store.stats")["pages"] == 1
    assert wire.call("pages.delete", urls=["https://a.example/tea"])["deleted"] == 1
    assert wire.call("search.query", query="hills")["results"] == []
    assert wire.ask("pages.get", page_id=stored["page_id"])["error"]["data"]["kind"] == "not_found"


def test_results_that_exceed_a_frame_come_in_several_pages_and_each_one_once(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    title = "tea " + "t" * 900

    def store(connection: Any) -> None:
        from tests.makers import add_page

        for number in range(600):
            path = f"/{number}/" + "p" * 3000
            add_page(
                connection, f"https://a.example{path}", f"tea {number}", f"{title}{number}", NOON + number
            )

    services[0].profiles.open("tester").database.write(store)
    seen: list[int] = []
    pages = 0
    while True:
        found = wire.call("search.query", query="site:a.example", limit=500, offset=len(seen))
        size = len(json.dumps(found, ensure_ascii=False).encode())
        assert size < MAX_OUTBOUND
        if not found["results"]:
            break
        pages += 1
        seen += [item["page_id"] for item in found["results"]]
    assert pages > 1
    assert len(seen) == len(set(seen)) == found["total"]
    assert found["total"] >= 300


def test_a_long_page_comes_in_parts_that_fit_a_frame(services: tuple[Services, Exchange], wire: Wire) -> None:
    # Characters that JSON writes with two, so that a byte of text is not a byte of the frame.
    line = '"\\' * 4000
    html = "".join(f"<p>{number} {line}</p>" for number in range(150))
    stored = wire.call(
        "pages.capture", url="https://a.example/", title='"' * 5000, html=html, visited_at=NOON
    )
    services[0].indexer.run_once()
    seen: list[int] = []
    following: int | None = 0
    while following is not None:
        answer = wire.ask("pages.get", page_id=stored["page_id"], passage_offset=following)
        assert "error" not in answer
        encode_frame(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())
        page = answer["result"]
        assert page["content_truncated"]
        seen += [passage["position"] for passage in page["passages"]]
        following = page["next_passage"]
    assert seen == list(range(150))


def test_changed_settings_are_told_to_the_other_connections_of_the_profile_only(
    connect: Callable[[], Wire],
) -> None:
    one, same, other, silent = connect(), connect(), connect(), connect()
    one.hello("here")
    same.hello("here")
    other.hello("there")
    answer = one.call("settings.update", values={"appearance.theme": "dark"})
    values = {item["key"]: item["value"] for item in answer["settings"]}
    assert values["appearance.theme"] == "dark"
    told = same.others.get(timeout=WAIT_S)
    assert told["method"] == "settings.changed"
    assert told["params"] == {"values": {"appearance.theme": "dark"}}
    # Both are asked once more, so that anything sent to them before has arrived.
    other.call("store.stats")
    silent.call("daemon.status")
    assert other.others.empty()
    assert silent.others.empty()
    assert {item["key"]: item["value"] for item in other.call("settings.get")["settings"]}[
        "appearance.theme"
    ] == "system"


def test_settings_that_are_refused_are_told_to_nobody(connect: Callable[[], Wire]) -> None:
    one, same = connect(), connect()
    one.hello("here")
    same.hello("here")
    error = one.ask("settings.update", values={"appearance.theme": "dark", "no.such": 1})["error"]
    assert error["data"]["kind"] == "invalid_input"
    same.call("store.stats")
    assert same.others.empty()


def test_what_may_not_be_remembered_is_skipped_with_its_reason(wire: Wire) -> None:
    for name, reason in (("incognito", "incognito"), ("has_password", "password")):
        result = _capture(wire, "https://a.example/", "tea", "", **{name: True})
        assert result == {"page_id": None, "status": "skipped", "reason": reason}
    visit = wire.call("pages.visit", url="file:///etc/passwd", visited_at=NOON)
    assert visit == {"page_id": None, "reason": "unsupported_url"}
    assert wire.call("store.stats")["pages"] == 0


def test_an_import_over_the_wire_is_idempotent(wire: Wire) -> None:
    items = [
        {"url": f"https://{number}.example/", "title": f"T {number}", "last_visit_at": NOON, "visit_count": 2}
        for number in range(50)
    ]
    assert wire.call("pages.import", items=items) == {"added": 50, "updated": 0, "skipped": 0}
    assert wire.call("pages.import", items=items) == {"added": 0, "updated": 0, "skipped": 50}


def test_a_deletion_by_time_takes_from_and_to(wire: Wire) -> None:
    for number in range(4):
        wire.call("pages.visit", url=f"https://{number}.example/", visited_at=NOON + number)
    assert wire.call("pages.delete", from_=NOON + 1, to=NOON + 3)["deleted"] == 2
    assert wire.ask("pages.delete")["error"]["data"]["kind"] == "invalid_input"
    assert wire.call("store.stats")["pages"] == 2


def test_how_many_pages_a_deletion_touches_can_be_asked_before_it(wire: Wire) -> None:
    for number in range(4):
        wire.call("pages.visit", url=f"https://{number}.example/", visited_at=NOON + number)
    wire.call("pages.visit", url="https://sub.0.example/", visited_at=NOON)
    assert wire.call("pages.count", domain="0.example") == {"pages": 2}
    assert wire.call("pages.count", from_=NOON + 1, to=NOON + 3) == {"pages": 2}
    assert wire.call("pages.count", domain="nowhere.example") == {"pages": 0}
    assert wire.ask("pages.count")["error"]["data"]["kind"] == "invalid_input"
    assert wire.call("store.stats")["pages"] == 5


@pytest.mark.parametrize("strange", ["\ud83d", "\0", "\u202ex", "é", "\U0001f9ea", "\uffff", "]]>", "\u2028"])
def test_text_of_every_kind_passes_the_wire_in_both_directions(wire: Wire, strange: str) -> None:
    text = f"before{strange}after"
    stored = _capture(wire, "https://a.example/x", text, text)
    assert stored["status"] == "stored"
    found = wire.call("search.query", query=text)
    assert found["results"][0]["page_id"] == stored["page_id"]
    page = wire.call("pages.get", url="https://a.example/x")
    assert "before" in page["title"]
    assert "after" in page["content_text"]


def test_a_pause_of_background_work_is_said_and_undone(wire: Wire) -> None:
    assert wire.call("jobs.pause")["paused"] is True
    _capture(wire, "https://a.example/", "tea")
    listed = wire.call("jobs.list")
    assert listed["paused"] is True
    assert listed["jobs"] == [{"kind": "embed", "state": "queued", "count": 1, "error": None}]
    assert wire.call("jobs.resume")["paused"] is False
    assert wire.call("jobs.retry") == {"retried": 0}


def test_a_hostile_title_and_address_come_back_as_text(wire: Wire) -> None:
    title = '<img src=x onerror=alert(1)> javascript:alert(1) "; DROP TABLE pages; --'
    _capture(wire, "https://a.example/?q=%3Cscript%3E&x='--", "words", title)
    (item,) = wire.call("search.query", query="words")["results"]
    assert item["title"] == title
    assert item["url"].startswith("https://")
