"""Tabs, categories and corrections over the wire, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from host.protocol.tab_messages import MOST_TABS

if TYPE_CHECKING:
    from tests.wire import Wire

PULLS = {"id": 1, "url": "https://github.com/numpy/numpy/pulls", "title": "Pull requests"}
PAPER = {"id": 2, "url": "https://www.bbc.com/news", "title": "BBC News"}
BLANK = {"id": 3, "url": "chrome://newtab/", "title": "New Tab"}


def _sort(wire: Wire, *tabs: dict[str, Any], **params: Any) -> list[str | None]:
    return [tab["category"] for tab in wire.call("tabs.categorize", tabs=list(tabs), **params)["tabs"]]


def _refusal(wire: Wire, method: str, **params: Any) -> dict[str, Any]:
    error: dict[str, Any] = wire.ask(method, **params)["error"]
    return error


def test_tabs_come_back_in_their_order_with_names_chances_and_reasons(wire: Wire) -> None:
    reply = wire.call("tabs.categorize", tabs=[PAPER, PULLS, BLANK])
    assert [(tab["id"], tab["category"]) for tab in reply["tabs"]] == [(2, "News"), (1, "Dev"), (3, None)]
    assert (reply["engine"], reply["model"]) == ("words", "words")
    for tab in reply["tabs"]:
        assert 0 <= tab["confidence"] <= 1
        assert tab["reason"]
        assert tab["category"] not in [other["category"] for other in tab["alternatives"]]
        chances = [other["confidence"] for other in tab["alternatives"]]
        assert chances == sorted(chances, reverse=True)
        assert len(chances) <= 3


def test_no_tabs_are_no_mistake(wire: Wire) -> None:
    assert wire.call("tabs.categorize", tabs=[])["tabs"] == []
    grouped = wire.call("tabs.group", tabs=[])
    assert (grouped["groups"], grouped["ungrouped"]) == ([], [])


def test_a_request_may_be_surer_or_less_sure_than_the_settings(wire: Wire) -> None:
    assert _sort(wire, PAPER) == ["News"]
    assert _sort(wire, PAPER, threshold=1.0) == [None]
    wire.call("settings.update", values={"tabs.threshold": 1.0})
    assert _sort(wire, PAPER) == [None]
    assert _sort(wire, PAPER, threshold=0.5) == ["News"]
    assert "error" in wire.ask("tabs.categorize", tabs=[PAPER], threshold=2)


def test_groups_take_in_what_is_free_and_leave_open_groups_as_they_are(wire: Wire) -> None:
    more = [{**PULLS, "id": number, "url": f"{PULLS['url']}/{number}"} for number in (4, 5)]
    reply = wire.call("tabs.group", tabs=[PULLS, *more, BLANK])
    (group,) = reply["groups"]
    assert (group["name"], group["category"], group["tab_ids"]) == ("Dev", "Dev", [1, 4, 5])
    assert reply["ungrouped"] == [3]
    existing = [{"id": 77, "name": "Dev", "color": "blue", "tabs": [PULLS]}]
    reply = wire.call("tabs.group", tabs=[PULLS, *more, BLANK], existing=existing)
    (group,) = reply["groups"]
    assert (group["existing_id"], group["tab_ids"]) == (77, [4, 5])


def test_a_tab_that_is_named_twice_is_in_one_place_only(wire: Wire) -> None:
    more = {**PULLS, "id": 4, "url": f"{PULLS['url']}/4"}
    existing = [{"id": number, "name": "Dev", "color": "blue", "tabs": [PULLS]} for number in (77, 78)]
    reply = wire.call("tabs.group", tabs=[PULLS, more, more], existing=existing)
    assert sorted(tab["id"] for tab in reply["tabs"]) == [PULLS["id"], 4]
    (group,) = reply["groups"]
    assert (group["existing_id"], group["tab_ids"]) == (77, [4])


def test_tabs_and_those_of_open_groups_together_have_a_limit(wire: Wire) -> None:
    tabs = [{"id": number, "url": "https://a.example/", "title": "A"} for number in range(MOST_TABS)]
    existing = [{"id": 1, "tabs": [BLANK]}]
    assert "error" in wire.ask("tabs.group", tabs=tabs, existing=existing)


def test_as_many_tabs_as_are_allowed_fit_into_an_answer(wire: Wire) -> None:
    tabs = [
        {"id": number, "url": f"https://site{number}.example/news/{number}", "title": "Breaking news " * 20}
        for number in range(MOST_TABS)
    ]
    reply = wire.call("tabs.group", tabs=tabs)
    assert len(reply["tabs"]) == MOST_TABS
    assert "error" in wire.ask("tabs.categorize", tabs=[*tabs, BLANK])


def test_a_correction_counts_at_once_is_listed_and_can_be_undone(wire: Wire) -> None:
    said = {"url": PULLS["url"], "title": PULLS["title"], "category": "Work", "from": "Dev"}
    learned = wire.call("tabs.correct", **said)
    assert learned["learned"]
    assert _sort(wire, PULLS, PAPER) == ["Work", "News"]
    (item,) = wire.call("tabs.corrections")["corrections"]
    assert (item["category"], item["from_category"]) == ("Work", "Dev")
    assert item["weight"] == pytest.approx(1.0)
    assert item["id"] == learned["correction_id"]
    assert wire.call("tabs.forget", ids=[item["id"]])["forgotten"] == 1
    assert wire.call("tabs.forget", ids=[item["id"]])["forgotten"] == 0
    assert _sort(wire, PULLS) == ["Dev"]


def test_corrections_are_of_one_profile_only(wire: Wire, connect: Any) -> None:
    wire.call("tabs.correct", url=PULLS["url"], category="Work")
    other = connect()
    other.hello("another")
    assert other.call("tabs.corrections")["total"] == 0
    assert _sort(other, PULLS) == ["Dev"]


@pytest.mark.parametrize("params", [{}, {"ids": [1], "all": True}, {"ids": [0]}])
def test_what_is_to_be_forgotten_must_be_clear(wire: Wire, params: dict[str, Any]) -> None:
    assert "error" in wire.ask("tabs.forget", **params)


def test_a_category_that_there_is_not_is_refused_with_what_to_do(wire: Wire) -> None:
    error = _refusal(wire, "tabs.correct", url=PULLS["url"], category="Sports")
    assert "Sports" in error["message"]
    assert error["data"]["fix"]


def test_an_engine_that_is_not_there_is_refused_by_kind_and_by_name(wire: Wire) -> None:
    assert (
        _refusal(wire, "tabs.categorize", tabs=[PULLS], engine="nli")["data"]["kind"] == "model_unavailable"
    )
    assert "error" in wire.ask("tabs.categorize", tabs=[PULLS], engine="no-such-model")
    assert "embedding model" in _refusal(wire, "tabs.group", tabs=[PULLS], by="topic")["message"]


def test_categories_are_set_and_answers_say_their_new_names(wire: Wire) -> None:
    changes = [
        {"key": "dev", "name": "Code"},
        {"name": "Tea", "description": "tea", "examples": ["Green tea", "tea.example"], "color": "yellow"},
    ]
    listed = wire.call("categories.set", categories=changes)["categories"]
    assert listed == wire.call("categories.list")["categories"]
    assert [item["name"] for item in listed][:2] == ["Code", "Social"]
    tea = listed[-1]
    assert (tea["name"], tea["examples"], tea["colour"], tea["builtin"]) == (
        "Tea",
        ["Green tea", "tea.example"],
        "yellow",
        False,
    )
    assert _sort(wire, PULLS) == ["Code"]
    wire.call("tabs.correct", url="https://tea.example/1", category="tea")
    counts = {item["name"]: item["corrections"] for item in wire.call("categories.list")["categories"]}
    assert (counts["Tea"], counts["Code"]) == (1, 0)
    listed = wire.call("categories.set", remove=["Tea"], reset=True)["categories"]
    assert listed[0]["name"] == "Dev"
    assert len(listed) == 7


def test_changes_to_categories_are_made_all_or_not_at_all(wire: Wire) -> None:
    before = wire.call("categories.list")
    assert "error" in wire.ask("categories.set", categories=[{"name": "Tea"}, {"key": "dev", "name": "News"}])
    assert "error" in wire.ask("categories.set", remove=["Dev"])
    assert wire.call("categories.list") == before
