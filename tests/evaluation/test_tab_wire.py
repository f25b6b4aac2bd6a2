"""Questions over the wire, answered by a stand-in for the daemon."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.evaluation.labelled_tabs import CATEGORIES, LABELS, LabelledTab
from host.evaluation.tab_wire import categorize, classify_zero_shot, describe_tabs, read_shares

TABS = [LabelledTab(f"https://{number}.net/", f"Tab {number}", None) for number in range(5)]


class StandIn:
    """Says that every tab is the same, and remembers what it was asked."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.asked.append((method, params))
        if method == "classify.run":
            names = [item["name"] for item in params["categories"]]
            scores = {name: 0.5 if name == names[-1] else 0.5 / 7 for name in names}
            return {"results": [{"id": text["id"], "scores": scores} for text in params["texts"]]}
        # In any order: the ids say which is which.
        return {"tabs": [{"id": tab["id"], **self.answer} for tab in reversed(params["tabs"])]}


def test_every_tab_is_asked_about_once_and_in_order() -> None:
    client = StandIn({"category": "Dev", "confidence": 0.7, "alternatives": []})
    found = categorize(client, TABS, "mini", at_once=2)  # type: ignore[arg-type]
    asked = [tab["title"] for _, params in client.asked for tab in params["tabs"]]
    assert asked == [tab.title for tab in TABS]
    assert {params["engine"] for _, params in client.asked} == {"mini"}
    assert found.decided == ("dev",) * 5
    assert found.shares.shape == (5, len(LABELS))
    assert found.shares[:, 0].tolist() == pytest.approx([0.7] * 5)


def test_a_tab_without_a_category_is_as_surely_none_as_was_said() -> None:
    row = read_shares(
        {
            "category": None,
            "confidence": 0.6,
            "alternatives": [{"category": "News", "confidence": 0.3}],
        }
    )
    assert row[LABELS.index("none")] == pytest.approx(0.6)
    assert row[LABELS.index("news")] == pytest.approx(0.3)
    # The six others share what is left.
    assert row[0] == pytest.approx(0.1 / 6)


@given(
    st.permutations(CATEGORIES),
    st.integers(0, 3),
    st.lists(st.floats(0.05, 0.2), min_size=3, max_size=3),
    st.floats(0.3, 1.0),
    st.booleans(),
)
def test_shares_are_probabilities_whatever_was_named(
    order: list[str], named: int, shares: list[float], sure: float, none: bool
) -> None:
    item = {
        "category": None if none else order[-1].capitalize(),
        "confidence": sure,
        "alternatives": [
            {"category": key.capitalize(), "confidence": share}
            for key, share in zip(order[:named], shares[:named], strict=True)
        ],
    }
    row = read_shares(item)
    assert row.sum() == pytest.approx(1.0)
    assert (row >= 0).all()
    assert LABELS[row.argmax()] == ("none" if none else order[-1])


def test_the_zero_shot_peer_is_told_of_all_eight_and_reads_the_answers_by_name() -> None:
    client = StandIn({})
    found = classify_zero_shot(client, TABS, "mini")  # type: ignore[arg-type]
    [(_, params)] = client.asked
    assert len(params["categories"]) == len(LABELS)
    assert found.decided == ("none",) * 5
    assert found.shares.sum(axis=1).tolist() == pytest.approx([1.0] * 5)


def test_ids_count_on() -> None:
    assert [tab["id"] for tab in describe_tabs(TABS, 7)] == [7, 8, 9, 10, 11]


def test_a_persons_own_categories_are_read_whatever_their_capitals() -> None:
    client = StandIn({"category": "My CATS", "confidence": 0.5, "alternatives": []})
    labels = ("Dev", "my cats", "none")
    found = categorize(client, TABS, labels=labels)  # type: ignore[arg-type]
    assert found.decided == ("my cats",) * 5
    assert found.shares[0].tolist() == pytest.approx([0.25, 0.5, 0.25])


def test_the_zero_shot_peer_is_told_of_a_persons_own_categories() -> None:
    client = StandIn({})
    found = classify_zero_shot(client, TABS, "mini", described={"My cats": "pets"})  # type: ignore[arg-type]
    [(_, params)] = client.asked
    assert params["categories"][0] == {"name": "My cats", "description": "pets"}
    assert found.shares.shape == (5, 2)
