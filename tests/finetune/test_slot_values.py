from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.finetune.slot_values import CHANGES, MADE, find_endings, make_slug

FORMS = {
    "number": r"[1-9]\d{0,3}",
    "count": r"[1-9]|1\d|20",
    "id": r"[1-9]\d{4,8}",
    "hex": r"[0-9a-f]{8}",
    "token": r"[A-Za-z0-9][\w-]{10}",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "version": r"\d+\.\d+(\.\d)?",
    "year": r"20(1[6-9]|2[0-6])",
    "month": r"[A-Z][a-z]+",
    "day": r"[1-9]|[12]\d",
    "date": r"\d{1,2} [A-Z][a-z]+ 20\d\d|[A-Z][a-z]+ \d{1,2}, 20\d\d",
    "isodate": r"20\d\d-\d\d-\d\d",
    "datepath": r"20\d\d/\d\d/\d\d",
    "time": r"\d\d:\d\d",
    "price": r"[$£]\d+(\.\d\d)?",
    "percent": r"\d+%",
}


@pytest.mark.parametrize("name", sorted(MADE))
def test_what_is_made_up_looks_as_it_should(name: str) -> None:
    random = Random(3)  # noqa: S311
    made = [MADE[name](random, "", "en") for _ in range(300)]
    assert [value for value in made if not re.fullmatch(FORMS[name], value)] == []
    assert len(set(made)) > 5


def test_an_argument_narrows_what_is_made_up() -> None:
    random = Random(3)  # noqa: S311
    assert {MADE["number"](random, "3-5", "en") for _ in range(60)} == {"3", "4", "5"}
    assert {len(MADE["hex"](random, "40", "en")) for _ in range(20)} == {40}
    assert {len(MADE["token"](random, "6", "en")) for _ in range(20)} == {6}
    assert {len(MADE["id"](random, "7", "en")) for _ in range(20)} == {7}


def test_dates_prices_and_hosts_are_those_of_the_language() -> None:
    random = Random(5)  # noqa: S311
    assert all(
        "€" in price or "CHF" in price for price in (MADE["price"](random, "", "de") for _ in range(40))
    )
    assert "年" in "".join(MADE["date"](random, "", "ja") for _ in range(10))
    assert ".pl" in find_endings("pl")
    # A language that nobody described is as English.
    assert find_endings("xx") == find_endings("en")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("How to bake (2nd edition)!", "how-to-bake-2nd-edition"),
        ("Straße nach Łódź: Øl & Æbler", "strasse-nach-lodz-ol-aebler"),
        ("don't panic", "dont-panic"),
        ("天気 予報", "%E5%A4%A9%E6%B0%97-%E4%BA%88%E5%A0%B1"),
        ("…", "item"),
    ],
)
def test_a_slug_is_what_addresses_have(text: str, slug: str) -> None:
    assert make_slug(text) == slug


@given(st.text())
def test_a_changed_value_fits_into_an_address(text: str) -> None:
    for change in ("slug", "under", "compact", "plus", "path"):
        assert re.fullmatch(r"[\w.~%+/-]*", CHANGES[change](text.replace("\ud800", "")), re.ASCII) is not None
