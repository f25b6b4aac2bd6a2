from __future__ import annotations

import pytest

from host.tabs.exchange import Tab, TabCategory
from host.tabs.reasons import explain_choice, explain_none

DEV = TabCategory("dev", "Code", builtin=True)
OWN = TabCategory("own-garden", "Garden")
PULLS = Tab(1, "https://github.com/numpy/numpy/pulls", "Pull requests numpy")


def test_a_built_in_category_is_explained_by_its_site_and_the_tab_s_own_words() -> None:
    said = explain_choice(PULLS, DEV, 0.91, 0)
    assert said.startswith("91% sure: github.com is mostly Code; its words: ")
    told = said.partition("its words: ")[2].rstrip(".").split(", ")
    assert told
    assert set(told) <= {"pull", "requests", "numpy", "pulls", "github"}


def test_a_site_of_another_category_is_no_reason() -> None:
    assert "mostly" not in explain_choice(PULLS, TabCategory("news", "News", builtin=True), 0.6, 0)


def test_an_own_category_is_explained_by_what_its_user_said() -> None:
    assert explain_choice(PULLS, OWN, 0.7, 0) == "It is like what you say of Garden (70% sure)."


@pytest.mark.parametrize(("witnesses", "times"), [(1, "once"), (2, "2 times"), (5, "5 times")])
def test_corrections_that_decide_are_the_reason(witnesses: int, times: str) -> None:
    assert explain_choice(PULLS, DEV, 0.9, witnesses) == f"You put tabs like this into Code {times}."


def test_a_tab_without_telling_words_has_a_reason_all_the_same() -> None:
    assert explain_choice(Tab(1, "", "xqzzv"), DEV, 0.5, 0) == "It reads like Code (50% sure)."


def test_nothing_is_said_to_be_certain() -> None:
    assert "100%" not in explain_choice(PULLS, DEV, 1.0, 0)


def test_why_a_tab_belongs_nowhere_is_one_of_four_things() -> None:
    assert explain_none("News", 0.3, 0.4, 0) == (
        "None of the categories fits; News would be the nearest (30%)."
    )
    assert explain_none("News", 0.4, 0.3, 0) == "Not sure enough: News is the likeliest (40%)."
    assert explain_none("News", 0.1, 0.9, 2) == (
        "You said that tabs like this belong into none of the categories."
    )
    assert explain_none(None, 0.0, 1.0, 0) == "Every category is switched off."
