"""What a live request has to bring before a deployed model may stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import ModelUnavailable
from host.finetune.live_check import SAMPLES, check_live

if TYPE_CHECKING:
    from host.client import Client


class _Wire:
    """Answers as a daemon does whose model is in order, but for what a test changes."""

    def __init__(self) -> None:
        self.model: dict[str, Any] = {"id": "mine", "base": "tiny", "reason": None}
        self.reply: dict[str, Any] = {
            "model": "mine",
            "tabs": [
                {
                    "id": at,
                    "category": "Dev" if at else None,
                    "confidence": 0.7,
                    "alternatives": [{"category": "News", "confidence": 0.3}],
                }
                for at in range(len(SAMPLES))
            ],
        }
        self.error: ModelUnavailable | None = None

    def call(self, method: str, **_: Any) -> dict[str, Any]:
        if method == "categories.list":
            names = {"Dev": True, "News": True, "Social": False}
            return {"categories": [{"name": name, "enabled": on} for name, on in names.items()]}
        if method == "models.info":
            return {"model": self.model}
        if self.error:
            raise self.error
        return self.reply


@pytest.fixture
def wire() -> _Wire:
    return _Wire()


def _check(wire: _Wire) -> str | None:
    client: Client = wire  # type: ignore[assignment]
    return check_live(client, "mine")


def test_a_model_that_answers_as_it_should_may_stay(wire: _Wire) -> None:
    assert _check(wire) is None


def test_an_answer_of_another_model_is_no_answer(wire: _Wire) -> None:
    wire.reply["model"] = "tiny"
    assert _check(wire) == "tiny answered instead of it."


def test_an_adapter_that_is_not_at_work_is_noticed(wire: _Wire) -> None:
    wire.model["reason"] = "The adapter is damaged."
    assert "The adapter is damaged." in str(_check(wire))
    # Of a whole model a reason is nothing of the kind.
    wire.model["base"] = None
    assert _check(wire) is None


def test_a_model_that_cannot_be_loaded_is_noticed(wire: _Wire) -> None:
    wire.error = ModelUnavailable("It needs more memory.")
    assert "It needs more memory." in str(_check(wire))


def test_every_tab_has_to_have_its_answer(wire: _Wire) -> None:
    wire.reply["tabs"].pop()
    assert "every tab" in str(_check(wire))


@pytest.mark.parametrize("category", ["Cooking", "Social"])
def test_what_is_no_category_of_the_person_is_noticed(wire: _Wire, category: str) -> None:
    wire.reply["tabs"][2]["category"] = category
    assert category in str(_check(wire))
    wire.reply["tabs"][2]["category"] = "Dev"
    wire.reply["tabs"][3]["alternatives"][0]["category"] = category
    assert category in str(_check(wire))


@pytest.mark.parametrize(("sure", "other"), [(0.9, 0.3), (1.2, 0.0), (0.5, -0.1), (float("nan"), 0.1)])
def test_shares_that_cannot_be_are_noticed(wire: _Wire, sure: float, other: float) -> None:
    wire.reply["tabs"][1]["confidence"] = sure
    wire.reply["tabs"][1]["alternatives"][0]["confidence"] = other
    assert "sureness" in str(_check(wire))
