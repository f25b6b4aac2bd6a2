from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.chat.links import is_web_address, make_link


def test_a_short_quote_is_named_whole() -> None:
    assert make_link("https://a.example/page", "Cats sleep a lot.") == (
        "https://a.example/page#:~:text=Cats%20sleep%20a%20lot."
    )


def test_a_long_quote_is_named_by_its_ends() -> None:
    link = make_link("https://a.example/", " ".join(f"w{number}" for number in range(30)))

    assert link.endswith("#:~:text=w0%20w1%20w2%20w3%20w4,w25%20w26%20w27%20w28%20w29")


def test_an_anchor_stays_and_an_older_fragment_goes() -> None:
    assert make_link("https://a.example/#part:~:text=old", "new").endswith("#part:~:text=new")


def test_without_a_quote_the_address_is_bare() -> None:
    assert make_link("https://a.example/#part", "  \n") == "https://a.example/#part"


def test_hyphens_commas_and_ampersands_cannot_be_read_as_the_syntax_of_fragments() -> None:
    assert make_link("https://a.example/", "well-known, a & b").endswith("well%2Dknown%2C%20a%20%26%20b")


@given(st.text(max_size=200))
def test_the_link_never_leaves_its_page(quote: str) -> None:
    link = make_link("https://a.example/path?q=1", quote)

    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path, parts.query) == ("https", "a.example", "/path", "q=1")
    assert "\n" not in link
    assert " " not in link


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "https://", "chrome://x", "", "//a"]
)
def test_only_web_addresses_may_be_linked(url: str) -> None:
    assert not is_web_address(url)


def test_web_addresses_may_be_linked() -> None:
    assert is_web_address("https://a.example/b")
    assert is_web_address("http://127.0.0.1:8000/")
