from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.history.canonical_link import find_canonical_link

URL = "https://a.example/dir/page?x=1"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<link rel="canonical" href="https://a.example/p">', "https://a.example/p"),
        ("<LINK REL=canonical HREF=/p>", "https://a.example/p"),
        ('<link href="other" rel="canonical"/>', "https://a.example/dir/other"),
        ('<link rel="canonical" href="?a=1&amp;b=2">', "https://a.example/dir/page?a=1&b=2"),
        ('<link rel="stylesheet" href="canonical.css">', None),
        ('<link rel="canonical">', None),
        ('<link rel="canonical" href="">', None),
        ('<body><link rel="canonical" href="/p">', None),
        ('<!-- <link rel="canonical" href="/p"> -->', None),
        ('<script>"<link rel=canonical href=/p>"</script>', None),
        ('<link rel="canonical" href="http://[broken">', None),
        ("", None),
        (" " * 60_000 + '<link rel="canonical" href="/p">', None),
    ],
)
def test_the_canonical_link_is_found_in_the_head_only(html: str, expected: str | None) -> None:
    assert find_canonical_link(html, URL) == expected


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_page_is_too_broken_to_be_looked_at(before: str, after: str) -> None:
    found = find_canonical_link(f'{before}<link rel="canonical" href="{after}', URL)
    assert found is None or isinstance(found, str)
