from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.tabs.exchange import Tab
from host.tabs.word_features import find_word_features
from host.tabs.wording import describe_tab


def _find(title: str = "", url: str = "") -> set[str]:
    return find_word_features(describe_tab(Tab(1, url, title)))


def test_words_of_the_title_count_whole_and_by_their_beginning_whatever_their_case() -> None:
    assert _find("Products sale") == {"w:products", "p:produ", "w:sale"}
    assert _find("PRODUCTS Sale") == _find("products sale")


def test_words_that_are_related_in_two_languages_share_their_beginning() -> None:
    assert "p:produ" in _find("producto") & _find("Produkte") | _find("product") & _find("productos")
    assert _find("product") & _find("productos") == {"p:produ"}


def test_a_word_of_the_path_is_told_from_one_of_the_title() -> None:
    path, title = _find(url="https://a.example/cart"), _find("cart")
    assert "a:cart" in path
    assert "w:cart" in path & title
    assert "a:cart" not in title


def test_words_that_are_run_together_in_a_host_s_name_are_found_by_pieces() -> None:
    together, apart = _find(url="https://gardenforum.example/"), _find(url="https://the-garden.example/")
    assert {"g:gard", "g:garde", "g:forum"} <= together
    assert "g:garde" in together & apart
    assert "h:gardenforum" in together - apart
    assert "d:example" in together


def test_where_a_name_begins_and_ends_counts() -> None:
    assert "g:^new" in _find(url="https://news.example/")
    assert "g:^new" not in _find(url="https://thenews.example/")
    assert "g:ews$" in _find(url="https://thenews.example/")


def test_scripts_without_spaces_are_split() -> None:
    assert "w:新聞" in _find("朝日新聞")


@pytest.mark.parametrize("url", ["", "https://", "chrome://newtab/", "https://[broken"])
def test_an_address_without_a_host_has_no_pieces_of_one(url: str) -> None:
    assert not {feature for feature in _find(url=url) if feature[:2] in ("h:", "g:", "d:")}


@given(st.text(max_size=200), st.text(max_size=200))
def test_every_feature_says_what_it_is(title: str, url: str) -> None:
    for feature in _find(title, url) | _find(title, f"https://{url}"):
        assert feature[:2] in ("w:", "p:", "a:", "h:", "g:", "d:")
        assert len(feature) > 2
