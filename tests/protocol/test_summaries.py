from __future__ import annotations

from typing import TYPE_CHECKING

from tests.makers import NOON

if TYPE_CHECKING:
    from tests.wire import Wire

TEXT = (
    "Green tea is made from tea leaves that are not withered. The leaves of green tea are steamed in Japan."
    " My neighbour owns a red bicycle with a broken bell."
)


def _capture(wire: Wire, text: str = TEXT) -> int:
    stored = wire.call(
        "pages.capture", url="https://tea.example/", title="Green tea leaves", text=text, visited_at=NOON
    )
    page_id = stored["page_id"]
    assert isinstance(page_id, int)
    return page_id


def test_a_summary_is_made_on_demand_and_shown_from_then_on(wire: Wire) -> None:
    page_id = _capture(wire)
    assert wire.call("pages.get", page_id=page_id)["summary"] is None
    made = wire.call("summaries.create", page_id=page_id)
    assert set(made) == {"summary", "model"}
    assert made["model"] == "words"
    assert "Green tea" in made["summary"]
    assert wire.call("pages.get", page_id=page_id)["summary"] == made["summary"]
    (found,) = wire.call("search.query", query="tea", mode="text")["results"]
    assert found["summary"] == made["summary"]
    assert wire.call("summaries.create", page_id=page_id, again=True) == made


def test_a_page_that_cannot_be_summarised_is_said_to_be_so(wire: Wire) -> None:
    error = wire.ask("summaries.create", page_id=_capture(wire, "Login Help"))["error"]
    assert error["data"]["kind"] == "invalid_input"
    assert wire.ask("summaries.create", page_id=999)["error"]["data"]["kind"] == "not_found"


def test_summaries_are_made_anew_when_that_is_asked_for(wire: Wire) -> None:
    page_id = _capture(wire)
    wire.call("summaries.create", page_id=page_id)
    rebuilt = wire.call("store.rebuild", fulltext=False, summaries=True)
    assert rebuilt["rebuilt"] == ["summaries"]
    assert wire.call("pages.get", page_id=page_id)["summary"] is None


def test_a_deleted_page_takes_its_summary_along(wire: Wire) -> None:
    page_id = _capture(wire)
    wire.call("summaries.create", page_id=page_id)
    wire.call("pages.delete", urls=["https://tea.example/"])
    assert wire.ask("summaries.create", page_id=page_id)["error"]["data"]["kind"] == "not_found"
