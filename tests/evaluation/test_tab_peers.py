from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import CATEGORIES, LABELS, LabelledTab
from host.evaluation.tab_peers import (
    answer_at_random,
    answer_by_domain,
    answer_majority,
    find_site,
    read_domain_lists,
)

if TYPE_CHECKING:
    from pathlib import Path

TABS = [
    LabelledTab("https://www.shop.net/a", "A", "shopping"),
    LabelledTab("https://shop.net.de/", "B", "shopping"),
    LabelledTab("https://news.net/", "C", "news"),
]


def test_a_domain_stands_for_its_hosts_and_for_no_other() -> None:
    sites = {"shop.net": "shopping", "uk": "news"}
    assert find_site("https://www.shop.net/x", sites) == "shopping"
    assert find_site("https://shop.net:8080/", sites) == "shopping"
    assert find_site("https://workshop.net/", sites) is None
    assert find_site("https://shop.net.de/", sites) is None
    assert find_site("about:blank", sites) is None


def test_lists_of_domains_answer_none_where_they_know_nothing(tmp_path: Path) -> None:
    (tmp_path / "domain_lists").mkdir()
    for category in CATEGORIES:
        (tmp_path / "domain_lists" / f"{category.capitalize()}.txt").write_text(
            "shop.net\n" if category in ("cloud", "shopping") else "\n", encoding="utf-8"
        )
    sites = read_domain_lists(tmp_path)
    # It stands in two lists; the first says.
    assert sites == {"shop.net": "cloud"}
    found = answer_by_domain(TABS, {"shop.net": "shopping"})
    assert found.decided == ("shopping", "none", "none")
    assert found.shares.sum(axis=1).tolist() == [1.0, 1.0, 1.0]


def test_lists_that_are_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read_domain_lists(tmp_path)


def test_the_majority_is_that_of_the_set() -> None:
    assert answer_majority(TABS).decided == ("shopping",) * 3


def test_chance_is_the_same_each_time_and_takes_every_answer() -> None:
    many = TABS * 100
    assert answer_at_random(many).decided == answer_at_random(many).decided
    assert set(answer_at_random(many).decided) == set(LABELS)


def test_lists_answer_with_a_persons_own_names() -> None:
    found = answer_by_domain(TABS, {"shop.net": "Buying"}, ("Buying", "none"))
    assert found.decided == ("Buying", "none", "none")
    assert found.shares.shape == (3, 2)
