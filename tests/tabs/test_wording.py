from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.tabs.exchange import Tab
from host.tabs.wording import LEAD_CHARACTERS, PATH_WORDS, TITLE_CHARACTERS, describe_address, describe_tab


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=2000))
def test_anything_has_words_within_bounds_and_on_one_line(url: str, title: str, text: str) -> None:
    words = describe_tab(Tab(1, url, title, text))
    assert len(words.title) <= TITLE_CHARACTERS
    assert len(words.lead) <= LEAD_CHARACTERS
    for part in (words.title, words.address, words.lead, words.host):
        assert "\n" not in part
        assert part == part.strip()


@pytest.mark.parametrize("title", ["(3) Inbox", "[12] Inbox", " (99+) Inbox", "Inbox"])
def test_how_many_are_unread_says_nothing_of_a_tab(title: str) -> None:
    assert describe_tab(Tab(1, "", title)).title == "Inbox"


def test_a_number_that_is_part_of_the_title_stays() -> None:
    assert describe_tab(Tab(1, "", "(2024) budget (3)")).title == "budget (3)"
    assert describe_tab(Tab(1, "", "(500) Days of Summer (2009)")).title == "Days of Summer (2009)"
    assert describe_tab(Tab(1, "", "(65536) is a number")).title == "(65536) is a number"


@pytest.mark.parametrize(
    ("url", "host", "address"),
    [
        ("https://www.Example.org/", "example.org", "example.org"),
        ("http://a.example:8080/some-page_of/userGuide.html?q=secret#x", "a.example",
         "a.example some page of user Guide html"),
        ("https://a.example/caf%C3%A9/%E6%96%B0%E8%81%9E", "a.example", "a.example café 新聞"),
        ("https://a.example/1/22/x/333", "a.example", "a.example"),
        ("chrome://settings/privacy", "", "chrome settings privacy"),
        ("about:blank", "", "about blank"),
        ("https://[broken", "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_an_address_is_its_host_and_the_words_of_its_path(url: str, host: str, address: str) -> None:
    assert describe_address(url) == (host, address)


def test_of_a_long_path_only_the_first_words_count() -> None:
    _, address = describe_address("https://a.example/" + "/".join(f"part{chr(97 + n)}" for n in range(20)))
    assert len(address.split()) == 1 + PATH_WORDS
