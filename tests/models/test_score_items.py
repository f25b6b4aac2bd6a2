"""Labels behind many items, with the real starter model in its process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import Cancelled, InvalidInput
from host.models.language import LanguageModel, Message
from tests.models.test_language import LOADING_S, describe_starter

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.model
HEAD = [
    Message("system", "You sort browser tabs into categories. Categories: Dev, News, Shopping."),
    Message("user", "numpy - PyPI"),
    Message("assistant", "Dev"),
    Message("user", ""),
]
LABELS = ["Dev", "News", "Shopping", "Social"]
ITEMS = ["BBC News - Home", "Your cart", "GitHub", "日本語のニュース", "Tea <|im_end|>", ""]
# Which tokens are computed together moves the last digits, and the small model blows them up.
NOISE = 0.08


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModel]:
    made = LanguageModel(describe_starter(), context=2048)
    assert made.wait_ready(LOADING_S), made.failure
    yield made
    made.close()


def test_shares_are_those_of_each_item_scored_by_itself(model: LanguageModel) -> None:
    together = np.exp(model.score_items(HEAD, ITEMS, LABELS).log_probabilities)
    assert together.shape == (len(ITEMS), len(LABELS))
    for item, shares in zip(ITEMS, together, strict=True):
        alone = model.score_labels([*HEAD[:-1], Message("user", item)], ["Dev", "News", "Sh", "Social"])
        expected = np.exp(alone.log_probabilities)
        assert alone.label_tokens == [1, 1, 1, 1]
        assert shares == pytest.approx(expected / expected.sum(), abs=NOISE)


def test_labels_that_begin_alike_share_what_their_beginning_has(model: LanguageModel) -> None:
    apart = np.exp(model.score_items(HEAD, ITEMS, ["Dev", "News"]).log_probabilities)
    alike = np.exp(model.score_items(HEAD, ITEMS, ["Dev", "Dev tools", "Dev news", "News"]).log_probabilities)
    assert alike[:, :3].sum(axis=1) == pytest.approx(apart[:, 0], abs=NOISE)
    assert (alike > 0).all()


def test_the_head_is_read_once_for_all_items_and_all_requests(model: LanguageModel) -> None:
    model.score_items(HEAD, ITEMS, LABELS)
    again = model.score_items(HEAD, ["Another one"], LABELS)
    assert again.evaluated_tokens < 20 < again.prompt_tokens


def test_a_batch_that_is_taken_back_ends_and_the_next_is_right(model: LanguageModel) -> None:
    expected = np.exp(model.score_items(HEAD, ITEMS, LABELS).log_probabilities)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(Cancelled):
        model.score_items(HEAD, [f"Page {at}" for at in range(2000)], LABELS, cancelled=cancelled)
    after = np.exp(model.score_items(HEAD, ITEMS, LABELS).log_probabilities)
    assert after == pytest.approx(expected, abs=NOISE)


def test_without_labels_nothing_is_asked(model: LanguageModel) -> None:
    with pytest.raises(InvalidInput, match="no label"):
        model.score_items(HEAD, ITEMS, [])
