"""The words of titles."""

from __future__ import annotations

import pytest

from host.tabs.exchange import Tab
from host.tabs.title_words import read_segments, read_stems, site_label, write_site


def telling(title: str, url: str = "https://example.org/") -> list[str]:
    return [word.text for segment in read_segments(Tab(1, url, title)) for word in segment if not word.silent]


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("Roman Empire - Wikipedia", "https://en.wikipedia.org/wiki/Roman_Empire", ["Roman", "Empire"]),
        ("(3) Sign in | Bank", "https://nordea.example/", ["Bank"]),
        ("What is the best tea of 2024?", "https://www.tea.example/", []),
        ("Watch: Whale's song – Ocean Films", "https://ocean.example/", ["Whale", "song", "Films"]),
        ("Die Geschichte der Schweiz", "https://de.example/", ["Geschichte", "Schweiz"]),
        ("हिन्दी साहित्य", "https://hi.example/", ["हिन्दी", "साहित्य"]),
        ("Iniciar sesión | Ferrocarriles", "https://tren.example/", ["Ferrocarriles"]),
        ("", "about:blank", []),
    ],
)
def test_only_words_that_say_something_are_telling(title: str, url: str, expected: list[str]) -> None:
    assert telling(title, url) == expected


def test_a_run_of_an_unspaced_script_is_read_by_pairs_of_characters() -> None:
    assert {"東京", "天気"} <= read_stems(Tab(1, "https://example.jp/", "東京の天気"))


def test_a_site_is_named_as_its_titles_write_it() -> None:
    tab = Tab(1, "https://www.youtube.com/watch?v=1", "Whales - YouTube")
    assert (site_label(tab), write_site(tab)) == ("youtube", "YouTube")
    assert write_site(Tab(1, "https://my-shop.co.uk/", "Cart")) == "My shop"


def test_a_tab_without_a_host_has_no_site() -> None:
    assert site_label(Tab(1, "chrome://newtab/", "New Tab")) == ""
