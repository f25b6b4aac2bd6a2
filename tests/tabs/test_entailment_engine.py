"""Tabs rated by what follows from them, with a stand-in that goes by words."""

from __future__ import annotations

import numpy as np
import pytest

from host.tabs.entailment_engine import EntailmentEngine, share_out, write_hypothesis, write_premise
from host.tabs.exchange import Tab, TabCategory
from tests.tabs.engine_world import WordEntailer, read_defaults

BOATS = TabCategory("own-boats", "Boats", "sailing boats: yachts, harbours")
ROSES = TabCategory("own-roses", "Roses", "roses; also other flowers")


def test_a_tab_from_which_one_hypothesis_follows_belongs_there() -> None:
    tabs = [Tab(1, "https://a.example/", "Old roses"), Tab(2, "https://b.example/", "Used sailing dinghies")]
    table = EntailmentEngine(WordEntailer()).rate(tabs, [BOATS, ROSES])
    assert table.argmax(axis=1).tolist() == [1, 0]
    assert table.max(axis=1).min() > 0.8


def test_a_tab_from_which_nothing_follows_belongs_nowhere() -> None:
    table = EntailmentEngine(WordEntailer()).rate(
        [Tab(1, "https://a.example/", "Tax return")], [BOATS, ROSES]
    )
    assert table[0].argmax() == 2
    assert table[0, 2] > 0.8


def test_a_tab_that_shows_nothing_is_not_asked_about() -> None:
    entailer = WordEntailer()
    table = EntailmentEngine(entailer).rate([Tab(1, "", " \n")], [BOATS])
    assert table.tolist() == [[0.0, 1.0]]
    assert entailer.asked == []


def test_what_follows_twice_is_shared_in_the_ratio_of_the_odds() -> None:
    shares = share_out(np.array([0.8, 0.8, 0.5, 0.2]))
    assert shares == pytest.approx(np.array([4, 4, 1, 0.25, 1]) / 10.25)
    assert share_out(np.array([1.0, 0.0])).sum() == pytest.approx(1.0)


def test_a_hypothesis_is_the_first_clause_of_a_description_else_the_name() -> None:
    assert write_hypothesis(BOATS) == "This web page is about sailing boats."
    assert write_hypothesis(ROSES) == "This web page is about roses."
    assert write_hypothesis(TabCategory("own", "Tea\npots")) == "This web page is about Tea pots."
    assert write_hypothesis(TabCategory("own", "Tea", ": : ;")) == "This web page is about Tea."
    told = [write_hypothesis(category) for category in read_defaults()]
    assert len(set(told)) == len(told)
    assert max(map(len, told)) < 150


def test_the_text_of_a_page_speaks_too() -> None:
    premise = write_premise(Tab(1, "https://www.a.example/roses", "Garden", "We plant roses.\nIn rows."))
    assert premise == "Garden\na.example roses\nWe plant roses. In rows."


def test_whoever_waits_goes_first() -> None:
    entailer = WordEntailer()
    EntailmentEngine(entailer).rate([Tab(1, "", "Roses")], [ROSES])
    EntailmentEngine(entailer, lane="background").rate([Tab(1, "", "Roses")], [ROSES])
    assert [lane for _, lane in entailer.asked] == ["interactive", "background"]
