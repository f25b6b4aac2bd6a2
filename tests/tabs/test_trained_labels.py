from __future__ import annotations

import pytest

from host.tabs.trained_labels import find_untrained


def test_what_was_not_trained_is_named_whatever_its_capitals() -> None:
    record = {"trained_labels": ["Dev", "News"]}
    assert find_untrained(record, ["dev", "News"]) == []
    assert find_untrained(record, ["News", "My cats", "Code"]) == ["My cats", "Code"]


@pytest.mark.parametrize("record", [{}, {"trained_labels": None}, {"trained_labels": []}])
def test_a_record_that_does_not_say_knows_every_category(record: dict[str, object]) -> None:
    assert find_untrained(record, ["My cats"]) == []
